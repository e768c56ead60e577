"""Whether the sentences a suggestion rests on say what it says, by the rules engine."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from llm_extract.findings import Flag, LabelDefinition, LabelSuggestion, ReportFinding, Status, Temporality
from llm_extract.guards.second_opinion import SecondOpinion
from llm_extract.rules.engine import read_sentence
from llm_extract.rules.language import english
from llm_extract.rules.phrases import read_words, stem
from llm_extract.rules.vocabulary import EMPTY, Vocabulary

# So many labels a finding the rules know nothing of may speak for.
_MOST_LABELS = 2
# Words that any report holds, whatever it says.
_COMMON = frozenset(
    stem(word)
    for word in (
        *(
            "with",
            "from",
            "that",
            "this",
            "there",
            "were",
            "have",
            "other",
            "than",
            "which",
            "when",
            "where",
            "both",
            "lung",
        ),
        *(
            "lungs",
            "chest",
            "thorax",
            "left",
            "right",
            "upper",
            "lower",
            "middle",
            "side",
            "view",
            "views",
            "image",
            "images",
        ),
        *(
            "report",
            "study",
            "finding",
            "findings",
            "abnormality",
            "abnormal",
            "normal",
            "size",
            "space",
            "single",
            "several",
        ),
        *(
            "more",
            "less",
            "area",
            "part",
            "within",
            "into",
            "over",
            "under",
            "without",
            "seen",
            "noted",
            "present",
            "absent",
        ),
        *("includes", "excludes"),
    )
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The findings a suggestion can rest on: current, and not in a part of the report that speaks to a machine."""

    findings: Sequence[ReportFinding]
    usable: frozenset[int]

    @classmethod
    def of(cls, findings: Sequence[ReportFinding], tainted: frozenset[int]) -> "Evidence":
        """Leave out history and what is tainted."""
        usable = (
            place
            for place, one in enumerate(findings)
            if one.temporality is Temporality.CURRENT and place not in tainted
        )
        return cls(findings, frozenset(usable))

    def same_as(self, held: LabelSuggestion, opinion: SecondOpinion) -> tuple[int, ...]:
        """Return the places of the findings that say what the rules' findings say, in the same sentences."""
        theirs = [opinion.findings[place] for place in held.findings]
        return tuple(
            place
            for place in sorted(self.usable)
            if any(
                one.observation == (mine := self.findings[place]).observation
                and one.start < mine.end
                and mine.start < one.end
                for one in theirs
            )
        )


def entailed(
    suggestion: LabelSuggestion, evidence: Evidence, opinion: SecondOpinion, fan_out: int
) -> LabelSuggestion | None:
    """Return the suggestion as its own sentences bear it out, or None where nothing does.

    Sentences that say the contrary decide: the suggestion takes their status and is flagged CONTRADICTED. One whose sentences do
    not speak of the label is dropped, unless the rules cannot judge it: then it stays, flagged UNSUPPORTED. `fan_out` is how
    many labels the model made of its strongest finding.
    """
    resting = tuple(place for place in suggestion.findings if place in evidence.usable)
    found = [evidence.findings[place] for place in resting]
    if not found:
        return None
    suggestion = replace(suggestion, findings=resting, evidence=found[0].evidence)
    said = frozenset().union(*(opinion.said_of(suggestion.label, one.start, one.end) for one in found))
    if not said:
        return _beyond_the_rules(suggestion, found, opinion, fan_out)
    holds = bool(said - {Status.ABSENT})
    if suggestion.status is Status.ABSENT:
        if Status.ABSENT in said:
            return suggestion
        return _contradicted(suggestion, Status.PRESENT if Status.PRESENT in said else Status.UNCERTAIN)
    if not holds:
        return _contradicted(suggestion, Status.ABSENT)
    # "Possible pneumonia" is no pneumonia; the other way round is the model's own caution.
    is_more = suggestion.status is Status.PRESENT and Status.PRESENT not in said
    return _contradicted(suggestion, Status.UNCERTAIN) if is_more else suggestion


def entailed_exclusive(
    suggestion: LabelSuggestion, evidence: Evidence, opinion: SecondOpinion
) -> LabelSuggestion | None:
    """Return the suggestion of an exclusive label ("Normal") as the report bears it out, or None where nothing does.

    Such a label has no words of its own: what it says is that no other label holds. It is dropped where a finding holds another
    label. Where its own sentences only state findings it takes the status absent and is flagged CONTRADICTED; where they state
    some and deny others, or say nothing the rules can read, it is flagged UNSUPPORTED, unless the rules hold the label too. One
    that rests on no finding rests on what the rules read so, or is dropped.
    """
    resting = tuple(place for place in suggestion.findings if place in evidence.usable)
    found = [evidence.findings[place] for place in resting]
    if suggestion.status is Status.ABSENT:
        return replace(suggestion, findings=resting, evidence=found[0].evidence if found else "")
    if _another_holds(evidence, opinion):
        return None
    held = opinion.suggestions.get(suggestion.label)
    if not found:
        if held is None or held.status is Status.ABSENT:
            return None
        flags = tuple(flag for flag in suggestion.flags if flag is not Flag.UNSUPPORTED)
        return replace(suggestion, findings=evidence.same_as(held, opinion), evidence=held.evidence, flags=flags)
    suggestion = replace(suggestion, findings=resting, evidence=found[0].evidence)
    said = {status for one in found for status in _stated(one, opinion)}
    if said and Status.ABSENT not in said:
        return _contradicted(suggestion, Status.ABSENT)
    is_held = held is not None and held.status is not Status.ABSENT
    if opinion.can_judge and (said == {Status.ABSENT} or (said and is_held)):
        return suggestion
    return replace(suggestion, flags=tuple(flag for flag in Flag if flag in {*suggestion.flags, Flag.UNSUPPORTED}))


