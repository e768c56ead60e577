"""German reports, where every noun has a capital: which text is one, and which of its words are ordinary."""

from collections.abc import Sequence
from functools import lru_cache

from cases.gate.words import Word, kind_of, lines_of, plain

_LINES = lines_of("german")
_SIGNS = frozenset(_LINES[0].split())  # the first line tells the language
_WORDS = frozenset(word for line in _LINES for word in line.split())
_ENOUGH = 3  # different words by which a text is German
_KEPT = int(Word.GIVEN | Word.FAMILY | Word.COMMON)  # a title before it, or a first name, makes it one
_CASES = ("en", "em", "er", "es", "e", "n", "s")
# What long German words end with: of a noun, of an adjective, of what is put together with a part of the body.
_ENDINGS = tuple(_LINES[1].split())


def is_german(words: Sequence[str]) -> bool:
    """Say whether a text of these words, all small, is German: by so many different words that no other language has."""
    return len(_SIGNS.intersection(words)) >= _ENOUGH


def kind_in_german(word: str, kind: int) -> int:
    """What a small word is in a German report: an ordinary one, be it also somebody's name, or what it is elsewhere."""
    return kind & _KEPT | Word.ORDINARY if is_german_word(word, kind) else kind


@lru_cache(maxsize=8192)
def is_german_word(word: str, kind: int) -> bool:
    """Say whether a small word is an ordinary one of German reports, be it also somebody's name."""
    folded = plain(word)
    stems = (folded, *(folded.removesuffix(ending) for ending in _CASES if folded.endswith(ending)))
    if any(stem in _WORDS for stem in stems):
        return True
    if kind & (Word.GIVEN | Word.FAMILY | Word.TOWN):
        return False
    if len(folded) > 7 and any(stem.endswith(_ENDINGS) for stem in stems):
        return True
    return any(_is_put_together(stem) for stem in stems if len(stem) > 7)


def _is_put_together(word: str) -> bool:
    """Say whether a word is two that are known: "Lungenherd", "Pleuraschwiele"."""
    return any(
        word[:cut].removesuffix("n").removesuffix("s") in _WORDS
        and (word[cut:] in _WORDS or bool(kind_of(word[cut:]) & Word.ORDINARY))
        for cut in range(4, len(word) - 2)
    )
