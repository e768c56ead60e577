"""Scores of a backend against a gold set: per label and overall, with intervals; and two backends against each other.

Intervals are 95 %: Wilson's score interval for shares (precision, recall, specificity, exact set) and, by way of one, for a
label's F1; the percentile bootstrap over studies (seeded) for F1 over several labels, whose cells depend on each other. Where
all resamples agree, as in a small gold set without an error, the bootstrap would say "1.000 to 1.000": there the intervals of
the counts stand in. A figure that cannot be worked out is undefined with a reason, never 0.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from llm_extract.findings import Status
from llm_extract.trust.intervals import Proportion, difference_interval, f1_interval, wilson

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Statuses = Mapping[str, Status]
Study = TypeVar("Study", bound=Hashable)
_Drawn = tuple[Floats, Floats, Floats]

LEAST_DEFINED = 0.8  # an interval from fewer of the resamples would describe only those in which the label turned up
_CELLS_AT_ONCE = 4_000_000
NO_POSITIVES = "no study of the gold set has the label"
NOTHING_SUGGESTED = "the label was suggested for no study"
NO_NEGATIVES = "every study of the gold set has the label"


@dataclass(frozen=True, slots=True)
class Counting:
    """How cells are counted.

    `lenient`: a gold cell that is uncertain is left out; strict counts it as absent. `uncertain_as_present`: how an uncertain
    suggestion counts.
    """

    lenient: bool = False
    uncertain_as_present: bool = True
    resamples: int = 1000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that is no plain share: its value, bootstrap interval where one can be given, and why it is undefined if it is."""

    value: float | None
    ci95: tuple[float, float] | None
    n: int
    undefined: str | None = None


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label: counts over the studies judged for it, and the figures. `positives` are those the gold set says have it."""

    label: str
    tp: int
    fp: int
    fn: int
    tn: int
    precision: Proportion
    recall: Proportion
    specificity: Proportion
    f1: Figure

    @property
    def positives(self) -> int:
        """Studies that have the label."""
        return self.tp + self.fn


@dataclass(frozen=True, slots=True)
class Scores:
    """All figures of one backend. `unread` studies of the gold set have no suggestions at all and are left out."""

    counting: Counting
    labels: tuple[LabelScore, ...]
    micro_f1: Figure
    macro_f1: Figure
    exact_set: Proportion
    n_studies: int
    unread: int


@dataclass(frozen=True, slots=True)
class McNemar:
    """Studies only one of two backends got right for a label, and the exact two-sided p value (None: they never differ)."""

    label: str
    only_first: int
    only_second: int
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two backends on the same studies: `difference` is micro F1 of the first less that of the second."""

    labels: tuple[McNemar, ...]
    first: Figure
    second: Figure
    difference: Figure
    n_studies: int


@dataclass(frozen=True)
class _Cells:
    """What is true and what was said, shape (studies, labels); `judged` cells alone count."""

    truth: Bools
    said: Bools
    judged: Bools

    @property
    def counts(self) -> tuple[Bools, Bools, Bools]:
        """True positives, false positives and false negatives, cell by cell."""
        return (
            self.truth & self.said & self.judged,
            ~self.truth & self.said & self.judged,
            self.truth & ~self.said & self.judged,
        )


def score(
    gold: Mapping[Study, Statuses], suggested: Mapping[Study, Statuses], labels: Sequence[str], counting: Counting
) -> Scores:
    """Return every figure of a backend over the studies of the gold set that it has read.

    A study in `suggested` with no entry for a label suggests nothing for it, which counts as absent.
    """
    studies = [study for study in gold if study in suggested]
    cells = _cells(gold, suggested, studies, labels, counting)
    drawn = list(_resampled(cells, counting))
    per_label = tuple(_label_score(label, column, cells) for column, label in enumerate(labels))
    right = (cells.truth == cells.said) | ~cells.judged
    counted = cells.judged.any(axis=1)
    return Scores(
        counting,
        per_label,
        _figure(_micro, cells, drawn, len(studies), NO_POSITIVES.replace("the label", "any label")),
        _figure(
            _macro,
            cells,
            drawn,
            sum(one.positives > 0 for one in per_label),
            NO_POSITIVES.replace("the label", "any label"),
        ),
        wilson(int((right.all(axis=1) & counted).sum()), int(counted.sum()), undefined="no study was judged"),
        len(studies),
        len(gold) - len(studies),
    )


