"""Serves the product on this machine: the pages, a worker for the long jobs, one for what a reader waits for, the database."""

import http.client
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from core.adapters.child_processes import ChildProcess, end_all
from core.adapters.embedded_postgres import EmbeddedPostgres

PORTS_TRIED = 100
START_PATIENCE_S = 60.0
END_PATIENCE_S = 8.0
CHECK_EVERY_S = 0.5
KEEP_ALIVE_S = 75  # a reader looks at a case that long; the verdict should not wait for a new connection
WORKER_PAUSES = 20  # checks between two starts of a worker that keeps dying


class Command(BaseCommand):
    help = (
        "Serve the pages and run the jobs, until Ctrl-C or SIGTERM. Example: manage.py serve --port 8080. "
        "For a deployment see docs/operations.md."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="first port to try (default %(default)s)")
        parser.add_argument("--workers", type=int, default=2, help="web processes of 8 threads (default %(default)s)")
        parser.add_argument("--jobs", type=int, default=2, help="jobs at a time (default %(default)s)")

    def handle(self, *, host: str, port: int, workers: int, jobs: int, **_options: Any) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        connections.close_all()
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means: stay
                signal.signal(number, lambda *_: stop.set())
        with _listen(host, port) as listener:
            web = _web(listener, workers)
            crew = [_worker("jobs", jobs), _worker("awaited", 1, queue=settings.AWAITED)]
            try:
                web.start()
                for worker in crew:
                    worker.start()
                address = (host if host not in {"0.0.0.0", "::"} else "127.0.0.1", listener.getsockname()[1])  # noqa: S104
                if _wait_for_answer(address, web, stop):
                    self._say_where(address)
                    _keep_running(web, crew, stop)
                elif not stop.is_set() and web.exit_code is None:
                    raise CommandError(f"The web server did not answer within {START_PATIENCE_S:.0f} s.")
            finally:
                end_all([web, *crew], END_PATIENCE_S)
        if not stop.is_set():
            raise CommandError("The web server ended by itself; its last lines above say why.")

    def _say_where(self, address: tuple[str, int]) -> None:
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        self.stdout.write(f"http://{host}:{address[1]}")
        logins = Path(settings.DATA_DIR) / "demo_logins.txt"
        if logins.exists():
            self.stdout.write(logins.read_text(encoding="utf-8").rstrip())
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()


def _listen(host: str, first_port: int) -> socket.socket:
    """A listening socket on the first free port. It is held here and handed on, so nobody can take the port between."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last_port = min(first_port + PORTS_TRIED, 65536) - 1
    for port in range(first_port, last_port + 1):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1024)
        except OSError as error:
            listener.close()
            reason = error.strerror
        else:
            listener.set_inheritable(True)
            return listener
    raise CommandError(
        f"No port from {first_port} to {last_port} on {host} could be had ({reason}); name another with --port or --host."
    )


def _web(listener: socket.socket, workers: int) -> ChildProcess:
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"fd://{listener.fileno()}"]
    command += ["--worker-class", "gthread", "--workers", str(workers), "--threads", "8", "--no-control-socket"]
    command += ["--timeout", "120", "--graceful-timeout", "3", "--log-level", "warning"]
    command += ["--keep-alive", str(KEEP_ALIVE_S)]
    return ChildProcess("web", command, env=_environment(), pass_fds=[listener.fileno()])


def _worker(name: str, jobs: int, *, queue: str = "") -> ChildProcess:
    """A worker that takes from one queue, or from all of them."""
    command = [sys.executable, "-m", "celery", "--app", "config", "--quiet", "worker", "--concurrency", str(jobs)]
    command += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    command += ["--queues", queue] if queue else []
    # SIGTERM ends the worker in seconds, as the rows let the next one go on; that it may run as root is our choice.
    quiet_as_root = {"REMAP_SIGTERM": "SIGQUIT", "PYTHONWARNINGS": "ignore::Warning:celery.platforms"}
    return ChildProcess(name, command, env=_environment() | quiet_as_root)


def _environment() -> dict[str, str]:
    here = str(settings.BASE_DIR)
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def _wait_for_answer(address: tuple[str, int], web: ChildProcess, stop: threading.Event) -> bool:
    """Whether the web server answers in time; False when it has ended or somebody wants it to."""
    deadline = time.monotonic() + START_PATIENCE_S
    while not _answers(address):
        if web.exit_code is not None or stop.wait(CHECK_EVERY_S / 5) or time.monotonic() > deadline:
            return False
    return True


def _answers(address: tuple[str, int]) -> bool:
    asking = http.client.HTTPConnection(*address, timeout=2)
    try:
        asking.request("GET", "/healthz")
        return asking.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _keep_running(web: ChildProcess, workers: list[ChildProcess], stop: threading.Event) -> None:
    """Until somebody wants it to stop or the web server ends: restart workers and the database should they die."""
    database = None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(settings.DATA_DIR)
    pauses = dict.fromkeys(workers, 0)
    while not stop.wait(CHECK_EVERY_S) and web.exit_code is None:
        if database is not None and database.server_pid() is None:
            database.ensure_running()
        for worker, pause in pauses.items():
            pauses[worker] = max(0, pause - 1)
            if worker.exit_code is not None and not pauses[worker]:
                pauses[worker] = WORKER_PAUSES
                worker.start()
