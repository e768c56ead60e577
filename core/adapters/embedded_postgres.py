"""PostgreSQL 18 from a wheel, under DATA_DIR/postgres: started by the first process that needs it, stopped by the last.

Every process that uses the server holds a shared lock on `users.lock`; starting happens under `start.lock`. A process
that dies loses its locks by itself, so nothing here needs tidying after a crash: a keeper beside the server stops it where
the last process was killed and could not (postgres_keeper.py).
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from core.adapters.file_locks import LockedError, locked, take_lock, wait_until
from core.adapters.postgres_programs import (
    MAJOR_VERSION,
    NEXT_STEP,
    EmbeddedPostgresError,
    Launch,
    program_environment,
    program_path,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

NAME = "countersign"
PORT = "5432"
LONGEST_SOCKET_PATH = 107  # bytes in sockaddr_un.sun_path, less the closing zero
PATIENCE_S = 60.0
LOG_KEPT_BYTES = 5_000_000
KEEPER = Path(__file__).with_name("postgres_keeper.py")

# The server never writes statements or row contents to its log: they can hold report text.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """The server of one data folder, shared by every process that uses the folder.

    `durable=False` is for data that may be lost in a crash, as a test's: it does not wait for the disk.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self.folder = Path(data_dir).expanduser().resolve() / "postgres"
        self.cluster = self.folder / "data"
        self.log = self.folder / "server.log"
        self._lock: int | None = None
        self._holder: int | None = None

    @property
    def socket_dir(self) -> Path:
        """Where the socket lies: the data folder, or a short private one where that path will not do for a socket."""
        path = os.fsencode(self.folder / f".s.PGSQL.{PORT}")
        if len(path) <= LONGEST_SOCKET_PATH and b"," not in path:  # a comma separates hosts
            return self.folder
        key = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return _temporary_root() / f"{NAME}-{os.geteuid()}-{key}"

    def database_settings(self) -> dict[str, str]:
        """HOST, PORT, USER and NAME for Django. Starts and creates nothing."""
        return {"HOST": str(self.socket_dir), "PORT": PORT, "USER": NAME, "NAME": NAME}

    def ensure_running(self) -> None:
        """Have the server running and the database in it, and hold the server until `release` or the process's end.

        Quick when it runs already. Raises EmbeddedPostgresError when the server cannot be started.
        """
        _make_private(self.folder)
        try:
            with locked(self.folder / "start.lock", fcntl.LOCK_EX, PATIENCE_S):
                self._hold()
                self._start_unless_running()
                self._create_database()
        except LockedError as error:
            raise EmbeddedPostgresError(str(error)) from error
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let go of the server; the last process to let go stops it."""
        if self._lock is None or self._holder != os.getpid():
            return
        atexit.unregister(self.release)
        os.close(self._lock)
        self._lock = self._holder = None
        try:
            with locked(self.folder / "users.lock", fcntl.LOCK_EX, patience_s=0):
                self._stop()
        except LockedError:
            return  # somebody else still uses it, and will be the last one out; or the keeper is about to stop it

    def server_pid(self) -> int | None:
        """The process id of the running server, from its own file, or None when it does not run."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if _works_in(pid, self.cluster) else None

    # -- one process's hold on the server

    def _hold(self) -> None:
        if self._lock is not None and self._holder == os.getpid():
            return
        self._lock = take_lock(self.folder / "users.lock", fcntl.LOCK_SH, PATIENCE_S)
        self._holder = os.getpid()
        atexit.register(self.release)
        os.register_at_fork(after_in_child=self._let_go_in_child)
        _leave_in_order_on_sigterm()

    def _let_go_in_child(self) -> None:
        """A forked child shares its parent's lock as long as the file is open in it, and would keep the server up."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = self._holder = None

    # -- starting and stopping, under the locks

    def _start_unless_running(self) -> None:
        if self.server_pid() is not None and self._wait_for_answer():
            return
        self._forget_dead_server()
        launch = Launch.choose(self.folder, self.cluster)
        if not self.cluster.exists():
            self._initialise(launch)
        self._check_version()
        self._make_socket_dir()
        self._spawn(launch)
        if not self._wait_for_answer():
            raise EmbeddedPostgresError(
                f"The embedded PostgreSQL in {self.folder} did not start; its log {self.log} ends with:\n"
                f"{_tail(self.log)}\nMend what it names, or {NEXT_STEP}."
            )

    def _initialise(self, launch: Launch) -> None:
        """Initialise beside the final place, then rename: a half-made cluster is never taken for a whole one."""
        for leftover in self.folder.glob("data.new-*"):
            shutil.rmtree(leftover)
        fresh = self.folder / f"data.new-{os.getpid()}"
        result = launch.run(
            "initdb",
            *("--pgdata", str(fresh), "--username", NAME, "--auth", "trust", "--encoding", "UTF8"),
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        )
        if result.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise EmbeddedPostgresError(
                f"The embedded PostgreSQL could not be set up in {self.folder}: {result.stderr.strip()[-800:]}\n"
                f"Mend what it names, or {NEXT_STEP}."
            )
        fresh.rename(self.cluster)

    def _check_version(self) -> None:
        found = (self.cluster / "PG_VERSION").read_text().strip()
        if found != MAJOR_VERSION:
            raise EmbeddedPostgresError(
                f"The database in {self.cluster} was made by PostgreSQL {found}, and this release brings "
                f"{MAJOR_VERSION}; restore a dump into a new DATA_DIR as docs/operations.md says."
            )

    def _make_socket_dir(self) -> None:
        if self.socket_dir == self.folder:
            return
        with contextlib.suppress(FileExistsError):
            self.socket_dir.mkdir(mode=0o700)
        found = self.socket_dir.lstat()
        if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"The folder {self.socket_dir} for the database's socket belongs to somebody else or is open to "
                f"others; remove it, or choose a DATA_DIR with a shorter path."
            )

    def _spawn(self, launch: Launch) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_KEPT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        settings = SETTINGS | {"unix_socket_directories": _quoted_path(self.socket_dir), "port": PORT}
        if not self.durable:
            settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        launch.detach(self.log, "postgres", "-D", str(self.cluster), *options)
        if Path("/proc/self").exists():
            subprocess.run(
                [sys.executable, "-I", "-S", str(KEEPER), str(self.folder)],
                check=True,
                cwd="/",
                env={},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=60,
            )

    def _forget_dead_server(self) -> None:
        """Remove a dead server's lock files, once nothing of that server works on the cluster any more.

        PostgreSQL does this itself unless the pid in them still answers: it may be another process by now, or a dead
        one that nobody has buried.
        """
        locks = [self.cluster / "postmaster.pid", *self.socket_dir.glob(f".s.PGSQL.{PORT}*")]
        if not any(lock.exists() for lock in locks) or not Path("/proc/self").exists():
            return
        if wait_until(lambda: not any(_processes_in(self.cluster)), PATIENCE_S):
            for lock in locks:
                lock.unlink(missing_ok=True)

    def _wait_for_answer(self) -> bool:
        """Whether the server answers; False once it has ended, or when it stays silent too long."""
        seen_alive = time.monotonic()

        def settled() -> bool:
            nonlocal seen_alive
            if self._answers():
                return True
            if self.server_pid() is not None:
                seen_alive = time.monotonic()
            return time.monotonic() - seen_alive > 5

        wait_until(settled, PATIENCE_S)
        return self._answers()

    def _answers(self) -> bool:
        try:
            with self._connect():
                return True
        except psycopg.OperationalError:
            return False

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.socket_dir), port=PORT, user=NAME, dbname="postgres", connect_timeout=10, autocommit=True
        )

    def _create_database(self) -> None:
        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _stop(self) -> None:
        """A fast shutdown: open transactions are rolled back, everything committed is on disk."""
        pid = self.server_pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        if not wait_until(lambda: self.server_pid() is None, 20):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)  # at once; the log is replayed at the next start
            wait_until(lambda: self.server_pid() is None, 10)
        if self.socket_dir != self.folder:
            with contextlib.suppress(OSError):
                self.socket_dir.rmdir()


def _works_in(pid: int, folder: Path) -> bool:
    """Whether a process lives and has `folder` as its working folder, as every process of the server has."""
    if not Path("/proc/self").exists():  # no /proc: the pid file is all there is
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    try:
        return os.path.samestat(Path(f"/proc/{pid}/cwd").stat(), folder.stat())
    except OSError:
        return False


def _processes_in(folder: Path) -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        if int(entry.name) != os.getpid() and _works_in(int(entry.name), folder):
            yield int(entry.name)


def _leave_in_order_on_sigterm() -> None:
    """Let SIGTERM end this process as `sys.exit` does: it may be the last one out, and has the server to stop then.

    A process that has its own handler, or gets one later (gunicorn, celery), keeps it; a forked child goes as ever.
    """
    holder = os.getpid()

    def leave(number: int, _frame: object) -> None:
        if os.getpid() == holder:
            sys.exit(128 + number)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    in_main_thread = threading.current_thread() is threading.main_thread()
    if in_main_thread and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, leave)


def _make_private(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EmbeddedPostgresError(
            f"The folder {folder} belongs to user {folder.stat().st_uid} and you may not write there; run as that "
            f"user, or choose another DATA_DIR."
        )


def _temporary_root() -> Path:
    """The same for every process of a user, whatever its TMPDIR says."""
    return Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())  # noqa: S108 - see _make_socket_dir


def _quoted_path(path: Path) -> str:
    return '"' + str(path).replace('"', '""') + '"'


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"


def main(arguments: list[str]) -> int:
    """Run one of PostgreSQL's programs on the embedded database: `python -m … pg_dump --format=custom --file=F`."""
    if not arguments:
        raise EmbeddedPostgresError("Name one of PostgreSQL's programs: psql, pg_dump, pg_restore, vacuumdb, …")
    server = EmbeddedPostgres(Path(os.environ.get("DATA_DIR") or "var"))
    server.ensure_running()
    settings = {f"PG{name}": value for name, value in server.database_settings().items() if name != "NAME"}
    environment = os.environ | program_environment() | settings | {"PGDATABASE": NAME}
    return subprocess.run([program_path(arguments[0]), *arguments[1:]], check=False, env=environment).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except EmbeddedPostgresError as error:
        sys.exit(str(error))
