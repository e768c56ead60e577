"""Phrases that no text may hold, searched for in time that grows with the text alone, however many they are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 16  # of a phrase that is searched for; of a longer one, the first


@dataclass(frozen=True)
class Phrases:
    """Phrases as their words in small letters, and the numbers of words that they have."""

    known: frozenset[tuple[str, ...]]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Phrases":
        """Those of the texts that have a word; what stands between words does not count."""
        known = frozenset(tuple(_WORD.findall(text.lower())[:MOST_WORDS]) for text in texts) - {()}
        return cls(known, tuple(sorted({len(phrase) for phrase in known})))

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in the text, as words of their own. Looks at each word MOST_WORDS times at most."""
        if not self.known:
            return False
        words = _WORD.findall(text.lower())
        return any(tuple(words[at : at + size]) in self.known for at in range(len(words)) for size in self.lengths)
