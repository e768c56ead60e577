"""The embedded server: one per folder, shared, recovered after any death, for root and ordinary users alike."""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from core.adapters import embedded_postgres
from core.adapters.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from core.adapters.file_locks import locked
from core.adapters.postgres_programs import program_path

ROOT = Path(__file__).parents[2]
AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")

# A process that uses the server: says its pid, waits for a line, and ends.
USER = """
import sys
from pathlib import Path
from core.adapters.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.ensure_running()
print(server.server_pid(), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def folder():
    """A short path, since a socket's path is short; in memory where there is room, for speed; removed with its server."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    path = Path(tempfile.mkdtemp(prefix="pg-", dir=memory if roomy else None))
    yield path
    pid = EmbeddedPostgres(path / "data").server_pid()
    if pid:
        os.kill(pid, signal.SIGQUIT)
        _wait_for(lambda: EmbeddedPostgres(path / "data").server_pid() is None)
    _wait_for(lambda: shutil.rmtree(path, ignore_errors=True) or not path.exists())  # its last process may still write


@pytest.fixture(scope="module")
def fresh_cluster(tmp_path_factory):
    """A set-up cluster, made once."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("fresh"))
    server.ensure_running()
    server.release()
    return server.cluster


@pytest.fixture
def server(folder, fresh_cluster):
    server = EmbeddedPostgres(folder / "data")
    server.folder.mkdir(parents=True, mode=0o700)
    shutil.copytree(fresh_cluster, server.cluster)
    server.ensure_running()
    yield server
    server.release()


def _wait_for(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _connect(server, **options):
    settings = server.database_settings()
    return psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"], **options
    )


def _start_user(data_dir, python=sys.executable, prefix=(), **options):
    """Another process that uses the server of `data_dir`; its first line is the server's pid."""
    process = subprocess.Popen(
        [*prefix, python, "-c", USER, str(data_dir)],
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    return process, process.stdout.readline().strip()


def _end(process):
    _out, errors = process.communicate("\n", timeout=30)
    assert process.returncode == 0, errors


def _is_alive(pid):
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_settings_name_the_database_without_starting_it(folder):
    server = EmbeddedPostgres(folder / "data")
    assert server.database_settings() == {
        "HOST": str(folder / "data" / "postgres"),
        "PORT": "5432",
        "USER": "countersign",
        "NAME": "countersign",
    }
    assert not (folder / "data").exists()


def test_first_use_makes_a_utf8_database_that_keeps_what_it_is_told(server):
    with _connect(server) as connection:
        row = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('timezone'), current_setting('fsync'),"
            " current_setting('listen_addresses'), current_setting('max_connections'), lower('ÄÖ')"
        ).fetchone()
    assert row == ("UTF8", "UTC", "on", "", "60", "äö")


def test_release_stops_the_server_and_the_data_are_there_again(server):
    with _connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.release()
    assert server.server_pid() is None
    server.ensure_running()
    with _connect(server) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_ensuring_twice_and_releasing_twice_is_harmless(server):
    pid = server.server_pid()
    server.ensure_running()
    assert server.server_pid() == pid
    server.release()
    server.release()
    assert server.server_pid() is None


def test_log_holds_no_statement(server):
    with _connect(server) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT 'Mr Smith has a nodule' FROM no_such_table")
    assert "no_such_table" in server.log.read_text()
    assert "Smith" not in server.log.read_text()


def test_last_process_out_stops_it(server):
    other, pid = _start_user(server.folder.parent)
    assert pid == str(server.server_pid())
    server.release()
    assert server.server_pid() is not None
    _end(other)
    assert server.server_pid() is None


def test_two_processes_starting_at_once_share_one_server(folder):
    users = [_start_user(folder / "data") for _ in range(3)]
    assert len({pid for _process, pid in users}) == 1
    for process, _pid in users:
        _end(process)
    assert EmbeddedPostgres(folder / "data").server_pid() is None


