"""A case that left a reader's list answers the same whatever it was: a check, a training case or one handed on."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import Event
from labeling.actions import deal_in_reader, hand_over, open_case
from labeling.models import Arm, Slot, SlotState
from labeling.queries import slots_once_held_by
from tests import factories
from tests.labeling.conftest import World
from tests.labeling.test_cannot_judge import spare_world
from tests.labeling.test_control_arms import extra_slot

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
VERDICT = {"verdict": "agree_all", "idempotency_key": "k"}
ASKED = [
    ("case", None, {}),
    ("case", VERDICT, {}),
    ("case", VERDICT, HTMX),
    ("undo", {}, {}),
    ("undo", {}, HTMX),
    ("cannot_judge", {"reason": "image_quality", "idempotency_key": "k"}, HTMX),
    ("cannot_judge", {}, {}),
    ("draft", {}, {}),
    ("loan", {}, {}),
    ("answer", None, {}),
]


@pytest.fixture
def left() -> tuple[World, Slot, Slot]:
    """A reader whose pending cases were handed over: one of theirs that counts, never opened, and one repeat."""
    world = spare_world()
    repeat = extra_slot(world, Arm.REPEAT)
    normal = world.slot(0, 1)
    hand_over(round_=world.round, reader=world.readers[0], by=None, now=timezone.now())
    normal.refresh_from_db()
    repeat.refresh_from_db()
    assert normal.reader != world.readers[0]
    assert (repeat.reader, repeat.state) == (world.readers[0], SlotState.CLOSED)
    return world, normal, repeat


def told(client, slot: Slot, name: str, sent: dict | None, headers: dict) -> tuple[int, str]:
    address = reverse(f"labeling:{name}", args=[slot.pk])
    answer = client.get(address, **headers) if sent is None else client.post(address, sent, **headers)
    return answer.status_code, re.sub(r"[A-Za-z0-9]{64}|\d{10,}", "", answer.content.decode())


@pytest.mark.parametrize(("name", "sent", "headers"), ASKED)
def test_a_case_handed_on_unopened_answers_like_a_check_that_was_closed(client, left, name, sent, headers):
    world, normal, repeat = left
    client.force_login(world.readers[0])
    answer = told(client, normal, name, sent, headers)
    assert answer == told(client, repeat, name, sent, headers)
    if name == "case":
        assert "not on your list any more" in answer[1]


def test_nobody_else_learns_of_the_case(client, left):
    world, normal, repeat = left
    stranger = next(one for one in world.readers[1:] if one != normal.reader)
    client.force_login(stranger)
    for slot in (normal, repeat):
        assert told(client, slot, "case", None, {})[0] == told(client, slot, "undo", {}, {})[0] == 404


def test_what_went_to_a_late_reader_is_gone_in_the_same_words(now):
    world = spare_world()
    before = {slot.pk: slot.holder for slot in world.round.slots.all()}
    open_case(slot=world.slot(0, 0), by=world.readers[0], now=now)
    late = factories.make_user(username="late")
    assert deal_in_reader(round_=world.round, reader=late, by=None, now=now).moved
    for slot in Slot.objects.filter(reader=late):
        assert slot in slots_once_held_by(before[slot.pk])
        event = Event.objects.get(verb="case.moved", subject_id=str(slot.pk))
        assert event.data == {"round": world.round.pk, "reader": before[slot.pk].pk, "to": late.pk}
