"""How often each reader marks what is there and leaves out what is not, judged by all reads together, without a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from consensus.agreement import Floats, Statistic, resample, share_of
from consensus.dawid_skene import dawid_skene

SMOOTHING = 1.0
UNLIKELY = 1e-6
NEVER_PRESENT = "no label is likely to be there in what the reader read with others"
NEVER_ABSENT = "no label is likely to be absent in what the reader read with others"


@dataclass(frozen=True, slots=True)
class ReaderAccuracy:
    """Sensitivity and specificity of a reader over all labels; n are the studies they rest on."""

    reader: str
    sensitivity: Statistic
    specificity: Statistic


def reader_accuracy(
    marks: ArrayLike, readers: Sequence[str], patients: Sequence[str], seed: int
) -> tuple[ReaderAccuracy, ...]:
    """Each reader's sensitivity and specificity over all labels, from marks (n, readers, labels), NaN or negative no read.

    Label by label Dawid and Skene's estimate says how likely each study has it; a reader's marks are counted against that
    likelihood and summed over the labels. Only studies with two reads and labels that somebody marked and somebody left
    out tell anything. For reader quality alone: with three reads it decides no label better than the majority does.
    """
    given = np.asarray(marks, dtype=float)
    n, r = given.shape[:2]
    read = ~np.isnan(given) & (given >= 0)
    both: Floats = np.zeros((4, n, r))  # marked and there, there, left out and absent, absent
    for label in range(given.shape[2]):
        has = read[:, :, label] & (read[:, :, label].sum(axis=1) >= 2)[:, None]
        unit, reader = np.nonzero(has)
        answer = given[unit, reader, label].astype(np.intp)
        if len(np.unique(answer)) < 2:
            continue
        found = dawid_skene(unit.tolist(), reader.tolist(), answer.tolist(), 2, smoothing=SMOOTHING)
        absent, there = found.posterior[unit].T
        for place, part in enumerate((there * answer, there, absent * (1 - answer), absent)):
            np.add.at(both[place], (unit, reader), part)
    both[both < UNLIKELY] = 0.0
    resamples = resample(patients, seed)
    return tuple(
        ReaderAccuracy(
            name,
            share_of(both[0, :, i], both[1, :, i], resamples, NEVER_PRESENT),
            share_of(both[2, :, i], both[3, :, i], resamples, NEVER_ABSENT),
        )
        for i, name in enumerate(readers)
    )
