"""Solves the bucket model to its optimum: relaxation by column generation, then an integer core that proves itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from sampling.buckets import BucketProblem, Floats, Indices, greedy

FIRST_COLUMNS_PER_BUCKET = 200
COLUMNS_A_ROUND = 3000
FIRST_CORE = 400
# Exits are counted in nodes of the search tree, never in seconds: a clock would make the same seed give two samples.
NODE_LIMIT = 4000
PRICE_TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True)
class Optimum:
    """A choice, its cost, and a bound that no choice can beat; `chosen` is sorted.

    `bucket_prices` belong to `problem.weighted()`, `patient_prices` to the patients' numbers: what one more of each is
    worth in the relaxation. `-reduced_cost = value + prices of its buckets and patient + size_price`: a study's margin.
    """

    chosen: Indices
    cost: float
    lower_bound: float
    is_proven: bool
    reduced_cost: Floats
    bucket_prices: Floats
    size_price: float
    patient_prices: Floats


@dataclass(frozen=True, slots=True)
class _Relaxation:
    bound: float
    reduced_cost: Floats
    share: Floats
    bucket_prices: Floats
    size_price: float
    patient_prices: Floats


class _Model:
    """The sparse rows of a problem: one per weighted bucket, then the size, then patients with several candidates."""

    def __init__(self, problem: BucketProblem) -> None:
        self.problem = problem
        self.buckets = problem.weighted()
        n = len(problem.value)
        rows = np.repeat(np.arange(len(self.buckets)), [len(bucket.members) for bucket in self.buckets])
        columns = np.concatenate([bucket.members for bucket in self.buckets] or [np.empty(0, dtype=np.intp)])
        self.members = sparse.csc_array((np.ones(len(rows)), (rows, columns)), shape=(len(self.buckets), n))
        self.target = np.array([bucket.target for bucket in self.buckets], dtype=float)
        self.slack_cost = np.array([b.under for b in self.buckets] + [b.over for b in self.buckets], dtype=float)

    def equalities(self, columns: Indices) -> sparse.csc_array:
        """Bucket rows (members + short - over = target) and the size row, for these columns and 2K slacks."""
        k = len(self.buckets)
        top = sparse.hstack([self.members[:, columns], sparse.eye_array(k), -sparse.eye_array(k)])
        size = sparse.hstack([sparse.csc_array(np.ones((1, len(columns)))), sparse.csc_array((1, 2 * k))])
        return sparse.csc_array(sparse.vstack([top, size]))

    def patient_rows(self, columns: Indices) -> tuple[sparse.csc_array, Indices]:
        """One row per patient with at least two of these columns, and the patients' numbers."""
        patient = self.problem.patient[columns]
        numbers, inverse, count = np.unique(patient, return_inverse=True, return_counts=True)
        several = np.flatnonzero(count >= 2)
        row_of = np.full(len(numbers), -1)
        row_of[several] = np.arange(len(several))
        used = np.flatnonzero(row_of[inverse] >= 0)
        shape = (len(several), len(columns) + 2 * len(self.buckets))
        rows = sparse.csc_array((np.ones(len(used)), (row_of[inverse][used], used)), shape=shape)
        return rows, numbers[several]


def solve(problem: BucketProblem) -> Optimum:
    """The best choice of `problem.size` candidates, deterministic, with a proof where the search could close it.

    The integer core holds the candidates whose reduced cost is nearest to zero; all others keep the value they have in
    the relaxation. When every one of those would cost more to change than the gap that is left, the answer is optimal
    for the whole pool; otherwise the core doubles (reduced-cost fixing, Dantzig, Fulkerson and Johnson 1954).
    """
    model = _Model(problem)
    start = np.sort(greedy(problem))
    relaxation = _relax(model, _first_columns(model, start))
    best, best_cost = start, problem.cost(start)
    order = np.argsort(np.abs(relaxation.reduced_cost), kind="stable")
    core_size = FIRST_CORE
    while True:
        core = order[:core_size]
        found = _integer_core(model, relaxation, core)
        if found is not None and problem.cost(found.chosen) < best_cost:
            best, best_cost = found.chosen, problem.cost(found.chosen)
        outside = np.abs(relaxation.reduced_cost[order[core_size:]])
        gap = best_cost - relaxation.bound
        is_closed = found is not None and found.is_proven
        if core_size >= len(order) or (found is not None and (not is_closed or outside.min() >= gap)):
            return Optimum(
                best,
                best_cost,
                relaxation.bound,
                is_closed,
                relaxation.reduced_cost,
                relaxation.bucket_prices,
                relaxation.size_price,
                relaxation.patient_prices,
            )
        core_size *= 2


