"""How far a name goes from the word that gives it away: first names, initials, particles, "Brown, Mary", a line broken."""

import re

from cases.gate.report.report_words import (
    BLANKS,
    COMMON,
    DOING,
    FAMILY,
    GIVEN,
    LIKELY,
    MIXED,
    NAME,
    NO_PART,
    ORDINARY,
    RARE,
    SMALL,
    Words,
    is_no_initial,
    is_sure_given,
)
from cases.gate.words import SELDOM_NAMES, SENTENCE_WORDS, listed

_PARTICLES = listed("particles")
_NO_FIRST_PARTICLES = frozenset({"do", "y", "e", "ten", "st", "saint", "ben", "af", "av"})
_SHORTENED = frozenset({"st", "ste"})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii"})
_FULL_LINE = 40  # characters from which on a line may have been broken for its length
_DOTTED = re.compile(r"(?:m\.d|d\.o|r\.n|r\.t|p\.a|n\.p|d\.d\.s|m\.b|p\.c)\.", re.I)  # a degree
_AGE_AFTER = re.compile(r"[ \t]*[/,]?[ \t]*\d|[ \t]{2}")  # the letter before it is a sex


def whole(words: Words, at: int, *, is_announced: bool) -> tuple[int, int]:
    """The first and the last word of the name that this word gives away."""
    first = last = at
    if is_announced and _is_surname_of_small_letters(words, at):
        last = at + 1
    while first and at - first < 4 and _goes_before(words, first - 1, first):
        first -= 1
    while last + 1 < len(words.low) and last - at < 5 and _goes_after(words, first, last, is_announced):
        last += 1
    while first < at and words.low[first] in _NO_FIRST_PARTICLES and not words.is_capital(first):
        first += 1
    return first, last


def _is_surname_of_small_letters(words: Words, at: int) -> bool:
    """Say whether an ordinary word goes on with an announced name where capitals tell nothing: "interpreted by hope stone"."""
    if words.case == MIXED or at + 1 >= len(words.low) or words.between(at) != " ":
        return False
    return _is_ordinary_surname(words, at + 1, SENTENCE_WORDS | DOING)


def _is_ordinary_surname(words: Words, at: int, never: frozenset[str]) -> bool:
    kind, word = words.kinds[at], words.low[at]
    is_one = kind & FAMILY and kind & COMMON and kind & ORDINARY
    return bool(is_one and len(word) > 2 and word not in never and word not in NO_PART)


def _belongs(words: Words, other: int, beside: int) -> bool:
    """Say whether a word beside a name can be of it."""
    capital, kind, word = words.is_capital(other), words.kinds[other], words.low[other]
    if word in NO_PART:
        return False
    if words.case != MIXED:
        return len(word) > 2 and bool((kind & NAME and (kind & LIKELY or not kind & ORDINARY)) or not kind)
    if not capital:
        if words.is_capital(beside) or len(words.low[beside]) < 2:
            return False
        likely = kind & LIKELY and kind & COMMON and word not in SELDOM_NAMES
        ends = not kind and len(word) > 3 and words.text[words.ends[other] : words.ends[other] + 1] in {",", ".", "\n"}
        return ends or bool(kind & NAME and len(word) > 2 and (likely or not kind & ORDINARY))
    if kind & RARE:
        return not words.is_shouted(other) and not words.kinds[beside] & ORDINARY and not words.opens(other)
    if kind & ORDINARY:
        sure = kind & LIKELY or (kind & GIVEN and kind & COMMON and not words.kinds[beside] & ORDINARY)
        return bool(kind & NAME and (sure or not words.opens(other)))
    return bool(kind & NAME) or (not kind and len(word) > 1 and not (words.is_shouted(other) and len(word) < 4))


def _goes_before(words: Words, other: int, first: int) -> bool:
    """Say whether the word before a name is of it: a first name, an initial, a particle, a surname with a comma."""
    gap, word = words.between(other).strip(BLANKS), words.low[other]
    if not _goes_on(words, other, first) or len(words.between(other)) > 9:
        return False
    if word == "a" and not gap and words.opens(other):
        return False  # the article
    if len(word) == 1:
        return gap in {"", "."} and (words.is_capital(other) or gap == ".") and not is_no_initial(words, other)
    if gap in {",", "^"}:
        return _is_surname_before(words, other, first, gap)
    return not gap and (word in _PARTICLES or _belongs(words, other, first))


def _is_surname_before(words: Words, other: int, first: int, gap: str) -> bool:
    """Say whether a surname stands before a first name, with a comma or a caret between: "Brown, Mary"."""
    kind, given, word = words.kinds[other], words.kinds[first], words.low[other]
    if word in NO_PART or not (given & GIVEN or gap == "^") or not (kind & FAMILY or not kind):
        return False
    never = SENTENCE_WORDS if words.case == MIXED else SELDOM_NAMES
    with_a_sure_one = given & COMMON and (given & LIKELY or not given & ORDINARY) and word not in never
    if kind & ORDINARY and not kind & LIKELY and not with_a_sure_one:
        return False
    if words.case == MIXED and kind & FAMILY:
        return words.is_capital(other)
    return len(word) > 2 and (bool(kind & ORDINARY) or _belongs(words, other, first))


