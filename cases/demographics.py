"""Ages, sexes and dates as sites write them. Each parser raises ValueError with the rule it found broken."""

import re
from datetime import date

MAX_AGE = 130
OLDEST = 90  # years; an older patient is of this age (45 CFR 164.514(b)(2)(i)(C))
_SEXES = {
    "": "", "u": "", "unknown": "", "n": "",
    "m": "M", "male": "M", "f": "F", "female": "F", "o": "O", "other": "O", "d": "O", "x": "O",
}  # fmt: skip
# "45", "45.5", "90+", and DICOM's age string: "045Y", "006M", "003W", "012D".
_AGE = re.compile(r"(\d{1,4})(?:\.\d+)?\s*([YMWDymwd]|\+)?")
_IN_YEARS = {"Y": 1.0, "+": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
_DATE = re.compile(r"(\d{4})(-?)(\d{2})\2(\d{2})(?:[T ].*)?")


def parse_sex(text: str) -> str:
    """The sex as M, F or O, or empty when unknown."""
    sex = _SEXES.get(text.strip().lower())
    if sex is None:
        raise ValueError("must be M, F, O, or empty when unknown")
    return sex


def parse_age(text: str) -> int | None:
    """Whole years, None when empty; reads DICOM's age string too. Who is older than 90 counts as 90."""
    text = text.strip()
    if not text or text.lower() in {"unknown", "nan"}:
        return None
    match = _AGE.fullmatch(text)
    if match is None:
        raise ValueError(f"must be a number of years from 0 to {MAX_AGE}")
    years = int(int(match[1]) * _IN_YEARS[(match[2] or "Y").upper()])
    if years > MAX_AGE:
        raise ValueError(f"must be a number of years from 0 to {MAX_AGE}")
    return min(years, OLDEST)


def parse_date(text: str) -> date | None:
    """A day, None when empty: YYYY-MM-DD or DICOM's YYYYMMDD."""
    text = text.strip()
    if not text:
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("must be a day as YYYY-MM-DD")
    try:
        return date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        raise ValueError("must be a day of the calendar as YYYY-MM-DD") from None
