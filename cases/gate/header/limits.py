"""How much a header may hold. Beyond it a file is refused at intake, and its header read by no web process.

The standard's own limits are far lower (PS3.5 table 6.2-1: 64 characters of a LO or of each part of a PN); the headers of
enhanced images of a thousand frames stay below all of these.
"""

from typing import Any

from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

MAX_ELEMENTS = 100_000  # at all depths together
MAX_DEPTH = 16  # sequences within sequences
MAX_BYTES = 32 * 1024**2  # of all values together but the picture
_KIB = 1024
# Of one value, by value representation: several values of numbers may stand in one element, a name has three parts.
_MOST = {
    **dict.fromkeys(("AE", "AS", "CS", "DA", "DT", "LO", "PN", "SH", "TM", "UI"), 16 * _KIB),
    **dict.fromkeys(("LT", "ST"), 64 * _KIB),
    **dict.fromkeys(("UC", "UR", "UT"), 1024 * _KIB),
    **dict.fromkeys(("DS", "IS"), 4096 * _KIB),
}
_DELIMITERS = 0xFFFE  # group of the marks between items; one where no item ends has no value representation
_PIXELS = frozenset({0x7FE00001, 0x7FE00002, 0x7FE00008, 0x7FE00009, 0x7FE00010})


class HeaderTooLargeError(ValueError):
    """A header beyond the limits; the text is a sentence that names the attribute's tag and the rule, never a value."""


class HeaderScan:
    """Counts the elements of a header while pydicom reads them, as its ``stop_when``: a file of zeros is one of millions of
    elements, and would be read for minutes. Raises HeaderTooLargeError; ``stops`` at the picture, and else at what lies
    behind it and is no element: tags rise, and where zeros fill a file up they fall.
    """

    def __init__(self, *, stops: bool = False) -> None:
        self.elements, self.stops, self._picture = 0, stops, 0

    def __call__(self, tag: int, vr: str | None, length: int) -> bool:
        if int(tag) < self._picture:
            return True
        if int(tag) in _PIXELS:
            self._picture = int(tag)
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise HeaderTooLargeError(f"The header has more than {MAX_ELEMENTS:,} elements.")
        return self.stops and int(tag) in _PIXELS


def refuse_too_large(dataset: Dataset) -> int:
    """How many elements the header has. Raises HeaderTooLargeError; looks no further then.

    Each element is looked at once, by the length that it has in the file: no text is decoded for it.
    """
    elements, size = 0, 0
    waiting = [(dataset, 1)]
    while waiting:
        at, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise HeaderTooLargeError(f"The header has sequences within sequences more than {MAX_DEPTH} deep.")
        for tag in map(int, at.keys()):
            elements += 1
            if elements > MAX_ELEMENTS:
                raise HeaderTooLargeError(f"The header has more than {MAX_ELEMENTS:,} elements.")
            if tag >> 16 == _DELIMITERS:
                continue
            vr, value = _as_written(at, tag)
            if vr == "SQ":
                waiting += [(item, depth + 1) for item in at[tag].value or ()]
            elif tag not in _PIXELS or depth > 1:
                size += _checked(tag, vr, _length(value))
        if size > MAX_BYTES:
            raise HeaderTooLargeError(f"The header holds more than {MAX_BYTES // 1024**2} MB beside the picture.")
    return elements


def _checked(tag: int, vr: str, length: int) -> int:
    most = _MOST.get(vr, MAX_BYTES)
    if length > most:
        raise HeaderTooLargeError(
            f"({tag >> 16:04X},{tag & 0xFFFF:04X}) is a {vr} of {length:,} bytes; at most {most:,} are taken."
        )
    return length


def vr_as_written(dataset: Dataset, tag: int) -> str:
    """The value representation that an element is written with, else the dictionary's; nothing is converted for it."""
    return _as_written(dataset, tag)[0]


def _as_written(dataset: Dataset, tag: int) -> tuple[str, Any]:
    """The same, and the value as it stands in the file, or what was made of it already."""
    value = None
    try:
        element = dataset.get_item(tag)
        value = element.value
        return element.VR or dictionary_VR(tag), value
    except (AttributeError, KeyError, NotImplementedError):  # the last of the mark of an item's end where none ends
        return "UN", value


def _length(value: Any) -> int:
    """How many bytes a value takes."""
    if value is None:
        return 0
    if isinstance(value, bytes | str):
        return len(value)
    several = value if isinstance(value, list | tuple) or hasattr(value, "append") else [value]
    return sum(len(str(one)) for one in several) if len(several) < MAX_ELEMENTS else MAX_BYTES + 1
