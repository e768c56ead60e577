"""Names to sign in by that are made of a person's: of one the report names, or of an initial and a surname no word begins as."""

import re
from collections.abc import Iterator, Sequence

from cases.gate.report.forms import Place, Private
from cases.gate.report.looks import shape, signs, told
from cases.gate.report.report_words import Words
from cases.gate.words import ABBREVIATIONS, EPONYMS, kind_of, listed

_TECHNIQUE = listed("technique")
_TOKEN = re.compile(r"(?<![\w@.'’-])(?:[a-z][a-z._-]{3,22}|[A-Z][A-Z._-]{3,22})\d{0,4}(?![\w@'’]|-\w|\.\w)")
_ENDS = re.compile(r"(?:\d{1,4})?(?![\w@'’]|\.\w)")
_SHORTEST, _CUT = 4, 5  # letters of a surname that is whole, and of one that is cut to a length
# "Closed by tfairbank-rn", "opened: kosei-md": what somebody is behind it.
_WITH_A_ROLE = shape(
    r"(?<![\w@.'’-])([a-z]{4,16})[-_.](?:rn|md|np|pa|rt|do|res|adm|rad|tech|lpn|pac|attending|resident)\d{0,2}(?![\w@'’-])",
    told("rn md np pa rt do res adm rad tech lpn pac attending resident", outlines=("a-aa", "a_aa", "a.aa")),
)
# A key of a record or an attribute: '"signedUser":"TFAIRBA3"', 'operator="kosei"'.
_KEYED = shape(
    r"[\"'<\s{,](?i:[a-z_.-]{0,24}(?:user(?:[_-]?(?:id|name))?|log[io]n|signed[_-]?by|typed[_-]?by|author[_-]?id|oper(?:ator)?[_-]?id))[\"']?[ ]?[:=][ ]?[\"']([A-Za-z][\w.\\/-]{2,30})[\"']",
    signs('":"', '="', '": "', "='", "':'", "': '"),
)
# Behind these no word can begin so: "secure chat to lfairbank at 22:41", "dictated via JKOSEI1".
_BEFORE = frozenset(
    [
        "by",
        "via",
        "to",
        "from",
        "for",
        "with",
        "user",
        "per",
        "resident",
        "fellow",
        "attending",
        "tech",
        "nurse",
        "typist",
        "reader",
        "editor",
        "owner",
        "assigned",
    ]
)
_VOWELS = frozenset("aeiouy")
# Two consonants that words and names begin with.
_ONSETS = frozenset(
    ["bl", "br", "bh", "ch", "cl", "cr", "cz", "dh", "dj", "dr", "dw", "dz", "fj", "fl", "fr", "gh", "gl", "gn", "gr", "gw", "hj", "hl", "hr", "kh", "kj", "kl", "kn", "kr", "kw", "ll", "lh", "mb", "mc", "mn", "mp", "nd", "ng", "nj", "nk", "nt", "nz", "ph", "pl", "pn", "pr", "ps", "pt", "qu", "rh", "sc", "sh", "sk", "sl", "sm", "sn", "sp", "sq", "sr", "st", "sv", "sw", "sz", "tc", "th", "tj", "tl", "tr", "ts", "tw", "tz", "vl", "vr", "wh", "wl", "wr", "zh", "zl", "zw", "ll"]
)  # fmt: skip


def accounts(words: Words, found: Sequence[Place]) -> Iterator[Place]:
    """Yield names to sign in by: of a key or with a role behind, of somebody the report names, of an initial and a surname."""
    for form in (_WITH_A_ROLE, _KEYED):
        for match in form.found_in(words.seen):
            if form is _KEYED or not kind_of(match[1]):
                yield *match.span(1 if form is _KEYED else 0), Private.NUMBER
    unknown = [at for at, kind in enumerate(words.kinds) if not kind and len(words.low[at]) > 3]
    named = _named(words.text, found) if unknown else frozenset()
    for at in unknown:
        start, letters = words.starts[at], words.low[at]
        behind = _ENDS.match(words.text, words.ends[at])
        token = _TOKEN.match(words.text, start) if named else None
        if token and any(_is_made_of(re.sub(r"[\d._-]", "", token[0]).lower(), name) for name in named):
            yield *token.span(), Private.NUMBER
        elif (
            at and behind and len(letters) > 4 and words.low[at - 1] in _BEFORE and words.between(at - 1) in {" ", ": "}
        ):
            written = words.text[start : behind.end()]
            if _is_joined(letters) if written.islower() and len(letters) > 5 else _is_numbered(written):
                yield start, behind.end(), Private.NUMBER


def _is_numbered(written: str) -> bool:
    """Say whether capitals that are no abbreviation end with figures: "JKOSEI1"."""
    return written.isupper() and written[-1].isdigit() and _is_unheard_of(written.rstrip("0123456789").lower())


def _named(text: str, found: Sequence[Place]) -> frozenset[str]:
    """The words of the names found that are long enough to be known again."""
    return frozenset(
        word.lower()
        for start, end, kind in found
        if kind is Private.NAME
        for word in re.findall(r"[^\W\d_]{4,}", text[start:end])
        if not _VOWELS.isdisjoint(word.lower())
    )


def _is_made_of(letters: str, name: str) -> bool:
    """Say whether letters are a name and one or two initials, before it or behind it, the name cut to a length maybe."""
    rest = len(letters) - len(name)
    if len(name) >= _SHORTEST and rest in {1, 2} and (letters.endswith(name) or letters.startswith(name)):
        return True
    return rest <= 0 and len(letters) > _CUT and name.startswith(letters[1:])


def _is_joined(letters: str) -> bool:
    """Say whether an unknown word begins with two consonants that none begins with, and what is left can be spoken."""
    is_strange = letters[0] not in _VOWELS and letters[1] not in _VOWELS and letters[0] != letters[1]
    return (
        is_strange
        and letters[:2] not in _ONSETS
        and (letters[2] in _VOWELS or letters[1:3] in _ONSETS)
        and _is_unheard_of(letters)
    )


def _is_unheard_of(letters: str) -> bool:
    return not kind_of(letters) and not any(letters in known for known in (ABBREVIATIONS, EPONYMS, _TECHNIQUE))
