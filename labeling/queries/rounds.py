"""What a curator sees of rounds: progress, studies, readers, and the exports. Sealed studies are left out of lists."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from cases.models import Study
from cases.visibility import hidden_studies
from labeling.models import LIVE_STATES, Read, ReadingRound, RoundReader, RoundStudy, Slot, SlotState
from labeling.queries.sealing import sealed_rounds
from labeling.verdicts import LabelChange, format_corrections
from sampling.models import SamplingRun


@dataclass(frozen=True)
class ReaderProgress:
    """How far one reader of a round is. ``last_at`` is the time of the newest standing verdict."""

    reader: User
    read: int
    total: int
    last_at: datetime | None


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

    live = Slot.objects.filter(state__in=LIVE_STATES)
    return (
        ReadingRound.objects.select_related("benchmark")
        .annotate(
            n_studies=count(RoundStudy.objects.all()),
            n_readers=count(RoundReader.objects.all()),
            n_slots=count(live),
            n_read=count(live.filter(state=SlotState.READ)),
        )
        .order_by("-pk")
    )


def readers_of(round_: ReadingRound) -> list[ReaderProgress]:
    """Every reader of the round by name, with how far they are. No verdict is told."""
    slots = Q(reader__slots__round=round_, reader__slots__state__in=LIVE_STATES)
    members = (
        RoundReader.objects.filter(round=round_)
        .select_related("reader")
        .annotate(
            total=Count("reader__slots", filter=slots),
            read=Count("reader__slots", filter=slots & Q(reader__slots__state=SlotState.READ)),
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
        )
        for member in members
    ]


def progress(round_: ReadingRound) -> RoundProgress:
    """The round's studies by how many of their reads are in, and the reads. Sealed studies count: it is an aggregate."""
    per_study = (
        RoundStudy.objects.filter(round=round_)
        .annotate(n_read=Count("slots", filter=Q(slots__state=SlotState.READ)))
        .order_by()
        .values_list("n_read", flat=True)
    )
    counts = Counter(per_study)
    live = Slot.objects.filter(round=round_, state__in=LIVE_STATES)
    return RoundProgress(
        studies_by_reads=tuple(counts[n] for n in range(round_.reads_per_study + 1)),
        read=live.filter(state=SlotState.READ).count(),
        total=live.count(),
    )


def reads_by_day(round_: ReadingRound) -> list[tuple[datetime, float]]:
    """The moment of each standing verdict and how many were in by then, thinned to about 200 points."""
    moments = list(
        Read.objects.current()
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


def studies_of(
    round_: ReadingRound, *, user: User, reads: int | None = None, search: str = "", order: str = "position"
) -> QuerySet[RoundStudy]:
    """The round's studies this person may see, with ``n_read`` and ``n_slots``; ``reads`` keeps those with so many."""
    studies = RoundStudy.objects.filter(round=round_, study__in=Study.objects.visible_to(user))
    studies = studies.select_related("study__site", "suggestion_set").annotate(
        n_read=Count("slots", filter=Q(slots__state=SlotState.READ)),
        n_slots=Count("slots", filter=Q(slots__state__in=LIVE_STATES)),
    )
    if reads is not None:
        studies = studies.filter(n_read=reads)
    if search:
        studies = studies.filter(study__study_id__icontains=search)
    key = STUDY_ORDERS.get(order.lstrip("-"), "position")
    return studies.order_by(f"-{key}" if order.startswith("-") else key, "position")


def reads_visible_to(user: User) -> QuerySet[Read]:
    """The standing verdicts a person may list: a reader's own, a curator's all but sealed ones, an admin's all.

    A reader's own leave out whole rounds that a frozen release sealed, so that no gap shows what is held out.
    """
    reads = Read.objects.current().select_related("slot__round_study__study__site", "slot__reader", "slot__round")
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
) -> ReadingRound | None:
    """A round, open or closed, of just this sampling run, these settings and these readers with their caps."""
    rounds = ReadingRound.objects.filter(
        sampling_run=sampling_run,
        reads_per_study=reads_per_study,
        show_report=show_report,
        exclude_own_site=exclude_own_site,
        seed=seed,
    )
    wanted = {reader.pk: max_reads.get(reader.pk) for reader in readers}
    for round_ in rounds.order_by("-number"):
        if dict(round_.readers.values_list("reader", "max_reads")) == wanted:
            return round_
    return None


def ambiguous_study_ids(round_: ReadingRound) -> bool:
    """Whether two sites of the round use the same study identifier, so that exports need the site's column."""
    ids = RoundStudy.objects.filter(round=round_).order_by().values("study__study_id")
    return ids.annotate(n=Count("pk")).filter(n__gt=1).exists()


def assignment_rows(round_: ReadingRound, *, user: User | None) -> Iterator[tuple[object, ...]]:
    """``study_id, reader, position`` (and site where ambiguous) of every live slot, in reading order.

    ``user`` None is the command line, which sees what a curator sees.
    """
    slots = Slot.objects.filter(round=round_, state__in=LIVE_STATES)
    if user is None or not user.is_admin:
        slots = slots.exclude(hidden_studies("round_study__study__"))
    columns = ["round_study__study__study_id", "reader__username", "position"]
    if ambiguous_study_ids(round_):
        columns.append("round_study__study__site__code")
    yield from slots.order_by("round_study__position", "position").values_list(*columns)


def read_rows(round_: ReadingRound, *, user: User | None) -> Iterator[tuple[object, ...]]:
    """The contract's reads CSV: every standing verdict of the round (site where ambiguous), as ``assignment_rows``."""
    has_site = ambiguous_study_ids(round_)
    reads = Read.objects.current().filter(slot__round=round_)
    if user is None or not user.is_admin:
        reads = reads.exclude(hidden_studies("slot__round_study__study__"))
    reads = reads.select_related("slot__round_study__study__site", "slot__reader").prefetch_related(
        "corrections__label"
    )
    for read in reads.order_by("slot__round_study__position", "slot__position"):
        study = read.slot.round_study.study
        changes = [LabelChange(item.label.key, item.kind) for item in read.corrections.all()]
        moment = read.submitted_at.isoformat().replace("+00:00", "Z")
        row = (
            study.study_id,
            read.slot.reader.username,
            read.verdict,
            format_corrections(changes),
            read.comment,
            moment,
        )
        yield (*row, study.site.code) if has_site else row
