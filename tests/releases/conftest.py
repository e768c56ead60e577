"""A round whose outcomes are known by heart."""

import pytest
from django.utils import timezone

from labeling.actions.reads import record_read
from labeling.models import Slot
from tests.factories import make_benchmark, make_round, make_study, make_suggestions, make_user


@pytest.fixture
def benchmark():
    return make_benchmark(release={"released": 3, "holdout": 3})


@pytest.fixture
def readers():
    return [make_user("reader", f"reader-{letter}") for letter in "abc"]


@pytest.fixture
def admin():
    return make_user("admin", "the-admin")


@pytest.fixture
def read_round(benchmark, readers):
    """Ten studies of ten patients: S0–S7 accepted (two or three agree), S8 disagreed, S9 unread by one.

    Even ones have an effusion, S1 and S3 a pneumothorax as well as none, the rest are normal.
    """
    studies = []
    for place in range(10):
        study = make_study(benchmark, study_id=f"S{place}", patient=f"P{place}")
        labels = ["pleural_effusion"] if place % 2 == 0 else ["pneumothorax"] if place in {1, 3} else []
        make_suggestions(study, benchmark, labels)
        studies.append(study)
    round_ = make_round(benchmark, studies, readers)
    for slot in Slot.objects.filter(round=round_).select_related("round_study__study", "reader", "round"):
        place = int(slot.round_study.study.study_id[1:])
        if place == 9 and slot.reader == readers[2]:
            continue
        verdict = "disagree" if place == 8 or (place == 9 and slot.reader == readers[1]) else "agree_all"
        if place == 7 and slot.reader == readers[2]:
            verdict = "agree_mostly"
        record_read(slot=slot, verdict=verdict, corrections=(), comment="", by=slot.reader, now=timezone.now())
    return round_
