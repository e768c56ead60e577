"""Who is named in company: beside a name that is found, with a stroke, "&", "+", "and" or a comma between ("Koh/Summers/Eze")."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.line_shapes import may_be_a_word
from cases.gate.report.report_words import COMMON, FAMILY, LIKELY, MIXED, NAME, NO_PART, ORDINARY, RARE, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, STANDING_ALONE, kind_of, listed

_ROLE_BEFORE = r"(?:(?i:drs?|mrs?|ms|prof|staff|student|fellow|resident)\b\.?[ ])?"
_WORD = r"[^\W\d_][\w'’-]{1,24}(?![\w'’])"
_SIGN = r"(?P<sign>[ ]?[/&+][ ]?|,[ ](?:and[ ])?|[ ]and[ ]|;[ ])"
_INITIAL_BEHIND = r"(?:,?[ ][A-Z]\b\.?(?![\w'’]))?"
_IN_BRACKETS = r"(?:[ ]\([^()\n]{2,20}\))?"  # who somebody is: "dave (ED cons) and priti"
_NEXT = re.compile(
    rf"(?:,?[ ](?:MD|DO|RN|NP|PA|RT|PhD|[A-Z])\b\.?)?{_IN_BRACKETS}{_SIGN}{_ROLE_BEFORE}(?P<word>{_WORD})"
    + _INITIAL_BEHIND
)
_BEFORE = re.compile(rf"(?<![\w'’/-])(?P<word>{_WORD}){_SIGN}{_ROLE_BEFORE}\Z")
_ANNOUNCED = re.compile(
    r"(?:\A|\n|:|\b(?i:with|by|to|from|per|w/|d/w|cc|between|and|&|\+|/|,"
    r"|operators?|surgeons?|fellows?|residents?|techs?|readers?|drs\.?))[ \t]*\Z"
)
_STROKES = frozenset("/&+")
_ENDS = re.compile(
    r"[ \t]*(?:[.,;:)&+/\n]|\Z|[ ](?:and|at|on|in|by|for|who|of|from|via|was|were|is|are|has|have|\w+(?:ed|s))\b)"
)
_ENDS_THE_LINE = re.compile(r"[ \t]*(?:\n|\Z)")
_DEGREES = frozenset({"md", "do", "rn", "np", "pa", "rt", "phd", "bs", "ms"})
_AT_A_LINES_END = re.compile(r"\.?[ \t]*(?:\n|\Z|[\d(])")
_KNOWN = HEADS | EPONYMS | NO_NAMES | NO_PART | listed("title_case") | listed("technique") | ABBREVIATIONS
_MOST = 6  # names in a row


def in_company(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield who is named beside a name that is found, before it and behind it, one after the other."""
    taken = [(start, end) for start, end, kind in found]
    for start, end, kind in found:
        if kind is not Private.NAME:
            continue
        yield from _behind(words, end, taken)
        yield from _ahead(words, start, taken)


def _behind(words: Words, end: int, taken: Sequence[tuple[int, int]]) -> Iterator[Place]:
    for _ in range(_MOST):
        match = _NEXT.match(words.text, end)
        if not match or any(first < match.end("word") and match.start("word") < last for first, last in taken):
            return
        is_initials = _are_initials(words, match)
        if not (is_initials or (_is_a_name(words, match) and _ENDS.match(words.text, match.end()))):
            return
        end = match.end("word") if is_initials else match.end()
        yield match.start("word"), end, Private.NAME


def _ahead(words: Words, start: int, taken: Sequence[tuple[int, int]]) -> Iterator[Place]:
    for _ in range(_MOST):
        match = _BEFORE.search(words.text, max(0, start - 40), start)
        if not match or any(first < match.end("word") and match.start("word") < last for first, last in taken):
            return
        is_announced = _ANNOUNCED.search(words.text, max(0, match.start() - 12), match.start())
        if not is_announced or not _is_a_name(words, match):
            return
        yield *match.span("word"), Private.NAME
        start = match.start("word")


def _is_a_name(words: Words, match: re.Match[str]) -> bool:
    """Say whether a word beside a name is one: with a stroke any that can be, else none that is ordinary and little more."""
    word = match["word"]
    low, kind = word.lower(), kind_of(word.lower())
    if low in _KNOWN or (low in SENTENCE_WORDS and not (word[0].isupper() and kind & LIKELY and words.case == MIXED)):
        return False
    shown = words.case == MIXED and word[0].isupper() and not word.isupper()
    if not kind & ORDINARY:
        is_label = match.string[match.end() : match.end() + 1] == ":"
        return bool(kind & NAME) or (shown and len(low) > 2 and not is_label)
    is_borne = kind & FAMILY and kind & (COMMON | LIKELY | RARE)
    return bool(is_borne and (shown or kind & COMMON))


def _are_initials(words: Words, match: re.Match[str]) -> bool:
    """Say whether letters behind a stroke are initials: capitals among small letters, or small ones that end the line."""
    word, is_a_stroke = match["word"], not _STROKES.isdisjoint(match["sign"])
    is_small = word.islower() and len(word) < 4 and word not in _DEGREES
    if "/" in match["sign"] and is_small and _ENDS_THE_LINE.match(words.text, match.end("word")):
        return True  # behind a name and a stroke only who typed ends a line: "V. Sol, MD / at"
    if not is_a_stroke or not 1 < len(word) < 4 or word.lower() in STANDING_ALONE:
        return False
    if words.case == MIXED and word.isupper():
        return True
    return not may_be_a_word(word.lower()) and bool(_AT_A_LINES_END.match(words.text, match.end("word")))
