"""Deals studies to readers: k distinct readers a study, equal loads, every pair of readers equally often together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from labeling.balance import Floats, balance_pairs, even_difficulty, pair_targets, span
from labeling.loads import Integers, Unfillable, fair_loads, most_reads

TRIES = 2

# A site that its own readers do not read (blank: any may), and the readers barred from these studies.
Group = tuple[str, frozenset[str]]


class AssignmentImpossible(ValueError):  # noqa: N818 - named as the sentence it tells
    """No assignment can meet the wishes."""


class TooFewReaders(AssignmentImpossible):
    """Fewer readers than reads wanted per study."""


class CapsTooSmall(AssignmentImpossible):
    """The readers together may not read as much as the round needs."""


@dataclass(frozen=True, slots=True)
class ReaderSlot:
    """A reader, the site he works at (blank: none), and the most studies he reads (None: no limit)."""

    reader: str
    site: str = ""
    max_reads: int | None = None


@dataclass(frozen=True, slots=True)
class AssignedRead:
    """The `position`-th read (1 to k) of a study is this reader's."""

    study: str
    position: int
    reader: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Every read of a round, and each reader's list in the order to be read.

    All lists follow one order of studies, so that studies complete early, and every prefix of it asks about as much
    of each reader.
    """

    reads: tuple[AssignedRead, ...]
    lists: Mapping[str, tuple[str, ...]]

    @property
    def loads(self) -> dict[str, int]:
        """Studies per reader."""
        return {reader: len(studies) for reader, studies in self.lists.items()}

    @property
    def pair_counts(self) -> dict[tuple[str, str], int]:
        """Studies that two readers share, for every pair in alphabetical order."""
        return pair_counts(self.reads, tuple(self.lists))


def pair_counts(reads: Sequence[AssignedRead], readers: Sequence[str]) -> dict[tuple[str, str], int]:
    """Studies that two readers share, for every pair of `readers` in alphabetical order."""
    readers_of: dict[str, list[str]] = {}
    for read in reads:
        readers_of.setdefault(read.study, []).append(read.reader)
    names = sorted(readers)
    counts = {(first, second): 0 for i, first in enumerate(names) for second in names[i + 1 :]}
    for together in readers_of.values():
        ordered = sorted(together)
        for i, first in enumerate(ordered):
            for second in ordered[i + 1 :]:
                counts[first, second] = counts.get((first, second), 0) + 1
    return counts


def assign(
    study_keys: Sequence[str],
    readers: Sequence[ReaderSlot] | Mapping[str, int | None],
    k: int,
    seed: int,
    study_sites: Mapping[str, str] | None = None,
    *,
    exclude_own_site: bool = False,
    difficulty: Mapping[str, float] | None = None,
    barred: Mapping[str, Collection[str]] | None = None,
) -> Assignment:
    """Deal every study to k distinct readers.

    Loads differ by at most 1 (under caps: as level as the caps allow), and pairs of readers share equally many studies,
    within 2 and mostly within 1. The same keys, readers and seed give the same assignment in any order of rows. With
    `exclude_own_site` nobody reads a study of the reader's own site; then the loads are as level as that allows. With
    `difficulty` per study, all lists are about equally hard, so that agree rates can be compared; loads and pairs stay.
    `barred` names per study the readers who never get it, such as those who adjudicated it.

    Raises TooFewReaders and CapsTooSmall with the numbers; ValueError on k below 1 or anything listed twice.
    """
    slots = reader_slots(readers)
    sites = {key: (study_sites or {}).get(key, "") if exclude_own_site else "" for key in study_keys}
    _check(study_keys, slots, k)
    slots = sorted(slots, key=lambda slot: (seed_hash(seed, slot.reader), slot.reader))
    groups = _groups(study_keys, sites, barred or {}, {slot.reader for slot in slots}, seed)
    allowed = _allowed(slots, tuple(groups))
    quota = _quota(slots, groups, allowed, k)
    studies = [study for group in groups.values() for study in group]
    group_of = np.repeat(np.arange(len(groups)), [len(group) for group in groups.values()])
    best: NDArray[np.bool_] | None = None
    best_score = (np.inf, np.inf)
    for attempt in range(TRIES):
        reads = _deal(quota, [len(group) for group in groups.values()], k, attempt)
        reads = balance_pairs(reads, allowed[:, group_of].T, k)
        score = _pair_score(reads, k)
        if score < best_score:
            best, best_score = reads, score
        if best_score[0] <= 1:
            break
    assert best is not None  # noqa: S101 - TRIES is positive
    if difficulty:
        known = float(np.mean(list(difficulty.values())))
        best = even_difficulty(best, np.array([difficulty.get(study, known) for study in studies]), group_of)
    return _as_assignment(studies, [slot.reader for slot in slots], best, k)


def reader_slots(readers: Sequence[ReaderSlot] | Mapping[str, int | None]) -> list[ReaderSlot]:
    """The readers as slots; a mapping gives each reader's cap, or None."""
    if isinstance(readers, Mapping):
        return [ReaderSlot(name, max_reads=cap) for name, cap in readers.items()]
    return list(readers)


