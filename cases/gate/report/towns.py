"""Towns named in running text, by the list of their names and by what stands before."""

from cases.gate.report.report_words import MIXED, NAME, OPENS, ORDINARY, RARE, TOWN, Words, is_eponym
from cases.gate.words import ABBREVIATIONS, EPONYMS, HEADS, NO_NAMES, SENTENCE_WORDS, kind_of, listed

BEFORE_A_TOWN = frozenset({"in", "from", "near", "to", "outside", "of"})
_BEFORE_A_TOWN_HERE = BEFORE_A_TOWN - {"to", "of"} | {
    "va",
    "vamc",
    "raf",
    "hmp",
    "cfb",
}  # whose houses are called by their town
_NO_TOWNS = listed("no_towns")
_LIVING = listed("living")  # what people do in a town: "lives in …"
WRITTEN_WITH_CAPITALS = (
    listed("title_case")
    | listed("technique")
    | listed("classed")
    | EPONYMS
    | HEADS
    | NO_NAMES
    | SENTENCE_WORDS
    | ABBREVIATIONS
)
_DWELLING = frozenset({"lives", "lived", "living", "resides", "resided"})  # "lives by the mill in …"
_OF_A_TOWN = frozenset({"resident", "residents", "native", "citizen", "town", "city", "village", "outside"})


def town_at(words: Words, at: int) -> int:
    """The last word of the town that begins here; -1 where none does."""
    if words.kinds[at] & OPENS or words.low[at] == "st":
        for last in range(_reach(words, at), at, -1):
            name = "_".join(words.low[at : last + 1])
            name = f"saint{name[2:]}" if name.startswith("st_") else name
            if kind_of(name) & TOWN and _is_town(words, at, last):
                return last
    if words.low[at] in _NO_TOWNS:
        return -1
    if words.kinds[at] & TOWN and _is_told_as_a_town(words, at):
        return at
    if "-" in words.low[at] and words.is_capital(at) and kind_of(words.low[at].replace("-", "_")) & TOWN:
        return at  # "Trois-Rivières"
    if words.kinds[at] & TOWN and words.kinds[at] & ORDINARY and _is_shown_as_a_town(words, at):
        return at
    if not words.kinds[at] & TOWN or words.kinds[at] & ORDINARY or is_eponym(words, at):
        return -1
    if words.case == MIXED and (not words.is_capital(at) or words.is_shouted(at) or words.kinds[at] & NAME):
        return -1
    return at if len(words.low[at]) > 3 and (words.case == MIXED or not words.kinds[at] & NAME) else -1


def _reach(words: Words, at: int) -> int:
    """The last of up to four words of which nothing but a blank, a dot or a hyphen parts any two."""
    last = at
    while last < min(at + 3, len(words.low) - 1):
        gap = words.between(last)
        if len(gap) > 2 or gap.strip(" .-"):
            break
        last += 1
    return last


def _is_told_as_a_town(words: Words, at: int) -> bool:
    """Say whether a word that may mean something else is a town here: "from Mobile"."""
    if words.case != MIXED:
        return is_lived_in(words, at) or words.low[max(0, at - 1) : at] in (["from"], ["near"])
    shown = words.is_capital(at) and not words.is_shouted(at) and not is_eponym(words, at)
    alone = at + 1 >= len(words.low) or not words.is_capital(at + 1) or bool(words.between(at).strip(" "))
    return shown and alone and at > 0 and words.low[at - 1] in _BEFORE_A_TOWN_HERE and words.between(at - 1) == " "


def _is_shown_as_a_town(words: Words, at: int) -> bool:
    """Say whether a word that only a list of medicine has as ordinary is a town: the one capital in its sentence's middle."""
    if words.case != MIXED or words.kinds[at] & NAME or words.is_shouted(at) or not words.is_capital(at):
        return False
    if len(words.low[at]) < 5 or words.opens(at) or is_eponym(words, at) or words.low[at] in WRITTEN_WITH_CAPITALS:
        return False
    if words.text[words.ends[at] : words.ends[at] + 2].strip(" -")[:1].isdigit():
        return False  # a coil or a drug, of which so much
    around = [one for one in (at - 1, at + 1) if 0 <= one < len(words.low)]
    parted = [bool(words.between(min(one, at)).strip(" ")) for one in around]
    return all(is_parted or not words.is_capital(one) for one, is_parted in zip(around, parted, strict=True)) and (
        bool(words.kinds[at] & RARE) or any(parted)
    )


def is_lived_in(words: Words, at: int) -> bool:
    """Say whether "lives in" or the like stands before."""
    before = words.low[max(0, at - 6) : at]
    if before[-1:] == ["of"]:
        return any(word in _OF_A_TOWN for word in before[-2:-1])
    lives = any(word in _LIVING for word in before[-4:-1]) or not _DWELLING.isdisjoint(before[:-1])
    return before[-1:] != [] and before[-1] in BEFORE_A_TOWN and lives


def _is_town(words: Words, first: int, last: int) -> bool:
    every = range(first, last + 1)
    if last + 1 < len(words.low) and words.low[last + 1] in HEADS and not words.between(last).strip():
        return False
    told = first > 0 and words.low[first - 1] in BEFORE_A_TOWN
    if not told and any(words.low[one] in EPONYMS for one in every):
        return False  # "Ann Arbor III"
    if words.case == MIXED:
        return all(words.is_capital(one) for one in every)
    if any(not words.kinds[one] & ORDINARY for one in every):
        return True
    return told
