"""The words of a report one by one: where each stands, how it is written, what it is by itself."""

import re
from dataclasses import dataclass, field

from cases.gate.words import EPONYMS, HEADS, Word, kind_of, listed

_ASCII_TOKEN = re.compile(r"[A-Za-z]+(?:['-](?!s\b)[A-Za-z]+)*", re.I)
_TOKEN = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+(?:['’‘`´\-‐‑·](?!s\b)(?:[^\W\d_][\u0300-\u036f]*)+)*")
GIVEN, LIKELY, COMMON, ORDINARY = (int(kind) for kind in (Word.GIVEN, Word.LIKELY, Word.COMMON, Word.ORDINARY))
FAMILY, NAME, TOWN, OPENS = int(Word.FAMILY), int(Word.GIVEN | Word.FAMILY), int(Word.TOWN), int(Word.OPENS_TOWN)
MIXED, CAPITALS, SMALL = range(3)
TITLES_BEFORE = listed("titles")
TITLES = TITLES_BEFORE | frozenset({"sir", "nurse", "md", "rn", "do", "np", "pa", "phd"})
KIN = listed("kin")
STAFF = listed("staff")
DOING = listed("doing")  # what people do: stands after a name
NO_PART = HEADS | TITLES | KIN | STAFF | listed("degrees")
BLANKS = ' \t\n"“”'  # a nickname stands in quotes
_DEGREES = frozenset(["a", "b", "c", "d", "i", "ii", "iii", "iv", "v", "type", "grade"])
_SENTENCE_END = re.compile(r"(?:[.!?:;]|^|\n|[-•*])[\"'(\[]*\s*$")


@dataclass(slots=True)
class Words:
    """The words of a text: where each begins and ends, in small letters, and what it is."""

    text: str
    case: int
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)

    def is_capital(self, at: int) -> bool:
        first = self.text[self.starts[at]]
        return not first.islower() or ("-" in self.low[at] and not self.text[self.starts[at] : self.ends[at]].islower())

    def is_shouted(self, at: int) -> bool:
        return self.ends[at] - self.starts[at] > 1 and self.text[self.starts[at] : self.ends[at]].isupper()

    def between(self, at: int) -> str:
        """What stands between this word and the next, without its possessive."""
        gap = self.text[self.ends[at] : self.starts[at + 1]]
        return gap.removeprefix("'s").removeprefix("’s")

    def opens(self, at: int) -> bool:
        """Say whether the word opens a sentence, a line or a title, where a capital tells nothing."""
        if at and len(self.low[at - 1]) == 1 and self.between(at - 1).strip(" ") == ".":
            return False
        return self.starts[at] == 0 or bool(
            _SENTENCE_END.search(self.text, max(0, self.starts[at] - 4), self.starts[at])
        )


def read(text: str) -> Words:
    """Return the words of a text; what stands in the brackets of a mask is none."""
    upper = sum(map(str.isupper, text[:2000])) if not (text.isupper() or text.islower()) else 0
    lower = sum(map(str.islower, text[:2000])) if upper else 0
    case = MIXED
    if text.isupper() or upper > 4 * lower > 0:
        case = CAPITALS
    elif text.islower() or (lower and upper * 100 < lower):
        case = SMALL
    words = Words(text, case)
    for match in (_ASCII_TOKEN if text.isascii() else _TOKEN).finditer(text):
        low = match[0].lower()
        if text[match.start() - 1 : match.start()] == "[" and text[match.end() : match.end() + 1] == "]":
            low = "[]"  # a mask is no word
        words.starts.append(match.start())
        words.ends.append(match.end())
        words.low.append(low)
        words.kinds.append(kind_of(low))
    return words


def is_eponym(words: Words, at: int) -> bool:
    """Say whether a name stands for a thing: it is known to, or the word after it says so."""
    word = words.low[at]
    if word in EPONYMS or ("-" in word and any(part in EPONYMS for part in word.split("-"))):
        return True
    if at > 1 and words.low[at - 1] == "of" and words.low[at - 2] in HEADS:
        return True  # "circle of Willis"
    after = at + 1
    if after < len(words.low) and len(words.low[after]) <= 3 and words.low[after] in _DEGREES:
        after += 1  # "Weber B fracture"
    return after < len(words.low) and words.low[after] in HEADS and not words.between(after - 1).strip(" -")


def is_digit_beside(words: Words, at: int) -> bool:
    """Say whether a letter is part of a level or a size ("T4", "3A")."""
    text = words.text
    return (
        text[words.ends[at] : words.ends[at] + 1].isdigit()
        or text[max(0, words.starts[at] - 1) : words.starts[at]].isdigit()
    )


def is_sure_given(kind: int) -> bool:
    """Say whether a word is a first name that many bear, and nothing else."""
    return bool(kind & GIVEN and kind & COMMON and not kind & ORDINARY)
