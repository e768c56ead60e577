"""The 95 % interval of a share, and of the difference of two, for every room that states one. Pure."""

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


def newcombe_interval(both: float, first: float, second: float, neither: float) -> tuple[float, float]:
    """The interval of the difference of two shares of the same units: those with both, one only, the other only, neither.

    Newcombe 1998 (Statistics in Medicine 17, 2635-2650), method 10: Wilson's intervals of the two shares, put together by
    their correlation. It has a width where no unit differs. Raises ValueError unless there are units.
    """
    n = both + first + second + neither
    ones, others = both + first, both + second
    (low1, high1), (low2, high2) = wilson_interval(ones, n), wilson_interval(others, n)
    share1, share2 = ones / n, others / n
    spread = math.sqrt(ones * (n - ones) * others * (n - others))
    product = both * neither - first * second
    alike = 0.0 if spread == 0 else (max(product - n / 2, 0.0) if product > 0 else product) / spread
    down = _together(share1 - low1, high2 - share2, alike)
    up = _together(high1 - share1, share2 - low2, alike)
    return share1 - share2 - down, share1 - share2 + up


def _together(one: float, other: float, alike: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * alike * one * other + other * other))
