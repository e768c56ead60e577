"""What a curator sees of rounds: progress, studies, readers, and the exports. Sealed studies are left out of lists."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import Role, User
from cases.models import Image, Study
from cases.visibility import hidden_studies
from labeling.models import (
    LIVE_STATES,
    Arm,
    PlantedKind,
    Read,
    ReadingRound,
    RoundReader,
    RoundStudy,
    Slot,
    SlotState,
)
from labeling.queries.sealing import sealed_rounds
from labeling.verdicts import LabelChange, format_corrections
from sampling.models import SamplingRun

COUNTS = Q(reader__slots__arm=Arm.NORMAL)


@dataclass(frozen=True)
class ReaderProgress:
    """How far one reader of a round is: counting reads, and extra ones. ``last_at`` is the newest standing verdict's."""

    reader: User
    read: int
    total: int
    last_at: datetime | None
    extra_read: int = 0
    extra_total: int = 0


@dataclass(frozen=True)
class RoundProgress:
    """A round in numbers: studies by how many of their reads are in (index 0 to k), and reads in all."""

    studies_by_reads: tuple[int, ...]
    read: int
    total: int

    @property
    def studies(self) -> int:
        return sum(self.studies_by_reads)

    @property
    def complete(self) -> int:
        return self.studies_by_reads[-1]


def rounds_with_counts() -> QuerySet[ReadingRound]:
    """All rounds, newest first, with ``n_studies``, ``n_readers``, ``n_slots`` and ``n_read``."""

    def count(rows: QuerySet[RoundStudy] | QuerySet[RoundReader] | QuerySet[Slot]) -> Subquery:
        counted = rows.filter(round=OuterRef("pk")).order_by().values("round").annotate(n=Count("pk")).values("n")
        return Subquery(counted)

    live = Slot.objects.counting()
    return (
        ReadingRound.objects.select_related("benchmark")
        .annotate(
            n_studies=count(RoundStudy.objects.to_read()),
            n_readers=count(RoundReader.objects.all()),
            n_slots=count(live),
            n_read=count(live.filter(state=SlotState.READ)),
        )
        .order_by("-pk")
    )


def readers_of(round_: ReadingRound) -> list[ReaderProgress]:
    """Every reader of the round by name, with how far they are. No verdict is told."""
    live = Q(reader__slots__round=round_, reader__slots__state__in=LIVE_STATES)
    slots, extra = live & COUNTS, live & ~COUNTS
    is_read = Q(reader__slots__state=SlotState.READ)
    members = (
        RoundReader.objects.filter(round=round_)
        .select_related("reader")
        .annotate(
            total=Count("reader__slots", filter=slots),
            read=Count("reader__slots", filter=slots & is_read),
            extra_total=Count("reader__slots", filter=extra),
            extra_read=Count("reader__slots", filter=extra & is_read),
        )
        .order_by("reader__name", "reader__username")
    )
    standing = Read.objects.current().filter(slot__round=round_).order_by()
    last = dict(standing.values_list("slot__reader").annotate(at=Max("submitted_at")))
    return [
        ReaderProgress(
            member.reader,
            member.read,
            member.total,
            last.get(member.reader_id),
            member.extra_read,
            member.extra_total,
        )
        for member in members
    ]


def progress(round_: ReadingRound) -> RoundProgress:
    """The round's studies by how many of their reads are in, and the reads. Sealed studies count: it is an aggregate."""
    per_study = (
        RoundStudy.objects.to_read()
        .filter(round=round_)
        .annotate(n_read=Count("slots", filter=Q(slots__state=SlotState.READ, slots__arm=Arm.NORMAL)))
        .order_by()
        .values_list("n_read", flat=True)
    )
    counts = Counter(per_study)
    live = Slot.objects.counting().filter(round=round_)
    return RoundProgress(
        studies_by_reads=tuple(counts[n] for n in range(round_.reads_per_study + 1)),
        read=live.filter(state=SlotState.READ).count(),
        total=live.count(),
    )


