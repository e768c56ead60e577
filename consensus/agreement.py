"""Agreement between readers, chance-corrected, from units x raters tables with missing reads; each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.intervals import wilson_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
Weighting = Literal["identity", "linear", "quadratic"]

RESAMPLES = 1000
# Below it a resampled interval holds .85 to .90 of the truths, where it says .95 (25 units of three reads).
FEW_UNITS = 5
SAME = 1e-12  # figures that differ by less are the same but for rounding
LEAST_DEFINED = 0.8  # an interval from fewer of the resamples would describe only those in which the label turned up
NO_PAIR = "no study has two reads"
NO_READ = "nobody has read a study"
NOBODY = "nobody marked it"
EVERYBODY = "every read marked it"
ONE_ANSWER = "every read gave the same answer"


@dataclass(frozen=True, slots=True)
class Statistic:
    """A figure, its 95 % interval where one can be given, the number of studies, and why it is undefined if it is."""

    value: float | None
    ci95: tuple[float, float] | None
    n: int
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class Resamples:
    """How often each unit is in each bootstrap resample, shape (B, n): patients are drawn whole, with replacement."""

    weights: Floats

    @property
    def is_possible(self) -> bool:
        """Whether resampling says anything: with one patient every resample is the same."""
        return self.weights.size > 0 and bool((np.ptp(self.weights, axis=0) > 0).any())


def resample(patients: Sequence[str], seed: int, n_resamples: int = RESAMPLES) -> Resamples:
    """Cluster bootstrap over patients (Davison and Hinkley 1997, 3.8), fixed by the seed, whatever the order of rows."""
    names, unit_of = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    drawn = np.random.default_rng(seed).integers(0, max(1, len(names)), (n_resamples, len(names)))
    times = np.stack([np.bincount(row, minlength=len(names)) for row in drawn]) if len(names) else np.empty((0, 0))
    return Resamples(times.astype(float)[:, unit_of] if len(names) else np.empty((0, 0)))


def count_table(ratings: ArrayLike, n_categories: int | None = None) -> Ints:
    """Reads per category of every unit, shape (n, q), from ratings (n, raters) in 0..q-1; NaN or negative is missing.

    Raises ValueError on a rating that is no whole number or not below `n_categories`.
    """
    given = np.atleast_2d(np.asarray(ratings, dtype=float))
    missing = np.isnan(given) | (given < 0)
    codes = np.where(missing, 0, given)
    if (codes != np.rint(codes)).any():
        raise ValueError("A rating is not a whole number; code the categories as 0, 1, 2 and missing as NaN or -1.")
    q = n_categories if n_categories is not None else int(codes.max(initial=0)) + 1
    if codes.max(initial=0) >= q:
        raise ValueError(f"A rating of {int(codes.max())} is not among the {q} categories 0 to {q - 1}.")
    table: Ints = np.zeros((len(given), q), dtype=np.intp)
    units = np.broadcast_to(np.arange(len(given))[:, None], given.shape)
    np.add.at(table, (units[~missing], codes[~missing].astype(np.intp)), 1)
    return table


def agreement_weights(q: int, weighting: Weighting) -> Floats:
    """How far two categories agree, 1 on the diagonal, shape (q, q); linear and quadratic for ordered categories."""
    if weighting == "identity" or q == 1:
        return np.eye(q)
    distance = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) / (q - 1)
    return np.asarray(1 - (distance if weighting == "linear" else distance**2))


def raw_agreement(counts: Ints, resamples: Resamples | None = None) -> Statistic:
    """Share of pairs of reads of the same study that are equal, averaged over studies with two reads."""
    return _pair_statistic(counts, np.eye(counts.shape[1]), _observed, resamples, is_corrected=False)


def prevalence(counts: Ints, resamples: Resamples | None = None) -> Statistic:
    """Share of the last category (the label is marked), averaged over the studies read; counts has q = 2."""
    read = counts.sum(axis=1)
    n = int((read > 0).sum())
    if n == 0:
        return Statistic(None, None, 0, NO_READ)
    share = counts[:, -1] / np.maximum(read, 1)
    return _with_interval(np.column_stack([share, read > 0]), _ratio, n, resamples, _same)


def positive_agreement(counts: Ints, resamples: Resamples | None = None) -> Statistic:
    """Given that one read marks the label, the chance that another read of that study does (Cicchetti 1990).

    Pairs of reads are weighted so that every study counts once: for two readers it is 2a / (2a + b + c).
    """
    n = int((counts.sum(axis=1) >= 2).sum())
    if n == 0:
        return Statistic(None, None, 0, NO_PAIR)
    read = counts.sum(axis=1)
    pairs = np.where(read >= 2, read * (read - 1.0), 1.0)
    marked = counts[:, -1].astype(float)
    both = np.where(read >= 2, marked * (marked - 1) / pairs, 0.0)
    either = np.where(read >= 2, marked * (read - 1) / pairs, 0.0)
    if either.sum() == 0:
        return Statistic(None, None, n, NOBODY)
    found = _with_interval(np.column_stack([both, either]), _ratio, int((either > 0).sum()), resamples, _same)
    return replace(found, n=n)


def gwet(counts: Ints, resamples: Resamples | None = None, *, weighting: Weighting = "identity") -> Statistic:
    """Gwet's AC1, or AC2 with linear or quadratic weights (Gwet 2014, chapters 4 and 5), as in irrCAC with missing reads."""
    weights = agreement_weights(counts.shape[1], weighting)
    q = len(weights)

    def coefficient(sums: Floats) -> Floats:
        observed, shares = _observed(sums), _shares(sums)
        chance = weights.sum() * (shares * (1 - shares)).sum(axis=-1) / max(1, q * (q - 1))
        return _corrected(observed, chance)

    return _pair_statistic(counts, weights, coefficient, resamples)


