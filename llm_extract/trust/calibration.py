"""Whether confidence can be believed: reliability, its errors, and a monotone curve that puts it right, fitted on a gold set."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from llm_extract.trust.intervals import Proportion, wilson

Floats = NDArray[np.float64]

LEAST = 20  # judged suggestions
LEAST_OF_EACH = 5  # right ones, and wrong ones
FORMAT = "confidence-curve/1"


@dataclass(frozen=True, slots=True)
class Bin:
    """Suggestions with a confidence in [low, high): how many, what they claimed on average, and how many were right."""

    low: float
    high: float
    mean_confidence: float | None
    right: Proportion


@dataclass(frozen=True, slots=True)
class Quality:
    """How confidence and truth go together, over `n` judged suggestions of which `wrong` were wrong; None with a reason
    where undefined.

    `ece`: expected calibration error (Naeini 2015). `brier`: mean squared error. `doubt_auroc`: the chance that a wrong
    suggestion was doubted (1 - confidence) more than a right one, ties counting half.
    """

    n: int
    wrong: int
    bins: tuple[Bin, ...]
    ece: float | None
    brier: float | None
    doubt_auroc: float | None
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A monotone map from stated to calibrated confidence: linear between the points, flat beyond them."""

    stated: tuple[float, ...]
    calibrated: tuple[float, ...]
    n: int

    def apply(self, confidence: float) -> float:
        """Return the calibrated confidence, 0..1."""
        return float(np.interp(confidence, self.stated, self.calibrated))

    def to_json(self) -> str:
        """Return the curve as text that `curve_from_json` reads."""
        return json.dumps({"format": FORMAT, "n": self.n, "stated": self.stated, "calibrated": self.calibrated})


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A curve fitted on all judged suggestions, and honest figures: `after` uses for each one a curve that never saw its
    study.
    """

    curve: Curve | None
    before: Quality
    after: Quality | None
    undefined: str | None = None


def quality(confidence: ArrayLike, right: ArrayLike, *, n_bins: int = 10) -> Quality:
    """Return reliability and its figures; `confidence` in 0..1 and `right` (bool), both of shape (n,).

    Raises ValueError on another shape or a confidence outside 0..1.
    """
    stated, was_right = _checked(confidence, right)
    bins = _bins(stated, was_right, n_bins)
    wrong = int((~was_right).sum())
    few = _too_few(len(stated), wrong)
    if few:
        return Quality(len(stated), wrong, bins, None, None, None, few)
    errors = [
        abs(one.mean_confidence - (one.right.value or 0.0)) * one.right.n
        for one in bins
        if one.mean_confidence is not None
    ]
    ece, brier = sum(errors) / len(stated), float(np.mean((stated - was_right) ** 2))
    return Quality(len(stated), wrong, bins, ece, brier, _auroc(1 - stated, ~was_right))


def _checked(confidence: ArrayLike, right: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    stated, was_right = np.asarray(confidence, float), np.asarray(right, bool)
    if stated.ndim != 1 or stated.shape != was_right.shape:
        raise ValueError(f"Confidence has the shape {stated.shape} and right {was_right.shape}; both must be (n,).")
    if not ((stated >= 0) & (stated <= 1)).all():
        raise ValueError("A confidence lies outside 0..1; give shares, not percentages.")
    return stated, was_right


def _too_few(n: int, wrong: int) -> str | None:
    if n < LEAST:
        return f"only {n} suggestions were judged; {LEAST} are needed"
    if wrong < LEAST_OF_EACH or n - wrong < LEAST_OF_EACH:
        return f"{wrong} of {n} suggestions were wrong; {LEAST_OF_EACH} wrong and {LEAST_OF_EACH} right ones are needed"
    return None


def _bins(stated: Floats, was_right: NDArray[np.bool_], n_bins: int) -> tuple[Bin, ...]:
    """Return bins of equal width; a confidence of 1 falls in the last."""
    index = np.minimum((stated * n_bins).astype(int), n_bins - 1)
    made = []
    for one in range(n_bins):
        inside = index == one
        n = int(inside.sum())
        mean = float(stated[inside].mean()) if n else None
        made.append(
            Bin(one / n_bins, (one + 1) / n_bins, mean, wilson(int(was_right[inside].sum()), n, undefined="empty"))
        )
    return tuple(made)


def _auroc(score: Floats, positive: NDArray[np.bool_]) -> float | None:
    """Return the area under the curve by ranks (Mann and Whitney 1947), None without both classes."""
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return None
    from scipy.stats import rankdata  # slow to load, and every command loads this module

    ranks = rankdata(score)
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def fit(confidence: ArrayLike, right: ArrayLike) -> Curve:
    """Return the isotonic regression of right on confidence (pool adjacent violators; Zadrozny and Elkan 2002).

    Raises ValueError on bad shapes or nothing to fit.
    """
    stated, was_right = _checked(confidence, right)
    if not len(stated):
        raise ValueError("There is nothing to fit; judge some suggestions first.")
    points, index, counts = np.unique(stated, return_inverse=True, return_counts=True)
    means = np.bincount(index, weights=was_right.astype(float)) / counts
    from scipy.optimize import isotonic_regression

    fitted = isotonic_regression(means, weights=counts.astype(float)).x
    return Curve(tuple(map(float, points)), tuple(float(value) for value in np.clip(fitted, 0, 1)), len(stated))


def calibrate(
    confidence: Sequence[float], right: Sequence[bool], studies: Sequence[Hashable], *, folds: int = 5, seed: int = 0
) -> Calibrated:
    """Return the curve and honest figures by cross-fitting: studies are dealt to folds whole, the deal is fixed by the seed.

    Where too few were judged the curve is None and the reason is given.
    """
    before = quality(confidence, right)
    names = sorted(set(studies), key=str)
    reason = before.undefined or (None if len(names) >= folds else f"only {len(names)} studies; {folds} are needed")
    if reason:
        return Calibrated(None, before, None, reason)
    stated, was_right = _checked(confidence, right)
    dealt = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % folds, strict=True))
    fold = np.array([dealt[study] for study in studies])
    honest = np.empty_like(stated)
    for one in range(folds):
        curve = fit(stated[fold != one], was_right[fold != one])
        honest[fold == one] = np.interp(stated[fold == one], curve.stated, curve.calibrated)
    return Calibrated(fit(stated, was_right), before, quality(honest, was_right))


def curve_from_json(text: str) -> Curve:
    """Return the curve `Curve.to_json` wrote.

    Raises ValueError where the text is something else, or its points are not in rising order within 0..1.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise ValueError(f"The format is {data['format']!r}; {FORMAT!r} is needed.")
        curve = Curve(tuple(map(float, data["stated"])), tuple(map(float, data["calibrated"])), int(data["n"]))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"This is no confidence curve ({type(error).__name__}); fit one on a gold set.") from error
    rising = list(curve.stated) == sorted(set(curve.stated)) and list(curve.calibrated) == sorted(curve.calibrated)
    inside = all(0 <= value <= 1 for value in (*curve.stated, *curve.calibrated))
    if not curve.stated or len(curve.stated) != len(curve.calibrated) or not rising or not inside:
        raise ValueError("The curve's points do not rise within 0..1; fit it anew on a gold set.")
    return curve