def test_killed_user_does_not_keep_it_running(server):
    other, _pid = _start_user(server.folder.parent)
    other.kill()
    other.communicate()
    server.release()
    assert server.server_pid() is None


def test_server_whose_last_user_was_killed_is_stopped_by_its_keeper(folder):
    only, pid = _start_user(folder / "data")
    only.kill()
    only.communicate()
    _wait_for(lambda: not _is_alive(pid))
    again, another = _start_user(folder / "data")  # and the next one has a keeper too
    assert another != pid
    again.kill()
    again.communicate()
    _wait_for(lambda: not _is_alive(another))


def test_keeper_ends_with_the_server(folder):
    process, _pid = _start_user(folder / "data")
    keepers = _keepers(folder / "data")
    assert len(keepers) == 1
    _end(process)
    _wait_for(lambda: not any(_is_alive(keeper) for keeper in keepers))


def _keepers(data_dir):
    wanted = f"postgres_keeper.py\0{data_dir.resolve() / 'postgres'}\0".encode()
    commands = {entry.name: entry / "cmdline" for entry in Path("/proc").glob("[0-9]*")}
    return [pid for pid, command in commands.items() if command.exists() and wanted in command.read_bytes()]


def test_forked_child_neither_stops_it_nor_shares_its_parents_hold(server):
    if (child := os.fork()) == 0:
        server.release()  # the parent's hold: nothing happens
        os._exit(0 if server.server_pid() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert server.server_pid() is not None


def test_terminal_interrupt_does_not_reach_the_server(folder):
    process, pid = _start_user(folder / "data", start_new_session=True)
    assert os.getsid(int(pid)) != process.pid
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    _wait_for(lambda: not _is_alive(pid))  # its user ended, and stopped it on the way out


def test_committed_rows_survive_a_killed_server(server):
    with _connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(server.server_pid(), signal.SIGKILL)
    _wait_for(lambda: server.server_pid() is None)
    server.ensure_running()
    with _connect(server) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_pid_file_that_names_an_unrelated_process_is_not_believed(server):
    server.release()
    pid_file = server.cluster / "postmaster.pid"
    pid_file.write_text(f"{os.getppid()}\n{server.cluster}\n1\n5432\n{server.folder}\n\n  123 456\nready   \n")
    assert server.server_pid() is None
    server.ensure_running()
    assert server.server_pid() not in {None, os.getppid()}


def test_half_finished_setup_is_thrown_away(folder):
    half = folder / "data" / "postgres" / "data.new-99"
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(folder / "data")
    server.ensure_running()
    assert not half.exists()
    server.release()


def test_failed_setup_leaves_nothing_and_says_what_to_do(folder, monkeypatch):
    monkeypatch.setattr(embedded_postgres, "NAME", "pg_not_allowed")
    server = EmbeddedPostgres(folder / "data")
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)could not be set up.*pg_.*set DATABASE_URL"):
        server.ensure_running()
    assert not server.cluster.exists()
    assert not list(server.folder.glob("data.new-*"))


def test_cluster_of_another_version_is_refused(folder):
    cluster = folder / "data" / "postgres" / "data"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 16.*docs/operations.md"):
        EmbeddedPostgres(folder / "data").ensure_running()


def test_server_that_cannot_start_shows_the_end_of_its_log(server):
    server.release()
    with (server.cluster / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedPostgresError, match=r"(?s)did not start.*no_such_setting"):
        server.ensure_running()


def test_long_path_puts_the_socket_into_a_short_private_folder(folder):
    server = EmbeddedPostgres(folder / ("d" * 60) / ("e" * 60))
    assert len(os.fsencode(server.socket_dir / ".s.PGSQL.5432")) <= 107
    server.ensure_running()
    try:
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        with _connect(server) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.release()
    assert not server.socket_dir.exists()


