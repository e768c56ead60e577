"""Loans of cases in a round that is open to all: taking the next ones, and keeping them while the page is open."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from core.actions import record_event
from labeling.actions.locks import BarredReaderError, refusing_barred
from labeling.lending import AT_ONCE, LEASE
from labeling.models import LIVE_STATES, ReadingRound, RoundReader, Slot, SlotState
from labeling.queries import free_slots


def take_cases(*, reader: User, round_: ReadingRound, now: datetime, at_once: int = AT_ONCE) -> int:
    """Lends the reader cases of an open round until ``at_once`` are to be read; returns how many were taken.

    Each is free or its loan has run out; two readers who ask at once never get the same one, and neither waits for the
    other. The reader's cap and own site are kept, and no study comes to a reader twice. Nothing is taken in a round
    that deals its cases beforehand, in a closed one, or by somebody who does not read in it.
    """
    if not (round_.is_open and round_.is_open_to_all):
        return 0
    try:
        return _take(reader, round_, now, at_once)
    except BarredReaderError:
        # The study went to this reader for adjudication at the same moment; it is not among the free ones any more.
        return _take(reader, round_, now, at_once)


@refusing_barred()
@transaction.atomic
def _take(reader: User, round_: ReadingRound, now: datetime, at_once: int) -> int:
    # The reader's own row is the queue of their tabs.
    member = RoundReader.objects.select_for_update().filter(round=round_, reader=reader).first()
    if member is None:
        return 0
    own = Slot.objects.filter(round=round_, reader=reader, state__in=LIVE_STATES)
    room = at_once - own.filter(state=SlotState.PENDING).count()
    if member.max_reads is not None:
        room = min(room, member.max_reads - own.count())
    taken = 0
    while taken < room and _take_one(reader, round_, now):
        taken += 1
    return taken


def _take_one(reader: User, round_: ReadingRound, now: datetime) -> bool:
    free = free_slots(reader, round_, now).order_by("round_study__position", "position")
    slot = free.select_for_update(skip_locked=True, of=("self",)).first()
    if slot is None:
        return False
    before = slot.reader_id
    last = Slot.objects.filter(round=round_, reader=reader).aggregate(last=Max("order"))["last"] or 0
    Slot.objects.filter(pk=slot.pk).update(reader=reader, order=last + 1, opened_at=None, leased_until=now + LEASE)
    record_event(verb="case.lent", subject=slot, by=reader, now=now, data={"round": round_.pk, "before": before})
    return True


@transaction.atomic
def renew_loans(*, slot: Slot, by: User, now: datetime) -> bool:
    """The page is still open: the loan of its case, and of those fetched ahead, begins anew. False when it is gone."""
    own = Slot.objects.filter(reader=by, round=slot.round_id, state=SlotState.PENDING, leased_until__isnull=False)
    own.update(leased_until=now + LEASE)
    return Slot.objects.filter(pk=slot.pk, reader=by, state__in=LIVE_STATES).exists()
