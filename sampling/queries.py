"""Reads of the pool a sample is drawn from, and of samples drawn."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from benchmarks.models import Benchmark, Taxonomy
from benchmarks.queries import current_taxonomy, labels_by_key
from cases.models import GateFinding, Image, PoolEntry, Study
from cases.visibility import hidden_studies
from core.errors import DomainError
from core.models import RunState
from llm_extract.models import FindingStatus, Suggestion, SuggestionSet
from llm_extract.queries import newest_sets_of_pool
from sampling.design import SampleDesign, age_band
from sampling.difficulty import DifficultyParts, difficulty, rarity_of
from sampling.draw import SampleCandidate
from sampling.duplicates import shared_groups
from sampling.models import SampledStudy, SamplingPlan, SamplingRun
from sampling.pricing import Pricing, explain

INCLUSION_DRAWS = 16


class NoSampleError(DomainError):
    """The benchmark has no finished sampling run."""


class UnknownStudyError(DomainError):
    """A study named by a person is not in the pool, or not one."""


@dataclass(frozen=True)
class PooledStudy:
    """A candidate, the rows it stands for, and the parts of its difficulty."""

    candidate: SampleCandidate
    study: Study
    suggestion_set: SuggestionSet
    parts: DifficultyParts


def pooled_studies(
    benchmark: Benchmark,
    taxonomy: Taxonomy | None = None,
    clusters: Mapping[str, str] | None = None,
    near: Mapping[str, str] | None = None,
) -> list[PooledStudy]:
    """Every study of the pool with suggestions for the taxonomy, by study id; a sealed holdout is left out.

    ``clusters`` maps a study's key to the group of pictures that look like its own, ``near`` to that of pictures nearly the
    same as its own: with those that are the same pixel by pixel they make the groups of which one study may be picked.
    """
    sets = list(_sets(benchmark, taxonomy).order_by("study").iterator(chunk_size=1000))
    standing = {one.pk: _standing(one) for one in sets}
    seen = Counter(label for found in standing.values() for label in {suggestion.label.key for suggestion in found})
    rarity = value_scale_of(seen, len(sets))
    same = _shared_pictures(benchmark, near or {})
    return [_pooled(one, standing[one.pk], rarity, same, clusters or {}) for one in sets]


def pooled_study(benchmark: Benchmark, taxonomy: Taxonomy, study: Study, run: SamplingRun) -> PooledStudy | None:
    """One study of the pool as the run would see it now, by the run's own scale; None when it has no suggestions."""
    found = _sets(benchmark, taxonomy).filter(study=study).first()
    if found is None:
        return None
    return _pooled(found, _standing(found), run.prices.get("rarity", {}), {}, run.wishes.get("clusters", {}))


def _sets(benchmark: Benchmark, taxonomy: Taxonomy | None) -> QuerySet[SuggestionSet]:
    return (
        newest_sets_of_pool(benchmark, taxonomy)
        .select_related("study__site", "study__patient__same_as")
        .exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("study"))))
        .annotate(has_images=Exists(Image.objects.filter(series__study=OuterRef("study"))))
    )


def _standing(suggestion_set: SuggestionSet) -> list[Suggestion]:
    return [one for one in suggestion_set.suggestions.all() if one.status != FindingStatus.ABSENT]


def value_scale_of(seen: Mapping[str, int], n: int) -> dict[str, float]:
    """How rare each label is, from 0 (half of n studies have it) to 1 (the rarest there is)."""
    share = {label: count / n for label, count in seen.items()}
    rarest = math.log(min([*share.values(), 0.5]))
    return {label: max(0.0, math.log(part) / rarest) for label, part in share.items()}


def _shared_pictures(benchmark: Benchmark, near: Mapping[str, str]) -> Mapping[str, str]:
    """The group of every study that shares a picture with another of the pool: pixel by pixel, by the image hash (what
    the gate found much alike), or by the groups ``near``.
    """
    pictures = Image.objects.filter(series__study__pool_entries__benchmark=benchmark).exclude(pixel_sha256="")
    several = (
        pictures.order_by().values("pixel_sha256").annotate(n=Count("series__study", distinct=True)).filter(n__gt=1)
    )
    found = pictures.filter(pixel_sha256__in=several.values("pixel_sha256")).values_list(
        "series__study__site__code", "series__study__study_id", "pixel_sha256"
    )
    rows = [(f"{site}/{study_id}", digest) for site, study_id, digest in found]
    rows += _much_alike(benchmark)
    rows += [(key, f"near {group}") for key, group in near.items()]
    return shared_groups([key for key, _ in rows], [digest for _, digest in rows])


def _much_alike(benchmark: Benchmark) -> list[tuple[str, str]]:
    """The two studies, both of the pool, of every pair of pictures whose image hashes nearly agree."""
    ends = "image__series__study", "other_image__series__study"
    pairs = GateFinding.objects.filter(
        check_name="near_duplicate", **{f"{end}__pool_entries__benchmark": benchmark for end in ends}
    )
    names = [f"{end}__{name}" for end in ends for name in ("site__code", "study_id")]
    return [
        (f"{site}/{study_id}", f"alike {pk}")
        for pk, *keys in pairs.values_list("pk", *names)
        for site, study_id in (keys[:2], keys[2:])
    ]