@dataclass(frozen=True, slots=True)
class Around:
    """An optimum that holds what is locked, and the smaller problem it was found by: its optimum, and whom it is over."""

    optimum: Optimum
    rest: BucketProblem
    of_rest: Optimum
    free: Indices


def solve_around(problem: BucketProblem, locked: Indices) -> Around:
    """The best choice that holds all of `locked` (candidate numbers, no two of a patient).

    Locked studies leave the problem, with the other studies of their patients; what they fill is taken off the targets,
    which may become negative. Without any the problem is solved as it is.
    """
    if len(locked) == 0:
        found = solve(problem)
        return Around(found, problem, found, np.arange(len(problem.value), dtype=np.intp))
    is_free = ~np.isin(problem.patient, problem.patient[locked])
    free = np.flatnonzero(is_free)
    place = np.cumsum(is_free) - 1
    rest = BucketProblem(
        problem.size - len(locked),
        problem.value[free],
        np.asarray(np.unique(problem.patient[free], return_inverse=True)[1], dtype=np.intp),
        tuple(
            replace(bucket, target=bucket.target - int(count), members=place[bucket.members[is_free[bucket.members]]])
            for bucket, count in zip(problem.buckets, problem.counts(locked), strict=True)
        ),
    )
    found = solve(rest) if rest.size else _nothing_left(rest)
    chosen = np.sort(np.concatenate([locked, free[found.chosen]]))
    fixed = problem.cost(chosen) - rest.cost(found.chosen)
    whole = replace(found, chosen=chosen, cost=problem.cost(chosen), lower_bound=found.lower_bound + fixed)
    return Around(whole, rest, found, free)


def _nothing_left(rest: BucketProblem) -> Optimum:
    """The optimum where the locked studies fill the sample."""
    none = np.empty(0, dtype=np.intp)
    cost = rest.cost(none)
    zeros = np.zeros(len(rest.value))
    return Optimum(none, cost, cost, True, zeros, np.zeros(len(rest.weighted())), 0.0, zeros)


def relaxed_shares(problem: BucketProblem, near: Optimum, margin: float) -> Floats:
    """The share of every candidate in the relaxed optimum, in [0, 1], shape (n,): almost all are 0 or 1.

    `near` is the optimum of a problem that differs in the values only. Candidates whose reduced cost there is beyond
    the margin start out fixed; prices free those for which that is wrong, so the answer does not depend on it.
    """
    inside = near.reduced_cost < margin
    inside[near.chosen] = True
    fixed = np.zeros(len(inside), dtype=bool)
    fixed[near.chosen] = near.reduced_cost[near.chosen] < -margin
    return _relax(_Model(problem), np.flatnonzero(inside), fixed).share


def _first_columns(model: _Model, start: Indices) -> Indices:
    """The start and the most valuable members of every bucket."""
    n = len(model.problem.value)
    inside = np.zeros(n, dtype=bool)
    inside[start] = True
    by_value = np.argsort(-model.problem.value, kind="stable")
    rank = np.empty(n, dtype=np.intp)
    rank[by_value] = np.arange(n)
    for bucket in model.buckets:
        inside[bucket.members[np.argsort(rank[bucket.members])][:FIRST_COLUMNS_PER_BUCKET]] = True
    return np.flatnonzero(inside)


