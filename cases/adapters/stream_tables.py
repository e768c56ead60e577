"""Whether a code stream holds the tables and parameters that its picture is decoded by, and none beside: a table that no
scan uses, a second one in its place, or one that is longer than its kind could hold a name.

JPEG and JPEG-LS: ISO/IEC 10918-1 B.2.4 and 14495-1 C.2.4; JPEG 2000 and HTJ2K: ISO/IEC 15444-1 annex A. What a table that is
used says of values that never occur is not looked at.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

Segment = bytes  # with its marker and length
_SCAN, _HUFFMAN, _QUANTIZATION, _RESTART, _LINES, _PRESETS = 0xDA, 0xC4, 0xDB, 0xDD, 0xDC, 0xF8
_BASELINE, _EXTENDED, _PROGRESSIVE, _LOSSLESS, _JPEG_LS = 0xC0, 0xC1, 0xC2, 0xC3, 0xF7
_FRAMES = {_BASELINE, _EXTENDED, _PROGRESSIVE, _LOSSLESS, _JPEG_LS}  # what is decoded here
_MOST_BITS = (16, 14)  # of a difference between pixels, of a coefficient
_DC, _AC, _QUANTIZER, _OTHER = range(4)
Place = tuple[int, int]  # the kind of a table, and its number


def jpeg_holds_its_tables(segments: Iterable[Segment]) -> bool:
    """Whether the frame header, tables and scan headers of a JPEG or JPEG-LS stream, in order, are those its scans use."""
    stream = _Jpeg()
    try:
        return all(stream.takes(one) for one in segments) and stream.is_done
    except IndexError:  # cut off
        return False


@dataclass
class _Jpeg:
    """The tables that wait for a scan, as a stream is walked."""

    frame: int = 0
    bits: int = 0
    lines: int = 0
    components: dict[int, int] = field(default_factory=dict)  # the quantizer of each
    unused: set[Place] = field(default_factory=set)
    scanned: set[int] = field(default_factory=set)
    has_restarts: bool = False

    @property
    def is_done(self) -> bool:
        return not self.unused and bool(self.components) and self.scanned == self.components.keys()

    def takes(self, segment: Segment) -> bool:
        """Whether the segment is needed, as far as those before it tell."""
        marker, body = segment[1], segment[4:]
        if marker == _SCAN:
            return self._scan(body)
        if marker == _HUFFMAN:
            return all(self._waits(place) and _is_code(place, *code) for place, *code in _codes(body))
        if marker == _QUANTIZATION:
            return all(self._waits(place) for place in _quantizers(body))
        if marker == _PRESETS:
            return body[:1] == b"\1" and self._waits((_OTHER, marker))
        if marker == _RESTART:
            is_first, self.has_restarts = not self.has_restarts, True
            return is_first and self._waits((_OTHER, marker))
        if marker == _LINES:  # where the frame header left their number open
            is_open, self.lines = bool(self.scanned) and not self.lines, -1
            return is_open
        return marker in _FRAMES and self._frame(marker, body)

    def _waits(self, place: Place) -> bool:
        """Whether no other table waits in this place, which would be one that no scan uses."""
        is_free = place not in self.unused
        self.unused.add(place)
        return is_free and place[1] >= 0

    def _frame(self, marker: int, body: bytes) -> bool:
        is_first, self.frame = not self.frame, marker
        self.bits, self.lines = body[0], int.from_bytes(body[1:3], "big")
        self.components = {body[at]: body[at + 2] for at in range(6, len(body) - 2, 3)}
        return is_first and len(self.components) == body[5]

    def _scan(self, body: bytes) -> bool:
        count = body[0]
        first, successive = body[1 + 2 * count], body[3 + 2 * count] >> 4
        for component, tables in (body[at : at + 2] for at in range(1, 1 + 2 * count, 2)):
            if component not in self.components:
                return False
            self.scanned.add(component)
            self.unused -= self._used(component, tables, first, successive)
        self.unused -= {(_OTHER, _RESTART), (_OTHER, _PRESETS)}
        return True

    def _used(self, component: int, tables: int, first: int, successive: int) -> set[Place]:
        if self.frame == _JPEG_LS:
            return set()
        codes: set[Place] = {(_DC, tables >> 4), (_AC, tables & 15)}
        if self.frame == _LOSSLESS:
            return {(_DC, tables >> 4)}
        if self.frame == _PROGRESSIVE:
            codes = {(_AC, tables & 15)} if first else set() if successive else {(_DC, tables >> 4)}
        return codes | {(_QUANTIZER, self.components[component])}


def _quantizers(body: bytes) -> Iterator[Place]:
    """The place of each table of a DQT segment; one that is cut off is in none."""
    while body:
        size = 1 + (128 if body[0] >> 4 else 64)
        yield _QUANTIZER, body[0] & 15 if len(body) >= size and body[0] >> 4 < 2 else -1
        body = body[size:]


def _codes(body: bytes) -> Iterator[tuple[Place, bytes, bytes]]:
    """Each table of a DHT segment: its place, how many codes there are of each length, and what they stand for."""
    while body:
        counts = body[1:17]
        size = 17 + sum(counts)
        yield (body[0] >> 4, body[0] & 15 if len(body) >= size else -1), counts, body[17:size]
        body = body[size:]


def _is_code(place: Place, counts: bytes, symbols: bytes) -> bool:
    """Whether a table is a code: of as many codes as there may be, each for another symbol that pictures can have."""
    if place[0] not in {_DC, _AC} or len(set(symbols)) < len(symbols):
        return False
    if sum(Fraction(count, 2 << length) for length, count in enumerate(counts)) > 1:
        return False
    return all((one if place[0] == _DC else one & 15) <= _MOST_BITS[place[0]] for one in symbols)


# ---- JPEG 2000 -------------------------------------------------------------------------------------------------------
_SIZE, _CODING, _CODING_OF, _QUANTIZE, _QUANTIZE_OF, _ABILITIES = 0x51, 0x52, 0x53, 0x5C, 0x5D, 0x50
_LENGTHS_OF_TILES, _TILE = 0x55, 0x90
_ONCE = {_SIZE, _CODING, _QUANTIZE, _ABILITIES}


def jpeg_2000_holds_its_parameters(segments: Iterable[Segment]) -> bool:
    """Whether the marker segments of a JPEG 2000 or HTJ2K stream, in order and without its comments, are those it is decoded by:
    each once, of the length of its kind, before the first tile; and lengths of tile-parts only where they are true.

    Others count as more: lengths of packets (PLM, PLT) may be any numbers, as nobody need read them; packed headers, changes of
    progression, regions of interest and registration are rare.
    """
    try:
        return _holds_its_parameters(segments)
    except (IndexError, struct.error):  # cut off
        return False


def _holds_its_parameters(segments: Iterable[Segment]) -> bool:
    main: dict[tuple[int, int], Segment] = {}
    tiles: list[tuple[int, int]] = []
    told: list[Segment] = []
    for one in segments:
        marker = one[1]
        if marker == _TILE:
            tiles.append(struct.unpack_from(">HL", one, 4))
        elif marker == _LENGTHS_OF_TILES and not tiles:
            told.append(one)
        elif tiles or (key := _key(marker, one, main)) is None or key in main:
            return False
        else:
            main[key] = one
    return _are_of_their_length(main) and _are_true(told, tiles)


def _key(marker: int, segment: Segment, main: dict[tuple[int, int], Segment]) -> tuple[int, int] | None:
    """What there is once of it: by the component for those that are of one. None of what is not needed."""
    if marker in _ONCE:
        return marker, -1
    size = main.get((_SIZE, -1))
    if marker not in {_CODING_OF, _QUANTIZE_OF} or size is None:
        return None
    number = int.from_bytes(segment[4 : 4 + _width(size)], "big")
    return (marker, number) if 0 < number < _components(size) else None  # not of all, or the general one is not needed


def _components(size: Segment) -> int:
    return int.from_bytes(size[38:40], "big")


def _width(size: Segment) -> int:
    """Bytes of a component's number."""
    return 1 if _components(size) < 257 else 2


