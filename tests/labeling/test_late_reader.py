"""A late reader is dealt in: only what nobody has begun moves, and what is left to read is level."""

from collections import Counter
from datetime import timedelta
from itertools import combinations

import pytest
from django.core.management import call_command
from django.urls import reverse

from core.errors import NotAllowedError
from core.models import Event
from labeling.actions import (
    cannot_judge,
    close_round,
    deal_in_reader,
    hand_over,
    open_case,
    open_round,
    record_read,
    save_draft,
    withdraw_read,
)
from labeling.actions.locks import RoundClosedError
from labeling.actions.rounds import ReaderRefusedError
from labeling.models import RoundReader, Slot
from labeling.queries import same_round
from tests import factories
from tests.labeling.conftest import make_sample, make_world

pytestmark = pytest.mark.django_db


def opened(now, n=60, readers=6, **fields):
    benchmark = factories.make_benchmark()
    make_sample(benchmark, n, sites=2)
    people = [factories.make_user(username=f"r{number:02}") for number in range(readers)]
    return open_round(benchmark=benchmark, readers=people, by=None, now=now, **fields), people


def done(round_, share=0.5):
    """The first part of every list is read, as the database knows it; returns those slots."""
    read = []
    for member in round_.readers.all():
        mine = list(Slot.objects.filter(round=round_, reader=member.reader).order_by("order"))
        read += [slot.pk for slot in mine[: round(share * len(mine))]]
    Slot.objects.filter(pk__in=read).update(state="read")
    return read


def left(round_):
    return Counter(Slot.objects.filter(round=round_, state="pending").values_list("reader__username", flat=True))


def test_only_pending_reads_move_and_what_is_left_is_level(now):
    round_, _ = opened(now)
    read = done(round_)
    before = dict(Slot.objects.values_list("pk", "reader"))
    late = factories.make_user(username="late")
    got = deal_in_reader(round_=round_, reader=late, by=None, now=now)
    after = dict(Slot.objects.values_list("pk", "reader"))
    assert {pk for pk in after if after[pk] != before[pk]}.isdisjoint(read)
    loads = left(round_)
    assert got.moved == loads["late"] > 0
    assert max(loads.values()) - min(loads.values()) <= 1
    readers_of: dict[int, set[int]] = {}
    for study, reader in Slot.objects.values_list("round_study", "reader"):
        readers_of.setdefault(study, set()).add(reader)
    assert {len(each) for each in readers_of.values()} == {3}


def test_pairs_with_the_late_reader_are_near_equal(now):
    round_, _ = opened(now, n=100)
    deal_in_reader(round_=round_, reader=factories.make_user(username="late"), by=None, now=now)
    together = Counter()
    by_study: dict[int, list[str]] = {}
    for study, name in Slot.objects.values_list("round_study", "reader__username"):
        by_study.setdefault(study, []).append(name)
    for names in by_study.values():
        together.update(combinations(sorted(names), 2))
    theirs = [count for pair, count in together.items() if "late" in pair]
    assert len(theirs) == 6
    assert max(theirs) - min(theirs) <= 2


def test_the_list_keeps_the_order_in_which_the_others_would_have_read(now):
    round_, _ = opened(now, n=20)
    places = dict(Slot.objects.values_list("pk", "order"))
    deal_in_reader(round_=round_, reader=factories.make_user(username="late"), by=None, now=now)
    mine = Slot.objects.filter(reader__username="late").order_by("order")
    assert [slot.order for slot in mine] == list(range(1, len(mine) + 1))
    assert [places[slot.pk] for slot in mine] == sorted(places[slot.pk] for slot in mine)


def test_what_somebody_has_begun_stays(now):
    round_, people = opened(now, n=12, readers=3)
    lists = {reader: list(Slot.objects.filter(reader=reader).order_by("order")) for reader in people}
    begun = [lists[reader][-1] for reader in people]
    open_case(slot=begun[0], by=people[0], now=now)
    Slot.objects.filter(pk=begun[0].pk).update(leased_until=now + timedelta(minutes=45))
    save_draft(slot=begun[1], content={"comment": "half"}, by=people[1], now=now)
    record_read(slot=begun[2], verdict="agree_all", by=people[2], now=now)
    withdraw_read(slot=begun[2], by=people[2], now=now)
    Slot.objects.exclude(pk__in=[slot.pk for slot in begun]).update(state="closed")
    got = deal_in_reader(round_=round_, reader=factories.make_user(username="late"), by=None, now=now)
    assert got.moved == 0
    assert set(Slot.objects.exclude(state="closed").values_list("pk", flat=True)) == {slot.pk for slot in begun}


def test_a_case_that_its_reader_reads_twice_stays(now):
    round_, _ = opened(now, n=12, readers=3)
    for slot in Slot.objects.all():
        Slot.objects.create(
            round=round_, round_study=slot.round_study, reader=slot.reader, arm="repeat", position=0,
            reads_per_study=3, order=slot.order + 100,
        )  # fmt: skip
    assert deal_in_reader(round_=round_, reader=factories.make_user(), by=None, now=now).moved == 0


