"""Initials and names to sign in by that their place on the line gives away: at its end, alone on it, behind a day."""

import re
from collections.abc import Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import outlines, shape, told
from cases.gate.report.report_words import MIXED, NAME, ORDINARY, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, SENTENCE_WORDS, STANDING_ALONE, kind_of, listed

VOWELS = frozenset("aeiouy")
_TECHNIQUE = listed("technique")
_DOERS = listed("doers")
MARKED = frozenset({"tech", "technologist", "rad", "radiologist", "radiographer", "reader", "typist", "nurse", "sono"})
_TYPIST_ALONE = shape(r"\n[ \t]*/([^\W\d_]{2,3})[ \t]*(?=\n|\Z)", outlines("\n/", "\n /"))
# On a line of their own: "FNC", "(PJH)", "- JMcD"; behind a day or a time: "typed 24.12.2023 RSH"; after thanks: "Thanks, TLP".
_ON_A_LINE = re.compile(
    r"\n[ \t]*(?:[-–—]{1,2}[ \t]*)?\(?([A-Z]{2,3}|[A-Z]{1,2}(?:Mc|Mac|O'|D')[A-Z]|[A-Z]\.[A-Z]\.?[A-Z]?\.?|[a-z]{2,3})"
    r"\)?[ \t]*(?=\n|\Z)"
)
_BEHIND_FIGURES = shape(
    r"(?<=\d)(?:[ ]?(?:[ap]\.?m\.?|h|hrs|hours))?,?[ \t]+(?!(?:hrs?|[ap]m|[dt]{2}|[ecmp][sd]t|utc|gmt|bst|ist)\b)"
    r"([^\W\d_]{2,3})(?=[ \t]*(?:\.?[ \t]*(?:\n|\Z)|:[ ]|[ ]{2}))",
    outlines("0 ", "0, ", "0a", "0A"),
    flags=re.IGNORECASE,
)
_TWO_SIDES = shape(
    r"\bD{1,2}:[ \t]*([A-Za-z]{2,3})[ \t,;/]+T{1,2}:[ \t]*([A-Za-z]{2,3})\b", told("d dd")
)  # "D: ES T: bk"
_DICTATED_COLON = shape(r"(?:^|\n)[ \t]*([A-Z]{2,4}):[ ]([a-z]{2,3})[ \t]*(?=\n|\Z)", outlines("A: aa"))  # "EHB: tlr"
_A_DAY = re.compile(
    r"(?:\d[/.-]\d{1,2}[/.-]\d{2,4}|[a-z]{3,9}[ ,-]{1,2}(?:\d{1,2},?[ ])?\d{4}|\d[:.]\d\d|(?<!\d)[0-2]\d[0-5]\d)\Z",
    re.I,
)
_AFTER_THANKS = re.compile(r"\w+[,.!]?[ \t\n]+([A-Z]{2,3})\b")
_DEGREES_OF_STAFF = frozenset({"rt", "rn", "rdms", "rvt", "cnmt", "arrt"})
_ALONE_AT_THE_END = re.compile(r"\n[ \t]*([A-Z]{2,3}|[a-z]{2,3})[ \t]*\Z")
_AFTER_A_STOP = re.compile(r"[.!][ \n][ ]*([A-Z]{2,3}|[a-z]{2,3})(?=[ \t]*(?:\n|\Z))")  # "Side confirmed. PW"
_STAFF_MARK = rf"(?:{'|'.join(sorted(MARKED, key=len, reverse=True))})\b[ :.]{{1,2}}"
_TWO_OF_STAFF = re.compile(rf"{_STAFF_MARK}([a-z]{{2,3}})[ ]?[/|,;][ ]?{_STAFF_MARK}([a-z]{{2,3}})\b", re.IGNORECASE)
_BEFORE_A_DAY = re.compile(r"[dt]{1,2}:[ \t]*([^\W\d_][\w'’.-]{0,24})[ \t]+(?=\d)", re.IGNORECASE)  # "T: KP 13/04"
_AT_A_STATION = re.compile(
    r"(?:work ?station|terminal|console|report id|dictation id)\b[ \t:#]*[\w.:-]*\d[\w.:-]*(?:[ \t]v\d+)?,?[ \t]+"
    r"([a-z][\w.]{3,24})(?=[ \t]*(?:[.,;]?[ \t]*$|[,;]))",
    re.IGNORECASE | re.MULTILINE,
)
_TWO_AT_THE_END = re.compile(r"\w+[ \t]+([A-Za-z]{2,3})(?:[ ]?[,/&][ ]?|[ ]and[ ])([A-Za-z]{2,3})(?=[ \t]*(?:\n|\Z))")
# What begins with one of these words is looked for there alone.
_OF_A_WORD = {
    **dict.fromkeys(MARKED, _TWO_OF_STAFF),
    **dict.fromkeys(("checked", "verified", "scanned", "done", "performed"), _TWO_AT_THE_END),
    **dict.fromkeys(("thanks", "you", "regards", "wishes", "cheers", "thx", "tks", "tx", "ty"), _AFTER_THANKS),
    **dict.fromkeys(("d", "t", "dd", "dt", "tt"), _BEFORE_A_DAY),
    **dict.fromkeys(("workstation", "work", "terminal", "console", "report", "dictation"), _AT_A_STATION),
}
_BY_ITSELF = frozenset({_AFTER_A_STOP, _BEHIND_FIGURES.pattern, _ALONE_AT_THE_END})
_AT_A_LINES_END = frozenset({_AFTER_A_STOP, _BEHIND_FIGURES.pattern})
_GOES_ON = re.compile(r"[ \t]*\n[ \t]*[a-z]")
_DASHED = shape(
    r"\n[ \t]*[-–—]{1,2}[ \t]*([A-Z][\w'’-]{2,}(?:[ ][A-Z][\w'’-]+){0,2})[ \t]*(?=\n|\Z)", outlines("\n-", "\n -")
)
_DOTTED_SIGN_IN = shape(
    r"(?<![\w@./-])([A-Za-z]{2,14})[._]([A-Za-z]{1,14})\d{0,3}(?![\w@/-]|\.\w)",
    outlines(*(f"{first}{dot}{second}" for first in "aA" for dot in "._" for second in "aA")),
)


