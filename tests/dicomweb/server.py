"""The product behind its own web server, on the test's database and files, for clients that speak real HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import requests
from django.conf import settings
from django.db import connection

_PATIENCE_S = 60


def database_url() -> str:
    """The test's database as DATABASE_URL names it."""
    about = connection.settings_dict
    user = quote(about["USER"]) + (f":{quote(about['PASSWORD'])}" if about["PASSWORD"] else "")
    port = f":{about['PORT']}" if about["PORT"] else ""
    options = urlencode({"host": about["HOST"]}) if about["HOST"] else ""
    return f"postgres://{user}@{port}/{quote(about['NAME'])}?{options}"


def environment() -> dict[str, str]:
    """For a process of the product that works in the test's world: its database, files and keys."""
    return os.environ | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
        "PSEUDONYM_KEY": settings.PSEUDONYM_KEY,
        "PYTHONPATH": str(settings.BASE_DIR),
    }


@contextmanager
def served() -> Iterator[str]:
    """The address of a running gunicorn, as ``manage.py serve`` starts it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"fd://{listener.fileno()}"]
        command += ["--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with subprocess.Popen(command, env=environment(), pass_fds=[listener.fileno()]) as process:
            try:
                _wait(address, process)
                yield address
            finally:
                process.terminate()


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            requests.get(f"{address}/healthz", timeout=_PATIENCE_S)
        except requests.RequestException:
            assert process.poll() is None, "gunicorn ended by itself"
            assert time.monotonic() < deadline, "gunicorn did not answer"
        else:
            return
