"""Scores against known answers, and what is undefined."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_extract.findings import Status
from llm_extract.trust.intervals import wilson
from llm_extract.trust.scoring import Counting, compare, score

P, A, U = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN
STRICT, LENIENT = Counting(resamples=200), Counting(lenient=True, resamples=200)


def test_wilson_known_answer():
    # Newcombe 1998, table I: 81 of 263 gives .2553 to .3662.
    share = wilson(81, 263)
    assert share.ci95 == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 10).ci95[0] == 0.0
    assert wilson(0, 0).undefined
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


def test_counts_and_figures_of_one_label():
    gold = {"a": {"x": P}, "b": {"x": P}, "c": {"x": A}, "d": {"x": A}, "e": {"x": P}}
    said = {"a": {"x": P}, "b": {}, "c": {"x": P}, "d": {"x": A}, "e": {"x": P}}
    (label,) = score(gold, said, ["x"], STRICT).labels
    assert (label.tp, label.fp, label.fn, label.tn) == (2, 1, 1, 1)
    assert label.positives == 3
    assert label.precision.value == pytest.approx(2 / 3)
    assert label.recall.value == pytest.approx(2 / 3)
    assert label.specificity.value == 0.5
    assert label.f1.value == pytest.approx(2 / 3)


def test_label_without_positives_is_undefined_never_zero():
    scores = score({"a": {"x": A, "y": P}}, {"a": {"x": P, "y": P}}, ["x", "y"], STRICT)
    assert scores.labels[0].f1.value is None
    assert scores.labels[0].f1.undefined == "no study of the gold set has the label"
    assert scores.labels[0].recall.value is None
    assert scores.labels[1].specificity.value is None
    assert scores.macro_f1.value == 1.0  # over the one label that has positives
    assert scores.macro_f1.n == 1


def test_nothing_suggested_has_no_precision_but_a_recall_of_zero():
    (label,) = score({"a": {"x": P}, "b": {"x": A}}, {"a": {}, "b": {}}, ["x"], STRICT).labels
    assert label.precision.value is None
    assert label.recall.value == 0.0
    assert label.f1.value == 0.0


def test_unclear_gold_is_absent_when_strict_and_left_out_when_lenient():
    gold, said = {"a": {"x": U}, "b": {"x": P}}, {"a": {"x": P}, "b": {"x": P}}
    assert score(gold, said, ["x"], STRICT).labels[0].fp == 1
    lenient = score(gold, said, ["x"], LENIENT)
    assert lenient.labels[0].fp == 0
    assert lenient.exact_set.value == 1.0


def test_uncertain_suggestion_counts_as_the_caller_says():
    gold, said = {"a": {"x": P}}, {"a": {"x": U}}
    assert score(gold, said, ["x"], STRICT).labels[0].tp == 1
    assert score(gold, said, ["x"], Counting(uncertain_as_present=False)).labels[0].fn == 1


def test_cell_that_nobody_judged_is_left_out_and_unread_study_is_counted():
    gold = {"a": {"x": P}, "b": {}, "c": {"x": P}}
    scores = score(gold, {"a": {"x": P}, "b": {"x": P}}, ["x"], STRICT)
    assert scores.labels[0].fp == 0
    assert scores.unread == 1
    assert scores.n_studies == 2
    assert scores.exact_set.n == 1  # study b was not judged at all


def test_micro_and_macro_differ_as_they_should():
    gold = {n: {"x": P if n < 8 else A, "y": P if n == 9 else A} for n in range(10)}
    said = {n: {"x": P if n < 8 else A, "y": A} for n in range(10)}
    scores = score(gold, said, ["x", "y"], STRICT)
    assert scores.micro_f1.value == pytest.approx(16 / 17)
    assert scores.macro_f1.value == pytest.approx(0.5)
    assert scores.exact_set.value == pytest.approx(0.9)


def test_bootstrap_interval_is_seeded_and_near_the_known_spread():
    rng = np.random.default_rng(1)
    gold = {n: {"x": P if rng.random() < 0.5 else A} for n in range(400)}
    said = {n: {"x": gold[n]["x"] if rng.random() < 0.8 else (A if gold[n]["x"] is P else P)} for n in gold}
    first, again = (score(gold, said, ["x"], Counting(resamples=500, seed=3)).micro_f1 for _ in range(2))
    assert first == again
    assert first.ci95[0] < first.value < first.ci95[1]
    assert 0.04 < first.ci95[1] - first.ci95[0] < 0.14
    assert score(gold, said, ["x"], Counting(resamples=500, seed=4)).micro_f1.ci95 != first.ci95


def test_one_study_has_a_value_and_no_interval():
    assert score({"a": {"x": P}}, {"a": {"x": P}}, ["x"], STRICT).micro_f1.ci95 is None


def test_mcnemar_known_answer():
    # 1 against 9 discordant: two-sided exact p = 2 * (1 + 10) / 1024.
    gold = {n: {"x": P} for n in range(12)}
    first = {n: {"x": A if n == 0 else P} for n in gold}
    second = {n: {"x": A if 1 <= n <= 9 else P} for n in gold}
    one = compare(gold, first, second, ["x"], STRICT)
    assert (one.labels[0].only_first, one.labels[0].only_second) == (9, 1)
    assert one.labels[0].p_value == pytest.approx(22 / 1024)
    assert one.difference.value > 0
    assert one.difference.ci95[0] > 0


def test_backends_that_agree_have_no_p_value_and_no_difference():
    gold = {n: {"x": P if n % 2 else A} for n in range(20)}
    one = compare(gold, gold, gold, ["x"], STRICT)
    assert one.labels[0].p_value is None
    assert one.difference.value == 0.0
    low, high = one.difference.ci95
    assert -0.5 < low < 0 < high < 0.5


def test_comparison_leaves_out_what_only_one_has_read():
    gold = {"a": {"x": P}, "b": {"x": P}}
    assert compare(gold, gold, {"a": {"x": P}}, ["x"], STRICT).n_studies == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([P, A, U]), st.sampled_from([P, A, U, None])), min_size=1, max_size=25))
def test_counts_add_up_and_lenient_never_counts_more(cells):
    gold = {n: {"x": truth} for n, (truth, _) in enumerate(cells)}
    said = {n: {"x": value} if value else {} for n, (_, value) in enumerate(cells)}
    strict, lenient = (
        score(gold, said, ["x"], Counting(lenient=flag, resamples=10)).labels[0] for flag in (False, True)
    )
    assert strict.tp + strict.fp + strict.fn + strict.tn == len(cells)
    assert lenient.tp == strict.tp
    assert lenient.fp <= strict.fp


def test_a_small_gold_set_without_an_error_is_not_certain_of_it():
    gold = {n: {"x": P if n < 4 else A, "y": P if n > 6 else A} for n in range(8)}
    scores = score(gold, gold, ["x", "y", "z"], STRICT)
    for figure in (scores.labels[0].f1, scores.micro_f1, scores.macro_f1):
        low, high = figure.ci95
        assert figure.value == high == 1.0
        assert low < 0.8
    assert scores.labels[1].f1.ci95[0] < scores.labels[0].f1.ci95[0]
    assert scores.labels[2].f1.value is None


def test_the_more_studies_the_closer_is_one_without_an_error():
    lows = []
    for n in (4, 40, 400):
        gold = {study: {"x": P if study % 2 else A} for study in range(n)}
        lows.append(score(gold, gold, ["x"], STRICT).micro_f1.ci95[0])
    assert lows == sorted(lows)
    assert lows[-1] > 0.97
