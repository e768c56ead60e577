"""The words that describe a finding beyond its own fields: shape, spread, number, onset, placement, source, limits of the view.

They are read from the finding's sentence when it is written out, so every backend's findings have them and no stored row
changes. The words are data (`descriptors.yaml`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from llm_extract.findings import Temporality
from llm_extract.reporting.places import Placed, Span
from llm_extract.rules.language import Language
from llm_extract.rules.phrases import Match, PhraseTable, Words, expand, read_words

_DATA = Path(__file__).with_name("descriptors.yaml")


class Kind(StrEnum):
    """What a word says of a finding."""

    MORPHOLOGY = "morphology"
    DISTRIBUTION = "distribution"
    COUNT = "count"
    GRADE = "grade"
    ONSET = "onset"
    PLACEMENT = "placement"
    COMPARISON = "comparison"
    PAST = "past"
    LIMITATION = "limitation"
    OTHER_SOURCE = "other_source"


# Adjectives: before the name, within it, or behind a verb.
ADJECTIVES = frozenset({Kind.MORPHOLOGY, Kind.DISTRIBUTION, Kind.COUNT, Kind.GRADE, Kind.ONSET})
_LINKS = frozenset({"is", "are", "was", "were", "appear", "appears", "remain", "remains", "which", "look", "seem"})
# Beyond these an adjective belongs to something else.
_ENDS = _LINKS | frozenset(
    {";", ":", "(", ")", "?", "has", "have", "had", "with", "without", "but", "that", "no", "not", "in", "at", "within"}
    | {"due", "from", "there", "on", "to", "overlying", "than", "for", "by"}
)
_GRADING = frozenset({"very", "more", "somewhat", "rather", "slightly", "mildly", "also", "again", "now", "not"})
# So many words may stand between an adjective and the name it describes ("patchy bilateral lower lobe airspace opacities").
_REACH = 7
# "known left lower lobe nodule"; farther off, "prior" is a prior film.
_REACH_OF_PAST = 4
_CLAUSE_ENDS = frozenset({";"})
_PRIOR_FILMS = frozenset(
    {"study", "exam", "examination", "film", "radiograph", "image", "ct", "mri", "comparison", "and"}
)


@dataclass(frozen=True, slots=True)
class Described:
    """One thing said of a finding: `span` is where its words stand in the report."""

    kind: Kind
    span: Span


@lru_cache(maxsize=1)
def _lexicon() -> tuple[PhraseTable, tuple[Kind, ...], frozenset[str]]:
    """Return the phrases, the kind of each value, and the words that name a modality."""
    data: Mapping[str, Any] = yaml.safe_load(_DATA.read_text("utf-8"))
    sets: Mapping[str, list[str]] = data["sets"]
    table, kinds = PhraseTable(), tuple(Kind)
    for value, kind in enumerate(kinds):
        for pattern in data[kind.value]:
            for stems in expand(pattern, sets):
                if stems:
                    table.add(stems, value)
    modalities = frozenset(word for phrase in sets["modality"] for word in read_words(phrase).stems)
    return table, kinds, modalities


def describe(text: str, placed: Sequence[Placed], language: Language) -> dict[int, tuple[Described, ...]]:
    """Return what is said of each placed finding, by its place in `placed`, in the order of the text."""
    groups: dict[Span, list[int]] = {}
    for place, one in enumerate(placed):
        groups.setdefault((one.finding.start, one.finding.end), []).append(place)
    said: dict[int, list[Described]] = {}
    for (start, end), places in groups.items():
        sentence = _Sentence(read_words(text, start, end), [placed[place] for place in places], language)
        for index, described in sentence.described():
            said.setdefault(places[index], []).append(described)
    return {place: tuple(dict.fromkeys(found)) for place, found in said.items()}


class _Sentence:
    """One sentence, its findings and the words that may describe them."""

    def __init__(self, words: Words, placed: Sequence[Placed], language: Language) -> None:
        self.words, self.placed = words, placed
        self.stems = words.stems
        self.names = [self._range(one.named) for one in placed]
        table, self.kinds, self.modalities = _lexicon()
        self.matches = table.find(self.stems, bytearray(len(self.stems)))
        self.described_words = {place for match in self.matches for place in range(match.start, match.end)}
        self.described_words.update(
            place for _, _, match in language.modified(self.stems) for place in range(match.start, match.end)
        )
        cues = language.cues(self.stems, bytearray(len(self.stems)))
        self.advice = min((cue.match.start for cue in cues if "advice" in cue.kinds), default=len(self.stems))

    def _range(self, span: Span) -> tuple[int, int]:
        inside = [n for n, (start, end) in enumerate(self.words.spans) if span[0] < end and start < span[1]]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)

    def described(self) -> Iterator[tuple[int, Described]]:
        """Yield each description with the index of its finding."""
        for match in self.matches:
            kind = self.kinds[match.values[0]]
            for index in self._of(kind, match):
                yield index, Described(kind, self._span(kind, match))

    def _of(self, kind: Kind, match: Match) -> list[int]:
        """Return the findings a phrase speaks of."""
        if kind in ADJECTIVES:
            return self._adjective(match)
        if kind is Kind.PAST:
            return self._past(match)
        if kind is Kind.OTHER_SOURCE and match.start > self.advice:
            return []
        devices = [n for n, one in enumerate(self.placed) if one.finding.is_device]
        candidates = devices if kind is Kind.PLACEMENT else list(range(len(self.placed)))
        return self._nearest(match, candidates)

    def _adjective(self, match: Match) -> list[int]:
        """Return the finding an adjective stands in, before, or behind with a verb between."""
        for index, (first, last) in enumerate(self.names):
            if first <= match.start and match.end <= last:
                return [index]
        after = [index for index, (first, _) in enumerate(self.names) if first >= match.end]
        if after:
            index = min(after, key=lambda n: self.names[n][0])
            between = range(match.end, self.names[index][0])
            if len(between) <= _REACH and not any(self._breaks(place) for place in between):
                return [n for n in after if self.names[n] == self.names[index]]
        return self._predicate(match)

    def _breaks(self, place: int) -> bool:
        """Say whether an adjective's reach ends at a word; a comma between adjectives does not end it."""
        if self.stems[place] == ",":
            return place + 1 not in self.described_words
        return self.stems[place] in _ENDS

    def _predicate(self, match: Match) -> list[int]:
        """Return the finding of "the opacity … is patchy": the last one named before the verb."""
        place = match.start - 1
        while place >= 0 and (place in self.described_words or self.stems[place] in _GRADING | {"and", ","}):
            place -= 1
        if place < 0 or self.stems[place] not in _LINKS:
            return []
        before = [n for n, (_, last) in enumerate(self.names) if last <= place]
        if not before:
            return []
        index = max(before, key=lambda n: self.names[n][1])
        is_cut = any(self.stems[n] in {";", "but"} | (_LINKS - {"which"}) for n in range(self.names[index][1], place))
        return [] if is_cut else [index]

    def _past(self, match: Match) -> list[int]:
        """Return the findings that a word of the past stands in or right before; of history itself, all after it."""
        found = []
        for index, (first, last) in enumerate(self.names):
            between = self.stems[match.end : first]
            is_next = match.end <= first and len(between) <= _REACH_OF_PAST
            is_inside = first <= match.start and match.end <= last
            if is_inside or (is_next and not (_ENDS | _PRIOR_FILMS | {",", "or"}).intersection(between)):
                found.append(index)
        past = [n for n, one in enumerate(self.placed) if one.finding.temporality is Temporality.HISTORY]
        return found or [n for n in past if self.names[n][0] >= match.end]

    def _nearest(self, match: Match, candidates: Sequence[int]) -> list[int]:
        """Return the finding named last before a phrase in its clause, else the first after it."""
        inside = [n for n in candidates if match.start <= self.names[n][0] < match.end]
        if inside:
            return inside[:1]
        before = [
            n for n in candidates if self.names[n][1] <= match.start and self._joined(self.names[n][1], match.start)
        ]
        if before:
            return [max(before, key=lambda n: self.names[n][1])]
        after = [n for n in candidates if self.names[n][0] >= match.end and self._joined(match.end, self.names[n][0])]
        return [min(after, key=lambda n: self.names[n][0])] if after else []

    def _joined(self, first: int, last: int) -> bool:
        return not _CLAUSE_ENDS.intersection(self.stems[first:last])

    def _span(self, kind: Kind, match: Match) -> Span:
        """Return where the phrase stands; of another source, where the modality does."""
        places = list(range(match.start, match.end))
        if kind is Kind.OTHER_SOURCE:
            places = [place for place in places if self.stems[place] in self.modalities]
        return self.words.spans[places[0]][0], self.words.spans[places[-1]][1]
