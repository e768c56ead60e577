"""What a slot's reader is shown as suggested: the study's suggestions as they are, none, or with one planted error."""

from dataclasses import dataclass, replace
from typing import Any

from core.prepared import PreparedRows
from labeling.models import SUGGESTED, Arm, PlantedKind, Slot
from llm_extract.models import FindingStatus, Suggestion


@dataclass(frozen=True)
class Shown:
    """One suggested label as it stands on the page. ``spans`` are start, end, start, end … in the report."""

    label_id: int
    key: str
    place: int
    status: str
    evidence: str = ""
    spans: tuple[int, ...] = ()


def shown_suggestions(slot: Slot) -> list[Shown]:
    """The labels shown as suggested, in the taxonomy's order; one query in every arm, so that time tells nothing."""
    rows = _suggestions(slot.round_study.suggestion_set_id)
    if slot.arm == Arm.NO_SUGGESTIONS:
        return []
    shown = [row for row in rows if row.status in SUGGESTED]
    if slot.arm != Arm.PLANTED_ERROR or slot.planted_label is None:
        return shown
    if slot.planted_kind == PlantedKind.REMOVED:
        return [one for one in shown if one.label_id != slot.planted_label_id]
    label = slot.planted_label
    ruled_out = next((row for row in rows if row.label_id == label.pk), None)
    planted = (
        replace(ruled_out, status=FindingStatus.PRESENT)
        if ruled_out
        else Shown(label.pk, label.key, label.position, FindingStatus.PRESENT)
    )
    return sorted([*shown, planted], key=lambda one: one.place)


def _suggestions(suggestion_set: int) -> list[Shown]:
    """Every label that the set speaks of, those it rules out too."""
    rows = _of_set(suggestion_set)
    return [
        Shown(label, key, place, status, evidence, tuple(spans)) for label, key, place, status, evidence, spans in rows
    ]


_FIELDS = "label_id", "label__key", "label__position", "status", "evidence", "spans"
_of_set = PreparedRows[tuple[Any, ...]](
    lambda pk: Suggestion.objects.filter(suggestion_set=pk).order_by("label__position").values_list(*_FIELDS), 1
)


def suggested_keys(slot: Slot) -> list[str]:
    """Keys of the labels that the slot's reader is shown as suggested, in the taxonomy's order."""
    return [one.key for one in shown_suggestions(slot)]
