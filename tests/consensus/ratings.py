"""Tables of ratings, and how close a figure must come to one that is known to five digits."""

import numpy as np
import pytest

from consensus.agreement import Statistic

NAN = float("nan")
CLOSE = 5e-6


def near(found: Statistic, value: float) -> None:
    assert found.undefined is None
    assert found.value == pytest.approx(value, abs=CLOSE)


def from_square(table: list[list[int]]) -> np.ndarray:
    """Ratings (n, 2) of two raters, from how often the first said i where the second said j."""
    rows = [(i, j) for i, line in enumerate(table) for j, times in enumerate(line) for _ in range(times)]
    return np.array(rows)
