"""Opening and closing reading rounds."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from benchmarks.models import Benchmark
from core.actions import record_event
from core.errors import DomainError, NotAllowedError
from core.models import RunState
from labeling.assignment import AssignmentImpossible, ReaderSlot, assign
from labeling.models import ReadingRound, RoundReader, RoundState, RoundStudy, ShowReport, Slot
from sampling.models import SampledStudy, SamplingRun

_BATCH = 2000


class NoSampleError(DomainError):
    """There is no finished sampling run to read."""


class ReaderRefusedError(DomainError):
    """A person cannot read in the round."""


class RoundRefusedError(DomainError):
    """The round's settings cannot be met."""


class NoRoundError(DomainError):
    """The benchmark has no such round."""


class NameNotConfirmedError(DomainError):
    """The typed name is not the thing's."""


@transaction.atomic
def open_round(  # noqa: PLR0913  each is a setting of the round, frozen by its first read
    *,
    benchmark: Benchmark,
    sampling_run: SamplingRun | None = None,
    readers: Sequence[User],
    max_reads: Mapping[int, int] | None = None,
    reads_per_study: int | None = None,
    show_report: str | None = None,
    exclude_own_site: bool = False,
    seed: int = 0,
    by: User | None,
    now: datetime,
) -> ReadingRound:
    """Deals every sampled study to ``reads_per_study`` distinct readers and opens the round.

    ``sampling_run`` is the newest finished one unless given; ``max_reads`` caps readers by their id; what is None
    comes from the benchmark's definition. Every reader of a study judges the suggestions that it was sampled with.
    Refuses: no finished run (NoSampleError), an inactive person or no reader (ReaderRefusedError), too few readers or
    caps too small, an unknown show_report (RoundRefusedError), and anyone but a curator (NotAllowedError).
    """
    check_curator(by)
    # The benchmark's row is the queue of those who open rounds: numbers never collide.
    Benchmark.objects.select_for_update().get(pk=benchmark.pk)
    run = sampling_run or newest_sample(benchmark)
    _check_sample(run, benchmark)
    _check_readers(readers)
    sampled = list(run.sampled_studies.select_related("study__site").order_by("rank"))
    if not sampled:
        raise NoSampleError(f"Sampling run {run.pk} picked no study; draw a sample first.")
    round_ = create_round(
        benchmark=benchmark,
        sampling_run=run,
        reads_per_study=reads_per_study or benchmark.settings["reading"]["reads_per_study"],
        show_report=show_report or benchmark.settings["reading"]["show_report"],
        exclude_own_site=exclude_own_site,
        seed=seed,
        by=by,
        now=now,
    )
    _deal(round_, sampled, readers, max_reads or {})
    record_event(
        verb="round.opened",
        subject=round_,
        by=by,
        now=now,
        data={"studies": len(sampled), "readers": len(readers), "reads_per_study": round_.reads_per_study},
    )
    return round_


def check_curator(by: User | None) -> None:
    """Refuses anyone but curators and admins; None is the command line."""
    if by is not None and not by.is_curator:
        raise NotAllowedError(f"{by.username} is a {by.role}; reading rounds are opened and closed by curators.")


def newest_sample(benchmark: Benchmark) -> SamplingRun:
    """The newest finished sampling run; NoSampleError when there is none."""
    run = SamplingRun.objects.filter(benchmark=benchmark, state=RunState.SUCCEEDED).order_by("-pk").first()
    if run is None:
        raise NoSampleError(f"The benchmark {benchmark.slug} has no finished sampling run; draw a sample first.")
    return run


def round_to_use(benchmark: Benchmark, number: int | None = None) -> ReadingRound:
    """The benchmark's round of that number, or its newest; NoRoundError when there is none."""
    rounds = ReadingRound.objects.filter(benchmark=benchmark).order_by("-number")
    round_ = rounds.first() if number is None else rounds.filter(number=number).first()
    if round_ is None:
        what = f"round {number}" if number is not None else "reading round"
        raise NoRoundError(f"The benchmark {benchmark.slug} has no {what}; open one, or import with --create-round.")
    return round_


