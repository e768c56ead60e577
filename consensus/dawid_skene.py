"""How reliable each reader is, estimated without a reference (Dawid and Skene 1979); never used to decide labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDS = 500
TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class ReaderQuality:
    """Shares of the classes (q,), chance of each answer given the class (readers, q, q), class of each unit (n, q)."""

    prevalence: Floats
    confusion: Floats
    posterior: Floats
    log_likelihood: float


def dawid_skene(
    units: Sequence[int], readers: Sequence[int], answers: Sequence[int], q: int, *, smoothing: float = 0.0
) -> ReaderQuality:
    """Expectation and maximisation from the majority vote, over reads given as three equally long columns from 0.

    A reader may answer for a unit more than once. `smoothing` is added to every cell of the confusion counts; with 0 it
    is the method as published. With three reads it does not beat the majority, so it serves for reader quality only.

    Raises ValueError when there is no read.
    """
    if not len(units):
        raise ValueError("There is no read to judge readers by; collect reads first.")
    unit, reader, answer = (np.asarray(column, dtype=np.intp) for column in (units, readers, answers))
    n, r = int(unit.max()) + 1, int(reader.max()) + 1
    given: Floats = np.zeros((n, r, q))
    np.add.at(given, (unit, reader, answer), 1.0)
    posterior = given.sum(axis=1)
    posterior /= np.maximum(posterior.sum(axis=1, keepdims=True), 1.0)
    likelihood = -np.inf
    for _ in range(ROUNDS):
        prevalence = posterior.mean(axis=0)
        confusion = np.einsum("nt,nra->rta", posterior, given) + smoothing
        confusion /= np.maximum(confusion.sum(axis=2, keepdims=True), 1e-300)
        joint = _log(prevalence) + np.einsum("nra,rta->nt", given, _log(confusion))
        top = joint.max(axis=1, keepdims=True)
        share = np.exp(joint - top)
        posterior = share / share.sum(axis=1, keepdims=True)
        before, likelihood = likelihood, float((top[:, 0] + np.log(share.sum(axis=1))).sum())
        if likelihood - before < TOLERANCE:
            break
    return ReaderQuality(prevalence, confusion, posterior, likelihood)


def _log(chance: Floats) -> Floats:
    """Logarithm with a floor: a chance of 0 counts against a class but leaves the sum finite."""
    return np.asarray(np.log(np.maximum(chance, 1e-300)))
