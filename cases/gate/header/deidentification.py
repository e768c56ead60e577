"""The header that may be shown: DICOM PS3.15 Annex E, basic profile, with three of its options.

Beside the table, everything is taken out that the table cannot know of: private and unknown elements, text outside of
the table but for a few attributes of technique, names of persons, and what repeats one of the header's identifiers.
UIDs and the patient are replaced by keyed pseudonyms of the site, dates go back by a number of days that is the
patient's own.
"""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import pydicom
from pydicom._uid_dict import UID_dictionary
from pydicom.datadict import dictionary_has_tag, dictionary_VR, repeater_has_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID
from pydicom.valuerep import format_number_as_ds

from cases.gate.header.codes import CODED, is_code, is_meaning, is_scheme, meaning_of
from cases.gate.header.descriptions import cleaned, is_acquisition
from cases.gate.header.numbers import NUMBERS, bounded
from cases.gate.header.phrases import Phrases
from cases.gate.header.profile import Action, action_of
from cases.gate.header.pseudonyms import SiteKey
from cases.gate.header.tables import DESCRIBED_BY, is_out_of_shape
from cases.gate.header.technique import is_technique, words_of_technique
from cases.gate.header.terms import is_term
from cases.gate.header.told_bytes import tells_in_bytes

METHOD = "PS3.15 basic profile"
# CID 7050: the profile and the options that were applied.
_CODES = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113108", "Retain Patient Characteristics Option"),
)
_PATIENT_NAME, _PATIENT_ID, _BIRTH_DATE, _AGE = 0x00100010, 0x00100020, 0x00100030, 0x00101010
_STUDY_UID = 0x0020000D
_MAKER, _RESCALE_TYPE, _CODE, _CODE_SCHEME, _CODE_MEANING = 0x00080070, 0x00281054, 0x00080100, 0x00080102, 0x00080104
_OF_A_CODE = frozenset({_CODE, _CODE_SCHEME, _CODE_MEANING})
# Who and what the header names; a text elsewhere that repeats one of them goes too.
_IDENTIFIERS = (
    *(_PATIENT_ID, 0x00080050, 0x00101000, 0x00101001, 0x00101005, 0x00101060, 0x00100032, 0x00101040, 0x00102154),
    *(0x00080090, 0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00321032, 0x00401010, 0x00380010, 0x00104000),
    *(0x00080080, 0x00080081, 0x00100030, 0x00081010, 0x00401001, 0x00402016, 0x00402017, 0x00181000, 0x00100050),
)
# Outside of the table, and of no use to whoever reads the picture: ICC profile, address of a pixel provider, image id, length
# of all pixels.
_LEFT_OUT = frozenset({0x00282000, 0x00287FE0, 0x00540400, 0x7FE00003})
# Curves and overlays, of which the table takes the data alone: what is left describes something that is not there.
_GROUPS_LEFT_OUT = frozenset({0x50, 0x60})
_PIXELS = frozenset({0x7FE00001, 0x7FE00002, 0x7FE00008, 0x7FE00009, 0x7FE00010})
# Of attributes outside of the table: text of any length and kind, names, times of the day, and what has no known form.
_NEVER_KEPT = frozenset({"LT", "ST", "UT", "UC", "UR", "AE", "PN", "TM", "UN"})
# Short text outside of the table that says how a picture was made or is to be shown, and says it in words of technique; any
# other is left out, as it may name a person whom nothing else in the header names.
_TEXT_KEPT = frozenset(
    {0x00080070, 0x00081090, 0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00120063, 0x00180024, 0x00180085}
    | {0x00181020, 0x00181160, 0x00181210, 0x00181250, 0x00181251, 0x00181260, 0x00181401, 0x00189005, 0x00201040}
    | {0x00280234, 0x00281054, 0x00281055, 0x00283003, 0x00287FE0, 0x00409210, 0x00540400}
)
_TITLED = re.compile(r"\b(?:dr|mr|mrs|ms|prof|md)\b", re.IGNORECASE)
_SHORT_TEXT = frozenset({"LO", "SH", "CS"})
_BYTES = frozenset({"OB", "OW", "OF", "OD", "OL", "OV"})
# Tables of bytes without which a picture cannot be shown, beside those whose length is known (tables.py): palettes in segments.
_TABLES_KEPT = DESCRIBED_BY.keys() | {0x00281221, 0x00281222, 0x00281223, 0x00281224}
_CODE_STRING = re.compile(r"[A-Z0-9 _]{0,16}")
_DUMMIES = {"PN": "Anonymous", "LO": "Removed", "SH": "Removed", "LT": "Removed", "ST": "Removed", "UT": "Removed"}
_DUMMIES |= {"UC": "Removed", "AE": "REMOVED", "CS": "REMOVED", "TM": "000000", "AS": "000Y"}
MAX_AGE = 90  # years; an older patient is of this age (45 CFR 164.514(b)(2)(i)(C))
_MAX_DEPTH = 32


