"""Reads of a round's control arms and repeats beside those that count, as the figures of bias and of readers need them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from cases.models import Study
from consensus.bias import PairedStudy, PlantedRead, names_labels
from consensus.outcomes import StudyReads
from consensus.queries.reads import RoundReads, reads_by_kind
from consensus.reader_quality import Repeated
from labeling.models import Arm, CannotJudge, Read, ReadingRound, Slot, SlotState
from labeling.queries import labels_of_read

Pair = tuple[str, StudyReads]


@dataclass(frozen=True)
class BiasReads:
    """What the bias page is computed from; ``extra`` is arm → (read, dealt), ``studies`` the studies by their name.

    ``planted`` and ``paired`` hold unaided verdicts: once the report or others have told a reader what is there, what they
    say no more shows what the suggestions did to them. ``counting`` holds the standing ones.
    """

    planted: tuple[PlantedRead, ...]
    paired: tuple[PairedStudy, ...]
    counting: tuple[Pair, ...]
    extra: Mapping[str, tuple[int, int]]
    studies: Mapping[str, Study]


@dataclass(frozen=True)
class ReaderReads:
    """What the page of readers is computed from, by username."""

    people: Mapping[str, User]
    counting: tuple[Pair, ...]
    seconds: Mapping[str, tuple[int | None, ...]]
    repeated: Mapping[str, tuple[Repeated, ...]]
    cannot_judge: Mapping[str, int]
    planted: tuple[PlantedRead, ...]


def bias_reads(round_: ReadingRound, user: User) -> BiasReads:
    """The reads of the studies this person may see: figures that held sealed ones too would tell of them by a difference."""
    studies, unaided = _standing_and_unaided(round_, user)
    by_study = {one.study.pk: one for one in studies}
    read = Count("pk", filter=Q(state=SlotState.READ))
    extra = Slot.objects.controls().filter(round=round_, round_study__study__in=by_study)
    rows = extra.order_by().values_list("arm").annotate(read=read, dealt=Count("pk"))
    counts = {arm: (n_read, n) for arm, n_read, n in rows}
    return BiasReads(
        planted=tuple(_planted(round_, by_study)),
        paired=tuple(_paired(round_, unaided)),
        counting=tuple((_patient(one), one.reads) for one in studies),
        extra={arm: counts.get(arm, (0, 0)) for arm in (Arm.NO_SUGGESTIONS, Arm.PLANTED_ERROR, Arm.REPEAT)},
        studies={_name(one.study): one.study for one in studies},
    )


def reader_reads(round_: ReadingRound, user: User) -> ReaderReads:
    """The reads of each reader of the round, of the studies this person may see."""
    studies, unaided = _standing_and_unaided(round_, user)
    by_study = {one.study.pk: one for one in studies}
    people = {member.reader.username: member.reader for member in round_.readers.select_related("reader")}
    seconds: dict[str, list[int | None]] = defaultdict(list)
    counting = Read.objects.counting().filter(slot__round=round_, slot__round_study__study__in=by_study).order_by("pk")
    for name, taken in counting.values_list("slot__reader__username", "seconds"):
        seconds[name].append(taken)
    closed = CannotJudge.objects.filter(
        slot__round=round_, slot__round_study__study__in=by_study, slot__arm=Arm.NORMAL, undone_at__isnull=True
    )
    return ReaderReads(
        people=dict(sorted(people.items())),
        counting=tuple((_patient(one), one.reads) for one in studies),
        seconds={name: tuple(taken) for name, taken in seconds.items()},
        repeated=_repeated(round_, unaided),
        cannot_judge=Counter(closed.values_list("slot__reader__username", flat=True)),
        planted=tuple(_planted(round_, by_study)),
    )


def _standing_and_unaided(round_: ReadingRound, user: User) -> tuple[list[RoundReads], dict[int, RoundReads]]:
    """The studies with the reads that count, and by study with those given before anything was revealed."""
    normal = Read.objects.unaided().filter(slot__arm=Arm.NORMAL)
    standing, unaided = reads_by_kind(round_, user, Read.objects.counting(), normal)
    return standing, {one.study.pk: one for one in unaided}


def _planted(round_: ReadingRound, studies: Mapping[int, RoundReads]) -> Iterable[PlantedRead]:
    for read in _of_arm(round_, Arm.PLANTED_ERROR, studies).select_related("slot__planted_label"):
        one, planted = studies[read.slot.round_study.study_id], read.slot.planted_label
        if planted is None:  # a constraint of the database
            continue
        others = [other for other in one.reads.reads if names_labels(other)]
        yield PlantedRead(
            study=_name(one.study),
            reader=read.slot.holder.username,
            planted=planted.key,
            kind=read.slot.planted_kind,
            verdict=read.verdict,
            labels=labels_of_read(read),
            others_for=sum(planted.key in other.labels(one.reads.suggested) for other in others),
            others=len(others),
        )


def _paired(round_: ReadingRound, studies: Mapping[int, RoundReads]) -> Iterable[PairedStudy]:
    """Studies read from scratch, with the normal reads of the same study that say which labels hold."""
    scratch: dict[int, list[frozenset[str]]] = defaultdict(list)
    for read in _of_arm(round_, Arm.NO_SUGGESTIONS, studies):
        scratch[read.slot.round_study.study_id].append(labels_of_read(read))
    for pk, sets in scratch.items():
        reads = studies[pk].reads
        shown = tuple(read.labels(reads.suggested) for read in reads.reads if names_labels(read))
        yield PairedStudy(_patient(studies[pk]), shown, tuple(sets))


def _repeated(round_: ReadingRound, studies: Mapping[int, RoundReads]) -> dict[str, tuple[Repeated, ...]]:
    first = {(pk, read.reader): read.verdict for pk, one in studies.items() for read in one.reads.reads}
    repeated: dict[str, list[Repeated]] = defaultdict(list)
    for read in _of_arm(round_, Arm.REPEAT, studies):
        pk, name = read.slot.round_study.study_id, read.slot.holder.username
        if (pk, name) in first:
            repeated[name].append(Repeated(_patient(studies[pk]), first[pk, name], read.verdict))
    return {name: tuple(mine) for name, mine in repeated.items()}


def _of_arm(round_: ReadingRound, arm: str, studies: Mapping[int, RoundReads]) -> QuerySet[Read]:
    """The unaided verdicts of an arm."""
    reads = Read.objects.unaided().filter(slot__round=round_, slot__arm=arm, slot__round_study__study__in=studies)
    return (
        reads.select_related("slot__reader", "slot__round_study").prefetch_related("corrections__label").order_by("pk")
    )


def _name(study: Study) -> str:
    return f"{study.site.code}/{study.study_id}"


def _patient(one: RoundReads) -> str:
    return f"{one.study.site.code}/{one.study.patient.person}"
