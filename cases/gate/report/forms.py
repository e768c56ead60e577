"""What a form of patient data is: its kind, the pattern that finds it, and a cheap look whether it can be there at all."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from cases.gate.report.looks import Look, Seen, any_fits, bits_of


class Private(StrEnum):
    """What kind of patient data a stretch of text is."""

    DATE = "DATE"
    NUMBER = "ID"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    LINK = "URL"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    PLACE = "PLACE"
    AGE = "AGE"


Place = tuple[int, int, Private]  # where something begins and ends in a text, and what it is


@dataclass(frozen=True, slots=True)
class Form:
    """One form of patient data. A group of the pattern without a name, where there is one, is the data itself.

    `words` and `sign` are a cheap look ahead: a match has one of the words, in small letters, or a
    match of `sign` in it, at most `before` characters after its beginning. A form with neither is looked for everywhere.
    `looks`: of these, where there are any, one fits every text that has a match.
    """

    kind: Private
    pattern: re.Pattern[str]
    words: tuple[str, ...] = ()
    sign: re.Pattern[str] | None = None
    before: int = 40
    looks: tuple[Look, ...] = ()
    needed: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Keep the bits that the looks need."""
        object.__setattr__(self, "needed", bits_of(self.looks))

    @property
    def needs_a_digit(self) -> bool:
        """Say whether it is found by its sign alone, and every way to write the sign has a figure in it."""
        return self.sign is not None and not self.words and all(map(_A_DIGIT.search, _parts(self.sign.pattern)))

    def matches(self, seen: Seen) -> Iterable[re.Match[str]]:
        """Return where the form stands: near its words and its sign, where one of its looks fits the text."""
        if self.needed and not self.needed & seen.told and seen.outline is not None:
            return ()
        if self.looks and not any_fits(self.looks, seen):
            return ()
        text, small = seen.text, seen.small
        if small is None or not (self.words or self.sign):
            return self.pattern.finditer(text)
        places = [place for word in self.words if word in small for place in _places(small, word)]
        if self.sign is not None:
            places += [match.start() for match in self.sign.finditer(text)]
        return self._near(text, sorted(places)) if places else ()

    def _near(self, text: str, places: list[int]) -> Iterator[re.Match[str]]:
        start = end = -1
        for place in places:
            if place - self.before > end:
                if end >= 0:
                    yield from self.pattern.finditer(text, start, end)
                start = max(0, place - self.before)
            if place + _AFTER > end:
                end = _break_after(text, place + _AFTER)
        yield from self.pattern.finditer(text, start, end)


class Forms:
    """Forms in their order, and which of them a text may have: those whose words stand in one of its runs of letters.

    What a run of letters tells is kept, for reports are made of the same words.
    """

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms = tuple(forms)
        self._always = 0  # a bit for each form that no word gives away
        self._by_opening: dict[str, list[tuple[re.Pattern[str], int]]] = {}
        for place, form in enumerate(forms):
            parts = [max(_LETTERS.finditer(word), key=lambda part: len(part[0]), default=None) for word in form.words]
            if form.sign or not all(parts) or not parts:
                self._always |= 1 << place
                continue
            for part in filter(None, parts):
                opens, ends = r"\A" * (part.start() > 0), r"\Z" * (part.end() < len(part.string))
                self._by_opening.setdefault(part[0][0], []).append((re.compile(opens + part[0] + ends), 1 << place))
        self._told_by = lru_cache(65_536)(self._told)

    def of(self, seen: Seen) -> Iterator[Form]:
        """Yield the forms that may stand in the text."""
        if seen.outline is None:
            yield from self._forms
            return
        told = self._always
        for piece in seen.pieces:
            told |= self._told_by(piece)
        for place, form in enumerate(self._forms):
            if told >> place & 1:
                yield form

    def _told(self, piece: str) -> int:
        told = 0
        for letter in set(piece):
            for part, bit in self._by_opening.get(letter, ()):
                if not told & bit and part.search(piece):
                    told |= bit
        return told


_LETTERS = re.compile(r"[a-z]+")
_A_DIGIT = re.compile(r"(?<![\[\w])\\d(?![?*]|\{0)")  # "\d" by itself, in each of the outermost alternatives
_AFTER = 90  # characters that a match has at most after the word that gives it away


def _places(small: str, word: str) -> list[int]:
    places, place = [], small.find(word)
    while place >= 0:
        places.append(place)
        place = small.find(word, place + 1)
    return places


def _break_after(text: str, place: int) -> int:
    """The end of the line, or where that is far the next blank."""
    if place >= len(text):
        return len(text)
    line = text.find("\n", place, place + 160)
    if line >= 0:
        return line + 1
    if len(text) - place < 160:
        return len(text)
    blank = text.find(" ", place + 40, place + 160)
    return blank + 1 if blank >= 0 else place + 160


def by_first_letter(alternatives: str) -> str:
    """The same alternatives, "(?:…|…)", sorted by their first letter: of a long list only a few are then tried.

    Among those that begin alike the order stays. One that does not begin with a plain letter stands at the end.
    """
    groups: dict[str, list[str]] = {}
    for one in _parts(alternatives.removeprefix("(?:").removesuffix(")")):
        plain = one[:1].isalnum() and one[1:2] not in {"?", "*", "{"}
        groups.setdefault(one[0] if plain else "", []).append(one)
    others = groups.pop("", [])
    grouped = [f"{first}(?:{'|'.join(one[1:] for one in ones)})" for first, ones in groups.items()]
    return f"(?:{'|'.join([*grouped, *others])})"


def _parts(alternatives: str) -> Iterator[str]:
    """Yield what stands between the strokes of the outermost level."""
    depth, begin, escaped = 0, 0, False
    for place, character in enumerate(alternatives):
        if escaped or character == "\\":
            escaped = not escaped
            continue
        depth += (character in "([") - (character in ")]")
        if character == "|" and not depth:
            yield alternatives[begin:place]
            begin = place + 1
    yield alternatives[begin:]


NOT_A_SIZE = (
    r"(?![ \t]?(?:mm|cm|ml|cc|mg|mcg|kg|g|mgy|gy|hu|msv|mci|mbq|units?|iu|kvp?|mas?|ms|sec|seconds|minutes"
    r"|hours?|hrs?|views?|images?|hz)\b(?!/))"
)
YEAR = r"(?:19|20)\d\d"
