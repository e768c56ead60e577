"""Agreement statistics: what they do with too little, whatever the order, and how wide their intervals are."""

import csv
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.agreement import (
    EVERYBODY,
    NO_PAIR,
    NO_READ,
    NOBODY,
    ONE_ANSWER,
    Statistic,
    brennan_prediger,
    cohen_kappa,
    count_table,
    fleiss_kappa,
    gwet,
    krippendorff_alpha,
    positive_agreement,
    prevalence,
    raw_agreement,
    resample,
)
from consensus.agreement_table import label_agreement, reader_pairs, verdict_agreement
from tests.consensus.ratings import NAN, from_square, near

REAL_READS = Path(__file__).parents[3] / "shared/data/readers_nih_google/derived_votes_810x3.csv"


def test_positive_agreement_of_two_readers_is_the_textbook_one() -> None:
    counts = count_table(from_square([[40, 9], [6, 45]]), 2)
    near(positive_agreement(counts), 2 * 45 / (2 * 45 + 9 + 6))
    near(prevalence(counts), (2 * 45 + 9 + 6) / 200)


def test_positive_agreement_of_three_readers_by_hand() -> None:
    counts = np.array([[0, 3], [1, 2], [2, 1], [3, 0]])
    near(positive_agreement(counts), (6 + 2 + 0) / (6 + 4 + 2))


MARKED_BY_NOBODY = np.zeros((20, 3))
MARKED_BY_ALL = np.ones((20, 3))
ONE_READ_EACH = np.column_stack([np.tile([0.0, 1.0], 10), np.full(20, NAN)])
corrected = [krippendorff_alpha, fleiss_kappa, gwet, brennan_prediger]


@pytest.mark.parametrize("figure", [*corrected, positive_agreement])
def test_label_nobody_marked_is_undefined_and_says_so(figure) -> None:  # type: ignore[no-untyped-def]
    found = figure(count_table(MARKED_BY_NOBODY, 2), resample([str(i) for i in range(20)], 1))
    assert found == Statistic(None, None, 20, NOBODY)


@pytest.mark.parametrize("figure", corrected)
def test_label_every_read_marked_is_undefined_and_says_so(figure) -> None:  # type: ignore[no-untyped-def]
    assert figure(count_table(MARKED_BY_ALL, 2)) == Statistic(None, None, 20, EVERYBODY)


@pytest.mark.parametrize("figure", [*corrected, positive_agreement, raw_agreement])
def test_no_study_with_two_reads_is_undefined_and_says_so(figure) -> None:  # type: ignore[no-untyped-def]
    assert figure(count_table(ONE_READ_EACH, 2)) == Statistic(None, None, 0, NO_PAIR)


def test_prevalence_needs_one_read_only_and_zero_is_a_fact() -> None:
    near(prevalence(count_table(ONE_READ_EACH, 2)), 0.5)
    near(prevalence(count_table(MARKED_BY_NOBODY, 2)), 0.0)
    assert prevalence(count_table(np.full((3, 2), NAN), 2)) == Statistic(None, None, 0, NO_READ)


def test_one_verdict_throughout_is_undefined_but_raw_agreement_is_whole() -> None:
    table = count_table(np.full((5, 3), 2), 3)
    assert fleiss_kappa(table).undefined == ONE_ANSWER
    assert raw_agreement(table).value == 1.0


def test_two_raters_with_one_answer_have_no_kappa() -> None:
    assert cohen_kappa(np.zeros((4, 2)), 2).undefined == NOBODY
    assert cohen_kappa(np.array([[0, -1], [-1, 1]]), 2).undefined == NO_PAIR


def test_one_mark_among_sixty_reads_gives_the_known_contrast_and_no_interval() -> None:
    marks = np.zeros((30, 2))
    marks[0, 0] = 1
    table, resamples = count_table(marks, 2), resample([str(i) for i in range(30)], 1)
    assert krippendorff_alpha(table).value == pytest.approx(0.0, abs=1e-9)
    assert fleiss_kappa(table).value == pytest.approx(-0.017, abs=5e-4)
    assert gwet(table).value == pytest.approx(0.966, abs=5e-4)
    assert krippendorff_alpha(table, resamples).ci95 is None


table_of_marks = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 2.0, NAN]), min_size=3, max_size=3), min_size=2, max_size=25
)


