"""What other readers said of a case, under pseudonyms: only in a semi-collaborative round, only after one's own verdict."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from labeling.models import Read, Slot
from labeling.verdicts import ADDED, STRUCK


@dataclass(frozen=True)
class OtherRead:
    """One other reader's standing verdict. ``name`` is "Reader B": the place in this case, nothing of the person."""

    name: str
    verdict: str
    words: str
    struck: tuple[str, ...]
    added: tuple[str, ...]
    comment: str
    at: datetime


def others_said(slot: Slot) -> tuple[OtherRead, ...]:
    """The standing verdicts of the case's other readers; the caller has seen that the reader's own stands."""
    reads = _others(slot).select_related("slot").prefetch_related("corrections__label")
    return tuple(_told(read) for read in reads)


def others_seen(slot: Slot) -> list[int]:
    """Ids of the others' reads that stood when the reader last opened the case."""
    reads = _others(slot)
    if slot.opened_at is not None:
        reads = reads.filter(submitted_at__lte=slot.opened_at)
    return list(reads.values_list("pk", flat=True))


def _others(slot: Slot) -> QuerySet[Read]:
    reads = Read.objects.counting().filter(slot__round_study=slot.round_study_id).exclude(slot=slot.pk)
    return reads.order_by("slot__position")


def _told(read: Read) -> OtherRead:
    corrections = list(read.corrections.all())
    return OtherRead(
        name=f"Reader {chr(ord('A') + read.slot.position - 1)}" if read.slot.position <= 26 else "Another reader",
        verdict=read.verdict,
        words=read.get_verdict_display(),
        struck=tuple(item.label.name for item in corrections if item.kind == STRUCK),
        added=tuple(item.label.name for item in corrections if item.kind == ADDED),
        comment=read.comment,
        at=read.submitted_at,
    )
