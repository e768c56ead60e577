"""Where a report announces a person: "his wife …", "discussed with …", "…, MD"."""

from cases.gate.report.report_words import (
    COMMON,
    GIVEN,
    KIN,
    LIKELY,
    MIXED,
    ORDINARY,
    RARE,
    STAFF,
    TITLES,
    TITLES_BEFORE,
    Words,
    is_modality,
)
from cases.gate.words import listed

HANDED = {word: listed(f"handed_{word}") for word in ("with", "to", "by", "of", "for")}
_BY_NOBODY = frozenset({"caused", "limited", "followed", "obscured", "compressed", "displaced", "replaced", "degraded"})
_AT_ONCE = listed("announcing")
_HARDLY = frozenset({"patient", "pt", "name", "patients"})  # after these only what is a name in any case
_FILLERS = listed("fillers")
_AFTER_NAMES = listed("degrees")
_PASSED = _FILLERS | TITLES | STAFF | KIN | (listed("particles") - frozenset({"do", "e", "y", "st", "saint"}))
_WHERE_PEOPLE_WORK = frozenset({"ward", "floor", "desk", "unit", "office", "clinic"})
_OF_PEOPLE = listed("of_people")  # what only people do, right after their name
# After these verbs, which things go with too, only people do what follows.
_DOING_OF_PEOPLE = {
    "was": frozenset(
        [
            "unable",
            "told",
            "notified",
            "informed",
            "paged",
            "called",
            "seen",
            "brought",
            "born",
            "asked",
            "advised",
            "admitted",
            "referred",
        ]
    ),
    "is": frozenset(
        ["unable", "aware", "due", "agreeable", "keen", "happy", "anxious", "claustrophobic", "married", "pregnant"]
    ),
    "has": frozenset(
        ["had", "been", "complained", "noticed", "declined", "agreed", "consented", "lived", "worked", "asked", "felt"]
    ),
    "had": frozenset(["fallen", "complained", "noticed", "declined", "been"]),
    "would": frozenset({"like", "prefer"}),
    "to": frozenset(
        ["book", "call", "contact", "arrange", "chase", "inform", "notify", "phone", "ring", "email", "fax", "organise"]
    ),
    "from": frozenset(
        [
            *(
                "renal",
                "cardiology",
                "surgery",
                "icu",
                "ed",
                "er",
                "oncology",
                "ortho",
                "urology",
                "radiology",
                "theatre",
            ),
            *("recovery", "pacs", "neurology", "gynae", "haematology", "hematology", "pediatrics", "paediatrics"),
        ]
    ),
    "will": frozenset({"call", "phone", "contact", "review", "attend", "see"}),
}
_HELPING = frozenset({"assisting", "assisted", "present", "chaperoning", "interpreting", "translating", "attending"})
_HERS = frozenset({"her", "his", "their"})
_KIN_OF_SEVERAL = KIN | frozenset({"child", "children", "kids", "sons", "daughters", "parents", "carer", "carers"})
_OF_A_NAME = frozenset(
    {"maiden", "first", "last", "family", "given", "middle", "birth", "patient", "former", "married", "legal"}
)
_BEFORE_WHAT_ANNOUNCES = {"name": _OF_A_NAME, "call": frozenset({"on"})}  # "maiden name", "urology on call Raj"
_OWNED = listed("owned")  # what is somebody's, after the name: "Achieng's prior study"
_SHORTENED = frozenset({"cc", "attn", "pt"})  # written with a dot


_ANNOUNCING = KIN | STAFF | _AT_ONCE | TITLES_BEFORE
_MAY_ANNOUNCE = _ANNOUNCING | _HARDLY | frozenset({*HANDED, *_BEFORE_WHAT_ANNOUNCES, "w", "i"})


def announced_in(words: Words) -> dict[int, bool]:
    """The words before which somebody is announced, and whether by a title, after which nearly any word is a name."""
    found: dict[int, bool] = {}
    for at, word in enumerate(words.low):
        if word in _AFTER_NAMES and word not in _ANNOUNCING:
            if _has_a_degree(words, at):
                found[at - 1] = False
        elif word in _MAY_ANNOUNCE and _announces(words, at, word):
            found.update(_announced_by(words, at, word))
        elif word in _OWNED and at and words.is_capital(at - 1) and _is_whose(words, at - 1):
            found[at - 1] = False
        elif word in _HERS and (named := _before_kin(words, at)):
            found.update(named)
        elif word in _OF_PEOPLE and at and words.case == MIXED and _is_somebody(words, at, word):
            found[at - 1] = False
    return found