def compare(
    gold: Mapping[Study, Statuses],
    first: Mapping[Study, Statuses],
    second: Mapping[Study, Statuses],
    labels: Sequence[str],
    counting: Counting,
) -> Comparison:
    """Return how two backends differ on the studies both have read.

    Per label McNemar's test in its exact binomial form (McNemar 1947), overall the paired bootstrap of the difference of micro
    F1: both are drawn the same studies.
    """
    studies = [study for study in gold if study in first and study in second]
    one, other = (_cells(gold, said, studies, labels, counting) for said in (first, second))
    drawn_one, drawn_other = list(_resampled(one, counting)), list(_resampled(other, counting))
    figures = [
        _figure(_micro, cells, drawn, len(studies), NO_POSITIVES)
        for cells, drawn in ((one, drawn_one), (other, drawn_other))
    ]
    return Comparison(
        tuple(_mcnemar(label, one, other, column) for column, label in enumerate(labels)),
        figures[0],
        figures[1],
        _difference(figures, drawn_one, drawn_other, len(studies)),
        len(studies),
    )


def _cells(
    gold: Mapping[Study, Statuses],
    suggested: Mapping[Study, Statuses],
    studies: Sequence[Study],
    labels: Sequence[str],
    counting: Counting,
) -> _Cells:
    """Return the table of what is true and what was said."""
    holding = {Status.PRESENT, Status.UNCERTAIN} if counting.uncertain_as_present else {Status.PRESENT}
    left_out = {None, Status.UNCERTAIN} if counting.lenient else {None}
    shape = (len(studies), len(labels))
    truth = np.array(
        [[gold[study].get(label) is Status.PRESENT for label in labels] for study in studies], bool
    ).reshape(shape)
    said = np.array([[suggested[study].get(label) in holding for label in labels] for study in studies], bool).reshape(
        shape
    )
    judged = np.array(
        [[gold[study].get(label) not in left_out for label in labels] for study in studies], bool
    ).reshape(shape)
    return _Cells(truth, said, judged)


