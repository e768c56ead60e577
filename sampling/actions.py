"""The only writers of sampling runs."""

import hashlib
from dataclasses import asdict

from django.db import transaction

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from core.actions import record_event, working_on
from core.errors import DomainError
from core.models import RunState
from sampling.draw import SampleDesign, SampleDraw, SampleTooLarge, draw_sample
from sampling.models import SampledStudy, SamplingRun
from sampling.queries import PooledStudy, pooled_studies

ALGORITHM = "bucket model, column generation and MILP (SciPy HiGHS), 1"


class SampleRefusedError(DomainError):
    """The sample cannot be drawn as asked."""


@transaction.atomic
def create_sampling_run(*, benchmark: Benchmark, size: int, seed: int, by: User | None) -> SamplingRun:
    """A queued run with its size and seed frozen. Refuses a size below 1."""
    if size < 1:
        raise SampleRefusedError(f"A sample of {size} studies was asked for; ask for at least 1.")
    run = SamplingRun.objects.create(
        kind="sampling",
        benchmark=benchmark,
        taxonomy=current_taxonomy(benchmark),
        size=size,
        seed=seed,
        algorithm=ALGORITHM,
        created_by=by,
        params={"size": size, "seed": seed},
    )
    record_event(verb="sampling.created", subject=run, by=by, data={"size": size, "seed": seed})
    return run


def same_draw(*, benchmark: Benchmark, size: int, seed: int) -> SamplingRun | None:
    """A finished run that was asked the same of the pool as it stands now, and so has the same picks."""
    taxonomy = current_taxonomy(benchmark)
    asked = SamplingRun.objects.filter(
        benchmark=benchmark, taxonomy=taxonomy, size=size, seed=seed, algorithm=ALGORITHM, state=RunState.SUCCEEDED
    )
    if not asked.exists():
        return None
    return asked.filter(input_sha256=_digest(pooled_studies(benchmark, taxonomy))).order_by("-pk").first()


def draw(*, run_id: int) -> None:
    """Works a queued run: draws from the pool as it stands and stores picks, reasons and the bucket table at once.

    Raises RunNotClaimableError when the run is not queued, SampleRefusedError when the pool is too small.
    """
    with working_on(run_id) as handle:
        run = SamplingRun.objects.select_related("benchmark", "taxonomy").get(pk=run_id)
        pool = pooled_studies(run.benchmark, run.taxonomy)
        handle.start(run.size)
        if not pool:
            raise SampleRefusedError(
                f"No study of {run.benchmark.slug} has suggestions for its current taxonomy; extract labels first."
            )
        drawn = _draw(run, pool)
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
                )
                for pick in drawn.picks
            )
            SamplingRun.objects.filter(pk=run.pk).update(
                pool_size=len(pool),
                input_sha256=_digest(pool),
                buckets=[asdict(row) for row in drawn.buckets],
                params={
                    **run.params,
                    "cost": round(drawn.cost, 6),
                    "lower_bound": round(drawn.lower_bound, 6),
                    "proven_optimal": drawn.is_proven,
                    "inclusion_probability": drawn.inclusion_method,
                },
            )
            handle.advance(len(drawn.picks), picked=len(drawn.picks))


def _draw(run: SamplingRun, pool: list[PooledStudy]) -> SampleDraw:
    labels = labels_by_key(run.taxonomy)
    design = SampleDesign(
        size=run.size,
        seed=run.seed,
        label_names={key: label.name.lower() for key, label in labels.items()},
        label_weights={key: label.weight for key, label in labels.items()},
    )
    try:
        return draw_sample([one.candidate for one in pool], design)
    except SampleTooLarge as error:
        raise SampleRefusedError(str(error)) from error


def _digest(pool: list[PooledStudy]) -> str:
    """Of everything the draw depends on but size and seed, in an order of its own."""
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
                )
            ).encode()
        )
    return digest.hexdigest()
