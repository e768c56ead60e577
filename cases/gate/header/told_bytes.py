"""Bytes that should be figures: whether they hold words or a long number."""

import re
from itertools import pairwise

from cases.gate.words import kind_of

# Letters of other alphabets, in UTF-8: three of two bytes, or two of three.
_OTHER_LETTERS = re.compile(rb"(?:[\xc3-\xdf][\x80-\xbf]){3,}|(?:[\xe0-\xef][\x80-\xbf]{2}){2,}")


def tells_in_bytes(content: bytes) -> bool:
    """Whether bytes that should be figures hold words or a long number: letters that neither rise nor fall, as tables do."""
    content = content.replace(b"\0", b"")  # letters of two bytes
    words = re.findall(rb"[A-Za-z]{3,}", content)
    if any(not _is_slope(word) if len(word) > 5 else _is_short_word(word) for word in words):
        return True
    if any(not _is_slope(letters) and _is_word(letters) for letters in _OTHER_LETTERS.findall(content)):
        return True
    return any(not _is_slope(number) for number in re.findall(rb"[0-9]{6,}|[0-9]{3}-[0-9]{2}-[0-9]{4}", content))


def _is_word(letters: bytes) -> bool:
    """Whether bytes are letters in UTF-8, and not always the same."""
    text = letters.decode("utf-8", "replace")
    return text.isalpha() and len(set(text)) > 1


def _is_short_word(word: bytes) -> bool:
    """Whether a few letters are a word or a name, not figures of two bytes whose upper byte stays."""
    known = kind_of(word.decode("ascii").lower())
    return bool(known) and not _goes_one_way(word) and len(set(word[::2])) > 1 and len(set(word[1::2])) > 1


def _is_slope(content: bytes) -> bool:
    """Whether figures of one byte, or both bytes of figures of two, go one way only."""
    halves = (content[::2], content[1::2])
    return _goes_one_way(content) or all(_goes_one_way(half) for half in halves)


def _goes_one_way(content: bytes) -> bool:
    steps = [after - before for before, after in pairwise(content)]
    return all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
