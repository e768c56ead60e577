"""Binary tables that a picture needs to be shown: whether their length is the one that their description gives.

Whatever else stands where a table should is not one, and may be a name: PS3.3 C.7.6.3.1.5 and C.11.1.1 (look-up tables),
C.11.15.1.1 (ICC profiles, ISO 15076-1 7.2).
"""

from collections.abc import Sequence

from pydicom.dataset import Dataset

DESCRIBED_BY = {
    **{0x00281201 + colour: 0x00281101 + colour for colour in range(4)},  # palette colours: red, green, blue, alpha
    0x00283006: 0x00283002,  # LUT Data
}
_ICC_PROFILE = 0x00282000
_ICC_HEADER = 128  # bytes


def is_out_of_shape(dataset: Dataset, tag: int) -> bool:
    """Whether an attribute is one of these tables, and not as long as its description says."""
    if tag == _ICC_PROFILE:
        return not _is_profile(bytes(dataset[tag].value or b""))
    return tag in DESCRIBED_BY and not _fits(dataset, tag, DESCRIBED_BY[tag])


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
