"""Near duplicates: pictures whose 64-bit hashes differ in a few bits, or whose bytes are the same, as groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

Hashes = NDArray[np.uint64]
BITS_APART = 4
BANDS = (13, 13, 13, 13, 12)


def near_duplicates(hashes: Hashes, bits_apart: int = BITS_APART) -> NDArray[np.intp]:
    """A group number for every 64-bit hash: those at most `bits_apart` bits from another are in its group; shape (n,).

    Two hashes that differ in at most four bits are equal in one of five bands at least, so only studies that share a
    band are compared. Groups are joined through chains of near pictures. Raises ValueError above four bits.
    """
    if not 0 <= bits_apart < len(BANDS):
        raise ValueError(f"{bits_apart} bits apart were asked for; five bands find pairs up to {len(BANDS) - 1} apart.")
    rows, columns, shift = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)], 0
    for width in BANDS:
        band = (hashes >> np.uint64(shift)) & np.uint64((1 << width) - 1)
        shift += width
        order = np.argsort(band, kind="stable")
        ends = np.flatnonzero(np.diff(band[order])) + 1
        for together in np.split(order, ends):
            first, second = np.triu_indices(len(together), 1)
            near = np.bitwise_count(hashes[together[first]] ^ hashes[together[second]]) <= bits_apart
            rows.append(together[first[near]])
            columns.append(together[second[near]])
    return _joined(len(hashes), np.concatenate(rows), np.concatenate(columns))


def shared_groups(owners: Sequence[str], digests: Sequence[str]) -> Mapping[str, str]:
    """The group of every owner (a study) who shares a digest with another; blank digests are shared by none.

    The group is named after the owner in it that sorts first.
    """
    names = sorted(set(owners))
    number = {name: place for place, name in enumerate(names)}
    first: dict[str, int] = {}
    links = [(number[o], first.setdefault(d, number[o])) for o, d in zip(owners, digests, strict=True) if d]
    rows = np.array([a for a, _ in links], dtype=np.intp)
    group = _joined(len(names), rows, np.array([b for _, b in links], dtype=np.intp))
    size = np.bincount(group, minlength=1) if len(group) else np.empty(0)
    leader: dict[int, str] = {}
    for place, name in enumerate(names):
        leader.setdefault(int(group[place]), name)
    return {name: leader[int(group[place])] for place, name in enumerate(names) if size[group[place]] > 1}


def _joined(n: int, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.intp]:
    links = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    return np.asarray(csgraph.connected_components(links, directed=False)[1], dtype=np.intp)
