"""The 95 % interval of a share, for every room that states one. Pure."""

import math

Z95 = 1.959963984540054  # of a normal 95 % interval


def wilson_interval(count: float, n: float) -> tuple[float, float]:
    """Wilson's score interval (1927) of the share ``count / n``: honest at 0 and 1 too.

    Raises ValueError unless 0 <= count <= n and n > 0.
    """
    if not 0 <= count <= n or not n > 0:
        raise ValueError(f"{count} of {n} is no share; the count lies between 0 and n, and n is more than 0.")
    share, z2 = count / n, Z95 * Z95
    middle, half = (share + z2 / (2 * n)) / (1 + z2 / n), wilson_half_width(share, n)
    # Exactly 0 and 1 at the ends, whatever the floats say.
    return 0.0 if count == 0 else middle - half, 1.0 if count == n else middle + half


def wilson_half_width(share: float, n: float) -> float:
    """Half the width of Wilson's interval of ``share`` seen in ``n``, n > 0."""
    z2 = Z95 * Z95
    return Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