def _announced_by(words: Words, at: int, word: str) -> dict[int, bool]:
    """The names that one word announces, and whether as a title does."""
    found: dict[int, bool] = {}
    if word in KIN and at and words.is_capital(at - 1) and _is_whose(words, at - 1):
        found[at - 1] = False  # "Zoran (father)", "Parisa's wife"
    if after := _after(words, at):
        found[after] = words.low[after - 1] in TITLES_BEFORE
        if len(words.low[after]) == 1:
            found[after + 1] = found[after]
        if words.low[after + 1 : after + 2] == ["and"]:
            found[after + 2] = words.low[after - 1] == "drs"
    return found


def _is_whose(words: Words, at: int) -> bool:
    """Say whether it is told of the next word, somebody's kin, whose it is."""
    if words.between(at) == " (":
        return True
    is_possessive = words.text[words.ends[at] : words.ends[at] + 2] in {"'s", "’s"}
    return is_possessive and words.case == MIXED and not words.kinds[at] & ORDINARY


def _before_kin(words: Words, at: int) -> dict[int, bool]:
    """The names before whose they are: "Miles and Dale, her children"."""
    if at < 1 or words.low[at + 1 : at + 2] == [] or words.low[at + 1] not in _KIN_OF_SEVERAL:
        return {}
    if words.between(at - 1) != ", " or words.case != MIXED or not words.is_capital(at - 1):
        return {}
    return {at - 1: False, at - 3: False} if at > 3 and words.low[at - 2] == "and" else {at - 1: False}


def _is_somebody(words: Words, at: int, word: str) -> bool:
    """Say whether the word before what only people do may be a name: "Cengiz was unable", "Luzviminda denies"."""
    if (following := _DOING_OF_PEOPLE.get(word)) and not following.intersection(words.low[at + 1 : at + 2]):
        return False
    if word == "has" and words.low[at + 1] == "been" and not words.low[min(at + 2, len(words.low) - 1)].endswith("ing"):
        return False
    if words.is_shouted(at - 1) or not words.is_capital(at - 1) or words.between(at - 1) != " ":
        return False
    kind = words.kinds[at - 1]
    return not kind & ORDINARY or bool(kind & RARE or (kind & GIVEN and kind & LIKELY and kind & COMMON))


def is_participle(word: str) -> bool:
    """Say whether a word can stand before "by" and who did it."""
    return (
        word in HANDED["by"]
        or (len(word) > 4 and word.endswith("ed") and word not in _BY_NOBODY)
        or word.endswith("'d")
    )


def _announces(words: Words, at: int, word: str) -> bool:
    if is_modality(words, at):
        return False
    if word == "by":
        is_told_when = words.text[words.starts[at] - 2 : words.starts[at]].rstrip()[-1:].isdigit()  # "on 3/4/2021 by"
        return is_told_when or any(is_participle(one) for one in words.low[max(0, at - 2) : at])
    if word == "with" and at + 2 < len(words.low) and words.low[at + 2] in _HELPING:
        return True
    if word == "w" and _is_with(words, at):
        return True
    if at and words.low[at - 1] in _BEFORE_WHAT_ANNOUNCES.get(word, frozenset()):
        return word == "name" or words.case == MIXED
    if word == "i" and words.text[words.ends[at] : words.ends[at] + 1] == ",":
        return True
    if word in HANDED:
        handed = HANDED[word]
        return at > 0 and (words.low[at - 1] in handed or (at > 1 and words.low[at - 2] in handed))
    return word in _ANNOUNCING or (word in _HARDLY and words.case == MIXED)


def _is_with(words: Words, at: int) -> bool:
    """Say whether the letter is short for "with" after what is handed on: "spoke w/ X", "d/w X"."""
    if words.text[words.ends[at] : words.ends[at] + 1] == "/":
        return at > 0 and words.low[at - 1] in HANDED["with"]
    return at > 0 and words.low[at - 1] in {"d", "s"} and words.between(at - 1) == "/"


def _has_a_degree(words: Words, at: int) -> bool:
    """Say whether a word before these letters is somebody's name, so that they are a degree: "Young, MD"."""
    is_written_so = words.case != MIXED or words.is_shouted(at)
    if words.text[words.ends[at] : words.ends[at] + 1] == ":":
        return False  # a label: "Reading MD: …"
    return at > 0 and words.between(at - 1).strip(" \t") in {"", ","} and is_written_so


def _after(words: Words, at: int) -> int:
    """The word that is announced by this one, beyond "the on-call resident"; 0 where a sentence ends before."""
    for after in range(at + 1, min(at + 5, len(words.low))):
        gap, before = words.between(after - 1), words.low[after - 1]
        if gap.strip(' \t\n,.:=("-' + "/" * (before == "w")) or "\n\n" in gap or len(gap) > 24:
            return 0
        if words.low[after] not in _PASSED:
            if words.low[after] in _WHERE_PEOPLE_WORK and not words.is_capital(after):
                return 0
            return after if "." not in gap or before in TITLES or before in _SHORTENED else 0
    return 0
