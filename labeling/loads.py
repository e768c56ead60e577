"""How many studies of each group every reader reads: as level as caps and forbidden groups allow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse import csgraph

Integers = NDArray[np.intp]


class Unfillable(ValueError):  # noqa: N818 - internal, turned into a sentence by the caller
    """The caps cannot hold the reads."""


def most_reads(sizes: Integers, caps: Integers, allowed: NDArray[np.bool_], k: int) -> int:
    """How many of the `k * sizes` reads can be given at most: a largest flow from readers to groups of studies."""
    readers, groups = allowed.shape
    start, end = readers + groups, readers + groups + 1
    network = np.zeros((end + 1, end + 1), dtype=np.int32)
    network[start, :readers] = caps
    network[:readers, readers : readers + groups] = allowed * sizes
    network[readers : readers + groups, end] = k * sizes
    return int(csgraph.maximum_flow(sparse.csr_array(network), start, end).flow_value)


def fair_loads(sizes: Integers, caps: Integers, allowed: NDArray[np.bool_], k: int) -> Integers:
    """Reads per reader and group, shape (R, G): columns add up to k * sizes, no cell above the size of its group.

    Row sums are the most level there are. `sizes` (G,) are studies per group, `caps` (R,) the most reads per reader,
    `allowed` (R, G) who may read what. Raises Unfillable when no such table exists.
    """
    if int(caps.sum()) < int(sizes.sum()) * k:
        raise Unfillable
    if allowed.all():
        return _spread(level(int(sizes.sum()) * k, caps), sizes, k)
    return _level_flow(sizes, caps, allowed, k)


def level(total: int, caps: Integers) -> Integers:
    """Split `total` over readers so that none is above its cap and those below a cap differ by at most 1."""
    loads: Integers = np.zeros(len(caps), dtype=np.intp)
    left = total
    while left > 0:
        below = np.flatnonzero(loads < caps)
        if len(below) == 0:
            raise Unfillable
        if left < len(below):
            loads[below[:left]] += 1
            return loads
        step = min(left // len(below), int((caps - loads)[below].min()))
        loads[below] += step
        left -= step * len(below)
    return loads


def _spread(loads: Integers, sizes: Integers, k: int) -> Integers:
    """Split the loads over the groups: each group takes from those whose need is nearest to all that is left."""
    quota: Integers = np.zeros((len(loads), len(sizes)), dtype=np.intp)
    if len(sizes) == 1:
        quota[:, 0] = loads
        return quota
    need = loads.copy()
    for group, size in enumerate(sizes.tolist()):
        after = int(sizes[group + 1 :].sum())
        must = np.maximum(0, need - after)
        room = np.minimum(size, need) - must
        quota[:, group] = must + level(size * k - int(must.sum()), room)
        need -= quota[:, group]
    return quota


def _level_flow(sizes: Integers, caps: Integers, allowed: NDArray[np.bool_], k: int) -> Integers:
    """The same with forbidden cells: a flow whose cost grows with every further read of a reader.

    The rows are those of a network, so the linear optimum is whole-numbered (Ahuja, Magnanti and Orlin 1993, 11.12).
    """
    readers, groups = allowed.shape
    cells = np.argwhere(allowed)
    steps = np.repeat(np.arange(readers), caps)
    height = np.concatenate([np.arange(cap) for cap in caps] or [np.empty(0)])
    ones = np.ones(len(cells))
    into_group = sparse.csr_array((ones, (cells[:, 1], np.arange(len(cells)))), shape=(groups, len(cells)))
    of_reader = sparse.csr_array((ones, (cells[:, 0], np.arange(len(cells)))), shape=(readers, len(cells)))
    step_of = sparse.csr_array((np.ones(len(steps)), (steps, np.arange(len(steps)))), shape=(readers, len(steps)))
    equal = sparse.vstack(
        [sparse.hstack([into_group, sparse.csr_array((groups, len(steps)))]), sparse.hstack([of_reader, -step_of])]
    )
    upper = np.concatenate([sizes[cells[:, 1]], np.ones(len(steps))]).astype(float)
    result = linprog(  # type: ignore[call-overload]  # scipy-stubs do not know that A_eq may be sparse
        np.concatenate([np.zeros(len(cells)), height.astype(float)]),
        A_eq=sparse.csc_array(equal),
        b_eq=np.concatenate([sizes * k, np.zeros(readers)]).astype(float),
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs-ds",
    )
    if result.status != 0:
        raise Unfillable
    quota: Integers = np.zeros((readers, groups), dtype=np.intp)
    quota[cells[:, 0], cells[:, 1]] = np.rint(result.x[: len(cells)]).astype(np.intp)
    return quota
