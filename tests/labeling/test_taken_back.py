"""What is taken back: no other verdict than the one that was meant, and none that still counts for a figure."""

from itertools import product

import pytest
from django.urls import reverse

from core.errors import NotAllowedError
from labeling.actions import cannot_judge, record_read, reveal, undo_cannot_judge, withdraw_read
from labeling.actions.reads import StaleCaseError
from labeling.models import Arm, Read, Slot
from labeling.verdicts import LabelChange
from tests.labeling.conftest import make_world

pytestmark = pytest.mark.django_db
STRUCK = LabelChange("pleural_effusion", "struck")


@pytest.fixture
def me(world, client):
    client.force_login(world.readers[0])
    return world.readers[0]


def record(world, now, verdict="agree_all", *, reader=0, study=0, **fields) -> Read:
    return record_read(slot=world.slot(reader, study), verdict=verdict, by=world.readers[reader], now=now, **fields)


# ---- An undo names what it takes back ------------------------------------------------------------------------------------


def test_an_undo_takes_back_no_verdict_but_the_one_it_names(world, now):
    slot, reader = world.slot(), world.readers[0]
    first = record(world, now)
    second = record(world, now, "disagree", corrections=[STRUCK])
    with pytest.raises(StaleCaseError, match="You already said Disagree"):
        withdraw_read(slot=slot, by=reader, now=now, undoes=first.pk)
    assert (Read.objects.current().get(), Read.objects.count()) == (second, 2)
    again = withdraw_read(slot=slot, by=reader, now=now, undoes=second.pk)
    assert withdraw_read(slot=slot, by=reader, now=now, undoes=second.pk) == again, "asked twice, done once"
    assert withdraw_read(slot=slot, by=reader, now=now, undoes=again.pk) == again, "what stands again is only replaced"
    third = record(world, now, "disagree", corrections=[STRUCK])
    with pytest.raises(StaleCaseError):
        withdraw_read(slot=slot, by=reader, now=now, undoes=second.pk)
    assert Read.objects.current().get() == third


