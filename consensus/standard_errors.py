"""Standard errors in closed form, where a bootstrap would see too little: two readers over the studies both have read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from consensus.agreement import Floats, Ints, Statistic, Weighting, agreement_weights
from core.intervals import Z95


def gwet_error(counts: Ints, weighting: Weighting = "identity") -> float | None:
    """Standard error of AC1 or AC2 by linearisation over units (Gwet 2014, 5.4), as irrCAC gives it for raw ratings.

    A finite population of studies is not assumed. irrCAC's formula for a table of two raters divides by n where this one
    divides by n - 1. None where the coefficient is undefined or there are fewer than two units.
    """
    weights = agreement_weights(counts.shape[1], weighting)
    q = len(weights)
    scale = weights.sum() / max(1, q * (q - 1))

    def chance(shares: Floats, each: Floats) -> tuple[float, Floats]:
        return float(scale * (shares * (1 - shares)).sum()), scale * (each @ (1 - shares))

    return _linearised(counts, weights, chance)


def fleiss_error(counts: Ints) -> float | None:
    """Standard error of Fleiss' kappa by the same linearisation; None where it is undefined."""

    def chance(shares: Floats, each: Floats) -> tuple[float, Floats]:
        return float((shares**2).sum()), each @ shares

    return _linearised(counts, np.eye(counts.shape[1]), chance)


def cohen_error(ratings: ArrayLike, n_categories: int | None = None) -> float | None:
    """Standard error of two raters' kappa (Fleiss, Cohen and Everitt 1969) over the units both rated, shape (n, 2).

    None where kappa is undefined or nobody rated anything twice.
    """
    given = np.atleast_2d(np.asarray(ratings, dtype=float))
    both = given[(given >= 0).all(axis=1)].astype(np.intp)
    n = len(both)
    if n == 0:
        return None
    q = n_categories if n_categories is not None else int(both.max()) + 1
    share: Floats = np.zeros((q, q))
    np.add.at(share, (both[:, 0], both[:, 1]), 1 / n)
    first, second = share.sum(axis=1), share.sum(axis=0)
    observed, chance = float(np.trace(share)), float(first @ second)
    if chance > 1 - 1e-12:
        return None
    kappa = (observed - chance) / (1 - chance)
    # A cell that the raters call i and j: what it is worth, less what the habits of both would give.
    habits = second[:, None] + first[None, :]
    spread = float((share * (np.eye(q) - (1 - kappa) * habits) ** 2).sum()) - (observed - 2 * (1 - kappa) * chance) ** 2
    return float(np.sqrt(max(0.0, spread) / n) / (1 - chance))


def with_error(found: Statistic, error: float | None) -> Statistic:
    """The figure with a normal 95 % interval, cut at -1 and 1; without one where the error is unknown or 0.

    An error of 0 comes from reads that are all alike, and would claim a certainty that nobody has.
    """
    if found.value is None or not error:
        return found
    low, high = found.value - Z95 * error, found.value + Z95 * error
    return Statistic(found.value, (max(-1.0, low), min(1.0, high)), found.n)


def _linearised(
    counts: Ints, weights: Floats, chance_of: Callable[[Floats, Floats], tuple[float, Floats]]
) -> float | None:
    """The spread of what each unit adds to `(observed - chance) / (1 - chance)`, units without a pair counted as such.

    `chance_of` takes the mean shares of the categories (q,) and those of each unit (n, q), and gives chance agreement and
    each unit's part in it.
    """
    counts = counts[counts.sum(axis=1) > 0]
    read = counts.sum(axis=1).astype(float)
    has_pair = read >= 2
    n, n_pairs = len(counts), int(has_pair.sum())
    if n < 2 or n_pairs == 0:
        return None
    each = counts / read[:, None]
    chance, chances = chance_of(each.mean(axis=0), each)
    if chance > 1 - 1e-12:
        return None
    agreeing = (counts * (counts @ weights - 1)).sum(axis=1)
    agreement = np.where(has_pair, agreeing / np.maximum(1.0, read * (read - 1)), 0.0)
    value = (agreement.sum() / n_pairs - chance) / (1 - chance)
    part = n / n_pairs * (agreement - chance * has_pair) / (1 - chance)
    part -= 2 * (1 - value) * (chances - chance) / (1 - chance)
    return float(np.sqrt(((part - value) ** 2).sum() / (n * (n - 1))))
