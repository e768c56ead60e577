"""The words of a report one by one: where each stands, how it is written, what it is by itself."""

import re
from dataclasses import dataclass, field

from cases.gate.report.german import is_german, kind_in_german
from cases.gate.report.looks import Seen, look_at
from cases.gate.words import EPONYMS, HEADS, Word, kind_of, listed

# The "'s" of a possessive is read over: it is no word.
_ASCII_TOKEN = re.compile(r"([A-Za-z]+(?:['-](?!s\b)[A-Za-z]+)*)(?:'s\b)?", re.I)
_TOKEN = re.compile(
    r"((?:[^\W\d_][\u0300-\u036f]*)+(?:['’‘`´\-‐‑·](?!s\b)(?:[^\W\d_][\u0300-\u036f]*)+)*)(?:['’]s\b)?", re.I
)
GIVEN, LIKELY, COMMON, ORDINARY = (int(kind) for kind in (Word.GIVEN, Word.LIKELY, Word.COMMON, Word.ORDINARY))
RARE = int(Word.RARE)
FAMILY, NAME, TOWN, OPENS = int(Word.FAMILY), int(Word.GIVEN | Word.FAMILY), int(Word.TOWN), int(Word.OPENS_TOWN)
MIXED, CAPITALS, SMALL = range(3)
TITLES_BEFORE = listed("titles")
TITLES = TITLES_BEFORE | frozenset({"sir", "nurse", "md", "rn", "do", "np", "pa", "phd"})
KIN = listed("kin")
STAFF = listed("staff")
DOING = listed("doing")  # what people do: stands after a name
NO_PART = HEADS | TITLES | KIN | STAFF | listed("degrees") | frozenset({"baby", "boy", "girl", "infant"})
BLANKS = ' \t\n"“”'  # a nickname stands in quotes
GRADES = frozenset(["a", "b", "c", "d", "i", "ii", "iii", "iv", "v", "type", "grade"])
_GRADED = listed("graded")
_BIRTHDAY = re.compile(r"d\.o\.b\b", re.IGNORECASE)
_LATIN = frozenset(
    {"linea", "fascia", "os", "dura", "pia", "ala", "vasa", "cauda", "substantia", "tela"}
)  # "linea alba"
_POSSESSIVES = frozenset({"'s", "’s", "'S", "’S"})
_BEFORE_A_UNIT = frozenset("/0123456789")
_CLASSED = listed("classed")
_CLASS_AFTER = re.compile(
    r"(?:['’]s)?[ \t:]{1,2}(?:\d{1,2}(?:\.\d)?(?![\d:.]\d|\d|[ \t]?(?:y|m\b|f\b|[ap]m))"
    r"|[ivx]{1,4}[a-c]?(?![\w.])|[nptm][0-3][a-c]?\b|[a-d](?![\w.])|[a-d]\.(?=\s*(?:\n|\Z))|[+-](?!\d)|pos\b|neg\b)",
    re.I,
)
_AGE_BEFORE = re.compile(r"\d[ -]?(?:y\.?/?o\.?|y\.o|yrs?|years?(?:[ -]old)?|y|m|months?)?[ \t,-]*\Z", re.I)
_AND_A_FIRM = re.compile(r"[ ]&\s+(?:nephew|johnson|lilly|young|jerrold)\b", re.I)
_LONG_NUMBER_BEFORE = re.compile(r"\d{5}[ \t]\Z")
_ENOUGH = 2000  # characters that tell how a text is written
_SENTENCE_END = re.compile(r"(?:[.!?:;]|^|\n|[-•*])[\"'(\[]*\s*$")


@dataclass(slots=True)
class Words:
    """The words of a text: where each begins and ends, in small letters, and what it is."""

    text: str
    case: int
    seen: Seen
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    is_german: bool = False  # every noun has a capital

    def is_capital(self, at: int) -> bool:
        first = self.text[self.starts[at]]
        return not first.islower() or ("-" in self.low[at] and not self.text[self.starts[at] : self.ends[at]].islower())

    def is_shouted(self, at: int) -> bool:
        return self.ends[at] - self.starts[at] > 1 and self.text[self.starts[at] : self.ends[at]].isupper()

    def between(self, at: int) -> str:
        """What stands between this word and the next, without its possessive."""
        gap = self.text[self.ends[at] : self.starts[at + 1]]
        return gap[2:] if gap[:2] in _POSSESSIVES else gap

    def opens(self, at: int) -> bool:
        """Say whether the word opens a sentence, a line or a title, where a capital tells nothing."""
        if at and len(self.low[at - 1]) == 1 and self.between(at - 1).strip(" ") == ".":
            return False
        return self.starts[at] == 0 or bool(
            _SENTENCE_END.search(self.text, max(0, self.starts[at] - 4), self.starts[at])
        )


