"""The only writers of sampling runs and plans."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from accounts.models import User
from benchmarks.models import Benchmark, Taxonomy
from benchmarks.queries import current_taxonomy, labels_by_key
from core.actions import record_event, working_on
from core.errors import DomainError
from core.models import RunState
from sampling.draw import LockImpossible, SampleDesign, SampleDraw, SampleTooLarge, draw_sample
from sampling.models import SampledStudy, SamplingPlan, SamplingRun
from sampling.queries import PooledStudy, design_of, pool_keys, pooled_studies

# How the parameters of a run call its wishes.
WISH_WORDS = {
    "label_targets": "own_label_targets",
    "locked": "picked_in_any_case",
    "excluded": "left_out_in_any_case",
    "clusters": "studies_in_clusters",
    "near_duplicates": "studies_with_near_duplicates",
}
ALGORITHM = "bucket model, column generation and MILP (SciPy HiGHS), 3"


class SampleRefusedError(DomainError):
    """The sample cannot be drawn as asked."""


@dataclass(frozen=True)
class Wishes:
    """What a curator asks for beside size and seed: targets of labels, studies to be picked or left out in any case,
    clusters of studies (by name) whose pictures look alike, and groups of nearly the same pictures, of which one study at
    most is picked.
    """

    label_targets: Mapping[str, int] = field(default_factory=dict)
    locked: Iterable[str] = ()
    excluded: Iterable[str] = ()
    clusters: Mapping[str, str] = field(default_factory=dict)
    near_duplicates: Mapping[str, str] = field(default_factory=dict)

    def as_json(self, benchmark: Benchmark) -> dict[str, Any]:
        """Plain data with studies by key, empty wishes left out. Refuses what the benchmark does not know."""
        labels = labels_by_key(current_taxonomy(benchmark))
        for key, target in self.label_targets.items():
            if key not in labels:
                raise SampleRefusedError(
                    f"There is no label {key!r} in {benchmark.slug}; its labels: {', '.join(labels)}."
                )
            if target < 0:
                raise SampleRefusedError(f"The target of {key} is {target}; it must be 0 or more.")
        wishes: dict[str, Any] = {
            "label_targets": dict(sorted(self.label_targets.items())),
            "locked": pool_keys(benchmark, self.locked),
            "excluded": pool_keys(benchmark, self.excluded),
            "clusters": _by_key(benchmark, self.clusters),
            "near_duplicates": _by_key(benchmark, self.near_duplicates),
        }
        return {name: wish for name, wish in wishes.items() if wish}


def _by_key(benchmark: Benchmark, groups: Mapping[str, str]) -> dict[str, str]:
    return dict(zip(pool_keys_in_order(benchmark, groups), groups.values(), strict=True))


def pool_keys_in_order(benchmark: Benchmark, names: Iterable[str]) -> list[str]:
    """The key of each name, in the order of the names."""
    names = list(names)
    full = pool_keys(benchmark, names)
    by_name = {key: key for key in full} | {key.split("/", 1)[1]: key for key in full}
    return [by_name[name.strip()] for name in names]


@transaction.atomic
def create_sampling_run(
    *, benchmark: Benchmark, size: int, seed: int, wishes: Wishes | None = None, by: User | None
) -> SamplingRun:
    """A queued run with its size, seed and wishes frozen. Refuses a size below 1 and wishes that name what is not there."""
    _check_size(size)
    asked = (wishes or Wishes()).as_json(benchmark)
    run = SamplingRun.objects.create(
        kind="sampling",
        benchmark=benchmark,
        taxonomy=current_taxonomy(benchmark),
        size=size,
        seed=seed,
        wishes=asked,
        algorithm=ALGORITHM,
        created_by=by,
        params={"size": size, "seed": seed, **_in_numbers(asked)},
    )
    record_event(verb="sampling.created", subject=run, by=by, data=run.params)
    return run


@transaction.atomic
def create_plan(
    *,
    benchmark: Benchmark,
    size: int,
    seed: int,
    consensus_rate: float,
    wishes: Wishes | None = None,
    by: User | None,
) -> SamplingPlan:
    """A queued plan: what a draw of this size would give at best. Refuses as a run does, and a rate outside 0 to 1."""
    _check_size(size)
    if not 0 < consensus_rate <= 1:
        raise SampleRefusedError(f"A consensus rate of {consensus_rate:g} was given; give one above 0 and at most 1.")
    asked = (wishes or Wishes()).as_json(benchmark)
    plan = SamplingPlan.objects.create(
        kind="plan",
        benchmark=benchmark,
        taxonomy=current_taxonomy(benchmark),
        size=size,
        seed=seed,
        consensus_rate=consensus_rate,
        wishes=asked,
        created_by=by,
        params={"size": size, "seed": seed, "consensus_rate": consensus_rate, **_in_numbers(asked)},
    )
    record_event(verb="sampling.planned", subject=plan, by=by, data=plan.params)
    return plan


def _check_size(size: int) -> None:
    if size < 1:
        raise SampleRefusedError(f"A sample of {size} studies was asked for; ask for at least 1.")


def _in_numbers(wishes: Mapping[str, Any]) -> dict[str, int]:
    """How many wishes of each kind: parameters and events name no study."""
    return {WISH_WORDS.get(name, name): len(wish) for name, wish in wishes.items()}


def same_draw(*, benchmark: Benchmark, size: int, seed: int, wishes: Wishes | None = None) -> SamplingRun | None:
    """A finished run that was asked the same of the pool as it stands now, and so has the same picks."""
    taxonomy = current_taxonomy(benchmark)
    asked = SamplingRun.objects.filter(
        benchmark=benchmark,
        taxonomy=taxonomy,
        size=size,
        seed=seed,
        algorithm=ALGORITHM,
        wishes=(wishes or Wishes()).as_json(benchmark),
        state=RunState.SUCCEEDED,
    )
    if not asked.exists():
        return None
    near = (wishes or Wishes()).as_json(benchmark).get("near_duplicates")
    digest = _digest(pooled_studies(benchmark, taxonomy, None, near))
    return asked.filter(input_sha256=digest).order_by("-pk").first()


def draw(*, run_id: int) -> None:
    """Works a queued run: draws from the pool as it stands and stores picks, reasons, prices and buckets at once.

    Raises RunNotClaimableError when the run is not queued, SampleRefusedError when the pool is too small.
    """
    with working_on(run_id) as handle:
        run = SamplingRun.objects.select_related("benchmark", "taxonomy").get(pk=run_id)
        pool = _pool(run.benchmark, run.taxonomy, run.wishes)
        handle.start(run.size)
        drawn = _draw(pool, design_of(run))
        by_key = {one.candidate.key: one for one in pool}
        with transaction.atomic():
            run.sampled_studies.all().delete()
            SampledStudy.objects.bulk_create(
                SampledStudy(
                    run=run,
                    study=by_key[pick.key].study,
                    patient_id=by_key[pick.key].study.patient_id,
                    suggestion_set=by_key[pick.key].suggestion_set,
                    rank=pick.rank,
                    reasons=[reason[:300] for reason in pick.reasons],
                    inclusion_probability=pick.inclusion_probability,
                    difficulty=by_key[pick.key].parts.weighted,
                    terms=[[term.group, term.name, round(term.points, 6)] for term in pick.terms],
                )
                for pick in drawn.picks
            )
            SamplingRun.objects.filter(pk=run.pk).update(
                pool_size=len(pool),
                input_sha256=_digest(pool),
                buckets=[asdict(row) for row in drawn.buckets],
                prices=drawn.pricing.as_json(),
                params={**run.params, **_result(drawn)},
            )
            handle.advance(len(drawn.picks), picked=len(drawn.picks))


def work_plan(*, run_id: int) -> None:
    """Works a queued plan: solves what a draw would solve, and keeps the bucket table alone. Refuses as ``draw``."""
    with working_on(run_id) as handle:
        plan = SamplingPlan.objects.select_related("benchmark", "taxonomy").get(pk=run_id)
        pool = _pool(plan.benchmark, plan.taxonomy, plan.wishes)
        handle.start(1)
        drawn = _draw(pool, design_of(plan, inclusion_draws=0))
        SamplingPlan.objects.filter(pk=plan.pk).update(
            pool_size=len(pool),
            buckets=[asdict(row) for row in drawn.buckets],
            params={**plan.params, **_result(drawn)},
        )
        handle.advance(1, planned=len(drawn.picks))


def _pool(benchmark: Benchmark, taxonomy: Taxonomy, wishes: Mapping[str, Any]) -> list[PooledStudy]:
    pool = pooled_studies(benchmark, taxonomy, wishes.get("clusters"), wishes.get("near_duplicates"))
    if not pool:
        raise SampleRefusedError(
            f"No study of {benchmark.slug} has suggestions for its current taxonomy; extract labels first."
        )
    return pool


def _draw(pool: list[PooledStudy], design: SampleDesign) -> SampleDraw:
    try:
        return draw_sample([one.candidate for one in pool], design)
    except (SampleTooLarge, LockImpossible) as error:
        raise SampleRefusedError(str(error)) from error


def _result(drawn: SampleDraw) -> dict[str, Any]:
    """What is told of a draw among its parameters: cost, bound, proof, and what the simple ways would have cost."""
    return {
        "cost": round(drawn.cost, 6),
        "lower_bound": round(drawn.lower_bound, 6),
        "proven_optimal": drawn.is_proven,
        "inclusion_probability": drawn.inclusion_method,
        "points_above_the_bound": {
            "this sample": round(drawn.cost - drawn.lower_bound, 4),
            **{name: round(cost - drawn.lower_bound) for name, cost in drawn.naive_costs.items()},
        },
    }


def _digest(pool: list[PooledStudy]) -> str:
    """Of everything the draw depends on but size, seed and wishes, in an order of its own."""
    digest = hashlib.sha256()
    for one in sorted(pool, key=lambda pooled: pooled.candidate.key):
        candidate = one.candidate
        digest.update(
            repr(
                (
                    candidate.key,
                    candidate.patient,
                    sorted(candidate.labels),
                    sorted(candidate.uncertain),
                    candidate.sex,
                    candidate.age_band,
                    candidate.view,
                    candidate.manufacturer,
                    candidate.difficulty,
                    candidate.has_images,
                    candidate.duplicates,
                )
            ).encode()
        )
    return digest.hexdigest()
