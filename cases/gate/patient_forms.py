"""The forms patient data takes in a report: dates, times, numbers, addresses, names, great ages; and what is no name."""

import re
from dataclasses import dataclass
from enum import StrEnum

from cases.gate.name_forms import ACCENT, CAPITAL, DEGREE, GAP, INITIAL, LETTER, TITLE, WORD, person


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


# "May" and "MAY" only with a capital: "may 5" is no date.
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|(?-i:M(?:ay|AY))|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_NOT_A_SIZE = r"(?!\s?(?:mm|cm|ml|cc)\b)"
# A word with a colon after it opens the next line of a form ("Name: John Smith MRN: …").
_PERSON = person(rf"(?!{GAP}*:)")
_ADDRESSED = person()
_STREET = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|highway|hwy|parkway|pkwy|place|pl"
    r"|square|terrace|way)"
)
_NUMBERED = (
    r"(?:mrn|medical\s+record|med\s+rec|accession|acc|account|acct|patient\s+id|pat\s+id|pt\s+id|id|ssn|hospital\s+no"
    r"|case|order|visit|encounter|fin|csn|nhs|insurance|policy|exam\s+id|study\s+id|npi|license|serial)"
)
_TITLED = (
    r"(?:patient(?:[ \t]+name|'s[ \t]+name)?|pt[ \t]+name|name|last[ \t]+name|first[ \t]+name|physician|radiologist"
    r"|(?:referring|ordering|attending)(?:[ \t]+physician)?|resident|technologist|requested[ \t]+by|mother|father|spouse"
    r"|contact|next[ \t]+of[ \t]+kin|provider|author|cc)"
)
_SIGNED = (
    r"(?:(?:electronically[ \t]+|digitally[ \t]+)?signed(?:[ \t]+by)?"
    r"|(?:dictated|read|reported|interpreted|reviewed|verified|approved|transcribed|seen)[ \t]+by"
    r"|discussed[ \t]+with|notified|(?:communicated|telephoned|paged|called|conveyed|given)[ \t]+to)"
)

# Without a digit in the text these need not be looked for.
NEED_A_DIGIT = frozenset({Private.DATE, Private.TIME, Private.NUMBER, Private.PHONE, Private.ADDRESS, Private.AGE})


@dataclass(frozen=True, slots=True)
class Form:
    """One form of patient data. A group of the pattern, where there is one, is the data itself.

    `words` and `sign` are a cheap look ahead: a text of plain ASCII in which none of the words stands, in small letters, and
    `sign` does not match has nothing of this form. A form with neither is always looked for.
    """

    kind: Private
    pattern: re.Pattern[str]
    words: tuple[str, ...] = ()
    sign: re.Pattern[str] | None = None

    def may_stand_in(self, text: str, small: str) -> bool:
        """Say whether the pattern is worth looking for in an ASCII text, given also in small letters."""
        if self.sign is not None and self.sign.search(text):
            return True
        return any(word in small for word in self.words) or not (self.words or self.sign)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PHONES = ("phone", "tel", "pager", "fax", "cell", "mobile", "ext", "beeper", "callback")
