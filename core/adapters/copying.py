"""Many new rows at once by PostgreSQL's COPY: several times as fast as INSERT for narrow rows."""

from collections.abc import Sequence
from enum import Enum
from typing import Any

from django.db import connections, models, router, transaction


def copy_in(rows: Sequence[models.Model]) -> None:
    """Stores unsaved rows of one model, all or nothing, and gives them their primary keys in order.

    Values must be plain (no expressions); constraints and triggers hold as for any insert. As with ``bulk_create``,
    no signal is sent and nothing is validated. Raises Django's own database errors, as any other write does.
    """
    if not rows:
        return
    model = type(rows[0])
    meta = model._meta
    connection = connections[router.db_for_write(model)]
    fields = [(field.attname, isinstance(field, models.JSONField) and field) for field in meta.concrete_fields]
    quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in meta.concrete_fields)
    table = connection.ops.quote_name(meta.db_table)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, meta.pk.column, len(rows)],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(
                    [
                        json.get_db_prep_save(getattr(row, name), connection) if json else _plain(getattr(row, name))
                        for name, json in fields
                    ]
                )
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
