"""Reads of the pool a sample is drawn from, and of samples drawn."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from benchmarks.models import Benchmark, Taxonomy
from benchmarks.queries import current_taxonomy
from cases.models import Image, Study
from cases.visibility import hidden_studies
from core.errors import DomainError
from core.models import RunState
from llm_extract.models import FindingStatus, SuggestionSet
from llm_extract.queries import newest_sets_of_pool
from sampling.design import age_band
from sampling.difficulty import difficulty
from sampling.draw import SampleCandidate
from sampling.models import SampledStudy, SamplingRun


class NoSampleError(DomainError):
    """The benchmark has no finished sampling run."""


@dataclass(frozen=True)
class PooledStudy:
    """A candidate and the rows it stands for."""

    candidate: SampleCandidate
    study: Study
    suggestion_set: SuggestionSet


def pooled_studies(benchmark: Benchmark, taxonomy: Taxonomy | None = None) -> list[PooledStudy]:
    """Every study of the pool with suggestions for the taxonomy, by study id; a sealed holdout is left out."""
    sets = (
        newest_sets_of_pool(benchmark, taxonomy)
        .select_related("study__site", "study__patient")
        .exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("study"))))
        .annotate(has_images=Exists(Image.objects.filter(series__study=OuterRef("study"))))
        .order_by("study")
    )
    return [PooledStudy(_candidate(one), one.study, one) for one in sets.iterator(chunk_size=1000)]


def _candidate(suggestion_set: SuggestionSet) -> SampleCandidate:
    study = suggestion_set.study
    standing = [one for one in suggestion_set.suggestions.all() if one.status != FindingStatus.ABSENT]
    parts = difficulty(
        statuses=tuple(one.status for one in standing),
        confidences=tuple(one.confidence for one in standing if one.confidence is not None),
        pipeline_doubt=suggestion_set.doubt,
    )
    return candidate_of(
        study,
        labels=frozenset(one.label.key for one in standing),
        uncertain=frozenset(one.label.key for one in standing if one.status == FindingStatus.UNCERTAIN),
        difficulty=parts.score,
        has_images=getattr(suggestion_set, "has_images", True),
    )


def candidate_of(
    study: Study,
    *,
    labels: frozenset[str],
    difficulty: float,
    uncertain: frozenset[str] = frozenset(),
    has_images: bool = True,
) -> SampleCandidate:
    """A study as the bucket model sees it; ``difficulty`` is any number that grows with it."""
    return SampleCandidate(
        # Keys are what a site knows a study by, so that the same pool gives the same sample in any database.
        key=f"{study.site.code}/{study.study_id}",
        patient=f"{study.site.code}/{study.patient.pseudonym}",
        site=study.site.code,
        labels=labels,
        uncertain=uncertain,
        sex=study.sex,
        age_band=age_band(study.age),
        view=study.view_position,
        manufacturer=study.manufacturer,
        difficulty=difficulty,
        has_images=has_images,
    )


def newest_finished_run(benchmark: Benchmark) -> SamplingRun:
    """The newest finished sampling run; NoSampleError says what to do when there is none."""
    run = SamplingRun.objects.filter(benchmark=benchmark, state=RunState.SUCCEEDED).order_by("-pk").first()
    if run is None:
        raise NoSampleError(
            f"Benchmark {benchmark.slug} has no finished sampling run; draw a sample first (draw_sample)."
        )
    return run


def sampled_visible_to(user: User | AnonymousUser, run: SamplingRun) -> QuerySet[SampledStudy]:
    """A run's picks: all for admins, without hidden studies for curators, none for anyone else."""
    picks = run.sampled_studies.select_related("study__site").order_by("rank")
    if not isinstance(user, User) or not user.is_curator:
        return picks.none()
    return (
        picks if user.is_admin else picks.exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("study"))))
    )


def pool_size(benchmark: Benchmark) -> int:
    """Studies of the pool that have suggestions for the current taxonomy."""
    return newest_sets_of_pool(benchmark, current_taxonomy(benchmark)).count()
