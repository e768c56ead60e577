"""Wilson's interval against its published examples, and where it lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intervals import wilson_half_width, wilson_interval


@pytest.mark.parametrize(
    ("count", "n", "interval"), [(81, 263, (0.2553, 0.3662)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))]
)
def test_newcombes_examples(count, n, interval):
    """Newcombe 1998, table I."""
    assert wilson_interval(count, n) == pytest.approx(interval, abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_holds_the_share_and_stays_between_0_and_1(counted):
    low, high = wilson_interval(*counted)
    assert 0 <= low <= counted[0] / counted[1] <= high <= 1
    assert low < high
    assert high - low <= 2 * wilson_half_width(counted[0] / counted[1], counted[1]) + 1e-12


@pytest.mark.parametrize(("count", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share_is_refused(count, n):
    with pytest.raises(ValueError, match="is no share"):
        wilson_interval(count, n)
