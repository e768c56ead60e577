"""Where code streams hold what is no picture: comments and the application data of programs, which may name somebody.

JPEG and JPEG-LS: ISO/IEC 10918-1 B.2.4; JPEG 2000 and HTJ2K: ISO/IEC 15444-1 A.9.2. What is found can be written over
with zeros: lengths stay, so every offset in the file does too, and decoders pass over it as before.
"""

from collections.abc import Callable, Iterator

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
STREAM_BEGINS = frozenset({_JPEG, _JPEG_2000})
_SCAN, _END, _COMMENT, _FIRST_APP, _LAST_APP = 0xDA, 0xD9, 0xFE, 0xE0, 0xEF
_ALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
# How colours are coded, which decoders must know: the name of the segment, and how much of it they read.
_NEEDED = {b"JFIF\0": 12, b"Adobe": 12, b"mrfx": 5, b"SPIFF": 30, b"\0\0\0\1\xff": 6}
_TILE, _DATA, _COMMENT_2000, _TILE_BYTES = 0x90, 0x93, 0x64, 12
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
            if (marker == _COMMENT or _FIRST_APP <= marker <= _LAST_APP) and begin < end:
                yield begin, end
            place = end


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