def test_the_pages_undo_of_a_verdict_replaced_elsewhere_says_what_stands(client, me, world, now):
    slot = world.slot()
    undo = reverse("labeling:undo", args=[slot.pk])
    first = record(world, now)
    notice = client.get(reverse("labeling:case", args=[world.slot(0, 1).pk]) + f"?stored={slot.pk}").content.decode()
    assert f'name="read" value="{first.pk}"' in notice
    record(world, now, "disagree", corrections=[STRUCK])
    answer = client.post(undo, {"read": first.pk}, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Push-Url"]) == (422, reverse("labeling:case", args=[slot.pk]))
    assert "You already said Disagree of this case" in answer.content.decode()
    assert Read.objects.current().get().verdict == "disagree"
    assert client.post(undo, {"read": "no number"}).status_code == 302, "nothing named is whatever stands"


@pytest.mark.parametrize("page", ["worklist", "done"])
def test_every_undo_names_its_verdict_or_closing(client, me, world, now, page):
    record(world, now, study=1)
    said = cannot_judge(slot=world.slot(), reason="image_quality", by=me, now=now)
    address = reverse("labeling:worklist") if page == "worklist" else reverse("labeling:done", args=[world.round.pk])
    assert f'name="closing" value="{said.pk}"' in client.get(f"{address}?closed={said.slot_id}").content.decode()


def test_an_undo_of_a_verdict_reopens_no_case_that_was_closed_since(client, me, world, now):
    first = record(world, now)
    cannot_judge(slot=world.slot(), reason="image_quality", by=me, now=now)
    page = client.post(
        reverse("labeling:undo", args=[world.slot().pk]), {"read": first.pk}, follow=True
    ).content.decode()
    assert "You closed this case at" in page
    assert (world.slot().state, Read.objects.current().count()) == ("closed", 0)


def test_an_undo_of_a_closing_takes_back_no_verdict_given_since(client, me, world, now):
    slot = world.slot()
    said = cannot_judge(slot=slot, reason="image_quality", by=me, now=now)
    undo_cannot_judge(slot=slot, by=me, now=now, undoes=said.pk)
    undo_cannot_judge(slot=slot, by=me, now=now, undoes=said.pk)  # a replay
    read = record(world, now)
    page = client.post(reverse("labeling:undo", args=[slot.pk]), {"closing": said.pk}, HTTP_HX_REQUEST="true")
    assert "You already said Agree all" in page.content.decode()
    assert Read.objects.current().get() == read
    cannot_judge(slot=slot, reason="wrong_body_part", by=me, now=now)
    with pytest.raises(StaleCaseError, match="wrong body part"):
        undo_cannot_judge(slot=slot, by=me, now=now, undoes=said.pk)


# ---- What was taken back counts for no figure ----------------------------------------------------------------------------

STEPS = ("say", "undo", "look")


def test_whatever_was_done_the_independent_verdict_is_the_last_blind_one_not_taken_back(db, now):
    """Every way of four steps after a first verdict, against a model of them in a dozen lines."""
    ways = list(product(STEPS, repeat=4))
    world = make_world(n_studies=len(ways), semi_collaborative=True)
    for study, way in enumerate(ways):
        slot = world.slot(0, study)
        other = record(world, now, "disagree", reader=1, study=study, corrections=[STRUCK])
        said: list[dict] = []  # verdicts in their order
        has_seen = False
        for step in ("say", *way):
            standing = said[-1] if said and not said[-1]["is_back"] else None
            if step == "say":
                verdict = "disagree" if standing and standing["read"].verdict == "agree_all" else "agree_all"
                corrections = [STRUCK] if verdict == "disagree" else []
                read = record(world, now, verdict, study=study, corrections=corrections)
                said.append({"read": read, "is_blind": not has_seen, "is_back": False, "before": standing})
            elif step == "look" and standing:
                reveal(slot=slot, others=[other.pk], report=False, by=world.readers[0])
                has_seen = True
            elif step == "undo" and standing and "again" not in standing:
                end = withdraw_read(slot=slot, by=world.readers[0], now=now, undoes=standing["read"].pk)
                standing["is_back"] = True
                if standing["before"]:  # it stands again
                    said.append({**standing["before"], "read": end, "again": True})
        stands = said and not said[-1]["is_back"]
        blind = [one["read"] for one in said if one["is_blind"] and not one["is_back"]] if stands else []
        for reads in (Read.objects.independent(), Read.objects.unaided()):
            assert list(reads.filter(slot=slot)) == blind[-1:], way
        for one in said:
            assert ("others" in one["read"].shown) is not one["is_blind"], way


def test_a_slip_taken_back_leaves_the_next_verdict_independent(client, now, db):
    """Shown after the undo is neither what others said nor the report: the slip revealed nothing."""
    world = make_world(semi_collaborative=True, show_report="after_verdict")
    record(world, now, "disagree", reader=1, corrections=[STRUCK], comment="I see two")
    client.force_login(world.readers[0])
    case, undo = (reverse(f"labeling:{name}", args=[world.slot().pk]) for name in ("case", "undo"))
    slip = record(world, now)
    page = client.post(undo, {"read": slip.pk}, follow=True).content.decode()
    assert "taken back" in page
    assert "I see two" not in page
    assert "Small left effusion" not in page
    real = record(world, now, "disagree", corrections=[STRUCK])
    assert ("others" in real.shown, real.shown["report"]) == (False, False)
    mine = {"slot": world.slot()}
    assert list(Read.objects.independent().filter(**mine)) == list(Read.objects.unaided().filter(**mine)) == [real]
    assert "I see two" in client.get(case).content.decode()


def test_what_was_seen_stays_seen_once_the_verdict_that_showed_it_is_taken_back(client, now, db):
    world = make_world(semi_collaborative=True, show_report="after_verdict")
    other = record(world, now, "disagree", reader=1, corrections=[STRUCK])
    client.force_login(world.readers[0])
    blind = record(world, now)
    client.get(reverse("labeling:case", args=[world.slot().pk]))
    withdraw_read(slot=world.slot(), by=world.readers[0], now=now, undoes=blind.pk)
    withdraw_read(slot=world.slot(1), by=world.readers[1], now=now)  # what was seen stands no more
    real = record(world, now, "disagree", corrections=[STRUCK])
    assert (real.shown["others"], real.shown["report"]) == ([other.pk], True)
    mine = {"slot": world.slot()}
    assert not Read.objects.independent().filter(**mine).exists()
    assert not Read.objects.unaided().filter(**mine).exists()


def test_a_refused_verdict_whose_page_shows_others_says_so_with_the_next(client, now, db):
    """Another tab gave the first verdict; the refusal shows the case as it stands, with what others said."""
    world = make_world(semi_collaborative=True)
    other = record(world, now, "disagree", reader=1, corrections=[STRUCK])
    client.force_login(world.readers[0])
    case = reverse("labeling:case", args=[world.slot().pk])
    client.get(case)
    standing = record(world, now)
    sent = {"verdict": "disagree", "struck": "pleural_effusion", "standing": ""}
    assert client.post(case, sent).status_code == 422
    client.post(case, sent | {"standing": standing.pk})
    assert Read.objects.current().get(slot=world.slot()).shown["others"] == [other.pk]
    assert list(Read.objects.independent().filter(slot=world.slot())) == [standing]


def test_from_scratch_what_others_said_is_not_shown(client, now, db):
    world = make_world(semi_collaborative=True)
    record(world, now, "disagree", reader=1, corrections=[STRUCK], comment="I see two")
    client.force_login(world.readers[0])
    Slot.objects.filter(pk=world.slot().pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    record(world, now, "labels")
    assert "I see two" not in client.get(reverse("labeling:case", args=[world.slot().pk])).content.decode()
    assert world.slot().revealed == {}


def test_nobody_else_notes_what_a_reader_saw(world, now):
    with pytest.raises(NotAllowedError):
        reveal(slot=world.slot(), others=[1], report=True, by=world.readers[1])
