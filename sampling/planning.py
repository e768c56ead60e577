"""What a sample would give before anyone reads: what survives consensus, and how wide a label's interval will be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.intervals import wilson_half_width
from sampling.design import BucketRow


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """A label in a plan: what can be picked at best, how many of these survive, and how exact a share of them will be.

    `half_width` is half the 95 % interval of a sensitivity of 0.8 measured on the survivors, None without any.
    """

    name: str
    target: int
    at_best: int
    pool: int
    survivors: float
    half_width: float | None


def label_plan(row: BucketRow, rate: float) -> LabelPlan:
    """The plan of a label whose picks survive consensus at `rate` (0 to 1)."""
    survivors = row.have * rate
    return LabelPlan(
        row.name, row.target if row.wanted is None else row.wanted, row.have, row.pool, survivors, half_width(survivors)
    )


def shortage(row: BucketRow, name: str = "") -> str:
    """What a bucket is short of, by how much and why, as a sentence; empty where it is short of nothing."""
    wanted = row.target if row.wanted is None else row.wanted
    if row.have >= wanted:
        return ""
    name = name or row.name
    if row.pool == 0:
        return f"{name}: 0 of {wanted}; no study of the pool has it."
    of_patients = "" if row.patients == row.pool else f" of {row.patients} patients"
    there = f"the pool has {row.pool}{of_patients}"
    if row.have == min(row.patients, wanted):
        return f"{name}: {row.have} of {wanted}, {wanted - row.have} short; {there}, and all that can be picked are."
    return f"{name}: {row.have} of {wanted}, {wanted - row.have} short; {there}, but other labels or wishes weigh more."


def half_width(positives: float, share: float = 0.8) -> float | None:
    """Half the width of Wilson's 95 % interval (1927) of a share measured on so many studies; None below one study."""
    if positives < 1:
        return None
    return wilson_half_width(share, positives)


def picks_needed(positives: int, rate: float) -> int:
    """How many studies with a label must be read so that `positives` survive at `rate`. Raises ValueError on a rate of 0."""
    if not 0 < rate <= 1:
        raise ValueError(f"A consensus rate of {rate:g} was given; give one above 0 and at most 1.")
    return math.ceil(positives / rate - 1e-9)
