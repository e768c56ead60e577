"""The audit trail: written with the change it tells of, and never altered, not even by SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from core.actions import record_event
from core.models import Event
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    user = make_user()
    return record_event(verb="round.opened", subject=user, by=user, data={"k": 3})


def test_an_event_tells_who_did_what_to_what(event):
    stored = Event.objects.get()
    assert (stored.verb, stored.actor, stored.data) == ("round.opened", event.actor, {"k": 3})
    assert (stored.subject_type, stored.subject_id) == ("accounts.user", str(event.actor_id))


def test_a_command_has_no_actor(event):
    assert record_event(verb="x.y", subject=event, by=None).actor is None


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.delete(),
        lambda event: Event.objects.all().delete(),
        lambda event: Event.objects.update(verb="other"),
        lambda event: Event.objects.filter(pk=event.pk).update(actor=None),
        lambda event: event.save(),
    ],
)
def test_the_orm_can_neither_change_nor_delete_an_event(event, change):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(event)
    assert Event.objects.values_list("verb", flat=True).get() == "round.opened"


@pytest.mark.parametrize(
    "sql", ["UPDATE core_event SET at = now()", "UPDATE core_event SET verb = verb", "DELETE FROM core_event"]
)
def test_sql_can_neither_change_nor_delete_an_event(event, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Event.objects.count() == 1


def test_the_person_an_event_names_cannot_be_deleted(event):
    with pytest.raises(DatabaseError), transaction.atomic():
        event.actor.delete()


def test_an_event_goes_with_the_change_when_that_is_rolled_back(event):
    def work() -> None:
        with transaction.atomic():
            record_event(verb="x.y", subject=event, by=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert Event.objects.count() == 1


def test_newest_events_come_first(event):
    later = record_event(verb="later", subject=event, by=None)
    assert Event.objects.first() == later