def fleiss_kappa(counts: Ints, resamples: Resamples | None = None) -> Statistic:
    """Fleiss' kappa (1971), with missing reads as in irrCAC: agreement from studies with two reads, shares from all."""

    def coefficient(sums: Floats) -> Floats:
        return _corrected(_observed(sums), (_shares(sums) ** 2).sum(axis=-1))

    return _pair_statistic(counts, np.eye(counts.shape[1]), coefficient, resamples)


def brennan_prediger(counts: Ints, resamples: Resamples | None = None) -> Statistic:
    """Brennan and Prediger's coefficient (1981): chance is 1 / number of categories (PABAK for two)."""

    def coefficient(sums: Floats) -> Floats:
        observed = _observed(sums)
        return _corrected(observed, np.full_like(observed, 1 / counts.shape[1]))

    return _pair_statistic(counts, np.eye(counts.shape[1]), coefficient, resamples)


def krippendorff_alpha(
    counts: Ints, resamples: Resamples | None = None, *, level: Level = "nominal", values: Sequence[float] | None = None
) -> Statistic:
    """Krippendorff's alpha (2011): 1 - observed / expected disagreement over studies with two reads.

    `values` are the numbers the categories stand for at the interval and ratio levels; left out, 0, 1, 2 and so on.
    """
    q = counts.shape[1]
    read = counts.sum(axis=1)
    usable = np.where(read >= 2, 1.0 / np.maximum(1, read - 1), 0.0)
    pairs = counts[:, :, None] * counts[:, None, :].astype(float)
    pairs[:, np.arange(q), np.arange(q)] -= counts
    features = (pairs * usable[:, None, None]).reshape(len(counts), q * q)
    scale = np.arange(q, dtype=float) if values is None else np.asarray(values, dtype=float)

    def coefficient(sums: Floats) -> Floats:
        together = sums.reshape(-1, q, q)
        marginal = together.sum(axis=2)
        distance = _distances(marginal, scale, level)
        expected = (marginal[:, :, None] * marginal[:, None, :] * distance).sum(axis=(1, 2))
        observed = (together * distance).sum(axis=(1, 2)) * (marginal.sum(axis=1) - 1)
        return 1 - _divide(observed, expected)

    def alike(observed: float) -> float:
        marginal = features.sum(axis=0).reshape(q, q).sum(axis=1)
        apart = marginal.sum() ** 2 - (marginal**2).sum()
        return 1 - (1 - observed) * float(marginal.sum() * (marginal.sum() - 1) / apart)

    return _statistic(features, coefficient, counts, resamples, alike=alike if level == "nominal" else None)


