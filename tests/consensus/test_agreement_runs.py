"""Agreement runs: what they hold, which reads they use, and when figures are taken over."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consensus.actions import compute_agreement, create_agreement_run
from consensus.models import AgreementRun
from consensus.queries import rating_table
from labeling.actions import record_read
from labeling.verdicts import LabelChange
from tests.factories import make_user
from tests.labeling.conftest import World, look_at, make_world

pytestmark = pytest.mark.django_db


def say(world: World, reader: int, study: int, verdict: str = "agree_all", *struck: str) -> None:
    slot, now = world.slot(reader, study), timezone.now()
    look_at(slot, now)
    changes = [LabelChange(key, "struck") for key in struck]
    record_read(slot=slot, verdict=verdict, corrections=changes, by=world.readers[reader], now=now)


def figures(world: World) -> dict:
    return compute_agreement(run_id=create_agreement_run(round_=world.round, by=None).pk).result


def test_pairs_and_readers_have_their_intervals(db):
    world = make_world(n_studies=4)
    for study in range(4):
        for reader in range(3):
            is_odd = reader == 2 and study
            say(world, reader, study, *(("disagree", "pneumothorax") if is_odd else ("agree_all",)))
    found = figures(world)
    assert [(pair["first"], pair["second"], pair["n"]) for pair in found["pairs"]] == [
        ("r1", "r2", 4),
        ("r1", "r3", 4),
        ("r2", "r3", 4),
    ]
    alike, apart, _ = found["pairs"]
    assert alike["raw_agreement"]["ci95"][0] == pytest.approx(0.51, abs=0.01)
    assert apart["raw_agreement"]["value"] == 0.25
    assert [one["reader"] for one in found["readers"]] == ["r1", "r2", "r3"]
    assert found["readers"][2]["sensitivity"]["value"] < found["readers"][0]["sensitivity"]["value"]


def test_where_readers_see_each_other_agreement_is_of_what_they_said_before(db):
    world = make_world(n_studies=1, semi_collaborative=True)
    say(world, 0, 0)
    say(world, 1, 0, "disagree", "pneumothorax")
    say(world, 2, 0, "disagree", "pneumothorax")
    apart = figures(world)
    say(world, 0, 0, "disagree", "pneumothorax")
    again = figures(world)
    assert (
        apart["verdict"]["raw_agreement"]["value"] == again["verdict"]["raw_agreement"]["value"] == pytest.approx(1 / 3)
    )
    assert again["verdict"]["counts"] == {"disagree": 2, "agree_mostly": 0, "agree_all": 1}


def test_eligibility_follows_the_standing_reads_where_readers_see_each_other(db):
    world = make_world(n_studies=1, semi_collaborative=True)
    say(world, 0, 0)
    say(world, 1, 0)
    say(world, 2, 0, "disagree", "pneumothorax")
    assert figures(world)["eligible"] == 1
    say(world, 0, 0, "disagree", "pneumothorax")
    assert figures(world)["eligible"] == 0


def test_the_same_reads_give_the_figures_again_but_not_those_of_an_older_kind(db):
    world = make_world(n_studies=2)
    say(world, 0, 0)
    say(world, 1, 0)
    first = figures(world)
    AgreementRun.objects.update(result={**first, "n_reads": -1})
    assert figures(world)["n_reads"] == -1
    AgreementRun.objects.update(result={key: value for key, value in first.items() if key != "readers"})
    assert figures(world) == first


def test_figures_computed_another_way_before_are_computed_again(db):
    world = make_world(n_studies=2)
    say(world, 0, 0)
    say(world, 1, 0)
    first = figures(world)
    AgreementRun.objects.update(result={**first, "n_reads": -1}, params={"seed": 1})
    assert figures(world) == first


def test_a_round_without_reads_says_so_on_its_page_and_has_no_figures(client, db):
    world = make_world()
    run = compute_agreement(run_id=create_agreement_run(round_=world.round, by=None).pk)
    assert (run.result["n_reads"], run.result["labels"]) == (0, {})
    client.force_login(make_user("curator"))
    assert "No reads yet" in client.get(reverse("consensus:agreement", args=[run.pk])).content.decode()


def test_the_page_shows_readers_pairs_and_labels_of_one_mind_with_their_bounds(client, db):
    world = make_world(n_studies=4)
    for study in range(4):
        for reader in range(3):
            is_odd = reader == 2 and study
            say(world, reader, study, *(("disagree", "pneumothorax") if is_odd else ("agree_all",)))
    run = compute_agreement(run_id=create_agreement_run(round_=world.round, by=None).pk)
    client.force_login(make_user("curator"))
    address = reverse("consensus:agreement", args=[run.pk])
    page = client.get(address).content.decode()
    assert "Sensitivity of each reader" in page
    assert "1.000 (0.510 to 1.000)" in page
    assert "1.00 to 1.00" not in page
    down = client.get(address + "?sort=-pairs:1").content.decode()
    assert '<th scope="col" class="num" aria-sort="descending"><a class="sort" href="?sort=pairs%3A1#pairs">' in down
    assert down.index("r1 and r2</th>") < down.index("r1 and r3</th>")
    text = client.get(address + "?table=pairs&sort=-pairs:0").content.decode().splitlines()
    assert text[0] == "Readers,Raw agreement,Cohen's κ,Gwet's AC1,n"
    assert [line.split(",")[0] for line in text[1:]] == ["r2 and r3", "r1 and r3", "r1 and r2"]


def test_reads_of_a_semi_collaborative_round_are_fetched_once(db):
    world = make_world(n_studies=2)
    say(world, 0, 0, "agree_all")
    counts = []
    for world.round.semi_collaborative in (False, True):
        with CaptureQueriesContext(connection) as queries:
            rating_table(world.round)
        counts.append(len(queries))
    assert counts[1] == counts[0] + 2  # the other reads and their corrections