def read(text: str | Seen) -> Words:
    """Return the words of a text; what stands in the brackets of a mask is none."""
    seen = text if isinstance(text, Seen) else look_at(text)
    matches = (_ASCII_TOKEN if seen.text.isascii() else _TOKEN).finditer(seen.text)
    spans = [match.span(1) for match in matches]
    low = [seen.text[start:end].lower() for start, end in spans]
    if "[" in seen.text:
        low = [
            "[]" if seen.text[start - 1 : start] == "[" and seen.text[end : end + 1] == "]" else word
            for word, (start, end) in zip(low, spans, strict=True)
        ]
    starts, ends = [start for start, _ in spans], [end for _, end in spans]
    kinds = list(map(kind_of, low))
    if german := is_german(low):
        kinds = list(map(kind_in_german, low, kinds))
    return Words(seen.text, _case_of(seen), seen, starts, ends, low, kinds, german)


def _case_of(seen: Seen) -> int:
    """Say whether the text is written in capitals, in small letters, or in both, so that a capital tells something."""
    text = seen.text
    if text.isupper():
        return CAPITALS
    if text.islower():
        return SMALL
    if seen.outline is not None and len(text) <= _ENOUGH:
        upper, lower = seen.outline.count("A"), seen.outline.count("a")
    else:
        upper, lower = sum(map(str.isupper, text[:_ENOUGH])), sum(map(str.islower, text[:_ENOUGH]))
    if upper > 4 * lower > 0:
        return CAPITALS
    return SMALL if upper and lower and upper * 100 < lower else MIXED


def is_eponym(words: Words, at: int) -> bool:
    """Say whether a name stands for a thing: it is known to, or the word after it says so."""
    word = words.low[at]
    if word in _CLASSED and _CLASS_AFTER.match(words.text, words.ends[at]):
        return True
    if word in EPONYMS or ("-" in word and any(part in EPONYMS for part in word.split("-"))):
        return True
    if at and (words.low[at - 1] in _LATIN or _goes_on_with_an_eponym(words, at)):
        return True
    if at > 1 and words.low[at - 1] == "of" and words.low[at - 2] in HEADS:
        return True  # "circle of Willis"
    if _opens_two_eponyms(words, at):
        return True
    after = at + 1
    if after < len(words.low) and len(words.low[after]) <= 3 and words.low[after] in GRADES:
        after += 1  # "Weber B fracture"
    return after < len(words.low) and words.low[after] in HEADS and not words.between(after - 1).strip(" \t\n-")


def _opens_two_eponyms(words: Words, at: int) -> bool:
    """Say whether a name is the first of two that stand for a thing, or of a firm: "Hunt and Hess 2", "Smith & Nephew"."""
    if at + 2 < len(words.low) and words.low[at + 1] == "and" and words.low[at + 2] in EPONYMS | _CLASSED:
        return words.low[at] in _CLASSED and words.between(at) == words.between(at + 1) == " "
    is_family_alone = words.kinds[at] & FAMILY and not (at and words.kinds[at - 1] & GIVEN and words.is_capital(at - 1))
    return bool(is_family_alone and _AND_A_FIRM.match(words.text, words.ends[at]))


def _goes_on_with_an_eponym(words: Words, at: int) -> bool:
    """Say whether a name is the second of two that stand for a thing: "Greulich and Pyle", "Kellgren-Lawrence"."""
    before = at - 2 if at > 1 and words.low[at - 1] == "and" else at - 1
    first = words.low[before]
    return (
        first in EPONYMS
        and not words.kinds[before] & TOWN
        and all(words.between(one) in {" ", "-"} for one in range(before, at))
    )


def is_modality(words: Words, at: int) -> bool:
    """Say whether "MR" is no title: in capitals among small letters, and the next word is not ("prior MR. Benign …")."""
    return (
        words.case == MIXED
        and words.low[at] in {"mr", "ms"}
        and words.is_shouted(at)
        and not (at + 1 < len(words.low) and words.is_shouted(at + 1))
    )


def is_no_initial(words: Words, at: int) -> bool:
    """Say whether a letter is of a level, a size, a grade, "D.O.B." ("T4", "14 G", "density C."), or after a stroke ("w/o")."""
    letter = "dob".find(words.low[at])
    if letter >= 0 and _BIRTHDAY.match(words.text, max(0, words.starts[at] - 2 * letter)):
        return True
    if words.low[at] in {"m", "f"} and _AGE_BEFORE.search(words.text, max(0, words.starts[at] - 16), words.starts[at]):
        return True  # a sex: "38yo M. Back pain"
    if _LONG_NUMBER_BEFORE.search(words.text, max(0, words.starts[at] - 8), words.starts[at]):
        return False  # "GMC 5043959 A. Xenakis"
    return (
        is_digit_beside(words, at)
        or (at > 0 and (words.low[at - 1] in _GRADED or words.low[at - 1] in EPONYMS) and words.between(at - 1) == " ")
        or (words.text[max(0, words.starts[at] - 2) : words.starts[at]].strip(" ")[-1:] in _BEFORE_A_UNIT)
    )


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
