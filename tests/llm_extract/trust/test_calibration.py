"""Reliability, its figures, and the curve that puts confidence right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.trust.calibration import calibrate, curve_from_json, fit, quality


def overconfident(n=600, seed=5):
    """Stated .9 or .6 while .7 or .4 are right."""
    rng = np.random.default_rng(seed)
    stated = np.where(rng.random(n) < 0.5, 0.9, 0.6)
    right = rng.random(n) < stated - 0.2
    return stated.tolist(), right.tolist(), [f"s{number // 3}" for number in range(n)]


def test_known_answers():
    stated = [0.9] * 10 + [0.2] * 10
    right = [True] * 8 + [False] * 2 + [True] * 2 + [False] * 8
    found = quality(stated, right)
    assert found.n == 20
    assert found.wrong == 10
    # Bin .9: claims .9, has .8; bin .2: claims .2, has .2. So ECE is half of .1.
    assert found.ece == pytest.approx(0.05)
    assert found.brier == pytest.approx((8 * 0.01 + 2 * 0.81 + 2 * 0.64 + 8 * 0.04) / 20)
    # Of 100 pairs of a wrong and a right one: 8 * 8 rightly ordered, 2 * 8 + 8 * 2 tied.
    assert found.doubt_auroc == pytest.approx((64 + 16) / 100)
    filled = [one for one in found.bins if one.right.n]
    assert [(one.low, one.right.n, one.right.value) for one in filled] == [(0.2, 10, 0.2), (0.9, 10, 0.8)]


def test_certainty_falls_in_the_last_bin():
    assert quality([1.0], [True]).bins[-1].right.n == 1


@pytest.mark.parametrize(
    ("n", "wrong", "reason"), [(0, 0, "only 0"), (19, 9, "only 19"), (40, 4, "4 of 40"), (40, 36, "36 of 40")]
)
def test_too_few_is_undefined_with_a_reason(n, wrong, reason):
    found = quality([0.5] * n, [number >= wrong for number in range(n)])
    assert (found.ece, found.brier, found.doubt_auroc) == (None, None, None)
    assert reason in found.undefined
    calibrated = calibrate([0.5] * n, [number >= wrong for number in range(n)], list(range(n)))
    assert calibrated.curve is None
    assert calibrated.undefined == found.undefined


def test_pooling_adjacent_violators_known_answer():
    curve = fit([0.1, 0.2, 0.3, 0.4], [False, True, False, True])
    assert curve.calibrated == pytest.approx((0.0, 0.5, 0.5, 1.0))
    assert curve.apply(0.25) == pytest.approx(0.5)
    assert curve.apply(0.0) == 0.0
    assert curve.apply(1.0) == 1.0


def test_ties_are_pooled_by_weight():
    assert fit([0.5, 0.5, 0.5], [True, True, False]).calibrated == pytest.approx((2 / 3,))


def test_calibration_mends_overconfidence_on_studies_it_has_not_seen():
    stated, right, studies = overconfident()
    found = calibrate(stated, right, studies)
    assert found.before.ece == pytest.approx(0.2, abs=0.05)
    assert found.after.ece < 0.06
    assert found.after.brier < found.before.brier
    assert found.curve.apply(0.9) == pytest.approx(0.7, abs=0.06)
    assert found == calibrate(stated, right, studies)


def test_honest_figures_do_not_come_from_the_curve_itself():
    rng = np.random.default_rng(2)
    stated, right = rng.random(60).tolist(), (rng.random(60) < 0.5).tolist()
    found = calibrate(stated, right, list(range(60)))
    fitted = quality([found.curve.apply(one) for one in stated], right)
    assert found.after.brier > fitted.brier


def test_a_study_is_never_on_both_sides():
    # Confidence names the study and one study decides its truth: leaking would make the honest figures perfect.
    stated = [number / 10 for number in range(10) for _ in range(4)]
    right = [bool(number % 2) for number in range(10) for _ in range(4)]
    assert calibrate(stated, right, [int(one * 10) for one in stated]).after.brier > 0.1


def test_too_few_studies_for_the_folds():
    assert "only 2 studies" in calibrate([0.5] * 40, [True, False] * 20, [0, 1] * 20).undefined


def test_curve_comes_back_from_json():
    curve = fit(*overconfident()[:2])
    assert curve_from_json(curve.to_json()) == curve


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "{}",
        '{"format": "other"}',
        '{"format": "confidence-curve/1", "n": 2, "stated": [0.2, 0.1], "calibrated": [0.1, 0.2]}',
        '{"format": "confidence-curve/1", "n": 2, "stated": [0.1, 0.2], "calibrated": [0.2, 0.1]}',
        '{"format": "confidence-curve/1", "n": 2, "stated": [], "calibrated": []}',
        '{"format": "confidence-curve/1", "n": 2, "stated": [0.1], "calibrated": [3]}',
    ],
)
def test_something_else_is_no_curve(text):
    with pytest.raises(ValueError, match=r"curve|format"):
        curve_from_json(text)


@pytest.mark.parametrize(("confidence", "right"), [([1.2], [True]), ([0.5, 0.5], [True]), ([float("nan")], [True])])
def test_bad_input_is_refused(confidence, right):
    with pytest.raises(ValueError, match=r"Confidence|confidence"):
        quality(confidence, right)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_curve_rises_and_keeps_the_mean(pairs):
    curve = fit([one for one, _ in pairs], [right for _, right in pairs])
    assert list(curve.calibrated) == sorted(curve.calibrated)
    assert np.mean([curve.apply(one) for one, _ in pairs]) == pytest.approx(np.mean([right for _, right in pairs]))