def cohen_kappa(ratings: ArrayLike, n_categories: int | None = None) -> Statistic:
    """Kappa of two raters (Cohen 1960), of more by Conger (1980); every rater keeps the own habits. No interval."""
    counts = count_table(ratings, n_categories)
    q = counts.shape[1]
    n, reason = _defined(counts)
    if reason:
        return Statistic(None, None, n, reason)
    given = np.atleast_2d(np.asarray(ratings, dtype=float))
    marks = np.stack([given == category for category in range(q)], axis=2).sum(axis=0).astype(float)
    marks = marks[marks.sum(axis=1) > 0]
    shares = marks / marks.sum(axis=1, keepdims=True)
    raters = len(shares)
    chance = (shares.mean(axis=0) ** 2 - shares.var(axis=0, ddof=1) / raters).sum() if raters > 1 else 1.0
    observed = _observed(_pair_features(counts, np.eye(q)).sum(axis=0))
    value = float(_corrected(observed, np.asarray(chance)))
    return Statistic(value, None, n) if np.isfinite(value) else Statistic(None, None, n, ONE_ANSWER)


def wilson(hits: int, n: int, reason: str = NO_READ) -> Statistic:
    """A share with Wilson's score interval (1927): honest at 0 and 1 too. Undefined, for ``reason``, when n is 0."""
    if n == 0:
        return Statistic(None, None, 0, reason)
    return Statistic(hits / n, wilson_interval(hits, n), n)


def share_of(parts: ArrayLike, wholes: ArrayLike, resamples: Resamples, reason: str = NO_READ) -> Statistic:
    """Sum of ``parts`` over sum of ``wholes``, both (units,), with a bootstrap interval; n are the units with a whole.

    Where fewer than ``FEW_UNITS`` units have a part, or lack one, resampling shows too little doubt (where none does, no
    doubt at all), and the interval is Wilson's over the units: what was seen once is then no better known than what never was.
    """
    part, whole = np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)
    n = int((whole > 0).sum())
    if n == 0:
        return Statistic(None, None, 0, reason)
    if min((part > 0).sum(), (part < whole).sum()) < FEW_UNITS:
        share = float(part.sum() / whole.sum())
        return Statistic(share, wilson_interval(share * n, n), n)
    return _with_interval(np.column_stack([part, whole]), _ratio, n, resamples)


def mean_of(values: ArrayLike, resamples: Resamples, reason: str = NO_READ) -> Statistic:
    """Mean over the units whose value is not NaN, with a bootstrap interval (none where all values are the same)."""
    given = np.asarray(values, dtype=float)
    has = ~np.isnan(given)
    n = int(has.sum())
    if n == 0:
        return Statistic(None, None, 0, reason)
    if np.ptp(given[has]) == 0:
        return Statistic(float(given[has][0]), None, n)
    return _with_interval(np.column_stack([np.where(has, given, 0.0), has]), _ratio, n, resamples)


def _pair_features(counts: Ints, weights: Floats) -> Floats:
    """Per unit: agreement of its pairs, whether it has pairs, whether it is read, its shares; shape (n, 3 + q)."""
    read = counts.sum(axis=1)
    has_pairs = read >= 2
    agreeing = (counts * (counts @ weights - 1)).sum(axis=1)
    agreement = np.where(has_pairs, agreeing / np.maximum(1, read * (read - 1)), 0.0)
    shares = counts / np.maximum(1, read)[:, None]
    return np.column_stack([agreement, has_pairs, read > 0, shares])


def _observed(sums: Floats) -> Floats:
    return _divide(sums[..., 0], sums[..., 1])


def _shares(sums: Floats) -> Floats:
    return _divide(sums[..., 3:], sums[..., 2:3])


def _ratio(sums: Floats) -> Floats:
    return _divide(sums[..., 0], sums[..., 1])


def _corrected(observed: Floats, chance: Floats) -> Floats:
    return _divide(observed - chance, 1 - chance)


