"""Words with capitals in a row that nothing explains: employers, practices, wards and people no list knows.

What a heading, a role, a part of the body, a maker or an eponym is made of is known (`lexicon/`); in a sentence of small
letters little else is written with two capitals in a row but what somebody is called, or is treated or works at.
"""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.report_words import KIN, LIKELY, MIXED, OPENS, ORDINARY, STAFF, TITLES, Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, SENTENCE_WORDS, listed

_TITLE_CASE = listed("title_case")
_MADE = listed("technique") | listed("classed") | EPONYMS  # makers, machines, classes, eponyms
_KNOWN = _TITLE_CASE | HEADS | TITLES | STAFF | KIN | ABBREVIATIONS | listed("degrees") | listed("technique")
# What opens a sentence before a name, and goes with none.
_OPENERS = SENTENCE_WORDS | TITLES | STAFF | KIN | listed("fillers") | listed("openers")
# Of what may follow an eponym, these name places too.
_THINGS = HEADS - {
    "unit",
    "units",
    "system",
    "systems",
    "line",
    "lines",
    "port",
    "ring",
    "wheel",
    "view",
    "corner",
    "ridge",
    "island",
    "islands",
    "mask",
    "law",
    "cross",
    "web",
}
_AT = frozenset({"at", "ex", "near", "behind", "opposite", "village"})
_BEFORE_SOMEBODY = _AT | {"with", "by", "to", "from", "for", "and", "than", "says", "because"}
_NOWHERE = _KNOWN | SENTENCE_WORDS | listed("fillers") | frozenset({"t", "l", "s", "c"})
_WITHIN = frozenset(["of", "the", "de", "la", "du", "del", "des", "y", "i", "für", "und", "bin", "binti", "ng"])
_GAP = re.compile(r"[ ](?:&[ ]|No\.[ ]\d+[ ]|\d+[ ](?=[A-Z]))?|-|[.][ ]?(?=[A-Z])")
_ENDS_A_PHRASE = re.compile(r"[ \t]*(?:[,;.)/(\n]|[-–—][- ]|\Z)|[ ](?:is|was|has|had|will|does|did)[ ]")
_GRADED = re.compile(r"[ivx]{1,4}[a-d]?|[a-d]|is|iis")
_NUMBER_AFTER = re.compile(r"[ ](?:No\.?[ ]|#)?\d{1,4}(?![\w.%/-]|[ ](?:mm|cm|ml|mg|x|years?|days?)\b)")
_FIGURE_AFTER = re.compile(r"[ -]?\d")  # a drug or a device, of which so much
_MOST = 8  # words of a name


_NAMING = frozenset({Private.NAME, Private.PLACE, Private.ADDRESS})


def unexplained(words: Words, taken: bytearray, found: Sequence[Place]) -> Iterator[Place]:
    """Yield the rows of words with capitals that are no heading, role, maker or eponym.

    `taken`: not 0 where a form or a mark of de-identification stands; `found`: what is known so far. A name or a place
    among it may be a part of a row, whose rest then goes too ("[Three Rivers] Studio").
    """
    yield from _at_somewhere(words)
    if words.case != MIXED:
        return
    taken = bytearray(taken)
    for start, end, kind in found:
        if kind in _NAMING:
            taken[start:end] = (b"\3" if kind is Private.NAME else b"\4") * (end - start)
    at = 0
    while at < len(words.low):
        if words.text[words.starts[at]].islower():
            at += 1
            continue
        last = _last_of_the_row(words, at, taken)
        if last < at:
            at += 1
            continue
        first = _first_that_counts(words, at, last)
        if first <= last and _is_unexplained(words, first, last, taken):
            number = _NUMBER_AFTER.match(words.text, words.ends[last])
            yield words.starts[first], number.end() if number else words.ends[last], Private.PLACE
        at = last + 1


def _at_somewhere(words: Words) -> Iterator[Place]:
    """Yield what stands behind "at" and the like and no list has: "trained at Sahlgren", "AT AMAZONIA GRILL"."""
    for at, word in enumerate(words.low[:-1]):
        if word not in (_BEFORE_SOMEBODY if words.case == MIXED else _AT) or words.between(at) != " ":
            continue
        last = at
        while last + 1 < len(words.low) and last - at < 4 and words.between(last) in {" ", "-", " & "}:
            after = last + 1
            if words.low[after] in _NOWHERE or (words.case == MIXED and not words.is_capital(after)):
                break
            last = after
        row = range(at + 1, last + 1)
        if not any(_is_unheard_of(words, one) for one in row) or any(words.low[one] in _MADE for one in row):
            continue
        ends = bool(_ENDS_A_PHRASE.match(words.text, words.ends[last]))
        measured = (
            _FIGURE_AFTER.match(words.text, words.ends[last]) or words.low[min(last + 1, len(words.low) - 1)] in HEADS
        )
        if ends or (words.case == MIXED and not measured):
            yield words.starts[at + 1], words.ends[last], Private.PLACE


