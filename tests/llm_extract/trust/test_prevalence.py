"""Prevalence and co-occurrence against tables worked by hand."""

import pytest

from llm_extract.findings import Status
from llm_extract.trust.prevalence import co_occurrence, prevalence

P, A, U = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN
STUDIES = [{"x": P, "y": P}, {"x": P, "y": U}, {"x": P}, {"y": P}, {"x": A}, {}, {}, {}]


def test_prevalence_counts_uncertain_as_asked():
    x, y, z = prevalence(STUDIES, ["x", "y", "z"])
    assert (x.share.count, x.share.n, x.present, x.uncertain) == (3, 8, 3, 0)
    assert (y.share.count, y.uncertain) == (3, 1)
    assert z.share.value == 0.0
    assert prevalence(STUDIES, ["y"], uncertain_as_present=False)[0].share.count == 2


def test_no_studies_is_undefined():
    assert prevalence([], ["x"])[0].share.undefined == "no study has suggestions"


def test_lift_and_phi_by_hand():
    (pair,) = co_occurrence(STUDIES, ["x", "y"])
    assert (pair.both, pair.only_first, pair.only_second, pair.neither, pair.n) == (2, 1, 1, 4, 8)
    assert pair.expected == pytest.approx(9 / 8)
    assert pair.lift == pytest.approx(16 / 9)
    assert pair.phi == pytest.approx((2 * 4 - 1 * 1) / 15)


def test_pair_with_a_label_in_no_study_or_every_study_says_why():
    assert co_occurrence(STUDIES, ["x", "z"])[0].undefined == "z is in no study"
    everywhere = co_occurrence([{"x": P, "y": P}, {"x": P}], ["x", "y"])[0]
    assert everywhere.lift == 1.0
    assert everywhere.phi is None
    assert everywhere.undefined == "x is in every study"


def test_every_pair_comes_once():
    assert [(one.first, one.second) for one in co_occurrence(STUDIES, ["x", "y", "z"])] == [
        ("x", "y"),
        ("x", "z"),
        ("y", "z"),
    ]
