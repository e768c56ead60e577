"""Draws the sample: the studies most worth an expert's time, each with the reasons it was picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sampling.buckets import Bucket, BucketProblem, Floats, Indices, greedy, patients_among
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
from sampling.naive import random_pick, rare_first_quota
from sampling.optimum import Around, relaxed_shares, solve_around
from sampling.pricing import Pricing, Term, explain, pricing_of
from sampling.reasons import reasons_for

__all__ = ["BucketRow", "SampleCandidate", "SampleDesign", "SampleDraw", "SamplePick", "SampleTooLarge", "draw_sample"]

# Fixed at first when re-drawing: what is further from the threshold than this share of the value of a study.
MARGIN = 1.0


class SampleTooLarge(ValueError):  # noqa: N818 - named as the sentence it tells
    """More studies are wanted than there are patients to give one each."""


class LockImpossible(ValueError):  # noqa: N818 - named as the sentence it tells
    """Studies that are to be picked or left out in any case contradict each other, the pool or the size."""


@dataclass(frozen=True, slots=True)
class SamplePick:
    """One picked study. Rank 1 is the most needed, so that reading may stop early and still cover every label."""

    key: str
    rank: int
    reasons: tuple[str, ...]
    inclusion_probability: float | None
    terms: tuple[Term, ...] = ()

    @property
    def margin(self) -> float:
        """By how many points it is above the threshold: the sum of its terms."""
        return sum(term.points for term in self.terms)


@dataclass(frozen=True, slots=True)
class SampleDraw:
    """The sample by rank, its bucket table, its cost, the bound no sample can beat, and what the simple ways cost."""

    picks: tuple[SamplePick, ...]
    buckets: tuple[BucketRow, ...]
    cost: float
    lower_bound: float
    is_proven: bool
    inclusion_method: str
    pricing: Pricing
    naive_costs: Mapping[str, float]

    def short(self, group: str = "label") -> tuple[BucketRow, ...]:
        """The buckets of a group that did not reach their target."""
        return tuple(row for row in self.buckets if row.group == group and row.have < row.target)


def draw_sample(candidates: Sequence[SampleCandidate], design: SampleDesign) -> SampleDraw:
    """Pick `design.size` studies of as many patients, the best there are by the bucket model of the design.

    The same candidates, design and seed give the same draw in any order of rows. Every label reaches
    min(size / 10, patients with it) where that is possible for all labels together; where it is not, the labels come
    before every other wish and the table shows what is short.

    Raises SampleTooLarge when there are fewer patients than studies wanted, LockImpossible when the studies to be picked
    in any case contradict something, ValueError on a size below 1 or a key that is there twice.
    """
    _check(candidates, design)
    ordered = canonical([one for one in candidates if one.key not in design.excluded], design.seed)
    problem = bucket_problem(ordered, design)
    locked = np.array([i for i, one in enumerate(ordered) if one.key in design.locked], dtype=np.intp)
    _check_locked(ordered, problem, locked)
    judged, solved = _solve_labels_first(problem, locked) if design.labels_first else _as_wished(problem, locked)
    optimum = solved.optimum
    rows = _table(problem, optimum.chosen)
    probability, method = _inclusion(ordered, design, solved)
    pricing = pricing_of(ordered, solved)
    table = {(row.group, row.name): row for row in rows}
    hardest = _members_of(problem, "difficulty", DIFFICULTY_NAMES[-1])
    picks = tuple(
        SamplePick(
            ordered[index].key,
            rank,
            reasons_for(ordered[index], design, table, is_hardest=index in hardest),
            probability.get(index),
            explain(ordered[index], pricing, design),
        )
        for rank, index in enumerate(greedy(problem, only=optimum.chosen).tolist(), start=1)
    )
    naive = {
        "random": judged.cost(random_pick(problem, design.seed)),
        "rare labels first": judged.cost(rare_first_quota(problem)),
    }
    return SampleDraw(picks, rows, optimum.cost, optimum.lower_bound, optimum.is_proven, method, pricing, naive)


def _check(candidates: Sequence[SampleCandidate], design: SampleDesign) -> None:
    if design.size < 1:
        raise ValueError(f"A sample of {design.size} studies was asked for; ask for at least 1.")
    keys: set[str] = set()
    for candidate in candidates:
        if candidate.key in keys:
            raise ValueError(f"Study {candidate.key} is among the candidates twice; list it once.")
        keys.add(candidate.key)
    for key in sorted(design.locked):
        if key not in keys:
            raise LockImpossible(f"Study {key} is to be picked, but is not in the pool; take it off the list.")
        if key in design.excluded:
            raise LockImpossible(f"Study {key} is to be picked and to be left out; take it off one of the lists.")
    if len(design.locked) > design.size:
        raise LockImpossible(
            f"{len(design.locked)} studies are to be picked in any case, but the sample has {design.size}; ask for "
            f"{len(design.locked)} or more."
        )
    allowed = [candidate for candidate in candidates if candidate.key not in design.excluded]
    patients = {candidate.patient if design.one_per_patient else candidate.key for candidate in allowed}
    if design.size > len(patients):
        kind = "patients" if design.one_per_patient else "studies"
        left_out = f" after {len(candidates) - len(allowed)} were left out" if len(allowed) < len(candidates) else ""
        raise SampleTooLarge(
            f"A sample of {design.size} studies was asked for, at most one per patient, but the pool has "
            f"{len(patients)} {kind}{left_out}, {design.size - len(patients)} short; ask for {len(patients)} or fewer, or "
            "import more studies."
        )


def _check_locked(candidates: Sequence[SampleCandidate], problem: BucketProblem, locked: Indices) -> None:
    """Refuses two locked studies of a patient, and fewer patients than wanted where some share a picture."""
    seen: dict[int, int] = {}
    for index in locked.tolist():
        other = seen.setdefault(int(problem.patient[index]), index)
        if other != index:
            raise LockImpossible(
                f"Studies {candidates[other].key} and {candidates[index].key} are of one patient and both to be "
                f"picked; a sample holds at most one study per patient. Take one off the list."
            )
    patients = len(np.unique(problem.patient))
    if problem.size > patients:
        raise SampleTooLarge(
            f"A sample of {problem.size} studies was asked for, at most one per patient, but the pool has {patients} "
            f"patients, those who share a picture counted as one, {problem.size - patients} short; ask for {patients} or "
            "fewer."
        )


def _as_wished(problem: BucketProblem, locked: Indices) -> tuple[BucketProblem, Around]:
    return problem, solve_around(problem, locked)


def _solve_labels_first(problem: BucketProblem, locked: Indices) -> tuple[BucketProblem, Around]:
    """The problem that the sample is judged by, and its optimum.

    When a label is short of its target in the optimum of all wishes, that is the problem with labels before everything
    else: a label short costs more than all other wishes together, and among labels each weighs what it did.
    """
    solved = solve_around(problem, locked)
    lightest = min((bucket.under for bucket in problem.buckets if _is_weighed(bucket)), default=0.0)
    if not lightest or not _labels_short(problem, solved.optimum.chosen):
        return problem, solved
    more_than_all_else = (
        1
        + float(problem.value.sum())
        + sum(
            max(bucket.under * bucket.target, bucket.over * problem.size)
            for bucket in problem.buckets
            if not _is_weighed(bucket)
        )
    )
    strict = replace(
        problem,
        buckets=tuple(
            replace(bucket, under=bucket.under / lightest * more_than_all_else) if _is_weighed(bucket) else bucket
            for bucket in problem.buckets
        ),
    )
    again = solve_around(strict, locked)
    if _labels_short(problem, again.optimum.chosen) >= _labels_short(problem, solved.optimum.chosen):
        return problem, solved
    return strict, again


def _is_weighed(bucket: Bucket) -> bool:
    return bucket.group == "label" and bucket.under > 0


def _labels_short(problem: BucketProblem, chosen: Indices) -> float:
    """How far labels are short of their targets, by their weights."""
    counts = problem.counts(chosen)
    return sum(
        bucket.under * max(0, bucket.target - int(count))
        for bucket, count in zip(problem.buckets, counts, strict=True)
        if _is_weighed(bucket)
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
        BucketRow(
            b.group, b.name, int(count), b.target, len(b.members), patients_among(problem.patient, b.members), b.wanted
        )
        for b, count in zip(problem.buckets, problem.counts(chosen), strict=True)
    )


def _inclusion(
    candidates: Sequence[SampleCandidate], design: SampleDesign, solved: Around
) -> tuple[dict[int, float], str]:
    """Estimated inclusion probabilities of the picks, and in words how they were estimated.

    The randomness of the design is its seed. Each of R other seeds gives a relaxed optimum, in which a study's share
    is 0 or 1 for all but a few; a pick's estimate is (1 + sum of its shares) / (1 + R), this draw being the one more.
    What is locked is picked for certain.
    """
    draws = design.inclusion_draws
    if draws < 1:
        return {}, "not estimated: no other seeds were asked for"
    if design.seed_weight <= 0:
        return {}, "not estimated: the design gives the seed no weight, so the sample is not random"
    estimate = np.ones(len(candidates))
    if solved.rest.size:
        base = study_values(candidates, design)
        total: Floats = np.zeros(len(solved.free))
        for number in range(1, draws + 1):
            value = base + seed_values(candidates, design, f"{design.seed}/{number}")
            other = replace(solved.rest, value=value[solved.free])
            total += relaxed_shares(other, solved.of_rest, MARGIN * design.value_points / design.size)
        estimate[solved.free] = np.clip((1 + total) / (1 + draws), 1 / (1 + draws), 1.0)
    method = f"estimated: share of {draws + 1} draws with this and {draws} other seeds (relaxed optimum) that hold it"
    return {index: round(float(estimate[index]), 4) for index in solved.optimum.chosen.tolist()}, method