def _are_of_their_length(main: dict[tuple[int, int], Segment]) -> bool:
    size, coding, quantize = (main.get((marker, -1)) for marker in (_SIZE, _CODING, _QUANTIZE))
    if size is None or coding is None or quantize is None or len(size) != 40 + 3 * _components(size):
        return False
    width = _width(size)
    for (marker, number), one in main.items():
        if marker == _ABILITIES and len(one) != 8 + 2 * int.from_bytes(one[4:8], "big").bit_count():
            return False
        if marker == _CODING and not _is_coding(one[4], one[9:]):
            return False
        if marker == _CODING_OF and not _is_coding(one[4 + width], one[5 + width :]):
            return False
        if marker in {_QUANTIZE, _QUANTIZE_OF}:
            of = max(number, 0)
            own = main.get((_CODING_OF, of))
            levels = own[5 + width] if own else coding[9]
            if not _is_quantization(one[4 if marker == _QUANTIZE else 4 + width :], levels):
                return False
    return True


def _is_coding(style: int, parameters: bytes) -> bool:
    """Levels, two sides of a block, two styles; and a byte for each resolution where precincts are told."""
    return len(parameters) == 5 + (parameters[0] + 1 if style & 1 else 0)


def _is_quantization(body: bytes, levels: int) -> bool:
    """A style, then a number for each of the bands: a byte where nothing is quantized, two where each has its own."""
    bands = 3 * levels + 1
    return bool(body) and len(body) == 1 + {0: bands, 1: 2, 2: 2 * bands}.get(body[0] & 31, -2)


def _are_true(told: list[Segment], tiles: list[tuple[int, int]]) -> bool:
    """Whether what is told of tile-parts are their lengths, of all of them in order."""
    found: list[tuple[int, int]] = []
    for number, one in enumerate(told):
        kind = one[5]
        index, length = kind >> 4 & 3, 4 if kind & 64 else 2
        if one[4] != number or kind & 0x8F or index == 3 or (len(one) - 6) % (index + length):
            return False
        for at in range(6, len(one), index + length):
            tile = int.from_bytes(one[at : at + index], "big") if index else len(found)
            found.append((tile, int.from_bytes(one[at + index : at + index + length], "big")))
    return not told or found == tiles
