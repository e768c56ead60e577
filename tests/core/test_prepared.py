"""Prepared questions find what the query they were made of finds."""

from datetime import timedelta

import pytest
from django.db import connection, connections
from django.db.models import Exists, OuterRef

from accounts.models import Role, User
from benchmarks.models import Label
from cases.models import Study
from core.prepared import PreparedExists, PreparedRows, PreparedUpdate, moment, text
from tests.factories import make_benchmark, make_study, make_user

pytestmark = pytest.mark.django_db


def test_it_is_made_once_and_finds_what_each_value_asks_for(django_assert_num_queries):
    made: list[int] = []

    def build(pk: int):
        made.append(pk)
        return User.objects.filter(role=Role.READER).exclude(pk__gt=2**40).filter(pk=pk)

    is_reader = PreparedExists(build, 1)
    reader, curator = make_user(Role.READER), make_user(Role.CURATOR)
    with django_assert_num_queries(3):
        assert (is_reader(reader.pk), is_reader(curator.pk), is_reader(2**30)) == (True, False, False)
    assert len(made) == 1


def test_each_value_takes_its_own_place():
    first, second = make_user(Role.READER), make_user(Role.READER)
    both = PreparedExists(lambda a, b: User.objects.filter(pk=a).filter(pk__lt=b), 2)
    assert both(first.pk, second.pk)
    assert not both(second.pk, first.pk)


def test_a_value_that_is_not_in_the_question_is_refused():
    with pytest.raises(ValueError, match="must hold each of its values"):
        PreparedExists(lambda pk: User.objects.filter(role=Role.READER), 1)(1)


def test_it_is_made_again_where_its_shape_changes():
    role = Role.READER
    has_role = PreparedExists(lambda pk: User.objects.filter(role=role, pk=pk), 1, shape=lambda: role)
    curator = make_user(Role.CURATOR)
    assert not has_role(curator.pk)
    role = Role.CURATOR
    assert has_role(curator.pk)


def test_rows_are_what_the_query_gives_joined_and_counted_models_too(django_assert_num_queries):
    benchmark = make_benchmark()
    wanted = lambda pk: (  # noqa: E731 - the same query, prepared and not
        Label.objects.filter(taxonomy=pk)
        .select_related("taxonomy__benchmark")
        .annotate(is_first=Exists(Label.objects.filter(pk=OuterRef("pk"), position=0)))
        .order_by("-position")
    )
    prepared = PreparedRows[Label](wanted, 1)
    pk = benchmark.taxonomies.get().pk
    with django_assert_num_queries(1):
        found = prepared(pk)
        assert {label.taxonomy.benchmark for label in found} == {benchmark}
    expected = list(wanted(pk))
    assert found == expected
    every = [(field.attname, label) for label in found for field in label._meta.concrete_fields]
    assert [getattr(label, name) for name, label in every] == [
        getattr(label, name) for label in expected for name in (field.attname for field in label._meta.concrete_fields)
    ]
    assert [label.is_first for label in found] == [label.is_first for label in expected]
    assert prepared(0) == []
    assert (prepared.first(pk), prepared.first(0)) == (expected[0], None)


def test_rows_of_values_keep_the_order_of_their_fields():
    reader = make_user(Role.READER)
    asked = PreparedRows[tuple](lambda pk: User.objects.filter(pk=pk).values_list("role", "pk", "date_joined"), 1)
    assert asked(reader.pk) == [("reader", reader.pk, reader.date_joined)]


def test_texts_times_and_members_of_enumerations_are_asked_with():
    reader = make_user(Role.READER)
    joined = PreparedRows[User](
        lambda name, since, pk: User.objects.filter(role=Role.READER, username=name, date_joined__gt=since, pk=pk),
        3,
        kinds=(text, moment),
    )
    before, after = reader.date_joined - timedelta(days=1), reader.date_joined + timedelta(days=1)
    assert joined(reader.username, before, reader.pk) == [reader]
    assert joined(reader.username, after, reader.pk) == joined("nobody", before, reader.pk) == []


def test_a_row_that_is_not_there_is_joined_as_none():
    study = make_study(make_benchmark(), study_id="S1", report="")
    asked = PreparedRows[Study](lambda pk: Study.objects.filter(pk=pk).select_related("patient", "site"), 1)
    (found,) = asked(study.pk)
    assert (found.patient, found.site) == (study.patient, study.site)


@pytest.mark.parametrize("what", ["values", "prefetch"])
def test_what_it_cannot_give_is_refused(what):
    asks = {
        "values": lambda pk: User.objects.filter(pk=pk).values("pk"),
        "prefetch": lambda pk: User.objects.filter(pk=pk).prefetch_related("drafts"),
    }
    asked = PreparedRows(asks[what], 1)
    with pytest.raises(ValueError, match="without a prefetch"):
        asked(1)


def test_a_statement_is_planned_once_for_a_connection():
    asked = PreparedRows[User](lambda pk: User.objects.filter(pk=pk), 1)
    for pk in (1, 2, 2**40):
        asked(pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%accounts_user%'")
        assert cursor.fetchone() == (1,)


def test_a_pooler_without_prepared_statements_is_served_all_the_same(monkeypatch):
    connection.ensure_connection()
    monkeypatch.setattr(connection.connection._prepared, "prepare_threshold", None)
    reader = make_user(Role.READER)
    asked = PreparedRows[User](lambda pk: User.objects.filter(pk=pk), 1)
    assert asked(reader.pk) == [reader]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%accounts_user%'")
        assert cursor.fetchone() == (0,)


def test_an_update_changes_what_it_is_asked_for_and_tells_how_many():
    first, second = make_user(Role.READER), make_user(Role.READER)
    join = PreparedUpdate(
        lambda since, pk: (
            User.objects.filter(role=Role.READER, pk__gte=pk),
            {"date_joined": since, "role": Role.CURATOR},
        ),
        2,
        kinds=(moment,),
    )
    since = first.date_joined - timedelta(days=7)
    assert (join(since, second.pk), join(since, second.pk)) == (1, 0)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.role, second.role, second.date_joined) == ("reader", "curator", since)


def test_the_person_of_a_session_is_the_one_that_the_query_gives():
    reader = make_user(Role.READER)
    assert vars(User.objects.get(pk=reader.pk)).keys() == vars(User.objects.filter(pk=reader.pk)[0]).keys()
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=0)


@pytest.mark.django_db(transaction=True)
def test_a_line_that_died_between_two_requests_is_opened_anew(monkeypatch):
    reader = make_user(Role.READER)
    asked = PreparedRows[User](lambda pk: User.objects.filter(pk=pk), 1)
    assert asked(reader.pk) == [reader]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    finally:
        other.close()
    wrapper = connections["default"]
    monkeypatch.setattr(wrapper, "health_check_enabled", True)  # as a request that begins sets both
    monkeypatch.setattr(wrapper, "health_check_done", False)
    assert asked(reader.pk) == [reader]
