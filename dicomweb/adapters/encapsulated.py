"""Frames of an encapsulated picture in its file: by its offset tables, its fragments or their code streams (PS3.5 A.4)."""

import io
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.encaps import get_frame, parse_basic_offsets

from cases.adapters.code_streams import STREAM_BEGINS, beside_the_picture
from dicomweb.adapters.stretches import Content, PixelsMissingError, Stretch, blanked, blanks_of, copied

_UNDEFINED = 0xFFFFFFFF
_FRAGMENT, _DELIMITER, _ITEM_BYTES = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0", 8


def encapsulated_frame(file: BinaryIO, offset: int, header: Dataset, frames: int, index: int) -> Content:
    """One of so many frames (from 0), whose items begin at ``offset``: its fragments by the offset tables, or by their number.
    Where neither says which they are, one has to look into them for the ends of code streams.

    Raises PixelsMissingError where there is no such frame.
    """
    file.seek(offset)
    extended = _extended_offsets(header)
    try:
        basic = parse_basic_offsets(file)
        first = file.tell()
        if extended or basic:
            fragments = _told_fragments(file, first, index, basic, extended)
        else:
            fragments = list(_fragments(file, first))
            if frames not in {1, len(fragments)}:
                file.seek(offset)
                return Content.of(_without_comments(get_frame(file, index, number_of_frames=frames)))
            fragments = fragments if frames == 1 else [fragments[index]]
        return copied(file, fragments, blanks=blanks_of(file, fragments))
    except (IndexError, ValueError, struct.error) as error:
        raise PixelsMissingError(f"Frame {index + 1} is not where the file's offset table says.") from error


def encapsulated_items(file: BinaryIO, offset: int) -> Content:
    """The items that begin at ``offset``, the table of offsets first, without the delimiter at the end. Raises
    PixelsMissingError where they are damaged.
    """
    try:
        fragments = list(_fragments(file, offset))
    except ValueError as error:
        raise PixelsMissingError("The items of the stored pixels are damaged.") from error
    end = sum(fragments[-1]) if fragments else offset
    blanks = [part for one in _streams(file, fragments) for part in blanks_of(file, one)]
    return copied(file, [Stretch(offset, end - offset)], blanks=blanks)


def _without_comments(stream: bytes) -> bytes:
    blanks = [Stretch(begin, end - begin) for begin, end in beside_the_picture(lambda at, n: stream[at : at + n])]
    return blanked(stream, 0, blanks)


def _told_fragments(
    file: BinaryIO, first: int, index: int, basic: list[int], extended: tuple[bytes, bytes] | None
) -> list[Stretch]:
    """The fragments of a frame by the extended offset table, else by the basic one; ``first`` is where the first begins."""
    if extended:
        offset, length = (struct.unpack_from("<Q", table, 8 * index)[0] for table in extended)
        return [Stretch(first + offset + _ITEM_BYTES, length)]
    end = first + basic[index + 1] if index + 1 < len(basic) else None
    return list(_fragments(file, first + basic[index], end))


def _fragments(file: BinaryIO, start: int, end: int | None = None) -> Iterator[Stretch]:
    """Where the fragments lie from an item on, until ``end`` or the sequence's delimiter; of one that is cut off, what is
    there. Raises ValueError at what is no item.
    """
    size = file.seek(0, io.SEEK_END)
    while start < (size if end is None else min(end, size)):
        file.seek(start)
        head = file.read(_ITEM_BYTES)
        if head[:4] == _DELIMITER:
            return
        length = int.from_bytes(head[4:], "little")
        if head[:4] != _FRAGMENT or len(head) < _ITEM_BYTES or length == _UNDEFINED:
            raise ValueError("no item of a fragment")
        start += _ITEM_BYTES
        yield Stretch(start, min(length, size - start))
        start += length


def _streams(file: BinaryIO, fragments: Sequence[Stretch]) -> Iterator[list[Stretch]]:
    """The fragments of each code stream: one begins where a fragment begins as a stream does."""
    stream: list[Stretch] = []
    for fragment in fragments[1:]:  # the first is the table of offsets
        file.seek(fragment.start)
        if stream and file.read(2) in STREAM_BEGINS:
            yield stream
            stream = []
        stream.append(fragment)
    if stream:
        yield stream


def _extended_offsets(header: Dataset) -> tuple[bytes, bytes] | None:
    if "ExtendedOffsetTable" not in header or "ExtendedOffsetTableLengths" not in header:
        return None
    return header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths
