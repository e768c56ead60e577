"""A reader leaves: what they have not read goes to the others of the round."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from core.actions import record_event
from core.errors import DomainError
from labeling.actions.dealing import barred_by_key
from labeling.actions.locks import RoundClosedError, refusing_barred
from labeling.actions.rounds import check_curator
from labeling.actions.standing_in import give
from labeling.assignment import AssignedRead, AssignmentImpossible, ReaderSlot
from labeling.models import Arm, ReadingRound, RoundReader, RoundState, Slot, SlotState
from labeling.takeover import Move, reassign


class NobodyTakesOverError(DomainError):
    """The others cannot take all the cases."""


@dataclass(frozen=True)
class HandedOver:
    """What became of a reader's pending cases; ``kept`` are on their screen now, under a loan."""

    moved: int
    kept: int


@refusing_barred()
@transaction.atomic
def hand_over(*, round_: ReadingRound, reader: User, by: User, now: datetime) -> HandedOver:
    """Deals the reader's pending reads to the others, loads as level as they can be; verdicts stay where they are.

    A case on the reader's screen (its loan runs) stays with them. Extra slots of control arms and training are closed.
    Refuses: anyone but a curator, a closed round, and when the others cannot take all within their caps
    (NobodyTakesOverError, and nothing is moved).
    """
    check_curator(by)
    ReadingRound.objects.select_for_update().get(pk=round_.pk)
    round_.refresh_from_db(fields=["state"])
    if round_.state != RoundState.OPEN:
        raise RoundClosedError(f"{round_} is closed; nothing is left to hand over.")
    pending = list(
        Slot.objects.select_for_update(of=("self",))
        .filter(round=round_, reader=reader, state=SlotState.PENDING)
        .select_related("round_study__study__site")
        .order_by("order")
    )
    free = [slot for slot in pending if slot.leased_until is None or slot.leased_until < now]
    extra = [slot.pk for slot in free if slot.arm != Arm.NORMAL]
    Slot.objects.filter(pk__in=extra).update(state=SlotState.CLOSED, leased_until=None)
    counting = [slot for slot in free if slot.arm == Arm.NORMAL]
    for move, slot in _moves(round_, reader, counting):
        move_slot(slot, User.objects.get(username=move.to_reader), by=by, now=now)
    done = HandedOver(len(counting), len(pending) - len(free))
    if free:
        record_event(
            verb="round.handed_over",
            subject=round_,
            by=by,
            now=now,
            data={"reader": reader.pk, "moved": done.moved, "closed": len(extra), "kept": done.kept},
        )
    return done


def _moves(round_: ReadingRound, reader: User, pending: list[Slot]) -> list[tuple[Move, Slot]]:
    # Whoever had the study in any way, closed or in another arm, does not get it again.
    had = Slot.objects.filter(round=round_, reader__isnull=False)
    reads = [
        AssignedRead(str(study), position, name)
        for study, position, name in had.values_list("round_study", "position", "reader__username")
    ]
    todo = {(str(slot.round_study_id), slot.position): slot for slot in pending}
    members = RoundReader.objects.filter(round=round_, reader__is_active=True).select_related("reader")
    studies = {str(slot.round_study_id): slot.round_study.study_id for slot in pending}
    others = [
        ReaderSlot(one.reader.username, one.reader.home_site_code, one.max_reads)
        for one in members
        if one.reader_id != reader.pk
    ]
    try:
        moves = reassign(
            reads,
            [AssignedRead(study, position, reader.username) for study, position in todo],
            reader.username,
            others,
            round_.seed,
            {str(slot.round_study_id): slot.round_study.study.site.code for slot in pending},
            exclude_own_site=round_.exclude_own_site,
            barred=barred_by_key(studies, [one.reader for one in members]),
        )
    except AssignmentImpossible as error:
        raise NobodyTakesOverError(str(error)) from error
    return [(move, todo[move.study, move.position]) for move in moves]


def move_slot(slot: Slot, to: User, *, by: User | None, now: datetime) -> None:
    """In place where nothing was ever said; a slot with a history is closed, and another stands in for it.

    Of one that moves in place only the event knows whose it was.
    """
    if not slot.reads.exists():
        data = {"round": slot.round_id, "reader": slot.reader_id, "to": to.pk}
        give(slot, to.pk)
        record_event(verb="case.moved", subject=slot, by=by, now=now, data=data)
        return
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.CLOSED, leased_until=None)
    new = Slot.objects.create(
        round_id=slot.round_id,
        round_study_id=slot.round_study_id,
        position=slot.position,
        reads_per_study=slot.reads_per_study,
        order=0,
        replaces=slot,
    )
    give(new, to.pk)