def reads_by_day(round_: ReadingRound) -> list[tuple[datetime, float]]:
    """The moment of each standing verdict and how many were in by then, thinned to about 200 points."""
    moments = list(
        Read.objects.counting()
        .filter(slot__round=round_)
        .order_by("submitted_at")
        .values_list("submitted_at", flat=True)
    )
    step = max(1, len(moments) // 200)
    points = [(moment, float(place)) for place, moment in enumerate(moments, start=1) if place % step == 0]
    if moments and points[-1][1] != len(moments):
        points.append((moments[-1], float(len(moments))))
    return points


STUDY_ORDERS = {"position": "position", "study": "study__study_id", "site": "study__site__code", "read": "n_read"}


def who_may_come_late(round_: ReadingRound) -> QuerySet[User]:
    """Active readers with nothing left to read in the round: those who are not in it, and those who left or are done."""
    busy = Slot.objects.filter(round=round_, state=SlotState.PENDING, reader__isnull=False).values("reader")
    readers = User.objects.filter(role=Role.READER, is_active=True).exclude(pk__in=busy)
    if round_.is_open_to_all:
        readers = readers.exclude(pk__in=round_.readers.values("reader"))
    return readers.order_by("name", "username")


def studies_of(
    round_: ReadingRound, *, user: User, reads: int | None = None, search: str = "", order: str = "position"
) -> QuerySet[RoundStudy]:
    """The round's studies this person may see, with ``n_read`` and ``n_slots``; ``reads`` keeps those with so many."""
    studies: QuerySet[RoundStudy] = RoundStudy.objects.to_read().filter(
        round=round_, study__in=Study.objects.visible_to(user)
    )
    studies = studies.select_related("study__site", "suggestion_set").annotate(
        n_read=Count("slots", filter=Q(slots__state=SlotState.READ, slots__arm=Arm.NORMAL)),
        n_slots=Count("slots", filter=Q(slots__state__in=LIVE_STATES, slots__arm=Arm.NORMAL)),
    )
    if reads is not None:
        studies = studies.filter(n_read=reads)
    if search:
        studies = studies.filter(study__study_id__icontains=search)
    key = STUDY_ORDERS.get(order.lstrip("-"), "position")
    return studies.order_by(f"-{key}" if order.startswith("-") else key, "position")


def reads_visible_to(user: User, *, with_controls: bool = False) -> QuerySet[Read]:
    """The standing verdicts a person may list: a reader's own, a curator's all but sealed ones, an admin's all.

    Those that do not count (control arms, training) are left out for curators and admins unless ``with_controls``; to
    their own reader they are verdicts like any other.
    A reader's own leave out whole rounds that a frozen release sealed, so that no gap shows what is held out.
    """
    is_whole = with_controls or not user.is_curator
    reads = Read.objects.current() if is_whole else Read.objects.counting()
    reads = reads.select_related("slot__round_study__study__site", "slot__reader", "slot__round", "slot__planted_label")
    reads = reads.prefetch_related("corrections__label").order_by("pk")
    if user.is_admin:
        return reads
    if user.is_curator:
        return reads.exclude(hidden_studies("slot__round_study__study__"))
    return reads.by(user).exclude(slot__round__in=sealed_rounds())


def same_round(
    *,
    sampling_run: SamplingRun,
    readers: Sequence[User],
    max_reads: Mapping[int, int],
    reads_per_study: int,
    show_report: str,
    exclude_own_site: bool,
    seed: int,
    **settings: object,
) -> ReadingRound | None:
    """A round, open or closed, of just this sampling run, these settings and readers with their caps; late ones aside."""
    rounds = ReadingRound.objects.filter(
        sampling_run=sampling_run,
        reads_per_study=reads_per_study,
        show_report=show_report,
        exclude_own_site=exclude_own_site,
        seed=seed,
        **settings,
    )
    wanted = {reader.pk: max_reads.get(reader.pk) for reader in readers}
    for round_ in rounds.order_by("-number"):
        if dict(round_.readers.filter(is_late=False).values_list("reader", "max_reads")) == wanted:
            return round_
    return None


def ambiguous_study_ids(round_: ReadingRound) -> bool:
    """Whether two sites of the round use the same study identifier, so that exports need the site's column."""
    ids = RoundStudy.objects.to_read().filter(round=round_).order_by().values("study__study_id")
    return ids.annotate(n=Count("pk")).filter(n__gt=1).exists()


def assignment_rows(round_: ReadingRound, *, user: User | None) -> Iterator[tuple[object, ...]]:
    """``study_id, reader, position`` (and site where ambiguous) of every slot that counts, in reading order.

    ``user`` None is the command line, which sees what a curator sees.
    """
    slots = Slot.objects.counting().filter(round=round_, reader__isnull=False)
    if user is None or not user.is_admin:
        slots = slots.exclude(hidden_studies("round_study__study__"))
    columns = ["round_study__study__study_id", "reader__username", "position"]
    if ambiguous_study_ids(round_):
        columns.append("round_study__study__site__code")
    yield from slots.order_by("round_study__position", "position").values_list(*columns)


def read_rows(round_: ReadingRound, *, user: User | None, with_controls: bool = False) -> Iterator[tuple[object, ...]]:
    """The contract's reads CSV: every standing verdict that counts (site where ambiguous), as ``assignment_rows``.

    ``with_controls`` gives those of control arms and training too, and on each row its arm and what was planted
    (``+key`` added to the suggestions, ``-key`` removed), and always the site.
    """
    has_site = with_controls or ambiguous_study_ids(round_)
    reads = (Read.objects.current() if with_controls else Read.objects.counting()).filter(slot__round=round_)
    if user is None or not user.is_admin:
        reads = reads.exclude(hidden_studies("slot__round_study__study__"))
    related = "slot__round_study__study__site", "slot__reader", "slot__planted_label"
    reads = reads.select_related(*related).prefetch_related("corrections__label")
    for read in reads.order_by("slot__round_study__position", "slot__position"):
        study = read.slot.round_study.study
        changes = [LabelChange(item.label.key, item.kind) for item in read.corrections.all()]
        moment = read.submitted_at.isoformat().replace("+00:00", "Z")
        row = (
            study.study_id,
            read.slot.holder.username,
            read.verdict,
            format_corrections(changes),
            read.comment,
            moment,
        )
        extra = (read.slot.arm, planted_words(read.slot)) if with_controls else ()
        yield (*row, *extra, study.site.code) if has_site else row


def mark_rows(round_: ReadingRound, *, user: User | None) -> Iterator[tuple[object, ...]]:
    """Every mark of the standing verdicts that count, a row each (site where ambiguous), in the order of ``read_rows``.

    ``image`` is the picture's SOPInstanceUID, ``frame`` counts from 1; ``points`` are ``x y`` in its pixels, joined by ``;``,
    the centre of the first pixel at 0.5 0.5.
    """
    has_site = ambiguous_study_ids(round_)
    reads = Read.objects.counting().filter(slot__round=round_).exclude(marks=[])
    if user is None or not user.is_admin:
        reads = reads.exclude(hidden_studies("slot__round_study__study__"))
    listed = list(
        reads.select_related("slot__round_study__study__site", "slot__reader").order_by(
            "slot__round_study__position", "slot__position"
        )
    )
    images = {mark["image"] for read in listed for mark in read.marks}
    uids = dict(Image.objects.filter(pk__in=images).values_list("pk", "sop_uid"))
    for read in listed:
        study = read.slot.round_study.study
        moment = read.submitted_at.isoformat().replace("+00:00", "Z")
        for mark in read.marks:
            points = ";".join(f"{x:g} {y:g}" for x, y in mark["points"])
            what = (uids[mark["image"]], mark["frame"] + 1, mark["kind"], points, mark["label"] or "")
            row = (study.study_id, read.slot.holder.username, *what, mark["certainty"] or "", mark["text"], moment)
            yield (*row, study.site.code) if has_site else row


def planted_words(slot: Slot) -> str:
    """What was planted in a slot, as exports write it: ``+key`` was added to the suggestions, ``-key`` removed."""
    if slot.planted_label is None:
        return ""
    return f"{'+' if slot.planted_kind == PlantedKind.ADDED else '-'}{slot.planted_label.key}"
