"""A reader comes late: some of what the others have not read yet goes to them."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from core.actions import record_event
from labeling.actions.dealing import barred_by_key
from labeling.actions.hand_over import move_slot
from labeling.actions.locks import RoundClosedError, refusing_barred
from labeling.actions.rounds import ReaderRefusedError, check_curator
from labeling.actions.standing_in import deal_again
from labeling.assignment import AssignedRead, ReaderSlot
from labeling.models import Arm, Draft, Read, ReadingRound, RoundReader, RoundState, RoundStudy, Slot, SlotState
from labeling.queries import is_case_held
from labeling.takeover import Move, deal_in


@dataclass(frozen=True)
class DealtIn:
    """What a late reader got: cases that were the others', cases that waited for a reader, training cases."""

    moved: int
    waiting: int
    training: int

    @property
    def cases(self) -> int:
        return self.moved + self.waiting

    @property
    def words(self) -> str:
        """What the reader got, to end a sentence with."""
        parts = [f"{_count(self.moved, 'case')} that others had not begun"]
        parts += [f"{_count(self.waiting, 'case')} that waited for a reader"] if self.waiting else []
        parts += [f"{_count(self.training, 'training case')}"] if self.training else []
        return " and ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@refusing_barred()
@transaction.atomic
def deal_in_reader(
    *, round_: ReadingRound, reader: User, max_reads: int | None = None, by: User | None, now: datetime
) -> DealtIn:
    """Adds the reader to the round and gives them pending reads of the others, until what is left to read is level.

    Verdicts stay where they are, and so does a case on a reader's screen, one with a draft or a verdict taken back, and
    one that its reader reads again in a control arm. Cases that wait for a reader come too, and the round's training
    cases come first. A reader who left can come back; once the lists are level the same call moves nothing.
    ``max_reads`` caps the reader, None leaves a cap that there is. In a round open to all the reader is only let in.
    Refuses: anyone but a curator, a closed round, and who is no active reader (ReaderRefusedError).
    """
    check_curator(by)
    ReadingRound.objects.select_for_update().get(pk=round_.pk)
    round_.refresh_from_db(fields=["state"])
    if round_.state != RoundState.OPEN:
        raise RoundClosedError(f"{round_} is closed; open another round for more readers.")
    _check_reader(reader)
    member, is_new = RoundReader.objects.get_or_create(
        round=round_, reader=reader, defaults={"max_reads": max_reads, "is_late": True}
    )
    if max_reads is not None and member.max_reads != max_reads:
        member.max_reads = max_reads
        member.save(update_fields=["max_reads"])
    training = _deal_training(round_, reader)
    moved = 0
    waiting = 0
    if not round_.is_open_to_all:
        waiting = _deal_waiting(round_, reader)
        moved = _take_over(round_, member, by, now)
    done = DealtIn(moved, waiting, training)
    if is_new or done.cases or training:
        data = {"reader": reader.pk, "moved": moved, "waiting": waiting, "training": training}
        record_event(verb="round.dealt_in", subject=round_, by=by, now=now, data=data)
    return done


def _check_reader(reader: User) -> None:
    if not reader.is_reader:
        raise ReaderRefusedError(f"{reader.username} is a {reader.role}; only readers read. Change the role first.")
    if not reader.is_active:
        raise ReaderRefusedError(f"The account of {reader.username} is inactive; activate it first.")


def _deal_training(round_: ReadingRound, reader: User) -> int:
    """The round's training cases as the first of the list, those that the reader lacks; returns how many."""
    theirs = Slot.objects.filter(round_study=OuterRef("pk"), reader=reader)
    cases = RoundStudy.objects.filter(~Exists(theirs), round=round_, training_case__isnull=False)
    slots = Slot.objects.bulk_create(
        Slot(
            round=round_,
            round_study=case,
            reader=reader,
            arm=Arm.TRAINING,
            position=0,
            reads_per_study=round_.reads_per_study,
            order=case.position,
        )
        for case in cases
    )
    return len(slots)


def _deal_waiting(round_: ReadingRound, reader: User) -> int:
    """Deals what nobody could take; returns how much of it went to this reader. Studies held back go on waiting."""
    slots = Slot.objects.select_for_update(of=("self",)).filter(
        ~is_case_held(), round=round_, reader__isnull=True, state=SlotState.PENDING
    )
    taken = 0
    for slot in slots.select_related("round").order_by("round_study__position", "position"):
        if deal_again(slot):
            taken += slot.reader_id == reader.pk
    return taken


def _take_over(round_: ReadingRound, member: RoundReader, by: User | None, now: datetime) -> int:
    pending = list(
        Slot.objects.select_for_update(of=("self",))
        .filter(round=round_, state=SlotState.PENDING, arm=Arm.NORMAL, reader__isnull=False)
        .select_related("round_study__study__site", "reader")
        .order_by("order", "round_study__position", "position")
    )
    slots = {AssignedRead(str(slot.round_study_id), slot.position, slot.holder.username): slot for slot in pending}
    studies = {read.study: slot.round_study.study for read, slot in slots.items()}
    newcomer = ReaderSlot(member.reader.username, member.reader.home_site_code, member.max_reads)
    had = Slot.objects.filter(round=round_, reader=member.reader).exclude(state__in=(SlotState.PENDING, SlotState.READ))
    barred = set(barred_by_key({key: study.pk for key, study in studies.items()}, [member.reader]))
    barred |= {str(study) for study in had.values_list("round_study", flat=True)}
    free = _free([slot.pk for slot in pending], now)
    moves = deal_in(
        _live(round_),
        list(slots),
        newcomer,
        {key: study.site.code for key, study in studies.items()},
        exclude_own_site=round_.exclude_own_site,
        barred=barred,
        movable={read for read, slot in slots.items() if slot.pk in free},
    )
    # In the order in which the others would have read them, so that studies go on completing early.
    place = {read: number for number, read in enumerate(slots)}
    for move in sorted(moves, key=lambda move: place[_read_of(move)]):
        move_slot(slots[_read_of(move)], member.reader, by=by, now=now)
    return len(moves)


def _read_of(move: Move) -> AssignedRead:
    return AssignedRead(move.study, move.position, move.from_reader)


def _live(round_: ReadingRound) -> list[AssignedRead]:
    """Every read on somebody's list, in whatever arm: nobody gets a study twice."""
    live = Slot.objects.live().filter(round=round_, reader__isnull=False)
    rows = live.values_list("round_study", "position", "reader__username")
    return [AssignedRead(str(study), position, name) for study, position, name in rows]


def _free(pending: list[int], now: datetime) -> set[int]:
    """Which of these slots nobody has begun, and whose reader does not have the study in a control arm as well."""
    again = Slot.objects.live().filter(round_study=OuterRef("round_study"), reader=OuterRef("reader"))
    slots = Slot.objects.filter(pk__in=pending).filter(Q(leased_until__isnull=True) | Q(leased_until__lt=now))
    begun = Q(Exists(Read.objects.filter(slot=OuterRef("pk")))) | Q(Exists(Draft.objects.filter(slot=OuterRef("pk"))))
    slots = slots.exclude(begun).filter(~Exists(again.exclude(pk=OuterRef("pk"))))
    return set(slots.values_list("pk", flat=True))
