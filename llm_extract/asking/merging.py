"""What the two ways of mapping share: which findings are asked about, and how several suggestions for a label become one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from llm_extract.findings import Flag, LabelDefinition, LabelSuggestion, ReportFinding, Status, Temporality
from llm_extract.rules.mapping import index_labels
from llm_extract.rules.vocabulary import Vocabulary

_STRENGTH = {Status.PRESENT: 2, Status.UNCERTAIN: 1, Status.ABSENT: 0}


class Asked(StrEnum):
    """Which findings a model is asked to map; the vocabulary maps the others, at no cost."""

    UNMAPPED = "unmapped"  # that no label's synonyms map, or whose observation the vocabulary does not know
    ALL = "all"  # every current finding: the model alone maps


def asked_positions(
    findings: Sequence[ReportFinding], labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary, asked: Asked
) -> tuple[int, ...]:
    """Return the places of the findings a model is asked about; never history."""
    current = [place for place, one in enumerate(findings) if one.temporality is not Temporality.HISTORY]
    if asked is Asked.ALL:
        return tuple(current)
    index = index_labels(labels, vocabulary)
    return tuple(
        place
        for place in current
        if (one := findings[place]).observation not in vocabulary.observations
        or (not index.holds.get(one.observation) and one.status is not Status.ABSENT and not one.is_device)
    )


def merged(
    suggestions: Iterable[LabelSuggestion], labels: Sequence[LabelDefinition], findings: Sequence[ReportFinding] = ()
) -> tuple[LabelSuggestion, ...]:
    """Return one suggestion per label, in the taxonomy's order: present outweighs uncertain, uncertain outweighs absent.

    Those of the same status become one that rests on all their findings. An exclusive label stands only while no other label is
    present or uncertain.
    """
    by_label: dict[str, LabelSuggestion] = {}
    for one in suggestions:
        before = by_label.get(one.label)
        by_label[one.label] = one if before is None else _stronger(before, one)
    exclusive = {label.key for label in labels if label.exclusive}
    holding = any(one.status is not Status.ABSENT for key, one in by_label.items() if key not in exclusive)
    return tuple(by_label[label.key] for label in labels if label.key in by_label and not (label.exclusive and holding))


def _stronger(first: LabelSuggestion, second: LabelSuggestion) -> LabelSuggestion:
    """Return what two suggestions for one label add up to."""
    if _STRENGTH[first.status] != _STRENGTH[second.status]:
        return max(first, second, key=lambda one: _STRENGTH[one.status])
    confidences = [one.confidence for one in (first, second) if one.confidence is not None]
    chosen = first if first.findings else second
    return replace(
        chosen,
        confidence=max(confidences, default=None),
        findings=tuple(dict.fromkeys((*first.findings, *second.findings))),
        flags=tuple(flag for flag in Flag if flag in first.flags and flag in second.flags),
    )
