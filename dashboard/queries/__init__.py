"""Progress along the chain, as seven steps per benchmark, and what needs an admin's eye."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy
from cases.models import PoolEntry
from consensus.queries import eligible_count
from core.models import Run, RunState
from core.runs import admins_only_kinds
from labeling.models import ReadingRound, Slot, SlotState
from llm_extract.models import SuggestionSet
from releases.models import Release, ReleaseState
from sampling.models import SamplingRun

STEP_NAMES = ("Import", "Extract", "Sample", "Read", "Consensus", "Select and split", "Release")


@dataclass(frozen=True)
class Step:
    """One step of the chain: a count, what it counts, its state (done, now, waiting), where to look."""

    name: str
    count: int
    of: str
    state: str
    url: str


@dataclass(frozen=True)
class Chain:
    """A benchmark's seven steps and the one next action."""

    benchmark: Benchmark
    steps: Sequence[Step]
    next_words: str
    next_url: str


@dataclass(frozen=True)
class Alarm:
    """Something an admin or curator should look at."""

    words: str
    url: str


@dataclass(frozen=True)
class _Counts:
    pool: int
    extracted: int
    sampled: int
    reads: int
    slots: int
    eligible: int
    drafted: int
    frozen: int
    round_pk: int | None


def benchmark_chains(user: User) -> list[Chain]:
    """The chain of every benchmark, as this person may see it."""
    return [_chain(benchmark, user) for benchmark in Benchmark.objects.order_by("title")]


def _chain(benchmark: Benchmark, user: User) -> Chain:
    counts = _count(benchmark)
    urls = (
        reverse("cases:import_list"),
        reverse("llm_extract:run_list"),
        reverse("sampling:run_list"),
        reverse("labeling:round_detail", args=[counts.round_pk]) if counts.round_pk else reverse("labeling:round_list"),
        reverse("consensus:round", args=[counts.round_pk]) if counts.round_pk else reverse("consensus:list"),
        reverse("releases:list") if user.is_admin else "",
        reverse("releases:list") if user.is_admin else "",
    )
    numbers = (
        (counts.pool, "studies"),
        (counts.extracted, f"of {counts.pool} studies"),
        (counts.sampled, "studies picked"),
        (counts.reads, f"of {counts.slots} reads"),
        (counts.eligible, "studies eligible"),
        (counts.drafted + counts.frozen, "studies selected"),
        (counts.frozen, "studies frozen"),
    )
    is_done = (
        counts.pool > 0,
        0 < counts.extracted >= counts.pool,
        counts.sampled > 0,
        0 < counts.slots <= counts.reads,
        counts.eligible > 0 and counts.reads >= counts.slots,
        counts.drafted + counts.frozen > 0,
        counts.frozen > 0,
    )
    now = next((place for place, done in enumerate(is_done) if not done), None)
    steps = [
        Step(name, count, of, "done" if done else "now" if place == now else "waiting", url)
        for place, (name, (count, of), done, url) in enumerate(zip(STEP_NAMES, numbers, is_done, urls, strict=True))
    ]
    words, url = _next_action(now, urls)
    return Chain(benchmark, steps, words, url)


def _next_action(now: int | None, urls: tuple[str, ...]) -> tuple[str, str]:
    actions = (
        ("Import studies", reverse("cases:import_create")),
        ("Extract labels", reverse("llm_extract:run_create")),
        ("Draw a sample", reverse("sampling:run_create")),
        ("Follow the reading", urls[3]),
        ("Look at the agreement", urls[4]),
        ("Build a release", urls[5]),
        ("Freeze the release", urls[6]),
    )
    if now is None:
        return "Everything is done; see the release", urls[6]
    if now == 3 and urls[3] == reverse("labeling:round_list"):
        return "Open a reading round", reverse("labeling:round_create")
    return actions[now]


def _count(benchmark: Benchmark) -> _Counts:
    taxonomy = current_taxonomy(benchmark)
    pool = PoolEntry.objects.filter(benchmark=benchmark)
    has_suggestions = SuggestionSet.objects.filter(study=OuterRef("study"), taxonomy=taxonomy)
    sampling = SamplingRun.objects.filter(benchmark=benchmark, state=RunState.SUCCEEDED).order_by("-pk").first()
    round_ = ReadingRound.objects.filter(benchmark=benchmark).order_by("-pk").first()
    slots = (
        Slot.objects.counting()
        .filter(round=round_)
        .aggregate(all=Count("pk"), read=Count("pk", filter=Q(state=SlotState.READ)))
    )
    releases = Release.objects.filter(benchmark=benchmark)
    return _Counts(
        pool=pool.count(),
        extracted=pool.filter(Exists(has_suggestions)).count(),
        sampled=sampling.sampled_studies.count() if sampling else (round_.studies.to_read().count() if round_ else 0),
        reads=slots["read"],
        slots=slots["all"],
        eligible=eligible_count(round_) if round_ else 0,
        drafted=sum(one.cases.count() for one in releases.filter(state=ReleaseState.DRAFT)),
        frozen=sum(
            one.cases.count() for one in releases.filter(state__in=[ReleaseState.FROZEN, ReleaseState.PUBLISHED])
        ),
        round_pk=round_.pk if round_ else None,
    )


def runs_visible_to(user: User) -> QuerySet[Run]:
    """Runs newest first: all for admins, for curators those that are not an admin's alone."""
    runs = Run.objects.select_related("created_by").order_by("-pk")
    return runs if user.is_admin else runs.exclude(kind__in=admins_only_kinds())


def open_alarms(user: User) -> list[Alarm]:
    """Failed runs that nobody has run again since: the newest of their kind, as this person may see them."""
    runs = runs_visible_to(user)
    newest = [
        runs.filter(kind=kind).first() for kind in runs.order_by("kind").values_list("kind", flat=True).distinct()
    ]
    return [
        Alarm(f"{run.kind.capitalize()} run {run.pk} failed: {run.message}", reverse("dashboard:run_list"))
        for run in newest
        if run is not None and run.state == RunState.FAILED
    ]
