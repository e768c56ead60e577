"""The pages of bias and of readers: what they say, to whom, and that sealed studies are no part of them."""

import csv
import io

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import visibility
from labeling.actions import record_read
from labeling.models import Arm, CannotJudge, Slot
from labeling.verdicts import LabelChange
from tests import factories
from tests.labeling.conftest import World, look_at, make_world

pytestmark = pytest.mark.django_db
PAGES = ("consensus:bias", "consensus:readers")


def say(slot: Slot, verdict: str = "agree_all", *changes: str, seconds: int = 20) -> None:
    kinds = {"+": "added", "-": "struck"}
    now = timezone.now()
    look_at(slot, now - timezone.timedelta(seconds=seconds))
    corrections = [LabelChange(change[1:], kinds[change[0]]) for change in changes]
    record_read(slot=slot, verdict=verdict, corrections=corrections, by=slot.holder, now=now)


def extra(world: World, arm: str, reader: int, study: int, **fields) -> Slot:
    if key := fields.pop("planted", ""):
        fields |= {"planted_label": world.round.taxonomy.labels.get(key=key)}
    return Slot.objects.create(
        round=world.round,
        round_study=world.round.studies.get(study=world.studies[study]),
        reader=world.readers[reader],
        arm=arm,
        position=0,
        reads_per_study=world.round.reads_per_study,
        order=50 + study,
        **fields,
    )


@pytest.fixture
def read(db) -> World:
    """Two readers read three studies; a third one reads them in control arms; one case comes twice."""
    world = make_world(n_studies=3, n_readers=3, reads_per_study=2)
    for study in range(3):
        say(world.slot(0, study), seconds=30)
        changes = ["-pneumothorax", "+cardiomegaly"] if study else ["-pneumothorax"]
        say(world.slot(1, study), "agree_mostly", *changes)
    say(
        extra(world, Arm.PLANTED_ERROR, 2, 0, planted="cardiomegaly", planted_kind="added"),
        "agree_mostly",
        "-cardiomegaly",
    )
    say(extra(world, Arm.PLANTED_ERROR, 2, 1, planted="pleural_effusion", planted_kind="removed"))
    say(extra(world, Arm.NO_SUGGESTIONS, 2, 2), "labels", "+cardiomegaly")
    say(extra(world, Arm.REPEAT, 0, 0))
    return world


@pytest.fixture
def curator(client):
    user = factories.make_user("curator")
    client.force_login(user)
    return user


