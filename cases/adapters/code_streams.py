"""Where code streams hold what is no picture: comments and the application data of programs, which may name somebody, and
what stands where nothing should.

JPEG and JPEG-LS: ISO/IEC 10918-1 B.2.4; JPEG 2000 and HTJ2K: ISO/IEC 15444-1 A.9.2. Comments can be written over with
zeros: lengths stay, so every offset in the file does too, and decoders pass over them as before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from cases.adapters.stream_tables import jpeg_2000_holds_its_parameters, jpeg_holds_its_tables

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
STREAM_BEGINS = frozenset({_JPEG, _JPEG_2000})
_SCAN, _END, _COMMENT, _FIRST_APP, _LAST_APP = 0xDA, 0xD9, 0xFE, 0xE0, 0xEF
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
# How colours are coded, which decoders must know: by the name of an application's segment its marker (0: any), and from where
# to where they read it. Densities, versions, flags and all that stands behind they pass over.
_NEEDED: dict[bytes, tuple[int, tuple[tuple[int, int], ...]]] = {
    b"JFIF\0": (0xE0, ((0, 7),)),
    b"Adobe": (0xEE, ((0, 5), (11, 12))),
    b"mrfx": (0xE8, ((0, 5),)),
    b"\0\0\0\1\xff": (0, ((0, 6),)),
}
_TILE, _DATA, _COMMENT_2000 = 0x90, 0x93, 0x64
_HEAD_BYTES = 12  # of a segment: its marker, its length, and what tells how long it or its tile must be
# How a picture is coded: frame headers, tables, and what has one length (DNL, DRI, the presets of JPEG-LS).
_FRAMES = (frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {0xF7}
_TABLES = frozenset({0xC4, 0xCC, 0xDB})
_LENGTHS = {0xDC: 4, 0xDD: 4, 0xF8: 13}
_MOST_SEGMENTS = 10_000  # of one stream; one that holds more is damaged or hostile
_AT_ONCE = 2**18  # bytes of coded data that are looked through: they stay in the processor's cache

Reader = Callable[[int, int], bytes]
Bytes = NDArray[np.uint8]


class Part(Enum):
    """What a stretch of a code stream is."""

    TELLS_HOW = auto()  # how the picture is coded
    SAYS = auto()  # a comment, or a program's data
    CODED = auto()  # the picture
    END = auto()
    STRANGE = auto()


@dataclass(frozen=True)
class Segment:
    """A stretch of a code stream, from ``begin``. ``end`` is where the next begins: 0 for coded data of which no length is told.
    ``said`` is what of it decoders pass over, each from, to.
    """

    part: Part
    begin: int
    end: int
    said: tuple[tuple[int, int], ...] = ()


def beside_the_picture(read: Reader) -> Iterator[tuple[int, int]]:
    """The stretches (from, to) of a code stream that say nothing of its picture; ``read(place, count)`` gives its bytes.

    Nothing for what is no such stream; of a damaged one, what is found before the damage. Coded data are not read: what
    stands behind a part of them whose length nothing tells is not found.
    """
    for one in _segments(read):
        if one.part is Part.CODED and not one.end:
            return
        yield from ((begin, end) for begin, end in one.said if begin < end)


def ends_with_its_picture(stream: bytes | memoryview) -> bool:
    """Whether a code stream is whole and nothing but zeros stands behind its end, and between its parts what belongs there:
    the tables and parameters that it is decoded by, and no others.

    What ``beside_the_picture`` finds counts as belonging.
    """
    is_out_of_reach = False
    tables: list[bytes] = []
    for one in _segments(lambda place, count: bytes(stream[place : place + count])):
        if one.part is Part.END:
            is_jpeg = bytes(stream[:2]) == _JPEG
            holds_its_own = jpeg_holds_its_tables(tables) if is_jpeg else jpeg_2000_holds_its_parameters(tables)
            return holds_its_own and not bytes(stream[one.end :]).strip(b"\0")
        if one.part is Part.TELLS_HOW:
            tables.append(bytes(stream[one.begin : one.end]))
        if one.part is Part.STRANGE or (one.part is Part.SAYS and is_out_of_reach):
            return False
        is_out_of_reach |= one.part is Part.CODED and not one.end
    return False


def _segments(read: Reader) -> Iterator[Segment]:
    """Each stretch in order, as far as the stream is one; coded data are read when the stretch behind them is asked for."""
    start = read(0, 2)
    if start == _JPEG:
        yield from _of_jpeg(read)
    elif start == _JPEG_2000:
        yield from _of_jpeg_2000(read)


def _of_jpeg(read: Reader) -> Iterator[Segment]:
    place = 2
    met: set[bytes] = set()
    for _ in range(_MOST_SEGMENTS):
        head = read(place, _HEAD_BYTES)
        if len(head) < 2 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == _END:
            yield Segment(Part.END, place, place + 2)
            return
        if marker == 0xFF:  # fills
            place += 1
            continue
        one = _jpeg_segment(head, place, met)
        yield one
        place = one.end
        if marker == _SCAN:
            yield Segment(Part.CODED, place, 0)
            place = _behind_coded_data(read, place, _ends_scan)


def _jpeg_segment(head: bytes, place: int, met: set[bytes]) -> Segment:
    """``met`` are the names of the application's segments before it: what is needed is needed once."""
    marker, length = head[1], int.from_bytes(head[2:4], "big")
    if marker in _ALONE:
        return Segment(Part.STRANGE, place, place + 2)
    begin, end = place + 4, place + 2 + length
    if marker == _COMMENT:
        return Segment(Part.SAYS, place, end, ((begin, end),))
    if _FIRST_APP <= marker <= _LAST_APP:
        name = next((one for one in _NEEDED if head[4:].startswith(one)), b"")
        own, needed = _NEEDED.get(name, (0, ()))
        if name in met or own not in {0, marker}:
            needed = ()
        met.add(name)
        edges = [begin, *(min(end, begin + edge) for part in needed for edge in part), end]
        return Segment(Part.SAYS, place, end, tuple(zip(edges[::2], edges[1::2], strict=True)))
    return Segment(Part.TELLS_HOW if _is_of_length(marker, length, head) else Part.STRANGE, place, end)


