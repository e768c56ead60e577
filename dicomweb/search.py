"""The query of a QIDO-RS search (PS3.18 8.3.4, 10.6), taken apart and checked against what can be matched here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from pydicom.datadict import keyword_for_tag, tag_for_keyword

MAX_RESULTS = 1000
DEFAULT_RESULTS = 200
MAX_OFFSET = 10_000_000
WHOLE_IDENTIFIER = 29  # characters of a patient's pseudonym: CS- and 26 letters and digits
_MAX_VALUES = 100  # of a list
# What a search is told to do (PS3.18 8.3.4), and for what is not done, what the warning says of it.
_FLAGS = {
    "fuzzymatching": "Only literal matching",
    "emptyvaluematching": "No Empty Value Matching",
    "multiplevaluematching": "",
}
_TAG = re.compile(r"[0-9A-Fa-f]{8}")
_UID = re.compile(r"[0-9.]{1,64}")


class SearchError(ValueError):
    """A query that cannot be understood; the text is a sentence."""


class Level(IntEnum):
    STUDY, SERIES, INSTANCE = 1, 2, 3


@dataclass(frozen=True)
class Key:
    """An attribute by which one can search: at and below its ``level``, by the kind of matching its values have.

    ``kind``: uid (a list of them), code (a list of them, with wildcards), number, date, identifier (whole, or with wildcards), or
    removed: an attribute that is empty for everybody, so that only universal matching finds anything.
    """

    keyword: str
    level: Level
    kind: str


_KEYS = (
    *(Key(name, Level.STUDY, "uid") for name in ("StudyInstanceUID",)),
    Key("PatientID", Level.STUDY, "identifier"),
    Key("StudyDate", Level.STUDY, "date"),
    Key("PatientSex", Level.STUDY, "code"),
    Key("ModalitiesInStudy", Level.STUDY, "code"),
    *(
        Key(name, Level.STUDY, "removed")
        for name in (
            "AccessionNumber",
            "PatientBirthDate",
            "PatientName",
            "ReferringPhysicianName",
            "StudyDescription",
            "StudyID",
            "StudyTime",
        )
    ),
    Key("SeriesInstanceUID", Level.SERIES, "uid"),
    Key("Modality", Level.SERIES, "code"),
    Key("SeriesNumber", Level.SERIES, "number"),
    Key("BodyPartExamined", Level.SERIES, "code"),
    *(
        Key(name, Level.SERIES, "removed")
        for name in ("PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime", "SeriesDescription")
    ),
    Key("SOPInstanceUID", Level.INSTANCE, "uid"),
    Key("SOPClassUID", Level.INSTANCE, "uid"),
    Key("InstanceNumber", Level.INSTANCE, "number"),
    Key("Rows", Level.INSTANCE, "number"),
    Key("Columns", Level.INSTANCE, "number"),
    Key("NumberOfFrames", Level.INSTANCE, "number"),
    Key("ViewPosition", Level.INSTANCE, "code"),
    Key("ImageLaterality", Level.INSTANCE, "code"),
)
KEYS = {key.keyword: key for key in _KEYS}


@dataclass(frozen=True)
class Match:
    """One condition. ``values`` is what any of must match: UIDs, codes with wildcards, a number as text, or the two
    ends of a range of dates (None where it is open).
    """

    key: Key
    values: tuple[str, ...] = ()
    dates: tuple[date | None, date | None] | None = None

    @property
    def pattern(self) -> str:
        """The values as a regular expression over the whole text (``*`` any letters, ``?`` any one); "" where none of
        them has a wildcard.
        """
        if not any(letter in value for value in self.values for letter in "*?"):
            return ""
        parts = {"*": ".*", "?": "."}
        ways = ("".join(parts.get(letter, re.escape(letter)) for letter in value) for value in self.values)
        return f"^({'|'.join(ways)})$"


@dataclass(frozen=True)
class Search:
    """A whole query. ``fields`` are the keywords asked for beyond those that always come; ``warnings`` are to be told."""

    matches: tuple[Match, ...] = ()
    fields: frozenset[str] = frozenset()
    wants_all: bool = False
    limit: int = DEFAULT_RESULTS
    offset: int = 0
    warnings: tuple[str, ...] = ()


def parse_search(pairs: Iterable[tuple[str, str]], level: Level, *, without: Iterable[str] = ()) -> Search:
    """The query of a search at ``level``. Raises SearchError naming the parameter, its value and the rule.

    ``without`` are the keys that the address has fixed already; an empty value and ``*`` match everything.
    """
    matches, fields, warnings = [], set(), []
    limits = {"limit": DEFAULT_RESULTS, "offset": 0}
    wants_all = False
    fixed = frozenset(without)
    for name, value in pairs:
        if name in limits:
            limits[name] = _whole(name, value, MAX_RESULTS if name == "limit" else MAX_OFFSET)
        elif name == "includefield":
            wants_all |= "all" in value.split(",")
            fields |= {_keyword(one.strip()) for one in value.split(",") if one.strip() not in {"", "all"}}
        elif name in _FLAGS:
            if _flag(name, value) and _FLAGS[name]:
                warnings.append(f"The {name} parameter is not supported. {_FLAGS[name]} has been performed.")
        else:
            match = _match(_key(name, level, fixed), value)
            matches += [match] if match else []
    limit = min(limits["limit"], MAX_RESULTS)
    return Search(tuple(matches), frozenset(fields), wants_all, limit, limits["offset"], tuple(warnings))


def _key(name: str, level: Level, fixed: frozenset[str]) -> Key:
    keyword = _keyword(name)
    key = KEYS.get(keyword)
    if key is None or key.level > level or keyword in fixed:
        known = ", ".join(one for one, found in KEYS.items() if found.level <= level and one not in fixed)
        why = "the address names it already" if keyword in fixed else "nothing can be searched by it here"
        raise SearchError(f"{name} ({keyword}) cannot be matched: {why}. Use {known}.")
    return key


def _keyword(name: str) -> str:
    """The keyword of an attribute that is named by keyword or by eight hexadecimal digits."""
    if _TAG.fullmatch(name) and (keyword := keyword_for_tag(int(name, 16))):
        return keyword
    if not _TAG.fullmatch(name) and tag_for_keyword(name) is not None:
        return name
    if "." in name:
        raise SearchError(f"{name[:80]!r} names an attribute within a sequence, by which nothing is searched here.")
    message = f"{name[:80]!r} is no parameter of a search and no DICOM attribute; name one as PatientID or as 00100020."
    raise SearchError(message)


def _match(key: Key, value: str) -> Match | None:
    """The condition; None where it matches everything."""
    value = value.strip()
    if value.strip("*") == "":
        return None
    if key.kind == "uid":
        return Match(key, _uids(key, value))
    if key.kind == "code":
        return Match(key, _listed(key, value))
    if key.kind == "date":
        return Match(key, (value,), _dates(key, value))
    if key.kind == "number":
        _whole(key.keyword, value, 2**31 - 1)
    if key.kind == "identifier":
        inner = value.strip(
            "*"
        )  # viewers put stars around what is typed into their lists: a whole pseudonym is looked up
        value = value if "?" in inner or "*" in inner or len(inner) < WHOLE_IDENTIFIER else inner
    return Match(key, (value,))


def _listed(key: Key, value: str) -> tuple[str, ...]:
    """The values of a list, with commas or backslashes: no UID or code string holds either."""
    values = tuple(one.strip() for one in re.split(r"[,\\]", value) if one.strip())
    if len(values) > _MAX_VALUES:
        raise SearchError(f"{key.keyword} lists {len(values)} values; at most {_MAX_VALUES} are taken at once.")
    return values


def _uids(key: Key, value: str) -> tuple[str, ...]:
    uids = _listed(key, value)
    for uid in uids:
        if not _UID.fullmatch(uid):
            raise SearchError(
                f"{key.keyword} is {uid[:80]!r}; a UID has digits and dots, at most 64, and no wildcards."
            )
    return uids


def _dates(key: Key, value: str) -> tuple[date | None, date | None]:
    first, dash, last = value.partition("-")
    ends = (_date(key, first), _date(key, last)) if dash else (_date(key, first),) * 2
    if ends == (None, None):
        raise SearchError(f"{key.keyword} is {value[:80]!r}; a range has at least one end, as 20200101-.")
    return ends


def _date(key: Key, text: str) -> date | None:
    if not text:
        return None
    message = f"{key.keyword} is {text[:80]!r}; a date is written 20200131, a range 20200101-20201231."
    if not re.fullmatch(r"\d{8}", text, re.ASCII):
        raise SearchError(message)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise SearchError(message) from None


def _whole(name: str, value: str, most: int) -> int:
    if not re.fullmatch(r"\d{1,10}", value.strip(), re.ASCII):
        raise SearchError(f"{name} is {value[:80]!r}; it must be a whole number from 0.")
    return min(int(value), most)


def _flag(name: str, value: str) -> bool:
    if value.strip().lower() not in {"true", "false"}:
        raise SearchError(f"{name} is {value[:80]!r}; it must be true or false.")
    return value.strip().lower() == "true"
