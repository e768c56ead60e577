"""The next case's page, fetched ahead: the answer to a verdict brings only what that page lacks."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from labeling.actions import cannot_judge
from labeling.models import Draft, Read, Slot
from labeling.queries import case_of
from tests.labeling.conftest import make_world

HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def me(client, db):
    world = make_world(3)
    client.force_login(world.readers[0])
    return world


def address(slot: Slot) -> str:
    return reverse("labeling:case", args=[slot.pk])


def next_page(me) -> str:
    return f"{address(me.slot(0, 1))}?ahead={me.slot().pk}"


def judge(client, me, ahead: str):
    return client.post(address(me.slot()), {"verdict": "agree_all"}, headers={"HX-Request": "true", "X-Ahead": ahead})


def test_a_page_names_the_one_to_fetch_ahead_and_fetching_it_opens_nothing(client, me):
    page = client.get(address(me.slot()), **HTMX).content.decode()
    assert f'data-next="{next_page(me)}"' in page
    ahead = client.get(next_page(me), **HTMX).content.decode()
    assert all(f'data-told="{place}"></' in ahead for place in ("read", "saved", "notice"))
    assert me.slot(0, 1).opened_at is None
    assert Read.objects.count() == 0


def test_the_answer_fills_the_places_and_opens_the_case(client, me):
    answer = judge(client, me, next_page(me))
    assert (answer["X-Ahead"], answer["HX-Push-Url"]) == ("1", f"{address(me.slot(0, 1))}?stored={me.slot().pk}")
    told = answer.json()
    assert told["read"] == "1"
    assert "saved <time" in told["saved"]
    assert "Agree all" in told["notice"]
    assert reverse("labeling:undo", args=[me.slot().pk]) in told["notice"]
    assert me.slot(0, 1).opened_at is not None
    assert Read.objects.get().slot == me.slot()


def test_with_the_page_at_hand_a_verdict_asks_the_database_less(client, me, django_assert_num_queries):
    # Who asks (2), the case, the transaction (begin, lock, history, may it be judged, labels, suggestions, verdict, slot,
    # draft, event, commit), the list, opened, the reader's keys.
    url, ahead = address(me.slot()), next_page(me)
    with django_assert_num_queries(17):
        client.post(url, {"verdict": "agree_all"}, headers={"HX-Request": "true", "X-Ahead": ahead})


def test_filled_it_is_the_page_itself(client, me, monkeypatch):
    monkeypatch.setattr("labeling.views.room.uuid.uuid4", lambda: type("Key", (), {"hex": "key"}))
    monkeypatch.setattr("django.template.defaulttags.CsrfTokenNode.render", lambda *_: "")
    ahead = client.get(next_page(me), **HTMX).content.decode()
    told = judge(client, me, next_page(me)).json()
    ahead = re.sub(r'(data-told="(\w+)">)(?=</)', lambda found: found[1] + told[found[2]], ahead)
    whole = client.get(f"{address(me.slot(0, 1))}?stored={me.slot().pk}", **HTMX).content.decode()
    coming = r"<div id=.case-images. hidden>.*?</div>"  # when it was fetched, the case before was still to be read
    assert re.sub(coming, "", ahead) == re.sub(coming, "", whole)


@pytest.mark.parametrize("ahead", ["", "1", "/reading/case/7/?ahead=8"])
def test_with_another_page_at_hand_the_case_comes_whole(client, me, ahead):
    answer = judge(client, me, ahead)
    assert "X-Ahead" not in answer
    assert f'data-case="{me.slot(0, 1).pk}"' in answer.content.decode()


def test_a_closed_case_brings_the_next_one_whole(client, me):
    closed = {"reason": "image_quality", "standing": ""}
    url = reverse("labeling:cannot_judge", args=[me.slot().pk])
    answer = client.post(url, closed, headers={"HX-Request": "true", "X-Ahead": next_page(me)})
    assert "X-Ahead" not in answer
    assert "closed, <b>image quality" in answer.content.decode()


def test_a_draft_kept_meanwhile_in_another_tab_brings_the_case_whole(client, me, now):
    ahead = next_page(me)
    client.get(ahead, **HTMX)
    Draft.objects.create(slot=me.slot(0, 1), reader=me.readers[0], content={"comment": "hm"}, saved_at=now)
    answer = judge(client, me, ahead)
    assert "X-Ahead" not in answer
    assert ">hm</textarea>" in answer.content.decode()


def test_a_case_held_back_since_is_not_shown(client, me, now):
    ahead = next_page(me)
    client.get(ahead, **HTMX)
    cannot_judge(slot=me.slot(1, 1), reason="patient_data", comment="a name", by=me.readers[1], now=now)
    answer = judge(client, me, ahead)
    assert answer["HX-Push-Url"] == f"{address(me.slot(0, 2))}?stored={me.slot().pk}"
    assert f'data-case="{me.slot(0, 2).pk}"' in answer.content.decode()


def test_a_case_given_to_another_reader_since_is_not_shown(client, me, now):
    ahead = next_page(me)
    Slot.objects.filter(pk=me.slot(0, 1).pk).update(state="closed")
    answer = judge(client, me, ahead)
    assert answer["HX-Push-Url"] == f"{address(me.slot(0, 2))}?stored={me.slot().pk}"
    assert "X-Ahead" not in answer


def test_the_time_of_a_read_counts_from_when_the_case_came_up(client, me, now):
    ahead = next_page(me)
    client.get(ahead, **HTMX)
    judge(client, me, ahead)
    assert abs(me.slot(0, 1).opened_at - now) < timedelta(minutes=5)


def test_the_next_two_cases_are_named_for_prefetch_in_their_order(me):
    assert [coming["case"] for coming in case_of(me.slot()).viewer["prefetch"]] == [me.slot(0, 1).pk, me.slot(0, 2).pk]
