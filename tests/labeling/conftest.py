"""A small round: three readers, two studies, suggestions of every status."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark
from cases.models import Study
from labeling.actions import open_case, reveal
from labeling.models import ReadingRound, Slot
from labeling.queries import case_of
from sampling.models import SampledStudy, SamplingRun
from tests import factories

REPORT = "Small left effusion. Possible atelectasis."


@dataclass
class World:
    benchmark: Benchmark
    readers: list[User]
    studies: list[Study]
    round: ReadingRound

    def slot(self, reader: int = 0, study: int = 0) -> Slot:
        return Slot.objects.get(reader=self.readers[reader], round_study__study=self.studies[study])


@pytest.fixture
def world(db) -> World:
    return make_world()


def make_world(n_studies: int = 2, n_readers: int = 3, **fields) -> World:
    benchmark = factories.make_benchmark()
    readers = [factories.make_user(username=f"r{n}") for n in range(1, n_readers + 1)]
    studies = []
    for n in range(1, n_studies + 1):
        study = factories.make_study(benchmark, study_id=f"CXR{n}", report=REPORT)
        factories.make_suggestions(study, benchmark, {"pleural_effusion": "present", "pneumothorax": "uncertain"})
        studies.append(study)
    round_ = factories.make_round(benchmark, studies, readers, **fields)
    return World(benchmark, readers, studies, round_)


def look_at(slot: Slot, now: datetime) -> None:
    """The case on its reader's screen, with all that their verdict brings there."""
    slot.refresh_from_db()
    case = case_of(slot)
    open_case(slot=slot, by=slot.holder, now=now)
    others = [other.read for other in case.others_said]
    reveal(slot=slot, others=others, report=case.reveals_report, by=slot.holder)


def make_sample(benchmark: Benchmark, n: int, *, sites: int = 1, state: str = "succeeded") -> SamplingRun:
    """A finished sampling run of n studies with suggestions."""
    run = SamplingRun.objects.create(
        kind="sampling", benchmark=benchmark, taxonomy=benchmark.taxonomies.get(), size=n, seed=1, state=state
    )
    for rank in range(1, n + 1):
        study = factories.make_study(benchmark, site=factories.make_site(f"site{rank % sites}"))
        suggestions = factories.make_suggestions(study, benchmark, ["pleural_effusion"])
        SampledStudy.objects.create(
            run=run, study=study, patient=study.patient, suggestion_set=suggestions, rank=rank, reasons=["a reason"]
        )
    return run


@pytest.fixture
def now():
    return timezone.now()
