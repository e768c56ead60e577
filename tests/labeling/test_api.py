"""The API of rounds, cases and verdicts, under the rules of the pages."""

import pytest
from django.db.models import Q

from cases import visibility
from labeling.actions import close_round, record_read
from labeling.models import Read, Slot
from tests import factories
from tests.labeling.conftest import make_world

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


def post(client, slot: Slot, data, key: str = ""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{BASE}/slots/{slot.pk}/reads/", data, content_type="application/json", headers=headers)


@pytest.fixture
def me(client, world):
    client.force_login(world.readers[0])
    return world


def test_a_reader_lists_own_cases_alone_without_their_study(client, me):
    answer = client.get(f"{BASE}/slots/").json()
    assert [item["id"] for item in answer["results"]] == [me.slot(0, 0).pk, me.slot(0, 1).pk]
    assert set(answer["results"][0]) == {"id", "round", "order", "state"}


def test_a_verdict_is_stored(client, me):
    answer = post(
        client,
        me.slot(),
        {"verdict": "agree_mostly", "corrections": [{"label": "cardiomegaly", "kind": "added"}], "comment": "ok"},
    )
    assert answer.status_code == 201
    told = answer.json()
    assert (told["verdict"], told["corrections"], told["study_id"], told["reader"]) == (
        "agree_mostly",
        [{"label": "cardiomegaly", "kind": "added"}],
        None,
        "r1",
    )
    assert Read.objects.get().source == "api"


def test_the_same_key_stores_once(client, me):
    first = post(client, me.slot(), {"verdict": "agree_all"}, key="abc")
    again = post(client, me.slot(), {"verdict": "agree_all"}, key="abc")
    assert first.json() == again.json()
    assert Read.objects.count() == 1


def test_the_same_key_with_another_verdict_is_a_conflict(client, me):
    post(client, me.slot(), {"verdict": "agree_all"}, key="abc")
    other = post(client, me.slot(), {"verdict": "disagree"}, key="abc")
    assert other.status_code == 409
    assert "open the case again" in other.json()["detail"]
    assert Read.objects.get().verdict == "agree_all"


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        ({"verdict": "perhaps"}, 400, "verdict"),
        ({}, 400, "verdict"),
        ({"verdict": "disagree", "corrections": [{"label": "cardiomegaly", "kind": "moved"}]}, 400, "kind"),
        ({"verdict": "disagree", "corrections": [{"label": "goitre", "kind": "added"}]}, 409, "goitre"),
        ({"verdict": "agree_all", "corrections": [{"label": "cardiomegaly", "kind": "added"}]}, 409, "Agree all"),
    ],
)
def test_a_refusal_says_why(client, me, data, status, words):
    answer = post(client, me.slot(), data)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not Read.objects.exists()


def test_a_closed_round_refuses(client, me, now):
    close_round(round_=me.round, by=None, now=now)
    answer = post(client, me.slot(), {"verdict": "agree_all"})
    assert (answer.status_code, "is closed" in answer.json()["detail"]) == (409, True)


def test_anothers_case_is_not_found(client, me):
    assert post(client, me.slot(1), {"verdict": "agree_all"}).status_code == 404
    assert not Read.objects.exists()


def test_a_reader_lists_own_verdicts_alone(client, me, now):
    for reader in (0, 1):
        record_read(slot=me.slot(reader), verdict="disagree", by=me.readers[reader], now=now)
    results = client.get(f"{BASE}/reads/").json()["results"]
    assert [item["reader"] for item in results] == ["r1"]


def test_a_curator_lists_all_but_sealed_verdicts_and_an_admin_all(client, world, now, monkeypatch):
    for study in (0, 1):
        record_read(slot=world.slot(0, study), verdict="agree_all", by=world.readers[0], now=now)
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": world.studies[0].pk})])
    seen = {}
    for role in ("curator", "admin"):
        client.force_login(factories.make_user(role))
        seen[role] = [item["study_id"] for item in client.get(f"{BASE}/reads/").json()["results"]]
    client.force_login(world.readers[0])
    assert (seen, len(client.get(f"{BASE}/reads/").json()["results"])) == (
        {"curator": ["CXR2"], "admin": ["CXR1", "CXR2"]},
        0,  # to its readers the round is sealed as a whole
    )


def test_verdicts_are_filtered_by_round(client, world, now):
    record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=now)
    client.force_login(factories.make_user("curator"))
    assert client.get(f"{BASE}/reads/?round={world.round.pk}").json()["count"] == 1
    assert client.get(f"{BASE}/reads/?round=999999").json()["count"] == 0


def test_a_curator_sees_rounds_with_their_progress(client, world, now):
    record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=now)
    client.force_login(factories.make_user("curator"))
    (item,) = client.get(f"{BASE}/rounds/").json()["results"]
    assert (item["benchmark"], item["n_studies"], item["n_readers"], item["n_slots"], item["n_read"]) == (
        "chest",
        2,
        3,
        6,
        1,
    )
    assert client.get(f"{BASE}/rounds/{world.round.pk}/").json() == item


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("rounds/", "reader", 403),
        ("rounds/", "curator", 200),
        ("slots/", "curator", 403),
        ("slots/", "reader", 200),
        ("reads/", "reader", 200),
        ("reads/", "admin", 200),
    ],
)
def test_each_role_has_its_endpoints(client, db, path, role, status):
    client.force_login(factories.make_user(role))
    assert client.get(f"{BASE}/{path}").status_code == status


@pytest.mark.parametrize("path", ["rounds/", "slots/", "reads/"])
def test_anonymous_has_none(client, db, path):
    assert client.get(f"{BASE}/{path}").status_code in {302, 401, 403}


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_the_office_gives_no_verdicts(client, world, role):
    client.force_login(factories.make_user(role))
    assert post(client, world.slot(), {"verdict": "agree_all"}).status_code == 403


def test_the_list_of_verdicts_costs_the_same_with_three(client, now, django_assert_max_num_queries):
    world = make_world(n_studies=3)
    client.force_login(factories.make_user("curator"))
    record_read(slot=world.slot(0, 0), verdict="agree_all", by=world.readers[0], now=now)
    with django_assert_max_num_queries(10) as few:
        client.get(f"{BASE}/reads/")
    for study in (1, 2):
        record_read(slot=world.slot(0, study), verdict="agree_all", by=world.readers[0], now=now)
    with django_assert_max_num_queries(10) as many:
        client.get(f"{BASE}/reads/")
    assert len(many) == len(few)