@given(rows=table_of_marks, order=st.randoms())
def test_neither_order_of_units_nor_of_raters_matters(rows: list[list[float]], order) -> None:  # type: ignore[no-untyped-def]
    mixed = [order.sample(row, len(row)) for row in rows]
    order.shuffle(mixed)
    for figure in (krippendorff_alpha, fleiss_kappa, gwet, brennan_prediger, raw_agreement):
        one, other = figure(count_table(rows, 3)), figure(count_table(mixed, 3))
        assert (one.n, one.undefined) == (other.n, other.undefined)
        assert one.value is None or one.value == pytest.approx(other.value, abs=1e-9)


@given(rows=table_of_marks)
def test_no_figure_is_ever_nan_or_above_one(rows: list[list[float]]) -> None:
    table = count_table(rows, 3)
    for figure in (krippendorff_alpha, fleiss_kappa, gwet, brennan_prediger, raw_agreement):
        found = figure(table)
        assert (found.value is None) == (found.undefined is not None)
        assert found.value is None or (np.isfinite(found.value) and found.value <= 1 + 1e-9)


@given(rows=st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=3, max_size=3), min_size=2, max_size=20))
def test_alpha_and_fleiss_agree_but_for_the_small_sample_term(rows: list[list[float]]) -> None:
    table = count_table(rows, 2)
    alpha, kappa = krippendorff_alpha(table).value, fleiss_kappa(table).value
    if alpha is not None and kappa is not None:
        assert 1 - alpha == pytest.approx((1 - kappa) * (1 - 1 / table.sum()), abs=1e-9)


def test_perfect_agreement_is_one_everywhere() -> None:
    table = count_table(np.tile([[0.0], [1.0], [2.0]], (4, 3)), 3)
    for figure in (krippendorff_alpha, fleiss_kappa, gwet, brennan_prediger, raw_agreement):
        assert figure(table).value == pytest.approx(1.0)


def test_ac2_with_identity_weights_is_ac1_and_quadratic_forgives_near_misses() -> None:
    near_miss = count_table(np.array([[0, 1], [1, 2], [2, 2], [0, 0]]), 3)
    plain, forgiving = gwet(near_miss).value, gwet(near_miss, weighting="quadratic").value
    assert plain is not None
    assert forgiving is not None
    assert plain < forgiving


def test_interval_covers_the_figure_narrows_with_data_and_is_fixed_by_the_seed() -> None:
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, (800, 1))
    marks = np.where(rng.random((800, 3)) < 0.85, truth, 1 - truth)
    names = [f"p{i}" for i in range(800)]
    few = gwet(count_table(marks[:80], 2), resample(names[:80], 1))
    many = gwet(count_table(marks, 2), resample(names, 1))
    assert few.ci95 is not None
    assert many.ci95 is not None
    assert many.ci95[0] < (many.value or 0) < many.ci95[1]
    assert (few.ci95[1] - few.ci95[0]) > 2 * (many.ci95[1] - many.ci95[0])
    assert gwet(count_table(marks, 2), resample(names, 1)) == many
    assert gwet(count_table(marks, 2), resample(names, 2)).ci95 != many.ci95


def test_patients_are_drawn_whole() -> None:
    weights = resample(["a", "b", "a", "b", "c"], 3, 50).weights
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, 1] == weights[:, 3]).all()
    assert ((weights[:, 0] + weights[:, 1] + weights[:, 4]) == 3).all()


def test_clusters_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    marks = np.repeat(rng.integers(0, 2, (40, 3)), 10, axis=0)
    apart = gwet(count_table(marks, 2), resample([f"p{i}" for i in range(400)], 1)).ci95
    whole = gwet(count_table(marks, 2), resample([f"p{i // 10}" for i in range(400)], 1)).ci95
    assert apart is not None
    assert whole is not None
    assert whole[1] - whole[0] > 2 * (apart[1] - apart[0])


@pytest.mark.parametrize("patients", [["one"] * 4, []])
def test_one_patient_gives_no_interval(patients: list[str]) -> None:
    table = count_table(np.array([[0, 0], [1, 1], [0, 1], [1, 0]])[: max(4, len(patients))], 2)
    assert raw_agreement(table, resample(patients, 1)).ci95 is None


