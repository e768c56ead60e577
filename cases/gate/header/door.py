"""The one door by which a value of a header comes in: as a UID, a term, a number, words of technique, or not at all.

A header may hold a name in any attribute. So nothing that intake keeps, shows or tells of a file is read beside this door,
and what does not fit its kind counts as not given.
"""

import math
import re
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import UID

from cases.contribution import PRIVATE_CLASS
from cases.gate.header.numbers import is_plausible
from cases.gate.header.technique import is_technique, words_of_technique
from cases.gate.header.terms import MODALITIES, is_body_part, is_term, is_view

T = TypeVar("T")
MAX_UID = 64  # characters (PS3.5 9)
# Numbers with dots between them; one number alone is a record's or an examination's.
_UID = re.compile(r"(?=[0-9.]*[0-9]\.[0-9])[0-9.]{1,64}")
_DIGEST = re.compile(r"[0-9A-Fa-f]{32,64}")  # some tools that de-identify put one in the place of a UID
# PS3.3 C.7.6.3.1.2, with those that the standard retired.
_PHOTOMETRIC = """
    MONOCHROME1 MONOCHROME2 RGB HSV ARGB CMYK YBR_FULL YBR_FULL_422 YBR_PARTIAL_422 YBR_PARTIAL_420 YBR_ICT YBR_RCT XYB
"""
PHOTOMETRIC = frozenset(_PHOTOMETRIC.split()) | {"PALETTE COLOR"}


def uid(dataset: Dataset, keyword: str) -> str:
    """A UID, or a digest in its place; empty where it is neither, or missing."""
    text = _text(dataset, keyword, MAX_UID)
    return text if is_uid(text) or _DIGEST.fullmatch(text) else ""


def is_uid(text: str) -> bool:
    """Whether a text has the form of a UID, as headers, tables and archives write them."""
    return bool(_UID.fullmatch(text))


def sop_class(dataset: Dataset) -> str:
    """The SOP class, where it is one of the standard's; PRIVATE_CLASS for any other, whose figures may be a person's."""
    text = uid(dataset, "SOPClassUID")
    return text if not text or is_registered(text) else PRIVATE_CLASS


def is_registered(text: str) -> bool:
    """Whether a UID is of the standard's own registry (PS3.6 annex A)."""
    return text in UID_dictionary


def is_given(dataset: Dataset, keyword: str) -> bool:
    """Whether the attribute says anything, fit or not."""
    return bool(_text(dataset, keyword, MAX_UID))


def syntax_name(syntax: str) -> str:
    """A transfer syntax as people are told it: its name in the standard, or that it is none of the standard's."""
    if is_registered(syntax):
        return UID(syntax).name
    return "a private transfer syntax" if is_uid(syntax) else "no UID of a transfer syntax"


def identifier(dataset: Dataset, keyword: str, limit: int) -> str:
    """The site's own number of a patient or an examination: to find studies by, never to be shown as it is."""
    return _text(dataset, keyword, limit)


def modality(dataset: Dataset, also: Collection[str] = ()) -> str:
    """The modality, where it is one of DICOM's or of ``also``."""
    text = _text(dataset, "Modality", 16)
    return text if text in MODALITIES or text in also else ""


def one_of(dataset: Dataset, keyword: str, terms: Collection[str]) -> str:
    """The value in capitals, where it is one of ``terms``."""
    text = _text(dataset, keyword, 32).upper()
    return text if text in terms else ""


def term(dataset: Dataset, keyword: str, limit: int) -> str:
    """One of the terms that the standard lists for the attribute."""
    text = _text(dataset, keyword, limit)
    return text if is_term(int(tag_for_keyword(keyword) or 0), text) else ""


def view(dataset: Dataset) -> str:
    """ViewPosition, where it is one."""
    return view_of(_text(dataset, "ViewPosition", 32))


def view_of(text: str) -> str:
    """A view from elsewhere than a header, such as a table; empty where it is none that ViewPosition may be."""
    return text if is_view(text) else ""


def body_part(dataset: Dataset) -> str:
    """BodyPartExamined, where it is a part of the body."""
    text = _text(dataset, "BodyPartExamined", 64)
    return text if is_body_part(text) else ""


def technical(dataset: Dataset, keyword: str, limit: int) -> str:
    """The text of an attribute of technique, where it names nobody."""
    return unnamed(_text(dataset, keyword, limit))


def several(dataset: Dataset, keyword: str, limit: int) -> list[str]:
    """The texts of an attribute of technique with several values, each empty where it may name somebody."""
    try:
        value = dataset.get(keyword) or []
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return []
    return [unnamed(_clean(one, limit)) for one in ([value] if isinstance(value, str) else list(value))]


def maker(dataset: Dataset) -> str:
    """The manufacturer without the words that nobody knows for one."""
    return words_of_technique(_text(dataset, "Manufacturer", 64))


def described(dataset: Dataset, keyword: str, limit: int, clean: Callable[[str], str]) -> str:
    """A description, reduced by ``clean``."""
    return clean(_text(dataset, keyword, limit))


def parsed(dataset: Dataset, keyword: str, parse: Callable[[str], T]) -> T | None:
    """What a parser makes of the value; None where it breaks the parser's rule."""
    try:
        return parse(_text(dataset, keyword, 32))
    except ValueError:
        return None


def unnamed(text: str) -> str:
    """A text of technique from elsewhere than a header, such as a table; empty where it may name somebody."""
    return text if is_technique(text) else ""


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """The finite numbers of an attribute."""
    try:
        value = dataset.get(keyword)
        values = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
        found = [float(one) for one in values if one is not None and str(one).strip()]
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return []
    return [number for number in found if math.isfinite(number)]


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first of its numbers."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def whole(dataset: Dataset, keyword: str) -> int | None:
    """The first of its numbers, without what stands behind the point; None beyond 32 bits."""
    found = number(dataset, keyword)
    return int(found) if found is not None and abs(found) < 2**31 else None


def count(dataset: Dataset, keyword: str) -> int | None:
    """A place in an order, such as SeriesNumber; None where it has so many figures that it may be a person's number."""
    found = whole(dataset, keyword)
    return found if found is not None and is_plausible(found) else None


def _clean(value: object, limit: int) -> str:
    return "".join(char for char in str(value) if char.isprintable()).strip()[:limit]


def _text(dataset: Dataset, keyword: str, limit: int) -> str:
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return ""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        value = value[0] if len(value) else ""
    return _clean(value, limit)