def _resampled(cells: _Cells, counting: Counting) -> Iterator[_Drawn]:
    """Yield chunks of resamples: counts of true positives, false positives and false negatives, each (resamples, labels)."""
    n = len(cells.truth)
    if n < 2:
        return
    rng = np.random.default_rng(counting.seed)
    stacked = np.concatenate([count.astype(np.float64) for count in cells.counts], axis=1)
    left, width = counting.resamples, cells.truth.shape[1]
    while left > 0:
        size = min(left, max(1, _CELLS_AT_ONCE // n))
        picks = rng.integers(0, n, (size, n)) + np.arange(size)[:, None] * n
        weights = np.bincount(picks.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)
        totals = weights @ stacked
        yield totals[:, :width], totals[:, width : 2 * width], totals[:, 2 * width :]
        left -= size


def _f1(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    """Return F1, NaN where the gold set has no positive."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(tp + fn > 0, 2 * tp / (2 * tp + fp + fn), np.nan)


def _micro(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    return _f1(tp.sum(axis=1), fp.sum(axis=1), fn.sum(axis=1))


def _macro(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    scores = _f1(tp, fp, fn)
    defined = ~np.isnan(scores)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(defined.sum(axis=1) > 0, np.nansum(scores, axis=1) / defined.sum(axis=1), np.nan)


def _figure(
    of: Callable[[Floats, Floats, Floats], Floats], cells: _Cells, drawn: Sequence[_Drawn], n: int, undefined: str
) -> Figure:
    """Return a figure of the whole table with its bootstrap interval."""
    tp, fp, fn = (count.sum(axis=0, keepdims=True).astype(np.float64) for count in cells.counts)
    value = float(of(tp, fp, fn)[0]) if cells.truth.size else float("nan")
    if np.isnan(value):
        return Figure(None, None, n, undefined)
    drawn_interval = _interval([of(*chunk) for chunk in drawn])
    if drawn_interval is None or drawn_interval[0] < drawn_interval[1]:
        return Figure(value, drawn_interval, n)
    return Figure(value, _of_counts(of, tp[0], fp[0], fn[0]), n)


def _of_counts(
    of: Callable[[Floats, Floats, Floats], Floats], tp: Floats, fp: Floats, fn: Floats
) -> tuple[float, float] | None:
    """Return the interval of F1 by the counts alone: of all labels together, or the mean of the labels' own bounds."""
    if of is _micro:
        return f1_interval(float(tp.sum()), float(fp.sum() + fn.sum()))
    bounds = [f1_interval(hit, wrong) for hit, wrong, truth in zip(tp, fp + fn, tp + fn, strict=True) if truth > 0]
    known = [one for one in bounds if one is not None]
    return (sum(low for low, _ in known) / len(known), sum(high for _, high in known) / len(known)) if known else None


def _interval(chunks: Sequence[Floats]) -> tuple[float, float] | None:
    """Return the 2.5th and 97.5th percentile of the resamples, or None where too few are defined."""
    values = np.concatenate(chunks) if chunks else np.empty(0)
    defined = values[~np.isnan(values)]
    if not len(values) or len(defined) < LEAST_DEFINED * len(values):
        return None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)


def _label_f1(tp: int, fp: int, fn: int, n: int) -> Figure:
    """Return F1 of one label."""
    if not tp + fn:
        return Figure(None, None, n, NO_POSITIVES)
    return Figure(2 * tp / (2 * tp + fp + fn), f1_interval(tp, fp + fn), n)


def _label_score(label: str, column: int, cells: _Cells) -> LabelScore:
    """Return the figures of one label."""
    tp, fp, fn = (int(count[:, column].sum()) for count in cells.counts)
    tn = int(cells.judged[:, column].sum()) - tp - fp - fn
    return LabelScore(
        label, tp, fp, fn, tn,
        wilson(tp, tp + fp, undefined=NOTHING_SUGGESTED),
        wilson(tp, tp + fn, undefined=NO_POSITIVES),
        wilson(tn, tn + fp, undefined=NO_NEGATIVES),
        _label_f1(tp, fp, fn, tp + fp + fn + tn),
    )  # fmt: skip


def _mcnemar(label: str, first: _Cells, second: _Cells, column: int) -> McNemar:
    """Return the exact test of one label."""
    from scipy.stats import binom  # slow to load, and every command loads this module

    counted = first.judged[:, column]
    right = [(cells.truth == cells.said)[:, column] & counted for cells in (first, second)]
    b, c = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    p_value = min(1.0, 2 * float(binom.cdf(min(b, c), b + c, 0.5))) if b + c else None
    return McNemar(label, b, c, p_value)


def _difference(figures: Sequence[Figure], one: Sequence[_Drawn], other: Sequence[_Drawn], n: int) -> Figure:
    """Return the difference of two micro F1 with its paired interval."""
    if figures[0].value is None or figures[1].value is None:
        return Figure(None, None, n, NO_POSITIVES.replace("the label", "any label"))
    interval = _interval([_micro(*a) - _micro(*b) for a, b in zip(one, other, strict=True)])
    if interval and interval[0] == interval[1] and figures[0].ci95 and figures[1].ci95:
        interval = difference_interval((figures[0].value, figures[0].ci95), (figures[1].value, figures[1].ci95))
    return Figure(figures[0].value - figures[1].value, interval, n)
