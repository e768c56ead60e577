"""Many readers, tabs and clicks at once, on real connections: one standing verdict per slot, none lost, none over."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import DomainError
from labeling.actions import close_round, open_round, record_read, withdraw_read
from labeling.models import Read, Slot
from labeling.verdicts import LabelChange
from tests import factories
from tests.labeling.conftest import make_sample, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Runs the calls together, each on its own connection; returns their results, refusals included."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=20)
            return call()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_seventeen_readers_and_300_studies_make_exactly_900_reads():
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 300)
    readers = [factories.make_user(username=f"r{n:02}") for n in range(17)]
    open_round(benchmark=benchmark, readers=readers, reads_per_study=3, by=None, now=timezone.now())

    def read_all(reader):
        def call():
            for slot in Slot.objects.filter(reader=reader):
                for _ in range(2):  # every verdict is sent twice
                    record_read(
                        slot=slot, verdict="agree_all", by=reader, now=timezone.now(), idempotency_key=f"k{slot.pk}"
                    )

        return call

    assert at_once(*map(read_all, readers)) == [None] * 17
    current = Read.objects.current()
    assert (current.count(), Read.objects.count()) == (900, 900)
    assert set(Slot.objects.values_list("state", flat=True)) == {"read"}
    per_study = {}
    for study, reader in current.values_list("slot__round_study", "slot__reader"):
        per_study.setdefault(study, set()).add(reader)
    assert {len(each) for each in per_study.values()} == {3}


def test_a_double_click_is_stored_once():
    world = make_world()
    slot, reader = world.slot(), world.readers[0]

    def click():
        return record_read(slot=slot, verdict="agree_all", by=reader, now=timezone.now(), idempotency_key="one form")

    reads = at_once(*[click] * 6)
    assert (len(set(reads)), Read.objects.count()) == (1, 1)


def test_two_tabs_with_two_verdicts_leave_one_standing():
    world = make_world()
    slot, reader = world.slot(), world.readers[0]

    def tab(verdict):
        return lambda: record_read(
            slot=slot, verdict=verdict, by=reader, now=timezone.now(), idempotency_key=f"tab {verdict}"
        )

    at_once(tab("agree_all"), tab("disagree"), tab("agree_mostly"))
    assert (Read.objects.current().count(), Read.objects.count()) == (1, 3)


def test_undo_racing_a_new_verdict_keeps_one_chain():
    world = make_world()
    slot, reader = world.slot(), world.readers[0]
    record_read(slot=slot, verdict="agree_all", by=reader, now=timezone.now())
    at_once(
        lambda: withdraw_read(slot=slot, by=reader, now=timezone.now()),
        lambda: record_read(slot=slot, verdict="disagree", by=reader, now=timezone.now()),
        lambda: withdraw_read(slot=slot, by=reader, now=timezone.now()),
    )
    slot.refresh_from_db()
    ends = Read.objects.filter(slot=slot, superseded_by__isnull=True)
    assert ends.count() == 1
    assert slot.state == ("pending" if ends.get().is_withdrawal else "read")


def test_an_undo_racing_a_verdict_of_another_tab_never_takes_that_back():
    world = make_world(n_studies=12)
    reader, changed = world.readers[0], (LabelChange("pleural_effusion", "struck"),)
    for study in range(12):
        slot = world.slot(0, study)
        first = record_read(slot=slot, verdict="agree_all", by=reader, now=timezone.now())
        at_once(
            lambda slot=slot, first=first: withdraw_read(slot=slot, by=reader, now=timezone.now(), undoes=first.pk),
            lambda slot=slot, first=first: record_read(
                slot=slot, verdict="disagree", corrections=changed, seen=first.pk, by=reader, now=timezone.now()
            ),
        )
        assert Read.objects.current().get(slot=slot).verdict == "disagree"


def test_closing_waits_for_verdicts_and_refuses_those_after():
    world = make_world(n_studies=10)
    reader = world.readers[0]

    def read_all():
        stored = 0
        for slot in Slot.objects.filter(reader=reader).order_by("order"):
            record_read(slot=slot, verdict="agree_all", by=reader, now=timezone.now())
            stored += 1
        return stored

    at_once(read_all, lambda: close_round(round_=world.round, by=None, now=timezone.now()))
    world.round.refresh_from_db()
    late = Read.objects.filter(submitted_at__gt=world.round.closed_at)
    assert not world.round.is_open
    assert Read.objects.count() == Slot.objects.filter(state="read").count()
    assert not late.exists()


def test_a_round_closes_no_earlier_than_its_last_verdict():
    """Closing waits for verdicts under way, and they may be later than the moment it was asked for."""
    world = make_world(n_studies=1)
    asked = timezone.now()
    read = record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=asked + timedelta(seconds=2))
    assert close_round(round_=world.round, by=None, now=asked).closed_at == read.submitted_at


def test_rounds_opened_at_once_get_different_numbers():
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 4)
    readers = [factories.make_user() for _ in range(3)]

    def opening():
        return open_round(benchmark=benchmark, readers=readers, by=None, now=timezone.now()).number

    assert sorted(at_once(*[opening] * 4)) == [1, 2, 3, 4]
