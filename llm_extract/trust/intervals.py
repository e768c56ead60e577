"""A share with its interval."""

import math
from dataclasses import dataclass

Z95 = 1.959963984540054


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
    share, z2 = count / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    # Exactly 0 and 1 at the ends, whatever the floats say.
    low, high = 0.0 if count == 0 else centre - half, 1.0 if count == n else centre + half
    return Proportion(count, n, share, (low, high))
