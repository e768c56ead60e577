"""Hands pending reads on: those of a reader who leaves to the others, some of everybody's to a reader who comes late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

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
    barred: Mapping[str, Collection[str]] | None = None,
) -> tuple[Move, ...]:
    """Who takes over the pending reads of a reader who leaves; no other read moves.

    `reads` are all live reads of the round, `pending` those of `leaving` that are not done. Each goes, in its position,
    to one of `readers` who has no read of that study and has room; the loads become as level as they can, then pairs.
    `barred` names per study the readers who never get it.

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
    able = _able(todo, reads, slots, study_sites if exclude_own_site else None, barred or {})
    loads = Counter(read.reader for read in kept)
    room = [len(todo) if slot.max_reads is None else max(0, slot.max_reads - loads[slot.reader]) for slot in slots]
    owners = _level(able, np.array([loads[slot.reader] for slot in slots], dtype=float), room)
    if owners is None:
        taken = _most(able, room)
        caps = " within their caps and" if any(slot.max_reads is not None for slot in slots) else ""
        hint = "raise max_reads or add a reader" if caps else "add a reader"
        raise CapsTooSmall(
            f"{leaving} leaves {len(todo)} pending reads, of which the other {len(slots)} readers can take {taken}{caps} "
            f"without reading a study twice: {len(todo) - taken} short; {hint}."
        )
    owners = _even_pairs(owners, todo, kept, [slot.reader for slot in slots], able)
    return tuple(
        Move(read.study, read.position, leaving, slots[to].reader) for read, to in zip(todo, owners, strict=True)
    )


def deal_in(
    reads: Sequence[AssignedRead],
    pending: Sequence[AssignedRead],
    newcomer: ReaderSlot,
    study_sites: Mapping[str, str] | None = None,
    *,
    exclude_own_site: bool = False,
    barred: Collection[str] = (),
    movable: Collection[AssignedRead] | None = None,
) -> tuple[Move, ...]:
    """Which pending reads a late reader takes over, so that what is left to read is level; no done read moves.

    `reads` are all live reads, `pending` those not done, in the order in which they will be read; only those of them
    that are in `movable` (all, unless given) move. Each move takes one from the reader with the most still to read, and
    of his reads the one whose other readers share least with the newcomer, the last one among equals. It stops when
    the newcomer has as much left as the others, or no read is free for him. Studies in `barred` are never his.
    """
    sites = study_sites or {}
    beside: dict[str, set[str]] = {}
    for read in reads:
        beside.setdefault(read.study, set()).add(read.reader)
    free = set(pending if movable is None else movable)
    left: dict[str, list[AssignedRead]] = {}
    for read in pending:
        is_own = exclude_own_site and newcomer.site != "" and sites.get(read.study, "") == newcomer.site
        if read in free and newcomer.reader not in beside[read.study] and read.study not in barred and not is_own:
            left.setdefault(read.reader, []).append(read)
    load = Counter(read.reader for read in pending)
    shared = Counter(other for group in beside.values() if newcomer.reader in group for other in group)
    moves: list[Move] = []
    mine = sum(read.reader == newcomer.reader for read in reads)
    room = len(pending) if newcomer.max_reads is None else newcomer.max_reads - mine
    while len(moves) < room:
        givers = [reader for reader, theirs in left.items() if theirs and load[reader] > load[newcomer.reader] + 1]
        if not givers:
            break
        giver = max(givers, key=lambda reader: (load[reader], reader))
        theirs = left[giver]
        with_pairs = [sum(shared[other] for other in beside[read.study] if other != giver) for read in theirs]
        place = min(range(len(theirs)), key=lambda index: (with_pairs[index], -index))
        read = theirs.pop(place)
        left = {reader: [one for one in kept if one.study != read.study] for reader, kept in left.items()}
        others = beside[read.study] - {giver}
        beside[read.study] = others | {newcomer.reader}
        shared.update(others)
        load[giver] -= 1
        load[newcomer.reader] += 1
        moves.append(Move(read.study, read.position, giver, newcomer.reader))
    return tuple(moves)


def _able(
    todo: Sequence[AssignedRead],
    reads: Sequence[AssignedRead],
    slots: Sequence[ReaderSlot],
    sites: Mapping[str, str] | None,
    barred: Mapping[str, Collection[str]],
) -> Marks:
    """Who may take which read, shape (m, R)."""
    has: dict[str, set[str]] = {study: set(readers) for study, readers in barred.items()}
    for read in reads:
        has.setdefault(read.study, set()).add(read.reader)
    able = np.ones((len(todo), len(slots)), dtype=bool)
    for i, read in enumerate(todo):
        site = (sites or {}).get(read.study, "")
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


def _most(able: Marks, room: Sequence[int]) -> int:
    """How many of the reads can be taken at most."""
    owners = np.repeat(np.arange(len(room)), [min(count, len(able)) for count in room])
    if not len(owners):
        return 0
    return int((maximum_bipartite_matching(csr_array(able[:, owners]), perm_type="column") >= 0).sum())


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
