"""What the rules read beside a model: their own findings and labels, from the parts of a report that speak of the patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from llm_extract.findings import LabelDefinition, LabelSuggestion, ReportFinding, Status, Temporality
from llm_extract.guards.injection import Suspicion, blanked, is_english, tongues
from llm_extract.guards.speaking import Speech
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import LabelIndex, index_labels, map_findings
from llm_extract.rules.vocabulary import OF_A_LABEL, Vocabulary
from llm_extract.sections import Span

# What the second opinion says of a label it does not speak of.
SILENT = "none"


@dataclass(frozen=True)
class SecondOpinion:
    """The rules' reading of a report, without its suspicious parts.

    They read English: of a report mostly in another language `can_judge` is False, and `unread` are the sentences they cannot
    judge; its English sentences they read and judge as in any report, so that foreign text beside them frees no suggestion.
    """

    findings: tuple[ReportFinding, ...]
    labels: tuple[LabelDefinition, ...]
    vocabulary: Vocabulary
    can_judge: bool = True
    unread: tuple[Span, ...] = ()

    def judges(self, start: int, end: int) -> bool:
        """Say whether they can judge a stretch of the report: every sentence it touches."""
        return not any(one.start < end and start < one.end for one in self.unread)

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
        status = self.status_of(label)
        if status is None:
            return SILENT if self.can_judge else ""
        return status.value

    def agrees(self, label: str, status: Status | None) -> bool:
        """Say whether the rules say the same of a label; saying nothing and saying absent are the same here."""
        own = self.status_of(label)
        return (own is None and not self.can_judge) or (status or Status.ABSENT) == (own or Status.ABSENT)

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

    def names(self, label: str) -> bool:
        """Say whether any observation counts for a label; none does for an exclusive one that says there is nothing."""
        return label in named_labels(self.labels, self.vocabulary)


def second_opinion(
    text: str, spans: Sequence[Suspicion], labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary
) -> SecondOpinion:
    """Return the rules' reading of a report with its suspicious spans blanked out (offsets stay those of the report)."""
    extended = vocabulary_with(labels, vocabulary)
    clean = blanked(text, spans) if spans else text
    if not is_english(clean):
        return _of_the_english(clean, labels, extended)
    return SecondOpinion(RulesEngine(extended).findings(clean), labels, extended)


def _of_the_english(text: str, labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary) -> SecondOpinion:
    """Return the rules' reading of the English sentences of a report mostly in another language.

    What they deny or doubt they do by English words: a short sentence such as "No pneumothorax." is English by that.
    """
    told = tongues(text)
    foreign = [Suspicion(one.start, one.end, Speech.FOREIGN) for one in told.foreign]
    found = RulesEngine(vocabulary).findings(blanked(text, foreign))
    cued = [one for one in found if one.status is not Status.PRESENT]
    unread = [one for one in told.unclear if not any(_touch(one, each) for each in cued)]
    read = tuple(each for each in found if not any(_touch(one, each) for one in unread))
    return SecondOpinion(read, labels, vocabulary, can_judge=False, unread=(*told.foreign, *unread))


def _touch(sentence: Span, finding: ReportFinding) -> bool:
    return sentence.start < finding.end and finding.start < sentence.end


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


@lru_cache(maxsize=32)
def named_labels(labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary) -> frozenset[str]:
    """Return the labels that any observation counts for; an exclusive one that says there is nothing is not among them."""
    index = index_labels(labels, vocabulary)
    return frozenset(label for held in (*index.holds.values(), *index.denies.values()) for label in held)
