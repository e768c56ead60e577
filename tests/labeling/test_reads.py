"""Recording, superseding and withdrawing a verdict."""

from datetime import timedelta

import pytest
from django.urls import reverse

from cases import visibility
from cases.models import Image, Series
from core.errors import NotAllowedError
from core.models import Event
from labeling.actions import close_round, open_case, record_read, reveal, save_draft, withdraw_read
from labeling.actions.locks import CaseSealedError, RoundClosedError, SlotClosedError
from labeling.actions.reads import KeyReusedError, NothingToUndoError, OtherCaseShownError, StaleCaseError
from labeling.marks import MarkRefusedError
from labeling.models import Draft, Read, Slot
from labeling.queries import last_said
from labeling.verdicts import CorrectionRefusedError, LabelChange, UnknownVerdictError
from tests.labeling.conftest import make_world

pytestmark = pytest.mark.django_db
STRUCK = LabelChange("pleural_effusion", "struck")
ADDED = LabelChange("cardiomegaly", "added")


def record(world, now, verdict="agree_all", *, reader=0, study=0, **fields) -> Read:
    return record_read(slot=world.slot(reader, study), verdict=verdict, by=world.readers[reader], now=now, **fields)


def mark_on(world) -> dict[str, object]:
    """A point on a new picture of the first study."""
    series = Series.objects.create(study=world.studies[0], series_uid="1.2")
    image = Image.objects.create(series=series, sop_uid="1.2.1", sha256="a" * 64, rows=10, columns=20)
    return {"kind": "point", "image": image.pk, "frame": 0, "points": [[19.5, 9.5]]}


def test_a_verdict_is_stored_with_what_was_shown_and_the_slot_is_read(world, now):
    read = record(world, now)
    slot = world.slot()
    assert (slot.state, read.verdict, read.submitted_at) == ("read", "agree_all", now)
    assert read.shown == {
        "arm": "normal",
        "suggestions": {"pleural_effusion": "present", "pneumothorax": "uncertain"},
        "suggestion_set": slot.round_study.suggestion_set_id,
        "suggestion_version": 1,
        "report": False,
        "order": 1,
    }


def test_a_verdict_writes_one_audit_row_of_ids_only(world, now):
    read = record(world, now, comment="Small effusion")
    event = Event.objects.get(verb="read.recorded")
    assert (event.actor, event.subject_id) == (world.readers[0], str(read.pk))
    assert event.data == {"slot": read.slot_id, "round": world.round.pk, "supersedes": None}


def test_the_time_counts_from_the_opening_by_the_servers_clock(world, now):
    open_case(slot=world.slot(), by=world.readers[0], now=now - timedelta(seconds=42))
    assert record(world, now).seconds == 42


def test_a_case_never_opened_has_no_time(world, now):
    assert record(world, now).seconds is None


def test_corrections_are_stored_with_their_number(world, now):
    read = record(world, now, "agree_mostly", corrections=[ADDED, STRUCK], comment=" ok ")
    assert sorted((c.label.key, c.kind) for c in read.corrections.all()) == [
        ("cardiomegaly", "added"),
        ("pleural_effusion", "struck"),
    ]
    assert (read.n_corrections, read.comment) == (2, "ok")


def test_an_uncertain_suggestion_can_be_struck(world, now):
    assert record(world, now, "disagree", corrections=[LabelChange("pneumothorax", "struck")]).n_corrections == 1


def test_an_absent_suggestion_counts_as_not_suggested(db, now):
    world = make_world(n_studies=0)
    from tests import factories

    study = factories.make_study(world.benchmark)
    factories.make_suggestions(study, world.benchmark, {"cardiomegaly": "absent"})
    world.studies.append(study)
    factories.make_round(world.benchmark, [study], world.readers)
    assert record(world, now, "agree_mostly", corrections=[ADDED]).n_corrections == 1


@pytest.mark.parametrize("verdict", ["agree_mostly", "disagree"])
def test_a_bare_verdict_without_corrections_is_taken(world, now, verdict):
    assert record(world, now, verdict).n_corrections == 0


