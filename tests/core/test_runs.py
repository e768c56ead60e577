"""Runs: one worker at a time, stopped and taken over anywhere, and what is told of how they ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import Event as Signal
from uuid import uuid4

import pytest
from django.db import connection, transaction

from core import actions, runs
from core.errors import DatabaseLostError, DomainError, RunNotClaimableError, RunStoppedError
from core.models import OPEN_STATES, Event, Run, RunProblem, RunState
from tests.factories import make_user

SECRET = "FINDINGS: small left effusion, patient Doe"


@pytest.fixture
def dispatched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids sent to workers."""
    sent: list[int] = []
    monkeypatch.setitem(runs._dispatchers, "import", sent.append)
    return sent


@pytest.fixture
def run(dispatched: list[int], db: None) -> Run:
    return Run.objects.create(kind="import")


def stored(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


# One run, one worker after another


@pytest.mark.django_db
class TestWorking:
    def test_a_run_that_ends_well_is_finished_with_its_counts(self, run):
        with actions.working_on(run.pk) as handle:
            assert stored(run).state == RunState.RUNNING
            handle.start(3)
            handle.advance(2, imported=1, rejected=1)
            handle.advance(imported=1)
        run = stored(run)
        assert (run.state, run.total, run.done, run.attempt) == (RunState.SUCCEEDED, 3, 3, 1)
        assert run.counts == {"imported": 2, "rejected": 1}
        assert run.claim is None
        assert run.started_at <= run.finished_at

    def test_progress_is_seen_while_it_works(self, run):
        with actions.working_on(run.pk) as handle:
            handle.start(10, done=4)
            assert (stored(run).done, stored(run).fraction) == (4, 0.4)
            handle.advance(5)
            assert stored(run).done == 9

    @pytest.mark.parametrize("state", [state for state in RunState if state != RunState.QUEUED])
    def test_only_a_queued_run_is_claimed(self, run, state):
        Run.objects.update(state=state, claim=uuid4())
        with pytest.raises(RunNotClaimableError, match=f"Run {run.pk} is not queued"), actions.working_on(run.pk):
            pytest.fail("nobody may work on it")
        assert stored(run).state == state

    def test_a_run_that_does_not_exist_is_not_claimed(self, db):
        with pytest.raises(RunNotClaimableError), actions.working_on(1):
            pytest.fail("there is nothing to work on")

    def test_a_refusal_fails_the_run_with_its_sentence(self, run):
        with pytest.raises(DomainError), actions.working_on(run.pk):
            raise DomainError("Site north has no studies; import some first.")
        run = stored(run)
        assert (run.state, run.message) == (RunState.FAILED, "Site north has no studies; import some first.")

    def test_an_unexpected_error_is_told_by_its_type_and_never_by_its_text(self, run):
        with pytest.raises(ValueError, match="small left"), actions.working_on(run.pk):
            raise ValueError(SECRET)
        run = stored(run)
        assert run.state == RunState.FAILED
        assert "ValueError" in run.message
        assert "effusion" not in run.message
        assert "Doe" not in run.message

    def test_what_was_done_before_a_failure_is_kept(self, run):
        def work() -> None:
            with actions.working_on(run.pk) as handle:
                handle.start(5)
                handle.advance(2, imported=2)
                handle.problem(kind="bad_row", where="reports.csv", message="Row 3 has no study.")
                raise ValueError("x")

        with pytest.raises(ValueError, match="x"):
            work()
        run = stored(run)
        assert (run.done, run.counts) == (2, {"imported": 2})
        assert run.problems.count() == 1, "a problem noted after the last batch is stored too"

    def test_a_worker_that_is_told_to_exit_leaves_the_run_to_the_next(self, run, dispatched):
        def work() -> None:
            with actions.working_on(run.pk) as handle:
                handle.advance(1)
                raise SystemExit

        with pytest.raises(SystemExit):
            work()
        assert stored(run).state == RunState.RUNNING
        assert actions.requeue_interrupted_runs() == [run.pk]

    def test_a_later_attempt_starts_with_clean_problems_and_message(self, run, dispatched):
        def work() -> None:
            with actions.working_on(run.pk) as handle:
                handle.problem(kind="old", where="a", message="old")
                raise DomainError("No.")

        with pytest.raises(DomainError):
            work()
        actions.resume_run(run=run, by=make_user("curator"))
        with actions.working_on(run.pk) as handle:
            handle.problem(kind="new", where="b", message="new")
        run = stored(run)
        assert (run.state, run.message, run.attempt) == (RunState.SUCCEEDED, "", 2)
        assert [problem.kind for problem in run.problems.all()] == ["new"]

    def test_the_start_of_the_first_attempt_is_kept(self, run, dispatched):
        with pytest.raises(DomainError), actions.working_on(run.pk):
            raise DomainError("No.")
        first = stored(run).started_at
        actions.resume_run(run=run, by=make_user("curator"))
        with actions.working_on(run.pk):
            assert stored(run).finished_at is None
        assert stored(run).started_at == first


# Problems


@pytest.mark.django_db
class TestProblems:
    def test_a_problem_names_place_line_field_and_value(self, run):
        with actions.working_on(run.pk) as handle:
            handle.problem(
                kind="bad_age", where="reports.csv", line=7, name="age", value="x" * 300, message="No.", is_warning=True
            )
            assert not RunProblem.objects.exists(), "stored with the batch"
            handle.advance(1)
            problem = RunProblem.objects.get()
        assert (problem.run_id, problem.kind, problem.where, problem.line) == (run.pk, "bad_age", "reports.csv", 7)
        assert (problem.field, problem.value, problem.is_warning) == ("age", "x" * 200, True)

    def test_problems_after_the_last_batch_are_stored_at_the_end(self, run):
        with actions.working_on(run.pk) as handle:
            handle.problem(kind="late", where="a", message="late")
        assert run.problems.count() == 1

    def test_no_more_than_ten_thousand_are_kept(self, run):
        with actions.working_on(run.pk) as handle:
            for n in range(10_005):
                handle.problem(kind="k", where=str(n), message="m")
        assert run.problems.count() == 10_000


# Stopping and going on


@pytest.mark.django_db
class TestStopping:
    def test_a_pause_reaches_the_worker_at_its_next_batch_and_keeps_the_work(self, run, dispatched):
        user = make_user("curator")
        steps = []
        with actions.working_on(run.pk) as handle:
            handle.advance(1, imported=1)
            actions.pause_run(run=run, by=user)
            steps.append("before")
            handle.advance(1, imported=1)
            steps.append("after")
        assert steps == ["before"]
        assert (stored(run).state, stored(run).done, stored(run).claim) == (RunState.PAUSED, 1, None)
        actions.resume_run(run=run, by=user)
        assert stored(run).state == RunState.QUEUED

    def test_a_pause_after_the_last_batch_still_pauses(self, run):
        with actions.working_on(run.pk):
            actions.pause_run(run=run, by=make_user("curator"))
        assert stored(run).state == RunState.PAUSED

    def test_a_resumed_run_is_dispatched_once_its_change_is_committed(
        self, run, dispatched, django_capture_on_commit_callbacks
    ):
        Run.objects.update(state=RunState.PAUSED)
        with django_capture_on_commit_callbacks(execute=True):
            actions.resume_run(run=run, by=make_user("curator"))
            assert dispatched == []
        assert dispatched == [run.pk]

    def test_a_cancelled_run_ends_where_it_stands(self, run):
        with actions.working_on(run.pk) as handle:
            handle.advance(1)
            actions.cancel_run(run=run, by=make_user("curator"))
            handle.advance(1)
        run = stored(run)
        assert (run.state, run.done) == (RunState.CANCELLED, 1)
        assert run.finished_at is not None

    @pytest.mark.parametrize("change", ["start", "advance"])
    def test_a_worker_whose_run_was_taken_over_can_change_nothing(self, run, change):
        with actions.working_on(run.pk) as handle:
            Run.objects.update(claim=uuid4(), done=40)
            with pytest.raises(RunStoppedError, match="taken over"):
                handle.start(5) if change == "start" else handle.advance(1)
        assert (stored(run).state, stored(run).done) == (RunState.RUNNING, 40), "it belongs to the other worker"

    def test_a_failure_after_being_taken_over_does_not_fail_the_other_workers_run(self, run):
        def work() -> None:
            with actions.working_on(run.pk):
                Run.objects.update(claim=uuid4())
                raise ValueError("x")

        with pytest.raises(ValueError, match="x"):
            work()
        assert stored(run).state == RunState.RUNNING

    @pytest.mark.parametrize(
        ("act", "allowed", "becomes"),
        [
            (actions.pause_run, {RunState.QUEUED, RunState.RUNNING}, RunState.PAUSED),
            (actions.resume_run, {RunState.PAUSED, RunState.FAILED}, RunState.QUEUED),
            (actions.cancel_run, set(OPEN_STATES), RunState.CANCELLED),
        ],
    )
    @pytest.mark.parametrize("state", list(RunState))
    def test_a_change_of_state_is_audited_or_refused(self, run, dispatched, act, allowed, becomes, state):
        user = make_user("curator")
        Run.objects.update(state=state, claim=uuid4())
        if state in allowed:
            act(run=run, by=user)
            assert stored(run).state == becomes
            event = Event.objects.get()
            assert (event.verb, event.actor, event.subject_id) == (f"run.{becomes}", user, str(run.pk))
        else:
            with pytest.raises(DomainError, match="cannot become"):
                act(run=run, by=user)
            assert stored(run).state == state
            assert not Event.objects.exists()


# Two workers, and dead ones


def locked_by(run: Run) -> list[int]:
    """Backends that hold the run's advisory lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [run.pk],
        )
        return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads with connections of their own, which end with the test."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.mark.django_db(transaction=True)
class TestWorkers:
    def test_of_several_workers_at_once_one_gets_the_run(self, run, pool):
        barrier = Barrier(4)
        done = Signal()

        def work() -> str:
            try:
                barrier.wait(timeout=10)
                with actions.working_on(run.pk) as handle:
                    handle.advance(1)
                    done.wait(timeout=10)
                    return "worked"
            except RunNotClaimableError:
                return "refused"
            finally:
                connection.close()

        workers = [pool.submit(work) for _ in range(4)]
        while sum(worker.done() for worker in workers) < 3:
            done.wait(timeout=0.01)
        done.set()
        assert sorted(worker.result(timeout=10) for worker in workers) == ["refused"] * 3 + ["worked"]
        assert (stored(run).done, stored(run).attempt) == (1, 1)

    def test_the_run_of_a_living_worker_is_left_alone(self, run, pool, dispatched):
        inside, done = Signal(), Signal()

        def work() -> None:
            with actions.working_on(run.pk):
                inside.set()
                done.wait(timeout=10)
            connection.close()

        worker = pool.submit(work)
        assert inside.wait(timeout=10)
        assert len(locked_by(run)) == 1
        assert actions.requeue_interrupted_runs() == []
        done.set()
        worker.result(timeout=10)
        assert (stored(run).state, dispatched) == (RunState.SUCCEEDED, [])
        assert locked_by(run) == []

    def test_the_run_of_a_worker_whose_connection_ended_is_queued_again_and_finished_by_the_next(
        self, run, pool, dispatched
    ):
        def die() -> None:
            actions.working_on(run.pk).__enter__().advance(2)
            connection.close()  # what PostgreSQL sees of a killed worker

        pool.submit(die).result(timeout=10)
        assert stored(run).state == RunState.RUNNING
        assert actions.requeue_interrupted_runs() == [run.pk]
        assert dispatched == [run.pk]
        assert (stored(run).state, stored(run).claim) == (RunState.QUEUED, None)
        with actions.working_on(run.pk) as handle:
            handle.start(3, done=2)
            handle.advance(1)
        assert (stored(run).state, stored(run).done, stored(run).attempt) == (RunState.SUCCEEDED, 3, 2)

    def test_a_worker_cut_off_from_the_database_does_not_come_back_into_the_run(self, run, pool, dispatched):
        inside, cut = Signal(), Signal()

        def work() -> str:
            try:
                with actions.working_on(run.pk) as handle:
                    inside.set()
                    cut.wait(timeout=10)
                    handle.advance(1)
            except DatabaseLostError:
                return "cut off"
            finally:
                connection.close()
            return "went on"

        worker = pool.submit(work)
        assert inside.wait(timeout=10)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", locked_by(run))
        assert actions.requeue_interrupted_runs() == [run.pk]
        cut.set()
        assert worker.result(timeout=10) == "cut off"
        assert stored(run).state == RunState.QUEUED

    def test_a_queued_run_whose_message_was_lost_is_sent_again(self, run, dispatched):
        assert actions.requeue_interrupted_runs() == []
        assert dispatched == [run.pk]

    def test_a_worker_that_looks_now_and_then_sends_nothing_again_that_waits(self, run, dispatched):
        dead = Run.objects.create(kind=run.kind, state=RunState.RUNNING, claim=uuid4())
        assert actions.requeue_interrupted_runs(with_queued=False) == [dead.pk]
        assert dispatched == [dead.pk]

    @pytest.mark.parametrize("state", [RunState.PAUSED, RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED])
    def test_runs_that_are_over_or_paused_stay_so(self, run, dispatched, state):
        Run.objects.update(state=state)
        assert actions.requeue_interrupted_runs() == []
        assert (stored(run).state, dispatched) == (state, [])

    def test_two_requeuers_at_once_queue_a_run_once(self, run, pool, dispatched):
        Run.objects.update(state=RunState.RUNNING, claim=uuid4())
        barrier = Barrier(3)

        def requeue() -> list[int]:
            try:
                barrier.wait(timeout=10)
                return actions.requeue_interrupted_runs()
            finally:
                connection.close()

        found = [pool.submit(requeue) for _ in range(3)]
        assert [pk for one in found for pk in one.result(timeout=10)] == [run.pk]

    def test_a_claim_that_is_rolled_back_leaves_the_run_queued(self, run):
        def work() -> None:
            with transaction.atomic():
                with actions.working_on(run.pk):
                    pass
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            work()
        assert stored(run).state == RunState.QUEUED
        with actions.working_on(run.pk):
            pass
        assert stored(run).state == RunState.SUCCEEDED


@pytest.mark.parametrize(("total", "done", "fraction"), [(None, 3, None), (0, 0, None), (4, 1, 0.25), (4, 9, 1.0)])
def test_the_fraction_is_known_once_the_total_is(total, done, fraction):
    assert Run(total=total, done=done).fraction == fraction
