"""A reader's own: worklist, next case, history. Every query starts from that reader's slots."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, TextField, When
from django.db.models.functions import Cast

from accounts.models import User
from cases.models import HeldEntry
from cases.visibility import hiding_rules
from core.models import Event
from core.prepared import PreparedExists, PreparedRows
from labeling.models import (
    LIVE_STATES,
    RESTORES,
    CannotJudge,
    Read,
    ReadingRound,
    ReadSource,
    RoundState,
    Slot,
    SlotState,
    StudyHold,
)
from labeling.queries.sealing import sealed_rounds


@dataclass(frozen=True)
class RoundWork:
    """How far a reader is in one round; ``next_slot`` is None when nothing is left to read.

    ``added`` of those left came after the list was dealt: another reader closed the case.
    """

    round: ReadingRound
    read: int
    total: int
    next_slot: int | None
    added: int = 0

    @property
    def left(self) -> int:
        return self.total - self.read

    @property
    def goes_on(self) -> bool:
        """Whether there is something to read, or may be: in a round open to all the next case is looked for."""
        return self.next_slot is not None or (self.round.is_open and self.round.is_open_to_all)


@dataclass(frozen=True)
class Listed:
    """One case on a reader's list. ``is_held``: patient data was seen in it, or the gate holds it, and no curator let it go."""

    slot: int
    order: int
    state: str
    study: int
    is_held: bool

    @property
    def can_be_read(self) -> bool:
        return self.state == SlotState.PENDING and not self.is_held


@dataclass(frozen=True)
class ReadingList:
    """A reader's list in one round, in its order; read in one query, so that a verdict asks for it once."""

    cases: tuple[Listed, ...]

    @property
    def read(self) -> int:
        return sum(case.state == SlotState.READ for case in self.cases)

    @property
    def total(self) -> int:
        return len(self.cases)

    @property
    def last(self) -> int:
        """The number of the last case. A case keeps its number when one before it is closed: this may be more than ``total``."""
        return self.cases[-1].order if self.cases else 0

    @property
    def held(self) -> int:
        return sum(case.is_held and case.state == SlotState.PENDING for case in self.cases)

    def holds_back(self, slot: int) -> bool:
        """Whether this case is held back from readers now."""
        return any(case.slot == slot and case.is_held for case in self.cases)

    def beside(self, order: int) -> tuple[int | None, int | None]:
        """The slots before and behind place ``order``, read or not."""
        before = [case.slot for case in self.cases if case.order < order]
        behind = [case.slot for case in self.cases if case.order > order]
        return (before[-1] if before else None), (behind[0] if behind else None)

    def coming(self, after: int = 0, but: int | None = None) -> list[Listed]:
        """What is to be read, first what lies behind place ``after``, then what was left out before it."""
        todo = [case for case in self.cases if case.can_be_read and case.slot != but]
        return sorted(todo, key=lambda case: case.order <= after)


def slots_of(reader: User) -> QuerySet[Slot]:
    """The reader's live slots."""
    return Slot.objects.filter(reader=reader, state__in=LIVE_STATES)


def slots_once_held_by(reader: User) -> QuerySet[Slot]:
    """Cases of open rounds that were the reader's and are no more: closed, handed over, or lent to another since.

    Opened or not: when a reader's cases are handed over those of control arms are closed, and which these were must not
    be told by another answer.
    """
    lent = Event.objects.filter(
        verb="case.lent", actor=reader, subject_type="labeling.slot", subject_id=OuterRef("key")
    )
    moved = Event.objects.filter(
        verb="case.moved", data__reader=reader.pk, subject_type="labeling.slot", subject_id=OuterRef("key")
    )
    rows = Slot.objects.annotate(key=Cast("pk", TextField())).filter(
        Q(reader=reader, state=SlotState.CLOSED) | Q(drafts__reader=reader) | Exists(lent) | Exists(moved)
    )
    open_rounds = rows.filter(round__state=RoundState.OPEN).exclude(round__in=sealed_rounds())
    return open_rounds.exclude(reader=reader, state__in=LIVE_STATES).select_related("round__benchmark").distinct()


def closing_of(slot: Slot) -> CannotJudge | None:
    """How the slot's reader gave it back, which can be undone; other cases are closed over the reader's head."""
    return CannotJudge.objects.filter(slot=slot, undone_at__isnull=True).first()


def closing_taken_back(slot: Slot) -> CannotJudge | None:
    """How the slot's reader gave it back last, where they have taken that back."""
    return CannotJudge.objects.filter(slot=slot, undone_at__isnull=False).order_by("undone_at", "pk").last()


def has_gone_on(*, round_study: OuterRef | int, reader: User, since: OuterRef | datetime) -> Exists:
    """Whether another reader of the round has opened the study, or said something of it, since its closing by ``reader``.

    It looks at every slot of the study, so that the answer is the same in every arm: only a case of the normal arm is
    dealt to another when it is closed, and an answer that rests on that alone would tell its reader the arm.
    """
    since_then = Q(opened_at__gte=since) | Q(reads__submitted_at__gte=since) | Q(cannot_judge__submitted_at__gte=since)
    return Exists(Slot.objects.filter(since_then, round_study=round_study).exclude(reader=reader))


def is_held(study: OuterRef | int, benchmark: OuterRef | None = None) -> Q:
    """Whether a study is held back from readers, for a filter or an annotation: patient data was seen in it and no curator has
    decided, or the gate holds it from the pool of the round's ``benchmark`` (None: of any).
    """
    at_the_gate = HeldEntry.objects.filter(study=study)
    if benchmark is not None:
        at_the_gate = at_the_gate.filter(benchmark=benchmark)
    return Q(Exists(StudyHold.objects.filter(study=study, decided_at__isnull=True))) | Q(Exists(at_the_gate))