@pytest.mark.parametrize(
    ("verdict", "corrections", "error", "words"),
    [
        ("maybe", [], UnknownVerdictError, "'maybe'; allowed: agree_all, agree_mostly, disagree"),
        ("agree_all", [STRUCK], CorrectionRefusedError, "Agree all has no corrections"),
        ("disagree", [LabelChange("goitre", "added")], CorrectionRefusedError, "no label 'goitre'; allowed: pleural"),
        ("disagree", [LabelChange("cardiomegaly", "struck")], CorrectionRefusedError, "was not suggested"),
        ("disagree", [LabelChange("pneumothorax", "added")], CorrectionRefusedError, "was suggested already"),
        ("disagree", [ADDED, ADDED], CorrectionRefusedError, "corrected twice"),
        ("disagree", [LabelChange("cardiomegaly", "moved")], CorrectionRefusedError, "added or struck"),
    ],
)
def test_a_verdict_that_does_not_fit_is_refused_by_name(world, now, verdict, corrections, error, words):
    with pytest.raises(error, match=words):
        record(world, now, verdict, corrections=corrections)
    assert (Read.objects.count(), world.slot().state) == (0, "pending")


def test_another_readers_slot_is_refused(world, now):
    with pytest.raises(NotAllowedError, match="another reader's list"):
        record_read(slot=world.slot(0), verdict="agree_all", by=world.readers[1], now=now)
    with pytest.raises(NotAllowedError):
        open_case(slot=world.slot(0), by=world.readers[1], now=now)
    with pytest.raises(NotAllowedError):
        withdraw_read(slot=world.slot(0), by=world.readers[1], now=now)


def test_a_closed_round_takes_no_verdict_and_no_undo(world, now):
    record(world, now)
    close_round(round_=world.round, by=None, now=now)
    with pytest.raises(RoundClosedError, match="is closed"):
        record(world, now, study=1)
    with pytest.raises(RoundClosedError):
        withdraw_read(slot=world.slot(), by=world.readers[0], now=now)


def test_a_closed_slot_takes_no_verdict(world, now):
    Slot.objects.filter(pk=world.slot().pk).update(state="closed")
    with pytest.raises(SlotClosedError, match="taken off your list"):
        record(world, now)


def test_no_case_of_a_round_with_a_sealed_study_takes_a_verdict(world, now, monkeypatch):
    from django.db.models import Q

    monkeypatch.setattr(visibility, "_rules", [lambda prefix: Q(**{f"{prefix}pk": world.studies[0].pk})])
    for study in (0, 1):  # were the others judged, a reader could tell which one is held out
        with pytest.raises(CaseSealedError, match="sealed"):
            record(world, now, study=study)


def test_a_new_verdict_supersedes_and_the_history_stays(world, now):
    first = record(world, now)
    second = record(world, now, "disagree", corrections=[STRUCK])
    assert second.supersedes == first
    assert list(Read.objects.current()) == [second]
    assert Read.objects.count() == 2


def test_the_same_verdict_again_is_stored_once(world, now):
    first = record(world, now, "agree_mostly", corrections=[ADDED])
    assert record(world, now, "agree_mostly", corrections=[ADDED]) == first
    assert Read.objects.count() == 1


def test_the_same_key_returns_the_same_read(world, now):
    first = record(world, now, idempotency_key="k1")
    assert record(world, now, idempotency_key="k1") == first


def test_the_same_key_with_another_verdict_is_refused_not_dropped(world, now):
    record(world, now, idempotency_key="k1")
    with pytest.raises(KeyReusedError, match="stored 'Agree all'; open the case again"):
        record(world, now, "disagree", idempotency_key="k1")
    assert Read.objects.get().verdict == "agree_all"


def test_a_key_of_one_case_does_not_answer_for_another(world, now):
    record(world, now, idempotency_key="k1")
    assert record(world, now, study=1, idempotency_key="k1").slot == world.slot(0, 1)


def test_a_replayed_request_after_closing_still_returns_its_read(world, now):
    first = record(world, now, idempotency_key="k1")
    close_round(round_=world.round, by=None, now=now)
    assert record(world, now, idempotency_key="k1") == first


def test_the_same_key_with_other_marks_is_refused_not_dropped(world, now):
    mark = mark_on(world)
    record(world, now, idempotency_key="k1")
    with pytest.raises(KeyReusedError):
        record(world, now, idempotency_key="k1", marks=[mark])
    marked = record(world, now, marks=[mark], idempotency_key="k2")
    assert record(world, now, marks=[mark], idempotency_key="k2") == marked


