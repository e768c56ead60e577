"""The least imbalance that any split of some studies can have, by counting alone: the bound a split is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from sampling.design import FINDING_NAMES

Floats = NDArray[np.float64]
WHOLE_GROUPS = ("findings", "difficulty", "site", "sex", "age", "view", "manufacturer")
NODE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Counts:
    """Features (group, name), how many studies have each, their weight, their fair count on the released side, and the
    doubled deviation from it that whole studies allow at least; all of shape (Q,).
    """

    features: tuple[tuple[str, str], ...]
    totals: Floats
    weights: Floats
    fair: Floats
    floor: Floats

    def of(self, *groups: str) -> Floats:
        """1 for the features of these groups, else 0."""
        return np.array([float(group in groups) for group, _ in self.features])


def least_imbalance(
    counts: Counts, studies_by_labels: Mapping[int, int], released: int, *, has_findings_as_labels: bool
) -> float:
    """A bound on `sum of weight * |2 (count - fair)|` that no split into whole studies can beat.

    The parity of each feature alone is not the whole truth, as counts hang together: where g_k released studies have k
    labels, the labels on the released side add up to `sum k g_k`, the pairs of labels to `sum k (k - 1) / 2 g_k`, and
    the features of a complete group (site, sex and so on) to the size. `studies_by_labels` maps k to the studies with
    k labels. Solved as a small integer program over counts; cut short, its dual bound is still a bound.
    """
    q, sizes = len(counts.features), sorted(studies_by_labels)
    if q == 0:
        return 0.0
    width = 2 * q + len(sizes) + 1
    lone_pairs = sum(k * (k - 1) // 2 * n for k, n in studies_by_labels.items()) - float(
        counts.of("pair") @ counts.totals
    )
    rows, right = _ties(
        counts, sizes, sum(studies_by_labels.values()), released, has_findings_as_labels=has_findings_as_labels
    )
    apart = sparse.hstack([2 * sparse.eye_array(q), -sparse.eye_array(q), sparse.csr_array((q, width - 2 * q))])
    near = sparse.hstack([-2 * sparse.eye_array(q), -sparse.eye_array(q), sparse.csr_array((q, width - 2 * q))])
    upper: list[Floats] = [
        counts.totals,
        np.maximum(counts.floor, 2 * counts.totals),
        np.array([float(studies_by_labels[k]) for k in sizes]),
        np.array([lone_pairs]),
    ]
    result = milp(
        np.concatenate([np.zeros(q), counts.weights, np.zeros(width - 2 * q)]),
        integrality=np.concatenate([np.ones(q), np.zeros(q), np.ones(width - 2 * q)]),
        bounds=Bounds(np.concatenate([np.zeros(q), counts.floor, np.zeros(width - 2 * q)]), np.concatenate(upper)),
        constraints=[
            LinearConstraint(sparse.csc_array(apart), -np.inf, 2 * counts.fair),
            LinearConstraint(sparse.csc_array(near), -np.inf, -2 * counts.fair),
            LinearConstraint(rows, right, right),
        ],
        options={"mip_rel_gap": 0.0, "node_limit": NODE_LIMIT},
    )
    by_parity = float(counts.weights @ counts.floor)
    return by_parity if result.mip_dual_bound is None else max(by_parity, float(result.mip_dual_bound))


def _ties(
    counts: Counts, sizes: list[int], n: int, released: int, *, has_findings_as_labels: bool
) -> tuple[Floats, Floats]:
    """The equations between counts (q), deviations (q), studies by number of labels (K), and pairs that occur once."""
    q, none = len(counts.features), np.zeros(len(sizes))
    rows: list[Floats] = []
    right: list[float] = []

    def tie(of_counts: Floats, of_sizes: Floats, lone: float, total: float) -> None:
        rows.append(np.concatenate([of_counts, np.zeros(q), of_sizes, [lone]]))
        right.append(total)

    k = np.array(sizes, dtype=float)
    tie(np.zeros(q), np.ones(len(sizes)), 0.0, float(released))
    tie(counts.of("label"), -k, 0.0, 0.0)
    tie(counts.of("pair"), -k * (k - 1) / 2, 1.0, 0.0)
    for group in WHOLE_GROUPS:
        members = counts.of(group)
        if members @ counts.totals == n:
            tie(members, none, 0.0, float(released))
    for place, (group, name) in enumerate(counts.features):
        if group == "findings" and has_findings_as_labels:
            least = FINDING_NAMES.index(name)
            same = (k >= least) if name == FINDING_NAMES[-1] else (k == least)
            tie(np.eye(q)[place], -same.astype(float), 0.0, 0.0)
    return np.array(rows), np.array(right)
