"""Known answers and properties of the bias figures."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.agreement import mean_of, resample, share_of, wilson
from consensus.bias import (
    ADDED,
    ALWAYS_SUGGESTED,
    NEVER_SUGGESTED,
    NO_BOTH_WAYS,
    NO_PLANTED,
    REMOVED,
    PairedStudy,
    PlantedRead,
    catch_rates,
    label_edits,
    label_shifts,
)
from consensus.outcomes import ReadVerdict, StudyReads
from core.intervals import newcombe_interval

F = frozenset


def planted(study, reader, kind, labels, others=(0, 3)):
    return PlantedRead(study, reader, "nodule", kind, "agree_all", F(labels), *others)


READS = [
    planted("s1", "ada", ADDED, []),  # struck: caught
    planted("s2", "ada", ADDED, ["nodule"]),  # kept: missed
    planted("s3", "bert", REMOVED, ["nodule"], (3, 3)),  # put back: caught
    planted("s4", "bert", REMOVED, [], (0, 3)),  # missed, and the others say it was none
]


def test_wilson_known_answer():
    # Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662; 0 of 20 is 0 to 0.1611.
    assert wilson(81, 263).ci95 == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20).ci95 == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29).ci95 == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(0, 0).undefined == "nobody has read a study"


def test_planted_errors_caught_and_missed():
    rates = catch_rates(READS)
    assert (rates.overall.value, rates.overall.n) == (0.5, 4)
    assert rates.by_kind[ADDED].n == rates.by_kind[REMOVED].n == 2
    assert [(name, one.value) for name, one in rates.by_reader.items()] == [("ada", 0.5), ("bert", 0.5)]
    assert [read.study for read in rates.missed] == ["s2", "s4"]
    # The removal of s4 is taken for right by the other readers, so it is no confirmed error.
    assert (rates.confirmed.value, rates.confirmed.n) == (pytest.approx(2 / 3), 3)


def test_nothing_planted_is_undefined_with_the_reason():
    rates = catch_rates([])
    assert rates.overall.value is None
    assert rates.overall.undefined == NO_PLANTED


def test_others_tied_or_absent_say_nothing():
    assert planted("s", "a", ADDED, [], (0, 0)).others_say_error is None
    assert planted("s", "a", ADDED, [], (1, 2)).others_say_error is None
    assert planted("s", "a", ADDED, [], (2, 3)).others_say_error is False


@given(st.permutations(READS))
def test_order_of_reads_does_not_matter(reads):
    assert catch_rates(reads) == catch_rates(READS)


STUDIES = [
    PairedStudy("p1", (F({"a"}), F({"a"})), (F({"a"}),)),  # 1 and 1
    PairedStudy("p2", (F({"a"}), F()), (F(),)),  # 1/2 and 0
    PairedStudy("p3", (F({"a", "b"}),), (F(), F({"a"}))),  # 1 and 1/2
    PairedStudy("p4", (F({"b"}),), ()),  # read one way only: left out
]


def test_difference_with_and_without_suggestions():
    shifts = label_shifts(STUDIES, ["a", "b", "c"], 1)
    assert shifts["a"].shown.value == pytest.approx(2.5 / 3)
    assert shifts["a"].scratch.value == pytest.approx(1.5 / 3)
    assert shifts["a"].difference.value == pytest.approx(1 / 3)
    assert shifts["a"].difference.n == 3
    assert shifts["b"].difference.value == pytest.approx(1 / 3)
    low, high = shifts["a"].difference.ci95
    assert 0 <= low < 1 / 3 < high <= 0.5
    # Nobody marked c, in any study: the share has Wilson's interval, the difference Newcombe's.
    assert shifts["c"].shown.ci95 == wilson(0, 3).ci95
    assert (shifts["c"].difference.value, shifts["c"].difference.ci95) == (0.0, newcombe_interval(0, 0, 0, 3))


@given(st.permutations(STUDIES))
def test_order_of_studies_does_not_matter(studies):
    assert label_shifts(studies, ["a", "b"], 1) == label_shifts(STUDIES, ["a", "b"], 1)


def test_no_study_read_both_ways_is_undefined():
    assert label_shifts(STUDIES[3:], ["a"], 1)["a"].difference.undefined == NO_BOTH_WAYS


def test_labels_added_and_struck():
    studies = [
        (
            "p1",
            StudyReads(
                F({"a"}),
                (
                    ReadVerdict("ada", "agree_mostly", added=F({"b"})),
                    ReadVerdict("bert", "agree_mostly", struck=F({"a"})),
                    ReadVerdict("cleo", "disagree"),  # names nothing: no vote
                ),
                3,
            ),
        ),
        ("p2", StudyReads(F({"a"}), (ReadVerdict("ada", "agree_all"), ReadVerdict("bert", "agree_all")), 3)),
    ]
    edits = label_edits(studies, ["a", "b"], 1)
    assert (edits["a"].n_struck, edits["a"].n_suggested, edits["a"].struck.value) == (1, 4, 0.25)
    assert edits["a"].added.undefined == ALWAYS_SUGGESTED
    assert (edits["b"].n_added, edits["b"].n_not_suggested, edits["b"].added.n) == (1, 4, 2)
    assert edits["b"].struck.undefined == NEVER_SUGGESTED
    assert label_edits(studies[::-1], ["a", "b"], 1) == edits


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=20))
def test_a_share_lies_in_its_interval(pairs):
    parts = [min(pair) for pair in pairs]
    wholes = [max(pair) for pair in pairs]
    share = share_of(parts, wholes, resample([str(place) for place in range(len(pairs))], 1))
    if share.value is None:
        assert sum(wholes) == 0
    elif share.ci95:
        assert -1e-9 <= share.ci95[0] <= share.ci95[1] <= 1 + 1e-9


def test_mean_leaves_out_what_is_missing():
    values = [1.0, float("nan"), 0.0]
    assert mean_of(values, resample(["a", "b", "c"], 1)).value == 0.5
    assert mean_of([float("nan")], resample(["a"], 1), "why").undefined == "why"


@pytest.mark.parametrize("n", [8, 25, 100])
def test_what_was_seen_once_is_no_better_known_than_what_never_was(n):
    resamples = resample([str(place) for place in range(n)], 1)
    edges = [share_of([1.0] * seen + [0.0] * (n - seen), [3.0] * n, resamples).ci95 for seen in range(5)]
    assert all(low[1] < high[1] for low, high in pairwise(edges))
    assert all(low <= seen / (3 * n) <= high for seen, (low, high) in enumerate(edges))
