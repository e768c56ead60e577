"""Sensitivity and specificity of readers without a reference, and the intervals of pairs of readers."""

import numpy as np
import pytest

from consensus.agreement import NO_PAIR, Statistic, count_table, gwet, resample
from consensus.agreement_table import reader_pairs
from consensus.reader_accuracy import NEVER_ABSENT, NEVER_PRESENT, reader_accuracy
from consensus.standard_errors import cohen_error, fleiss_error, gwet_error, with_error

SENSITIVITY, SPECIFICITY = (0.9, 0.85, 0.6, 0.95, 0.9, 0.85), (0.97, 0.95, 0.98, 0.8, 0.96, 0.97)


def simulated(studies: int = 600, labels: int = 4, share: float = 0.3) -> np.ndarray:
    """Marks (studies, 6, labels) of readers of whom three read each study, with known rates of error."""
    rng = np.random.default_rng(3)
    truth = rng.random((studies, 1, labels)) < share
    right = np.where(truth, np.array(SENSITIVITY)[None, :, None], np.array(SPECIFICITY)[None, :, None])
    marks = np.where(rng.random((studies, 6, labels)) < right, truth, ~truth).astype(float)
    for study in range(studies):
        marks[study, rng.permutation(6)[:3]] = np.nan
    return marks


def test_rates_are_near_the_truth_and_the_poor_reader_is_found() -> None:
    found = reader_accuracy(simulated(), "abcdef", [f"p{i}" for i in range(600)], 1)
    assert [one.sensitivity.value for one in found] == pytest.approx(list(SENSITIVITY), abs=0.06)
    assert [one.specificity.value for one in found] == pytest.approx(list(SPECIFICITY), abs=0.04)
    poor = min(found, key=lambda one: one.sensitivity.value or 0)
    assert poor.reader == "c"
    assert poor.sensitivity.ci95 is not None
    assert poor.sensitivity.ci95[0] < 0.6 < poor.sensitivity.ci95[1]
    assert 250 < poor.sensitivity.n < 350


def test_who_read_alone_or_where_nobody_marked_is_undefined() -> None:
    marks = np.array([[[1.0], [np.nan]], [[np.nan], [0.0]]])
    lonely, other = reader_accuracy(marks, "ab", ["p", "q"], 1)
    assert lonely.sensitivity == Statistic(None, None, 0, NEVER_PRESENT)
    assert other.specificity == Statistic(None, None, 0, NEVER_ABSENT)
    nobody = reader_accuracy(np.zeros((9, 2, 1)), "ab", [str(i) for i in range(9)], 1)
    assert {one.specificity.undefined for one in nobody} == {NEVER_ABSENT}


def test_order_of_studies_does_not_matter() -> None:
    marks, names = simulated(120), [f"p{i}" for i in range(120)]
    order = np.random.default_rng(0).permutation(120)
    mixed = reader_accuracy(marks[order], "abcdef", [names[i] for i in order], 1)
    for one, other in zip(reader_accuracy(marks, "abcdef", names, 1), mixed, strict=True):
        assert one.sensitivity.value == pytest.approx(other.sensitivity.value, abs=1e-9)
        assert one.sensitivity.ci95 == pytest.approx(other.sensitivity.ci95, abs=1e-9)


def test_standard_error_is_the_bootstraps_on_many_studies() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, (900, 1))
    counts = count_table(np.where(rng.random((900, 3)) < 0.85, truth, 1 - truth), 2)
    drawn = gwet(counts, resample([str(i) for i in range(900)], 1)).ci95
    error = gwet_error(counts)
    assert drawn is not None
    assert error is not None
    assert drawn[1] - drawn[0] == pytest.approx(2 * 1.96 * error, rel=0.06)


def test_no_error_where_there_is_nothing_to_err_about() -> None:
    alike, lone = count_table(np.zeros((5, 2)), 2), count_table(np.array([[0, np.nan], [1, np.nan]]), 2)
    assert (gwet_error(lone), fleiss_error(lone), gwet_error(count_table([[0, 1]], 2))) == (None, None, None)
    assert (fleiss_error(alike), cohen_error(np.zeros((5, 2)), 2), cohen_error(np.zeros((0, 2)), 2)) == (None,) * 3
    whole = Statistic(1.0, None, 5)
    assert with_error(whole, 0.0) == whole
    assert with_error(Statistic(0.9, None, 5), 0.2).ci95 == (pytest.approx(0.508, abs=1e-3), 1.0)


def test_every_figure_of_a_pair_has_its_interval() -> None:
    rng = np.random.default_rng(2)
    first = rng.integers(0, 3, 30)
    second = np.where(rng.random(30) < 0.7, first, rng.integers(0, 3, 30))
    (pair,) = reader_pairs(np.column_stack([first, second]), ["a", "b"], 3)
    for figure in (pair.raw_agreement, pair.cohen_kappa, pair.gwet_ac1):
        assert figure.ci95 is not None
        assert figure.ci95[0] < (figure.value or 0) < figure.ci95[1]
        assert figure.n == 30
    (none,) = reader_pairs(np.array([[0, -1], [-1, 1]]), ["a", "b"], 2)
    assert none.raw_agreement == Statistic(None, None, 0, NO_PAIR)