def _divide(over: Floats, under: Floats) -> Floats:
    """A quotient that is NaN where the divisor is 0 (or would be, but for rounding)."""
    over, under = np.broadcast_arrays(np.asarray(over, dtype=float), np.asarray(under, dtype=float))
    quotient: Floats = np.full(under.shape, np.nan)
    np.divide(over, under, out=quotient, where=np.abs(under) > 1e-12)
    return quotient


def _distances(marginal: Floats, scale: Floats, level: Level) -> Floats:
    """Squared differences between categories, shape (B, q, q); ordinal ones depend on the marginals."""
    if level == "ordinal":
        rank = np.cumsum(marginal, axis=1) - marginal / 2
        return np.asarray((rank[:, :, None] - rank[:, None, :]) ** 2)
    difference = np.subtract.outer(scale, scale)
    if level == "ratio":
        difference = np.nan_to_num(_divide(difference, np.add.outer(scale, scale)))
    if level == "nominal":
        difference = (difference != 0).astype(float)
    return np.asarray(np.broadcast_to(difference**2, (len(marginal), *difference.shape)))


def _defined(counts: Ints) -> tuple[int, str | None]:
    """The number of studies with two reads, and why a chance-corrected figure is undefined, if it is."""
    n = int((counts.sum(axis=1) >= 2).sum())
    if n == 0:
        return 0, NO_PAIR
    used = np.flatnonzero(counts.sum(axis=0))
    if len(used) > 1:
        return n, None
    if counts.shape[1] != 2:
        return n, ONE_ANSWER
    return n, NOBODY if used[0] == 0 else EVERYBODY


def _statistic(
    features: Floats,
    coefficient: Callable[[Floats], Floats],
    counts: Ints,
    resamples: Resamples | None,
    *,
    is_corrected: bool = True,
    alike: Callable[[float], float] | None = None,
) -> Statistic:
    n, reason = _defined(counts)
    if n == 0 or (is_corrected and reason):
        return Statistic(None, None, n, reason)
    return _with_interval(features, coefficient, n, resamples, alike)


def _pair_statistic(
    counts: Ints,
    weights: Floats,
    coefficient: Callable[[Floats], Floats],
    resamples: Resamples | None,
    *,
    is_corrected: bool = True,
) -> Statistic:
    """A figure of the pair features, which knows what it would be with less agreement and the same shares."""
    features = _pair_features(counts, weights)

    def alike(observed: float) -> float:
        sums = features.sum(axis=0, dtype=float)
        return float(coefficient(np.concatenate([[observed * sums[1]], sums[1:]])))

    return _statistic(features, coefficient, counts, resamples, is_corrected=is_corrected, alike=alike)


def _same(observed: float) -> float:
    """For a bare share: what is observed is the figure."""
    return observed


def _with_interval(
    features: Floats,
    coefficient: Callable[[Floats], Floats],
    n: int,
    resamples: Resamples | None,
    alike: Callable[[float], float] | None = None,
) -> Statistic:
    """The figure of the summed features and its percentile interval over the resamples in which it is defined.

    Where every study says the same, so does every resample, and an interval without width would claim certainty. Then
    it is Wilson's over the studies, of the share that is alike, carried over to the figure by `alike`; none without.
    """
    value = float(np.ravel(coefficient(features.sum(axis=0, dtype=float)))[0])
    if not np.isfinite(value):
        return Statistic(None, None, n, ONE_ANSWER)
    if resamples is None or not resamples.is_possible:
        return Statistic(value, None, n)
    drawn = coefficient(resamples.weights @ features.astype(float))
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < LEAST_DEFINED * len(resamples.weights):
        return Statistic(value, None, n)
    low, high = np.quantile(drawn, [0.025, 0.975])
    if np.ptp(drawn) < SAME:
        return Statistic(value, _of_one_mind(value, n, alike), n)
    return Statistic(value, (float(low), float(high)), n)


def _of_one_mind(value: float, n: int, alike: Callable[[float], float] | None) -> tuple[float, float] | None:
    """The interval of a figure that is the same in every study: of all agreeing, or of none where it is a bare share."""
    if alike is None:
        return None
    if value > 1 - SAME:
        least = wilson(n, n).ci95
        return None if least is None else (alike(least[0]), 1.0)
    return wilson(0, n).ci95 if alike is _same and value < SAME else None
