"""Control arms: extra reads without suggestions, with a planted error, or of a case read before, drawn by a seed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from labeling.assignment import AssignmentImpossible, ReaderSlot, seed_hash

NORMAL = "normal"
NO_SUGGESTIONS = "no_suggestions"
PLANTED_ERROR = "planted_error"
REPEAT = "repeat"
TRAINING = "training"
ADDED = "added"
REMOVED = "removed"
MOST_REPEATS = 0.5
_NO_LIMIT = 10**9


class NoRoomForControls(AssignmentImpossible):
    """The readers cannot take as many control reads as the fractions ask for."""


@dataclass(frozen=True, slots=True)
class Fractions:
    """Control reads per normal read, each 0 to 1; at most half of a reader's cases are repeated."""

    no_suggestions: float = 0.0
    planted_error: float = 0.0
    repeat: float = 0.0

    def __post_init__(self) -> None:
        for name, most in (("no_suggestions", 1.0), ("planted_error", 1.0), ("repeat", MOST_REPEATS)):
            share = getattr(self, name)
            if not 0 <= share <= most:
                raise ValueError(f"The fraction {name} is {share}; it must be from 0 to {most:g}.")

    @property
    def any(self) -> bool:
        return max(self.no_suggestions, self.planted_error, self.repeat) > 0


@dataclass(frozen=True, slots=True)
class Plantable:
    """What may be planted in a study: a suggestion to leave out, or a label that nothing in the study supports."""

    removable: frozenset[str] = frozenset()
    addable: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:
        return bool(self.removable or self.addable)


@dataclass(frozen=True, slots=True)
class ControlRead:
    """One extra read. ``planted`` is the label planted, ``kind`` whether it was added to or removed from what is shown."""

    reader: str
    study: str
    arm: str
    planted: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A place in a reader's list: the study, and the arm it is read in."""

    study: str
    arm: str


@dataclass(frozen=True, slots=True)
class Controls:
    """The control reads of a round, and every reader's list with them mixed in."""

    reads: tuple[ControlRead, ...]
    lists: Mapping[str, tuple[Listed, ...]]


def draw_controls(  # noqa: PLR0913  what binds the normal reads binds these too
    lists: Mapping[str, Sequence[str]],
    readers: Sequence[ReaderSlot],
    fractions: Fractions,
    seed: int,
    plantable: Mapping[str, Plantable],
    *,
    weights: Mapping[str, float] | None = None,
    sites: Mapping[str, str] | None = None,
    exclude_own_site: bool = False,
    barred: Mapping[str, Collection[str]] | None = None,
) -> Controls:
    """The control reads beside the normal ones of ``lists`` (reader → studies in reading order).

    Of ``n`` normal reads ``fraction x n`` (halves up) are dealt again in each arm, spread over the readers in
    proportion to their lists by largest remainders, and over the studies as evenly as can be. Nobody gets a study in
    a control arm that they read normally or are ``barred`` from; repeats are of their own first half, half a list
    later. Caps and own sites hold as for normal reads. ``weights`` say how plausible a label is as a planted one (1
    where not named). The same lists, readers and seed draw the same, in any order of rows.

    Raises NoRoomForControls with the numbers when the readers cannot take them.
    """
    drawing = _Drawing(
        lists={reader: tuple(lists[reader]) for reader in sorted(lists)},
        slots={slot.reader: slot for slot in readers},
        seed=seed,
        plantable=plantable,
        weights=weights or {},
        sites=sites or {},
        exclude_own_site=exclude_own_site,
        barred=barred or {},
    )
    can_be_planted = {study for study, what in plantable.items() if what.any}
    drawing.deal(PLANTED_ERROR, fractions.planted_error, can_be_planted)
    drawing.deal(NO_SUGGESTIONS, fractions.no_suggestions, {study for mine in lists.values() for study in mine})
    drawing.repeat(fractions.repeat)
    reads = tuple(sorted(drawing.reads, key=lambda read: (read.reader, read.arm, read.study)))
    of_reader = {reader: [read for read in reads if read.reader == reader] for reader in drawing.lists}
    return Controls(
        reads, {reader: mix(reader, mine, of_reader[reader], seed) for reader, mine in drawing.lists.items()}
    )


def mix(reader: str, normal: Sequence[str], controls: Sequence[ControlRead], seed: int) -> tuple[Listed, ...]:
    """A reader's list: normal reads in their order, controls at places that the seed decides, repeats half a list later."""
    step = 1 / max(1, len(normal))
    place = {study: (number + 0.5) * step for number, study in enumerate(normal)}
    keyed = [(place[study], "", Listed(study, NORMAL)) for study in normal]
    for read in controls:
        where = _hash01(seed, f"{read.arm}|{reader}|{read.study}|place")
        if read.arm == REPEAT:
            where = place[read.study] + 0.5 + where * step / 2
        keyed.append((where, f"{read.arm}|{read.study}", Listed(read.study, read.arm)))
    return tuple(listed for _, _, listed in sorted(keyed, key=lambda item: item[:2]))


def apportion(total: int, weights: Sequence[float], caps: Sequence[int]) -> list[int]:
    """``total`` whole things in proportion to ``weights`` by largest remainders, nobody above the cap.

    What a cap keeps from one goes to the others. Raises ValueError when all caps together are too small.
    """
    given = [0] * len(weights)
    open_to = {place for place, weight in enumerate(weights) if weight > 0 and caps[place] > 0}
    left = total
    while left > 0:
        whole = sum(weights[place] for place in open_to)
        if whole == 0:
            raise ValueError("The caps are too small.")
        full = {place for place in open_to if left * weights[place] / whole > caps[place]}
        if not full:
            break
        for place in full:
            given[place] = caps[place]
            left -= caps[place]
        open_to -= full
    if left > 0:
        whole = sum(weights[place] for place in open_to)
        shares = {place: left * weights[place] / whole for place in open_to}
        for place, share in shares.items():
            given[place] = math.floor(share + 1e-9)
        rest = left - sum(given[place] for place in open_to)
        for place in sorted(open_to, key=lambda place: (given[place] - shares[place], place))[:rest]:
            given[place] += 1
    return given


