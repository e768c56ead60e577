"""What the open page asks by itself, the keys page, and handing a reader's cases over."""

import json
import re

import pytest
from django.urls import reverse

from accounts.models import Role
from core.errors import NotAllowedError
from labeling.actions import close_round, hand_over, open_case, record_read, set_keys, withdraw_read
from labeling.actions.drafts import version_of
from labeling.actions.hand_over import NobodyTakesOverError
from labeling.drafts import LARGEST, DraftRefusedError, clean_draft
from labeling.keymap import ACTIONS
from labeling.models import Draft, Read, ReadingKeys, Slot
from labeling.queries import keys_of
from tests import factories
from tests.labeling.conftest import make_world
from tests.labeling.test_cannot_judge import spare_world

pytestmark = pytest.mark.django_db


def send(client, slot, content, key="k"):
    body = json.dumps({"key": key, "content": content})
    return client.post(reverse("labeling:draft", args=[slot.pk]), body, content_type="application/json")


def test_a_draft_is_kept_and_stands_in_the_form_on_any_device(client, world):
    client.force_login(world.readers[0])
    answer = send(client, world.slot(), {"verdict": "disagree", "struck": ["pneumothorax"], "comment": "left?"})
    assert len(answer.json()["saved"]) == len("10:32")
    page = client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()
    assert "draft saved" in page
    assert ">left?</textarea>" in page
    assert "Disagree</span>: what would you change?" in page
    assert not Read.objects.exists()


def test_an_empty_draft_removes_it(client, world):
    client.force_login(world.readers[0])
    send(client, world.slot(), {"comment": "x"})
    send(client, world.slot(), {"comment": ""})
    assert not Draft.objects.exists()


def test_somebody_elses_draft_is_not_taken_nor_shown(client, world):
    client.force_login(world.readers[1])
    assert send(client, world.slot(), {"comment": "x"}).status_code == 404
    send(client, world.slot(1), {"comment": "SECRET"})
    client.force_login(world.readers[0])
    assert "SECRET" not in client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()


@pytest.mark.parametrize(
    "sent", ["no json", "[1]", json.dumps({"content": 3}), json.dumps({"content": {"comment": "x" * LARGEST}})]
)
def test_what_is_no_draft_is_refused_in_words(client, world, sent):
    client.force_login(world.readers[0])
    answer = client.post(reverse("labeling:draft", args=[world.slot().pk]), sent, content_type="application/json")
    assert (answer.status_code, "draft" in answer.json()["error"]) == (409, True)


def test_a_closed_round_takes_no_draft(client, world, now):
    close_round(round_=world.round, by=None, now=now)
    client.force_login(world.readers[0])
    assert send(client, world.slot(), {"comment": "x"}).status_code == 409


def test_a_draft_keeps_known_fields_within_bounds():
    kept = clean_draft({"verdict": "x" * 99, "added": ["a" * 99, 3], "marks": 1, "other": 1, "comment": None})
    assert kept == {"verdict": "x" * 20, "struck": [], "added": ["a" * 60], "marks": []}
    with pytest.raises(DraftRefusedError):
        clean_draft([])


def test_the_session_tells_who_is_here_and_nothing_else(client, world):
    assert client.get(reverse("labeling:session")).json()["reader"] is None
    client.force_login(world.readers[0])
    told = client.get(reverse("labeling:session")).json()
    assert (told["reader"], set(told)) == (world.readers[0].pk, {"reader", "token"})


def test_the_heartbeat_renews_and_tells_when_the_case_is_gone(client, world, now):
    client.force_login(world.readers[0])
    slot = world.slot()
    open_case(slot=slot, by=world.readers[0], now=now)
    assert client.post(reverse("labeling:loan", args=[slot.pk])).status_code == 204
    slot.refresh_from_db()
    assert slot.leased_until > now
    assert client.post(reverse("labeling:loan", args=[world.slot(1).pk])).status_code == 410


def test_the_heartbeat_tells_of_a_verdict_that_the_page_does_not_show(client, world, now):
    client.force_login(world.readers[0])
    address = reverse("labeling:loan", args=[world.slot().pk])
    assert client.post(address, {"standing": ""}).status_code == 204
    read = record_read(slot=world.slot(), verdict="disagree", comment="x", by=world.readers[0], now=now)
    answer = client.post(address, {"standing": ""})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.content.decode().startswith("You said Disagree of this case at ")
    assert client.post(address, {"standing": read.pk}).status_code == 204
    withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    assert client.post(address, {"standing": ""}).status_code == 204