def is_case_held() -> Q:
    """The same of the study of a slot."""
    return is_held(OuterRef("round_study__study"), OuterRef("round__benchmark"))


def reading_list(reader: User, round_: ReadingRound) -> ReadingList:
    """The reader's live slots of the round, in their order."""
    return ReadingList(tuple(Listed(*row) for row in _listed(reader.pk, round_.pk)))


def _cases_of_round(reader: int, round_: int) -> QuerySet[Slot, Any]:
    slots = slots_of(User(pk=reader)).filter(round=round_).annotate(held=is_case_held())
    return slots.order_by("order").values_list("pk", "order", "state", "round_study__study_id", "held")


_listed = PreparedRows[tuple[Any, ...]](_cases_of_round, 2)


def worklist(reader: User) -> list[RoundWork]:
    """The rounds the reader takes part in, open ones first, then the newest."""
    pending = Q(state=SlotState.PENDING)
    given_back = Exists(CannotJudge.objects.filter(slot=OuterRef("replaces")))
    slots = slots_of(reader).annotate(held=is_case_held(), is_added=given_back)
    counts = {
        row["round"]: row
        for row in slots.order_by()
        .values("round")
        .annotate(
            total=Count("pk"),
            read=Count("pk", filter=~pending),
            added=Count("pk", filter=pending & Q(is_added=True)),
            first=Min("order", filter=pending & Q(held=False)),
        )
    }
    todo = Q()
    for pk, row in counts.items():
        if row["first"] is not None:
            todo |= Q(round=pk, order=row["first"])
    firsts = dict(slots_of(reader).filter(pending, todo).values_list("round", "pk")) if todo else {}
    free = Q(is_open_to_all=True, state=RoundState.OPEN, readers__reader=reader)
    rounds = ReadingRound.objects.filter(Q(pk__in=counts) | free).select_related("benchmark").distinct()
    work = [_work(round_, counts.get(round_.pk), firsts.get(round_.pk)) for round_ in rounds]
    return sorted(work, key=lambda item: (not item.round.is_open, not item.goes_on, item.left == 0, -item.round.pk))


def _work(round_: ReadingRound, counts: Mapping[str, Any] | None, first: int | None) -> RoundWork:
    read, total = (counts["read"], counts["total"]) if counts else (0, 0)
    return RoundWork(round_, read, total, first if round_.is_open else None, counts["added"] if counts else 0)


def next_slot(*, reader: User, round_: ReadingRound, after: int = 0) -> int | None:
    """The reader's next case to read: the first one behind place ``after``, else the first left out before it."""
    if not round_.is_open or sealed_rounds().filter(pk=round_.pk).exists():
        return None
    return next((case.slot for case in reading_list(reader, round_).coming(after)), None)


def history_of(reader: User, verdict: str = "") -> QuerySet[Read]:
    """The reader's standing verdicts, newest first; only of one kind with ``verdict`` (no sealed ones).

    Where ``is_sealed`` is true, show no content of it.

    That is every verdict of a round whose release was frozen, held out or not: nobody can tell the two apart.
    """
    reads = Read.objects.current().by(reader)
    if verdict:
        reads = reads.filter(verdict=verdict).exclude(slot__round__in=sealed_rounds())
    return (
        reads.select_related("slot__round__benchmark")
        .prefetch_related("corrections__label")
        .annotate(is_sealed=Case(When(slot__round__in=sealed_rounds(), then=True), default=False))
        .order_by("-submitted_at", "-pk")
    )


def last_said(reader: User) -> Read | CannotJudge | None:
    """The last thing the reader said of a case on its page, while it may be undone: a verdict, or that they cannot judge it.

    A verdict that stands again was not said anew: it is only replaced.
    """
    open_rounds = {"slot__reader": reader, "slot__round__state": RoundState.OPEN, "source": ReadSource.PAGE}
    reads = Read.objects.current().filter(**open_rounds, slot__state__in=LIVE_STATES)
    reads = reads.exclude(shown__has_key=RESTORES)
    too_late = has_gone_on(round_study=OuterRef("slot__round_study"), reader=reader, since=OuterRef("submitted_at"))
    closings = CannotJudge.objects.filter(~too_late, **open_rounds, undone_at__isnull=True)
    closings = closings.exclude(holds__decided_at__isnull=False)
    sealed, related = Q(slot__round__in=sealed_rounds()), "slot__round__benchmark"
    read = reads.exclude(sealed).select_related(related).order_by("submitted_at").last()
    closing = closings.exclude(sealed).select_related(related).order_by("submitted_at").last()
    if read is None or closing is None:
        return read or closing
    return read if read.submitted_at > closing.submitted_at else closing


def may_view(user: User, study_pk: int) -> bool:
    """Whether a reader may see a study's pictures: by a live slot in an open round, or one they have read.

    Never while it is held back for patient data, and never once a frozen release sealed its round.
    """
    return _has_case_of(user.pk, study_pk)


def _cases_of_study(reader: int, study: int) -> QuerySet[Slot]:
    slots = slots_of(User(pk=reader)).filter(
        Q(round__state=RoundState.OPEN) | Q(state=SlotState.READ), ~is_case_held(), round_study__study=study
    )
    return slots.exclude(round__in=sealed_rounds())


_has_case_of = PreparedExists(_cases_of_study, 2, hiding_rules)