def test_socket_folder_open_to_others_is_refused(folder):
    server = EmbeddedPostgres(folder / ("d" * 60) / ("f" * 60))
    server.socket_dir.mkdir(mode=0o777)
    server.socket_dir.chmod(0o777)
    try:
        with pytest.raises(EmbeddedPostgresError, match="open to others"):
            server.ensure_running()
    finally:
        server.socket_dir.rmdir()


def test_folder_with_blanks_and_quotes_works(folder):
    server = EmbeddedPostgres(folder / 'it\'s a "folder", $HOME')
    server.ensure_running()
    assert server.server_pid()
    server.release()
    assert server.server_pid() is None


def test_start_gives_up_on_a_lock_held_for_ever(server, monkeypatch):
    monkeypatch.setattr(embedded_postgres, "PATIENCE_S", 0.2)
    with (
        locked(server.folder / "start.lock", fcntl.LOCK_EX, 0),
        pytest.raises(EmbeddedPostgresError, match=r"start\.lock"),
    ):
        EmbeddedPostgres(server.folder.parent).ensure_running()


def test_only_the_owner_may_enter(server):
    assert server.folder.stat().st_mode & 0o777 == 0o700
    assert server.cluster.stat().st_mode & 0o777 == 0o700
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(server.socket_dir / ".s.PGSQL.5432"))


def _program(data_dir, *arguments):
    """One of PostgreSQL's programs on the embedded database, as docs/operations.md runs it."""
    command = [sys.executable, "-m", "core.adapters.embedded_postgres", *arguments]
    environment = os.environ | {"DATA_DIR": str(data_dir)}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)


def test_dump_and_restore_bring_the_rows_back(server, folder):
    with _connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    dump = str(folder / "it.dump")
    dumped = _program(server.folder.parent, "pg_dump", "--format=custom", f"--file={dump}")
    assert dumped.returncode == 0, dumped.stderr
    restore = ("pg_restore", "--clean", "--if-exists", "--no-owner", "--dbname=countersign", dump)
    for _twice in range(2):  # into an empty database, and over what is there
        restored = _program(folder / "data2", *restore)
        assert restored.returncode == 0, restored.stderr
    answer = _program(folder / "data2", "psql", "--tuples-only", "--command", "SELECT n FROM kept")
    assert answer.stdout.strip() == "7"
    assert EmbeddedPostgres(folder / "data2").server_pid() is None


def test_copy_of_a_stopped_folder_is_a_whole_database(server, folder):
    with _connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.release()
    (folder / "restored").mkdir(mode=0o700)
    archive, data = str(folder / "it.tar.gz"), str(folder / "data")
    subprocess.run(["tar", "--create", "--gzip", "--file", archive, "--directory", data, "."], check=True)
    subprocess.run(["tar", "--extract", "--gzip", "--file", archive, "--directory", folder / "restored"], check=True)
    copy = EmbeddedPostgres(folder / "restored")
    copy.ensure_running()
    with _connect(copy) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    copy.release()


def test_program_without_a_name_is_refused_in_a_sentence(folder):
    result = _program(folder / "data")
    assert result.returncode == 1
    assert result.stderr.startswith("Name one of PostgreSQL's programs")


# -- who runs it


@needs_root
def test_root_keeps_its_files(server):
    assert server.cluster.stat().st_uid == 0


@needs_root
def test_works_in_a_folder_that_only_another_user_may_enter(folder):
    folder.chmod(0o700)
    os.chown(folder, 12345, 12345)
    server = EmbeddedPostgres(folder / "data")
    server.ensure_running()
    assert server.server_pid()
    server.release()
    assert server.server_pid() is None
    assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (12345, 0o700)


@needs_root
@pytest.mark.parametrize("uid", [65534, 54321], ids=["with a name", "without a name"])
def test_ordinary_user_runs_it(folder, uid):
    data_dir = _folder_of(uid, folder)
    process, pid = _start_user(data_dir, python=_python_for_everyone(), prefix=_as_user(uid))
    assert pid, process.communicate()[1]
    assert (data_dir / "postgres" / "data").stat().st_uid == uid
    _end(process)
    assert EmbeddedPostgres(data_dir).server_pid() is None


