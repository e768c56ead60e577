"""Hands the pending reads of a reader who leaves to the others; nobody else's list changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from labeling.assignment import AssignedRead, CapsTooSmall, ReaderSlot, reader_slots, seed_hash
from labeling.balance import Floats, Marks, balance_moves


@dataclass(frozen=True, slots=True)
class Move:
    """A pending read that goes from one reader to another."""

    study: str
    position: int
    from_reader: str
    to_reader: str


def reassign(
    reads: Sequence[AssignedRead],
    pending: Sequence[AssignedRead],
    leaving: str,
    readers: Sequence[ReaderSlot] | Mapping[str, int | None],
    seed: int,
    study_sites: Mapping[str, str] | None = None,
    *,
    exclude_own_site: bool = False,
) -> tuple[Move, ...]:
    """Who takes over the pending reads of a reader who leaves; no other read moves.

    `reads` are all live reads of the round, `pending` those of `leaving` that are not done. Each goes, in its position,
    to one of `readers` who has no read of that study and has room; the loads become as level as they can, then pairs.

    Raises CapsTooSmall when the others cannot take them all, naming how many; ValueError when a pending read is not
    one of `leaving`.
    """
    strangers = [read for read in pending if read.reader != leaving]
    if strangers:
        raise ValueError(f"Study {strangers[0].study} is pending with {strangers[0].reader}, not with {leaving}.")
    slots = sorted(
        (slot for slot in reader_slots(readers) if slot.reader != leaving),
        key=lambda slot: (seed_hash(seed, slot.reader), slot.reader),
    )
    todo = sorted(pending, key=lambda read: (seed_hash(seed, read.study), read.study, read.position))
    if not todo:
        return ()
    gone = set(todo)
    kept = [read for read in reads if read not in gone]
    able = _able(todo, reads, slots, study_sites or {}, exclude_own_site=exclude_own_site)
    loads = Counter(read.reader for read in kept)
    room = [len(todo) if slot.max_reads is None else max(0, slot.max_reads - loads[slot.reader]) for slot in slots]
    owners = _level(able, np.array([loads[slot.reader] for slot in slots], dtype=float), room)
    if owners is None:
        raise CapsTooSmall(
            f"{leaving} leaves {len(todo)} pending reads, but the other {len(slots)} readers cannot take them all within "
            f"their caps and without reading a study twice; raise max_reads or add a reader."
        )
    owners = _even_pairs(owners, todo, kept, [slot.reader for slot in slots], able)
    return tuple(
        Move(read.study, read.position, leaving, slots[to].reader) for read, to in zip(todo, owners, strict=True)
    )


def _able(
    todo: Sequence[AssignedRead],
    reads: Sequence[AssignedRead],
    slots: Sequence[ReaderSlot],
    sites: Mapping[str, str],
    *,
    exclude_own_site: bool,
) -> Marks:
    """Who may take which read, shape (m, R)."""
    has: dict[str, set[str]] = {}
    for read in reads:
        has.setdefault(read.study, set()).add(read.reader)
    able = np.ones((len(todo), len(slots)), dtype=bool)
    for i, read in enumerate(todo):
        site = sites.get(read.study, "") if exclude_own_site else ""
        for j, slot in enumerate(slots):
            able[i, j] = slot.reader not in has.get(read.study, set()) and not (site and slot.site == site)
    return able


def _level(able: Marks, load: Floats, room: Sequence[int]) -> list[int] | None:
    """An owner for each read with the most level loads (each further read of a reader costs more), None if impossible."""
    places = [min(count, len(able)) for count in room]
    owners = np.repeat(np.arange(len(places)), places)
    if len(owners) < len(able):
        return None
    nth = np.concatenate([np.arange(count) for count in places])
    cost = np.where(able[:, owners], (load[owners] + nth)[None, :], np.inf)
    try:
        _, columns = linear_sum_assignment(cost)
    except ValueError:
        return None
    return [int(owner) for owner in owners[columns]]


def _even_pairs(
    owners: list[int], todo: Sequence[AssignedRead], kept: Sequence[AssignedRead], names: Sequence[str], able: Marks
) -> list[int]:
    """The same loads with the pairs of readers evened out."""
    number = {name: i for i, name in enumerate(dict.fromkeys([*names, *(read.reader for read in kept)]))}
    of_study: dict[str, list[int]] = {}
    for read in kept:
        of_study.setdefault(read.study, []).append(number[read.reader])
    for read, owner in zip(todo, owners, strict=True):
        of_study.setdefault(read.study, []).append(owner)
    together = np.zeros((len(number), len(number)))
    for group in of_study.values():
        together[np.ix_(group, group)] += 1
    np.fill_diagonal(together, 0.0)
    others = [[r for r in of_study[read.study] if r != owner] for read, owner in zip(todo, owners, strict=True)]
    return balance_moves(owners, others, able, together)
