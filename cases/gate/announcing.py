"""Where a report announces a person: "his wife …", "discussed with …", "…, MD"."""

from cases.gate.report_words import KIN, MIXED, STAFF, TITLES, TITLES_BEFORE, Words
from cases.gate.words import listed

_HANDED = {word: listed(f"handed_{word}") for word in ("with", "to", "by", "of", "for")}
_AT_ONCE = listed("announcing")
_HARDLY = frozenset({"patient", "pt", "name", "patients"})  # after these only what is a name in any case
_FILLERS = listed("fillers")
_AFTER_NAMES = listed("degrees")
_PASSED = _FILLERS | TITLES | STAFF
_SHORTENED = frozenset({"cc", "attn", "pt"})  # written with a dot


_ANNOUNCING = KIN | STAFF | _AT_ONCE | TITLES_BEFORE


def announced_in(words: Words) -> dict[int, bool]:
    """The words before which somebody is announced, and whether by a title, after which nearly any word is a name."""
    found: dict[int, bool] = {}
    for at, word in enumerate(words.low):
        if word in _AFTER_NAMES and word not in _ANNOUNCING:
            if _has_a_degree(words, at):
                found[at - 1] = False
        elif _announces(words, at, word):
            after = _after(words, at)
            if after:
                found[after] = words.low[after - 1] in TITLES_BEFORE
                if len(words.low[after]) == 1:
                    found[after + 1] = found[after]
    return found


def _announces(words: Words, at: int, word: str) -> bool:
    if word in _HANDED:
        handed = _HANDED[word]
        return at > 0 and (words.low[at - 1] in handed or (at > 1 and words.low[at - 2] in handed))
    return word in _ANNOUNCING or (word in _HARDLY and words.case == MIXED)


def _has_a_degree(words: Words, at: int) -> bool:
    """Say whether a word before these letters is somebody's name, so that they are a degree: "Young, MD"."""
    is_written_so = words.case != MIXED or words.is_shouted(at)
    return at > 0 and words.between(at - 1).strip(" \t") in {"", ","} and is_written_so


def _after(words: Words, at: int) -> int:
    """The word that is announced by this one, beyond "the on-call resident"; 0 where a sentence ends before."""
    for after in range(at + 1, min(at + 5, len(words.low))):
        gap, before = words.between(after - 1), words.low[after - 1]
        if gap.strip(' \t\n,.:=("-') or "\n\n" in gap or len(gap) > 24:
            return 0
        if words.low[after] not in _PASSED:
            return after if "." not in gap or before in TITLES or before in _SHORTENED else 0
    return 0
