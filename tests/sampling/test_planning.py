"""What a plan foretells."""

import pytest

from sampling.design import BucketRow
from sampling.planning import half_width, label_plan, picks_needed


def test_interval_narrows_with_the_positives_and_is_none_without() -> None:
    assert half_width(0.4) is None
    assert half_width(25) == pytest.approx(0.150, abs=0.002)  # Wilson, 20 of 25: 0.609 to 0.911
    assert half_width(100) < half_width(25)


def test_survivors_follow_the_rate() -> None:
    plan = label_plan(BucketRow("label", "hernia", 20, 30, 40, 25), 0.38)
    assert (plan.target, plan.at_best, plan.pool) == (30, 20, 40)
    assert plan.survivors == pytest.approx(7.6)


def test_picks_needed_for_so_many_positives() -> None:
    assert picks_needed(25, 0.38) == 66
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        picks_needed(25, 0)