def test_cap_and_own_site_bind_the_late_reader(now):
    round_, _ = opened(now, exclude_own_site=True)
    late = factories.make_user(username="late", home_site_code="site0")
    assert deal_in_reader(round_=round_, reader=late, max_reads=4, by=None, now=now).moved == 4
    sites = Slot.objects.filter(reader=late).values_list("round_study__study__site__code", flat=True)
    assert set(sites) == {"site1"}
    assert RoundReader.objects.get(reader=late).max_reads == 4


def test_the_same_call_again_moves_nothing_and_a_higher_cap_goes_on(now):
    round_, _ = opened(now)
    late = factories.make_user(username="late")
    assert deal_in_reader(round_=round_, reader=late, max_reads=4, by=None, now=now).moved == 4
    assert deal_in_reader(round_=round_, reader=late, by=None, now=now).moved == 0
    assert Event.objects.filter(verb="round.dealt_in").count() == 1
    assert deal_in_reader(round_=round_, reader=late, max_reads=9, by=None, now=now).moved == 5


def test_a_reader_who_left_comes_back_without_what_they_gave_away_or_back(now):
    round_, people = opened(now)
    given = Slot.objects.filter(reader=people[0]).order_by("order").first()
    cannot_judge(slot=given, reason="image_quality", by=people[0], now=now)
    hand_over(round_=round_, reader=people[0], by=None, now=now)
    assert left(round_)["r00"] == 0
    assert deal_in_reader(round_=round_, reader=people[0], by=None, now=now).moved > 20
    mine = Slot.objects.filter(reader=people[0], state="pending")
    assert not mine.filter(round_study=given.round_study).exists()


def test_cases_that_waited_for_a_reader_come_too(now):
    world = make_world(n_studies=4)
    cannot_judge(slot=world.slot(0, 0), reason="image_quality", by=world.readers[0], now=now)
    assert Slot.objects.filter(reader=None).count() == 1
    got = deal_in_reader(round_=world.round, reader=factories.make_user(username="late"), by=None, now=now)
    assert (got.waiting, got.words.count("that waited for a reader")) == (1, 1)
    assert not Slot.objects.filter(reader=None).exists()


def test_a_round_open_to_all_only_lets_the_reader_in(now):
    world = make_world(is_open_to_all=True)
    late = factories.make_user(username="late")
    assert deal_in_reader(round_=world.round, reader=late, by=None, now=now).cases == 0
    assert world.round.readers.filter(reader=late).exists()
    assert not Slot.objects.filter(reader=late).exists()


def test_who_may_not_be_dealt_in_is_refused(now):
    world = make_world()
    with pytest.raises(NotAllowedError):
        deal_in_reader(round_=world.round, reader=factories.make_user(), by=world.readers[0], now=now)
    with pytest.raises(ReaderRefusedError, match="boss is a curator"):
        deal_in_reader(round_=world.round, reader=factories.make_user("curator", "boss"), by=None, now=now)
    with pytest.raises(ReaderRefusedError, match="account of gone is inactive"):
        deal_in_reader(
            round_=world.round, reader=factories.make_user(username="gone", is_active=False), by=None, now=now
        )
    close_round(round_=world.round, by=None, now=now)
    with pytest.raises(RoundClosedError, match="open another round"):
        deal_in_reader(round_=world.round, reader=factories.make_user(), by=None, now=now)


def test_opening_again_finds_the_round_that_got_a_late_reader(now):
    round_, people = opened(now, n=6, readers=3)
    deal_in_reader(round_=round_, reader=factories.make_user(), by=None, now=now)
    same = same_round(
        sampling_run=round_.sampling_run, readers=people, max_reads={}, reads_per_study=3,
        show_report=round_.show_report, exclude_own_site=False, seed=0,
    )  # fmt: skip
    assert same == round_


def test_the_command_deals_in_and_does_it_once(now, tmp_path, capsys):
    round_, _ = opened(now)
    roster = tmp_path / "late.csv"
    roster.write_text("username,name,email,site,max_reads\nlate,Late Reader,late@example.org,,5\n")
    for _ in range(2):
        call_command("deal_in", "--benchmark", "chest", "--readers", str(roster))
    said = capsys.readouterr().out
    assert "late got 5 cases that others had not begun.\nlate got 0 cases" in said
    assert Slot.objects.filter(round=round_, reader__username="late").count() == 5


def test_the_rounds_page_deals_in_and_others_may_not(client, now):
    round_, people = opened(now)
    late = factories.make_user(username="late")
    client.force_login(factories.make_user("curator"))
    page = client.get(reverse("labeling:round_detail", args=[round_.pk])).content.decode()
    assert "Deal in" in page
    assert f'<option value="{late.pk}">' in page
    assert f'<option value="{people[0].pk}">' not in page
    address = reverse("labeling:deal_in", args=[round_.pk])
    assert "Late got 3 cases that others" in client.post(
        address, {"reader": late.pk, "max_reads": "3"}, follow=True
    ).content.decode()  # fmt: skip
    assert "Choose an active reader" in client.post(address, {"reader": people[0].pk}, follow=True).content.decode()
    client.force_login(people[0])
    assert client.post(address, {"reader": late.pk}).status_code == 403
