"""A reader's own: worklist, next case, history. Every query starts from that reader's slots."""

from dataclasses import dataclass

from django.db.models import Case, Count, Min, Q, QuerySet, When

from accounts.models import User
from labeling.models import LIVE_STATES, Read, ReadingRound, RoundState, Slot, SlotState
from labeling.queries.sealing import sealed_rounds


@dataclass(frozen=True)
class RoundWork:
    """How far a reader is in one round; ``next_slot`` is None when nothing is left to read."""

    round: ReadingRound
    read: int
    total: int
    next_slot: int | None

    @property
    def left(self) -> int:
        return self.total - self.read


def slots_of(reader: User) -> QuerySet[Slot]:
    """The reader's live slots."""
    return Slot.objects.filter(reader=reader, state__in=LIVE_STATES)


def worklist(reader: User) -> list[RoundWork]:
    """The rounds the reader takes part in, open ones first, then the newest."""
    pending = Q(state=SlotState.PENDING)
    counts = {
        row["round"]: row
        for row in slots_of(reader)
        .order_by()
        .values("round")
        .annotate(total=Count("pk"), read=Count("pk", filter=~pending), first=Min("order", filter=pending))
    }
    rounds = ReadingRound.objects.filter(pk__in=counts).select_related("benchmark")
    firsts = {
        slot.round_id: slot.pk
        for slot in slots_of(reader).filter(
            pending, order__in={row["first"] for row in counts.values() if row["first"] is not None}
        )
        if slot.order == counts[slot.round_id]["first"]
    }
    work = [
        RoundWork(
            round_,
            counts[round_.pk]["read"],
            counts[round_.pk]["total"],
            firsts.get(round_.pk) if round_.is_open else None,
        )
        for round_ in rounds
    ]
    return sorted(work, key=lambda item: (not item.round.is_open, item.left == 0, -item.round.pk))


def next_slot(*, reader: User, round_: ReadingRound, after: int = 0) -> Slot | None:
    """The reader's next case to read: the first one behind place ``after``, else the first left out before it."""
    if not round_.is_open:
        return None
    todo = slots_of(reader).filter(round=round_, state=SlotState.PENDING).exclude(round__in=sealed_rounds())
    return todo.filter(order__gt=after).order_by("order").first() or todo.order_by("order").first()


def progress_of(reader: User, round_: ReadingRound) -> tuple[int, int]:
    """Read and dealt to this reader in this round."""
    row = (
        slots_of(reader)
        .filter(round=round_)
        .aggregate(total=Count("pk"), read=Count("pk", filter=Q(state=SlotState.READ)))
    )
    return row["read"], row["total"]


def history_of(reader: User) -> QuerySet[Read]:
    """The reader's standing verdicts, newest first. Where ``is_sealed`` is true, show no content of it.

    That is every verdict of a round whose release was frozen, held out or not: nobody can tell the two apart.
    """
    return (
        Read.objects.current()
        .by(reader)
        .select_related("slot__round__benchmark")
        .prefetch_related("corrections__label")
        .annotate(is_sealed=Case(When(slot__round__in=sealed_rounds(), then=True), default=False))
        .order_by("-submitted_at", "-pk")
    )


def may_view(user: User, study_pk: int) -> bool:
    """Whether a reader may see a study's pictures: by a live slot in an open round, or one they have read; never sealed."""
    slots = slots_of(user).filter(
        Q(round__state=RoundState.OPEN) | Q(state=SlotState.READ), round_study__study=study_pk
    )
    return slots.exclude(round__in=sealed_rounds()).exists()
