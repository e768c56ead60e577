"""Where code streams hold what is no picture: comments and the application data of programs, which may name somebody, and
what stands where nothing should.

JPEG and JPEG-LS: ISO/IEC 10918-1 B.2.4; JPEG 2000 and HTJ2K: ISO/IEC 15444-1 A.9.2. Comments can be written over with
zeros: lengths stay, so every offset in the file does too, and decoders pass over them as before.
"""

import re
from collections.abc import Callable, Iterator

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
STREAM_BEGINS = frozenset({_JPEG, _JPEG_2000})
_SCAN, _END, _COMMENT, _FIRST_APP, _LAST_APP = 0xDA, 0xD9, 0xFE, 0xE0, 0xEF
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
# How colours are coded, which decoders must know: the name of the segment, and how much of it they read.
_NEEDED = {b"JFIF\0": 12, b"Adobe": 12, b"mrfx": 5, b"SPIFF": 30, b"\0\0\0\1\xff": 6}
_TILE, _DATA, _COMMENT_2000, _TILE_BYTES = 0x90, 0x93, 0x64, 12
# How a picture is coded: frame headers, tables, and what has one length (DNL, DRI, the presets of JPEG-LS).
_FRAMES = (frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}) | {0xF7}
_TABLES = frozenset({0xC4, 0xCC, 0xDB})
_LENGTHS = {0xDC: 4, 0xDD: 4, 0xF8: 13}
# In coded data a byte of FF stands before one below 80, or before a mark to start decoding anew from.
_BEHIND_A_SCAN = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_SEGMENTS_2000 = frozenset(
    {0x50, 0x51, 0x52, 0x53, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x63, 0x64}
)
_END_2000 = b"\xff\xd9"
_MOST_SEGMENTS = 10_000  # of one stream; one that holds more is damaged or hostile

Reader = Callable[[int, int], bytes]


def beside_the_picture(read: Reader) -> Iterator[tuple[int, int]]:
    """The stretches (from, to) of a code stream that say nothing of its picture; ``read(place, count)`` gives its bytes.

    Nothing for what is no such stream; of a damaged one, what is found before the damage.
    """
    start = read(0, 2)
    if start == _JPEG:
        yield from _of_jpeg(read)
    elif start == _JPEG_2000:
        yield from _of_jpeg_2000(read)


def _of_jpeg(read: Reader) -> Iterator[tuple[int, int]]:
    place = 2
    for _ in range(_MOST_SEGMENTS):
        head = read(place, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] in {_SCAN, _END}:
            return
        marker, length = head[1], int.from_bytes(head[2:], "big")
        if marker == 0xFF:
            place += 1
        elif marker in _ALONE:
            place += 2
        else:
            begin, end = place + 4, place + 2 + length
            if _FIRST_APP <= marker <= _LAST_APP:
                name = read(begin, 5)
                begin += next((count for known, count in _NEEDED.items() if name.startswith(known)), 0)
            if _is_beside(marker) and begin < end:
                yield begin, end
            place = end


def _is_beside(marker: int) -> bool:
    """Whether a JPEG marker begins a comment or the application data of a program."""
    return marker == _COMMENT or _FIRST_APP <= marker <= _LAST_APP


def _of_jpeg_2000(read: Reader) -> Iterator[tuple[int, int]]:
    place, tile_end = 2, None
    for _ in range(_MOST_SEGMENTS):
        head = read(place, _TILE_BYTES)
        if len(head) < 4 or head[0] != 0xFF:
            return
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if marker == _DATA:
            if not tile_end:
                return
            place = tile_end
            continue
        if marker == _TILE:
            size = int.from_bytes(head[6:10], "big")
            tile_end = place + size if size > _TILE_BYTES else None
        elif marker == _COMMENT_2000 and length > 4:
            yield place + 6, place + 2 + length
        place += 2 + length


def ends_with_its_picture(stream: bytes) -> bool:
    """Whether a code stream is whole and nothing but zeros stands behind its end, and between its parts what belongs there.

    Comments and application data in front of the picture count as belonging: ``beside_the_picture`` finds them.
    """
    if stream[:2] == _JPEG:
        return _ends_jpeg(stream)
    return stream[:2] == _JPEG_2000 and _ends_jpeg_2000(stream)


def _ends_jpeg(stream: bytes) -> bool:
    place, is_begun = 2, False
    for _ in range(_MOST_SEGMENTS):
        head = stream[place : place + 10]
        if len(head) < 2 or head[0] != 0xFF:
            return False
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if marker == _END:
            return not stream[place + 2 :].strip(b"\0")
        if marker == 0xFF:  # fills
            place += 1
            continue
        if is_begun if _is_beside(marker) else not _is_of_length(marker, length, head):
            return False
        place += 2 + length
        if marker == _SCAN:
            is_begun = True
            following = _BEHIND_A_SCAN.search(stream, place)
            if following is None:
                return False
            place = following.start()
    return False


def _is_of_length(marker: int, length: int, head: bytes) -> bool:
    """Whether a segment is one of those that tell how to decode, and as long as its kind is where that is known."""
    if marker in _FRAMES:
        return len(head) == 10 and length == 8 + 3 * head[9]
    if marker == _SCAN:
        return len(head) > 4 and length == 6 + 2 * head[4]
    return length == _LENGTHS[marker] if marker in _LENGTHS else marker in _TABLES and length > 2


def _ends_jpeg_2000(stream: bytes) -> bool:
    place, tile_end = 2, 0
    for _ in range(_MOST_SEGMENTS):
        head = stream[place : place + _TILE_BYTES]
        if len(head) < 2 or head[0] != 0xFF:
            return False
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if marker == _END:
            return not stream[place + 2 :].strip(b"\0")
        if marker == _DATA:
            if tile_end <= place:  # the last tile, whose data go on until the end, wherever that is
                return not tile_end and stream.rstrip(b"\0").endswith(_END_2000)
            place = tile_end
            continue
        if marker == _TILE:
            size = int.from_bytes(head[6:10], "big")
            tile_end = place + size if size else 0
        elif marker not in _SEGMENTS_2000:
            return False
        place += 2 + length
    return False
