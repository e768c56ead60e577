"""Patient data in a report, found by its form and masked before the text leaves the machine."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from llm_extract.guards.hidden import folded


class Private(StrEnum):
    """What kind of patient data a stretch of text is."""

    DATE = "DATE"
    TIME = "TIME"
    NUMBER = "ID"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    LINK = "URL"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    AGE = "AGE"


@dataclass(frozen=True, slots=True)
class PatientData:
    """A stretch of the report, `text[start:end]`, that may name somebody."""

    start: int
    end: int
    kind: Private


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A text with its patient data replaced by "[DATE]", "[NAME]" and so on, and the way back to the original."""

    text: str
    found: tuple[PatientData, ...]

    def original(self, place: int) -> int:
        """Return the place in the original text of a place in the masked one; inside a mask, where the data began."""
        shift = 0
        for data in self.found:
            length = len(data.kind.value) + 2
            begin = data.start - shift
            if place < begin:
                break
            if place < begin + length:
                return data.start
            shift += (data.end - data.start) - length
        return place + shift


_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:M(?:ay|AY))|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_WORD = r"(?:[A-Z][a-zA-Z'’\-]*[a-zA-Z](?![a-zA-Z])|[A-Z](?![a-zA-Z])\.?)(?![ \t]*:)"
_PARTICLE = r"(?:van|von|de|der|den|la|del|bin|al|di|da)(?![a-z])"
# A capitalised name of up to four words, none of which opens a new line of the report.
_PERSON = rf"(?:{_PARTICLE}[ \t]+){{0,3}}(?:{_WORD})(?:,?[ \t]+(?:{_PARTICLE}|{_WORD})){{0,3}}"
_STREET = r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|highway|hwy|parkway|pkwy|place|pl|square|terrace|way)"
# In order: what an earlier form has taken, a later one leaves alone. Group 1, where there is one, is the data itself.
_FORMS: tuple[tuple[Private, re.Pattern[str]], ...] = (
    (Private.EMAIL, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (Private.LINK, re.compile(r"\b(?:https?://|www\.)\S+", re.I)),
    (
        Private.DATE,
        re.compile(
            rf"\b(?:{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:{_YEAR}|\d\d)|{_DAY}(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{_MONTH}\.?,?(?:[\s-]+(?:{_YEAR}|'?\d\d)\b)?"
            rf"|{_MONTH}\.?\s+{_DAY}(?:st|nd|rd|th)?\b(?:,?\s+{_YEAR}\b)?|{_MONTH}\.?,?\s+{_YEAR}|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d|\.\d|\s?(?:mm|cm)\b)",
            re.I,
        ),
    ),
    (Private.DATE, re.compile(rf"\b(?:since|in|from|of|dated|on|year)\s+({_YEAR})\b(?!\s?(?:mm|cm|ml|cc)\b)", re.I)),
    (
        Private.DATE,
        re.compile(
            r"\b(?:dated?|on|from|study|comparison|compared\s+(?:to|with)|dob|exam|prior|radiographs?|ct)(?:\s+(?:of|from|dated))?:?\s+((?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01]))\b(?!/|\s?(?:mm|cm))",
            re.I,
        ),
    ),
    (
        Private.TIME,
        re.compile(
            r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?|\b(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b\.?|\b(?:at|time:?)\s+([01]\d[0-5]\d|2[0-3][0-5]\d)\s?(?:h|hrs|hours)\b",
            re.I,
        ),
    ),
    (
        Private.PHONE,
        re.compile(
            r"(?<![\w.])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,4}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}\b|(?<!\w)\+\d{1,3}(?:[\s.-]?\d{2,4}){2,5}\b"
            r"|\b(?:phone|telephone|tel|pager|fax|cell|mobile|ext|extension|beeper|callback)\b\.?\s*(?:number|no\.?|#)?\s*:?\s*([\d(][\d\s().-]{2,18}\d)",
            re.I,
        ),
    ),
    (Private.NUMBER, re.compile(r"\b\d{3}-\d{2}-\d{4}\b")),
    (
        Private.NUMBER,
        re.compile(
            r"\b(?:mrn|medical\s+record|med\s+rec|accession|acc|account|acct|patient\s+id|pat\s+id|pt\s+id|id|ssn|hospital\s+no|case|order|visit|encounter|fin|csn|nhs|insurance|policy|exam\s+id|study\s+id|npi|license|serial)"
            r"\b\.?\s*(?:number|no\.?|num|#|id)?\s*[:#=]?\s*#?\s*((?=[\w-]*\d)[A-Za-z]{0,4}[\w-]{2,20}\w)\b",
            re.I,
        ),
    ),
    (
        Private.NUMBER,
        re.compile(r"(?<![\w.,])(?!0\.)[A-Z]{0,3}\d{6,}\b(?![.,]\d)|\b[A-Z]{2,4}-?\d{2,4}-\d{3,}\b|#\s?\d{4,}\b"),
    ),
    (
        Private.ADDRESS,
        re.compile(
            rf"\b\d{{1,5}}[ \t]+(?:[NSEW]\.?[ \t]+)?(?:[A-Z][a-zA-Z'.]+[ \t]+){{1,3}}(?i:{_STREET})\b\.?(?:,?[ \t]+(?:(?i:apt|suite|unit|room|floor)\.?|#)[ \t]*\w+)?(?:,[ \t]*[A-Z][a-zA-Z]+(?:[ \t][A-Z][a-zA-Z]+)?,?[ \t]+[A-Z]{{2}}(?:[ \t]+\d{{5}}(?:-\d{{4}})?)?)?"
        ),
    ),
    (
        Private.ADDRESS,
        re.compile(
            r"\b[A-Z][a-zA-Z]+,[ \t]+[A-Z]{2}[ \t]+\d{5}(?:-\d{4})?\b|\b[Pp]\.?[ \t]?[Oo]\.?[ \t]+[Bb]ox[ \t]+\d+"
        ),
    ),
    (
        Private.NAME,
        re.compile(
            rf"\b(?i:dr|drs|mr|mrs|ms|miss|prof|professor|doctor|sir|nurse)\b\.?[ \t]+(?:(?i:dr|prof)\.?[ \t]+)?({_PERSON})(?:,?[ \t]+(?:MD|M\.D\.|DO|D\.O\.|RN|PA|NP|PhD)\b\.?)?"
        ),
    ),
    (
        Private.NAME,
        re.compile(
            r"\b(?i:patient(?:[ \t]+name|'s[ \t]+name)?|pt[ \t]+name|name|last[ \t]+name|first[ \t]+name|physician|radiologist|referring(?:[ \t]+physician)?|ordering(?:[ \t]+physician)?|attending(?:[ \t]+physician)?|resident|technologist|requested[ \t]+by"
            rf"|mother|father|spouse|contact|next[ \t]+of[ \t]+kin|provider|author|cc)[ \t]*[:=][ \t]*\n?[ \t]*({_PERSON})"
        ),
    ),
    (
        Private.NAME,
        re.compile(
            rf"\b(?i:(?:electronically[ \t]+|digitally[ \t]+)?signed(?:[ \t]+by)?|dictated[ \t]+by|read[ \t]+by|reported[ \t]+by|interpreted[ \t]+by|reviewed[ \t]+by|verified[ \t]+by|approved[ \t]+by|transcribed[ \t]+by|discussed[ \t]+with|communicated[ \t]+to|notified|telephoned[ \t]+to|paged[ \t]+to|called[ \t]+to|conveyed[ \t]+to|given[ \t]+to|seen[ \t]+by)[ \t]*:?[ \t]*(?:(?i:dr|mr|ms|mrs)\.?[ \t]+)?({_PERSON})"
        ),
    ),
    (
        Private.NAME,
        re.compile(
            r"\b([A-Z][a-zA-Z'’-]+(?:[ \t]+[A-Z]\.?)?[ \t]+[A-Z][a-zA-Z'’-]+),?[ \t]+(?:MD|M\.D\.|DO|D\.O\.|RN|PA-C|NP|PhD|FRCR)\b"
        ),
    ),
    (Private.NAME, re.compile(r"\b([A-Z]{2,}\^[A-Z]+(?:\^[A-Z]*)*)")),
    (
        Private.AGE,
        re.compile(
            r"\b((?:9\d|1[0-3]\d))(?=[\s-]*(?:y\b|yo\b|y/o\b|y\.o\.|yrs?\b|years?\b|year[\s-]old|[\s-]*[MF]\b(?![a-z])))|\b(?:age|aged)\s*:?\s*(9\d|1[0-3]\d)\b(?!\s?%)",
            re.I,
        ),
    ),
)
# Marks that de-identification left: already masked, and never taken for a name or a number.
_DE_IDENTIFIED = re.compile(r"X{2,}|_{2,}|\[\*\*.*?\*\*\]|\[[A-Z]{2,10}\]|<X+>|\[(?:REDACTED|PERSONALNAME|removed)\]")
# Words that stand after "Dr." or "Patient:" and name nobody.
_NO_NAMES = frozenset(
    """the this that there no none unknown not patient chest heart lungs lung right left bilateral normal stable unchanged portable
    frontal lateral ap pa view views findings finding impression comparison indication technique history mild moderate severe small large
    new interval upper lower cough fever pain dyspnea shortness male female adult supine upright erect pleural acute clinical service
    team emergency department ed icu er ordering referring physician and or in at on by for with of is was were are radiology medicine
    final preliminary report exam examination study at time date nurse staff floor office intensive care unit rotated positioned
    intubated status post positioning""".split()
)


def patient_data(text: str) -> tuple[PatientData, ...]:
    """Return what may name a patient or a person in the text, in order, never overlapping.

    Dates and times, identifiers, phone numbers, e-mail and web addresses, postal addresses, names after a title or in a signature,
    and ages over 89 (the forms of HIPAA's Safe Harbor, 45 CFR 164.514(b)(2), that a report can hold). It reads forms, not
    meaning: a name without a title in running text is not found, so this is a second fence behind de-identification, not the first.
    """
    taken = bytearray(len(text))
    for mark in _DE_IDENTIFIED.finditer(text):
        taken[mark.start() : mark.end()] = b"\x02" * (mark.end() - mark.start())
    found: list[PatientData] = []
    for kind, form in _FORMS:
        for match in form.finditer(text):
            start, end = _data(match)
            if kind is Private.NAME:
                start, end = _named(text, start, end)
            if start < end and not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(PatientData(start, end, kind))
    return tuple(sorted(found, key=lambda data: data.start))


def _data(match: re.Match[str]) -> tuple[int, int]:
    """Return the stretch that is the data itself."""
    group = next((number for number in range(1, (match.re.groups or 0) + 1) if match[number] is not None), 0)
    return match.span(group)


def _named(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of a stretch that can be a name: up to the first word that is none."""
    last = start
    for word in re.finditer(r"[^\s,]+", text[start:end]):
        if word[0].strip(".").lower() in _NO_NAMES:
            break
        last = start + word.end()
    return start, last


def mask(text: str) -> MaskedText:
    """Return the text with its patient data masked."""
    found = patient_data(text)
    return MaskedText(masked(text, 0, len(text), found), found)


def masked(text: str, start: int, end: int, found: Sequence[PatientData]) -> str:
    """Return `text[start:end]` with each stretch of patient data in it replaced; one that begins before it is left out."""
    return "".join(_pieces(text, start, end, found))


def _pieces(text: str, start: int, end: int, found: Sequence[PatientData]) -> Iterator[str]:
    place = start
    for data in found:
        if data.end <= place or data.start >= end:
            continue
        yield text[place : max(place, data.start)]
        if data.start >= start:
            yield f"[{data.kind.value}]"
        place = min(data.end, end)
    yield text[place:end]


def has_patient_data(text: str) -> bool:
    """Say whether patient data can still be found, also behind look-alike or invisible characters."""
    return bool(patient_data(text)) or (not text.isascii() and bool(patient_data(folded(text)[0])))
