"""Selecting the studies of a release: rare labels and several findings first, normal studies kept."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.selection import TooFewEligible, select, select_to_split
from consensus.split import SplitImpossible, split
from sampling.design import SampleCandidate
from sampling.planning import shortage

LABELS = {"effusion": 0.3, "nodule": 0.2, "cardiomegaly": 0.25, "pneumothorax": 0.04}


def eligible(n: int, seed: int = 1) -> list[SampleCandidate]:
    rng = Random(seed)
    return [
        SampleCandidate(
            key=f"study-{i}",
            patient=f"patient-{i // 2}",
            site=rng.choice(["north", "south"]),
            labels=frozenset(label for label, share in LABELS.items() if rng.random() < share),
            sex=rng.choice("FM"),
            difficulty=rng.random(),
        )
        for i in range(n)
    ]


def test_exactly_the_size_is_selected_proven_best_and_in_any_row_order() -> None:
    studies = eligible(120)
    mixed = Random(4).sample(studies, len(studies))
    chosen = select(studies, 60, 3)
    assert len({pick.key for pick in chosen.picks}) == 60
    assert chosen.is_proven
    assert select(mixed, 60, 3) == chosen


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 999), n=st.integers(10, 60), share=st.floats(0.1, 1), order=st.randoms(use_true_random=False)
)
def test_the_size_is_exact_and_row_order_never_matters(seed: int, n: int, share: float, order: Random) -> None:
    studies, size = eligible(n, seed), max(1, int(share * n))
    chosen = select(studies, size, seed)
    keys = [pick.key for pick in chosen.picks]
    assert len(set(keys)) == len(keys) == size
    assert set(keys) <= {study.key for study in studies}
    assert select(order.sample(studies, n), size, seed) == chosen


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 999), size=st.integers(1, 40))
def test_a_label_is_short_only_where_the_eligible_or_the_size_are(seed: int, size: int) -> None:
    studies = eligible(40, seed)
    chosen = select(studies, size, seed)
    assert chosen.cost >= chosen.lower_bound - 1e-6
    for row in chosen.buckets:
        assert row.have <= min(row.pool, size)
        if row.group == "label":
            assert row.target <= row.pool


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 999))
def test_selection_and_split_never_put_a_patient_on_two_sides(seed: int) -> None:
    studies = {study.key: study for study in eligible(40, seed)}
    chosen = [studies[pick.key] for pick in select(list(studies.values()), 24, seed).picks]
    found = split(chosen, 12, 12, f"secret {seed}")
    assert not {studies[key].patient for key in found.released} & {studies[key].patient for key in found.holdout}
    assert {*found.released, *found.holdout} == {study.key for study in chosen}


def test_rare_labels_are_taken_whole_and_multiple_findings_preferred() -> None:
    studies = eligible(160)
    labels = {study.key: study.labels for study in studies}
    chosen = [labels[pick.key] for pick in select(studies, 50).picks]
    there = Counter(label for study in studies for label in study.labels)
    have = Counter(label for found in chosen for label in found)
    assert have["pneumothorax"] == min(8, there["pneumothorax"])
    assert sum(len(found) >= 2 for found in chosen) / 50 > sum(len(s.labels) >= 2 for s in studies) / 160


def test_normal_studies_are_kept() -> None:
    studies = eligible(160)
    normal = {study.key for study in studies if not study.labels}
    assert sum(pick.key in normal for pick in select(studies, 50).picks) >= 4


def test_several_studies_of_one_patient_may_be_selected() -> None:
    studies = eligible(20)
    owner = {study.key: study.patient for study in studies}
    picks = select(studies, 20).picks
    assert len({owner[pick.key] for pick in picks}) == 10


def test_every_pick_says_why() -> None:
    assert all(pick.reasons for pick in select(eligible(40), 20).picks)


def test_a_label_that_no_eligible_study_has_is_short_of_all_and_one_site_is_no_obstacle() -> None:
    studies = [replace(study, site="only") for study in eligible(40)]
    chosen = select(studies, 20, label_names={"hernia": "hernia"})
    row = next(row for row in chosen.buckets if row.name == "hernia")
    assert (row.have, row.wanted, len(chosen.picks)) == (0, 3, 20)
    assert shortage(row) == "hernia: 0 of 3; no study of the pool has it."


def test_a_patient_with_most_of_the_eligible_fills_a_selection_and_may_make_it_unsplittable() -> None:
    studies = [replace(study, patient="big") if i < 25 else study for i, study in enumerate(eligible(30))]
    chosen = [study for study in studies if study.key in {pick.key for pick in select(studies, 28).picks}]
    with pytest.raises(SplitImpossible, match=r"up to 2[0-9] each"):
        split(chosen, 14, 14, "s")


def test_a_selection_is_changed_where_its_patients_cannot_be_kept_whole() -> None:
    studies = [replace(study, patient="ab"[i % 2], labels=frozenset()) for i, study in enumerate(eligible(30))]
    draw = select_to_split(studies, 10, 10)
    chosen = [study for study in studies if study.key in {pick.key for pick in draw.picks}]
    assert Counter(study.patient for study in chosen) == {"a": 10, "b": 10}
    assert not draw.is_proven
    assert len(split(chosen, 10, 10, "s").released) == 10


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 500), released=st.integers(1, 9), holdout=st.integers(1, 9))
def test_what_can_be_split_at_all_is_selected_so(seed: int, released: int, holdout: int) -> None:
    rng = Random(seed)
    sizes = [rng.randint(1, 6) for _ in range(8)]
    owners = [f"p{number}" for number, size in enumerate(sizes) for _ in range(size)]
    studies = [replace(s, patient=owner) for s, owner in zip(eligible(len(owners), seed), owners, strict=True)]
    if len(studies) < released + holdout:
        return
    best = select(studies, released + holdout, seed)
    draw = select_to_split(studies, released, holdout, seed)
    chosen = [study for study in studies if study.key in {pick.key for pick in draw.picks}]
    is_possible = any(
        sum(sizes[p] for p in range(8) if side >> p & 1) >= released
        and sum(sizes[p] for p in range(8) if not side >> p & 1) >= holdout
        for side in range(256)
    )
    assert len(chosen) == released + holdout
    if is_possible:
        made = split(chosen, released, holdout, "s")
        assert (len(made.released), len(made.holdout)) == (released, holdout)
    assert draw == best or not draw.is_proven


def test_too_few_eligible_studies_names_the_numbers_and_the_next_step() -> None:
    with pytest.raises(
        TooFewEligible, match=r"needs 200 eligible studies, but consensus has accepted 30, 170 short; adjudicate"
    ):
        select(eligible(30), 200)


def test_none_eligible_is_refused_in_the_same_words() -> None:
    with pytest.raises(TooFewEligible, match=r"accepted 0, 10 short; .*; no release is possible before that"):
        select([], 10)