def test_a_replay_after_an_undo_says_that_it_was_taken_back(world, now):
    record(world, now, idempotency_key="k1")
    withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    with pytest.raises(StaleCaseError, match="Agree all was stored of this case and then taken back"):
        record(world, now, idempotency_key="k1")
    assert not Read.objects.current().exists()


def test_a_replay_after_another_verdict_says_which_stands(world, now):
    record(world, now, idempotency_key="k1")
    record(world, now, "disagree", corrections=[STRUCK])
    with pytest.raises(StaleCaseError, match="You already said Disagree"):
        record(world, now, idempotency_key="k1")


def test_undo_withdraws_and_the_slot_is_to_be_read_again(world, now):
    first = record(world, now)
    withdrawal = withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    assert (withdrawal.supersedes, withdrawal.is_withdrawal, world.slot().state) == (first, True, "pending")
    assert not Read.objects.current().exists()
    assert Event.objects.filter(verb="read.withdrawn", subject_id=withdrawal.pk).exists()


def test_a_second_undo_changes_nothing(world, now):
    record(world, now)
    first = withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    assert withdraw_read(slot=world.slot(), by=world.readers[0], now=now) == first


def test_a_verdict_after_an_undo_supersedes_the_withdrawal(world, now):
    record(world, now)
    withdrawal = withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    again = record(world, now)
    assert (again.supersedes, world.slot().state) == (withdrawal, "read")


def test_after_undo_of_a_change_of_mind_the_earlier_verdict_stands_again(world, now):
    reader, mark = world.readers[0], mark_on(world)
    open_case(slot=world.slot(), by=reader, now=now - timedelta(seconds=30))
    first = record(world, now, "agree_mostly", corrections=[STRUCK, ADDED], comment="left", marks=[mark])
    second = record(world, now, "agree_all")
    again = withdraw_read(slot=world.slot(), by=reader, now=now)
    withdrawal = second.superseded_by
    assert (withdrawal.is_withdrawal, again.supersedes, world.slot().state) == (True, withdrawal, "read")
    assert list(Read.objects.current()) == list(Read.objects.independent()) == [again]
    assert (again.verdict, again.comment, again.marks) == ("agree_mostly", "left", first.marks)
    assert {(c.label.key, c.kind) for c in again.corrections.all()} == {
        ("pleural_effusion", "struck"),
        ("cardiomegaly", "added"),
    }
    assert (again.seconds, again.shown) == (30, first.shown | {"restores": first.pk})
    assert Read.objects.count() == 4
    event = Event.objects.get(verb="read.restored", subject_id=again.pk)
    assert event.data["restores"] == first.pk


def test_what_stands_again_is_not_taken_back_by_a_second_undo(world, now):
    record(world, now)
    record(world, now, "disagree", corrections=[STRUCK], idempotency_key="k2")
    again = withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    assert withdraw_read(slot=world.slot(), by=world.readers[0], now=now) == again
    assert last_said(world.readers[0]) is None
    with pytest.raises(StaleCaseError, match="Disagree was stored of this case and then taken back"):
        record(world, now, "disagree", corrections=[STRUCK], idempotency_key="k2")
    third = record(world, now, "disagree")
    assert withdraw_read(slot=world.slot(), by=world.readers[0], now=now).verdict == "agree_all"
    assert (third.supersedes, Read.objects.current().get().verdict) == (again, "agree_all")


def test_an_earlier_verdict_that_was_taken_back_does_not_stand_again(world, now):
    record(world, now)
    withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    record(world, now, "disagree")
    assert withdraw_read(slot=world.slot(), by=world.readers[0], now=now).is_withdrawal
    assert (world.slot().state, Read.objects.current().exists()) == ("pending", False)


def test_in_a_semi_collaborative_round_the_one_that_stands_again_is_as_independent_as_it_was(now, db):
    world = make_world(semi_collaborative=True)
    record(world, now)
    other = record(world, now, "disagree", reader=1)
    reveal(slot=world.slot(), others=[other.pk], report=False, by=world.readers[0])
    answered = record(world, now, "disagree")
    assert "others" in answered.shown
    again = withdraw_read(slot=world.slot(), by=world.readers[0], now=now)
    assert again in Read.objects.independent()
    assert again in Read.objects.unaided()


