"""What suggestions do to readers: planted errors caught, labels with and without suggestions, labels added and struck."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from consensus.agreement import Floats, Resamples, Statistic, mean_of, resample, share_of, wilson
from consensus.outcomes import ReadVerdict, StudyReads
from core.intervals import newcombe_interval

ADDED = "added"
REMOVED = "removed"
NO_PLANTED = "no case with a planted error was read"
NO_BOTH_WAYS = "no study was read both with and without suggestions"
NEVER_SUGGESTED = "no read shows it suggested"
ALWAYS_SUGGESTED = "every read shows it suggested"


@dataclass(frozen=True, slots=True)
class PlantedRead:
    """A read of a case whose suggestions were made wrong on purpose: ``planted`` was added to or removed from them.

    ``labels`` are those the reader ends at; ``others_for`` of ``others`` normal reads of the study hold the label.
    """

    study: str
    reader: str
    planted: str
    kind: str
    verdict: str
    labels: frozenset[str]
    others_for: int = 0
    others: int = 0

    @property
    def is_caught(self) -> bool:
        """The reader struck the label that was added, or added back the one that was removed."""
        return (self.planted in self.labels) == (self.kind == REMOVED)

    @property
    def others_say_error(self) -> bool | None:
        """Whether most normal reads of the study agree that it was an error; None when they are tied or none are in."""
        if 2 * self.others_for == self.others:
            return None
        return (2 * self.others_for > self.others) == (self.kind == REMOVED)


@dataclass(frozen=True, slots=True)
class CatchRates:
    """Shares of planted errors caught, each with Wilson's interval over the reads. ``missed`` are the others, in order."""

    overall: Statistic
    confirmed: Statistic
    by_kind: Mapping[str, Statistic]
    by_reader: Mapping[str, Statistic]
    missed: tuple[PlantedRead, ...]


@dataclass(frozen=True, slots=True)
class PairedStudy:
    """A study read both ways: the labels of each read with suggestions, and of each read from scratch."""

    patient: str
    shown: tuple[frozenset[str], ...]
    scratch: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class LabelShift:
    """How often a label is marked with suggestions and from scratch, on the same studies, and the paired difference."""

    shown: Statistic
    scratch: Statistic
    difference: Statistic


@dataclass(frozen=True, slots=True)
class LabelEdits:
    """``added``: of the reads that were not shown the label; ``struck``: of those that were. With the reads behind it."""

    added: Statistic
    struck: Statistic
    n_added: int
    n_not_suggested: int
    n_struck: int
    n_suggested: int


def catch_rates(reads: Sequence[PlantedRead]) -> CatchRates:
    """How often planted errors were caught: overall, by kind and by reader; independent of the order of reads.

    ``confirmed`` keeps only the errors that most normal reads of the study take for one too.
    """
    ordered = sorted(reads, key=lambda read: (read.study, read.reader))
    by_kind: dict[str, list[PlantedRead]] = {ADDED: [], REMOVED: []}
    by_reader: dict[str, list[PlantedRead]] = defaultdict(list)
    for read in ordered:
        by_kind[read.kind].append(read)
        by_reader[read.reader].append(read)
    return CatchRates(
        overall=_caught(ordered),
        confirmed=_caught([read for read in ordered if read.others_say_error]),
        by_kind={kind: _caught(mine) for kind, mine in by_kind.items()},
        by_reader={reader: _caught(by_reader[reader]) for reader in sorted(by_reader)},
        missed=tuple(read for read in ordered if not read.is_caught),
    )


def _caught(reads: Sequence[PlantedRead]) -> Statistic:
    return wilson(sum(read.is_caught for read in reads), len(reads), NO_PLANTED)


def label_shifts(studies: Sequence[PairedStudy], labels: Sequence[str], seed: int) -> dict[str, LabelShift]:
    """Per label: mean over studies of the share of reads that mark it, with suggestions, from scratch, and the difference.

    Only studies with reads of both kinds count; intervals are from a bootstrap over patients. Where the difference is the
    same in every study, each resample says so too, and its interval is Newcombe's for paired shares, over the studies.
    """
    both = sorted(
        (study for study in studies if study.shown and study.scratch),
        key=lambda study: (study.patient, sorted(map(sorted, study.shown)), sorted(map(sorted, study.scratch))),
    )
    resamples = resample([study.patient for study in both], seed)
    shifts = {}
    for label in labels:
        shown = np.array([_share(label, study.shown) for study in both])
        scratch = np.array([_share(label, study.scratch) for study in both])
        ones = np.ones(len(both))
        shifts[label] = LabelShift(
            shown=share_of(shown, ones, resamples, NO_BOTH_WAYS),
            scratch=share_of(scratch, ones, resamples, NO_BOTH_WAYS),
            difference=_difference(shown, scratch, resamples),
        )
    return shifts


def _difference(shown: Floats, scratch: Floats, resamples: Resamples) -> Statistic:
    """The mean paired difference of two shares, both (studies,)."""
    found = mean_of(shown - scratch, resamples, NO_BOTH_WAYS)
    if found.value is None or np.ptp(shown - scratch) > 0:
        return found
    both = float(np.minimum(shown, scratch).sum())
    one, other = float(shown.sum()) - both, float(scratch.sum()) - both
    return Statistic(found.value, newcombe_interval(both, one, other, found.n - both - one - other), found.n)


def _share(label: str, reads: Sequence[frozenset[str]]) -> float:
    return sum(label in read for read in reads) / len(reads)


def names_labels(read: ReadVerdict) -> bool:
    """Whether a read says which labels hold: a bare *Agree mostly* or *Disagree* says that something is wrong, not what."""
    return read.verdict == "agree_all" or bool(read.added or read.struck)


def label_edits(studies: Sequence[tuple[str, StudyReads]], labels: Sequence[str], seed: int) -> dict[str, LabelEdits]:
    """Per label how often readers add it where it was not suggested and strike it where it was; (patient, reads) pairs.

    Reads that name no label are left out. Intervals are from a bootstrap over patients, as reads of a study are alike.
    """
    ordered = sorted(studies, key=lambda pair: (pair[0], sorted(pair[1].suggested), len(pair[1].reads)))
    resamples = resample([patient for patient, _ in ordered], seed)
    counted = [[read for read in study.reads if names_labels(read)] for _, study in ordered]
    sizes = np.array([len(reads) for reads in counted], dtype=float)
    edits = {}
    for label in labels:
        suggested = np.array([label in study.suggested for _, study in ordered], dtype=bool)
        added = np.array([sum(label in read.added for read in reads) for reads in counted], dtype=float)
        struck = np.array([sum(label in read.struck for read in reads) for reads in counted], dtype=float)
        absent, present = np.where(suggested, 0.0, sizes), np.where(suggested, sizes, 0.0)
        edits[label] = LabelEdits(
            added=share_of(added, absent, resamples, ALWAYS_SUGGESTED),
            struck=share_of(struck, present, resamples, NEVER_SUGGESTED),
            n_added=int(added.sum()),
            n_not_suggested=int(absent.sum()),
            n_struck=int(struck.sum()),
            n_suggested=int(present.sum()),
        )
    return edits