@dataclass(frozen=True)
class Deidentified:
    """A new data set that may be shown, and the tags at its top level that were taken out or changed."""

    dataset: Dataset
    changed: tuple[int, ...]


def deidentify(dataset: Dataset, key: SiteKey, *, forbidden: Iterable[str] = ()) -> Deidentified:
    """The de-identified copy of ``dataset``, which stays as it is; pixels are shared, not copied.

    ``forbidden``: words that no text may hold, such as the labels that readers are to find. An element that cannot be
    read is left out. The result has a ``file_meta`` of its own where the data set has one, and can be de-identified
    again (pseudonyms of pseudonyms come out, nothing else changes).
    """
    patient_id = _text(dataset, _PATIENT_ID) or _text(dataset, _PATIENT_NAME)
    owner = patient_id or _text(dataset, _STUDY_UID)
    telling = _identities(dataset) | {word.strip().lower() for word in forbidden if word.strip()}
    work = _Work(key, key.days_back(owner), Phrases.of(telling))
    result = work.copy(dataset, 0)
    _stamp(result, key.patient(patient_id) if patient_id else "")
    meta = getattr(dataset, "file_meta", None)
    if meta is not None:
        result.file_meta = _file_meta(meta, result)
    return Deidentified(result, tuple(sorted(work.changed)))


def written(dataset: Dataset) -> bytes:
    """The data set as a DICOM file (PS3.10), in the transfer syntax its ``file_meta`` names."""
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


