"""What other readers said of a case, under pseudonyms: only in a semi-collaborative round, only after one's own verdict."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from labeling.models import Read, Slot
from labeling.verdicts import ADDED, STRUCK


@dataclass(frozen=True)
class OtherRead:
    """One other reader's standing verdict. ``name`` is "Reader B": the place in this case, nothing of the person.

    ``read`` is the id of the read.
    """

    name: str
    verdict: str
    words: str
    struck: tuple[str, ...]
    added: tuple[str, ...]
    comment: str
    at: datetime
    read: int


def others_said(slot: Slot) -> tuple[OtherRead, ...]:
    """The standing verdicts of the case's other readers; the caller has seen that the reader's own stands."""
    reads = _others(slot).select_related("slot").prefetch_related("corrections__label")
    return tuple(_told(read) for read in reads)


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
        read=read.pk,
    )