def judge(client, slot, **sent):
    """Agree all from a page that had these."""
    address = reverse("labeling:case", args=[slot.pk])
    return client.post(address, {"verdict": "agree_all", **sent}, headers={"HX-Request": "true"})


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        ({"page": "b", "based": "", "idempotency_key": "b"}, True),
        ({"page": "a", "based": ""}, False),
        ({"page": "b", "based": "", "sent_before": "c a"}, False),
        ({"page": "b", "based": "the newest"}, False),
        ({}, False),
    ],
)
def test_a_verdict_takes_the_draft_of_its_own_page_with_it_and_no_other_pages(client, world, sent, is_kept):
    client.force_login(world.readers[0])
    save(client, world.slot(), "hm", page="a", based="")
    if sent.get("based") == "the newest":
        sent = sent | {"based": version_of(Draft.objects.get())}
    assert judge(client, world.slot(), **sent).status_code == 200
    assert world.slot().reads.count() == 1
    assert Draft.objects.exists() == is_kept


def test_own_keys_are_stored_per_user_and_shown(client, world):
    client.force_login(world.readers[0])
    sent = {action.id: " ".join(action.keys) for action in ACTIONS} | {"picture.invert": "y", "single_keys": "1"}
    client.post(reverse("labeling:keys"), sent)
    assert ReadingKeys.objects.get().keys == {"picture.invert": ["y"]}
    assert '"picture.invert": ["y"]' in client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()
    client.post(reverse("labeling:keys"), {"reset": "1"})
    assert keys_of(world.readers[0])[0]["picture.invert"] == ["i", "Shift+X"]


def test_a_key_twice_is_refused_in_a_sentence_and_kept_in_the_form(client, world):
    client.force_login(world.readers[0])
    sent = {action.id: " ".join(action.keys) for action in ACTIONS} | {"picture.invert": "n"}
    answer = client.post(reverse("labeling:keys"), sent)
    assert answer.status_code == 422
    assert "would both be" in answer.content.decode()
    assert not ReadingKeys.objects.exists()


def test_single_keys_can_be_switched_off(client, world, now):
    set_keys(keys={}, has_single_keys=False, by=world.readers[0], now=now)
    client.force_login(world.readers[0])
    page = client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()
    assert '"verdict.agree_all": []' in page
    assert "data-single-keys" not in page


def test_pending_cases_of_a_reader_who_leaves_go_to_the_others(now):
    world = spare_world()
    record_read(slot=world.slot(0, 0), verdict="agree_all", by=world.readers[0], now=now)
    done = hand_over(round_=world.round, reader=world.readers[0], by=factories.make_user(role=Role.CURATOR), now=now)
    assert (done.moved, done.kept) == (1, 0)
    assert [slot.state for slot in Slot.objects.filter(reader=world.readers[0])] == ["read"]


def test_a_case_on_the_screen_stays_and_one_with_a_history_is_stood_in_for(now):
    world = spare_world()
    record_read(slot=world.slot(0, 1), verdict="agree_all", by=world.readers[0], now=now)
    withdraw_read(slot=world.slot(0, 1), by=world.readers[0], now=now)
    open_case(slot=world.slot(0, 0), by=world.readers[0], now=now)
    done = hand_over(round_=world.round, reader=world.readers[0], by=None, now=now)
    assert (done.moved, done.kept) == (1, 1)
    assert Slot.objects.get(replaces__isnull=False).reader in world.readers[2:]


def test_what_the_others_cannot_take_is_refused_and_nothing_moves(now):
    world = make_world()
    with pytest.raises(NobodyTakesOverError):
        hand_over(round_=world.round, reader=world.readers[0], by=None, now=now)
    with pytest.raises(NotAllowedError):
        hand_over(round_=world.round, reader=world.readers[0], by=world.readers[1], now=now)
    assert Slot.objects.filter(reader=world.readers[0], state="pending").count() == 2


def test_the_rounds_page_hands_over(client, now):
    world = spare_world()
    client.force_login(factories.make_user(role=Role.CURATOR))
    address = reverse("labeling:hand_over", args=[world.round.pk, world.readers[0].pk])
    page = client.post(address, follow=True).content.decode()
    assert "2 cases of" in page
    client.force_login(world.readers[1])
    assert client.post(address).status_code == 403


def test_signing_out_empties_the_cache(client, world):
    client.force_login(world.readers[0])
    assert client.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "storage"'


def test_others_verdicts_appear_after_ones_own_under_pseudonyms(client, now):
    world = make_world(semi_collaborative=True)
    record_read(slot=world.slot(1), verdict="disagree", comment="I see two", by=world.readers[1], now=now)
    client.force_login(world.readers[0])
    address = reverse("labeling:case", args=[world.slot().pk])
    assert "I see two" not in client.get(address).content.decode()
    client.post(address, {"verdict": "agree_all"})
    page = client.get(address).content.decode()
    assert "<b>Reader B</b> Disagree" in page
    assert "I see two" in page
    assert not re.search(rf"\b{world.readers[1].username}\b", page), "not within a token either"
    assert str(world.readers[1]) not in page