_ROLES = (
    *("patient", "name", "physician", "radiologist", "referring", "ordering", "attending", "resident", "technologist"),
    *("requested", "mother", "father", "spouse", "contact", "kin", "provider", "author", "cc"),
)
_HANDED_ON = (
    *("signed", "by", "discussed", "notified", "communicated", "telephoned", "paged", "called", "conveyed", "given"),
)
# In order: what an earlier form has taken, a later one leaves alone.
FORMS: tuple[Form, ...] = (
    Form(Private.EMAIL, re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"), words=("@",)),
    Form(Private.LINK, re.compile(r"\b(?:https?://|www\.)\S+", re.I), words=("://", "www.")),
    Form(
        Private.DATE,
        re.compile(
            rf"\b(?:{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:{_YEAR}|\d\d)"
            rf"|{_DAY}(?:st|nd|rd|th)?(?:\s+of)?[\s-]+{_MONTH}\.?,?(?:[\s-]+(?:{_YEAR}|'?\d\d)\b)?"
            rf"|{_MONTH}\.?\s+{_DAY}(?:st|nd|rd|th)?\b(?:,?\s+{_YEAR}\b)?|{_MONTH}\.?,?\s+{_YEAR}"
            rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d|\.\d){_NOT_A_SIZE}",
            re.I,
        ),
        words=_MONTHS,
        sign=re.compile(r"\d[-/.]\d\d?[-/.]\d|\d{8}"),
    ),
    Form(
        Private.DATE,
        re.compile(rf"\b(?:since|in|from|of|dated|on|year)\s+({_YEAR})\b{_NOT_A_SIZE}", re.I),
        words=("19", "20"),
    ),
    Form(
        Private.DATE,
        re.compile(
            r"\b(?:dated?|on|from|study|comparison|compared\s+(?:to|with)|dob|exam|prior|radiographs?|ct)"
            rf"(?:\s+(?:of|from|dated))?:?\s+((?:0?[1-9]|1[0-2])/{_DAY})\b(?!/){_NOT_A_SIZE}",
            re.I,
        ),
        words=("/",),
    ),
    Form(
        Private.TIME,
        re.compile(
            r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?|\b(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b\.?"
            r"|\b(?:at|time:?)\s+([01]\d[0-5]\d|2[0-3][0-5]\d)\s?(?:h|hrs|hours)\b",
            re.I,
        ),
        sign=re.compile(r"\d(?::\d|\s?[aphAPH])"),
    ),
    Form(
        Private.PHONE,
        re.compile(
            r"(?<![\w.])(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,4}\)\s?|\d{3}[\s.-])\d{3}[\s.-]\d{4}\b"
            r"|(?<!\w)\+\d{1,3}(?:[\s.-]?\d{2,4}){2,5}\b"
            r"|\b(?:phone|telephone|tel|pager|fax|cell|mobile|ext|extension|beeper|callback)\b\.?"
            r"\s*(?:number|no\.?|#)?\s*:?\s*([\d(][\d\s().-]{2,18}\d)",
            re.I,
        ),
        words=_PHONES,
        sign=re.compile(r"\d{3}[\s.-]\d{4}|\+\d"),
    ),
    Form(Private.NUMBER, re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), words=("-",)),
    Form(
        Private.NUMBER,
        re.compile(
            rf"\b{_NUMBERED}\b\.?\s*(?:number|no\.?|num|#|id)?\s*[:#=]?\s*#?\s*"
            r"((?=[\w-]*\d)[A-Za-z]{0,4}[\w-]{2,20}\w)\b",
            re.I,
        ),
        sign=re.compile(r"\d[\w-]{2}|(?<=[\w-])\d[\w-]|(?<=[\w-]{2})\d"),
    ),
    Form(
        Private.NUMBER,
        re.compile(r"(?<![\w.,])(?!0\.)[A-Z]{0,3}\d{6,}\b(?![.,]\d)|\b[A-Z]{2,4}-?\d{2,4}-\d{3,}\b|#\s?\d{4,}\b"),
    ),
    Form(
        Private.ADDRESS,
        re.compile(
            rf"\b\d{{1,5}}[ \t]+(?:[NSEW]\.?[ \t]+)?(?:[A-Z][a-zA-Z'.]+[ \t]+){{1,3}}(?i:{_STREET})\b\.?"
            r"(?:,?[ \t]+(?:(?i:apt|suite|unit|room|floor)\.?|#)[ \t]*\w+)?"
            r"(?:,[ \t]*[A-Z][a-zA-Z]+(?:[ \t][A-Z][a-zA-Z]+)?,?[ \t]+[A-Z]{2}(?:[ \t]+\d{5}(?:-\d{4})?)?)?"
        ),
        sign=re.compile(r"\d[ \t]+[A-Z]"),
    ),
    Form(
        Private.ADDRESS,
        re.compile(
            r"\b[A-Z][a-zA-Z]+,[ \t]+[A-Z]{2}[ \t]+\d{5}(?:-\d{4})?\b|\b[Pp]\.?[ \t]?[Oo]\.?[ \t]+[Bb]ox[ \t]+\d+"
        ),
    ),
    Form(
        Private.NAME,
        re.compile(
            rf"\b{TITLE}\b(?:\.{GAP}*|{GAP}+)(?:(?i:{TITLE}|med)(?:\.{GAP}*|{GAP}+)){{0,2}}"
            rf"({_ADDRESSED})(?:,?{GAP}+{DEGREE}(?!{LETTER})\.?)?"
        ),
        words=("dr", "mr", "ms", "miss", "prof", "doctor", "sir", "nurse"),
    ),
    Form(
        Private.NAME,
        re.compile(rf"\b(?i:{_TITLED}){GAP}*[:=]{GAP}*\n?{GAP}*(?:{TITLE}(?:\.{GAP}*|{GAP}+))?({_PERSON})"),
        words=_ROLES,
    ),
    Form(
        Private.NAME,
        re.compile(rf"\b(?i:{_SIGNED}){GAP}*:?{GAP}*(?:{TITLE}(?:\.{GAP}*|{GAP}+))?({_PERSON})"),
        words=_HANDED_ON,
    ),
    Form(
        Private.NAME,
        re.compile(rf"(?<!{LETTER})({WORD}(?:{GAP}+{INITIAL})?{GAP}+{WORD}),?{GAP}+{DEGREE}(?!{LETTER})"),
        sign=re.compile(rf"{DEGREE}(?![A-Za-z])"),
    ),
    Form(
        Private.NAME,
        re.compile(rf"(?<!{LETTER})({CAPITAL}{LETTER}+\^{CAPITAL}{LETTER}*(?:\^{LETTER}*)*)"),
        words=("^",),
    ),
    Form(
        Private.AGE,
        re.compile(
            r"\b((?:9\d|1[0-3]\d))(?=[\s-]*(?:y\b|yo\b|y/o\b|y\.o\.|yrs?\b|years?\b|[MF]\b))"
            r"|\b(?:age|aged)\s*:?\s*(9\d|1[0-3]\d)\b(?!\s?%)",
            re.I,
        ),
    ),
)
# What is left of a name that was masked in part, or that no form above knows: nothing that is to leave the machine.
NAME_MASK = f"[{Private.NAME.value}]"
NAME_LEFT = re.compile(
    rf"\[NAME\](?=['’‘`´\-‐‑]?{LETTER})"
    rf"|\[NAME\](?:,{GAP}*|{GAP}+)(?!{TITLE}(?!{LETTER}))(?!{DEGREE}(?!{LETTER}))((?:{WORD}|{INITIAL}))(?!{GAP}*:)"
    rf"|\b{TITLE}\b(?:\.{GAP}*|{GAP}+)(?=[^\s,]*(?:[^\W\d_\x00-\x7f]|{ACCENT}))({LETTER}[^\s,]*)"
)
# Marks that de-identification left: already masked, and never taken for a name or a number.
DE_IDENTIFIED = re.compile(r"X{2,}|_{2,}|\[\*\*.*?\*\*\]|\[[A-Z]{2,10}\]|<X+>|\[(?:REDACTED|PERSONALNAME|removed)\]")
# Words that stand after "Dr." or "Patient:" and name nobody.
NO_NAMES = frozenset(
    (
        *(
            "the",
            "this",
            "that",
            "there",
            "no",
            "none",
            "unknown",
            "not",
            "patient",
            "chest",
            "heart",
            "lungs",
            "lung",
            "right",
        ),
        *(
            "left",
            "bilateral",
            "normal",
            "stable",
            "unchanged",
            "portable",
            "frontal",
            "lateral",
            "ap",
            "pa",
            "view",
            "views",
        ),
        *("findings", "finding", "impression", "comparison", "indication", "technique", "history", "mild", "moderate"),
        *(
            "severe",
            "small",
            "large",
            "new",
            "interval",
            "upper",
            "lower",
            "cough",
            "fever",
            "pain",
            "dyspnea",
            "shortness",
        ),
        *("male", "female", "adult", "supine", "upright", "erect", "pleural", "acute", "clinical", "service", "team"),
        *(
            "emergency",
            "department",
            "ed",
            "icu",
            "er",
            "ordering",
            "referring",
            "physician",
            "and",
            "or",
            "in",
            "at",
            "on",
        ),
        *(
            "by",
            "for",
            "with",
            "of",
            "is",
            "was",
            "were",
            "are",
            "radiology",
            "medicine",
            "final",
            "preliminary",
            "report",
        ),
        *(
            "exam",
            "examination",
            "study",
            "time",
            "date",
            "nurse",
            "staff",
            "floor",
            "office",
            "intensive",
            "care",
            "unit",
        ),
        *("rotated", "positioned", "intubated", "status", "post", "positioning"),
    )
)
