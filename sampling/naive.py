"""The simple ways to pick studies, kept beside the model so that everyone sees what it buys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sampling.buckets import BucketProblem, Floats, Indices, hash01


def random_pick(problem: BucketProblem, seed: int) -> Indices:
    """`problem.size` candidates in an order that only the seed decides, one per patient; sorted."""
    order = sorted(range(len(problem.value)), key=lambda index: hash01(f"{seed}|random", str(index)))
    return _first_per_patient(problem, order, problem.size)


def rare_first_quota(problem: BucketProblem) -> Indices:
    """Label by label, the rarest first, until each has its target; what is left by value; one per patient; sorted."""
    by_value = np.argsort(-problem.value, kind="stable")
    rank = np.empty(len(by_value), dtype=np.intp)
    rank[by_value] = np.arange(len(by_value))
    labels = sorted((b for b in problem.buckets if b.group == "label"), key=lambda bucket: len(bucket.members))
    picked: set[int] = set()
    patients: set[int] = set()

    def take(candidates: Sequence[int], wanted: int) -> None:
        for index in candidates:
            if wanted <= 0 or len(picked) >= problem.size:
                return
            patient = int(problem.patient[index])
            if index not in picked and patient not in patients:
                picked.add(index)
                patients.add(patient)
                wanted -= 1

    for label in labels:
        members = label.members[np.argsort(rank[label.members])].tolist()
        take(members, label.target - sum(index in picked for index in members))
    take(by_value.tolist(), problem.size - len(picked))
    return np.array(sorted(picked), dtype=np.intp)


def iterative_stratification(marks: Floats, share: float, seed: int) -> Indices:
    """The rows of the side that gets `share` when labels are dealt one by one, the scarcest first; sorted.

    `marks` (n, labels) holds 0 and 1. Sechidis, Tsoumakas and Vlahavas 2011: it keeps label shares, but knows no
    patients and no targets, and may miss the size by a few.
    """
    n = len(marks)
    order = np.array(sorted(range(n), key=lambda index: hash01(f"{seed}|stratify", str(index))), dtype=np.intp)
    wanted = [marks.sum(axis=0) * share, marks.sum(axis=0) * (1 - share)]
    room = [n * share, n * (1 - share)]
    side = np.full(n, -1)
    while (side < 0).any():
        left = marks[side < 0].sum(axis=0)
        label = int(np.argmin(np.where(left > 0, left, np.inf)))
        inside = marks[order, label] > 0 if left.any() else np.ones(n, dtype=bool)
        for index in order[inside & (side[order] < 0)].tolist():
            need = [float(part[label]) if left.any() else 0.0 for part in wanted]
            to = 0 if (need[0], room[0]) > (need[1], room[1]) else 1
            side[index] = to
            wanted[to] = wanted[to] - marks[index]
            room[to] -= 1
    return np.flatnonzero(side == 0)


def _first_per_patient(problem: BucketProblem, order: Sequence[int], size: int) -> Indices:
    picked: list[int] = []
    patients: set[int] = set()
    for index in order:
        patient = int(problem.patient[index])
        if patient in patients:
            continue
        patients.add(patient)
        picked.append(index)
        if len(picked) == size:
            break
    return np.array(sorted(picked), dtype=np.intp)