def _check(study_keys: Sequence[str], slots: Sequence[ReaderSlot], k: int) -> None:
    if k < 1:
        raise ValueError(f"{k} reads per study were asked for; ask for at least 1.")
    for kind, names in (("Study", study_keys), ("Reader", [slot.reader for slot in slots])):
        name, times = max(Counter(names).items(), key=lambda item: item[1], default=("", 0))
        if times > 1:
            raise ValueError(f"{kind} {name} is listed {times} times; list it once.")
    if len(slots) < k:
        raise TooFewReaders(
            f"Each study needs {k} different readers, but the round has {len(slots)}; add {k - len(slots)} or ask for "
            f"{len(slots)} reads per study."
        )


def _quota(
    slots: Sequence[ReaderSlot], groups: Mapping[Group, list[str]], allowed: NDArray[np.bool_], k: int
) -> Integers:
    """Reads per reader and group of studies, shape (R, G)."""
    sizes = np.array([len(group) for group in groups.values()], dtype=np.intp)
    n = int(sizes.sum())
    caps = np.array([n if slot.max_reads is None else max(0, min(slot.max_reads, n)) for slot in slots], dtype=np.intp)
    for number, (site, out) in enumerate(groups):
        able = int(allowed[:, number].sum())
        if able < k:
            which = f"the {sizes[number]} studies of site {site}" if site and not out else f"{sizes[number]} studies"
            why = ["nobody reads the own site"] if site else []
            why += [f"{', '.join(sorted(out))} adjudicated them"] if out else []
            raise TooFewReaders(
                f"Each study needs {k} different readers, but only {able} of {len(slots)} may read {which}, as "
                f"{' and '.join(why)}; add {k - able}{' from other sites' if site else ''}."
            )
    try:
        return fair_loads(sizes, caps, allowed, k)
    except Unfillable as error:
        most = most_reads(sizes, caps, allowed, k)
        hint = "" if allowed.all() else ", as caps and the studies that they may not read allow"
        raise CapsTooSmall(
            f"{n} studies with {k} reads each need {n * k} reads, but the {len(slots)} readers may take {most} of them at "
            f"most{hint}: {n * k - most} short. Raise max_reads by {n * k - most} in all, add readers, or draw "
            + (f"{_readable(caps, k)} studies at most." if allowed.all() else "fewer studies.")
        ) from error


def _readable(caps: Integers, k: int) -> int:
    """How many studies these caps can read k times at most: nobody reads a study twice."""
    n = int(caps.sum()) // k
    while int(np.minimum(caps, n).sum()) < n * k:
        n -= 1
    return n


