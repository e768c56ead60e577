"""People named in running text, without a form: by the words that are names, by who stands before, by what follows.

A name is found where some word of it is one that is nobody's ordinary word ("Kowalski", "Maria"), or where a likely one
stands with another ("Mark Young") or after words that announce a person ("his wife Rose", "discussed with Brown"); it is
then as long as names are: initials, particles, "Brown, Mary", a surname that no list has. In a text of one case, where
capitals tell nothing, more is asked of a word. Eponyms ("Hampton hump", "Riedel lobe") are left.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from cases.gate.report.announcing import announced_in
from cases.gate.report.forms import Private
from cases.gate.report.name_extent import span, whole
from cases.gate.report.report_words import (
    COMMON,
    DOING,
    FAMILY,
    GIVEN,
    GRADES,
    LIKELY,
    MIXED,
    NAME,
    NO_PART,
    OPENS,
    ORDINARY,
    RARE,
    SMALL,
    TITLES,
    TOWN,
    Words,
    is_eponym,
    is_no_initial,
)
from cases.gate.report.towns import town_at
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SELDOM_NAMES, SENTENCE_WORDS, listed

_SCORE_AFTER = re.compile(r" \d(?:\.\d)?(?=[.,;)\n]|\Z)| \d{1,2}-year risk")
_SEGMENT = re.compile(r"[IVX]{1,4}[a-d]")
_OF_A_SIGN = re.compile(
    r":?[ ](?:none|nil|no|absent|negative|positive|equivocal|n/?a"
    r"|not[ ](?:applicable|seen|used|met|present|identified)|type|class|grade|stage"
    r"|normal|intact|preserved|patent|free|[ivx]{1,4}[a-c]?|[0-6][a-d]?)(?=[ ]*(?:[.,;:)\n]|\Z|and\b|or\b))",
    re.IGNORECASE,
)
_PARTICLES = listed("particles") | {"ap", "ní", "ni", "nic", "'t", "t"}
_MODALITIES = frozenset({"mr", "ms"})  # "MR BRAIN" is no man
# First names that are another word before these.
_NO_NAME_BEFORE = {"bill": frozenset({"to", "no", "number", "type"}), "study": frozenset({"date", "time", "id"})}
_OF_A_COLOUR = frozenset({"man", "woman", "male", "female", "men", "women", "boy", "girl", "patient", "matter"})


def people(words: Words, found: Sequence[tuple[int, int]] = ()) -> list[tuple[int, int, Private]]:
    """Return where people or towns are named, never overlapping, and which of the two it is.

    `found`: names found by their form. What a name is made of is looked for in the rest of the text too.
    """
    named = list(_named(words))
    known = {
        word
        for start, end in (*found, *((start, end) for start, end, kind in named if kind is Private.NAME))
        for word in _words_of(words, start, end)
    }
    if known:
        named += _again(words, known, named)
    return named


def _words_of(words: Words, start: int, end: int) -> Iterator[str]:
    """Yield the words of a name that give somebody away by themselves."""
    at = bisect_left(words.starts, start)
    while at < len(words.starts) and words.ends[at] <= end:
        word, kind = words.low[at], words.kinds[at]
        is_name = kind & NAME and (not kind & ORDINARY or words.case == MIXED or kind & LIKELY)
        if len(word) > 2 and (is_name or not kind) and word not in SELDOM_NAMES and word not in NO_PART:
            yield word
        at += 1


def _again(
    words: Words, known: set[str], named: Sequence[tuple[int, int, Private]]
) -> Iterator[tuple[int, int, Private]]:
    """Yield where the words of a name stand once more."""
    taken = {start for start, _, _ in named}
    for at, word in enumerate(words.low):
        if word not in known or words.starts[at] in taken or is_eponym(words, at):
            continue
        shown = words.is_capital(at) and not (words.is_shouted(at) and len(word) < 4)
        if words.case != MIXED or (shown and not (words.kinds[at] & ORDINARY and words.opens(at))):
            yield (*span(words, at, at), Private.NAME)


def _named(words: Words) -> Iterator[tuple[int, int, Private]]:
    announced = announced_in(words)
    at, count = 0, len(words.low)
    while at < count:
        kind = words.kinds[at]
        if (kind & (TOWN | OPENS) or words.low[at] == "st" or "-" in words.low[at]) and (
            last := town_at(words, at)
        ) >= 0:
            yield words.starts[at], words.ends[last], Private.ADDRESS
            at = last
        elif (
            kind & NAME or at in announced or ((not kind & ~OPENS or kind & RARE) and _opens_unknown_name(words, at))
        ) and _names(words, at, announced):
            first, last = whole(words, at, is_announced=at in announced)
            if not (
                _stands_for_a_thing(words, first, last) or (at not in announced and _is_looked_for(words, first, last))
            ):
                yield (*span(words, first, last), Private.NAME)
            at = last
        at += 1


def _opens_unknown_name(words: Words, at: int) -> bool:
    """Say whether a word that no list has goes on as a name does: "Dilhani Rajapaksha", "Priyantha P Thevarajah"."""
    if words.case != MIXED or not _is_unknown(words, at) or words.low[at] in EPONYMS or "-" in words.low[at]:
        return False
    after, gap = at + 1, words.between(at).strip(" \t") if at + 1 < len(words.low) else "|"
    if after < len(words.low) and len(words.low[after]) == 1 and gap == "" and words.is_capital(after):
        gap, after = words.between(after).strip(" \t.") if after + 1 < len(words.low) else "|", after + 1
    while after + 1 < len(words.low) and words.low[after] in _PARTICLES and gap == "" and after < at + 4:
        gap, after = words.between(after).strip(" \t'’"), after + 1
    return gap == "" and (_is_unknown(words, after) or _is_sure_name(words, after)) and not is_eponym(words, after)


def _is_unknown(words: Words, at: int) -> bool:
    shown = words.is_capital(at) and not words.is_shouted(at) and len(words.low[at]) > 2
    return shown and (not words.kinds[at] & ~OPENS or bool(words.kinds[at] & RARE and not words.opens(at)))


def _is_sure_name(words: Words, at: int) -> bool:
    shown = words.is_capital(at) and not words.is_shouted(at) and len(words.low[at]) > 2
    return shown and bool(words.kinds[at] & NAME and not words.kinds[at] & ORDINARY)


def _stands_for_a_thing(words: Words, first: int, last: int) -> bool:
    """Say whether several names are one eponym: "Ann Arbor criteria", "Osgood Schlatter disease"."""
    is_graded = words.low[last] in GRADES  # "Ann Arbor III"
    is_before_a_head = is_graded or (
        last + 1 < len(words.low) and words.low[last + 1] in HEADS | GRADES and not words.between(last).strip(" -")
    )
    if words.low[max(0, first - 1) : last + 1] == ["sister", "mary", "joseph"]:
        return is_before_a_head
    return last > first and is_before_a_head and any(word in EPONYMS for word in words.low[first : last + 1])


def _is_looked_for(words: Words, first: int, last: int) -> bool:
    """Say whether a single word with a capital is a sign or a class that was looked for: "Hutchinson absent", "Mallory none"."""
    return first == last and words.case == MIXED and bool(_OF_A_SIGN.match(words.text, words.ends[last]))


def _names(words: Words, at: int, announced: dict[int, bool]) -> bool:
    """Say whether this word gives a person away."""
    is_announced = at in announced
    kind, case, length = words.kinds[at], words.case, len(words.low[at])
    capital, shouted = words.is_capital(at), words.is_shouted(at)
    if (
        _NO_NAME_BEFORE.get(words.low[at])
        and words.low[at + 1 : at + 2]
        and words.low[at + 1] in _NO_NAME_BEFORE[words.low[at]]
    ):
        return False
    is_segment = case == MIXED and _SEGMENT.fullmatch(words.text, words.starts[at], words.ends[at])  # "segment IVa"
    if is_segment or length < 2 or (length == 2 and not (is_announced or _has_partner(words, at))):
        return False
    is_known = words.low[at] in EPONYMS or "-" in words.low[at]
    if is_eponym(words, at) and (is_known or not is_announced) and not (announced.get(at) or _follows_given(words, at)):
        return False
    if case != MIXED and not is_announced and at and words.low[at - 1] in {"a", "an"} and not _has_partner(words, at):
        return False  # "a farmer"
    if not is_announced and not kind & NAME:
        return True  # two unknown words with capitals, or one beside a name
    if is_announced:
        return _fits_announced(words, at, kind, announced[at])
    if not kind & ORDINARY:
        return _is_name_alone(words, at, kind, capital, shouted)
    return (capital or case != MIXED) and _is_likely_name(words, at, kind, shouted)


def _is_likely_name(words: Words, at: int, kind: int, shouted: bool) -> bool:
    """Of a name that is an ordinary word too: it needs somebody beside it."""
    if not kind & LIKELY:
        return bool(kind & COMMON) and words.low[at] not in SENTENCE_WORDS and _follows_initial(words, at)
    if words.case == MIXED and shouted and not _shouted_pair(words, at):
        return False
    if _has_partner(words, at) or _follows_initial(words, at):
        return True
    return words.case == MIXED and not shouted and (_does_something(words, at) or _stands_alone(words, at))


def _stands_alone(words: Words, at: int) -> bool:
    """Say whether a likely name has the only capital around: "left with Brown at noon", but not "White Matter"."""
    if not words.kinds[at] & COMMON or words.opens(at):
        return False
    if at + 1 < len(words.low) and words.low[at + 1] in _OF_A_COLOUR:
        return False
    around = [one for one in (at - 1, at + 1) if 0 <= one < len(words.low)]
    return not any(words.is_capital(one) and len(words.low[one]) > 1 for one in around)


def _fits_announced(words: Words, at: int, kind: int, has_title: bool) -> bool:
    """Of a word before which somebody is announced."""
    word = words.low[at]
    if words.case == MIXED:
        if words.is_shouted(at):
            if word in ABBREVIATIONS and not has_title:
                return False  # "per ED note"
            return bool(kind & COMMON if len(word) < 5 else True) and (not kind & ORDINARY or bool(kind & LIKELY))
        if words.is_capital(at):
            return bool(kind & NAME) or not kind & ~OPENS or (has_title and bool(kind & RARE))
        if has_title and not kind & ~OPENS and len(word) > 3 and "-" not in word:
            return True  # "dr j. unheard"
        return bool(kind & NAME and not kind & ORDINARY and len(word) > 2) or (has_title and bool(kind & LIKELY))
    if has_title:
        is_a_modality = words.low[at - 1] in _MODALITIES and words.between(at - 1) == " " and word in SELDOM_NAMES
        is_a_word = word in NO_NAMES or word in SENTENCE_WORDS or len(word) < 2
        return (bool(kind & NAME) or not kind) and not is_a_word and not is_a_modality
    if kind & ORDINARY:
        return bool(kind & NAME and word not in SELDOM_NAMES and kind & (LIKELY | COMMON))
    return bool(kind & NAME) or (not kind and len(word) > 3)


def _is_name_alone(words: Words, at: int, kind: int, capital: bool, shouted: bool) -> bool:
    """Of a name that is no ordinary word."""
    length = len(words.low[at])
    if _SCORE_AFTER.match(words.text, words.ends[at]):
        return _has_partner(words, at)  # "Simpson 1."
    if words.case == MIXED and not shouted:
        if not capital:
            return bool(kind & COMMON) and _has_small_partner(words, at)
        return (
            bool(kind & COMMON) or not words.opens(at) or _has_partner(words, at) or _opens_with_a_first_name(words, at)
        )
    if words.case == MIXED and length < 5:
        return bool(kind & COMMON) and _has_partner(words, at)
    return (bool(kind & COMMON) and length > 3) or length > 4 or _has_partner(words, at)


def _opens_with_a_first_name(words: Words, at: int) -> bool:
    """Say whether a first name that is nothing else opens a sentence that goes on in small letters: "Parveen in bay 3 has …"."""
    goes_on = at + 1 < len(words.low) and words.between(at) == " " and not words.is_capital(at + 1)
    is_given = words.kinds[at] & GIVEN and len(words.low[at]) > 3
    return bool(goes_on and is_given and words.low[at + 1] not in HEADS)


def _has_small_partner(words: Words, at: int) -> bool:
    """Say whether both names of somebody stand in small letters: "john kowalski", as people type."""
    kind = words.kinds[at]
    for other, gap in _neighbours(words, at):
        beside = words.kinds[other]
        one_each = (kind & GIVEN and beside & FAMILY) or (kind & FAMILY and beside & GIVEN)
        if (
            gap in {"", ","}
            and one_each
            and not beside & ORDINARY
            and not words.is_capital(other)
            and len(words.low[other]) > 2
        ):
            return True
    return False


def _neighbours(words: Words, at: int) -> Iterator[tuple[int, str]]:
    """Yield the words beside this one, with what stands between, where a name could go on."""
    if at + 1 < len(words.low):
        gap = words.between(at)
        if len(gap) < 5 and gap.strip(" \t") in {"", ",", ".", "^"}:
            yield at + 1, gap.strip(" \t")
    if at:
        gap = words.between(at - 1)
        if len(gap) < 5 and gap.strip(" \t") in {"", ",", ".", "^"}:
            yield at - 1, gap.strip(" \t")


def _has_partner(words: Words, at: int) -> bool:
    """Say whether a name stands beside this one, so that both are a whole one: "Mark Young", "J. Brown", "Brown, Mary"."""
    for other, gap in _neighbours(words, at):
        if words.case == MIXED and not words.is_capital(other):
            continue
        if len(words.low[other]) == 1:
            if _is_initial_of(words, other, at, gap):
                return words.low[at] not in SELDOM_NAMES or words.case == MIXED
        elif gap != "." and words.low[other] not in TITLES and _make_a_name(words, at, other):
            return True
    return False


def _is_initial_of(words: Words, other: int, at: int, gap: str) -> bool:
    has_dot = gap == "." or (other > at and words.text[words.ends[other] : words.ends[other] + 1] == ".")
    counts = words.case == MIXED and other < at and words.kinds[at] & ORDINARY and words.opens(other)
    return has_dot and not counts and not is_no_initial(words, other)


def _make_a_name(words: Words, at: int, other: int) -> bool:
    """Say whether two words are a first name and a surname, and likely enough both names."""
    kind, beside = words.kinds[at], words.kinds[other]
    if not ((kind & GIVEN and beside & FAMILY) or (kind & FAMILY and beside & GIVEN)):
        return False
    is_sure = not (kind & ORDINARY and beside & ORDINARY)
    likely = bool(beside & LIKELY) + bool(kind & LIKELY)
    stands_out = likely == 1 and words.case == MIXED and _stand_out(words, min(at, other), kind & beside)
    return (is_sure or likely == 2 or stands_out) and not (is_eponym(words, other) or is_eponym(words, at))


def _follows_initial(words: Words, at: int) -> bool:
    """Say whether an initial stands before, one that does not count the lines of a list ("A. Right lung")."""
    if not at or len(words.low[at - 1]) != 1 or words.between(at - 1) not in {". ", "."}:
        return False
    counts = words.low[at - 1] in "abcdeivx" and words.opens(at - 1)
    return not counts and (words.is_capital(at - 1) or words.case == SMALL) and not is_no_initial(words, at - 1)


def _stand_out(words: Words, first: int, both: int) -> bool:
    """Say whether two words with capitals stand inside a sentence of small letters, and many are called either."""
    if not both & COMMON or words.opens(first):
        return False
    beyond = first + 2
    return not (
        beyond < len(words.low) and words.is_capital(beyond) and not words.between(first + 1).strip(" ")
    ) and not (words.is_shouted(first) and not words.is_shouted(first + 1))


def _follows_given(words: Words, at: int) -> bool:
    """Say whether a first name or an initial stands right before: "Anna Riedel" is somebody."""
    if not at or words.between(at - 1).strip(" \t") not in {"", "."}:
        return False
    before = words.kinds[at - 1]
    if len(words.low[at - 1]) == 1:
        return (
            words.between(at - 1).strip(" \t") == "."
            and not is_no_initial(words, at - 1)
            and (words.is_capital(at - 1) or words.case == SMALL)
        )
    if not (before & GIVEN and before & COMMON) or words.low[at - 1] in EPONYMS:
        return False
    is_shown = words.case == MIXED and not words.opens(at - 1) and not words.is_shouted(at - 1)
    return not before & ORDINARY or bool(before & LIKELY and is_shown and words.between(at - 1) == " ")


def _shouted_pair(words: Words, at: int) -> bool:
    """Say whether a word in capitals has a partner in capitals with a comma between: "BROWN, MARY" in a line of a form."""
    return any(words.is_shouted(other) and not words.kinds[other] & ORDINARY for other, gap in _neighbours(words, at))


def _does_something(words: Words, at: int) -> bool:
    """Say whether a likely surname stands before what people do: "Brown agrees"."""
    after = at + 1
    return (
        after < len(words.low)
        and words.kinds[at] & FAMILY > 0
        and not words.opens(at)
        and words.between(at).strip(" ") == ""
        and words.low[after] in DOING
    )
