"""Intervals at the ends, where a resample sees nothing, and against known answers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_extract.trust.intervals import difference_interval, f1_interval, wilson

counts = st.integers(0, 500)


@given(counts, counts)
def test_an_interval_of_f1_holds_its_value_and_is_never_a_point(tp, errors):
    if not tp + errors:
        assert f1_interval(tp, errors) is None
        return
    low, high = f1_interval(tp, errors)
    value = 2 * tp / (2 * tp + errors)
    assert 0 <= low <= value + 1e-12
    assert value - 1e-12 <= high <= 1
    assert low < high


def test_f1_is_the_share_of_the_cells_that_count_bent():
    low, high = wilson(81, 100).ci95
    assert f1_interval(81, 19) == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))


def test_newcombes_own_example():
    """56 of 70 and 48 of 80, method 10 without continuity correction: 0.0524 to 0.3339 (Newcombe 1998, table II, a)."""
    one, other = wilson(56, 70), wilson(48, 80)
    interval = difference_interval((one.value, one.ci95), (other.value, other.ci95))
    assert interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(counts, counts, counts, counts)
def test_a_difference_lies_in_its_interval_either_way_round(tp, errors, other_tp, other_errors):
    if not (tp + errors and other_tp + other_errors):
        return
    values = [(2 * a / (2 * a + b), f1_interval(a, b)) for a, b in ((tp, errors), (other_tp, other_errors))]
    low, high = difference_interval(*values)
    back = difference_interval(*reversed(values))
    assert low <= values[0][0] - values[1][0] + 1e-12 <= high + 2e-12
    assert all(math.isclose(a, -b, abs_tol=1e-12) for a, b in zip((low, high), reversed(back), strict=True))
