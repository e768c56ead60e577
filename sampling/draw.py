"""Draws the sample: the studies most worth an expert's time, each with the reasons it was picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sampling.buckets import BucketProblem, Floats, Indices, greedy, patients_among
from sampling.design import (
    DIFFICULTY_NAMES,
    BucketRow,
    SampleCandidate,
    SampleDesign,
    bucket_problem,
    canonical,
    seed_values,
    study_values,
)
from sampling.optimum import Optimum, relaxed_shares, solve
from sampling.reasons import reasons_for

__all__ = ["BucketRow", "SampleCandidate", "SampleDesign", "SampleDraw", "SamplePick", "SampleTooLarge", "draw_sample"]

# Fixed at first when re-drawing: what is further from the threshold than this share of the value of a study.
MARGIN = 1.0


class SampleTooLarge(ValueError):  # noqa: N818 - named as the sentence it tells
    """More studies are wanted than there are patients to give one each."""


@dataclass(frozen=True, slots=True)
class SamplePick:
    """One picked study. Rank 1 is the most needed, so that reading may stop early and still cover every label."""

    key: str
    rank: int
    reasons: tuple[str, ...]
    inclusion_probability: float | None


@dataclass(frozen=True, slots=True)
class SampleDraw:
    """The sample by rank, its bucket table, its cost and the bound no sample can beat."""

    picks: tuple[SamplePick, ...]
    buckets: tuple[BucketRow, ...]
    cost: float
    lower_bound: float
    is_proven: bool
    inclusion_method: str

    def short(self, group: str = "label") -> tuple[BucketRow, ...]:
        """The buckets of a group that did not reach their target."""
        return tuple(row for row in self.buckets if row.group == group and row.have < row.target)


def draw_sample(candidates: Sequence[SampleCandidate], design: SampleDesign) -> SampleDraw:
    """Pick `design.size` studies of as many patients, the best there are by the bucket model of the design.

    The same candidates, design and seed give the same draw in any order of rows. Every label reaches
    min(size / 10, patients with it) where that is possible for all labels together; where it is not, the labels come
    before every other wish and the table shows what is short.

    Raises SampleTooLarge when there are fewer patients than studies wanted, ValueError on a size below 1 or a key that
    is there twice.
    """
    _check(candidates, design)
    ordered = canonical(candidates, design.seed)
    problem = bucket_problem(ordered, design)
    optimum = _solve_labels_first(problem) if design.labels_first else solve(problem)
    ranked = greedy(problem, only=optimum.chosen)
    rows = _table(problem, optimum.chosen)
    probability, method = _inclusion(ordered, design, problem, optimum)
    table = {(row.group, row.name): row for row in rows}
    hardest = _members_of(problem, "difficulty", DIFFICULTY_NAMES[-1])
    picks = tuple(
        SamplePick(
            ordered[index].key,
            rank,
            reasons_for(ordered[index], design, table, is_hardest=index in hardest),
            probability.get(index),
        )
        for rank, index in enumerate(ranked.tolist(), start=1)
    )
    return SampleDraw(picks, rows, optimum.cost, optimum.lower_bound, optimum.is_proven, method)


def _check(candidates: Sequence[SampleCandidate], design: SampleDesign) -> None:
    if design.size < 1:
        raise ValueError(f"A sample of {design.size} studies was asked for; ask for at least 1.")
    keys: set[str] = set()
    for candidate in candidates:
        if candidate.key in keys:
            raise ValueError(f"Study {candidate.key} is among the candidates twice; list it once.")
        keys.add(candidate.key)
    patients = {candidate.patient for candidate in candidates} if design.one_per_patient else keys
    if design.size > len(patients):
        kind = "patients" if design.one_per_patient else "studies"
        raise SampleTooLarge(
            f"A sample of {design.size} studies was asked for, at most one per patient, but the pool has "
            f"{len(patients)} {kind}; ask for {len(patients)} or fewer, or import more studies."
        )


def _solve_labels_first(problem: BucketProblem) -> Optimum:
    """The optimum; when a label is short of its target in it, the optimum with labels before everything else."""
    optimum = solve(problem)
    if not _labels_short(problem, optimum.chosen):
        return optimum
    more_than_all_else = (
        1
        + float(problem.value.sum())
        + sum(max(bucket.under * bucket.target, bucket.over * problem.size) for bucket in problem.buckets)
    )
    strict = replace(
        problem,
        buckets=tuple(
            replace(bucket, under=more_than_all_else) if bucket.group == "label" else bucket
            for bucket in problem.buckets
        ),
    )
    again = solve(strict)
    if _labels_short(problem, again.chosen) >= _labels_short(problem, optimum.chosen):
        return optimum
    return replace(again, cost=problem.cost(again.chosen), lower_bound=optimum.lower_bound)


def _labels_short(problem: BucketProblem, chosen: Indices) -> int:
    counts = problem.counts(chosen)
    return sum(
        max(0, bucket.target - int(count))
        for bucket, count in zip(problem.buckets, counts, strict=True)
        if bucket.group == "label"
    )


def _members_of(problem: BucketProblem, group: str, name: str) -> frozenset[int]:
    return frozenset(
        index
        for bucket in problem.buckets
        if (bucket.group, bucket.name) == (group, name)
        for index in bucket.members.tolist()
    )


def _table(problem: BucketProblem, chosen: Indices) -> tuple[BucketRow, ...]:
    return tuple(
        BucketRow(b.group, b.name, int(count), b.target, len(b.members), patients_among(problem.patient, b.members))
        for b, count in zip(problem.buckets, problem.counts(chosen), strict=True)
    )


def _inclusion(
    candidates: Sequence[SampleCandidate], design: SampleDesign, problem: BucketProblem, optimum: Optimum
) -> tuple[dict[int, float], str]:
    """Estimated inclusion probabilities of the picks, and in words how they were estimated.

    The randomness of the design is its seed. Each of R other seeds gives a relaxed optimum, in which a study's share
    is 0 or 1 for all but a few; a pick's estimate is (1 + sum of its shares) / (1 + R), this draw being the one more.
    """
    draws = design.inclusion_draws
    if draws < 1:
        return {}, "not estimated: no other seeds were asked for"
    if design.seed_weight <= 0:
        return {}, "not estimated: the design gives the seed no weight, so the sample is not random"
    base = study_values(candidates, design)
    total: Floats = np.zeros(len(candidates))
    for number in range(1, draws + 1):
        other = replace(problem, value=base + seed_values(candidates, design, f"{design.seed}/{number}"))
        total += relaxed_shares(other, optimum, MARGIN * design.value_points / design.size)
    estimate = np.clip((1 + total) / (1 + draws), 1 / (1 + draws), 1.0)
    method = f"estimated: share of {draws + 1} draws with this and {draws} other seeds (relaxed optimum) that hold it"
    return {index: round(float(estimate[index]), 4) for index in optimum.chosen.tolist()}, method