@dataclass(slots=True)
class _Drawing:
    """The reads drawn so far, and who still has room."""

    lists: Mapping[str, Sequence[str]]
    slots: Mapping[str, ReaderSlot]
    seed: int
    plantable: Mapping[str, Plantable]
    weights: Mapping[str, float]
    sites: Mapping[str, str]
    exclude_own_site: bool
    barred: Mapping[str, Collection[str]]
    reads: list[ControlRead] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def deal(self, arm: str, fraction: float, studies: Collection[str]) -> None:
        """Reads of ``studies`` by readers who have them in no other arm."""
        total = self._total(fraction)
        if not total:
            return
        free = {reader: self._free(arm, reader, studies) for reader in self.lists}
        quotas = self._quotas(arm, total, {reader: len(mine) for reader, mine in free.items()})
        turns = [(reader, nth) for reader, quota in quotas.items() for nth in range(quota)]
        used = Counter(read.study for read in self.reads)
        of_arm: Counter[str] = Counter()
        for reader, _ in sorted(turns, key=lambda turn: (turn[1], self._hash(f"{arm}|{turn[0]}|{turn[1]}"), turn)):
            study = min(free[reader], key=lambda study: (of_arm[study], used[study]))  # the first of the least used
            free[reader].remove(study)
            of_arm[study] += 1
            used[study] += 1
            self.reads.append(self._planted(reader, study) if arm == PLANTED_ERROR else ControlRead(reader, study, arm))

    def repeat(self, fraction: float) -> None:
        """Reads of studies from the first half of the reader's own list."""
        total = self._total(fraction)
        if not total:
            return
        early = {reader: mine[: (len(mine) + 1) // 2] for reader, mine in self.lists.items()}
        quotas = self._quotas(REPEAT, total, {reader: len(mine) for reader, mine in early.items()})
        for reader, quota in quotas.items():
            drawn = sorted(early[reader], key=lambda study: (self._hash(f"{REPEAT}|{reader}|{study}"), study))
            self.reads += [ControlRead(reader, study, REPEAT) for study in drawn[:quota]]

    def _total(self, fraction: float) -> int:
        normal = sum(len(mine) for mine in self.lists.values())
        return math.floor(fraction * normal + 0.5 + 1e-9)

    def _free(self, arm: str, reader: str, studies: Collection[str]) -> list[str]:
        """What the reader may take, in an order that only the seed decides."""
        taken = {*self.lists[reader], *(read.study for read in self.reads if read.reader == reader)}
        home = self.slots[reader].site if self.exclude_own_site else ""
        taken |= {study for study, readers in self.barred.items() if reader in readers}
        free = (study for study in studies if study not in taken and not (home and self.sites.get(study) == home))
        return sorted(free, key=lambda study: (self._hash(f"{arm}|{reader}|{study}"), study))

    def _quotas(self, arm: str, total: int, most: Mapping[str, int]) -> dict[str, int]:
        readers = sorted(self.lists, key=lambda reader: (self._hash(f"{arm}|{reader}"), reader))
        room = [min(most[reader], self._room(reader)) for reader in readers]
        try:
            quotas = apportion(total, [len(self.lists[reader]) for reader in readers], room)
        except ValueError:
            words = {REPEAT: "to be repeated", NO_SUGGESTIONS: "without suggestions", PLANTED_ERROR: "with an error"}
            raise NoRoomForControls(
                f"{total} reads {words[arm]} were asked for, but the readers can take {sum(room)}: nobody gets a "
                "study twice but in a repeat, and caps and own sites hold. Lower the fraction, add readers, or raise "
                "max_reads."
            ) from None
        return dict(zip(readers, quotas, strict=True))

    def _room(self, reader: str) -> int:
        cap = self.slots[reader].max_reads
        dealt = len(self.lists[reader]) + sum(read.reader == reader for read in self.reads)
        return _NO_LIMIT if cap is None else max(0, cap - dealt)

    def _planted(self, reader: str, study: str) -> ControlRead:
        """Additions and removals as equally often as the studies allow; a likelier label is likelier to be planted."""
        what = self.plantable[study]
        possible = [kind for kind, labels in ((ADDED, what.addable), (REMOVED, what.removable)) if labels]
        kind = min(possible, key=lambda kind: (self.kinds[kind], self._hash(f"{reader}|{study}|{kind}")))
        self.kinds[kind] += 1
        labels = what.addable if kind == ADDED else what.removable
        return ControlRead(
            reader, study, PLANTED_ERROR, min(labels, key=lambda key: self._late(reader, study, key)), kind
        )

    def _late(self, reader: str, study: str, label: str) -> tuple[float, str]:
        """An exponential waiting time whose rate is the label's weight: the first to come is drawn."""
        chance = _hash01(self.seed, f"{reader}|{study}|{label}")
        return -math.log1p(-chance) / max(1e-9, self.weights.get(label, 1.0)), label

    def _hash(self, key: str) -> bytes:
        return seed_hash(self.seed, key)


def _hash01(seed: int, key: str) -> float:
    return int.from_bytes(seed_hash(seed, key), "big") / 2**64
