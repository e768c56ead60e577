"""Rounds open to all: cases on loan, each to one reader, and an honest word when others hold what is left."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from labeling.actions import (
    ReadingRules,
    cannot_judge,
    open_case,
    open_round,
    record_read,
    renew_loans,
    take_cases,
    withdraw_read,
)
from labeling.actions.dealing import RoundRefusedError
from labeling.lending import LEASE, Held
from labeling.models import ReadingRound, RoundReader, RoundStudy, Slot
from labeling.queries import held_by_others, reading_list
from tests import factories
from tests.labeling.conftest import REPORT, World, make_sample

MINUTE = timedelta(minutes=1)


def free_world(n_studies=3, n_readers=3, k=2, **fields) -> World:
    benchmark = factories.make_benchmark()
    readers = [factories.make_user(username=f"r{n}") for n in range(1, n_readers + 1)]
    round_ = ReadingRound.objects.create(
        benchmark=benchmark, taxonomy=benchmark.taxonomies.get(), number=1, reads_per_study=k, is_open_to_all=True, **fields
    )  # fmt: skip
    RoundReader.objects.bulk_create(RoundReader(round=round_, reader=reader) for reader in readers)
    studies = [factories.make_study(benchmark, study_id=f"CXR{n}", report=REPORT) for n in range(n_studies)]
    for place, study in enumerate(studies, start=1):
        suggestions = factories.make_suggestions(study, benchmark, ["pleural_effusion"])
        row = RoundStudy.objects.create(round=round_, study=study, suggestion_set=suggestions, position=place)
        Slot.objects.bulk_create(
            Slot(round=round_, round_study=row, position=n, reads_per_study=k, order=0) for n in range(1, k + 1)
        )
    return World(benchmark, readers, studies, round_)


@pytest.fixture
def world(db) -> World:
    return free_world()


def take(world, now, reader=0, **fields) -> int:
    return take_cases(reader=world.readers[reader], round_=world.round, now=now, **fields)


def held(world, reader=0) -> list[Slot]:
    return list(Slot.objects.filter(reader=world.readers[reader], state="pending").order_by("order"))


def test_the_case_on_the_screen_and_the_next_two_are_lent(world, now):
    assert take(world, now) == 3
    assert take(world, now) == 0
    mine = held(world)
    assert [slot.order for slot in mine] == [1, 2, 3]
    assert len({slot.round_study_id for slot in mine}) == 3
    assert {slot.leased_until for slot in mine} == {now + LEASE}


def test_a_study_never_comes_to_a_reader_twice(world, now):
    take(world, now)
    for slot in held(world):
        record_read(slot=slot, verdict="agree_all", by=world.readers[0], now=now)
    assert take(world, now) == 0


def test_the_cap_is_kept(world, now):
    RoundReader.objects.filter(reader=world.readers[0]).update(max_reads=2)
    assert take(world, now) == 2


def test_a_loan_that_ran_out_is_free_to_others_and_a_renewed_one_is_not(now, db):
    world = free_world(n_studies=1, n_readers=2, k=1)
    take(world, now)
    [slot] = held(world)
    assert renew_loans(slot=slot, by=world.readers[0], now=now + 30 * MINUTE)
    assert take(world, now + 50 * MINUTE, reader=1) == 0
    assert take(world, now + 90 * MINUTE, reader=1) == 1
    assert not renew_loans(slot=slot, by=world.readers[0], now=now + 91 * MINUTE)


def test_a_case_with_a_history_stays_with_its_reader(now, db):
    world = free_world(n_studies=1, n_readers=2, k=1)
    take(world, now)
    [slot] = held(world)
    record_read(slot=slot, verdict="agree_all", by=world.readers[0], now=now)
    withdraw_read(slot=slot, by=world.readers[0], now=now)
    assert take(world, now + 90 * MINUTE, reader=1) == 0


def test_who_holds_what_is_left_is_said(now, db):
    world = free_world(n_studies=3, n_readers=2, k=1)
    take(world, now)
    assert held_by_others(world.readers[1], world.round, now) == Held(3, 1, now + LEASE)
    assert Held(1, 1, now).words == "Another reader holds the last case"
    assert Held(3, 2, now).words == "Two readers hold the last 3 cases"
    assert held_by_others(world.readers[1], world.round, now + 2 * LEASE) is None


def test_nothing_is_lent_where_cases_are_dealt_or_to_somebody_else(world, now):
    assert take_cases(reader=factories.make_user(), round_=world.round, now=now) == 0
    world.round.is_open_to_all = False
    assert take(world, now) == 0


def test_a_case_given_back_is_free_again_for_others_only(now, db):
    world = free_world(n_studies=1, n_readers=2, k=1)
    take(world, now)
    cannot_judge(slot=held(world)[0], reason="image_quality", by=world.readers[0], now=now)
    assert take(world, now) == 0
    assert take(world, now, reader=1) == 1


def test_the_page_takes_a_case_and_says_when_nothing_is_free(client, now, db):
    world = free_world(n_studies=1, n_readers=2, k=1)
    client.force_login(world.readers[1])
    page = client.get(reverse("labeling:next", args=[world.round.pk]), follow=True)
    assert "Case 1 of 1" in page.content.decode()
    client.force_login(world.readers[0])
    page = client.get(reverse("labeling:next", args=[world.round.pk]), follow=True).content.decode()
    assert "Another reader holds the last case" in page
    assert "Look again" in page


def test_the_worklist_offers_a_round_open_to_all_before_anything_is_taken(client, world):
    client.force_login(world.readers[0])
    page = client.get(reverse("labeling:worklist")).content.decode()
    assert reverse("labeling:next", args=[world.round.pk]) in page


def test_a_verdict_on_a_case_lost_meanwhile_is_told_and_not_stored(client, now, db):
    world = free_world(n_studies=1, n_readers=2, k=1)
    take(world, now - 2 * LEASE)
    [slot] = held(world)
    take(world, now, reader=1)
    client.force_login(world.readers[0])
    answer = client.post(reverse("labeling:case", args=[slot.pk]), {"verdict": "agree_all"})
    assert "Your verdict was not stored" in answer.content.decode()
    assert not slot.reads.exists()


def test_open_round_leaves_the_cases_free(db, now):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, 4)
    readers = [factories.make_user() for _ in range(3)]
    rules = ReadingRules(is_open_to_all=True)
    round_ = open_round(benchmark=benchmark, readers=readers, rules=rules, reads_per_study=2, by=None, now=now)
    assert Slot.objects.filter(round=round_, reader=None).count() == 8
    assert reading_list(readers[0], round_).total == 0
    with pytest.raises(RoundRefusedError, match="different readers"):
        open_round(benchmark=benchmark, readers=readers[:1], rules=rules, reads_per_study=2, by=None, now=now)


def test_opening_renews_the_loan(world, now):
    take(world, now)
    slot = held(world)[0]
    open_case(slot=slot, by=world.readers[0], now=now + MINUTE)
    slot.refresh_from_db()
    assert slot.leased_until == now + MINUTE + LEASE


@pytest.mark.django_db(transaction=True)
def test_readers_who_ask_at_once_never_get_the_same_case(now):
    world = free_world(n_studies=6, n_readers=6, k=2)

    def one(reader: int) -> int:
        try:
            return take(world, now, reader)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        taken = list(pool.map(one, [*range(6), *range(6)]))
    assert sum(taken) == Slot.objects.filter(reader__isnull=False).count() == 12
    for reader in world.readers:
        studies = Slot.objects.filter(reader=reader).values_list("round_study", flat=True)
        assert len(studies) == len(set(studies)) <= 3
