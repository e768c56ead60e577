"""Cases that are free to take, and who holds the others."""

from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from accounts.models import User
from labeling.lending import Held
from labeling.models import Arm, Read, ReadingRound, Slot, SlotState
from labeling.queries.barred import is_barred
from labeling.queries.reader import is_case_held
from labeling.queries.sealing import sealed_rounds


def free_slots(reader: User, round_: ReadingRound, now: datetime) -> QuerySet[Slot]:
    """Slots of a round open to all that the reader may take now: without a reader, or with a loan that has run out."""
    return _could_take(reader, round_).filter(Q(reader__isnull=True) | Q(leased_until__lt=now))


def held_by_others(reader: User, round_: ReadingRound, now: datetime) -> Held | None:
    """What the reader could take but that others hold now; None when there is nothing of the kind."""
    row = (
        _could_take(reader, round_)
        .filter(leased_until__gte=now)
        .aggregate(cases=Count("pk"), readers=Count("reader", distinct=True), first=Min("leased_until"))
    )
    return Held(row["cases"], row["readers"], row["first"]) if row["cases"] else None


def _could_take(reader: User, round_: ReadingRound) -> QuerySet[Slot]:
    mine = Slot.objects.filter(round_study=OuterRef("round_study"), reader=reader)
    slots = (
        Slot.objects.filter(round=round_, round__is_open_to_all=True, state=SlotState.PENDING, arm=Arm.NORMAL)
        .exclude(round__in=sealed_rounds())
        .exclude(reader=reader)
        .filter(~Exists(mine), ~Exists(Read.objects.filter(slot=OuterRef("pk"))))
        .filter(~is_case_held())
        .exclude(is_barred(OuterRef("round_study__study"), reader.pk))
    )
    if round_.exclude_own_site and reader.home_site_code:
        slots = slots.exclude(round_study__study__site__code=reader.home_site_code)
    return slots
