"""How each reader of a round reads: pace, agreement with others and with themselves, leniency, edits."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from consensus.agreement import (
    Resamples,
    Statistic,
    count_table,
    gwet,
    mean_of,
    raw_agreement,
    resample,
    share_of,
    wilson,
)
from consensus.outcomes import VERDICTS, ReadVerdict, StudyReads

IDLE_SECONDS = 600  # longer than any case takes: the reader was away
AGREE_ALL = "agree_all"
NO_OTHERS = "no other reader has read the same studies"
NO_UNANIMITY = "nowhere were the other readers of one mind"
NO_REPEAT = "no case was read twice"
NOTHING_SUGGESTED = "nothing was suggested in these cases"


@dataclass(frozen=True, slots=True)
class Pace:
    """Median seconds a case by the server's clock; ``n_idle`` reads were longer than ten minutes and are left out."""

    median: float | None
    n: int
    n_idle: int


@dataclass(frozen=True, slots=True)
class ReaderFigures:
    """One reader's figures over the normal reads of a round; intervals are bootstraps over patients."""

    reader: str
    n_reads: int
    agreement: Statistic
    against_all_others: Statistic
    agrees_all: Statistic
    leniency: Statistic
    edited: Statistic
    struck: Statistic


@dataclass(frozen=True, slots=True)
class Repeated:
    """A case that one reader read twice, and the patient it is of; verdicts of both times."""

    patient: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class WithinReader:
    """How far a reader agrees with their own earlier verdict on the same case."""

    raw: Statistic
    gwet_ac1: Statistic


def pace(seconds: Sequence[float | None], idle: float = IDLE_SECONDS) -> Pace:
    """The median of the known times, those above ``idle`` cut."""
    known = [value for value in seconds if value is not None]
    kept = [value for value in known if value <= idle]
    return Pace(statistics.median(kept) if kept else None, len(kept), len(known) - len(kept))


def within_reader(cases: Sequence[Repeated], seed: int) -> WithinReader:
    """Raw agreement and Gwet's AC1 of repeated reads over the three verdicts, with bootstrap intervals over patients."""
    ordered = sorted(cases, key=lambda case: (case.patient, case.first, case.second))
    if not ordered:
        nothing = Statistic(None, None, 0, NO_REPEAT)
        return WithinReader(nothing, nothing)
    codes = [(VERDICTS.index(case.first), VERDICTS.index(case.second)) for case in ordered]
    table = count_table(codes, len(VERDICTS))
    resamples = resample([case.patient for case in ordered], seed)
    same = [first == second for first, second in codes]
    # All or none alike: resampling shows no doubt, Wilson's interval does.
    raw = wilson(sum(same), len(same)) if len(set(same)) == 1 else raw_agreement(table, resamples)
    return WithinReader(raw, gwet(table, resamples))


def reader_figures(studies: Sequence[tuple[str, StudyReads]], seed: int) -> dict[str, ReaderFigures]:
    """The figures of every reader by name, from (patient, reads) pairs; independent of their order."""
    ordered = sorted(studies, key=lambda pair: (pair[0], sorted(pair[1].suggested), _said(pair[1])))
    resamples = resample([patient for patient, _ in ordered], seed)
    readers = sorted({read.reader for _, study in ordered for read in study.reads})
    by_study = [(study, {read.reader: read for read in study.reads}) for _, study in ordered]
    return {reader: _one(reader, by_study, resamples) for reader in readers}


def _said(study: StudyReads) -> list[tuple[str, str]]:
    return sorted((read.reader, read.verdict) for read in study.reads)


def _one(
    reader: str, studies: Sequence[tuple[StudyReads, Mapping[str, ReadVerdict]]], resamples: Resamples
) -> ReaderFigures:
    # Of the studies that the reader read alone: the others add nothing to any sum.
    own = [place for place, (_, reads) in enumerate(studies) if reader in reads]
    rows = [_row(reader, *studies[place]) for place in own]
    resamples = Resamples(resamples.weights[:, own])
    table: NDArray[np.float64] = np.array(rows, dtype=float).reshape(-1, 9)
    read, agree, lenient, change, struck, suggested, equal, differ, clear = table.T
    return ReaderFigures(
        reader=reader,
        n_reads=int(read.sum()),
        agreement=mean_of(equal, resamples, NO_OTHERS),
        against_all_others=share_of(differ, clear, resamples, NO_UNANIMITY),
        agrees_all=share_of(agree, read, resamples),
        leniency=mean_of(lenient, resamples, NO_OTHERS),
        edited=share_of(change, read, resamples),
        struck=share_of(struck, suggested, resamples, NOTHING_SUGGESTED),
    )


def _row(reader: str, study: StudyReads, reads: Mapping[str, ReadVerdict]) -> tuple[float, ...]:
    """Of one study: read, agreed to all, that less the others' share, edited, struck, suggested, equal others, differs
    from others of one mind, others are of one mind. NaN where there are no others.
    """
    own = reads[reader]
    others = [read.verdict for name, read in reads.items() if name != reader]
    agrees = own.verdict == AGREE_ALL
    equal = Counter(others)[own.verdict] / len(others) if others else np.nan
    lenient = agrees - Counter(others)[AGREE_ALL] / len(others) if others else np.nan
    is_clear = len(others) >= 2 and len(set(others)) == 1
    return (
        1,
        agrees,
        lenient,
        bool(own.added or own.struck),
        len(own.struck),
        len(study.suggested),
        equal,
        is_clear and own.verdict != others[0],
        is_clear,
    )
