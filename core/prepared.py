"""Questions of a fixed shape, compiled once in a process and then asked with other values.

Django makes a query anew each time it is asked, and PostgreSQL plans it anew: for the join of a reader's case eight
milliseconds of one and four of the other, where the answer takes a half. What every verdict and every picture asks is asked
through here.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Generic, TypeVar, cast

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model, QuerySet
from django.db.models import query as django_query
from django.db.models.sql import UpdateQuery
from psycopg.types.numeric import Int8

T = TypeVar("T")
Shape = Callable[[], Hashable]
_ID, _FIRST_DAY = -(2**62), datetime(1, 1, 1, tzinfo=UTC)  # no primary key is so low, no time so early


def _id(place: int) -> int:
    return _ID - place


def text(place: int) -> str:
    """Stands for a text that a question is asked with."""
    return f"text {place} of a prepared question"


def moment(place: int) -> datetime:
    """Stands for a time that a question is asked with."""
    return _FIRST_DAY + timedelta(microseconds=place)


@dataclass(frozen=True)
class _Compiled:
    """A question's SQL with its parameters; where among them each of the asked values goes, and as what; and what makes of a row
    what the query gives.
    """

    sql: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, int, Callable[[Any], Any]], ...]
    read: Callable[[Sequence[tuple[Any, ...]]], Iterator[Any]]

    def ask(self, values: Sequence[Any], take: Callable[[Any], T]) -> T:
        """What ``take`` makes of the cursor that asked."""
        parameters = list(self.parameters)
        for place, number, kind in self.places:
            parameters[place] = kind(values[number])
        with _cursor() as cursor:
            cursor.execute(self.sql, parameters)
            return take(cursor)


class _Question:
    """A query that is built once, with marks that the asked values take the place of, and again where ``shape`` answers
    with something new. ``build`` gets as many values as are asked with, each used at least once, and must make the same
    query of any; they are primary keys where ``kinds`` does not say otherwise (``text``, ``moment``).
    """

    def __init__(
        self,
        build: Callable[..., Any],
        values: int,
        shape: Shape = tuple,
        kinds: Sequence[Callable[[int], Any]] = (),
    ) -> None:
        self._build = build
        self._marks = [kind(place) for place, kind in enumerate([*kinds, *[_id] * (values - len(kinds))])]
        self._shape = shape
        self._compiled: tuple[Hashable, _Compiled] | None = None

    def _today(self) -> _Compiled:
        shape, known = self._shape(), self._compiled
        if known is None or known[0] != shape:
            known = self._compiled = (shape, self._compile())
        return known[1]

    def _compile(self) -> _Compiled:
        compiler, read = self._made(self._build(*self._marks))
        sql, parameters = compiler.as_sql()
        # A member of an enumeration would be told by its name, were it not for its value.
        parameters = tuple(one.value if isinstance(one, Enum) else one for one in parameters)
        places = tuple(
            (place, self._marks.index(one), _kind(one)) for place, one in enumerate(parameters) if one in self._marks
        )
        if len({number for _, number, _ in places}) < len(self._marks):
            raise ValueError("A prepared question must hold each of its values as it was given, and one is not in it.")
        return _Compiled(sql, parameters, places, read)

    def _made(self, built: Any) -> tuple[Any, Callable[..., Iterator[Any]]]:
        raise NotImplementedError


def _kind(parameter: Any) -> Callable[[Any], Any]:
    """A number is told as wide as a primary key, or as Django says of its column: each width would be a statement of its own."""
    if not isinstance(parameter, int):
        return lambda value: value
    return Int8 if type(parameter) is int else type(parameter)


class PreparedExists(_Question):
    """Whether a query finds a row."""

    def __call__(self, *values: Any) -> bool:
        return self._today().ask(values, lambda cursor: cursor.fetchone() is not None)

    def _made(self, built: QuerySet[Any, Any]) -> tuple[Any, Callable[..., Iterator[Any]]]:
        return built.query.exists().get_compiler(connection=connection), iter


class PreparedUpdate(_Question):
    """How many rows of one table an update has changed; ``build`` gives the query, and what each field becomes."""

    def __call__(self, *values: Any) -> int:
        return self._today().ask(values, lambda cursor: int(cursor.rowcount))

    def _made(self, built: tuple[Any, dict[str, Any]]) -> tuple[Any, Callable[..., Iterator[Any]]]:
        queryset, fields = built
        update = queryset.order_by().query.chain(UpdateQuery)
        update.add_update_values(fields)
        return update.get_compiler(connection=connection), iter


_GIVEN: set[Any] = {django_query.ModelIterable, django_query.ValuesListIterable}
_populators: Any = django_query.get_related_populators  # the stubs know another Django's


class PreparedRows(_Question, Generic[T]):
    """The rows of a query, as the query gives them: models, with what ``select_related`` joins, or tuples of ``values_list``.

    What it must look at once more for each row (``prefetch_related``) it does not know.
    """

    def __call__(self, *values: Any) -> list[T]:
        compiled = self._today()
        return list(compiled.read(compiled.ask(values, _all)))

    def first(self, *values: Any) -> T | None:
        """The first row, or None. The query should have a limit where it may find many."""
        compiled = self._today()
        return next(compiled.read(compiled.ask(values, _all)[:1]), None)

    def _made(self, built: Any) -> tuple[Any, Callable[..., Iterator[Any]]]:
        if built._iterable_class not in _GIVEN or built._prefetch_related_lookups:
            raise ValueError("A prepared question gives models without a prefetch, or tuples of values_list().")
        compiler = built.query.get_compiler(connection=connection)
        compiler.pre_sql_setup()
        converted = _converting(compiler)
        is_model = built._iterable_class is django_query.ModelIterable
        return compiler, _models(compiler, converted) if is_model else converted


def _all(cursor: Any) -> list[tuple[Any, ...]]:
    return list(cursor.fetchall())


def _converting(compiler: Any) -> Callable[[Sequence[tuple[Any, ...]]], Iterator[tuple[Any, ...]]]:
    """Makes what the database gives what fields give, in every row."""
    converters = compiler.get_converters([selected[0] for selected in compiler.select])
    return lambda rows: map(tuple, compiler.apply_converters(rows, converters)) if converters else iter(rows)


def _models(compiler: Any, converted: Callable[..., Iterator[tuple[Any, ...]]]) -> Callable[..., Iterator[Model]]:
    """Makes a model of every row, with those that are joined to it: as Django's ``ModelIterable`` does."""
    made, columns = compiler.klass_info["model"], compiler.klass_info["select_fields"]
    begin, end = columns[0], columns[-1] + 1
    names = [selected[0].target.attname for selected in compiler.select[begin:end]]
    related = _populators(compiler.klass_info, compiler.select, connection.alias)
    annotations = (compiler.annotation_col_map or {}).items()

    def models(rows: Sequence[tuple[Any, ...]]) -> Iterator[Model]:
        for row in converted(rows):
            one = made.from_db(connection.alias, names, row[begin:end])
            for populator in related:
                populator.populate(row, one)
            for name, place in annotations:
                setattr(one, name, row[place])
            yield one

    return models


def _cursor() -> Any:
    """A cursor that leaves the values to the server, which plans a statement once for a connection (``prepare_threshold``)."""
    wrapper, cursor_of = cast(Any, connection), cast(Any, ServerBindingCursor)
    wrapper.close_if_health_check_failed()
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        return wrapper._prepare_cursor(cursor_of(wrapper.connection))
