"""The images' entry script, run without images, on a database reached by DATABASE_URL as in a deployment."""

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from core.adapters.embedded_postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
ENTRYPOINT = ROOT / "docker" / "entrypoint.sh"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A deployment's environment: a server of its own, a broker in a folder, a private DATA_DIR."""
    folder = tmp_path_factory.mktemp("deployment")
    server = EmbeddedPostgres(folder, durable=False)
    server.ensure_running()
    yield os.environ | {
        "PYTHON": sys.executable,
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"postgres://countersign@/countersign?host={server.socket_dir}",
        "SECRET_KEY": "only for this test",
        "CELERY_BROKER_URL": "",
        "WEB_PROCESSES": "1",
        "JOBS": "1",
    }
    server.release()


def _start(environment, *arguments):
    return subprocess.Popen(
        ["sh", str(ENTRYPOINT), *arguments],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _get(port, path, patience_s=90):
    """The status of the page once the server answers."""
    deadline = time.monotonic() + patience_s
    while True:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            client.request("GET", path)
            return client.getresponse().status
        except OSError:
            assert time.monotonic() < deadline, "the web server did not answer"
            time.sleep(0.2)
        finally:
            client.close()


def test_web_and_worker_starting_together_on_an_empty_database_serve_pages(environment):
    port = _free_port()
    web = _start(environment | {"BIND": f"127.0.0.1:{port}"}, "web")
    worker = _start(environment, "worker")
    try:
        assert _get(port, "/healthz") == 200
        assert _get(port, "/account/login/") == 200
        assert worker.poll() is None
    finally:
        for process in (web, worker):
            process.terminate()
        outputs = [process.communicate(timeout=60)[0] for process in (web, worker)]
    assert web.returncode == 0, outputs[0]
    assert sum("Preparing the database" in output for output in outputs) == 1, outputs
    assert "Traceback" not in "".join(outputs)


def test_any_command_of_manage_py_runs(environment):
    process = _start(environment, "check", "--fail-level", "ERROR")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output


def test_no_argument_is_bad_usage():
    process = _start(dict(os.environ), *())
    output, _ = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "web | worker" in output


def test_compose_gives_web_and_workers_the_same_settings():
    compose = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"web", "worker", "awaited", "postgres", "redis"}
    assert services["web"]["environment"] == services["worker"]["environment"]
    assert services["awaited"]["environment"] == services["worker"]["environment"] | {"JOBS": 1}
    assert all(services[name]["command"] == name for name in ("web", "worker", "awaited"))


@pytest.mark.parametrize(("name", "queues"), [("worker", []), ("awaited", ["awaited"])])
def test_a_worker_takes_all_jobs_or_only_what_a_reader_awaits(name, queues, tmp_path):
    told = tmp_path / "told"
    told.write_text('#!/bin/sh\n[ "$2" = config.bootstrap ] || echo "$@"\n')
    told.chmod(0o700)
    process = _start(os.environ | {"PYTHON": str(told), "JOBS": "3"}, name)
    words = process.communicate(timeout=10)[0].split()
    assert words[:5] == ["-m", "celery", "--app", "config", "worker"]
    assert words[words.index("--concurrency") + 1] == "3"
    assert [words[i + 1] for i, word in enumerate(words) if word == "--queues"] == queues


def test_image_runs_as_an_ordinary_user_from_hashed_packages():
    lines = (ROOT / "docker" / "Dockerfile").read_text().splitlines()
    assert any(line.startswith("USER ") and line != "USER root" for line in lines)
    assert any("--require-hashes" in line for line in lines)
