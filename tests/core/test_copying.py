"""COPY stores what INSERT would: keys in order, constraints held, all or nothing."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cases.models import Site
from core.adapters.copying import copy_in, copy_values
from core.models import Event, Run, RunProblem, RunState

pytestmark = pytest.mark.django_db


def problems(run, n):
    return [RunProblem(run=run, kind="k", where=f"a\tb\\{i}\n“ü”", line=i or None, message="m") for i in range(n)]


def test_rows_are_stored_with_keys_in_order():
    run = Run.objects.create(kind="import")
    rows = problems(run, 3)
    copy_in(rows)
    stored = list(RunProblem.objects.order_by("pk"))
    assert [row.pk for row in rows] == [row.pk for row in stored]
    assert [(row.where, row.line) for row in stored] == [(row.where, row.line) for row in rows]
    assert not rows[0]._state.adding


def test_defaults_json_and_enums_are_stored_as_insert_does():
    copy_in([Run(kind="import", state=RunState.PAUSED, params={"a": ["ü", None]}, created_at=timezone.now())])
    run = Run.objects.get()
    assert (run.state, run.params) == ("paused", {"a": ["ü", None]})


def test_constraints_hold():
    run = Run.objects.create(kind="import")
    broken = [*problems(run, 1), RunProblem(run_id=run.pk + 999, kind="k", where="w", message="m")]
    copy_in(broken)  # a foreign key is checked at the end of the transaction
    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        copy_in([])
    assert not Event.objects.exists()


def test_what_a_constraint_refuses_is_djangos_own_error():
    named = [Site(code="A", name="one"), Site(code="A", name="two")]
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_in(named)
    assert not Site.objects.exists()


def test_values_are_stored_as_rows_are():
    run = Run.objects.create(kind="import")
    names = ["message", "kind", "where", "line", "field", "value", "is_warning", "run_id"]
    rows = [["m", "k", f"a\tb\\{n}\n“ü”", n or None, "", "", False, run.pk] for n in range(3)]
    keys = copy_values(RunProblem, names, rows)
    stored = list(RunProblem.objects.order_by("pk"))
    assert keys == [row.pk for row in stored]
    assert [(row.where, row.line, row.message) for row in stored] == [(row[2], row[3], "m") for row in rows]


@pytest.mark.parametrize("names", [["code"], ["code", "name", "id"], ["code", "name", "colour"]])
def test_every_column_but_the_key_has_to_be_named(names):
    with pytest.raises(ValueError, match="name every column once"):
        copy_values(Site, names, [["A", "one", "x"][: len(names)]])


def test_no_values_are_no_statement(django_assert_num_queries):
    names = [field.attname for field in Site._meta.concrete_fields if not field.primary_key]
    with django_assert_num_queries(0):
        assert copy_values(Site, names, []) == []
