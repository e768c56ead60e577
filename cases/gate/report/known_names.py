"""Names that are known of a report's patient, from the row or the header beside it, where they stand in the text."""

import re
from collections.abc import Iterable, Iterator

from cases.gate.report.forms import Place, Private
from cases.gate.words import NO_NAMES, Word, kind_of

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LEAST = 3  # letters of a word that is looked for by itself
_BETWEEN = r"[\s,.^]{1,3}"


def known_names(text: str, named: Iterable[str]) -> Iterator[Place]:
    """Yield where a known name stands: two words of it side by side however they are written, one by itself wherever it says
    nothing else. A word that is an ordinary one too ("hope", "long") is looked for with a capital, as names are written.
    """
    for name in dict.fromkeys(named):
        words = [word for word in dict.fromkeys(_WORD.findall(name)) if len(word) > 1]
        if len(words) > 1:
            either = "|".join(map(re.escape, words))
            pair = rf"(?<!\w)(?:{either})(?:{_BETWEEN}(?:{either}))+(?!\w)"
            yield from _places(re.compile(pair, re.IGNORECASE), text)
        for word in words:
            if len(word) >= _LEAST and word.lower() not in NO_NAMES:
                yield from _places(_alone(word), text)


def _alone(word: str) -> re.Pattern[str]:
    if kind_of(word.lower()) & Word.ORDINARY:
        return re.compile(rf"(?<!\w){re.escape(word.capitalize())}(?!\w)")
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def _places(form: re.Pattern[str], text: str) -> Iterator[Place]:
    return ((found.start(), found.end(), Private.NAME) for found in form.finditer(text))