def _deal(quota: Integers, sizes: Sequence[int], k: int, attempt: int) -> NDArray[np.bool_]:
    """A first deal that meets the quota exactly, shape (n, R): whoever needs every remaining study gets this one."""
    readers = quota.shape[0]
    together: Integers = np.zeros((readers, readers), dtype=np.intp)
    rows = []
    turn = np.roll(np.arange(readers), attempt)
    for group, size in enumerate(sizes):
        need = quota[:, group].copy()
        for left in range(size, 0, -1):
            row = np.zeros(readers, dtype=bool)
            row[need == left] = True
            while row.sum() < k:
                open_to = np.flatnonzero(~row & (need > 0))
                pressure = together[:, row].sum(axis=1)[open_to]
                keys = (
                    (turn[open_to], pressure, -need[open_to])
                    if attempt % 2
                    else (turn[open_to], -need[open_to], pressure)
                )
                row[open_to[np.lexsort(keys)[0]]] = True
            need[row] -= 1
            together[np.ix_(row, row)] += 1
            rows.append(row)
    return np.array(rows, dtype=bool).reshape(-1, readers)


def _pair_score(reads: NDArray[np.bool_], k: int) -> tuple[float, float]:
    """Range of the deviations of the pair counts from what the loads make fair, and their sum of squares."""
    together = reads.astype(float).T @ reads
    target = pair_targets(together.diagonal(), k)
    deviation = np.triu(together - target, 1)
    is_level = bool(np.ptp(together.diagonal()) <= 1)
    return span(deviation, target, is_level=is_level), float((deviation**2).sum())


def _as_assignment(studies: Sequence[str], readers: Sequence[str], dealt: NDArray[np.bool_], k: int) -> Assignment:
    """Puts the studies in reading order and gives every read its position."""
    order = _reading_order(dealt)
    at_position: Integers = np.zeros((len(readers), k), dtype=np.intp)
    reads: list[AssignedRead] = []
    lists: dict[str, list[str]] = {reader: [] for reader in sorted(readers)}
    for index in order:
        of_study = np.flatnonzero(dealt[index])
        _, place = linear_sum_assignment(at_position[of_study])
        for reader, position in zip(of_study.tolist(), place.tolist(), strict=True):
            at_position[reader, position] += 1
            lists[readers[reader]].append(studies[index])
        by_position = sorted(zip(place.tolist(), of_study.tolist(), strict=True))
        reads += [AssignedRead(studies[index], position + 1, readers[reader]) for position, reader in by_position]
    return Assignment(tuple(reads), {reader: tuple(mine) for reader, mine in lists.items()})


def _reading_order(dealt: NDArray[np.bool_]) -> list[int]:
    """One order for all: next is the study whose readers are least far along, so that all lists advance together."""
    load = np.maximum(1, dealt.sum(axis=0)).astype(float)
    done: Floats = np.zeros(dealt.shape[1])
    open_studies = np.ones(len(dealt), dtype=bool)
    weights = dealt / load
    progress = weights @ done
    order = []
    for _ in range(len(dealt)):
        index = int(np.argmin(np.where(open_studies, progress, np.inf)))
        open_studies[index] = False
        order.append(index)
        step = dealt[index] / load
        progress += (dealt[:, dealt[index]] * step[dealt[index]]).sum(axis=1)
    return order


def _allowed(slots: Sequence[ReaderSlot], groups: Sequence[Group]) -> NDArray[np.bool_]:
    """Who may read which group of studies, shape (R, G)."""
    return np.array(
        [[not (site and slot.site == site) and slot.reader not in barred for site, barred in groups] for slot in slots],
        dtype=bool,
    ).reshape(len(slots), len(groups))


def _groups(
    study_keys: Sequence[str],
    sites: Mapping[str, str],
    barred: Mapping[str, Collection[str]],
    readers: set[str],
    seed: int,
) -> dict[Group, list[str]]:
    """Studies that the same readers may read, in an order that only the seed decides."""
    group_of = {key: (sites[key], frozenset(barred.get(key, ())) & readers) for key in study_keys}
    groups: dict[Group, list[str]] = {
        group: [] for group in sorted(set(group_of.values()), key=lambda group: (group[0], sorted(group[1])))
    }
    for key in _hashed(study_keys, seed):
        groups[group_of[key]].append(key)
    return groups


def _hashed(keys: Sequence[str], seed: int) -> list[str]:
    return sorted(keys, key=lambda key: (seed_hash(seed, key), key))


def seed_hash(seed: int, key: str) -> bytes:
    """The place of a key in an order that only the seed decides."""
    return hashlib.blake2b(f"{seed}|{key}".encode(), digest_size=8).digest()
