"""PostgreSQL is told of a table that many rows came into at once."""

import pytest
from django.db import connection, transaction

from core.adapters.table_statistics import MANY, refresh_statistics
from core.models import Event

pytestmark = pytest.mark.django_db


def _believed() -> float:
    """How many rows PostgreSQL takes the table to have when it plans a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [Event._meta.db_table])
        return cursor.fetchone()[0]


def _write(rows: int) -> None:
    Event.objects.bulk_create(Event(verb="test.written") for _ in range(rows))


def test_rows_that_are_not_committed_yet_are_counted():
    _write(MANY)
    refresh_statistics(MANY, Event)
    assert _believed() == Event.objects.count()


def test_a_few_rows_are_left_to_postgresql():
    before = _believed()
    _write(MANY - 1)
    refresh_statistics(MANY - 1, Event)
    assert _believed() == before


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_table_that_somebody_looks_at():
    _write(MANY)
    other = connection.copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            refresh_statistics(MANY, Event)  # holds the table until the end of this transaction
            cursor.execute("SET lock_timeout = '1s'")
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {Event._meta.db_table}")
    finally:
        other.close()
