"""How large a deflated file (PS3.5 A.5) is once it is unpacked, found without keeping any of it."""

import zlib
from typing import BinaryIO

from pydicom.uid import DeflatedExplicitVRLittleEndian

MAX_UNPACKED = (
    512 * 1024**2
)  # bytes; the web process unpacks such a file whole, and a small file may hold any number of zeros
_CHUNK = 256 * 1024
_PREAMBLE, _META_LENGTH, _META_BEGIN = 128, b"\x02\x00\x00\x00UL\x04\x00", 144


def unpacks_too_large(file: BinaryIO) -> bool:
    """Whether a deflated file holds more than ``MAX_UNPACKED`` bytes, or does not say where its data begin. No other file does.

    The file is read from its start, and stands there afterwards.
    """
    file.seek(0)
    head = file.read(_META_BEGIN)
    has_meta = head[_PREAMBLE : _PREAMBLE + 4] == b"DICM" and head[_PREAMBLE + 4 : _PREAMBLE + 12] == _META_LENGTH
    meta = file.read(int.from_bytes(head[-4:], "little") if has_meta else _CHUNK)
    is_deflated = f"{DeflatedExplicitVRLittleEndian}".encode() in (meta if has_meta else head + meta)
    try:
        return is_deflated and (not has_meta or _unpacked(file) > MAX_UNPACKED)
    except zlib.error:
        return False  # whoever reads it says so
    finally:
        file.seek(0)


def _unpacked(file: BinaryIO) -> int:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    size = 0
    while size <= MAX_UNPACKED and not unpacker.eof:
        packed = unpacker.unconsumed_tail or file.read(_CHUNK)
        if not packed:
            break
        size += len(unpacker.decompress(packed, _CHUNK))
    return size
