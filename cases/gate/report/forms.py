"""What a form of patient data is: its kind, the pattern that finds it, and a cheap look whether it can be there at all."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


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
    """

    kind: Private
    pattern: re.Pattern[str]
    words: tuple[str, ...] = ()
    sign: re.Pattern[str] | None = None
    before: int = 40

    @property
    def needs_a_digit(self) -> bool:
        """Say whether it is found by its sign alone, and every way to write the sign has a figure in it."""
        return self.sign is not None and not self.words and all(map(_A_DIGIT.search, _parts(self.sign.pattern)))

    def matches(self, text: str, small: str | None) -> Iterable[re.Match[str]]:
        """Return where the form stands; `small`: the text in small letters (`in_small_letters`), to look near the words alone."""
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


_A_DIGIT = re.compile(r"(?<![\[\w])\\d(?![?*]|\{0)")  # "\d" by itself, in each of the outermost alternatives
_AFTER = 90  # characters that a match has at most after the word that gives it away


def in_small_letters(text: str) -> str | None:
    """The text in small letters, each at its place, as patterns that ignore case see it; None where it would be longer."""
    small = text.lower()
    if not text.isascii():
        small = text.replace("İ", "i").lower().replace("ſ", "s").replace("ı", "i")
    return small if len(small) == len(text) else None


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