def _is_unheard_of(words: Words, at: int) -> bool:
    """Say whether a word is on no list, and no abbreviation and no mark of de-identification."""
    is_short = len(words.low[at]) < 5 or (words.case == MIXED and words.is_shouted(at))
    return not words.kinds[at] & ~OPENS and not is_short and "xx" not in words.low[at]


def _last_of_the_row(words: Words, at: int, taken: bytearray) -> int:
    """The last word of the row of capitals that begins here; the one before where none does."""
    if not _is_free_capital(words, at, taken):
        return at - 1
    last = at
    while last + 1 < len(words.low) and last - at < _MOST:
        within = 0  # small words inside: "OpenView Imaging of Ely"
        while (
            last + within + 1 < len(words.low)
            and within < 3
            and words.low[last + within + 1] in _WITHIN
            and (last > at or words.low[last + within + 1] != "of")
            and words.low[last] not in HEADS
            and words.between(last + within) in {" ", "-"}
            and not words.is_capital(last + within + 1)
        ):
            within += 1
        after = last + within + 1
        if after >= len(words.low) or not _is_free_capital(words, after, taken):
            break
        if not _GAP.fullmatch(words.between(after - 1)) or _ends_a_sentence(words, after - 1):
            break
        last = after
    return last


def _ends_a_sentence(words: Words, at: int) -> bool:
    """Say whether the full stop after this word is one: after a short word with a capital it shortens ("St. Luke's")."""
    return words.between(at)[:1] == "." and len(words.low[at]) > 2


def _is_free_capital(words: Words, at: int, taken: bytearray) -> bool:
    is_free = words.low[at] != "[]" and not taken[words.starts[at] : words.ends[at]].strip(b"\0\3\4")
    is_letter = len(words.low[at]) < 2 and not words.between(at).strip(" ") if at + 1 < len(words.low) else False
    return (
        is_free
        and words.is_capital(at)
        and (
            len(words.low[at]) > 1
            or (at > 0 and is_letter and words.between(at - 1) == " " and words.is_capital(at - 1))
        )
    )


def _first_that_counts(words: Words, first: int, last: int) -> int:
    """The first word of the row that is no opener of the sentence, no title and no role."""
    while first <= last and words.low[first] in _OPENERS:
        first += 1
    return first


def _is_unexplained(words: Words, first: int, last: int, taken: bytearray) -> bool:
    free = [at for at in range(first, last + 1) if not taken[words.starts[at]]]
    if len(free) <= last - first and not _goes_with_what_is_known(words, first, last, free, taken):
        return False
    shown = [at for at in range(first, last + 1) if words.is_capital(at) and not _GRADED.fullmatch(words.low[at])]
    titled = [at for at in shown if not words.is_shouted(at) and len(words.low[at]) > 2]
    if len(shown) < 2 or not titled or _is_label(words, last):
        return False
    if last + 1 < len(words.low) and len(shown) < 3 and words.low[last + 1] in HEADS and words.between(last) == " ":
        return False  # "Mary Joseph nodule"
    if len(shown) < 3 and words.low[last] in _THINGS:
        return False  # "Harrington Rod"
    if words.low[first] in HEADS and len(shown) < 4:
        return False  # "Circle Of Willis"
    if len(titled) < 2 and (words.kinds[titled[0]] & ORDINARY or words.opens(titled[0])):
        return False  # "Dense MCA"
    if words.opens(first) and len(shown) < 3 and not _ENDS_A_PHRASE.match(words.text, words.ends[last]):
        return False
    strange = [at for at in titled if words.low[at] not in _KNOWN and words.low[at] not in _MADE]
    if words.opens(first) or words.is_german:  # a heading, a title or any noun may be written so
        strange = [at for at in strange if not words.kinds[at] & ORDINARY or words.kinds[at] & LIKELY]
    stands_for_a_thing = any(words.low[at] in EPONYMS for at in shown)
    return len(strange) > (1 if stands_for_a_thing else 0)


def _goes_with_what_is_known(words: Words, first: int, last: int, free: list[int], taken: bytearray) -> bool:
    """Say whether the rest of a row, of which a name or a place is known, is of it: no role, no degree, no class."""
    strange = [
        at
        for at in free
        if words.low[at] not in _KNOWN and words.low[at] not in _MADE and not _GRADED.fullmatch(words.low[at])
    ]
    if all(taken[words.starts[at]] in b"\0\x03" for at in range(first, last + 1)):
        return any(
            not words.is_shouted(at)
            and len(words.low[at]) > 2
            and (at > first or words.text[: words.starts[at]].endswith(("", "\n")[words.starts[at] > 0]))
            for at in strange
        )
    return bool(strange)


def _is_label(words: Words, last: int) -> bool:
    return words.text[words.ends[last] : words.ends[last] + 2].lstrip(" ")[:1] == ":"
