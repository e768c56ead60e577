"""Wilson's and Newcombe's intervals against their published examples, and where they lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intervals import newcombe_interval, wilson_half_width, wilson_interval


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


def test_the_example_of_paired_shares():
    """Newcombe 1998 (paired data), 36, 12, 2 and 0 of 50 units, method 10."""
    assert newcombe_interval(36, 12, 2, 0) == pytest.approx((0.0569, 0.3404), abs=5e-5)


@given(st.tuples(*[st.integers(0, 200)] * 4).filter(sum))
def test_the_interval_of_a_difference_holds_it_and_turns_round_with_the_shares(cells):
    both, first, second, neither = cells
    low, high = newcombe_interval(*cells)
    found = (first - second) / sum(cells)
    assert -1 - 1e-12 <= low <= found <= high <= 1 + 1e-12
    assert low < high
    turned = newcombe_interval(both, second, first, neither)
    assert turned == pytest.approx((-high, -low))


@pytest.mark.parametrize("n", [1, 3, 20, 500])
def test_where_no_unit_has_either_the_difference_is_as_unsure_as_the_share(n):
    most = wilson_interval(0, n)[1]
    assert newcombe_interval(0, 0, 0, n) == pytest.approx((-most, most))


def test_no_units_have_no_difference():
    with pytest.raises(ValueError, match="is no share"):
        newcombe_interval(0, 0, 0, 0)