def page(client, name: str, world: World, query: str = "") -> str:
    response = client.get(reverse(name, args=[world.round.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


def table(client, name: str, world: World, query: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(page(client, name, world, query))))


def test_the_bias_page_tells_caught_and_missed_errors(client, curator, read):
    text = page(client, "consensus:bias", read)
    assert "Caught: 50% of 2 reads" in text
    assert "Pleural effusion, removed" in text
    assert "2 of 2 hold it" in text
    rows = table(client, "consensus:bias", read, "?csv=planted")
    assert [(row["planted"], row["kind"], row["caught"], row["others_hold_it"], row["others"]) for row in rows] == [
        ("cardiomegaly", "added", "1", "0", "2"),
        ("pleural_effusion", "removed", "0", "2", "2"),
    ]


@pytest.mark.parametrize(("rule", "is_told"), [("never", False), ("after_verdict", False), ("always", True)])
def test_the_bias_page_says_when_what_was_planted_could_be_seen_by_the_report(client, curator, rule, is_told):
    world = make_world(n_readers=3, reads_per_study=2, show_report=rule)  # an earlier version opened such rounds
    slot = extra(world, Arm.PLANTED_ERROR, 2, 0, planted="cardiomegaly", planted_kind="added")
    assert ("can be told by it" in page(client, "consensus:bias", world)) == is_told
    say(slot, "agree_mostly", "-cardiomegaly")
    assert ("can be told by it" in page(client, "consensus:bias", world)) == is_told


def test_labels_with_and_without_suggestions(client, curator, read):
    rows = {row["label"]: row for row in table(client, "consensus:bias", read, "?csv=shift")}
    assert (rows["pleural_effusion"]["with_suggestions"], rows["pleural_effusion"]["from_scratch"]) == ("1.0", "0.0")
    assert (rows["cardiomegaly"]["difference"], rows["cardiomegaly"]["n_studies"]) == ("-0.5", "1")


@pytest.mark.parametrize(
    ("rules", "caught", "with_suggestions", "from_scratch"),
    [
        ({"show_report": "after_verdict"}, "0", "1.0", "0.0"),  # by the first verdicts
        ({"semi_collaborative": True}, "0", "1.0", "1.0"),  # from scratch nothing of others is shown
        ({}, "1", "0.0", "1.0"),  # by the standing ones: nothing was revealed in between
    ],
)
def test_verdicts_given_after_something_was_revealed_are_no_figure_of_bias(
    client, curator, rules, caught, with_suggestions, from_scratch
):
    world = make_world(n_studies=1, n_readers=4, reads_per_study=2, **rules)
    say(world.slot(1, 0), "agree_mostly", "-pneumothorax")  # what others say in the semi-collaborative round
    planted = extra(world, Arm.PLANTED_ERROR, 2, 0, planted="cardiomegaly", planted_kind="added")
    scratch = extra(world, Arm.NO_SUGGESTIONS, 3, 0)
    normal = world.slot(0, 0)
    say(planted)
    say(normal)
    say(scratch, "labels")
    say(planted, "disagree", "-cardiomegaly", seconds=0)  # opened after the others were heard
    say(normal, "disagree", "-pleural_effusion", seconds=0)
    say(scratch, "labels", "+pleural_effusion", seconds=0)
    [row] = table(client, "consensus:bias", world, "?csv=planted")
    assert (row["caught"], row["verdict"]) == (caught, "disagree" if caught == "1" else "agree_all")
    rows = {row["label"]: row for row in table(client, "consensus:bias", world, "?csv=shift")}
    both = (float(with_suggestions) + 1) / 2  # of two readers: the other one keeps the effusion
    assert rows["pleural_effusion"]["with_suggestions"] == str(both)
    assert rows["pleural_effusion"]["from_scratch"] == from_scratch
    rows = {row["label"]: row for row in table(client, "consensus:bias", world, "?csv=changes")}
    assert rows["pleural_effusion"]["n_struck"] == "1", "what counts is the standing verdict"
    assert ("In this round a verdict brings" in page(client, "consensus:bias", world)) == bool(rules)


def test_what_readers_add_and_strike(client, curator, read):
    rows = {row["label"]: row for row in table(client, "consensus:bias", read, "?csv=changes")}
    assert (rows["cardiomegaly"]["n_added"], rows["cardiomegaly"]["n_not_suggested"]) == ("2", "6")
    assert (rows["pneumothorax"]["struck"], rows["pneumothorax"]["n_suggested"]) == ("0.5", "6")
    assert rows["pleural_effusion"]["added"] == ""


def test_the_readers_page_tells_pace_agreement_and_repeats(client, curator, read):
    rows = {row["reader"]: row for row in table(client, "consensus:readers", read, "?csv")}
    first, second, third = (rows[reader.username] for reader in read.readers)
    assert (first["reads"], first["median_seconds"], second["median_seconds"]) == ("3", "30", "20")
    assert (first["agreement"], first["leniency"], first["edited"]) == ("0.0", "1.0", "0.0")
    assert (first["repeats"], first["repeats_equal"]) == ("1", "1.0")
    assert (third["reads"], third["planted"], third["caught"]) == ("0", "2", "0.5")
    text = page(client, "consensus:readers", read)
    assert "nothing read yet" in text
    assert "no case was read twice" in text


def test_cannot_judge_is_counted_and_undone_ones_are_not(client, curator, read):
    slot = read.slot(0, 1)
    CannotJudge.objects.create(slot=slot, reason="image_quality", undone_at=timezone.now())
    CannotJudge.objects.create(slot=slot, reason="image_quality")
    rows = {row["reader"]: row for row in table(client, "consensus:readers", read, "?csv")}
    assert rows[read.readers[0].username]["cannot_judge"] == "1"


@pytest.mark.parametrize("name", PAGES)
def test_empty_rounds_say_what_is_missing(client, curator, world_of_nothing, name):
    text = page(client, name, world_of_nothing)
    assert "Nothing read yet" in text


@pytest.fixture
def world_of_nothing(db) -> World:
    return make_world()


@pytest.mark.parametrize("name", PAGES)
def test_readers_and_strangers_never_see_these_pages(client, read, name):
    address = reverse(name, args=[read.round.pk])
    assert client.get(address).status_code == 302
    for user in (read.readers[0], factories.make_user()):
        client.force_login(user)
        assert client.get(address).status_code == 403
        assert client.get(address + "?csv=planted").status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_they_are_read_only_and_unknown_rounds_are_not_found(client, curator, read, name):
    assert client.post(reverse(name, args=[read.round.pk])).status_code == 405
    assert client.get(reverse(name, args=[987654])).status_code == 404


def test_an_unknown_table_is_not_found(client, curator, read):
    assert client.get(reverse("consensus:bias", args=[read.round.pk]) + "?csv=secrets").status_code == 404


def test_sealed_studies_are_in_none_of_it_but_an_admins(client, curator, read, monkeypatch):
    sealed = read.studies[1]
    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk" if prefix else "pk": sealed.pk})])
    assert sealed.study_id not in page(client, "consensus:bias", read)
    assert [row["planted"] for row in table(client, "consensus:bias", read, "?csv=planted")] == ["cardiomegaly"]
    rows = {row["reader"]: row for row in table(client, "consensus:readers", read, "?csv")}
    assert rows[read.readers[0].username]["reads"] == "2"
    client.force_login(factories.make_user("admin"))
    assert len(table(client, "consensus:bias", read, "?csv=planted")) == 2


@pytest.mark.parametrize("name", PAGES)
def test_more_studies_ask_no_more_queries(client, curator, name):
    world = make_world(n_studies=3, n_readers=3, reads_per_study=2)
    counts = []
    for studies in ((0,), (1, 2)):
        for study in studies:
            say(world.slot(0, study))
            say(extra(world, Arm.PLANTED_ERROR, 2, study, planted="cardiomegaly", planted_kind="added"))
        page(client, name, world)
        with CaptureQueriesContext(connection) as seen:
            page(client, name, world)
        counts.append(len(seen))
    assert counts[0] == counts[1]
