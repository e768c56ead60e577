"""The only writers of runs and events.

A run is claimed with a token and an advisory lock held by the worker's own database connection: when the worker
dies, PostgreSQL drops the lock, and ``requeue_interrupted_runs`` can tell an interrupted run from one that is alive.
"""

import logging
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

import psycopg
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import InterfaceError, OperationalError, connection, models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.errors import DatabaseLostError, DomainError, RunNotClaimableError, RunStoppedError
from core.models import Event, Run, RunProblem, RunState
from core.runs import dispatch, obstacle_to

logger = logging.getLogger(__name__)
# The first half of the two-part advisory lock key; the second is the run's id.
_RUN_LOCK_SPACE = 0x52554E
_PROBLEMS_KEPT = 10_000
_ATTEMPTS = 5
# A database that is started anew answers again after a few seconds.
_DATABASE_ATTEMPTS, _DATABASE_PAUSE_S = 10, 2.0


def record_event(
    *,
    verb: str,
    subject: models.Model,
    by: AbstractBaseUser | None,
    data: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Event:
    """Writes one audit row. Call it inside the transaction of the change; ``data`` holds ids and numbers only."""
    return Event.objects.create(
        at=now or timezone.now(),
        actor_id=by.pk if by else None,
        verb=verb,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        data=data or {},
    )


@dataclass
class RunHandle:
    """A worker's hold on a run: the only way to advance it."""

    run_id: int
    claim: uuid.UUID
    counts: Counter[str] = field(default_factory=Counter)
    done: int = 0
    session: object = None  # the connection that holds the run's lock
    _problems: list[RunProblem] = field(default_factory=list)
    _problems_seen: int = 0

    def start(self, total: int | None, *, done: int = 0) -> None:
        """States how many units of work there are; raises RunStoppedError when the run was taken away."""
        self.done = done
        self._update(total=total, done=done)

    def advance(self, units: int = 1, **counts: int) -> None:
        """Adds finished units and counts by outcome, and stores them with the problems noted so far.

        Call it once per batch, inside the batch's transaction if that must be all or nothing. Raises RunStoppedError
        when the run was paused, cancelled or taken over: let it pass, what is committed stays.
        """
        self.done += units
        self.counts.update(counts)
        self._flush_problems()
        self._update(done=self.done, counts=dict(self.counts))

    def problem(
        self,
        *,
        kind: str,
        where: str,
        message: str,
        line: int | None = None,
        name: str = "",
        value: str = "",
        is_warning: bool = False,
    ) -> None:
        """Notes one refused or failed thing; stored at the next ``advance`` or at the end."""
        self._problems_seen += 1
        if self._problems_seen > _PROBLEMS_KEPT:
            return
        self._problems.append(
            RunProblem(
                run_id=self.run_id,
                kind=kind,
                where=where[:500],
                line=line,
                field=name[:100],
                value=value[:200],
                message=message,
                is_warning=is_warning,
            )
        )

    def say(self, message: str) -> None:
        """Puts a sentence on the run's page while it works; an empty one takes it away."""
        self._update(message=message)

    def pause(self, message: str) -> NoReturn:
        """Lets go of the run as paused, saying why; somebody may resume it. Always raises RunStoppedError: let it pass."""
        self._flush_problems()
        self._update(state=RunState.PAUSED, claim=None, message=message, counts=dict(self.counts))
        record_event(verb="run.paused", subject=Run(pk=self.run_id), by=None)
        raise RunStoppedError(message)

    def _flush_problems(self) -> None:
        RunProblem.objects.bulk_create(self._problems)
        self._problems = []

    def _update(self, **values: Any) -> None:
        held = Run.objects.filter(pk=self.run_id, claim=self.claim, state=RunState.RUNNING)
        if not held.update(updated_at=timezone.now(), **values):
            raise RunStoppedError(f"Run {self.run_id} was paused, cancelled or taken over; this worker lets go of it.")


@contextmanager
def working_on(run_id: int) -> Iterator[RunHandle]:
    """Claims a queued run, yields a handle, and ends the run as finished or failed.

    Raises RunNotClaimableError when it is not queued. A DomainError inside fails the run with its sentence and is
    raised on; RunStoppedError is swallowed (somebody paused it). A lost connection to the database, and a disk of the
    database that is full, fail the run with a sentence and raise DatabaseLostError. Any other exception fails the run
    with the exception's type only, since its text may hold patient data, and is raised on.
    """
    handle = _claim(run_id)
    try:
        yield handle
        handle.advance(0)
    except RunStoppedError:
        logger.info("run %s was stopped", run_id)
    except DomainError as error:
        _end(handle, RunState.FAILED, str(error))
        raise
    except (OperationalError, InterfaceError) as error:
        _end_without_database(handle, error)
        raise
    except Exception as error:
        _end(handle, RunState.FAILED, _unexpected(error))
        raise
    else:
        _end(handle, RunState.SUCCEEDED, "")
    finally:
        with suppress(OperationalError, InterfaceError):  # with the connection the lock is gone, too
            _unlock(run_id)


def _unexpected(error: Exception) -> str:
    return f"Stopped by an unexpected {type(error).__name__}; the log of the worker has more."


def _end_without_database(handle: RunHandle, error: Exception) -> None:
    """Fails the run over a new connection. Raises DatabaseLostError when the connection is lost or its disk is full.

    The counts stay those that were stored last: what the handle has counted since was undone with its transaction.
    """
    is_lost = (
        connection.connection is not handle.session or not connection.is_usable()
    )  # Django may have made a new one
    if connection.in_atomic_block or not (is_lost or _is_full(error)):
        _end(handle, RunState.FAILED, _unexpected(error))
        return
    run = f"run {handle.run_id}"
    message = f"The connection to the database was lost. Nothing that was stored is lost: resume {run} on its page."
    if _is_full(error):
        message = f"The database's disk is full. Make room there, then resume {run} on its page: what is stored stays."
    for _ in range(_DATABASE_ATTEMPTS):
        connection.close()
        try:
            _finish(handle, RunState.FAILED, message)
        except (OperationalError, InterfaceError):
            time.sleep(_DATABASE_PAUSE_S)
        else:
            raise DatabaseLostError(message) from error
    raise DatabaseLostError(
        f"The connection to the database was lost, and it does not answer. Once it does, the next worker that starts goes "
        f"on with {run}; or pause and resume it on its page. Nothing that was stored is lost."
    ) from error


def _is_full(error: Exception) -> bool:
    return isinstance(error.__cause__, psycopg.errors.DiskFull)


def _claim(run_id: int) -> RunHandle:
    claim = uuid.uuid4()
    now = timezone.now()
    with transaction.atomic():
        # The row lock and the conditional update make the claim exclusive; the advisory lock outlives the transaction.
        claimed = Run.objects.filter(pk=run_id, state=RunState.QUEUED).update(
            state=RunState.RUNNING,
            claim=claim,
            attempt=models.F("attempt") + 1,
            updated_at=now,
            message="",
            started_at=Coalesce("started_at", models.Value(now)),
            finished_at=None,
        )
        if not claimed or not _lock(run_id):
            raise RunNotClaimableError(f"Run {run_id} is not queued, or another worker holds it; look at its page.")
        run = Run.objects.get(pk=run_id)
        RunProblem.objects.filter(run=run).delete()
    return RunHandle(run_id=run_id, claim=claim, session=connection.connection)


def _end(handle: RunHandle, state: RunState, message: str) -> None:
    with transaction.atomic():
        handle._flush_problems()
        # One that failed before it counted anything leaves what an earlier attempt counted.
        _finish(handle, state, message, **({"counts": dict(handle.counts)} if handle.counts else {}))


def _finish(handle: RunHandle, state: RunState, message: str, **more: Any) -> None:
    now = timezone.now()
    Run.objects.filter(pk=handle.run_id, claim=handle.claim, state=RunState.RUNNING).update(
        state=state, claim=None, message=message, finished_at=now, updated_at=now, **more
    )


def _lock(run_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_RUN_LOCK_SPACE, run_id])
        row = cursor.fetchone()
    return bool(row and row[0])


