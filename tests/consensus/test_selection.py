"""Selecting the studies of a release: rare labels and several findings first, normal studies kept."""

from collections import Counter
from random import Random

import pytest

from consensus.selection import TooFewEligible, select
from sampling.design import SampleCandidate

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


def test_too_few_eligible_studies_names_the_numbers_and_the_next_step() -> None:
    with pytest.raises(TooFewEligible, match=r"needs 200 eligible studies, but consensus has accepted 30; adjudicate"):
        select(eligible(30), 200)


def test_none_eligible_is_refused_in_the_same_words() -> None:
    with pytest.raises(TooFewEligible, match="has accepted 0"):
        select([], 10)
