"""What is left beside a name that is found: "Md. […]", "Two […], Raymond" at the head of a form, "St. […]", "[…] P.K", "(…) J"."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.report_words import COMMON, FAMILY, NO_PART, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

# First names and saints that are written short before the name: "Md. Rafiq", "MA. LUZ", "Sk. Abdul", "St. Clotilde".
_SHORTENED_BEFORE = re.compile(
    r"(?<![\w'’-])((?:M[Dd]|M[Aa]|Mohd|MOHD|Muhd|Sk|SK|Kh|KH|Abd|S[Tt]|S[Tt][Ee]|F[Tt]|M[Tt]|Wm|Geo|Chas|Jas|Jos|Thos)\.[ ])\Z"
)
_MOHAMMED_BEFORE = re.compile(r"(?::[ ]*|\n[ \t]*)((?:M[Dd]|SK|Sk)\b[ ]{1,2})\Z")
# A surname of several words at the head of a line or of a field: "TWO [BULLS, RAYMOND]", "VAN HOUTEN, [PIETER]".
_WORD = r"[A-ZÀ-Þ][A-Za-zÀ-ÿ'’-]{1,20}"
_SURNAME_BEFORE = re.compile(
    rf"(?:\A|\n|[:.]{{1,12}}[ ]?|[|▒]|[ ]{{2}})[ \t]*((?:{_WORD}[ ]){{1,2}}|(?:{_WORD}[ ]){{0,2}}{_WORD},[ ]?)\Z"
)
_ENDS_A_FIELD = re.compile(r"[ ]?(?:[ ]{2}|[|(\[\n#\d]|\Z|[ ]\d)")
_GOES_ON = re.compile(r",[ ]?[A-ZÀ-Þ]")
_BEFORE_A_DEGREE = re.compile(rf"(?<![\w'’-])({_WORD},[ ])\Z")
_A_DEGREE = re.compile(r",?[ ](?:PA-C|PA|NP|MD|DO|RN|CRNA|FNP|M\.D\.|D\.O\.|APRN|ARNP|DPM)(?![\w'’])")
_INITIAL_BEHIND = re.compile(r"[\")”][ ]([A-Z])(?=\.?[ ]*(?:\n|\Z|[ ]{2}|[|\d(]))")
_LAST_INITIAL = re.compile(r"(?:(?<=\.)|\.)([A-Z])(?![\w'’])")
# "jerome [p as in paul] tidwell": a letter that is spelled, and the names on either side.
_SPELLED = re.compile(
    r"((?:[^\W\d_][\w'’-]+[ ])?[^\W\d_][ ](?:as[ ]in|for|like|wie)[ ][^\W\d_]{3,12}(?:[ ][^\W\d_][\w'’-]{2,20})?)(?![\w'’-])"
)
_OF_PEOPLES = frozenset(
    ["two", "three", "four", "five", "seven", "little", "big", "white", "black", "red", "yellow", "green", "good", "long", "old", "young", "high", "first", "many", "strong", "tall", "fast", "brave", "spotted", "running", "standing", "walking", "flying", "iron", "van", "von", "de", "der", "den", "la", "le", "el", "al", "bin", "binti", "o", "ten", "ter", "san", "santa"]
)  # fmt: skip
_CLOSING = frozenset(
    [
        "warmly",
        "regards",
        "sincerely",
        "love",
        "cheers",
        "best",
        "yours",
        "thanks",
        "thx",
        "kind",
        "respectfully",
        "faithfully",
        "truly",
        "cordially",
    ]
)
_NEVER = (
    HEADS
    | NO_PART
    | NO_NAMES
    | ABBREVIATIONS
    | SENTENCE_WORDS
    | EPONYMS
    | listed("title_case")
    | listed("openers")
    | _CLOSING
) - _OF_PEOPLES


def completed(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield what goes with each name that is found, before it and behind it."""
    text = words.text
    for start, end, kind in found:
        if kind in {Private.NAME, Private.ADDRESS}:
            yield from _before(text, start, end, kind)
        if kind is Private.NAME:
            for form in (_INITIAL_BEHIND, _LAST_INITIAL):
                if behind := form.match(text, end):
                    yield *behind.span(1), Private.NAME
    if " as in " in text:
        names = [(start, end) for start, end, kind in found if kind is Private.NAME]
        for match in _SPELLED.finditer(text):
            if " as in " in match[0] and any(first < match.end() and match.start() < last for first, last in names):
                yield *match.span(1), Private.NAME


def _before(text: str, start: int, end: int, kind: Private) -> Iterator[Place]:
    before = _SHORTENED_BEFORE.search(text, max(0, start - 6), start)
    if before or kind is Private.ADDRESS:
        if before:
            yield before.start(1), before.end(1) - 1, kind
        return
    if before := _MOHAMMED_BEFORE.search(text, max(0, start - 12), start):
        yield before.start(1), before.start(1) + len(before[1].rstrip()), kind
        return
    before = _SURNAME_BEFORE.search(text, max(0, start - 48), start)
    if before and _may_be_a_surname(before[1]) and (_is_of_a_pair(text, start, end, before[1])):
        yield before.start(1), end, kind
        return
    before = _BEFORE_A_DEGREE.search(text, max(0, start - 24), start) if _A_DEGREE.match(text, end) else None
    if before and (_may_be_a_surname(before[1]) or _is_borne(before[1].rstrip(", "))):
        yield before.start(1), end, kind


def _is_borne(written: str) -> bool:
    """Say whether many are called by a word, be it one of reports too: "May, Jonathan PA-C"."""
    kind, low = kind_of(written.lower()), written.lower()
    return bool(kind & FAMILY and kind & COMMON) and low not in HEADS and low not in NO_PART


def _is_of_a_pair(text: str, start: int, end: int, before: str) -> bool:
    """Say whether a comma parts a surname from a first name, and a field ends behind."""
    if "," in before or "," in text[start:end]:
        return bool(_ENDS_A_FIELD.match(text, end))
    return bool(_GOES_ON.match(text, end))


def _may_be_a_surname(written: str) -> bool:
    low = [word.lower() for word in re.findall(r"[^\W\d_][\w'’-]*", written)]
    return bool(low) and _NEVER.isdisjoint(low)