def by_shape(words: Words) -> Iterator[Place]:
    """Yield initials that the line shows, and names to sign in by with a dot or a station before them."""
    for at, word in enumerate(words.low):
        if (form := _OF_A_WORD.get(word)) and (mark := form.match(words.text, words.starts[at])):
            if form is _TWO_OF_STAFF or (form is _TWO_AT_THE_END and _is_one_of_two(mark)):
                yield from ((*mark.span(group), Private.NAME) for group in (1, 2))
            elif form is not _AT_A_STATION:
                yield from _unless_abbreviated(mark)
            elif not kind_of(mark[1].lower()) & ORDINARY:
                yield *mark.span(1), Private.NUMBER
    if words.case == MIXED:
        yield from _behind_a_dash(words)
        yield from _before_a_degree(words)
    yield from _on_their_own(words)
    yield from _dotted(words)


def _on_their_own(words: Words) -> Iterator[Place]:
    """Yield initials that stand alone on a line, end one behind a day or a full stop, or stand on both sides of a stroke."""
    marks = [*_AFTER_A_STOP.finditer(words.text), *_ON_A_LINE.finditer(words.text), *_TWO_SIDES.found_in(words.seen)]
    if words.case == MIXED:
        marks += _DICTATED_COLON.found_in(words.seen)
    for mark in _BEHIND_FIGURES.found_in(words.seen):
        if _A_DAY.search(words.text, max(0, mark.start() - 24), mark.start()):
            marks.append(mark)
    if last := _ALONE_AT_THE_END.search(words.text, max(0, len(words.text) - 24)):
        marks.append(last)
    for mark in marks:
        if words.case == MIXED and mark.re in _AT_A_LINES_END and _GOES_ON.match(words.text, mark.end()):
            continue  # a sentence that goes on below
        is_shown = (words.case == MIXED and mark[1].isupper()) or mark.re is _TWO_SIDES.pattern
        if mark.re is _AFTER_A_STOP and words.case != MIXED and len(mark[1]) == 2:
            is_shown = mark[1].lower() not in SENTENCE_WORDS  # no word of two letters opens a sentence at a line's end
        if is_shown or not may_be_a_word(mark[1].lower()) or "." in mark[1]:
            is_by_itself = words.case == MIXED and mark[1].isupper() and mark.re in _BY_ITSELF
            is_by_itself = is_by_itself and words.text[mark.end(1) : mark.end(1) + 1] != ":"
            yield from _unless_abbreviated(mark, STANDING_ALONE if is_by_itself else ABBREVIATIONS)
    for mark in _TYPIST_ALONE.found_in(words.seen):
        yield *mark.span(1), Private.NAME