@dataclass
class _Work:
    """One data set on its way."""

    key: SiteKey
    days_back: int
    telling: Phrases
    changed: set[int] = field(default_factory=set)

    def copy(self, dataset: Dataset, depth: int, within: int = 0) -> Dataset:
        """The copy of a data set, or of an item of the sequence ``within``."""
        result = Dataset()
        if depth > _MAX_DEPTH:
            return result
        result.set_original_encoding(*dataset.original_encoding)
        hidden = self._hidden(dataset, within)
        for tag in sorted(dataset.keys()):
            kept = None if tag in hidden else self._element(dataset, int(tag), depth)
            if kept is not None:
                result[tag] = kept
            if depth == 0 and (kept is None or kept is not dataset.get_item(tag)):
                self.changed.add(int(tag))
        return result

    def _hidden(self, dataset: Dataset, within: int) -> frozenset[int]:
        """A code, where what it means may not be told: its value would tell it all the same. Nor is one told that stands
        where codes say something else than how a picture was taken.
        """
        if within not in CODED:
            return _OF_A_CODE if within else frozenset()
        if _CODE not in dataset:
            return frozenset()
        meaning = meaning_of(_text(dataset, _CODE), _text(dataset, _CODE_SCHEME))
        is_told = self._tells(meaning) or self._tells(_text(dataset, _CODE_MEANING))
        return _OF_A_CODE if is_told else frozenset()

    def _element(self, dataset: Dataset, tag: int, depth: int) -> DataElement | None:
        action = action_of(tag)
        if tag in _LEFT_OUT or tag >> 24 in _GROUPS_LEFT_OUT:
            return None
        if tag == _CODE and not is_code(_text(dataset, _CODE), _text(dataset, _CODE_SCHEME)):
            return None
        if action is Action.REMOVE or tag >> 16 < 8 or not tag & 0xFFFF or not _is_known(tag):
            return None
        try:
            element = dataset[tag]
            if tag in _PIXELS:  # a picture inside of an item is none that anybody looked at
                return element if depth == 0 else None
            if is_out_of_shape(dataset, tag) or _is_of_another_kind(tag, element.VR):
                return None
            return self._sequence(element, action, depth) if element.VR == "SQ" else self._plain(element, action)
        except Exception:  # noqa: BLE001 - a broken element makes pydicom raise nearly anything; it is left out
            return None

    def _sequence(self, element: DataElement, action: Action, depth: int) -> DataElement:
        items = [] if action in {Action.EMPTY, Action.DUMMY} else element.value
        return DataElement(
            element.tag, "SQ", Sequence([self.copy(item, depth + 1, int(element.tag)) for item in items])
        )

    def _plain(self, element: DataElement, action: Action) -> DataElement | None:
        if element.VR in {"DA", "DT"} and element.tag != _BIRTH_DATE:
            return self._shifted(element)
        if element.VR == "UI":
            return self._uid(element)
        if action is Action.EMPTY or (action is Action.DUMMY and element.VR not in _DUMMIES):
            return DataElement(element.tag, element.VR, None)
        if action is Action.DUMMY:
            return DataElement(element.tag, element.VR, _DUMMIES[element.VR])
        if action is Action.CLEAN:
            return self._cleaned(element)
        return self._kept(element)

    def _kept(self, element: DataElement) -> DataElement | None:
        """An element the profile leaves alone: kept unless it is text that may say anything, or says who it is."""
        if element.VR in _NEVER_KEPT:
            return None
        if element.VR == "AS":
            return DataElement(element.tag, "AS", _bounded_age(str(element.value or "")))
        if element.VR in NUMBERS:
            return _bounded(element)
        if element.VR not in _SHORT_TEXT:
            return element if _is_table(element) else None
        texts = _values(element)
        if any(self._tells(text) for text in texts):
            return None
        if element.tag == _MAKER:
            maker = "" if any(map(_TITLED.search, texts)) else " ".join(map(words_of_technique, texts))
            return DataElement(_MAKER, "LO", maker) if maker else None
        return element if element.tag == _CODE or _says_technique(int(element.tag), texts) else None

    def _cleaned(self, element: DataElement) -> DataElement | None:
        if element.VR not in _SHORT_TEXT:
            return None
        text = cleaned(" ".join(_values(element)), is_told=lambda word: not self._names(word))
        return DataElement(element.tag, element.VR, text[:16] if element.VR == "SH" else text[:64]) if text else None

    def _tells(self, text: str) -> bool:
        return self._names(text) and not is_acquisition(text)

    def _names(self, text: str) -> bool:
        return self.telling.stand_in(text)

    def _uid(self, element: DataElement) -> DataElement:
        uids = [uid if not uid or uid in UID_dictionary else self.key.uid(uid) for uid in _values(element)]
        return DataElement(element.tag, "UI", uids if len(uids) != 1 else uids[0])

    def _shifted(self, element: DataElement) -> DataElement:
        """Days go back; the time of the day, which a DT may hold, goes."""
        dates = [_earlier(text, self.days_back) for text in _values(element)]
        return DataElement(element.tag, element.VR, dates if len(dates) != 1 else dates[0])


def _says_technique(tag: int, texts: list[str]) -> bool:
    """Whether each value is one that the attribute is there for, and names nobody."""
    if _vr_of(tag) == "CS":
        return all(_CODE_STRING.fullmatch(text.strip()) and is_term(tag, text) for text in texts)
    if tag == _RESCALE_TYPE:
        return all(is_term(tag, text) for text in texts)
    if tag == _CODE_SCHEME:
        return all(map(is_scheme, texts))
    if tag in _TEXT_KEPT:
        is_said = is_meaning if tag == _CODE_MEANING else is_technique
        return all(is_said(text) and not _TITLED.search(text) for text in texts)
    return all(is_acquisition(text) for text in texts if text.strip())


