"""Binary tables that a picture needs to be shown: whether their length is the one that their description gives, and whether
they are no text.

Whatever else stands where a table should is not one, and may be a name: PS3.3 C.7.6.3.1.5 and C.11.1.1 (look-up tables),
C.11.15.1.1 (ICC profiles, ISO 15076-1 7.2).
"""

from collections.abc import Sequence
from itertools import pairwise

from pydicom.dataset import Dataset

DESCRIBED_BY = {
    **{0x00281201 + colour: 0x00281101 + colour for colour in range(4)},  # palette colours: red, green, blue, alpha
    0x00283006: 0x00283002,  # LUT Data
}
_LUT = 0x00283006
_MOST_OF_A_LETTER = 0x24F  # the last of Latin's in Unicode
_ICC_PROFILE = 0x00282000
_ICC_HEADER = 128  # bytes


def is_out_of_shape(dataset: Dataset, tag: int) -> bool:
    """Whether an attribute is one of these tables, and not as long as its description says."""
    if tag == _ICC_PROFILE:
        return not _is_profile(bytes(dataset[tag].value or b""))
    if tag == _LUT and _is_text(dataset[tag].value):
        return True
    return tag in DESCRIBED_BY and not _fits(dataset, tag, DESCRIBED_BY[tag])


def _is_text(value: object) -> bool:
    """Whether values of two bytes rise and fall as those of no table of tones do, and all are letters, figures or signs."""
    if isinstance(value, bytes):
        values = [int.from_bytes(value[at : at + 2], "little") for at in range(0, len(value), 2)]
    else:
        values = [int(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
    steps = [after - before for before, after in pairwise(values)]
    goes_one_way = all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
    return not goes_one_way and all(
        0 <= one <= _MOST_OF_A_LETTER and (not one or chr(one).isprintable()) for one in values
    )


def _fits(dataset: Dataset, tag: int, description: int) -> bool:
    described = dataset[description].value if description in dataset else None
    if not described or len(described) != 3:
        return False
    entries, bits = int(described[0]) or 65_536, int(described[2])
    value = dataset[tag].value
    length = len(value) if isinstance(value, bytes) else 2 * (len(value) if isinstance(value, Sequence) else 1)
    one_byte_each = {entries, entries + entries % 2} if bits <= 8 else set()
    return length in {2 * entries, *one_byte_each}


def _is_profile(content: bytes) -> bool:
    size = int.from_bytes(content[:4], "big")
    return size >= _ICC_HEADER and len(content) in {size, size + size % 2} and content[36:40] == b"acsp"