def test_a_blind_round_never_shows_them(client, world, now):
    record_read(slot=world.slot(1), verdict="disagree", comment="I see two", by=world.readers[1], now=now)
    client.force_login(world.readers[0])
    address = reverse("labeling:case", args=[world.slot().pk])
    client.post(address, {"verdict": "agree_all"})
    assert "I see two" not in client.get(address).content.decode()


def test_cannot_judge_by_api_and_back(client, now):
    world = spare_world()
    client.force_login(world.readers[0])
    address = f"/api/v1/slots/{world.slot().pk}/cannot-judge/"
    answer = client.post(address, {"reason": "wrong_body_part"}, content_type="application/json")
    assert (answer.status_code, answer.json()["reason"]) == (201, "wrong_body_part")
    assert client.delete(address).json()["state"] == "pending"
    assert client.post(f"/api/v1/slots/{world.slot(1).pk}/cannot-judge/", {"reason": "other"}).status_code == 404


@pytest.mark.parametrize("text", ["\0", "a\ud800", "\udc00"])
@pytest.mark.parametrize("field", ["comment", "marks"])
def test_what_the_database_cannot_hold_is_refused_in_words(client, world, field, text):
    client.force_login(world.readers[0])
    body = json.dumps({"content": {field: [{"text": text}] if field == "marks" else text}})
    answer = client.post(reverse("labeling:draft", args=[world.slot().pk]), body, content_type="application/json")
    assert (answer.status_code, "NUL character" in answer.json()["error"]) == (409, True)


@pytest.mark.parametrize("marks", ["[" + " " * LARGEST + "]", "{}", "[", '["\\u0000"]', "x" * 70_000])
def test_marks_that_cannot_be_taken_are_refused_not_dropped(client, world, marks):
    slot = world.slot()
    client.force_login(slot.reader)
    page = client.post(reverse("labeling:case", args=[slot.pk]), {"verdict": "agree_all", "marks": marks})
    assert (page.status_code, "The marks of this case are no list, or more than 64 KB" in page.content.decode()) == (
        422,
        True,
    )
    assert not slot.reads.exists()


def test_buttons_and_hints_show_the_readers_own_keys(client, world, now):
    reader = world.readers[0]
    own = {"verdict.agree_all": ["j"], "verdict.undo": ["y"], "verdict.cannot_judge": [], "verdict.store": ["k"]}
    set_keys(keys=own, has_single_keys=True, by=reader, now=now)
    client.force_login(reader)
    page = client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()
    assert "<kbd>J</kbd>Agree all" in page
    assert "<kbd>2</kbd>Agree mostly" in page
    assert "<kbd></kbd>Cannot judge" in page
    assert "Store <kbd>Enter K</kbd>" in page
    answer = client.post(
        reverse("labeling:case", args=[world.slot().pk]), {"verdict": "agree_all"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "Undo <kbd>Y</kbd>" in answer
    assert "<kbd>J</kbd>Agree all" in answer
    assert "<kbd>J</kbd> <kbd>2</kbd>" in client.get(reverse("labeling:worklist")).content.decode()


def test_letters_of_labels_are_not_shown_where_letters_are_off(client, world, now):
    set_keys(keys={}, has_single_keys=False, by=world.readers[0], now=now)
    client.force_login(world.readers[0])
    page = client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()
    assert "<kbd>Q</kbd><input" not in page.split('id="cannot"')[0]
    assert "Store <kbd>Enter</kbd>" in page


def save(client, slot, comment, **origin):
    body = json.dumps({"content": {"comment": comment}, **origin})
    return client.post(reverse("labeling:draft", args=[slot.pk]), body, content_type="application/json")


def test_a_draft_based_on_an_older_one_does_not_replace_the_newer(client, world):
    client.force_login(world.readers[0])
    slot = world.slot()
    assert save(client, slot, "first", page="a", based="").status_code == 200
    answer = save(client, slot, "second", page="b", based="")
    assert answer.status_code == 409
    assert "A newer draft of this case was saved at" in answer.json()["error"]
    assert Draft.objects.get().content["comment"] == "first"
    assert save(client, slot, "", page="b", based="").status_code == 409, "nor is it removed"
    assert save(client, slot, "first, on", page="a", based="").status_code == 200, "a page goes on with its own"
    newer = save(client, slot, "second", page="b", based="").json()["newer"]
    assert save(client, slot, "second", page="b", based=newer).status_code == 200, "the reader chose"
    assert save(client, slot, "first again", page="a", based="").status_code == 409
    assert Draft.objects.get().content["comment"] == "second"


def test_a_page_that_shows_the_draft_goes_on_from_it(client, world):
    client.force_login(world.readers[0])
    save(client, world.slot(), "first", page="a", based="")
    page = client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()
    version = page.split('data-version="')[1].split('"')[0]
    assert save(client, world.slot(), "second", page="b", based=version).status_code == 200
    assert Draft.objects.get().content["comment"] == "second"
