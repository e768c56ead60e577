"""Deflated files (PS3.5 A.5), unpacked once and within bounds."""

import io
import zlib
from typing import BinaryIO

from pydicom.uid import DeflatedExplicitVRLittleEndian

MAX_UNPACKED = (
    512 * 1024**2
)  # bytes; the web process unpacks such a file whole, and a small file may hold any number of zeros
_CHUNK = 256 * 1024
_PREAMBLE, _META_LENGTH, _META_BEGIN = 128, b"\x02\x00\x00\x00UL\x04\x00", 144


def unpacked(file: BinaryIO) -> BinaryIO | None:
    """A deflated file's data set without its file meta information, in which one can seek; any other file as it is, at its
    start.

    None where it holds more than ``MAX_UNPACKED`` bytes, or does not say where its data begin. Raises zlib.error.
    """
    file.seek(0)
    head = file.read(_META_BEGIN)
    has_meta = head[_PREAMBLE : _PREAMBLE + 4] == b"DICM" and head[_PREAMBLE + 4 : _PREAMBLE + 12] == _META_LENGTH
    meta = file.read(int.from_bytes(head[-4:], "little") if has_meta else _CHUNK)
    if f"{DeflatedExplicitVRLittleEndian}".encode() in (meta if has_meta else head + meta):
        return _data_set(file) if has_meta else None
    file.seek(0)
    return file


def _data_set(file: BinaryIO) -> BinaryIO | None:
    unpacker, found = zlib.decompressobj(-zlib.MAX_WBITS), io.BytesIO()
    while not unpacker.eof:
        packed = unpacker.unconsumed_tail or file.read(_CHUNK)
        if not packed:
            break
        found.write(unpacker.decompress(packed, _CHUNK))
        if found.tell() > MAX_UNPACKED:
            return None
    found.seek(0)
    return found