def _is_of_length(marker: int, length: int, head: bytes) -> bool:
    """Whether a segment is one of those that tell how to decode, and as long as its kind is where that is known."""
    if marker in _FRAMES:
        return len(head) > 9 and length == 8 + 3 * head[9]
    if marker == _SCAN:
        return len(head) > 4 and length == 6 + 2 * head[4]
    return length == _LENGTHS[marker] if marker in _LENGTHS else marker in _TABLES and length > 2


def _behind_coded_data(read: Reader, place: int, ends: Callable[[Bytes], NDArray[np.bool_]]) -> int:
    """Where the first FF stands behind which a byte ``ends`` coded data; where the stream is cut off before, its end."""
    while len(chunk := read(place, _AT_ONCE)) > 1:
        data = np.frombuffer(chunk, dtype=np.uint8)
        at = np.flatnonzero(data[:-1] == 0xFF)
        found = at[ends(data[at + 1])]
        if found.size:
            return place + int(found[0])
        place += len(chunk) - 1
    return place + len(chunk)


def _ends_scan(behind: Bytes) -> NDArray[np.bool_]:
    """In coded data of JPEG and JPEG-LS a byte below 80 follows, or a mark to start decoding anew from."""
    return np.asarray((behind >= 0x80) & (behind != 0xFF) & ((behind < 0xD0) | (behind > 0xD7)))


def _ends_packets(behind: Bytes) -> NDArray[np.bool_]:
    """In those of JPEG 2000 one below 90, or the mark of a packet or of the end of its header (SOP, EPH)."""
    return np.asarray((behind >= 0x90) & (behind != 0x91) & (behind != 0x92))


def _of_jpeg_2000(read: Reader) -> Iterator[Segment]:
    place, tile_end = 2, -1
    for _ in range(_MOST_SEGMENTS):
        head = read(place, _HEAD_BYTES)
        if len(head) < 2 or head[0] != 0xFF:
            return
        marker, end = head[1], place + 2 + int.from_bytes(head[2:4], "big")
        if marker == _END:
            yield Segment(Part.END, place, place + 2)
            return
        if marker == _DATA:
            if tile_end == 0:  # the last tile, whose data go on until the end, wherever that is
                yield Segment(Part.CODED, place, 0)
                place = _behind_coded_data(read, place + 2, _ends_packets)
            elif tile_end <= place:
                return
            else:
                yield Segment(Part.CODED, place, tile_end)
                place = tile_end
            continue
        if marker == _TILE:
            size = int.from_bytes(head[6:10], "big")
            tile_end = place + size if size else 0
        is_comment = marker == _COMMENT_2000
        part = Part.SAYS if is_comment else Part.TELLS_HOW
        yield Segment(part, place, end, ((place + 4, end),) if is_comment else ())
        place = end
