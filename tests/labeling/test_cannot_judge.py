"""A case closed without a verdict: dealt to another reader, held for patient data, and the way back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Role
from cases.models import HeldEntry
from core.errors import NotAllowedError
from core.models import Event
from labeling.actions import (
    cannot_judge,
    close_round,
    deal_waiting,
    decide_hold,
    open_case,
    record_read,
    save_draft,
    undo_cannot_judge,
    withdraw_read,
)
from labeling.actions.cannot_judge import ReasonMissingError, TooLateToUndoError
from labeling.actions.locks import CaseHeldError, RoundClosedError
from labeling.actions.reads import StaleCaseError
from labeling.drafts import LARGEST
from labeling.models import Arm, CannotJudge, Draft, Read, Slot, StudyHold
from labeling.queries import attention, last_said, may_view, next_slot, progress
from tests import factories
from tests.labeling.conftest import World, make_world
from tests.labeling.test_control_arms import extra_slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db) -> World:
    """Four readers, two reads a study: two of them have not had a study."""
    return spare_world()


def spare_world(**fields) -> World:
    world = make_world(n_readers=2, reads_per_study=2, **fields)
    for n in (3, 4):
        reader = factories.make_user(username=f"r{n}")
        world.round.readers.create(reader=reader)
        world.readers.append(reader)
    return world


def close(world, now, reason="image_quality", **fields):
    return cannot_judge(slot=world.slot(), reason=reason, by=world.readers[0], now=now, **fields)


def stand_in(slot: Slot) -> Slot:
    return Slot.objects.get(replaces=slot)


def test_the_case_goes_to_the_reader_with_the_fewest_cases_who_never_had_it(world, now):
    slot = world.slot()
    close(world, now)
    new = stand_in(slot)
    assert new.reader in world.readers[2:]
    assert (new.position, new.round_study_id, new.state) == (slot.position, slot.round_study_id, "pending")
    slot.refresh_from_db()
    assert slot.state == "closed"
    assert Event.objects.get(verb="case.not_judged").data["stand_in"] == new.pk
    assert progress(world.round).total == 4


def test_said_twice_it_is_closed_once(world, now):
    assert close(world, now) == close(world, now, idempotency_key="k")
    assert (CannotJudge.objects.count(), Slot.objects.count()) == (1, 5)


def test_a_verdict_given_meanwhile_elsewhere_is_not_withdrawn_unseen(client, world, now):
    read = record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=now)
    with pytest.raises(StaleCaseError, match="You already said Agree all"):
        close(world, now, seen=None)
    client.force_login(world.readers[0])
    sent = {"reason": "image_quality", "standing": ""}
    page = client.post(reverse("labeling:cannot_judge", args=[world.slot().pk]), sent)
    assert (page.status_code, "You already said Agree all" in page.content.decode()) == (422, True)
    assert Read.objects.current().get() == read
    # The page that came back shows what stands, and a second try from it closes the case.
    assert f'name="standing" value="{read.pk}"' in page.content.decode().split('id="cannot"')[1]
    client.post(reverse("labeling:cannot_judge", args=[world.slot().pk]), sent | {"standing": read.pk})
    assert not Read.objects.current().exists()


def test_a_replay_after_it_was_taken_back_says_so(world, now):
    close(world, now, idempotency_key="k")
    undo_cannot_judge(slot=world.slot(), by=world.readers[0], now=now)
    with pytest.raises(StaleCaseError, match="closed and then taken back"):
        close(world, now, idempotency_key="k")
    assert world.slot().state == "pending"


def test_a_standing_verdict_is_withdrawn_and_the_draft_stays_for_an_undo(world, now):
    save_draft(slot=world.slot(0, 0), content={"comment": "x"}, by=world.readers[0], now=now)
    record_read(slot=world.slot(), verdict="agree_all", by=world.readers[0], now=now)
    close(world, now)
    assert not Read.objects.current().exists()
    assert not Draft.objects.exists()
    undo_cannot_judge(slot=world.slot(), by=world.readers[0], now=now)
    assert Draft.objects.get().slot == world.slot()


def test_nobody_left_the_case_waits_and_the_curator_is_told(now, db):
    world = make_world()
    slot = world.slot()
    close(world, now)
    new = stand_in(slot)
    assert new.reader is None
    curator = factories.make_user(role=Role.CURATOR)
    assert attention(world.round, user=curator).waiting == [new]
    with pytest.raises(NotAllowedError, match="Still nobody"):
        deal_waiting(slot=new, by=curator, now=now)
    world.round.readers.create(reader=factories.make_user(username="late"))
    assert deal_waiting(slot=new, by=curator, now=now).reader.username == "late"


def test_caps_and_own_site_are_kept(now, db):
    world = spare_world(exclude_own_site=True)
    world.round.readers.filter(reader=world.readers[2]).update(max_reads=0)
    site = world.studies[0].site.code
    type(world.readers[3]).objects.filter(pk=world.readers[3].pk).update(home_site_code=site)
    slot = world.slot()
    close(world, now)
    assert stand_in(slot).reader is None


def test_undo_gives_the_case_back_and_closes_the_stand_in(world, now):
    slot = world.slot()
    close(world, now)
    undo_cannot_judge(slot=slot, by=world.readers[0], now=now)
    assert world.slot().state == "pending"
    assert stand_in(slot).state == "closed"
    assert Event.objects.filter(verb="case.taken_back").exists()


def test_a_verdict_that_was_withdrawn_with_the_closing_stands_again(world, now):
    slot, reader = world.slot(), world.readers[0]
    record_read(slot=slot, verdict="agree_mostly", comment="faint", by=reader, now=now - timedelta(minutes=1))
    close(world, now)
    assert not Read.objects.current().exists()
    undo_cannot_judge(slot=slot, by=reader, now=now)
    again = Read.objects.current().get()
    assert (again.verdict, again.comment, world.slot().state) == ("agree_mostly", "faint", "read")


def test_a_verdict_taken_back_before_the_closing_does_not_stand_again(world, now):
    slot, reader = world.slot(), world.readers[0]
    record_read(slot=slot, verdict="agree_all", by=reader, now=now - timedelta(minutes=2))
    withdraw_read(slot=slot, by=reader, now=now - timedelta(minutes=1))
    close(world, now)
    undo_cannot_judge(slot=slot, by=reader, now=now)
    assert (Read.objects.current().exists(), world.slot().state) == (False, "pending")


def test_once_another_reader_has_opened_it_it_stays_with_them(world, now):
    slot = world.slot()
    close(world, now)
    new = stand_in(slot)
    open_case(slot=new, by=new.reader, now=now)
    with pytest.raises(TooLateToUndoError, match="opened this case"):
        undo_cannot_judge(slot=slot, by=world.readers[0], now=now)


ARMS = {
    Arm.NORMAL: {},
    Arm.NO_SUGGESTIONS: {},
    Arm.PLANTED_ERROR: {"planted": ("added", "cardiomegaly")},
    Arm.REPEAT: {},
}


@pytest.mark.parametrize("arm", ARMS)
def test_whether_a_closing_may_be_taken_back_is_the_same_in_every_arm(world, now, arm):
    """Only a normal case is dealt to another reader; were that what counts, "too late" would tell that it is normal."""
    slot = world.slot() if arm == Arm.NORMAL else extra_slot(world, arm, **ARMS[arm])
    me, other = world.readers[0], world.slot(1, 0)
    open_case(slot=other, by=other.reader, now=now - timedelta(minutes=1))
    cannot_judge(slot=slot, reason="image_quality", by=me, now=now)
    assert last_said(me).slot == slot
    undo_cannot_judge(slot=slot, by=me, now=now)
    cannot_judge(slot=slot, reason="image_quality", by=me, now=now + timedelta(minutes=1))
    open_case(slot=other, by=other.reader, now=now + timedelta(minutes=2))
    assert last_said(me) is None
    with pytest.raises(TooLateToUndoError) as refused:
        undo_cannot_judge(slot=slot, by=me, now=now + timedelta(minutes=3))
    assert str(refused.value) == "Another reader has opened this case since, so it can no longer be taken back."


@pytest.mark.parametrize("opened", [arm for arm in ARMS if arm != Arm.NORMAL])
@pytest.mark.parametrize("arm", ARMS)
def test_another_readers_control_case_of_the_study_counts_as_opened_too(world, now, arm, opened):
    """Were only normal cases looked at, who closed one would learn from "too late" what another reader was dealt."""
    slot = world.slot() if arm == Arm.NORMAL else extra_slot(world, arm, **ARMS[arm])
    other = extra_slot(world, opened, reader=1, **ARMS[opened])
    cannot_judge(slot=slot, reason="image_quality", by=world.readers[0], now=now)
    assert last_said(world.readers[0]).slot == slot
    open_case(slot=other, by=other.reader, now=now + timedelta(minutes=1))
    assert last_said(world.readers[0]) is None
    with pytest.raises(TooLateToUndoError):
        undo_cannot_judge(slot=slot, by=world.readers[0], now=now + timedelta(minutes=2))


def test_a_closing_cannot_be_taken_back_when_its_stand_in_was_closed_and_dealt_on(world, now):
    slot = world.slot()
    close(world, now)
    first = stand_in(slot)
    cannot_judge(slot=first, reason="image_quality", by=first.reader, now=now)  # by a program, which opens nothing
    with pytest.raises(TooLateToUndoError):
        undo_cannot_judge(slot=slot, by=world.readers[0], now=now)


def test_patient_data_holds_the_study_from_everybody(world, now):
    close(world, now, "patient_data")
    study = world.studies[0].pk
    assert not any(may_view(reader, study) for reader in world.readers)
    assert next_slot(reader=world.readers[1], round_=world.round) == world.slot(1, 1).pk
    with pytest.raises(CaseHeldError):
        record_read(slot=world.slot(1, 0), verdict="agree_all", by=world.readers[1], now=now)
    assert Slot.objects.get(replaces__isnull=False).reader is None


def test_shown_again_the_waiting_case_is_dealt(world, now):
    curator = factories.make_user(role=Role.CURATOR)
    close(world, now, "patient_data")
    hold = StudyHold.objects.get()
    decide_hold(hold=hold, decision="shown_again", by=curator, now=now)
    decide_hold(hold=hold, decision="taken_out", by=curator, now=now)  # too late: nothing changes
    assert Slot.objects.get(replaces__isnull=False).reader in world.readers[2:]
    assert may_view(world.readers[1], world.studies[0].pk)
    with pytest.raises(TooLateToUndoError, match="curator"):
        undo_cannot_judge(slot=Slot.objects.get(state="closed"), by=world.readers[0], now=now)


def test_taken_out_nothing_of_the_study_is_left_to_read(world, now):
    record_read(slot=world.slot(1, 0), verdict="agree_all", by=world.readers[1], now=now)
    close(world, now, "patient_data")
    decide_hold(hold=StudyHold.objects.get(), decision="taken_out", by=factories.make_user(role=Role.CURATOR), now=now)
    states = Slot.objects.filter(round_study__study=world.studies[0]).values_list("state", flat=True)
    assert sorted(states) == ["closed", "closed", "read"]


def test_what_is_refused(world, now):
    slot = world.slot()
    with pytest.raises(NotAllowedError):
        cannot_judge(slot=slot, reason="image_quality", by=world.readers[1], now=now)
    with pytest.raises(ReasonMissingError, match="Choose why"):
        close(world, now, "tired")
    with pytest.raises(ReasonMissingError, match="few words"):
        close(world, now, "other", comment="  ")
    with pytest.raises(NotAllowedError):
        decide_hold(hold=StudyHold(), decision="shown_again", by=world.readers[0], now=now)
    close_round(round_=world.round, by=None, now=now)
    with pytest.raises(RoundClosedError):
        close(world, now)


def test_the_page_closes_the_case_goes_on_and_takes_it_back(client, world):
    client.force_login(world.readers[0])
    slot = world.slot()
    answer = client.post(
        reverse("labeling:cannot_judge", args=[slot.pk]), {"reason": "other", "why": "upside down"}, follow=True
    )
    page = answer.content.decode()
    assert "Case 1: closed" in page
    assert reverse("labeling:undo", args=[slot.pk]) in page
    back = client.post(reverse("labeling:undo", args=[slot.pk]), follow=True)
    assert "taken back" in back.content.decode()
    assert world.slot().state == "pending"


def test_the_page_without_a_reason_asks_for_it(client, world):
    client.force_login(world.readers[0])
    answer = client.post(reverse("labeling:cannot_judge", args=[world.slot().pk]), {})
    assert (answer.status_code, "Choose why" in answer.content.decode()) == (422, True)
    assert not CannotJudge.objects.exists()


def test_a_held_case_says_so_and_somebody_elses_is_not_found(client, world, now):
    close(world, now, "patient_data")
    client.force_login(world.readers[1])
    assert "held back" in client.get(reverse("labeling:case", args=[world.slot(1, 0).pk])).content.decode()
    assert client.post(reverse("labeling:cannot_judge", args=[world.slot(1, 1).pk + 1000]), {}).status_code == 404


def test_the_rounds_page_puts_holds_first_and_decides(client, world, now):
    close(world, now, "patient_data", comment="name burnt in")
    client.force_login(factories.make_user(role=Role.CURATOR))
    page = client.get(reverse("labeling:round_detail", args=[world.round.pk])).content.decode()
    assert "Patient data seen: 1 held back" in page
    assert "name burnt in" in page
    hold = StudyHold.objects.get()
    client.post(reverse("labeling:hold", args=[world.round.pk, hold.pk]), {"decision": "taken_out"})
    hold.refresh_from_db()
    assert hold.decision == "taken_out"


def test_readers_may_not_decide(client, world, now):
    close(world, now, "patient_data")
    client.force_login(world.readers[1])
    hold = StudyHold.objects.get()
    assert client.post(reverse("labeling:hold", args=[world.round.pk, hold.pk]), {}).status_code == 403


def test_what_was_entered_is_kept_with_the_closing_and_is_the_draft_again_after_undo(world, now):
    reader = world.readers[0]
    save_draft(slot=world.slot(), content={"comment": "before", "struck": ["pneumothorax"]}, by=reader, now=now)
    close(
        world, now, entered={"comment": "as the page had it", "added": ["cardiomegaly"], "marks": [{"kind": "point"}]}
    )
    assert not Draft.objects.exists()
    undo_cannot_judge(slot=world.slot(), by=reader, now=now)
    kept = Draft.objects.get().content
    assert (kept["verdict"], kept["reason"]) == ("cannot_judge", "image_quality")
    assert (kept["comment"], kept["struck"], kept["added"]) == ("as the page had it", [], ["cardiomegaly"])
    assert kept["marks"] == [{"kind": "point"}]


def test_without_a_word_of_the_page_the_draft_or_the_withdrawn_verdict_is_kept(world, now):
    reader = world.readers[0]
    record_read(slot=world.slot(), verdict="disagree", comment="too dark", by=reader, now=now)
    close(world, now)
    undo_cannot_judge(slot=world.slot(), by=reader, now=now)
    assert Draft.objects.get().content["comment"] == "too dark"
    save_draft(slot=world.slot(), content={"comment": "newer"}, by=reader, now=now)
    close(world, now, entered={"comment": "x" * LARGEST})  # no draft: the case is closed all the same
    undo_cannot_judge(slot=world.slot(), by=reader, now=now)
    assert Draft.objects.get().content["comment"] == "newer"


OF_OTHER_TAB = {"comment": "of the other tab", "added": ["cardiomegaly"]}


def draft_of_another_page(world, now) -> dict:
    save_draft(slot=world.slot(), content=OF_OTHER_TAB, page="other", based_on="", by=world.readers[0], now=now)
    return Draft.objects.get().content


def test_a_draft_that_another_page_saved_stays_as_it_is_and_what_was_entered_here_is_kept_beside_it(world, now):
    draft = draft_of_another_page(world, now)
    mine = {"comment": "of this tab", "struck": ["pneumothorax"]}
    said = close(world, now, entered=mine, page="this", based_on="")
    assert Draft.objects.get().content == draft
    assert {**mine, "reason": "image_quality"}.items() <= said.as_draft.items()
    assert not {"of the other tab", "other"} & {str(value) for value in said.as_draft.values()}
    undo_cannot_judge(slot=world.slot(), by=world.readers[0], now=now)
    assert Draft.objects.get().content == draft


def test_a_draft_that_the_page_has_seen_goes_with_the_closing(world, now):
    draft_of_another_page(world, now)
    said = close(world, now, page="this", based_on=now.isoformat())
    assert (Draft.objects.exists(), said.entered["comment"]) == (False, "of the other tab")


def test_the_page_tells_of_a_draft_of_another_tab_and_shows_what_the_case_was_closed_with(client, world, now):
    draft_of_another_page(world, now)
    client.force_login(world.readers[0])
    sent = {"reason": "other", "why": "upside down", "entered": '{"comment": "of this tab"}', "page": "me", "based": ""}
    client.post(reverse("labeling:cannot_judge", args=[world.slot().pk]), sent)
    undo = reverse("labeling:undo", args=[world.slot().pk])
    page = client.post(undo, HTTP_HX_REQUEST="true").content.decode()
    assert "Shown is a draft of another tab" in page
    assert ("of the other tab" in page, "upside down" in page) == (True, False)
    other = client.get(reverse("labeling:case", args=[world.slot().pk]) + "?closed-with").content.decode()
    assert ("of this tab" in other, "upside down" in other, "of the other tab" in other) == (True, True, False)
    assert f'data-version="{Draft.objects.get().saved_at.isoformat()}"' in other, "that draft was shown"


def test_an_undo_without_another_tabs_draft_tells_of_none(client, world, now):
    client.force_login(world.readers[0])
    close(world, now, entered={"comment": "of this tab"})
    page = client.post(reverse("labeling:undo", args=[world.slot().pk]), HTTP_HX_REQUEST="true").content.decode()
    assert ("Shown is a draft" in page, "Taken back: the case" in page, "of this tab" in page) == (False, True, True)


def test_a_tab_whose_case_was_closed_in_another_is_told_by_its_loan_and_its_draft(client, world, now):
    client.force_login(world.readers[0])
    close(world, now)
    asked = [("loan", {}, "application/x-www-form-urlencoded"), ("draft", {"content": {}}, "application/json")]
    for name, sent, kind in asked:
        answer = client.post(reverse(f"labeling:{name}", args=[world.slot().pk]), sent, content_type=kind)
        assert answer.status_code == 410
        assert "You closed this case at" in answer.content.decode()
        assert "(image quality), in another tab" in answer.content.decode()


def test_the_last_case_is_never_beyond_the_number_of_cases(client, now):
    world = make_world(n_studies=5)
    reader = world.readers[0]
    client.force_login(reader)
    for study in (0, 1, 3):
        cannot_judge(slot=world.slot(0, study), reason="image_quality", by=reader, now=now)
    page = client.get(reverse("labeling:case", args=[world.slot(0, 4).pk])).content.decode()
    assert "<b>5</b> of 5<" in page
    assert 'data-title="Case 5 of 5"' in page
    before = client.get(reverse("labeling:case", args=[world.slot(0, 2).pk])).content.decode()
    assert "<b>3</b> of 5<" in before, "a case keeps its number"
    Slot.objects.filter(pk=world.slot(0, 4).pk).update(order=2001)
    long = client.get(reverse("labeling:case", args=[world.slot(0, 4).pk])).content.decode()
    assert "<b>2\u202f001</b> of 2\u202f001<" in long


def test_a_case_that_the_gate_holds_is_read_by_nobody_until_it_is_let_go(client, world, now):
    slot = world.slot()
    reader, study = slot.reader, slot.round_study.study
    record_read(slot=slot, verdict="agree_all", by=reader, now=now)
    held = HeldEntry.objects.create(benchmark=world.round.benchmark, study=study)
    assert not may_view(reader, study.pk)
    for other in Slot.objects.filter(round_study=slot.round_study).exclude(pk=slot.pk):
        assert next_slot(reader=other.reader, round_=world.round) != other.pk
        with pytest.raises(CaseHeldError):
            record_read(slot=other, verdict="agree_all", by=other.reader, now=now)
        client.force_login(other.reader)
        assert "This case is held back" in client.get(reverse("labeling:case", args=[other.pk])).content.decode()
    assert Read.objects.current().count() == 1  # what was said stays
    held.delete()
    HeldEntry.objects.create(benchmark=factories.make_benchmark("another"), study=study)  # which takes no hands
    assert may_view(reader, study.pk)
