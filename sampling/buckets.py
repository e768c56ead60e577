"""The linear bucket model shared by sampling and selection: which N candidates fill every bucket best."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Candidates that share something, how many of them are aimed at, and what each one short or over costs.

    `wanted` is what was asked for where the pool cannot give as many; None where it can.
    """

    group: str
    name: str
    target: int
    under: float
    over: float
    members: Indices
    wanted: int | None = None


@dataclass(frozen=True, slots=True)
class BucketProblem:
    """Pick exactly `size` of n candidates, at most one per patient, at the least cost.

    The cost is `sum_b under_b * max(0, target_b - count_b) + over_b * max(0, count_b - target_b) - sum_i value_i`.
    `value` and `patient` have shape (n,); `patient` holds 0-based numbers, and a study that may be picked beside any
    other has a number of its own. Targets are whole numbers: with fractions the optimum is slow to prove.
    """

    size: int
    value: Floats
    patient: Indices
    buckets: tuple[Bucket, ...]

    def weighted(self) -> tuple[Bucket, ...]:
        """The buckets that can change the answer: those where being short or over costs something."""
        return tuple(bucket for bucket in self.buckets if bucket.under > 0 or bucket.over > 0)

    def counts(self, chosen: Indices) -> Indices:
        """How many of `chosen` are in each bucket, in the order of `buckets`, shape (K,)."""
        mask = np.zeros(len(self.value), dtype=np.intp)
        mask[chosen] = 1
        return np.array([int(mask[bucket.members].sum()) for bucket in self.buckets], dtype=np.intp)

    def cost(self, chosen: Indices) -> float:
        """The objective of a choice (lower is better)."""
        total = -float(self.value[chosen].sum())
        for bucket, count in zip(self.buckets, self.counts(chosen), strict=True):
            short = bucket.target - int(count)
            total += bucket.under * max(0, short) + bucket.over * max(0, -short)
        return total


def hash01(seed: int | str, key: str) -> float:
    """A number in [0, 1) fixed by the seed and the key alone, so that no row order and no generator matters."""
    digest = hashlib.blake2b(f"{seed}|{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def apportion(total: int, shares: Mapping[str, float], available: Mapping[str, int]) -> dict[str, int]:
    """Whole-number targets that add up to `total`, in proportion to `shares`, none above what is available.

    Largest remainder (Hamilton); what a scarce bucket cannot hold is spread over the others in proportion. The sum is
    smaller than `total` only when everything available is smaller. Ties go to the name that sorts first.
    """
    targets = dict.fromkeys(shares, 0)
    open_names = sorted(name for name in shares if available.get(name, 0) > 0 and shares[name] > 0)
    left = total
    while open_names and left > 0:
        weight = sum(shares[name] for name in open_names)
        ideal = {name: left * shares[name] / weight for name in open_names}
        full = [name for name in open_names if ideal[name] >= available[name]]
        if not full:
            targets.update(_largest_remainder(left, ideal))
            return targets
        for name in full:
            targets[name] = available[name]
        left = total - sum(targets.values())
        open_names = [name for name in open_names if name not in full]
    return targets


def _largest_remainder(total: int, ideal: Mapping[str, float]) -> dict[str, int]:
    """Round `ideal` so that it adds up to `total`."""
    rounded = {name: int(value + 1e-9) for name, value in ideal.items()}
    by_remainder = sorted(ideal, key=lambda name: (round(rounded[name] - ideal[name], 9), name))
    for name in by_remainder[: total - sum(rounded.values())]:
        rounded[name] += 1
    return rounded


def members_by_name(names: Sequence[str]) -> dict[str, Indices]:
    """Candidate numbers per name, names sorted; blank names (unknown) are in no bucket."""
    found: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        if name:
            found.setdefault(name, []).append(index)
    return {name: np.array(found[name], dtype=np.intp) for name in sorted(found)}


def patients_among(patient: Indices, members: Indices) -> int:
    """How many different patients the members belong to: the most picks a bucket can give."""
    return len(np.unique(patient[members]))


def greedy(problem: BucketProblem, only: Indices | None = None) -> Indices:
    """Candidates in the order in which each lowers the cost most; first one wins a tie.

    Gains change only when a bucket reaches its target, so a pick costs one scan. With `only`, the order in which that
    subset is picked. Stops early when no patient is left.
    """
    n = len(problem.value)
    gain = -problem.value.copy()
    inside: list[list[int]] = [[] for _ in range(n)]
    buckets = problem.weighted()
    for number, bucket in enumerate(buckets):
        gain[bucket.members] += -bucket.under if bucket.target > 0 else bucket.over
        for member in bucket.members.tolist():
            inside[member].append(number)
    if only is not None:
        outside = np.ones(n, dtype=bool)
        outside[only] = False
        gain[outside] = np.inf
    patient_members = members_by_name([str(number) for number in problem.patient])
    need = [bucket.target for bucket in buckets]
    picked: list[int] = []
    while len(picked) < problem.size:
        best = int(np.argmin(gain))
        if not np.isfinite(gain[best]):
            break
        picked.append(best)
        for number in inside[best]:
            need[number] -= 1
            if need[number] == 0:
                gain[buckets[number].members] += buckets[number].under + buckets[number].over
        gain[patient_members[str(problem.patient[best])]] = np.inf
    return np.array(picked, dtype=np.intp)
