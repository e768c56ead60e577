"""What the gate's checks ask of a DICOM header: which attributes name somebody, and what it says of the picture."""

import re

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset

from cases.gate.header.descriptions import cleaned

# Attributes that name or number a person, or say where one lives (45 CFR 164.514(b)(2), as far as DICOM has them).
_DIRECT = (
    *(0x00080050, 0x00080090, 0x00080092, 0x00080094, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x0008009C),
    *(0x00100010, 0x00100030, 0x00100032, 0x00100050, 0x00101000, 0x00101001, 0x00101002, 0x00101005, 0x00101040),
    *(0x00101060, 0x00101090, 0x00102154, 0x00102155, 0x00102297, 0x00102299, 0x00104000, 0x00321032, 0x00321033),
    *(0x00080080, 0x00080081, 0x00380010, 0x00380300, 0x00380400, 0x00401010, 0x00402016, 0x00402017, 0x00402010),
    *(0x0040A075, 0x0040A123, 0x00700084, 0x00102180, 0x001021B0, 0x001021F0, 0x00102203, 0x00400006, 0x00400244),
)
_NOBODY = frozenset(
    {"", "anonymous", "anon", "anonymized", "anonymised", "removed", "unknown", "none", "n/a", "^", "xxxx"}
)
_WRITTEN_AS_A_NAME = re.compile(r"[^\W\d_]{2,}[\s^,]+[^\W\d_]")


def identifiers(dataset: Dataset) -> tuple[str, ...]:
    """The attributes at the top level that name somebody, as ``(gggg,eeee) Keyword``; never what they say.

    A patient's name that repeats the patient's ID is a pseudonym, and none, unless it is written as names are. Private
    elements are named once, together.
    """
    own = {text_of(dataset, 0x00100020), text_of(dataset, 0x00100010)} if text_of(dataset, 0x00100020) else set()
    is_pseudonym = len(own) == 1 and not _WRITTEN_AS_A_NAME.match(next(iter(own)))
    found = []
    for tag in sorted(_DIRECT):
        text = text_of(dataset, tag)
        if text.lower() in _NOBODY or (tag == 0x00100010 and is_pseudonym):
            continue
        found.append(f"({tag >> 16:04X},{tag & 0xFFFF:04X}) {keyword_for_tag(tag)}")
    return tuple(found)


def has_private(dataset: Dataset) -> bool:
    """Whether there are private elements, which may say anything."""
    return any((int(tag) >> 16) % 2 for tag in dataset.keys())  # noqa: SIM118 - iterating over it reads every element


def descriptions(dataset: Dataset) -> str:
    """What study, series and protocol say of the view, in words of acquisition, small letters."""
    texts = (text_of(dataset, tag) for tag in (0x00081030, 0x0008103E, 0x00181030))
    return " ".join(filter(None, map(cleaned, texts))).lower()[:200]


def text_of(dataset: Dataset, tag: int) -> str:
    """An element's value as one text, without spaces around it; empty where it is missing or cannot be read."""
    try:
        return str(dataset[tag].value or "").strip() if tag in dataset else ""
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return ""
