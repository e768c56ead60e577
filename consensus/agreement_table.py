"""Every agreement figure of a round: of the verdicts, of each label, and of each pair of readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from consensus.agreement import (
    NO_PAIR,
    NOBODY,
    Ints,
    Resamples,
    Statistic,
    brennan_prediger,
    cohen_kappa,
    count_table,
    fleiss_kappa,
    gwet,
    krippendorff_alpha,
    positive_agreement,
    prevalence,
    raw_agreement,
    resample,
    wilson,
)
from consensus.outcomes import VERDICTS
from consensus.standard_errors import cohen_error, gwet_error, with_error

NOBODY_AGREES = "nobody gave Agree all"


@dataclass(frozen=True, slots=True)
class VerdictAgreement:
    """Agreement on the verdicts, ordered disagree < agree_mostly < agree_all; `agree_all` is the positive one."""

    counts: dict[str, int]
    prevalence: Statistic
    raw_agreement: Statistic
    positive_agreement: Statistic
    fleiss_kappa: Statistic
    krippendorff_alpha_nominal: Statistic
    krippendorff_alpha_ordinal: Statistic
    gwet_ac1: Statistic
    gwet_ac2_quadratic: Statistic
    brennan_prediger: Statistic


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """Agreement on one label: marked or not, after corrections."""

    prevalence: Statistic
    raw_agreement: Statistic
    positive_agreement: Statistic
    krippendorff_alpha: Statistic
    fleiss_kappa: Statistic
    gwet_ac1: Statistic
    brennan_prediger: Statistic


@dataclass(frozen=True, slots=True)
class ReaderPair:
    """Two readers over the studies both have read."""

    first: str
    second: str
    n: int
    raw_agreement: Statistic
    cohen_kappa: Statistic
    gwet_ac1: Statistic


def verdict_agreement(verdicts: ArrayLike, patients: Sequence[str], seed: int) -> VerdictAgreement:
    """Agreement on verdicts (n, raters) coded 0 disagree, 1 agree_mostly, 2 agree_all; NaN or negative is missing.

    `patients` (n,) are the clusters of the bootstrap.
    """
    table = count_table(verdicts, len(VERDICTS))
    resamples = resample(patients, seed)
    positive = _of_two(table, VERDICTS.index("agree_all"))
    together = positive_agreement(positive, resamples)
    if together.undefined == NOBODY:
        together = replace(together, undefined=NOBODY_AGREES)
    return VerdictAgreement(
        counts={name: int(count) for name, count in zip(VERDICTS, table.sum(axis=0), strict=True)},
        prevalence=prevalence(positive, resamples),
        raw_agreement=raw_agreement(table, resamples),
        positive_agreement=together,
        fleiss_kappa=fleiss_kappa(table, resamples),
        krippendorff_alpha_nominal=krippendorff_alpha(table, resamples),
        krippendorff_alpha_ordinal=krippendorff_alpha(table, resamples, level="ordinal"),
        gwet_ac1=gwet(table, resamples),
        gwet_ac2_quadratic=gwet(table, resamples, weighting="quadratic"),
        brennan_prediger=brennan_prediger(table, resamples),
    )


def _of_two(table: Ints, category: int) -> Ints:
    """The counts (n, q) as (n, 2): any other category, and this one."""
    return np.column_stack([table.sum(axis=1) - table[:, category], table[:, category]])


def label_agreement(
    marks: ArrayLike, labels: Sequence[str], patients: Sequence[str], seed: int
) -> dict[str, LabelAgreement]:
    """Agreement on each label from marks (n, raters, labels): 1 marked, 0 not, NaN or negative no read."""
    given = np.asarray(marks, dtype=float)
    resamples = resample(patients, seed)
    return {label: _one_label(given[:, :, i], resamples) for i, label in enumerate(labels)}


def _one_label(marks: ArrayLike, resamples: Resamples) -> LabelAgreement:
    table = count_table(marks, 2)
    return LabelAgreement(
        prevalence=prevalence(table, resamples),
        raw_agreement=raw_agreement(table, resamples),
        positive_agreement=positive_agreement(table, resamples),
        krippendorff_alpha=krippendorff_alpha(table, resamples),
        fleiss_kappa=fleiss_kappa(table, resamples),
        gwet_ac1=gwet(table, resamples),
        brennan_prediger=brennan_prediger(table, resamples),
    )


def reader_pairs(ratings: ArrayLike, readers: Sequence[str], n_categories: int) -> tuple[ReaderPair, ...]:
    """Every pair of readers (columns of `ratings`) over the studies both have read, in column order.

    Two readers share few studies, so the intervals are not bootstraps: Wilson's of the raw agreement, and normal ones by
    the standard errors of kappa and AC1.
    """
    given = np.asarray(ratings, dtype=float)
    pairs = []
    for i, first in enumerate(readers):
        for j in range(i + 1, len(readers)):
            both = given[:, [i, j]]
            both = both[(both >= 0).all(axis=1)]
            table = count_table(both, n_categories) if len(both) else np.zeros((0, n_categories), dtype=np.intp)
            pairs.append(
                ReaderPair(
                    first=first,
                    second=readers[j],
                    n=len(both),
                    raw_agreement=wilson(int((both[:, 0] == both[:, 1]).sum()), len(both), NO_PAIR),
                    cohen_kappa=with_error(cohen_kappa(both, n_categories), cohen_error(both, n_categories)),
                    gwet_ac1=with_error(gwet(table), gwet_error(table)),
                )
            )
    return tuple(pairs)
