"""The number of a slot, which readers meet in addresses and the API, tells nothing of its arm or of when it was made."""

import math
from collections import Counter
from importlib import import_module
from itertools import pairwise

import pytest
from django.db import connection
from django.urls import reverse

from core.models import Event
from labeling.actions import cannot_judge, record_read, save_draft
from labeling.models import Arm, CannotJudge, Draft, Read, Slot
from tests import factories
from tests.labeling.conftest import make_world
from tests.labeling.test_control_arms import ALL_ARMS, extra_slot, open_with_arms, say

pytestmark = pytest.mark.django_db
CONTROLS = (Arm.NO_SUGGESTIONS, Arm.PLANTED_ERROR, Arm.REPEAT)


def z_of_ranks(slots: list[Slot], arm: str) -> float:
    """The Mann-Whitney statistic of one arm's numbers against all others', in standard deviations."""
    ranked = sorted(slots, key=lambda slot: slot.pk)
    ranks = [place for place, slot in enumerate(ranked, start=1) if slot.arm == arm]
    n, others = len(ranks), len(ranked) - len(ranks)
    expected = n * (len(ranked) + 1) / 2
    return (sum(ranks) - expected) / math.sqrt(n * others * (len(ranked) + 1) / 12)


def test_the_rank_of_a_number_is_independent_of_the_arm():
    round_ = open_with_arms(n_studies=120, n_readers=6, arms=ALL_ARMS)
    slots = list(round_.slots.all())
    for arm in (Arm.NORMAL, *CONTROLS):
        # Numbers that count up lie more than 6 deviations off; chance exceeds 5 once in two million.
        assert abs(z_of_ranks(slots, arm)) < 5, arm
    numbers = sorted(slot.pk for slot in slots)
    assert numbers[0] >= 2**52
    assert numbers[-1] < 2**53  # a number of JavaScript holds it
    assert min(later - earlier for earlier, later in pairwise(numbers)) > 1


def test_slots_made_later_have_numbers_among_the_first(now):
    """Repeats, stand-ins and late readers come after the deal; their numbers must not."""
    world = make_world(n_studies=60, n_readers=3)
    dealt = sorted(Slot.objects.values_list("pk", flat=True))
    later = [extra_slot(world, Arm.REPEAT, study=n).pk for n in range(60)]
    behind = sum(number > dealt[len(dealt) // 2] for number in later)
    assert abs(behind - 30) < 5 * math.sqrt(60) / 2


def test_numbers_dealt_before_are_drawn_anew_and_everything_follows(client, now):
    world = make_world(n_studies=4, n_readers=2)
    reader = world.readers[0]
    say(first := world.slot(0, 0))
    say(first, "agree_mostly", "-pleural_effusion")
    control = extra_slot(world, Arm.REPEAT, study=0)
    save_draft(slot=world.slot(0, 1), content={"comment": "so far"}, by=reader, now=now)
    cannot_judge(slot=world.slot(0, 2), reason="image_quality", by=reader, now=now)
    elsewhere = factories.make_round(world.benchmark, world.studies, world.readers)  # without control arms
    before = {slot.pk: (slot.reader_id, slot.round_study_id, slot.arm, slot.order) for slot in world.round.slots.all()}
    untouched = set(elsewhere.slots.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(import_module("labeling.migrations.0006_slots_have_unguessable_numbers").RENUMBER)
    after = {slot.pk: (slot.reader_id, slot.round_study_id, slot.arm, slot.order) for slot in world.round.slots.all()}
    assert Counter(after.values()) == Counter(before.values())
    assert not set(after) & set(before)
    assert all(2**52 <= number < 2**53 for number in after)
    assert set(elsewhere.slots.values_list("pk", flat=True)) == untouched
    assert Read.objects.filter(slot__arm=Arm.NORMAL).count() == 2
    assert Read.objects.current().get().slot.round_study == control.round_study
    assert {draft.slot.round_study.study for draft in Draft.objects.all()} == {world.studies[1]}
    assert CannotJudge.objects.get().slot.round_study.study == world.studies[2]
    assert Slot.objects.get(replaces__isnull=False).replaces.round_study.study == world.studies[2]
    told = {int(event.subject_id): event.data["before"] for event in Event.objects.filter(verb="slot.renumbered")}
    assert {number: before[old] for number, old in told.items()} == after
    with pytest.raises(Exception, match="append-only"):
        Read.objects.update(comment="changed")


def test_what_a_reader_asks_for_lists_no_number_that_counts_up(client, now):
    world = make_world(n_studies=3, n_readers=1)
    record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=now)
    client.force_login(world.readers[0])
    listed = client.get("/api/v1/slots/").json()["results"]
    assert all(one["id"] >= 2**52 for one in listed)
    page = client.get(reverse("labeling:case", args=[world.slot(0, 1).pk])).content.decode()
    assert f'data-case="{world.slot(0, 1).pk}"' in page