def _relax(model: _Model, start: Indices, fixed: NDArray[np.bool_] | None = None) -> _Relaxation:
    """The relaxation over all columns by column generation; its bound holds for every choice.

    Columns may start out `fixed` at 1, shape (n,); they are freed as soon as their price says so.
    """
    n = len(model.problem.value)
    inside = np.zeros(n, dtype=bool)
    inside[start] = True
    held = np.zeros(n, dtype=bool) if fixed is None else fixed.copy()
    while True:
        columns = np.flatnonzero(inside)
        found = _relax_columns(model, columns, held[columns])
        reduced_cost = found.reduced_cost
        wanted = np.flatnonzero(~inside & (reduced_cost < -PRICE_TOLERANCE))
        wrong = held & (reduced_cost > PRICE_TOLERANCE)
        if len(wanted) == 0 and not wrong.any():
            whole = np.zeros(n)
            whole[columns] = found.share
            return replace(found, share=whole)
        inside[wanted[np.argsort(reduced_cost[wanted], kind="stable")][:COLUMNS_A_ROUND]] = True
        held &= ~wrong


def _relax_columns(model: _Model, columns: Indices, held: NDArray[np.bool_]) -> _Relaxation:
    """Bound and shares of the relaxation over some columns, its prices, and the reduced cost of every column by them."""
    problem = model.problem
    rows, patients = model.patient_rows(columns)
    slack = np.zeros(len(model.slack_cost))
    result = linprog(  # type: ignore[call-overload]  # scipy-stubs do not know that A_eq and A_ub may be sparse
        np.concatenate([-problem.value[columns], model.slack_cost]),
        A_eq=model.equalities(columns),
        b_eq=np.append(model.target, problem.size),
        A_ub=rows if len(patients) else None,
        b_ub=np.ones(len(patients)) if len(patients) else None,
        bounds=np.column_stack([np.append(held, slack), np.append(np.ones(len(columns)), slack + np.inf)]),
        method="highs",
    )
    if result.status != 0:
        raise RuntimeError(f"The relaxation of {len(columns)} columns was not solved: {result.message}")
    price = np.asarray(result.eqlin.marginals, dtype=float)
    patient_price = np.zeros(int(problem.patient.max()) + 1)
    if len(patients):
        patient_price[patients] = result.ineqlin.marginals
    reduced_cost = -problem.value - model.members.T @ price[:-1] - price[-1] - patient_price[problem.patient]
    share = np.asarray(result.x[: len(columns)])
    return _Relaxation(float(result.fun), reduced_cost, share, price[:-1], float(price[-1]), patient_price)


@dataclass(frozen=True, slots=True)
class _Found:
    chosen: Indices
    is_proven: bool


def _integer_core(model: _Model, relaxation: _Relaxation, core: Indices) -> _Found | None:
    """The best integer choice when only the core may differ from the relaxation; None when there is none."""
    n = len(model.problem.value)
    fixed = np.zeros(n, dtype=bool)
    fixed[relaxation.reduced_cost < 0] = True
    fixed[core] = False
    columns = np.sort(np.concatenate([core, np.flatnonzero(fixed)]))
    k2 = len(model.slack_cost)
    is_fixed = fixed[columns]
    rows, patients = model.patient_rows(columns)
    right = np.append(model.target, model.problem.size)
    constraints = [LinearConstraint(model.equalities(columns), right, right)]
    if len(patients):
        constraints.append(LinearConstraint(rows, -np.inf, np.ones(len(patients))))
    result = milp(
        np.concatenate([-model.problem.value[columns], model.slack_cost]),
        integrality=np.concatenate([np.ones(len(columns)), np.zeros(k2)]),
        bounds=Bounds(
            np.concatenate([is_fixed.astype(float), np.zeros(k2)]),
            np.append(np.ones(len(columns)), np.full(k2, np.inf)),
        ),
        constraints=constraints,
        options={"mip_rel_gap": 0.0, "node_limit": NODE_LIMIT},
    )
    if result.x is None:
        return None
    return _Found(columns[np.asarray(result.x[: len(columns)]) > 0.5], result.status == 0)