def _dotted(words: Words) -> Iterator[Place]:
    """Yield names to sign in by with a dot or a stroke within: "grace.ollo"."""
    for mark in _DOTTED_SIGN_IN.found_in(words.seen):
        if _signs_in(mark[1], mark[2], is_joined="_" in mark[0]):
            yield *mark.span(), Private.NUMBER


def _behind_a_dash(words: Words) -> Iterator[Place]:
    """Yield who signs with no more than a name behind a dash, on the last lines: "- Sreeja"."""
    for mark in _DASHED.found_in(words.seen):
        kinds = [kind_of(word.lower()) for word in mark[1].split()]
        if not any(kind & ORDINARY for kind in kinds) and mark[1].lower() not in EPONYMS:
            yield *mark.span(1), Private.NAME


def _before_a_degree(words: Words) -> Iterator[Place]:
    """Yield initials before what somebody is: "consent KJ RT"."""
    for at, word in enumerate(words.low[1:]):  # the one before the word
        if (
            word in _DEGREES_OF_STAFF
            and words.is_shouted(at)
            and words.is_shouted(at + 1)
            and 1 < len(words.low[at]) < 4
            and words.between(at) in {" ", ", "}
            and words.low[at] not in ABBREVIATIONS
        ):
            yield words.starts[at], words.ends[at], Private.NAME


def may_be_a_word(word: str) -> bool:
    """Say whether letters are a word: ordinary, and with a vowel."""
    return bool(kind_of(word) & ORDINARY) and not VOWELS.isdisjoint(word)


def _is_one_of_two(mark: re.Match[str]) -> bool:
    """Say whether one of two is no word of reports, so that the other is somebody too: "Checked mhm, IS"."""
    known = [mark[group].lower() in ABBREVIATIONS for group in (1, 2)]
    return not all(known) and not any(mark[group].lower() in _DOERS for group in (1, 2))


def _unless_abbreviated(mark: re.Match[str], never: frozenset[str] = ABBREVIATIONS) -> Iterator[Place]:
    """Yield the initials of a match, but for those that are a word of reports."""
    for group in range(1, mark.re.groups + 1):
        if mark[group].lower() not in never:
            yield *mark.span(group), Private.NAME


def _signs_in(first: str, second: str, *, is_joined: bool) -> bool:
    """Say whether two parts are somebody's name to sign in by: "grace.ollo", "petrov_a", not the end of a sentence."""
    parts = [part for part in (first.lower(), second.lower()) if len(part) > 1]
    kinds = [kind_of(part) for part in parts]
    if is_joined:
        return any(len(part) > 4 and not kind & ORDINARY for part, kind in zip(parts, kinds, strict=True))
    if (
        len(parts) < 2
        or not _TECHNIQUE.isdisjoint(parts)
        or (not (first + second).islower() and not (first + second).isupper())
    ):
        return False
    return any(kind & NAME for kind in kinds) and any(not kind & ORDINARY for kind in kinds)