def _goes_after(words: Words, first: int, last: int, is_announced: bool) -> bool:
    """Say whether the word after a name is of it."""
    other = last + 1
    gap, word = words.between(last).strip(BLANKS), words.low[other]
    is_label = words.text[words.ends[other] : words.ends[other] + 1] == ":" and len(word) > 1
    if is_label or not _goes_on(words, last, other) or len(words.between(last)) > 9:
        return False
    if word in _SUFFIXES:
        return gap in {"", ","}
    if len(word) == 1:
        return _is_initial_after(words, first, last, gap)
    if gap in {",", "^"}:
        return gap == "^" or _is_first_name_after(words, last, is_announced)
    if gap and not (gap == "." and (len(words.low[last]) == 1 or words.low[last] in _SHORTENED)):
        return False
    if word in _PARTICLES and _continues(words, other):
        return True
    is_small = words.case != MIXED or not (words.is_capital(last) or words.is_capital(other))
    if is_small and _is_ordinary_surname(words, other, SENTENCE_WORDS if is_announced else SELDOM_NAMES):
        return _may_have_ordinary_surname(words, first, last, is_announced)
    return _belongs(words, other, last)


def _may_have_ordinary_surname(words: Words, first: int, last: int, is_announced: bool) -> bool:
    """Say whether an ordinary word can be the surname: beside a first name beyond doubt, but not after a surname."""
    if words.kinds[last] & FAMILY and not words.kinds[last] & (GIVEN | ORDINARY):
        return False
    return is_announced or any(is_sure_given(words.kinds[one]) for one in range(first, last + 1))


def _is_first_name_after(words: Words, last: int, is_announced: bool) -> bool:
    kind, beside = words.kinds[last + 1], words.kinds[last]
    sure = not kind & ORDINARY or (kind & LIKELY and not beside & ORDINARY) or (is_announced and kind & COMMON)
    if not kind & (ORDINARY | NAME) and words.case == MIXED and words.is_capital(last + 1):
        return bool(beside & FAMILY) and (is_announced or not beside & ORDINARY)  # "Stavros, Jianguo"
    return bool(kind & GIVEN and sure and beside & FAMILY and _belongs(words, last + 1, last))


def _is_initial_after(words: Words, first: int, last: int, gap: str) -> bool:
    """Say whether a single letter after a name is its initial, not a sex, a degree, a level or the next word."""
    other = last + 1
    word, end, text = words.low[other], words.ends[other], words.text
    if (words.case == MIXED and not words.is_capital(other)) or is_no_initial(words, other) or word == "i":
        return False
    if (word in {"m", "f"} and _AGE_AFTER.match(text, end)) or _DOTTED.match(text, words.starts[other]):
        return False
    if gap == "^":
        return True
    if gap == "" and last > first and "," in words.between(last - 1) and (word != "a" or words.case == MIXED):
        return True  # "Brown, Mary K"
    after = text[end : end + 1] if text[end : end + 2] != "  " else ""
    return gap in {"", ","} and (after in {".", "", "\n", ",", ")", "\t", ":", ";"} or _continues(words, other))


def _goes_on(words: Words, first: int, second: int) -> bool:
    """Say whether two words stand on one line, or are both names beyond doubt where a line was broken."""
    if "\n" not in words.between(first):
        return True
    if _is_wrapped(words, first, second):
        return True
    every = words.kinds[first] & words.kinds[second]
    one_given = (words.kinds[first] | words.kinds[second]) & GIVEN
    return words.between(first).strip(" ") == "\n" and bool(
        every & NAME and one_given and not (words.kinds[first] | words.kinds[second]) & ORDINARY
    )


def _is_wrapped(words: Words, first: int, second: int) -> bool:
    """Say whether a full line breaks inside a name: behind an initial, a particle, a comma or a name that is nothing else."""
    gap = words.between(first)
    line = words.text.rfind("\n", 0, words.starts[first])
    if gap.count("\n") != 1 or len(gap) > 9 or words.ends[first] - line < _FULL_LINE or words.case == SMALL:
        return False
    opens = len(words.low[first]) == 1 or words.low[first] in _PARTICLES or _is_name_or_unknown(words, first)
    goes_on = len(words.low[second]) == 1 or _is_name_or_unknown(words, second)
    return (
        opens
        and goes_on
        and words.is_capital(second)
        and words.text[words.ends[second] : words.ends[second] + 1] != ":"
    )


def _is_name_or_unknown(words: Words, at: int) -> bool:
    return not words.kinds[at] & ORDINARY and len(words.low[at]) > 1


def _continues(words: Words, at: int) -> bool:
    """Say whether the name goes on after an initial or a particle."""
    after = at + 1
    if after >= len(words.low) or words.between(at).strip(" \t") not in {"", "."}:
        return False
    if words.low[after] in _PARTICLES:
        return True
    return bool(words.kinds[after] & NAME and _belongs(words, after, at)) or (
        (not words.kinds[after] or bool(words.kinds[after] & RARE)) and words.is_capital(after)
    )


def span(words: Words, first: int, last: int) -> tuple[int, int]:
    """Where a name begins and ends in the text, its possessive and the dot of its last initial with it."""
    end = words.ends[last]
    text = words.text
    if text[end : end + 2].lower() in {"'s", "’s"} and not text[end + 2 : end + 3].isalpha():
        end += 2
    elif len(words.low[last]) == 1 and text[end : end + 1] == "." and last > first:
        end += 1
    return words.starts[first], end
