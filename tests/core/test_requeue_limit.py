"""A run that keeps killing its worker is failed in the end, not tried for ever."""

import uuid

import pytest

from core.actions import requeue_interrupted_runs, resume_run
from core.models import Run
from core.runs import register_run_kind
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kind():
    register_run_kind("crashing", dispatcher=lambda run_id: None, page="dashboard:run_list")


def interrupted(attempt):
    return Run.objects.create(kind="crashing", state="running", claim=uuid.uuid4(), attempt=attempt)


@pytest.mark.parametrize(("attempt", "state"), [(1, "queued"), (4, "queued"), (5, "failed")])
def test_fifth_death_fails_the_run(attempt, state):
    run = interrupted(attempt)
    requeue_interrupted_runs()
    run.refresh_from_db()
    assert run.state == state
    assert ("died 5 times" in run.message) == (state == "failed")


def test_a_run_given_up_can_be_resumed_by_a_person():
    run = interrupted(5)
    requeue_interrupted_runs()
    run.refresh_from_db()
    resume_run(run=run, by=make_user("curator"))
    run.refresh_from_db()
    assert run.state == "queued"
