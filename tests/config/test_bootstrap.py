"""The database is ready before a command needs it, and untouched by a command that does not."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from config import bootstrap

ROOT = Path(__file__).parents[2]


@pytest.fixture
def calls(monkeypatch):
    """What the bootstrap did, in order."""
    done = []
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(
        "core.adapters.embedded_postgres.EmbeddedPostgres.ensure_running", lambda _self: done.append("start")
    )
    monkeypatch.setattr(bootstrap, "migrate_if_pending", lambda: done.append("migrate"))
    return done


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["manage.py"], []),
        (["manage.py", "help"], []),
        (["manage.py", "--version"], []),
        (["manage.py", "check"], []),
        (["manage.py", "collectstatic", "--noinput"], []),
        (["manage.py", "import_studies", "--help"], []),
        (["manage.py", "migrate"], ["start"]),
        (["manage.py", "makemigrations", "--check"], ["start"]),
        (["manage.py", "import_studies", "-", "--site", "A"], ["start", "migrate"]),
        (["manage.py", "serve"], ["start", "migrate"]),
        (["celery", "worker"], ["start", "migrate"]),
    ],
)
def test_each_command_gets_what_it_needs(calls, argv, expected):
    bootstrap.prepare_database(argv)
    assert calls == expected


def test_server_of_ones_own_is_left_to_its_owner(calls, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    bootstrap.prepare_database(["manage.py", "serve"])
    assert calls == []


@pytest.mark.parametrize("argv", [["migrate"], ["help"], [], ["demo", "--help"], ["showmigrations"]])
def test_what_needs_no_tables_is_not_refused_for_them(monkeypatch, argv):
    monkeypatch.setenv("DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setattr(bootstrap, "_has_pending_migrations", lambda: True)
    bootstrap.check_server(["manage.py", *argv])


def test_a_server_without_tables_is_refused_in_a_sentence(db_server_of_ones_own, tmp_path):
    process = _manage("demo", data_dir=tmp_path, DATABASE_URL=db_server_of_ones_own)
    out, said = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert said.startswith(
        "The database that DATABASE_URL names lacks tables of this version. Run `python manage.py mig"
    )
    assert len(said.splitlines()) == 1


def test_a_server_that_does_not_answer_is_refused_in_a_sentence(tmp_path):
    process = _manage("demo", data_dir=tmp_path, DATABASE_URL="postgres://ada:secret@127.0.0.1:9/label")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert said.startswith("The database that DATABASE_URL names does not answer: ")
    assert "correct DATABASE_URL." in said
    assert "secret" not in said


@pytest.mark.django_db
def test_no_migration_is_pending_in_a_migrated_database():
    assert not bootstrap._has_pending_migrations()


@pytest.fixture
def db_server_of_ones_own(django_db_blocker):
    """The address of a database without a table, beside the tests' own."""
    with django_db_blocker.unblock():
        mine = connection.settings_dict
        name = f"{mine['NAME']}_bare"[:63]
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
        query = f"?host={quote(mine['HOST'], safe='')}" if mine["HOST"].startswith("/") else ""
        server = "" if query else f"{mine['HOST']}:{mine['PORT']}"
        user = f"{quote(mine['USER'])}:{quote(mine['PASSWORD'])}"
        yield f"postgres://{user}@{server}/{name}{query}"
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _manage(*arguments, data_dir, DATABASE_URL="", **options):  # noqa: N803  the setting's name
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"DATABASE_URL": DATABASE_URL} if DATABASE_URL else {}
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=environment | {"DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_two_first_commands_at_once_prepare_one_new_database(tmp_path):
    count = "from core.models import Run; print('runs:', Run.objects.count())"
    both = [_manage("shell", "--no-imports", "-c", count, data_dir=tmp_path) for _ in range(2)]
    results = [(process.communicate(timeout=120), process.returncode) for process in both]
    assert [(out.strip(), code) for (out, _errors), code in results] == [("runs: 0", 0)] * 2, results
    assert sum("Preparing the database" in errors for (_out, errors), _code in results) == 1
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()


def test_terminated_command_lets_go_of_the_database(tmp_path):
    wait = "print('ready', flush=True); import time; time.sleep(60)"
    process = _manage("shell", "--no-imports", "-c", wait, data_dir=tmp_path)
    assert process.stdout.readline() == "ready\n", process.communicate()
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()


def test_command_that_cannot_have_a_database_says_so_in_a_sentence(tmp_path):
    cluster = tmp_path / "postgres" / "data"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    process = _manage("showmigrations", data_dir=tmp_path)
    _out, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("The database in ")
    assert "Traceback" not in errors
