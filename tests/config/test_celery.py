"""A real worker, on each broker: jobs wait for it, survive it, and are picked up by the next."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest.mock import Mock

import psycopg
import pytest
from celery import Celery
from celery.app.amqp import Queues
from celery.signals import worker_ready
from django.db import DatabaseError
from kombu.exceptions import OperationalError
from psycopg.types.json import Jsonb

import config.celery  # registers the folder broker too
from core.adapters.embedded_postgres import EmbeddedPostgres
from core.adapters.folder_broker import transport_options

ROOT = Path(__file__).parents[2]
# Each test process has a database of Redis to itself: a purge for one test would take the other's job.
PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
REDIS = os.environ.get("TEST_REDIS_URL", f"redis://127.0.0.1:6379/{15 - PROCESS}")


def _wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A DATA_DIR with its own migrated database, and three runs that wait to be asked for."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("celery"), durable=False)
    server.ensure_running()
    script = "from core.models import Run; [Run.objects.create(kind='waiting', state='cancelled') for _ in range(3)]"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    subprocess.run(command, cwd=ROOT, env=_environment(server, ""), check=True, stdin=subprocess.DEVNULL)
    yield server
    server.release()


def _environment(server, broker):
    known = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return known | {
        "DATA_DIR": str(server.folder.parent),
        "CELERY_BROKER_URL": broker,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
    }


def _redis_answers():
    import redis

    try:
        return redis.Redis.from_url(REDIS, socket_connect_timeout=2).ping()
    except redis.RedisError:
        return False


@pytest.fixture
def broker(request, database):
    """The broker's address as the product is told it, and an application that sends to it."""
    if getattr(request, "param", "folder") == "folder":
        application = Celery(broker="filesystem://localhost", set_as_current=False)
        application.conf.broker_transport_options = transport_options(database.folder.parent / "broker")
        return "", application
    if not _redis_answers():
        pytest.skip(f"no Redis on {REDIS}")
    application = Celery(broker=REDIS, set_as_current=False)
    application.control.purge()
    return REDIS, application


@pytest.fixture
def start_worker(database, broker):
    """Starts a worker with one child; every worker is gone after the test."""
    started = []

    def start():
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker", "--concurrency", "1"),
                *("--include", "tests.config.jobs", "--loglevel", "WARNING", "--without-mingle", "--without-gossip"),
            ],
            cwd=ROOT,
            env=_environment(database, broker[0]) | {"REMAP_SIGTERM": "SIGQUIT"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        process.wait()


def _lines(path):
    return path.read_text().split() if path.exists() else []


on_each_broker = pytest.mark.parametrize("broker", ["folder", "redis"], indirect=True)


@on_each_broker
def test_job_sent_before_the_worker_starts_is_done(broker, start_worker, tmp_path):
    out = tmp_path / "out"
    broker[1].send_task("tests.note", [str(out), "early"])
    start_worker()
    _wait_for(lambda: _lines(out) == ["early"])


@on_each_broker
def test_job_cut_off_by_a_terminated_worker_is_done_by_the_next(broker, start_worker, tmp_path):
    out, gate = tmp_path / "out", tmp_path / "gate"
    worker = start_worker()
    broker[1].send_task("tests.note", [str(out), "long", str(gate)])
    _wait_for((tmp_path / "out.long.started").exists)
    worker.terminate()
    worker.wait(20)
    assert _lines(out) == []
    gate.touch()
    start_worker()
    _wait_for(lambda: _lines(out) == ["long"])


def _ask(server, query, *values):
    settings = server.database_settings()
    names = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    with psycopg.connect(**names) as connection:
        return connection.execute(query, values).fetchone()


def _run_row(server, run_id):
    return _ask(server, "SELECT state, attempt, done FROM core_run WHERE id = %s", run_id)


def _queue_run(server, gate):
    """A queued run that ends once `gate` exists. Nobody sends a message: the row alone brings a worker to it."""
    free = "(SELECT min(id) FROM core_run WHERE state = 'cancelled')"
    query = f"UPDATE core_run SET state = 'queued', params = %s WHERE id = {free} RETURNING id"
    return _ask(server, query, Jsonb({"wait_for": str(gate)}))[0]


def test_run_of_a_killed_worker_is_picked_up_by_the_next(database, start_worker, tmp_path):
    gate = tmp_path / "gate"
    run_id = _queue_run(database, gate)
    worker = start_worker()
    _wait_for(lambda: _run_row(database, run_id) == ("running", 1, 0))
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    gate.touch()
    start_worker()
    _wait_for(lambda: _run_row(database, run_id) == ("succeeded", 2, 1))


def test_run_of_a_killed_child_is_picked_up_by_its_replacement(database, start_worker, tmp_path):
    gate = tmp_path / "gate"
    run_id = _queue_run(database, gate)
    worker = start_worker()
    _wait_for(lambda: _run_row(database, run_id) == ("running", 1, 0))
    for child in _children(worker.pid):
        os.kill(child, signal.SIGKILL)
    gate.touch()
    _wait_for(lambda: _run_row(database, run_id) == ("succeeded", 2, 1))


def test_children_end_with_a_killed_worker(start_worker, database, tmp_path):
    run_id = _queue_run(database, tmp_path / "never")
    worker = start_worker()
    _wait_for(lambda: _run_row(database, run_id)[0] == "running")
    children = _children(worker.pid)
    assert children
    worker.kill()
    worker.wait()
    _wait_for(lambda: not any(_is_alive(child) for child in children), seconds=10)
    (tmp_path / "never").touch()


def _children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(("queues", "is_for_runs"), [(None, True), (["celery", "awaited"], True), (["awaited"], False)])
def test_only_a_worker_that_takes_runs_sees_to_them_and_to_the_pictures_of_open_rounds(
    monkeypatch, queues, is_for_runs
):
    done, looked = [], threading.Event()
    monkeypatch.setattr("labeling.actions.rounds.make_open_rounds_ready", lambda: done.append("pictures"))
    monkeypatch.setattr("config.celery._requeue_interrupted_runs", lambda: done.append("runs"))
    monkeypatch.setattr("config.celery._takes_runs", threading.Event())
    monkeypatch.setattr("config.celery._look_again_and_again", looked.set)
    asked = Queues(config.celery.app.conf.task_queues)
    if queues:
        asked.select(queues)
    consumer = Mock()
    consumer.app.amqp.queues = asked
    worker_ready.send(sender=consumer)
    assert done == (["runs", "pictures"] if is_for_runs else [])
    assert looked.wait(10 if is_for_runs else 0) == is_for_runs
    assert config.celery._takes_runs.is_set() == is_for_runs


def test_a_living_worker_looks_for_interrupted_runs_again_and_again_whatever_is_gone(monkeypatch):
    ended, asked = threading.Event(), []

    def look(*, with_queued):
        asked.append(with_queued)
        if len(asked) == 4:
            ended.set()
        raise (DatabaseError, OperationalError, ConnectionError)[len(asked) % 3]

    monkeypatch.setattr("core.actions.requeue_interrupted_runs", look)
    config.celery._look_again_and_again(0.001, ended)
    assert asked == [False] * 4