def create_round(*, benchmark: Benchmark, by: User | None, now: datetime, **settings: object) -> ReadingRound:
    """The bare row with the next number; the caller holds the benchmark's lock and checked who may do it."""
    show_report = settings.get("show_report", ShowReport.NEVER)
    if show_report not in ShowReport.values:
        raise RoundRefusedError(f"Show report is {show_report!r}; it must be one of {', '.join(ShowReport.values)}.")
    run = settings.get("sampling_run")
    taxonomy = run.taxonomy if isinstance(run, SamplingRun) else benchmark.taxonomies.order_by("-version")[0]
    last = ReadingRound.objects.filter(benchmark=benchmark).aggregate(last=Max("number"))["last"] or 0
    return ReadingRound.objects.create(
        benchmark=benchmark, taxonomy=taxonomy, number=last + 1, created_by=by, created_at=now, **settings
    )


def _check_sample(run: SamplingRun, benchmark: Benchmark) -> None:
    if run.benchmark_id != benchmark.pk:
        raise NoSampleError(f"Sampling run {run.pk} is of another benchmark; choose one of {benchmark.slug}.")
    if run.state != RunState.SUCCEEDED:
        raise NoSampleError(f"Sampling run {run.pk} is {run.get_state_display().lower()}; wait until it is finished.")


def _check_readers(readers: Sequence[User]) -> None:
    for reader in readers:
        if not reader.is_reader:
            raise ReaderRefusedError(f"{reader.username} is a {reader.role}; only readers read. Change the role first.")
        if not reader.is_active:
            raise ReaderRefusedError(f"The account of {reader.username} is inactive; activate it or leave it out.")


def _deal(
    round_: ReadingRound, sampled: Sequence[SampledStudy], readers: Sequence[User], max_reads: Mapping[int, int]
) -> None:
    keys = {f"{pick.study.site.code}/{pick.study.study_id}": pick for pick in sampled}
    people = {reader.username: reader for reader in readers}
    wishes = [ReaderSlot(name, user.home_site_code, max_reads.get(user.pk)) for name, user in people.items()]
    try:
        dealt = assign(
            list(keys),
            wishes,
            round_.reads_per_study,
            round_.seed,
            {key: pick.study.site.code for key, pick in keys.items()},
            exclude_own_site=round_.exclude_own_site,
        )
    except AssignmentImpossible as error:
        raise RoundRefusedError(str(error)) from error
    RoundReader.objects.bulk_create(
        RoundReader(round=round_, reader=reader, max_reads=max_reads.get(reader.pk)) for reader in readers
    )
    studies = RoundStudy.objects.bulk_create(
        (
            RoundStudy(round=round_, study=pick.study, suggestion_set_id=pick.suggestion_set_id, position=pick.rank)
            for pick in sampled
        ),
        batch_size=_BATCH,
    )
    by_study = {study.study_id: study for study in studies}
    order = {(name, key): place for name, listed in dealt.lists.items() for place, key in enumerate(listed, start=1)}
    Slot.objects.bulk_create(
        (
            Slot(
                round=round_,
                round_study=by_study[keys[read.study].study_id],
                reader=people[read.reader],
                position=read.position,
                reads_per_study=round_.reads_per_study,
                order=order[read.reader, read.study],
            )
            for read in dealt.reads
        ),
        batch_size=_BATCH,
    )


@transaction.atomic
def close_round(*, round_: ReadingRound, name: str | None = None, by: User | None, now: datetime) -> ReadingRound:
    """Ends the round: no verdict is taken after it. ``name``, when given, must be the round's own (a confirmation).

    Closing a closed round changes nothing. Verdicts under way are either in before or refused after.
    """
    check_curator(by)
    if name is not None and name.strip() != str(round_):
        raise NameNotConfirmedError(
            f"You typed {name.strip()!r}; the round is called {str(round_)!r}. Nothing changed."
        )
    # Verdicts lock their slot first and look at the round then; holding every slot waits for those under way.
    list(Slot.objects.select_for_update().filter(round=round_).order_by("pk").values_list("pk", flat=True))
    closed = ReadingRound.objects.filter(pk=round_.pk, state=RoundState.OPEN).update(
        state=RoundState.CLOSED, closed_at=now
    )
    round_.refresh_from_db()
    if closed:
        record_event(verb="round.closed", subject=round_, by=by, now=now)
    return round_