@needs_root
def test_root_uses_the_database_of_an_ordinary_user_without_taking_it(folder):
    data_dir = _folder_of(65534, folder)
    process, _pid = _start_user(data_dir, python=_python_for_everyone(), prefix=_as_user(65534))
    _end(process)
    server = EmbeddedPostgres(data_dir)
    server.ensure_running()
    server.release()
    process, pid = _start_user(data_dir, python=_python_for_everyone(), prefix=_as_user(65534))
    assert pid, process.communicate()[1]
    _end(process)


@needs_root
def test_ordinary_user_is_told_that_the_database_is_somebody_elses(folder, server):
    folder.chmod(0o755)
    process, pid = _start_user(server.folder.parent, python=_python_for_everyone(), prefix=_as_user(65534))
    _out, errors = process.communicate()
    assert pid == ""
    assert "belongs to user 0" in errors
    assert "choose another DATA_DIR" in errors


@needs_root
def test_root_falls_back_to_another_user_where_namespaces_are_refused(folder):
    code, _errors = _in_machine_without_namespaces(folder / "data", users=65536)
    assert code == 0
    assert (folder / "data" / "postgres" / "data").stat().st_uid == 65534
    assert (folder / "data" / "postgres").stat().st_uid == 0
    server = EmbeddedPostgres(folder / "data")
    server.ensure_running()  # and goes on with that user where they are allowed again
    server.release()


@needs_root
def test_root_database_moves_to_the_fallback_when_namespaces_go(server):
    server.release()
    code, errors = _in_machine_without_namespaces(server.folder.parent, users=65536)
    assert code == 0, errors
    assert server.cluster.stat().st_uid == 65534


@needs_root
def test_root_that_can_become_nobody_is_told_what_to_do(folder):
    code, errors = _in_machine_without_namespaces(folder / "data", users=1)
    assert code == 1
    assert "PostgreSQL does not run as root" in errors
    assert "set DATABASE_URL" in errors


def _folder_of(uid, folder):
    folder.chmod(0o755)
    data_dir = folder / "data"
    data_dir.mkdir()
    os.chown(data_dir, uid, uid)
    return data_dir


def _as_user(uid):
    return ("setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups")


def _python_for_everyone():
    """This Python, or the same version where an ordinary user may run it."""
    if not all(_is_open_to_everyone(path) for path in (ROOT, program_path("postgres"))):
        pytest.skip("the product lies where only root may enter")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    here = Path(sys.executable).resolve()
    for path in (here, Path("/usr/bin") / version, Path("/usr/local/bin") / version):
        if path.exists() and _is_open_to_everyone(path):
            return str(path)
    return pytest.skip(f"no {version} that an ordinary user may run")


def _is_open_to_everyone(path):
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])


def _in_machine_without_namespaces(data_dir, users):
    """The exit code and messages of a process that uses the server as root of a namespace that allows no other.

    `users`: how many users that root may become; with 1 it can be nobody but itself.
    """
    ready, told = os.pipe(), os.pipe()
    messages = Path(f"{data_dir}.errors")
    child = os.fork()
    if child == 0:
        try:
            assert ctypes.CDLL(None).unshare(0x10000000) == 0
            os.write(ready[1], b".")
            os.read(told[0], 1)
            os.setgid(0)
            os.setuid(0)
            Path("/proc/sys/user/max_user_namespaces").write_text("0")
            os.dup2(os.open(messages, os.O_WRONLY | os.O_CREAT), 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *sys.path])
            os.execv(sys.executable, [sys.executable, "-c", USER, str(data_dir)])
        finally:
            os._exit(99)
    os.read(ready[0], 1)
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{child}/{name}").write_text(f"0 0 {users}")
    os.write(told[1], b".")
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status), messages.read_text()
