"""PostgreSQL's knowledge of its tables, made fresh where a great many rows came in at once."""

from django.db import connection
from django.db.models import Model

MANY = 200


def refresh_statistics(rows: int, *models: type[Model]) -> None:
    """Has PostgreSQL count the tables of ``models`` now when MANY ``rows`` or more were written into them.

    PostgreSQL looks by itself about once a minute, and not into what is not committed yet. Until then it may take a
    table for the empty one it saw last, and walk through all of it once for each row of another: the question for a
    fresh round's verdicts then takes the better part of an hour in place of a tenth of a second. A table that another
    transaction is looking at is left to it, so that nobody waits for anybody.
    """
    if rows < MANY:
        return
    with connection.cursor() as cursor:
        for name in sorted({model._meta.db_table for model in models}):
            cursor.execute(f"ANALYZE (SKIP_LOCKED) {connection.ops.quote_name(name)}")
