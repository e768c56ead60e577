"""Finding a quote in the report it is said to come from: letter by letter, then but for case, spaces and punctuation."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from llm_extract.findings import Grounding

_NO_WORD = re.compile(r"[\W_]+")
# A quote shorter than this many letters proves nothing in a sentence it was not said to come from.
_TELLING = 8


class Quotable(Protocol):
    """A sentence as the model saw it, and where it stands in the report."""

    @property
    def number(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def shown(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a quote stands: the first and the last sentence it touches (places in the list), and how it was found."""

    first: int
    last: int
    grounding: Grounding


@dataclass(frozen=True, slots=True)
class QuotableText:
    """A report's sentences, ready to be searched for quotes."""

    sentences: tuple[Quotable, ...]
    text: str
    plain: tuple[str, ...]

    @classmethod
    def of(cls, text: str, sentences: Sequence[Quotable]) -> "QuotableText":
        """`text` is the report itself; each sentence is text[start:end], perhaps masked."""
        return cls(tuple(sentences), text, tuple(normalized(one.shown) for one in sentences))

    def find(self, quote: str, claimed: Iterable[int]) -> Ground | None:
        """Return where a quote stands, or None where the report does not say it.

        The sentences it is claimed to come from are tried first, then those claimed together, then every other one.
        """
        wanted = normalized(quote)
        if not wanted:
            return None
        places = [place for place, one in enumerate(self.sentences) if one.number in set(claimed)]
        for place in places:
            if (found := self._in_sentence(quote, wanted, place)) is not None:
                return found
        if (found := self._across(wanted, places)) is not None:
            return found
        if len(wanted.replace(" ", "")) < _TELLING:
            return None
        others = (found for place in range(len(self.sentences)) if (found := self._in_sentence(quote, wanted, place)))
        return next(others, None) or self._across(wanted, range(len(self.sentences)))

    def _in_sentence(self, quote: str, wanted: str, place: int) -> Ground | None:
        """Return the ground in one sentence, if it is there."""
        one = self.sentences[place]
        if not _stands_in(wanted, self.plain[place]):
            return None
        is_exact = quote.strip() in self.text[one.start : one.end]
        return Ground(place, place, Grounding.EXACT if is_exact else Grounding.NORMALIZED)

    def _across(self, wanted: str, places: Sequence[int]) -> Ground | None:
        """Return the ground of a quote that runs over the end of a sentence."""
        for first, second in pairwise(places):
            if second == first + 1 and _stands_in(wanted, f"{self.plain[first]} {self.plain[second]}"):
                return Ground(first, second, Grounding.NORMALIZED)
        return None


def normalized(text: str) -> str:
    """Return the words of a text in small letters with one space between, nothing else."""
    return _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _stands_in(wanted: str, sentence: str) -> bool:
    """Say whether the words stand in the sentence, from the beginning of a word; plural endings may follow."""
    return wanted in sentence and f" {wanted}" in f" {sentence}"
