"""Training cases: where a reader stands in them, what the answer page shows, and the results a curator sees."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import User
from benchmarks.models import Label
from labeling.models import Arm, Read, ReadingRound, Slot, SlotState, TrainingCase, TrainingSet
from labeling.training import Comparison, compare, is_passed


@dataclass(frozen=True)
class TrainingState:
    """How far a reader is with a round's training cases. ``again`` is the first case that differs from the answer."""

    read: int
    right: int
    total: int
    is_done: bool
    next_slot: int | None
    again: int | None

    @property
    def open_slot(self) -> int | None:
        """The case to go to while the training is not done."""
        return None if self.is_done else self.next_slot or self.again


@dataclass(frozen=True)
class Answer:
    """The worked answer of a case beside what the reader said: each label with the words that tell the difference."""

    case: TrainingCase
    comparison: Comparison
    rows: tuple[tuple[Label, str], ...]


@dataclass(frozen=True)
class TrainingResult:
    """One reader's training in one round: right at the first read, right now, read, of all."""

    round: ReadingRound
    reader: User
    first_right: int
    right: int
    read: int
    total: int
    is_done: bool


def labels_of_read(read: Read) -> frozenset[str]:
    """The labels a read ends at: what was shown, with its corrections."""
    added = {item.label.key for item in read.corrections.all() if item.kind == "added"}
    struck = {item.label.key for item in read.corrections.all() if item.kind == "struck"}
    return frozenset(set(read.shown.get("suggestions", {})) - struck | added)


def training_state(reader: User, round_: ReadingRound) -> TrainingState:
    """Where the reader stands; a round without training is done. Two or three queries."""
    slots = list(_slots(round_).filter(reader=reader).order_by("order"))
    results = _results(slots)
    marks = [results.get(slot.pk) for slot in slots]
    wrong = (slot.pk for slot, mark in zip(slots, marks, strict=True) if mark is False)
    todo = (slot.pk for slot, mark in zip(slots, marks, strict=True) if mark is None)
    return TrainingState(
        read=sum(mark is not None for mark in marks),
        right=sum(bool(mark) for mark in marks),
        total=len(slots),
        is_done=is_passed(marks, round_.training_pass_mark),
        next_slot=next(todo, None),
        again=next(wrong, None),
    )


def training_to_do(slot: Slot) -> int | None:
    """The training case that must come before this one, or None: only where the round requires training."""
    if slot.arm == Arm.TRAINING or not slot.round.requires_training:
        return None
    return training_state(slot.holder, slot.round).open_slot


def answer_of(slot: Slot, read: Read) -> Answer | None:
    """The answer to a training case once its reader has judged it; None for any other case."""
    case = slot.round_study.training_case
    if case is None:
        return None
    comparison = compare(frozenset(case.answer), labels_of_read(read))
    words = {
        **dict.fromkeys(comparison.both, "both"),
        **dict.fromkeys(comparison.missed, "missed"),
        **dict.fromkeys(comparison.beyond, "beyond"),
    }
    return Answer(
        case, comparison, tuple((label, words[label.key]) for label in slot.round.labels if label.key in words)
    )


def training_results(training_set: TrainingSet) -> list[TrainingResult]:
    """Every reader of every round that uses the set, newest round first; the first read and the standing one."""
    slots = Slot.objects.live().filter(round__training_set=training_set, arm=Arm.TRAINING)
    by_reader: dict[tuple[int, int], list[Slot]] = defaultdict(list)
    for slot in slots.select_related("round__benchmark", "reader", "round_study__training_case").order_by("order"):
        by_reader[slot.round_id, slot.holder.pk].append(slot)
    everything = [slot for mine in by_reader.values() for slot in mine]
    first, now = _results(everything, first=True), _results(everything)
    results = []
    for mine in by_reader.values():
        round_, marks = mine[0].round, [now.get(slot.pk) for slot in mine]
        results.append(
            TrainingResult(
                round=round_,
                reader=mine[0].holder,
                first_right=sum(first.get(slot.pk, False) for slot in mine),
                right=sum(bool(mark) for mark in marks),
                read=sum(mark is not None for mark in marks),
                total=len(mine),
                is_done=is_passed(marks, round_.training_pass_mark),
            )
        )
    return sorted(results, key=lambda one: (-one.round.pk, str(one.reader)))


def _slots(round_: ReadingRound) -> QuerySet[Slot]:
    return Slot.objects.live().filter(round=round_, arm=Arm.TRAINING).select_related("round_study__training_case")


def _results(slots: list[Slot], *, first: bool = False) -> dict[int, bool]:
    """Slot → whether its standing read (or its first one) ends at the answer; slots without one are left out."""
    answers = {slot.pk: slot.round_study.training_case for slot in slots}
    reads = Read.objects.filter(slot__in=answers, supersedes__isnull=True) if first else Read.objects.current()
    reads = reads.filter(slot__in=answers, slot__state__in=(SlotState.READ, SlotState.PENDING))
    return {
        read.slot_id: compare(frozenset(case.answer), labels_of_read(read)).is_right
        for read in reads.prefetch_related("corrections__label")
        if (case := answers[read.slot_id])
    }
