"""What a word is by itself: a first name, a surname, a town, an ordinary word of a report; read once, when first asked.

The list is `lexicon/words.txt.gz`, made by `perf.gate.name_words`; `lexicon/README.md` says from what, under which licences.
"""

import gzip
import unicodedata
from array import array
from bisect import bisect_left
from enum import IntFlag
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

_LEXICON = Path(__file__).with_name("lexicon")
_LIST = _LEXICON / "words.txt.gz"
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})


class Word(IntFlag):
    """What a word can be; several at once."""

    GIVEN = 1  # some people's first name
    FAMILY = 2  # some people's surname
    LIKELY = 4  # an ordinary word maybe, but with a capital a name more often than not
    COMMON = 8  # a name that many bear
    ORDINARY = 16  # written without naming anybody
    TOWN = 32
    OPENS_TOWN = 64  # the first word of a town's name of several words
    RARE = 128  # ordinary by a list of medicine alone, hardly ever written, and not built as terms are: maybe a name after all


NAME = Word.GIVEN | Word.FAMILY


def lines_of(name: str) -> list[str]:
    """The lines of a list of `lexicon/` without its remarks, which begin with "#"."""
    lines = (_LEXICON / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def listed(name: str) -> frozenset[str]:
    """The words of a list of `lexicon/`."""
    return frozenset(word for line in lines_of(name) for word in line.split())


EPONYMS, HEADS, NO_NAMES = listed("eponyms"), listed("heads"), listed("no_names")
ABBREVIATIONS = listed("abbreviations")  # short words that are nobody's initials
STANDING_ALONE = listed("standing_alone")  # those of them that may be a sentence, a line or what is behind a day
SENTENCE_WORDS = listed("sentence_words")
SELDOM_NAMES = SENTENCE_WORDS | listed("seldom_names")


def plain(word: str) -> str:
    """The word in small letters without accents, as the list has it."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@lru_cache(maxsize=65_536)
def kind_of(word: str) -> int:
    """What a word in small letters is, as the number of a `Word`; 0 for one that nobody knows.

    Apostrophes are left out ("o'neill"), accents too. A word with hyphens is a name where a part of it is nothing else and
    no part is a mere word.
    """
    keys, kinds = _known()
    folded = plain(word).replace("'", "").replace("’", "")
    if "-" in folded:
        return _of_parts([kind_of(part) if len(part) > 1 else 0 for part in folded.split("-")])
    place = bisect_left(keys, hash(folded))
    return kinds[place] if place < len(keys) and keys[place] == hash(folded) else 0


def _of_parts(parts: list[int]) -> int:
    if any(part & Word.ORDINARY and not part & NAME for part in parts):
        return int(Word.ORDINARY)
    if 0 in parts and not any(part & NAME and not part & Word.ORDINARY for part in parts):
        return int(Word.ORDINARY) if any(part & Word.ORDINARY for part in parts) else 0
    together = 0
    for part in parts:
        together |= part
    if any(part & NAME and not part & Word.ORDINARY for part in parts):
        return together & int(NAME | Word.COMMON | Word.LIKELY)
    return together & int(NAME | Word.COMMON | Word.ORDINARY | Word.LIKELY)


@cache
def _known() -> tuple["array[int]", bytes]:
    """The words as sorted hashes, and what each is: 4 MB, where a set of the words themselves takes 60."""
    hashes, kinds = array("q"), bytearray()
    for line in gzip.decompress(_LIST.read_bytes()).decode().splitlines():
        kind, words = line.split(" ", 1)
        before = len(hashes)
        hashes.extend(map(hash, words.split(" ")))
        kinds += bytes([int(kind)]) * (len(hashes) - before)
    order = np.argsort(np.frombuffer(hashes, dtype=np.int64))
    return array("q", np.frombuffer(hashes, dtype=np.int64)[order].tobytes()), bytes(
        np.frombuffer(kinds, dtype=np.uint8)[order]
    )
