"""All guards in a row: what a run calls for every backend before a suggestion is stored."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache

from llm_extract.findings import Flag, LabelDefinition, LabelSuggestion, ReportFinding, Status
from llm_extract.guards.consistency import contradicting
from llm_extract.guards.entailment import Evidence, entailed, entailed_exclusive
from llm_extract.guards.injection import Suspicion, blanked, discounted, suspicions
from llm_extract.guards.second_opinion import SecondOpinion, named_labels, second_opinion, vocabulary_with
from llm_extract.guards.unread import doubted_where_unread
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.stages import Mapped


class Policy(StrEnum):
    """What becomes of a model's suggestion that the rules cannot judge."""

    FLAG = "flag"  # kept and flagged UNSUPPORTED, where the report has nothing suspicious
    DROP = "drop"  # dropped: no label is present unless the rules read so too


def guarded(
    mapped: Mapped,
    labels: tuple[LabelDefinition, ...],
    vocabulary: Vocabulary,
    *,
    policy: Policy = Policy.FLAG,
    reading: int = 0,
) -> tuple[LabelSuggestion, ...]:
    """Return one reading's suggestions as they may be stored, in the taxonomy's order.

    Sentences that speak to a machine are no evidence for anything. For a model: what its own sentence contradicts takes the
    sentence's status; what no sentence says is dropped or flagged (`policy`); beside each stands what the rules say; a label
    the rules hold and the model left out is an absent suggestion without evidence, flagged; in a report with anything
    suspicious the rules decide every label, and what an honest report may say too takes nothing away. So a model that
    obeys the report's text changes no label beyond what the clinical text says.
    In another language than English the rules cannot judge: there a model's suggestions on sentences that are in the report
    stay, flagged UNSUPPORTED, or are dropped (`policy`).

    The rules' own suggestions on a report without anything suspicious come back as they are, but for SECTIONS_DISAGREE, and
    for "Normal" in a report with a sentence nobody understood (see `unread`): whoever suggests it, it is flagged UNSUPPORTED.
    """
    if mapped.fault is not None or reading >= len(mapped.readings):
        return ()
    suggestions = mapped.readings[reading]
    extracted = mapped.extracted
    findings = extracted.readings[reading] if reading < len(extracted.readings) else extracted.findings
    spans = suspicions(extracted.report.text)
    unheard = discounted(spans)
    tainted = _tainted(findings, unheard)
    extended = vocabulary_with(labels, vocabulary)
    if not mapped.has_asked:
        suggestions = _without(findings, tainted, labels, extended) if tainted else suggestions
    else:
        opinion = second_opinion(extracted.report.text, unheard, labels, vocabulary)
        evidence = Evidence.of(findings, tainted)
        if spans and opinion.can_judge:
            checked = _by_the_rules(suggestions, evidence, opinion)
        else:
            checked = _checked(suggestions, evidence, opinion, policy)
        suggestions = _settled(checked, labels, opinion)
    nothing_found = _nothing_found(labels, extended)
    if nothing_found:
        text = blanked(extracted.report.text, unheard)
        suggestions = doubted_where_unread(suggestions, nothing_found, text, extended)
    return _flagged(suggestions, findings, extended, is_instructed=bool(spans))


def guarded_vote(
    suggestions: Sequence[LabelSuggestion],
    findings: Sequence[ReportFinding],
    text: str,
    labels: tuple[LabelDefinition, ...],
    vocabulary: Vocabulary,
) -> tuple[LabelSuggestion, ...]:
    """Return what several guarded readings add up to, held once more to the sentences it rests on and to the rules.

    A vote may decide what no reading said. What rests on nothing, or on sentences the rules cannot read, stays as it is.
    """
    spans = suspicions(text)
    unheard = discounted(spans)
    opinion = second_opinion(text, unheard, labels, vocabulary)
    evidence = Evidence.of(findings, _tainted(findings, unheard))
    exclusive = {label.key for label in labels if label.exclusive}
    held = []
    for one in suggestions:
        judged = None if one.label in exclusive else entailed(one, evidence, opinion, 0)
        again = judged or one
        flags = {*again.flags} - {Flag.RULES_DISAGREE}
        held.append(_beside(replace(again, flags=tuple(flag for flag in Flag if flag in flags)), opinion))
    holding = any(one.status is not Status.ABSENT for one in held if one.label not in exclusive)
    held = [one for one in held if not (holding and one.label in exclusive and one.status is not Status.ABSENT)]
    return tuple(replace(one, flags=tuple(flag for flag in Flag if flag in one.flags)) for one in held)


def heard(findings: Sequence[ReportFinding], text: str) -> tuple[ReportFinding, ...]:
    """Return the findings of a report without those that rest on a part of it that speaks to a machine."""
    tainted = _tainted(findings, discounted(suspicions(text)))
    return tuple(one for place, one in enumerate(findings) if place not in tainted)


@lru_cache(maxsize=32)
def _nothing_found(labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary) -> frozenset[str]:
    """Return the exclusive labels that have no words of their own: what they say is that there is nothing."""
    return frozenset(label.key for label in labels if label.exclusive) - named_labels(labels, vocabulary)


