"""Exchanges readers between studies until every pair of readers shares about equally many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
Indices = NDArray[np.intp]

TOLERANCE = 1e-9
STUDIES_TRIED = 6
PAIRS_TRIED = 30
SHAKES = 30
SHAKES_AT_MOST = 60
RANDOM_SWAPS = 8
LEVEL_MOVES = 3.0
PASSES = 4


def pair_targets(loads: Floats, k: int) -> Floats:
    """Studies that two readers should share, shape (R, R): proportional to both loads, rows adding to (k-1) * load.

    Iterative proportional fitting of `u_a * u_b` with an empty diagonal (Deming and Stephan 1940).
    """
    wanted = (k - 1) * np.asarray(loads, dtype=float)
    scale = np.sqrt(np.maximum(wanted, 0.0))
    for _ in range(200):
        row = scale * (scale.sum() - scale)
        ratio = np.divide(wanted, row, out=np.zeros_like(wanted), where=row > 0)
        scale = scale * np.sqrt(ratio)
    target = np.outer(scale, scale)
    np.fill_diagonal(target, 0.0)
    return target


def span(deviation: Floats, target: Floats, *, is_level: bool) -> float:
    """Range of the pair counts; where loads are not level (caps), half the range of the deviations from the targets."""
    upper = np.triu_indices(len(deviation), 1)
    if len(upper[0]) == 0:
        return 0.0
    return float(np.ptp((deviation + target)[upper])) if is_level else float(np.ptp(deviation[upper])) / 2


def balance_pairs(reads: Marks, allowed: Marks, k: int) -> Marks:
    """The deal after the best exchanges of one reader between two studies; loads and k stay as they are.

    `reads` and `allowed` have shape (n, R). Lowers the sum of squared deviations from `pair_targets`; starts at the
    pair that is furthest over, and stops when all are within 1 of each other. When no exchange for the worst pairs
    helps before that, a few exchanges at random (from a fixed stream) and a second descent often do; they are tried
    some times for pairs within 1, and many more for pairs within 2.
    """
    deal = _Deal(reads, allowed, k)
    stream = np.random.PCG64(0)
    best, best_score = deal.reads, (np.inf, np.inf)
    for shakes in range(SHAKES_AT_MOST + 1):
        deal.descend()
        if deal.score() < best_score:
            best, best_score = deal.reads.copy(), deal.score()
        if best_score[0] <= (1 if shakes < SHAKES else 2):
            break
        deal = _Deal(best, allowed, k)
        deal.shake(stream)
    return best


class _Deal:
    """A deal under exchange: who reads what (n, R), the same as lists of k readers (n, k), and the pair deviations."""

    def __init__(self, reads: Marks, allowed: Marks, k: int) -> None:
        self.reads = reads.copy()
        self.allowed = allowed
        self.members: Indices = np.nonzero(reads)[1].reshape(-1, k)
        together = reads.astype(float).T @ reads
        self.is_level = bool(np.ptp(together.diagonal()) <= 1)
        self.target = pair_targets(together.diagonal(), k)
        self.deviation = together - self.target
        np.fill_diagonal(self.deviation, 0.0)

    def score(self) -> tuple[float, float]:
        """Range of the pair counts (see span), then the sum of squared deviations; lower is better."""
        return span(self.deviation, self.target, is_level=self.is_level), float((self.deviation**2).sum())

    def descend(self) -> None:
        """Exchange until the pairs are level or nothing helps."""
        while span(self.deviation, self.target, is_level=self.is_level) > 1:
            swap = self.best_swap()
            if swap is None:
                return
            self.swap(*swap)

    def shake(self, stream: np.random.PCG64) -> None:
        """A few permitted exchanges picked at random."""
        n, k = self.members.shape
        for study, other, i, j in stream.random_raw(4 * RANDOM_SWAPS).reshape(-1, 4):
            one, two = int(study % np.uint64(n)), int(other % np.uint64(n))
            out, into = int(self.members[one, i % np.uint64(k)]), int(self.members[two, j % np.uint64(k)])
            is_free = not self.reads[two, out] and not self.reads[one, into]
            if is_free and self.allowed[two, out] and self.allowed[one, into]:
                self.swap(one, out, two, into)

    def swap(self, study: int, out: int, other: int, into: int) -> None:
        """Exchange `out` of one study for `into` of the other."""
        for index in (study, other):
            self._count(index, -1.0)
        for index, gone, new in ((study, out, into), (other, into, out)):
            self.reads[index, [gone, new]] = False, True
            self.members[index, self.members[index] == gone] = new
            self._count(index, 1.0)

    def _count(self, study: int, sign: float) -> None:
        """Add or take away the pairs of one study."""
        mine = self.members[study]
        self.deviation[np.ix_(mine, mine)] += sign
        self.deviation[mine, mine] = 0.0

    def best_swap(self) -> tuple[int, int, int, int] | None:
        """A (study, reader out, other study, reader in) that lowers the cost, for the worst pair that has one."""
        first, second = np.triu_indices(len(self.deviation), 1)
        worst = np.argsort(-self.deviation[first, second], kind="stable")
        for pair in worst[:PAIRS_TRIED]:
            a, b = int(first[pair]), int(second[pair])
            if self.deviation[a, b] <= 0:
                return None
            for study in np.flatnonzero(self.reads[:, a] & self.reads[:, b])[:STUDIES_TRIED].tolist():
                for out in (a, b):
                    found = self._best_exchange(study, out)
                    if found is not None:
                        return (study, out, *found)
        return None

    def _best_exchange(self, study: int, out: int) -> tuple[int, int] | None:
        """The best (other study, reader in) in exchange for `out`, or None when no exchange lowers the cost.

        The change of the sum of squares counts only readers that are in one of the two studies, not in both.
        """
        d, theirs, here = self.deviation, self.members, self.reads[study]
        rest = self.members[study][self.members[study] != out]
        lone = (~self.reads[:, rest]).astype(float)
        stay = lone @ (2 - 2 * d[out, rest]) + 2 * np.einsum("tx,tjx->jt", lone, d[theirs][:, :, rest])
        new = (~here[theirs]).astype(float)
        go = (new * (2 + 2 * d[out, theirs])).sum(axis=1) - 2 * np.einsum(
            "tl,tjl->jt", new, d[theirs[:, :, None], theirs[:, None, :]]
        )
        change = (stay + go).T - (2 + 2 * d[out, theirs])
        open_to_out = ~self.reads[:, out] & self.allowed[:, out]
        possible = open_to_out[:, None] & (new > 0) & self.allowed[study][theirs]
        change = np.where(possible, change, np.inf)
        other, place = divmod(int(np.argmin(change)), change.shape[1])
        return (other, int(theirs[other, place])) if change[other, place] < -TOLERANCE else None


def even_difficulty(reads: Marks, difficulty: Floats, group: Indices) -> Marks:
    """The deal after exchanging whole sets of readers between two studies of a group, so that lists are equally hard.

    `reads` has shape (n, R), `difficulty` and `group` (n,). Loads, pairs and who reads which group stay as they are.
    Lowers the sum over readers of the squared deviation of a list's difficulty from what its length makes fair.
    """
    dealt = reads.astype(float)
    hard = difficulty - (difficulty.mean() if len(difficulty) else 0.0)
    of_reader = dealt.T @ hard
    for _ in range(PASSES):
        has_changed = False
        for study in range(len(dealt)):
            others = np.flatnonzero(group == group[study])
            differs = dealt[others] - dealt[study]
            step = hard[others] - hard[study]
            change = -2 * step * (differs @ of_reader) + step**2 * (differs**2).sum(axis=1)
            best = int(np.argmin(change))
            if change[best] < -TOLERANCE:
                of_reader -= differs[best] * step[best]
                dealt[[study, others[best]]] = dealt[[others[best], study]]
                has_changed = True
        if not has_changed:
            break
    return np.asarray(dealt > 0)


def balance_moves(owners: list[int], others: list[list[int]], able: Marks, together: Floats) -> list[int]:
    """The owners of some reads after the exchanges, two reads at a time, that even out the pairs; loads stay.

    `owners[i]` takes read i beside the readers `others[i]`; `able` (m, R) says who may; `together` (R', R') counts the
    pairs of all readers, with these owners counted in. Lowers the sum of squared pair counts until nothing helps; where
    the pairs of those who may take are still more than LEVEL_MOVES apart, exchanges at random (from a fixed stream) and
    another descent are tried some times.
    """
    moves = _Moves(owners, others, able, together)
    moves.descend()
    best, best_score = list(moves.owner), moves.score()
    stream = np.random.PCG64(0)
    for _ in range(SHAKES):
        if best_score[0] <= LEVEL_MOVES or len(owners) < 2:
            break
        moves.shake(stream)
        moves.descend()
        if moves.score() < best_score:
            best, best_score = list(moves.owner), moves.score()
    return best


class _Moves:
    """Reads that change hands: who takes each (`owner`), and the pair counts with them."""

    def __init__(self, owners: list[int], others: list[list[int]], able: Marks, together: Floats) -> None:
        self.owner = list(owners)
        self.others, self.able = others, able
        self.pairs = together.copy()

    def score(self) -> tuple[float, float]:
        """Range of the pairs of the readers who may take, then the sum of squares of all; lower is better."""
        takers = self.able.shape[1]
        upper = self.pairs[:takers, :takers][np.triu_indices(takers, 1)]
        return float(np.ptp(upper)) if upper.size else 0.0, float((self.pairs**2).sum())

    def descend(self) -> None:
        """Exchange while that lowers the sum of squares."""
        improved = True
        while improved:
            improved = False
            for i in range(len(self.owner)):
                for j in range(i + 1, len(self.owner)):
                    if not self._may(i, j):
                        continue
                    if self._exchange(i, j) < -TOLERANCE:
                        improved = True
                    else:
                        self._exchange(i, j)  # back

    def shake(self, stream: np.random.PCG64) -> None:
        """A few permitted exchanges picked at random."""
        for first, second in stream.random_raw(2 * RANDOM_SWAPS).reshape(-1, 2):
            i, j = int(first % np.uint64(len(self.owner))), int(second % np.uint64(len(self.owner)))
            if i != j and self._may(i, j):
                self._exchange(i, j)

    def _may(self, i: int, j: int) -> bool:
        p, q = self.owner[i], self.owner[j]
        return p != q and bool(self.able[i, q] and self.able[j, p])

    def _exchange(self, i: int, j: int) -> float:
        """Let two reads swap their owners; the change of the sum of squares."""
        p, q = self.owner[i], self.owner[j]
        change = self._shift(i, p, -1) + self._shift(j, q, -1) + self._shift(i, q, 1) + self._shift(j, p, 1)
        self.owner[i], self.owner[j] = q, p
        return change

    def _shift(self, read: int, reader: int, sign: int) -> float:
        """Count one read in or out; the change of the sum of squares."""
        change = 0.0
        for beside in self.others[read]:
            change += 2 * sign * self.pairs[reader, beside] + 1
            self.pairs[reader, beside] += sign
            self.pairs[beside, reader] += sign
        return change
