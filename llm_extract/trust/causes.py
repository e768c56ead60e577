"""Why a suggestion and the gold set disagree: read from the report's own sentences with the rules' contexts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from llm_extract.findings import Change, LabelDefinition, Status
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import index_labels
from llm_extract.trust.mentions import Mentioned, ReadSentence, read_report


class Cause(StrEnum):
    """What in the text most likely led the backend or the gold set astray."""

    NEGATION = "negation"
    UNCERTAINTY = "uncertainty"
    HISTORY = "history"
    SYNONYM = "synonym"  # the report has no words the rules know for the label
    SECTION = "section"  # only the indication, comparison, technique or advice names it
    DEVICE = "device"
    CHANGE = "change"  # resolved, or stated only as a change against the prior
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Explained:
    """One disagreement with its cause; `text[start:end]` is the sentence to show, both None where no sentence speaks of it."""

    label: str
    gold: Status
    said: Status | None
    cause: Cause
    reason: str
    start: int | None = None
    end: int | None = None


_REASONS = {
    Cause.NEGATION: "The sentence denies it.",
    Cause.UNCERTAINTY: "The sentence states it with doubt.",
    Cause.HISTORY: "The sentence tells it of the past.",
    Cause.SYNONYM: "No sentence names it in words the rules know.",
    Cause.SECTION: "Only a part of the report that says nothing of these images names it, or it is named without being stated.",
    Cause.DEVICE: "The sentence speaks of a device.",
    Cause.CHANGE: "The sentence states it as a change against the prior.",
    Cause.OTHER: "The sentence states it plainly.",
}
# What explains a label suggested though the gold set has it not, the strongest excuse first; and the other way round.
_WRONGLY_SAID = (
    Cause.HISTORY,
    Cause.NEGATION,
    Cause.CHANGE,
    Cause.UNCERTAINTY,
    Cause.DEVICE,
    Cause.SECTION,
    Cause.OTHER,
)
_WRONGLY_MISSED = (
    Cause.OTHER,
    Cause.DEVICE,
    Cause.CHANGE,
    Cause.UNCERTAINTY,
    Cause.HISTORY,
    Cause.NEGATION,
    Cause.SECTION,
)


def explain(
    text: str,
    label: LabelDefinition,
    gold: Status,
    said: Status | None,
    reader: tuple[RulesEngine, tuple[LabelDefinition, ...]],
    *,
    evidence: tuple[int, int] | None = None,
) -> Explained:
    """Return the cause of one disagreement and the sentence that shows it.

    `reader` is the rules engine and the taxonomy it is read for; `evidence` the span the backend pointed to, whose sentence
    is then looked at alone if it speaks of the label. Nothing suggested (`said` None) counts as absent.
    """
    engine, taxonomy = reader
    speaking = _speaking(text, label.key, engine, taxonomy)
    if evidence is not None:
        pointed = [pair for pair in speaking if pair[0].start < evidence[1] and evidence[0] < pair[0].end]
        speaking = pointed or speaking
    if not speaking:
        span = evidence or (None, None)
        return Explained(label.key, gold, said, Cause.SYNONYM, _REASONS[Cause.SYNONYM], *span)
    if Status.UNCERTAIN in {gold, said} and (said or Status.ABSENT) is not gold:
        doubtful = [pair for pair in speaking if pair[1].status is Status.UNCERTAIN]
        if doubtful:
            return _explained(label.key, gold, said, Cause.UNCERTAINTY, doubtful[0][0])
    order = (
        _WRONGLY_SAID if said in {Status.PRESENT, Status.UNCERTAIN} and gold is not Status.PRESENT else _WRONGLY_MISSED
    )
    causes: dict[Cause, ReadSentence] = {}
    for sentence, mention in speaking:
        causes.setdefault(_cause(sentence, mention), sentence)
    cause = next(cause for cause in order if cause in causes)
    return _explained(label.key, gold, said, cause, causes[cause])


def _explained(label: str, gold: Status, said: Status | None, cause: Cause, sentence: ReadSentence) -> Explained:
    return Explained(label, gold, said, cause, _REASONS[cause], sentence.start, sentence.end)


def _speaking(
    text: str, label: str, engine: RulesEngine, taxonomy: tuple[LabelDefinition, ...]
) -> Sequence[tuple[ReadSentence, Mentioned]]:
    """Return the mentions that bear on a label, with their sentences, in order."""
    index = index_labels(taxonomy, engine.vocabulary)
    return [
        (sentence, mention)
        for sentence in read_report(text, engine)
        for mention in sentence.mentioned
        if label in index.holds.get(mention.observation, ())
        or (mention.status is Status.ABSENT and label in index.denies.get(mention.observation, ()))
    ]


def _cause(sentence: ReadSentence, mention: Mentioned) -> Cause:
    """Return what one mention would explain."""
    if not sentence.is_stating:
        return Cause.SECTION
    if mention.is_history:
        return Cause.HISTORY
    if mention.change is Change.RESOLVED:
        return Cause.CHANGE
    if mention.status is Status.ABSENT:
        return Cause.NEGATION
    if mention.status is None:
        return Cause.SECTION
    if mention.status is Status.UNCERTAIN:
        return Cause.UNCERTAINTY
    if mention.is_device:
        return Cause.DEVICE
    return Cause.CHANGE if mention.change is not None else Cause.OTHER
