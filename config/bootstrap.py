"""Makes the database ready before anything needs it: without DATABASE_URL, starts and migrates the embedded one."""

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.adapters.embedded_postgres import EmbeddedPostgres

# Commands that never ask the database.
WITHOUT_DATABASE = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages", "spectacular"}
    | {"startapp", "version"}
)
# Commands that want the server but see to the tables themselves, or must see them as they are.
WITHOUT_MIGRATION = frozenset(
    {"dbshell", "flush", "makemigrations", "migrate", "optimizemigration", "showmigrations", "sqlmigrate"}
    | {"squashmigrations", "test"}
)
MIGRATION_LOCK = 0x636F756E746572  # "counter": any fixed number that nothing else locks


class DatabaseNotReadyError(Exception):
    """The server of DATABASE_URL cannot be worked with; the text says what to do."""


def prepare_database(argv: Sequence[str]) -> "EmbeddedPostgres | None":
    """Start the embedded database and apply pending migrations, as far as the command in `argv` needs it.

    Returns the embedded database when this process now holds it.

    Does nothing when DATABASE_URL names a server: its tables are changed by `manage.py migrate` alone.
    Raises EmbeddedPostgresError when the database cannot be had.
    """
    command = argv[1] if len(argv) > 1 else "help"
    if os.environ.get("DATABASE_URL") or command in WITHOUT_DATABASE or _asks_for_help(argv):
        return None
    database = _start_embedded()
    if command not in WITHOUT_MIGRATION:
        migrate_if_pending()
    return database


def check_server(argv: Sequence[str]) -> None:
    """Refuse a server of DATABASE_URL that does not answer or lacks tables the command in `argv` needs.

    Raises DatabaseNotReadyError, so that no command ends in the midst of its work.
    """
    command = argv[1] if len(argv) > 1 else "help"
    if not os.environ.get("DATABASE_URL") or command in WITHOUT_DATABASE | WITHOUT_MIGRATION or _asks_for_help(argv):
        return
    import django
    from django.db import OperationalError, connection

    django.setup()
    try:
        is_pending = _has_pending_migrations()
    except OperationalError as error:
        reason = next(iter(str(error).strip().splitlines()), "")
        raise DatabaseNotReadyError(
            f"The database that DATABASE_URL names does not answer: {reason.rstrip('.')}. Start it, or correct DATABASE_URL."
        ) from error
    connection.close()
    if is_pending:
        raise DatabaseNotReadyError(
            "The database that DATABASE_URL names lacks tables of this version. Run `python manage.py migrate` (in a "
            f"checkout `.venv/bin/python manage.py migrate`) with the same DATABASE_URL, then `{command}` again."
        )


def _start_embedded() -> "EmbeddedPostgres":
    from django.conf import settings

    from core.adapters.embedded_postgres import EmbeddedPostgres

    database = EmbeddedPostgres(settings.DATA_DIR)
    database.ensure_running()
    return database


def _asks_for_help(argv: Sequence[str]) -> bool:
    return argv[1].startswith("-") or bool({"-h", "--help", "--version"} & set(argv[2:]))


def migrate_if_pending() -> None:
    """Apply pending migrations under a lock, so that processes starting together do it once."""
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    if _has_pending_migrations():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            if _has_pending_migrations():
                print("Preparing the database…", file=sys.stderr, flush=True)  # noqa: T201 - before logging exists
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
    connection.close()


def _has_pending_migrations() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def wait_for_server(patience_s: float = 60.0) -> None:
    """Return once the database of DATABASE_URL answers. Raises Django's OperationalError when it stays away."""
    import django
    from django.db import OperationalError, connection

    django.setup()
    deadline = time.monotonic() + patience_s
    while True:
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


if __name__ == "__main__":  # a deployment's entry script: any database, embedded or not, is ready after this
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if os.environ.get("DATABASE_URL"):
        wait_for_server()
    else:
        _start_embedded()
    migrate_if_pending()