def _tainted(findings: Sequence[ReportFinding], spans: Sequence[Suspicion]) -> frozenset[int]:
    """Return the places of findings whose evidence lies in a suspicious stretch."""
    if not spans:
        return frozenset()
    return frozenset(
        place
        for place, one in enumerate(findings)
        if any(span.start < one.end and one.start < span.end for span in spans)
    )


def _without(
    findings: Sequence[ReportFinding],
    tainted: frozenset[int],
    labels: tuple[LabelDefinition, ...],
    vocabulary: Vocabulary,
) -> tuple[LabelSuggestion, ...]:
    """Return the rules' suggestions without the tainted findings, resting on places in the full list."""
    kept = [place for place in range(len(findings)) if place not in tainted]
    again = map_findings([findings[place] for place in kept], labels, vocabulary)
    return tuple(replace(one, findings=tuple(kept[place] for place in one.findings)) for one in again)


def _checked(
    suggestions: Sequence[LabelSuggestion], evidence: Evidence, opinion: SecondOpinion, policy: Policy
) -> tuple[LabelSuggestion, ...]:
    """Return a model's suggestions as their sentences bear them out, beside what the rules say."""
    exclusive = {label.key for label in opinion.labels if label.exclusive}
    fan_out = Counter(place for one in suggestions if one.status is not Status.ABSENT for place in one.findings[:1])
    kept: dict[str, LabelSuggestion] = {}
    for one in suggestions:
        if one.label in exclusive and not opinion.names(one.label):
            judged = entailed_exclusive(one, evidence, opinion)
        else:
            judged = entailed(one, evidence, opinion, max((fan_out[place] for place in one.findings[:1]), default=0))
        if judged is None or (policy is Policy.DROP and Flag.UNSUPPORTED in judged.flags):
            continue
        kept.setdefault(judged.label, judged)
    for label, held in opinion.suggestions.items():
        if label not in kept and label not in exclusive and held.status is not Status.ABSENT:
            kept[label] = _left_out(held)
    return tuple(_beside(one, opinion) for one in kept.values())


def _left_out(held: LabelSuggestion) -> LabelSuggestion:
    """Return what stands for a label that the rules hold and the model does not."""
    return replace(
        held,
        status=Status.ABSENT,
        confidence=None,
        findings=(),
        evidence="",
        reason=f"The model does not suggest it; the rules read it as {held.status.value}.",
    )


def _beside(suggestion: LabelSuggestion, opinion: SecondOpinion) -> LabelSuggestion:
    """Return the suggestion with the second opinion beside it."""
    flags = suggestion.flags
    if not opinion.agrees(suggestion.label, suggestion.status):
        flags = (*flags, Flag.RULES_DISAGREE)
    return replace(suggestion, flags=flags, second_opinion=opinion.word_of(suggestion.label))


def _by_the_rules(
    suggestions: Sequence[LabelSuggestion], evidence: Evidence, opinion: SecondOpinion
) -> tuple[LabelSuggestion, ...]:
    """Return what the rules read of a suspicious report; a model's suggestion stands where it says the same."""
    said: Mapping[str, LabelSuggestion] = {one.label: one for one in reversed(suggestions)}
    kept = []
    for label, held in opinion.suggestions.items():
        own = said.get(label)
        resting = evidence.same_as(held, opinion)
        if own is not None and own.status is held.status:
            clean = tuple(place for place in own.findings if place in evidence.usable)
            kept.append(
                replace(own, findings=clean or resting, evidence=held.evidence, second_opinion=held.status.value)
            )
        else:
            other = replace(held, findings=resting, second_opinion=held.status.value)
            disagrees = not opinion.agrees(label, own.status if own else None)
            kept.append(replace(other, flags=(Flag.RULES_DISAGREE,) if disagrees else ()))
    return tuple(kept)


def _settled(
    suggestions: Iterable[LabelSuggestion], labels: Sequence[LabelDefinition], opinion: SecondOpinion
) -> tuple[LabelSuggestion, ...]:
    """Return the suggestions in the taxonomy's order, an exclusive label only where nothing else holds, by the rules either."""
    by_label = {one.label: one for one in suggestions}
    exclusive = {label.key for label in labels if label.exclusive}
    holding = any(one.status is not Status.ABSENT for key, one in by_label.items() if key not in exclusive) or any(
        one.status is not Status.ABSENT for key, one in opinion.suggestions.items() if key not in exclusive
    )
    return tuple(
        by_label[label.key]
        for label in labels
        if label.key in by_label
        and not (label.exclusive and holding and by_label[label.key].status is not Status.ABSENT)
    )


def _flagged(
    suggestions: Sequence[LabelSuggestion],
    findings: Sequence[ReportFinding],
    vocabulary: Vocabulary,
    *,
    is_instructed: bool,
) -> tuple[LabelSuggestion, ...]:
    """Return the suggestions with what is to be said of the report as a whole."""
    against = contradicting(findings, vocabulary)
    if not against and not is_instructed:
        return tuple(suggestions)
    flagged = []
    for one in suggestions:
        more = {Flag.INSTRUCTED} if is_instructed else set()
        if against.intersection(one.findings):
            more.add(Flag.SECTIONS_DISAGREE)
        flagged.append(replace(one, flags=tuple(flag for flag in Flag if flag in {*one.flags, *more})))
    return tuple(flagged)
