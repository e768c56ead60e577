"""What the rules read beside a model: their own findings and labels, from the parts of a report that speak of the patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from llm_extract.findings import LabelDefinition, LabelSuggestion, ReportFinding, Status, Temporality
from llm_extract.guards.injection import Suspicion, blanked, is_english
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import LabelIndex, index_labels, map_findings
from llm_extract.rules.vocabulary import OF_A_LABEL, Vocabulary

# What the second opinion says of a label it does not speak of.
SILENT = "none"


@dataclass(frozen=True)
class SecondOpinion:
    """The rules' reading of a report, without its suspicious parts.

    They read English: of a report in another language they read nothing, and `can_judge` is False.
    """

    findings: tuple[ReportFinding, ...]
    labels: tuple[LabelDefinition, ...]
    vocabulary: Vocabulary
    can_judge: bool = True

    @cached_property
    def suggestions(self) -> Mapping[str, LabelSuggestion]:
        """By label; `findings` of these are the rules' own."""
        return {one.label: one for one in map_findings(self.findings, self.labels, self.vocabulary)}

    @cached_property
    def index(self) -> LabelIndex:
        """Which labels an observation counts for."""
        return index_labels(self.labels, self.vocabulary)

    def status_of(self, label: str) -> Status | None:
        """What the rules say of a label."""
        suggestion = self.suggestions.get(label)
        return suggestion.status if suggestion else None

    def word_of(self, label: str) -> str:
        """The same as a word, for showing beside a suggestion; empty where they cannot judge."""
        if not self.can_judge:
            return ""
        status = self.status_of(label)
        return status.value if status else SILENT

    def agrees(self, label: str, status: Status | None) -> bool:
        """Say whether the rules say the same of a label; saying nothing and saying absent are the same here."""
        return not self.can_judge or (status or Status.ABSENT) == (self.status_of(label) or Status.ABSENT)

    def within(self, start: int, end: int) -> tuple[ReportFinding, ...]:
        """What the rules read in a stretch of the report, about these images."""
        return tuple(
            one
            for one in self.findings
            if one.start < end and start < one.end and one.temporality is Temporality.CURRENT
        )

    def said_of(self, label: str, start: int, end: int) -> frozenset[Status]:
        """What the rules read in a stretch of the report about one label; empty where it does not speak of it."""
        said = set()
        for one in self.within(start, end):
            if one.status is Status.ABSENT:
                counts = label in self.index.denies.get(one.observation, ())
            else:
                counts = label in self.index.holds.get(one.observation, ())
            if counts:
                said.add(one.status)
        return frozenset(said)

    def knows(self, label: str) -> bool:
        """Say whether the vocabulary has words of its own for a label, beyond those the label brought."""
        return label in _known_labels(self.labels, self.vocabulary)


def second_opinion(
    text: str, spans: Sequence[Suspicion], labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary
) -> SecondOpinion:
    """Return the rules' reading of a report with its suspicious spans blanked out (offsets stay those of the report)."""
    extended = vocabulary_with(labels, vocabulary)
    clean = blanked(text, spans) if spans else text
    if not is_english(clean):
        return SecondOpinion((), labels, extended, can_judge=False)
    return SecondOpinion(RulesEngine(extended).findings(clean), labels, extended)


@lru_cache(maxsize=32)
def vocabulary_with(labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary with the labels' own words, made once."""
    return vocabulary.with_labels(labels)


@lru_cache(maxsize=32)
def _known_labels(labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary) -> frozenset[str]:
    index = index_labels(labels, vocabulary)
    return frozenset(
        label for key, held in index.holds.items() if vocabulary.observations[key].group != OF_A_LABEL for label in held
    )
