"""What the gate's checks ask of a DICOM header: which attributes name somebody, and what it says of the picture."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from pydicom.datadict import keyword_for_tag
from pydicom.dataset import Dataset

from cases.gate.header.descriptions import cleaned
from cases.gate.header.limits import vr_as_written

# Attributes that name or number a person, or say where one lives (45 CFR 164.514(b)(2), as far as DICOM has them).
_PATIENT_NAME = 0x00100010
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
_MAY_NAME = frozenset({"PN", "LT", "ST", "UT", "UC"})  # names, and text of any length
MOST_TOLD = 60
_DEEPEST = 16
_WRITTEN_AS_A_NAME = re.compile(r"[^\W\d_]{2,}[\s^,]+[^\W\d_]")


def identifiers(dataset: Dataset) -> tuple[str, ...]:
    """The attributes that name somebody or may, at any depth, as ``(gggg,eeee) Keyword``; never what they say.

    Those are names of persons, free text, and what numbers a person or says where one lives. A patient's name that repeats the
    patient's ID is a pseudonym, and none, unless it is written as names are. Private elements that say themselves that they
    are names are told one by one, others of a group together. Of very many the first are told, and how many more there are.
    """
    own = {text_of(dataset, 0x00100020), text_of(dataset, 0x00100010)} if text_of(dataset, 0x00100020) else set()
    is_pseudonym = len(own) == 1 and not _WRITTEN_AS_A_NAME.match(next(iter(own)))
    found = dict.fromkeys(_naming(dataset, "", 0))
    if is_pseudonym:
        found.pop(_told(_PATIENT_NAME), None)
    told = tuple(found)
    more = len(told) - MOST_TOLD
    return told if more <= 0 else (*told[:MOST_TOLD], f"{more} more")


def _naming(dataset: Dataset, above: str, depth: int) -> Iterator[str]:
    """Each place below ``above`` that names somebody or may, in the order of tags; private groups last."""
    groups: Counter[int] = Counter()
    for tag in sorted(map(int, dataset.keys())):
        vr = vr_as_written(dataset, tag)
        if vr == "SQ":
            if depth < _DEEPEST:
                within = f"{above}{keyword_for_tag(tag) or _place(tag)} > "
                for item in _items(dataset, tag):
                    yield from _naming(item, within, depth + 1)
        elif (tag >> 16) % 2:
            if vr == "PN" and text_of(dataset, tag):
                yield f"{above}{_place(tag)} private name"
            elif tag & 0xFFFF > 0xFF:  # others say which maker's block it is
                groups[tag >> 16] += 1
        elif (tag in _DIRECT or vr in _MAY_NAME) and text_of(dataset, tag).lower() not in _NOBODY:
            yield f"{above}{_told(tag)}"
    for group, count in sorted(groups.items()):
        yield f"{above}({group:04X},…) private, {count} element{'s' if count > 1 else ''}"


def _items(dataset: Dataset, tag: int) -> Iterable[Dataset]:
    try:
        return list(dataset[tag].value or ())
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return []


def _told(tag: int) -> str:
    return f"{_place(tag)} {keyword_for_tag(tag)}".strip()


def _place(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


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
