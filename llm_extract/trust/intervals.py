"""Intervals of a share, of F1, and of the difference of two figures, that hold for small counts too."""

import math
from dataclasses import dataclass

from core.intervals import wilson_interval


@dataclass(frozen=True, slots=True)
class Proportion:
    """`count` of `n`, the share, and its 95 % Wilson score interval (Wilson 1927); undefined, with the reason, where n is 0."""

    count: int
    n: int
    value: float | None
    ci95: tuple[float, float] | None
    undefined: str | None = None


def wilson(count: int, n: int, *, undefined: str = "nothing was counted") -> Proportion:
    """Return the share `count / n` with its interval.

    Raises ValueError unless 0 <= count <= n.
    """
    if not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no share; the count lies between 0 and n.")
    if n == 0:
        return Proportion(0, 0, None, None, undefined)
    return Proportion(count, n, count / n, wilson_interval(count, n))


def f1_interval(tp: float, errors: float) -> tuple[float, float] | None:
    """Return the 95 % interval of F1 from `tp` true positives and `errors` false ones of either kind; None where both are 0.

    F1 is 2p / (1 + p) of the share p = tp / (tp + errors), so the Wilson interval of p gives one of F1 (Lam, Gopal and Qian 2023,
    arXiv:2309.14621, "Wilson indirect"). It is not empty where every cell is right.
    """
    n = round(tp + errors)
    share = wilson(min(round(tp), n), n).ci95
    return None if share is None else (2 * share[0] / (1 + share[0]), 2 * share[1] / (1 + share[1]))


def difference_interval(
    first: tuple[float, tuple[float, float]], second: tuple[float, tuple[float, float]]
) -> tuple[float, float]:
    """Return the interval of `first` less `second`, each a value with its own interval (Newcombe 1998, method 10).

    It takes the two for independent, and is therefore wide for two readings of the same studies.
    """
    (one, (low, high)), (other, (other_low, other_high)) = first, second
    below = math.hypot(one - low, other_high - other)
    above = math.hypot(high - one, other - other_low)
    return max(-1.0, one - other - below), min(1.0, one - other + above)