def _bounded(element: DataElement) -> DataElement | None:
    """Numbers as they may be told; none where they are beyond what the attribute can mean, or hold words by their bytes."""
    if element.is_empty:
        return element
    several = list(element.value) if isinstance(element.value, MultiValue | list | tuple) else [element.value]
    numbers = bounded(int(element.tag), element.VR, several)
    if numbers is None or (element.VR in {"US", "SS"} and tells_in_bytes(b"".join(map(_two_bytes, numbers)))):
        return None
    if element.VR in {"DS", "IS"}:  # written anew: as text, a number may stand with any figures before or behind it
        numbers = [format_number_as_ds(one) if isinstance(one, float) else one for one in numbers]
    elif numbers == several:
        return element
    return DataElement(element.tag, element.VR, numbers if len(numbers) != 1 else numbers[0])


def _two_bytes(number: int) -> bytes:
    return (number & 0xFFFF).to_bytes(2, "little")


def _is_table(element: DataElement) -> bool:
    """Whether binary data are a table that a picture is shown by, and hold neither words nor long numbers."""
    is_bytes = element.VR in _BYTES and isinstance(element.value, bytes)
    return is_bytes and int(element.tag) in _TABLES_KEPT and not tells_in_bytes(element.value)


def _is_of_another_kind(tag: int, vr: str) -> bool:
    """Whether an element says, by its value representation, that it holds something else than its attribute does."""
    known = _vr_of(tag).split(" or ")
    return vr not in known and not any({vr, one} <= kind for one in known for kind in (_SHORT_TEXT, NUMBERS))


@cache
def _vr_of(tag: int) -> str:
    return dictionary_VR(tag)


def _is_known(tag: int) -> bool:
    return dictionary_has_tag(tag) or repeater_has_tag(tag)


def _values(element: DataElement) -> list[str]:
    value = element.value
    if value is None:
        return []
    several = (
        value if isinstance(value, MultiValue | list | tuple) else [value]
    )  # a PersonName can be iterated over too
    return [str(one) for one in several]


def _text(dataset: Dataset, tag: int) -> str:
    try:
        return "\\".join(_values(dataset[tag])).strip() if tag in dataset else ""
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return ""


def _identities(dataset: Dataset) -> set[str]:
    """What the header calls the patient and those around, in small letters: whole values, and each part of a name."""
    found: set[str] = set()
    for tag in (_PATIENT_NAME, *_IDENTIFIERS):
        text = _text(dataset, tag).lower()
        parts = text.split("\\")
        if text and dataset[tag].VR == "PN":
            parts += re.split(r"[\s^=,\\]+", text)
        found |= {part.strip() for part in parts if len(part.strip()) >= 3}
    return found - {"anonymous", "anon", "unknown", "none", "removed", "000", "n/a", "yes"}


def _earlier(text: str, days: int) -> str:
    """The day of a DA or DT ``days`` earlier, as YYYYMMDD; empty where it is none."""
    digits = text.strip().replace(".", "").replace("-", "")[:8]
    try:
        day = date(int(digits[:4]), int(digits[4:6] or 1), int(digits[6:8] or 1))
        return f"{day - timedelta(days=days):%Y%m%d}".zfill(8)
    except (OverflowError, ValueError):
        return ""


def _bounded_age(text: str) -> str:
    match = re.fullmatch(r"(\d{3})Y", text.strip())
    if match and int(match[1]) >= MAX_AGE:
        return f"{MAX_AGE:03}Y"
    return text.strip() if re.fullmatch(r"\d{3}[DWMY]", text.strip()) else ""


def _stamp(result: Dataset, patient: str) -> None:
    """Who it is now, and what was done (PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1)."""
    result.PatientName = result.PatientID = patient
    result.PatientIdentityRemoved = "YES"
    result.DeidentificationMethod = METHOD
    result.LongitudinalTemporalInformationModified = "MODIFIED"
    codes = []
    for value, meaning in _CODES:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
        codes.append(code)
    result.DeidentificationMethodCodeSequence = Sequence(codes)


def _file_meta(old: Dataset, result: Dataset) -> FileMetaDataset:
    """Only what a file needs; application names, addresses and private information of the old one are left out."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = result.get("SOPClassUID") or old.get("MediaStorageSOPClassUID") or UID("")
    meta.MediaStorageSOPInstanceUID = result.get("SOPInstanceUID") or UID("")
    if "TransferSyntaxUID" in old:
        meta.TransferSyntaxUID = old.TransferSyntaxUID
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    return meta