def _another_holds(evidence: Evidence, opinion: SecondOpinion) -> bool:
    """Say whether a label that is not exclusive holds, by the rules or, where they cannot judge, by the model's findings."""
    others = {label.key for label in opinion.labels if not label.exclusive}
    if any(one.status is not Status.ABSENT for key, one in opinion.suggestions.items() if key in others):
        return True
    return any(
        one.status is not Status.ABSENT and not others.isdisjoint(opinion.index.holds.get(one.observation, ()))
        for one in (evidence.findings[place] for place in evidence.usable)
        if not opinion.judges(one.start, one.end)
    )


def _stated(finding: ReportFinding, opinion: SecondOpinion) -> frozenset[Status]:
    """Return what a finding's sentence says is there or not; where the rules cannot judge, what the finding itself says.

    A device is no finding against "Normal".
    """
    if not opinion.judges(finding.start, finding.end):
        return frozenset({finding.status})
    return frozenset(one.status for one in opinion.within(finding.start, finding.end) if not one.is_device)


def _contradicted(suggestion: LabelSuggestion, status: Status) -> LabelSuggestion:
    """Return the suggestion with the status its own sentence has."""
    return replace(
        suggestion,
        status=status,
        confidence=None,
        reason=f"The model suggested {suggestion.status.value}; the sentence itself says {status.value}.",
        flags=(*suggestion.flags, Flag.CONTRADICTED),
    )


def _beyond_the_rules(
    suggestion: LabelSuggestion, found: Sequence[ReportFinding], opinion: SecondOpinion, fan_out: int
) -> LabelSuggestion | None:
    """Return a suggestion of which the rules read nothing in its sentences, if they cannot judge those sentences."""
    if fan_out > _MOST_LABELS:
        return None
    for one in found:
        can_judge = opinion.judges(one.start, one.end)
        status = _own_status(one) if can_judge else one.status
        if status is Status.ABSENT and suggestion.status is not Status.ABSENT:
            return _contradicted(suggestion, Status.ABSENT)
        may_speak = not can_judge or _may_speak(suggestion, one, opinion)
        if one.status is suggestion.status and may_speak:
            flags = tuple(flag for flag in Flag if flag in {*suggestion.flags, Flag.UNSUPPORTED})
            return replace(suggestion, flags=flags)
    return None


def _may_speak(suggestion: LabelSuggestion, finding: ReportFinding, opinion: SecondOpinion) -> bool:
    """Say whether a finding may speak of a label though the rules do not see it.

    It must be named in its sentence. A label the vocabulary has words for is known by them: only in a sentence of which the rules
    read nothing at all may other words of the label's own definition speak of it.
    """
    sentence = _telling(finding.evidence)
    if opinion.knows(suggestion.label):
        label = next(label for label in opinion.labels if label.key == suggestion.label)
        return not opinion.within(finding.start, finding.end) and bool(sentence & _words_of(label))
    if finding.observation in opinion.vocabulary.observations:
        return any(
            one.observation == finding.observation and one.status is finding.status
            for one in opinion.within(finding.start, finding.end)
        )
    read = opinion.within(finding.start, finding.end)
    is_all_denied = bool(read) and all(one.status is Status.ABSENT for one in read)
    return bool(sentence & _telling(finding.name)) and not (is_all_denied and finding.status is not Status.ABSENT)


def _own_status(finding: ReportFinding) -> Status | None:
    """Return what the sentence says of the finding's own name, read with no other vocabulary than that name."""
    alone = _vocabulary_of(finding.observation, finding.name)
    statuses = {one.status for one in read_sentence(alone, english(), finding.evidence)}
    return Status.ABSENT if statuses == {Status.ABSENT} else next(iter(statuses - {Status.ABSENT}), None)


@lru_cache(maxsize=512)
def _vocabulary_of(observation: str, name: str) -> Vocabulary:
    return EMPTY.with_labels((LabelDefinition(observation, name),))


@lru_cache(maxsize=256)
def _words_of(label: LabelDefinition) -> frozenset[str]:
    return _telling(" ".join((label.name, *label.synonyms, label.definition)))


def _telling(text: str) -> frozenset[str]:
    """Return the stems of a text that say something."""
    return frozenset(word for word in read_words(text.replace("_", " ")).stems if len(word) > 3 and word not in _COMMON)
