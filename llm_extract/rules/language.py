"""The cue words of English, ready to be found: what changes a mention, its grade, its side, its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from llm_extract.findings import Change
from llm_extract.rules.phrases import Match, PhraseTable, expand
from llm_extract.rules.vocabulary import read_data


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that change what a mention means, and what they do."""

    kinds: frozenset[str]
    match: Match


@dataclass(slots=True)
class Context:
    """What the surrounding words say of one mention: effects, and the cue of each."""

    effects: dict[str, Cue] = field(default_factory=dict)
    change: Change | None = None
    # The words that describe it, where they are not those beside it ("effusion: none on the right, small on the left").
    described: tuple[int, int] | None = None


class Language:
    """The cue words of `data/language.yaml`, ready to be found."""

    def __init__(self) -> None:
        data = read_data("language")
        self._cues = PhraseTable()
        self._kinds = tuple(data["cues"])
        for index, kind in enumerate(self._kinds):
            _add_all(self._cues, data["cues"][kind], index)
        self._instructions = PhraseTable()
        _add_all(self._instructions, data["instructions"], 0)
        self._modifiers = PhraseTable()
        self.modifiers: list[tuple[str, str]] = []
        for kind in ("severity", "laterality"):
            for value, phrases in data[kind].items():
                _add_all(self._modifiers, phrases, len(self.modifiers))
                self.modifiers.append((kind, value))
        self.illusions = frozenset(data["illusions"])
        self.qualifiers = _words_of(data["severity"]) | _words_of(data["laterality"])
        self._locations = PhraseTable()
        _add_all(self._locations, data["locations"], 0)
        self.graded = _words_of(data["severity"])

    def cues(self, stems: Sequence[str], taken: bytearray) -> list[Cue]:
        """Return the cues among the words no mention has taken."""
        return [
            Cue(frozenset(self._kinds[value] for value in match.values), match)
            for match in self._cues.find(stems, taken)
        ]

    def is_instruction(self, stems: Sequence[str]) -> bool:
        """Say whether the words speak to a machine instead of about a patient."""
        return bool(self._instructions.find(stems, bytearray(len(stems))))

    def modified(self, stems: Sequence[str]) -> list[tuple[str, str, Match]]:
        """Return the words of severity and side: kind, value, where."""
        return [
            (*self.modifiers[match.values[0]], match) for match in self._modifiers.find(stems, bytearray(len(stems)))
        ]

    def locations(self, stems: Sequence[str]) -> list[Match]:
        """Return the words that name a place."""
        return self._locations.find(stems, bytearray(len(stems)))


def _words_of(values: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """Return every word of the phrases that stand for some values."""
    return frozenset(
        word for phrases in values.values() for phrase in phrases for stems in expand(phrase, {}) for word in stems
    )


def _add_all(table: PhraseTable, patterns: Sequence[str], value: int) -> None:
    """Add every phrase the patterns stand for."""
    for pattern in patterns:
        for stems in expand(pattern, {}):
            if stems:
                table.add(stems, value)


@lru_cache(maxsize=1)
def english() -> Language:
    """Return the English cue words."""
    return Language()