def _pooled(
    suggestion_set: SuggestionSet,
    standing: list[Suggestion],
    rarity: Mapping[str, float],
    same: Mapping[str, str],
    clusters: Mapping[str, str],
) -> PooledStudy:
    study = suggestion_set.study
    labels = frozenset(one.label.key for one in standing)
    parts = difficulty(
        statuses=tuple(one.status for one in standing),
        confidences=tuple(one.confidence for one in standing if one.confidence is not None),
        pipeline_doubt=suggestion_set.doubt,
        rarity=rarity_of(labels, rarity),
    )
    candidate = candidate_of(
        study,
        labels=labels,
        uncertain=frozenset(one.label.key for one in standing if one.status == FindingStatus.UNCERTAIN),
        difficulty=parts.score,
        has_images=getattr(suggestion_set, "has_images", True),
    )
    key = candidate.key
    grouped = replace(candidate, duplicates=same.get(key, ""), cluster=clusters.get(key, ""))
    return PooledStudy(grouped, study, suggestion_set, parts)


def pool_keys(benchmark: Benchmark, names: Iterable[str]) -> list[str]:
    """The keys (``site/study_id``) of studies of the pool that a person named so or by the study's identifier alone.

    Raises UnknownStudyError naming the first that is not in the pool, or that two sites have.
    """
    wanted = [name.strip() for name in names if name.strip()]
    rows = PoolEntry.objects.filter(benchmark=benchmark).values_list("study__site__code", "study__study_id")
    by_name: dict[str, set[str]] = defaultdict(set)
    for site, study_id in rows.iterator() if wanted else ():
        by_name[study_id].add(f"{site}/{study_id}")
        by_name[f"{site}/{study_id}"].add(f"{site}/{study_id}")
    for name in wanted:
        if len(by_name.get(name, ())) != 1:
            sites = ", ".join(sorted(by_name.get(name, ())))
            raise UnknownStudyError(
                f"Study {name} is at more than one site ({sites}); write it as site/study."
                if sites
                else f"Study {name} is not in the pool of {benchmark.slug}; look at its identifier, or take it off the list."
            )
    return sorted({next(iter(by_name[name])) for name in wanted})


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
        patient=f"{study.site.code}/{study.patient.person}",
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


def design_of(asked: SamplingRun | SamplingPlan, inclusion_draws: int = INCLUSION_DRAWS) -> SampleDesign:
    """The design that a run or plan asks for."""
    labels = labels_by_key(asked.taxonomy)
    return SampleDesign(
        size=asked.size,
        seed=asked.seed,
        label_names={key: label.name.lower() for key, label in labels.items()},
        label_weights={key: label.weight for key, label in labels.items()},
        label_targets=asked.wishes.get("label_targets", {}),
        locked=frozenset(asked.wishes.get("locked", ())),
        excluded=frozenset(asked.wishes.get("excluded", ())),
        inclusion_draws=inclusion_draws,
    )


@dataclass(frozen=True)
class Why:
    """Why a run picked a study, or why not: a sentence, the terms of its margin, and what its difficulty is made of."""

    study: Study
    pick: SampledStudy | None
    sentence: str
    terms: tuple[tuple[str, str, float], ...]
    difficulty: Mapping[str, float]

    @property
    def margin(self) -> float:
        return sum(points for _, _, points in self.terms)


def why_of(run: SamplingRun, study: Study, design: SampleDesign) -> Why:
    """The answer for any study of the pool; of one that was not picked as its suggestions stand now."""
    pick = run.sampled_studies.filter(study=study).select_related("study__site").first()
    key = f"{study.site.code}/{study.study_id}"
    if pick is not None:
        terms = tuple((group, name, points) for group, name, points in pick.terms)
        sentence = (
            "a curator put it on the list of studies to be picked" if key in design.locked else "; ".join(pick.reasons)
        )
        return Why(study, pick, f"Picked: {sentence}.", terms, pick.difficulty)
    pooled = pooled_study(run.benchmark, run.taxonomy, study, run)
    if pooled is None or not run.prices:
        return Why(study, None, "Not picked: it has no suggestions for the labels of this run.", (), {})
    found = explain(pooled.candidate, Pricing.from_json(run.prices), design)
    terms = tuple((term.group, term.name, term.points) for term in found)
    return Why(
        study,
        None,
        _why_not(run, study, key, sum(points for *_, points in terms), design),
        terms,
        pooled.parts.weighted,
    )


def _why_not(run: SamplingRun, study: Study, key: str, margin: float, design: SampleDesign) -> str:
    other = run.sampled_studies.filter(patient=study.patient_id).select_related("study").first()
    if key in design.excluded:
        return "Not picked: a curator put it on the list of studies to be left out."
    if other is not None:
        is_sealed = Study.objects.filter(hidden_studies(), pk=other.study_id).exists()
        which = "another study" if is_sealed else f"study {other.study.study_id}"
        return f"Not picked: {which} of the same patient was, and a sample holds one study per patient."
    if margin < 0:
        return f"Not picked: it is {-margin:.2f} points short of the threshold, as the terms below add up."
    return "Not picked: it is as good as the last picks, but studies are whole, and others fit together better."


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