@pytest.mark.parametrize(
    ("ratings", "words"), [([[0.5, 1]], "not a whole number"), ([[0, 4]], "rating of 4 is not among")]
)
def test_ratings_that_are_no_categories_are_refused(ratings: list[list[float]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        count_table(ratings, 3)


def test_missing_may_be_nan_or_minus_one() -> None:
    assert (count_table([[0, -1, 1]], 2) == count_table([[0, NAN, 1]], 2)).all()


def test_reader_pairs_use_the_studies_both_have_read() -> None:
    ratings = np.array([[0, 0, -1], [1, 1, 1], [0, 1, -1], [1, 1, 0]])
    ab, ac, bc = reader_pairs(ratings, ["a", "b", "c"], 2)
    assert (ab.first, ab.second, ab.n, ab.raw_agreement.value) == ("a", "b", 4, 0.75)
    assert (ac.n, bc.n) == (2, 2)
    assert ac.cohen_kappa.value == pytest.approx(0.0)


def test_readers_who_share_nothing_are_listed_as_such() -> None:
    (pair,) = reader_pairs(np.array([[0, -1], [-1, 1]]), ["a", "b"], 2)
    assert (pair.n, pair.raw_agreement.undefined, pair.cohen_kappa.undefined) == (0, NO_PAIR, NO_PAIR)


def test_verdict_table_counts_and_orders_the_levels() -> None:
    found = verdict_agreement(np.array([[2, 2, 1], [0, -1, 1], [2, 1, 2]]), ["a", "b", "c"], 1)
    assert found.counts == {"disagree": 1, "agree_mostly": 3, "agree_all": 4}
    assert found.gwet_ac2_quadratic.value != found.gwet_ac1.value
    assert found.raw_agreement.n == 3


def test_prevalence_and_positive_agreement_of_the_verdict_are_those_of_agree_all() -> None:
    found = verdict_agreement(np.array([[2, 2, 1], [0, -1, 1], [2, 1, 2]]), ["a", "b", "c"], 1)
    assert found.prevalence.value == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)
    assert found.positive_agreement.value == pytest.approx(0.5)  # of two reads beside an Agree all, one is as well
    none = verdict_agreement(np.array([[0, 0], [1, 1]]), ["a", "b"], 1)
    assert none.positive_agreement.undefined == "nobody gave Agree all"


def test_label_table_has_every_label_and_is_quick_at_the_size_of_a_real_round() -> None:
    rng = np.random.default_rng(2)
    marks = (rng.random((810, 3, 14)) < 0.1).astype(float)
    marks[:, :, 13] = 0
    start = time.process_time()
    found = label_agreement(marks, [f"label-{i}" for i in range(14)], [f"p{i // 2}" for i in range(810)], 1)
    assert time.process_time() - start < 10
    assert list(found) == [f"label-{i}" for i in range(14)]
    assert found["label-0"].krippendorff_alpha.ci95 is not None
    assert found["label-13"].gwet_ac1.undefined == NOBODY


@pytest.mark.shared_data
@pytest.mark.skipif(not REAL_READS.exists(), reason="needs ../shared/data")
def test_real_reads_have_all_figures_with_intervals() -> None:
    codes = {"disagree": 0, "agree_mostly": 1, "agree_all": 2}
    films: dict[str, list[int]] = {}
    patients: dict[str, str] = {}
    with REAL_READS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            films.setdefault(row["image_id"], []).append(codes[row["vote"]])
            patients[row["image_id"]] = row["patient_id"]
    found = verdict_agreement(list(films.values()), [patients[film] for film in films], 1)
    assert found.krippendorff_alpha_ordinal.n == 810
    assert found.krippendorff_alpha_ordinal.ci95 is not None
    assert found.counts["agree_all"] + found.counts["agree_mostly"] + found.counts["disagree"] == 2430


def test_where_nobody_differs_the_interval_is_how_much_disagreement_there_may_be_all_the_same() -> None:
    marks = np.array([[1, 1, 1]] * 6 + [[0, 0, 0]] * 14)
    found = label_agreement(marks[:, :, None], ["a"], [f"p{i}" for i in range(20)], 1)["a"]
    least = 20 / (20 + 1.959963984540054**2)  # Wilson's lower end for 20 of 20
    assert found.raw_agreement.ci95 == (pytest.approx(least), 1.0)
    chance = 2 * 0.3 * 0.7
    assert found.gwet_ac1.ci95 == (pytest.approx((least - chance) / (1 - chance)), 1.0)
    assert found.fleiss_kappa.ci95 == (pytest.approx((least - (1 - chance)) / chance), 1.0)
    assert found.krippendorff_alpha.ci95 == (pytest.approx(1 - (1 - least) / (18 * 42 * 2 / (60 * 59))), 1.0)
    assert found.positive_agreement.ci95 == (pytest.approx(6 / (6 + 1.959963984540054**2)), 1.0)


def test_a_label_that_nobody_marked_has_an_upper_bound_of_its_prevalence() -> None:
    found = label_agreement(np.zeros((20, 3, 1)), ["a"], [f"p{i}" for i in range(20)], 1)["a"]
    assert found.prevalence.ci95 == (0.0, pytest.approx(0.1611, abs=1e-4))
    assert found.gwet_ac1.undefined == "nobody marked it"