def is_being_worked(run_id: int) -> bool:
    """Whether a living worker holds the run."""
    if not _lock(run_id):
        return True
    _unlock(run_id)
    return False


def _unlock(run_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_RUN_LOCK_SPACE, run_id])


def requeue_interrupted_runs(*, with_queued: bool = True) -> list[int]:
    """Puts runs whose worker died back in the queue and dispatches them, and ``with_queued`` all that wait there: their
    message may be lost.

    Returns their ids. Safe at any time: a run whose worker is alive holds its advisory lock and is left alone. A run
    that lost its worker five times is failed instead: it may be what kills them.
    """
    requeued = []
    for run in Run.objects.filter(state=RunState.RUNNING):
        if not _lock(run.pk):
            continue
        try:
            back = _let_go(run)
        finally:
            _unlock(run.pk)
        if back:
            requeued.append(run.pk)
    queued = Run.objects.filter(state=RunState.QUEUED)
    for run in queued if with_queued else queued.filter(pk__in=requeued):
        dispatch(run)
    return requeued


def _let_go(run: Run) -> bool:
    """Takes the run from its dead worker; whether it is queued again."""
    held = Run.objects.filter(pk=run.pk, state=RunState.RUNNING, claim=run.claim)
    now = timezone.now()
    if run.attempt < _ATTEMPTS:
        return bool(held.update(state=RunState.QUEUED, claim=None, updated_at=now))
    message = f"Its worker died {run.attempt} times; look at the log of the worker before resuming it."
    held.update(state=RunState.FAILED, claim=None, updated_at=now, finished_at=now, message=message)
    return False


@transaction.atomic
def pause_run(*, run: Run, by: AbstractBaseUser) -> None:
    """Asks the worker to let go after its current batch. Refuses when the run is over."""
    _change_state(run, (RunState.QUEUED, RunState.RUNNING), RunState.PAUSED, by)


@transaction.atomic
def resume_run(*, run: Run, by: AbstractBaseUser) -> None:
    """Queues a paused or failed run again and dispatches it; what it did stays done. Refuses other states, and a run that
    has nothing any more to go on with.
    """
    if obstacle := obstacle_to(run):
        raise DomainError(obstacle)
    _change_state(run, (RunState.PAUSED, RunState.FAILED), RunState.QUEUED, by)
    run.refresh_from_db()
    dispatch(run)


@transaction.atomic
def cancel_run(*, run: Run, by: AbstractBaseUser) -> None:
    """Ends the run where it stands; what is committed stays. Refuses when it is over."""
    _change_state(run, (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED), RunState.CANCELLED, by)


def _change_state(run: Run, allowed: tuple[RunState, ...], state: RunState, by: AbstractBaseUser) -> None:
    now = timezone.now()
    changed = Run.objects.filter(pk=run.pk, state__in=allowed).update(
        state=state, claim=None, updated_at=now, finished_at=now if state == RunState.CANCELLED else None
    )
    if not changed:
        current = Run.objects.get(pk=run.pk)
        raise DomainError(
            f"{current.kind.capitalize()} run {run.pk} is {current.get_state_display().lower()}, so it cannot become "
            f"{state.label.lower()}; it must be {' or '.join(one.label.lower() for one in allowed)}."
        )
    record_event(verb=f"run.{state.value}", subject=run, by=by, now=now)
