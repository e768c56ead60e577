"""Deflated files (PS3.5 A.5), unpacked once and within bounds: a small file may hold any number of zeros."""

import io
import zlib
from typing import BinaryIO

from pydicom.filereader import read_dataset
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from cases.gate.header.limits import MAX_BYTES, HeaderScan

MAX_UNPACKED = 512 * 1024**2  # bytes: as much as any file may have
ROOM = MAX_BYTES  # beside the picture, as the header of any file
_CHUNK = 256 * 1024
_PREAMBLE, _META_LENGTH, _META_BEGIN = 128, b"\x02\x00\x00\x00UL\x04\x00", 144
# Rows, Columns, SamplesPerPixel, BitsAllocated, NumberOfFrames.
_SIZES: list[BaseTag | int] = [BaseTag(tag) for tag in (0x00280010, 0x00280011, 0x00280002, 0x00280100, 0x00280008)]


def unpacked(file: BinaryIO) -> BinaryIO | None:
    """A deflated file's data set without its file meta information, in which one can seek; any other file as it is, at its
    start.

    None where it holds more than the picture of which its header tells and ``ROOM`` beside it, or more than ``MAX_UNPACKED``
    bytes, or does not say where its data begin. Raises zlib.error, and HeaderTooLargeError.
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
    most = min(ROOM, MAX_UNPACKED)
    while not unpacker.eof:
        packed = unpacker.unconsumed_tail or file.read(_CHUNK)
        if not packed:
            break
        found.write(unpacker.decompress(packed, _CHUNK))
        if found.tell() > most:
            most, seen = min(MAX_UNPACKED, ROOM + _picture(found)), most
            if most == seen or found.tell() > most:
                return None
    found.seek(0)
    return found


def _picture(begun: io.BytesIO) -> int:
    """How many bytes the picture takes that a header tells of; 0 where it tells of none. What is written next goes on behind."""
    end = begun.tell()
    begun.seek(0)
    try:
        scan = HeaderScan(stops=True)
        header = read_dataset(begun, is_implicit_VR=False, is_little_endian=True, stop_when=scan, specific_tags=_SIZES)
        told = [header.get(tag) for tag in _SIZES]
        rows, columns, samples, bits, frames = (int(one.value or 1) if one is not None else 1 for one in told)
    except (EOFError, TypeError, ValueError, AttributeError, NotImplementedError):
        return 0
    finally:
        begun.seek(end)
    return -(-rows * columns * samples * bits * frames // 8)
