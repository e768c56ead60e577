"""Questions of a fixed shape, compiled once in a process and then asked with other values."""

from collections.abc import Callable, Hashable
from typing import Any

from django.db import connection
from django.db.models import QuerySet

_MARK = -(2**62)  # no primary key is so low


class PreparedExists:
    """Whether a query finds a row, for a question that is asked with every picture.

    Django makes a query anew each time it is asked: three milliseconds for one that joins and excludes, of which
    PostgreSQL needs a half. ``build`` gets as many primary keys as are asked with, each used at least once, and must
    make the same query of any; it is called once, with marks that the asked values take the place of, and again
    where ``shape`` answers with something new.
    """

    def __init__(self, build: Callable[..., QuerySet[Any]], values: int, shape: Callable[[], Hashable] = tuple) -> None:
        self._build = build
        self._marks = [_MARK - place for place in range(values)]
        self._shape = shape
        self._compiled: tuple[Hashable, str, tuple[Any, ...]] | None = None

    def __call__(self, *values: int) -> bool:
        shape = self._shape()
        if self._compiled is None or self._compiled[0] != shape:
            self._compiled = (shape, *self._compile())
        _, sql, parameters = self._compiled
        asked = dict(zip(self._marks, values, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(sql, [asked.get(one, one) if isinstance(one, int) else one for one in parameters])
            return cursor.fetchone() is not None

    def _compile(self) -> tuple[str, tuple[Any, ...]]:
        query = self._build(*self._marks).query.exists()
        sql, parameters = query.get_compiler(connection=connection).as_sql()
        lost = set(self._marks).difference(one for one in parameters if isinstance(one, int))
        if lost:
            raise ValueError("A prepared question must hold each of its values as it was given, and one is not in it.")
        return sql, tuple(parameters)