def test_nothing_to_undo_is_said(world, now):
    with pytest.raises(NothingToUndoError, match="no verdict yet"):
        withdraw_read(slot=world.slot(), by=world.readers[0], now=now)


@pytest.mark.parametrize(
    ("rule", "first", "later"), [("never", False, False), ("after_verdict", False, True), ("always", True, True)]
)
def test_whether_the_report_was_shown_is_stored(client, db, now, rule, first, later):
    world = make_world(show_report=rule)
    me, case = world.readers[0], reverse("labeling:case", args=[world.slot().pk])
    client.force_login(me)
    client.get(case)
    assert record(world, now).shown["report"] is first
    assert record(world, now, "agree_mostly", corrections=[STRUCK]).shown["report"] is first, "no page showed it since"
    client.get(case)
    assert record(world, now, "disagree").shown["report"] is later


def test_another_verdict_given_meanwhile_is_not_overwritten_unseen(world, now):
    first = record(world, now, seen=None)
    with pytest.raises(StaleCaseError, match="You already said Agree all"):
        record(world, now, "disagree", corrections=[STRUCK], seen=None)
    assert record(world, now, seen=None) == first  # the same again is no contradiction
    assert record(world, now, "disagree", corrections=[STRUCK], seen=first.pk).supersedes == first


@pytest.mark.parametrize(
    ("rule", "fields", "words"),
    [
        ("require_corrections", {"comment": "wrong side"}, "at least one label"),
        ("require_comment", {"corrections": [STRUCK]}, "in the comment"),
    ],
)
def test_what_the_round_asks_for_is_compulsory(now, db, rule, fields, words):
    world = make_world(**{rule: True})
    with pytest.raises(CorrectionRefusedError, match=words):
        record(world, now, "disagree", **fields)
    assert record(world, now, "disagree", corrections=[STRUCK], comment="wrong side").pk
    assert record(world, now, study=1).pk  # Agree all needs neither


@pytest.mark.parametrize("may_be_bare", [True, False])
def test_the_round_decides_whether_a_verdict_may_come_without_a_word(client, db, may_be_bare):
    world = make_world(may_be_bare=may_be_bare)
    client.force_login(world.readers[0])
    answer = client.post(reverse("labeling:case", args=[world.slot().pk]), {"verdict": "disagree"})
    assert answer.status_code == (302 if may_be_bare else 422)
    assert Read.objects.count() == may_be_bare


def test_marks_and_display_are_stored_with_the_read(world, now):
    mark = mark_on(world)
    read = record(world, now, marks=[mark], display={"hanging": "Current"})
    assert (read.marks[0]["points"], read.shown["display"]) == ([[19.5, 9.5]], {"hanging": "Current"})
    with pytest.raises(MarkRefusedError, match="not of this case"):
        record(world, now, study=1, marks=[mark])


def test_the_read_takes_the_draft_with_it_and_a_late_draft_is_dropped(world, now):
    reader = world.readers[0]
    assert save_draft(slot=world.slot(), content={"comment": "hm"}, by=reader, now=now, idempotency_key="k")
    record(world, now, idempotency_key="k")
    assert not save_draft(slot=world.slot(), content={"comment": "hm"}, by=reader, now=now, idempotency_key="k")
    assert not Draft.objects.exists()


def test_others_verdicts_that_were_seen_are_named_in_the_next_read(now, db):
    world = make_world(semi_collaborative=True)
    first = record(world, now)
    other = record(world, now, "disagree", reader=1, corrections=[STRUCK])
    reveal(slot=world.slot(), others=[other.pk], report=False, by=world.readers[0])
    again = record(world, now, "disagree", corrections=[STRUCK])
    assert "others" not in first.shown
    assert "others" not in other.shown
    assert again.shown["others"] == [other.pk]
    assert set(Read.objects.independent().values_list("pk", flat=True)) == {first.pk, other.pk}


def test_a_verdict_given_while_another_case_hung_is_refused_in_words(world, now):
    mine = {"slot": world.slot(), "verdict": "agree_all", "by": world.readers[0], "now": now}
    with pytest.raises(OtherCaseShownError, match="were another case's"):
        record_read(**mine, display={"case": world.slot(0, 1).pk, "pictures": []})
    assert not Read.objects.exists()
    assert record_read(**mine, display={"case": world.slot().pk}).shown["display"] == {"case": world.slot().pk}
