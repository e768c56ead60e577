"""What a field or a sign-off holds, read word by word: where its words stand, and where it ends."""

import re
from dataclasses import dataclass

from cases.gate.report.report_words import Words
from cases.gate.words import listed

_LEAD = re.compile(
    r"""[ \t"'(\[]*(?:(?:dr|drs|mr|mrs|ms|miss|prof|herr|frau|initials?|user(?:[ \t]?(?:id|name))?|id|no|name"""
    r"""|the|rn|tech(?:nologist)?|electronically|radiologist|is)\b[.:=#]?[ \t]*)*["'(\[]?""",
    re.IGNORECASE,
)
_NEXT_LINE = re.compile(r"(?:[ \t]*\n[ \t]*(?![\w .'-]{1,30}:))?")  # a value may stand below its label
_TOKEN = re.compile(r"[^\W\d_](?:[\w’'`´·\\-]|\.(?=\w))*(?:[^\W_]|(?<=[^\W_])@)|[^\W\d_]")
_GAP = re.compile(
    r"(?P<ends>[ \t]*(?:[\n;|<>\")(\]=+]|\Z|[ \t]{2}|\t|\d|[.:!?](?!\w)|-[ \t]))|\.?,?[ \t]?(?:[/^&,][ \t]?)?"
)
_NEXT_LABEL = re.compile(r",?[ \t]?[\w'’-]{1,20}(?:[ \t]\d)?:")
DEGREES = listed("degrees") | frozenset(["m.d", "d.o", "r.n", "r.t", "p.a", "n.p", "rt", "ph.d"])


@dataclass(frozen=True, slots=True)
class Part:
    """A word of a value: where it stands, and whether a value ends after it."""

    start: int
    end: int
    word: str
    is_last: bool


def parts_of(words: Words, place: int, most: int) -> list[Part]:
    """The words of the value that begins here, at most so many."""
    for before in (_NEXT_LINE, _LEAD):
        skipped = before.match(words.text, place)
        place = skipped.end() if skipped else place
    found: list[Part] = []
    while len(found) < most and (token := _TOKEN.match(words.text, place)):
        if found and words.text[token.end() : token.end() + 1] == ":":
            break
        gap = _GAP.match(words.text, token.end())
        is_last = gap is None or gap["ends"] is not None or bool(_NEXT_LABEL.match(words.text, token.end()))
        found.append(Part(token.start(), token.end(), token[0], is_last))
        if gap is None or is_last or not gap[0]:
            break
        place = gap.end()
    return found


def before_the_degree(parts: list[Part]) -> list[Part]:
    """The words of a value without the degree, and what follows it."""
    for place, part in enumerate(parts):
        if part.word.strip(".").lower() in DEGREES and place:
            last = parts[place - 1]
            return [*parts[: place - 1], Part(last.start, last.end, last.word, True)]
    return parts
