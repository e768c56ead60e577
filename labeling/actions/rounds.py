"""Opening and closing reading rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions.frames import make_frames_ready, make_frames_soon
from core.actions import record_event
from core.adapters.table_statistics import refresh_statistics
from core.errors import DomainError, NotAllowedError
from core.models import RunState
from labeling.actions.dealing import RoundRefusedError, deal
from labeling.actions.locks import refusing_barred
from labeling.models import Read, ReadingRound, RoundState, RoundStudy, ShowReport, Slot, TrainingSet
from sampling.models import SamplingRun


@dataclass(frozen=True)
class ControlArms:
    """How many extra reads a round has, per read that counts: without suggestions, with a planted error, repeated."""

    hide_suggestions_fraction: float = 0.0
    seeded_error_fraction: float = 0.0
    repeat_fraction: float = 0.0

    @property
    def any(self) -> bool:
        return max(self.hide_suggestions_fraction, self.seeded_error_fraction, self.repeat_fraction) > 0


@dataclass(frozen=True)
class Training:
    """Worked cases to begin with; ``pass_mark`` is the percentage that must end at the expert's labels."""

    training_set: TrainingSet | None = None
    is_required: bool = False
    pass_mark: int | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """The round's columns."""
        return {
            "training_set": self.training_set,
            "requires_training": self.is_required,
            "training_pass_mark": self.pass_mark,
        }


@dataclass(frozen=True)
class ReadingRules:
    """How readers meet in a round and what it asks of them; None for others' verdicts is the benchmark's definition."""

    semi_collaborative: bool | None = None
    require_corrections: bool = False
    require_comment: bool = False
    is_open_to_all: bool = False
    may_be_bare: bool = False

    def settings(self, benchmark: Benchmark) -> dict[str, bool]:
        """The round's columns."""
        default = bool(benchmark.settings["reading"].get("semi_collaborative"))
        return asdict(self) | {
            "semi_collaborative": default if self.semi_collaborative is None else self.semi_collaborative
        }


class NoSampleError(DomainError):
    """There is no finished sampling run to read."""


class ReaderRefusedError(DomainError):
    """A person cannot read in the round."""


class NoRoundError(DomainError):
    """The benchmark has no such round."""


class NameNotConfirmedError(DomainError):
    """The typed name is not the thing's."""


@refusing_barred()
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
    arms: ControlArms | None = None,
    training: Training | None = None,
    rules: ReadingRules | None = None,
    seed: int = 0,
    by: User | None,
    now: datetime,
) -> ReadingRound:
    """Deals every sampled study to ``reads_per_study`` distinct readers and opens the round.

    ``sampling_run`` is the newest finished one unless given; ``max_reads`` caps readers by their id; what is None
    comes from the benchmark's definition. Every reader of a study judges the suggestions that it was sampled with.
    ``rules`` say whether readers see each other's verdicts, what is compulsory, and whether cases are dealt at all.
    ``arms`` deals extra reads that never count, drawn by the seed; ``training`` puts worked cases before all others.
    Refuses: no finished run (NoSampleError), an inactive person or no reader (ReaderRefusedError), too few readers or
    caps too small, an unknown show_report, arms that the round's rules give away (RoundRefusedError), and anyone but a
    curator (NotAllowedError).
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
        **asdict(arms or arms_of(benchmark)),
        **(training or Training()).settings,
        **(rules or ReadingRules()).settings(benchmark),
        seed=seed,
        by=by,
        now=now,
    )
    check_arms(round_)
    deal(round_, sampled, readers, max_reads or {})
    refresh_statistics(len(sampled) * round_.reads_per_study, RoundStudy, Slot)
    record_event(
        verb="round.opened",
        subject=round_,
        by=by,
        now=now,
        data={
            "studies": len(sampled),
            "readers": len(readers),
            "reads_per_study": round_.reads_per_study,
            **({"control_reads": round_.slots.controls().count()} if (arms or arms_of(benchmark)).any else {}),
        },
    )
    make_frames_ready(benchmark=benchmark, studies=[one.study_id for one in sampled], by=by)
    return round_


@transaction.atomic
def make_open_rounds_ready() -> None:
    """Has what pictures of open rounds lack, as after an upgrade, made when nobody else needs the processor; what a reader
    opens comes before it. Of workers that start together the second finds the first one's run, and adds nothing to it.
    """
    open_rounds = ReadingRound.objects.filter(state=RoundState.OPEN).select_related("benchmark").order_by("pk")
    for round_ in open_rounds.select_for_update(of=("self",), no_key=True):
        make_frames_soon(benchmark=round_.benchmark, studies=round_.studies.values_list("study_id", flat=True))


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


def arms_of(benchmark: Benchmark) -> ControlArms:
    """The control arms of the benchmark's definition."""
    reading = benchmark.settings["reading"]
    return ControlArms(**{field.name: reading.get(field.name, 0.0) for field in fields(ControlArms)})


def check_arms(round_: ReadingRound) -> None:
    """Control arms need readers who stay blind and lists that are dealt, planted errors a report that is not on screen;
    training needs a set with cases.
    """
    has_arms = max(round_.hide_suggestions_fraction, round_.seeded_error_fraction, round_.repeat_fraction) > 0
    if has_arms and (round_.semi_collaborative or round_.is_open_to_all):
        raise RoundRefusedError(
            "Reads without suggestions, planted errors and repeats need blind readers with lists of their own; set "
            "their fractions to 0, or open a round that is neither semi-collaborative nor open to all."
        )
    if round_.seeded_error_fraction and round_.shows_report(has_verdict=False):
        raise RoundRefusedError(
            "Planted errors need a report that is not on screen while the reader judges: beside it anybody sees that "
            "the suggestion does not follow from it, without a look at the film. Set their fraction to 0, or show the "
            "report after the verdict or never."
        )
    if round_.training_set is None:
        if round_.requires_training or round_.training_pass_mark is not None:
            raise RoundRefusedError(
                "A training that is required, or has a pass mark, needs a training set; choose one."
            )
        return
    if round_.is_open_to_all:
        raise RoundRefusedError("A round open to all deals no lists, so it cannot begin with training cases.")
    if round_.training_set.taxonomy_id != round_.taxonomy_id:
        raise RoundRefusedError(
            f"The training set {round_.training_set} was made for other labels than this round has; make a new one."
        )
    if not round_.training_set.cases.exists():
        raise RoundRefusedError(f"The training set {round_.training_set} has no case; add some, or leave it out.")


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
    # A verdict that was let in while we waited is later than ``now``: the round closed after it.
    latest = Read.objects.filter(slot__round=round_).aggregate(latest=Max("submitted_at"))["latest"]
    closed = ReadingRound.objects.filter(pk=round_.pk, state=RoundState.OPEN).update(
        state=RoundState.CLOSED, closed_at=max(now, latest or now)
    )
    round_.refresh_from_db()
    if closed:
        record_event(verb="round.closed", subject=round_, by=by, now=now)
    return round_
