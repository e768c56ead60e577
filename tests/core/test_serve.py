"""`manage.py serve`: one address, everything behind it, and nothing left when it is told to stop."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import Celery
from django.core.management.base import CommandError

from core.adapters.child_processes import ChildProcess, end_all
from core.adapters.embedded_postgres import EmbeddedPostgres
from core.adapters.folder_broker import transport_options
from core.management.commands.serve import _listen

ROOT = Path(__file__).parents[2]


def _wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A DATA_DIR with a migrated database and the demo's logins, made once."""
    data_dir = tmp_path_factory.mktemp("serve")
    (data_dir / "demo_logins.txt").write_text("  admin  ada  secret\n")
    environment = _environment(data_dir)
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", ""]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdin=subprocess.DEVNULL)
    return data_dir


def _environment(data_dir):
    known = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}}
    return known | {"DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "config.settings"}


@pytest.fixture
def serve(migrated):
    """Starts it, waits for its address, and returns the process and the address's port."""
    started = []

    def start(*command):
        process = subprocess.Popen(
            command or [sys.executable, "manage.py", "serve", "--port", "8300", "--workers", "1", "--jobs", "1"],
            cwd=ROOT,
            env=_environment(migrated),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        line = next((line for line in process.stdout if line.startswith("http")), "")
        assert line.startswith("http://127.0.0.1:"), line
        return process, int(line.rpartition(":")[2])

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def _status(port, path="/healthz"):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    client.request("GET", path)
    return client.getresponse().status


def _processes_of(data_dir):
    """Every process that was given this DATA_DIR, and the server that works in it."""
    wanted = f"DATA_DIR={data_dir}".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    server = EmbeddedPostgres(data_dir).server_pid()
    return found | ({server: "postgres"} if server else {})


def _nothing_left(data_dir):
    return not _processes_of(data_dir)


@pytest.mark.slow
def test_it_serves_mends_what_dies_and_leaves_nothing_behind(serve, migrated):
    process, port = serve()
    assert process.stdout.readline() == "  admin  ada  secret\n"
    assert _status(port) == 200
    assert _status(port, "/account/login/") == 200
    kept = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    kept.request("GET", "/healthz")
    kept.getresponse().read()
    idle_until = time.monotonic() + 3  # longer than gunicorn keeps connections if it is not told

    worker = next(pid for pid, command in _processes_of(migrated).items() if "celery" in command)
    os.killpg(worker, signal.SIGKILL)
    os.kill(EmbeddedPostgres(migrated).server_pid(), signal.SIGKILL)
    _wait_for(lambda: EmbeddedPostgres(migrated).server_pid() is not None)
    _wait_for(lambda: worker not in (now := _processes_of(migrated)) and "celery" in " ".join(now.values()))
    _wait_for(lambda: _status(port) == 200)  # a killed database answers once it has recovered
    time.sleep(max(0.0, idle_until - time.monotonic()))
    kept.request("GET", "/healthz")  # raises where the server has closed the idle connection
    assert kept.getresponse().status == 200

    asked = time.monotonic()
    process.terminate()
    assert process.wait(30) == 0
    assert time.monotonic() - asked < 20
    assert _nothing_left(migrated), _processes_of(migrated)


@pytest.mark.slow
def test_a_picture_that_a_reader_awaits_never_waits_for_a_job(serve, migrated):
    serve()
    workers = {pid: command for pid, command in _processes_of(migrated).items() if "celery" in command}
    awaited = {pid for pid, command in workers.items() if "--queues awaited" in command}
    assert awaited
    assert set(workers) - awaited
    for pid in set(workers) - awaited:
        os.kill(pid, signal.SIGSTOP)  # as if it were at a job of hours
    messages = migrated / "broker" / "messages"
    sent = Celery(broker="filesystem://localhost", set_as_current=False)
    sent.conf.broker_transport_options = transport_options(migrated / "broker")
    try:
        sent.send_task("cases.derive_image", [0], queue="awaited")
        sent.send_task("cases.derive_frames", [0])
        _wait_for(lambda: not any(messages.glob("*.awaited.msg*")))
        assert len(list(messages.glob("*.celery.msg"))) == 1
    finally:
        for pid in set(workers) - awaited:
            os.kill(pid, signal.SIGCONT)
    _wait_for(lambda: not any(messages.iterdir()))


@pytest.mark.slow
def test_killed_outright_it_leaves_nothing_behind(serve, migrated):
    process, port = serve()
    assert _status(port) == 200
    process.kill()
    process.wait()
    _wait_for(lambda: _nothing_left(migrated))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM to make", "Ctrl-C"])
def test_make_run_stops_everything(serve, migrated, number):
    process, _port = serve("make", "--assume-old=.venv/.base", "run", "ARGS=--workers 1 --jobs 1 --port 8300")
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal sends it to the whole group
    else:
        process.terminate()
    process.wait(40)
    assert _nothing_left(migrated), _processes_of(migrated)


def test_next_free_port_is_taken():
    with _listen("127.0.0.1", 8400) as first, _listen("127.0.0.1", 8400) as second:
        assert second.getsockname()[1] > first.getsockname()[1]


def test_no_free_port_is_refused_in_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 65535))
        taken.listen()
        with pytest.raises(CommandError, match=r"No port from 65535 to 65535 .*--port"):
            _listen("127.0.0.1", 65535)


@pytest.fixture
def stubborn(tmp_path):
    """A child that will not end when asked, with a child of its own."""
    script = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        f"os.fork(); open({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(60)"
    )
    child = ChildProcess("stubborn", [sys.executable, "-c", script], env=dict(os.environ))
    child.start()
    _wait_for(lambda: (tmp_path / "pids").exists() and len((tmp_path / "pids").read_text().split()) == 2)
    return child, [int(pid) for pid in (tmp_path / "pids").read_text().split()]


def test_child_that_will_not_end_is_killed_with_its_children(stubborn):
    child, pids = stubborn
    end_all([child], patience_s=0.3)
    assert child.exit_code == -signal.SIGKILL
    _wait_for(lambda: not any(_is_running(pid) for pid in pids), seconds=5)


def test_ended_child_can_be_started_again():
    child = ChildProcess("short", [sys.executable, "-c", ""], env=dict(os.environ))
    assert child.exit_code is None
    for _ in range(2):
        child.start()
        _wait_for(lambda: child.exit_code == 0)
    end_all([child], patience_s=1)


def _is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


ORPHAN = """
import os, signal, sys, time
from pathlib import Path
from core.adapters.child_processes import ChildProcess, end_when_orphaned
if sys.argv[1] == "parent":
    ChildProcess("deaf", [sys.executable, __file__, "child", sys.argv[2]], env=dict(os.environ)).start()
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    end_when_orphaned(Path(sys.argv[2], "let go").touch, patience_s=0.2)
    Path(sys.argv[2], "pid").write_text(str(os.getpid()))
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a parent's death is told on Linux")
def test_an_orphan_that_misses_its_signal_lets_go_and_ends(tmp_path):
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, str(script), "parent", str(tmp_path)], env=environment)
    _wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    child = Path(f"/proc/{(tmp_path / 'pid').read_text()}")
    parent.kill()
    parent.wait()
    _wait_for((tmp_path / "let go").exists)
    _wait_for(lambda: not child.exists() or ") Z " in (child / "stat").read_text(), seconds=10)
