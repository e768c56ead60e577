"""The database refuses what the actions never do; each refusal names its constraint."""

import pytest
from django.db import IntegrityError, connection, transaction

from labeling.actions import record_read
from labeling.models import Correction, Read, ReadingRound, RoundStudy, Slot
from labeling.verdicts import LabelChange
from llm_extract.models import Suggestion
from tests import factories

pytestmark = pytest.mark.django_db


def check_now():
    """Deferred constraints and triggers speak at commit; this is the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refuses(words):
    return pytest.raises(IntegrityError, match=words)


def read_of(world, now, **fields) -> Read:
    return record_read(slot=world.slot(), verdict="agree_mostly", by=world.readers[0], now=now, **fields)


def extra_slot(world, **changes) -> Slot:
    slot = world.slot()
    values = {
        "round": world.round,
        "round_study": slot.round_study,
        "reader": factories.make_user(),
        "position": 3,
        "reads_per_study": 3,
        "order": 9,
        **changes,
    }
    return Slot(**values)


def test_a_fourth_live_slot_has_no_position(world):
    with refuses("slot_has_at_most_k"), transaction.atomic():
        extra_slot(world, position=4).save()


def test_a_fourth_live_slot_cannot_share_a_position(world):
    with refuses("slot_live_position_is_unique"), transaction.atomic():
        extra_slot(world).save()


def test_a_fourth_live_slot_cannot_claim_a_larger_k(world):
    with refuses("slot_k_is_its_rounds"), transaction.atomic():
        extra_slot(world, position=4, reads_per_study=4).save()
        check_now()


def test_a_reader_has_one_live_slot_of_a_study(world):
    Slot.objects.filter(pk=world.slot(2).pk).update(state="closed")
    with refuses("slot_live_reader_is_unique"), transaction.atomic():
        extra_slot(world, reader=world.readers[0]).save()


def test_a_closed_slot_gives_its_place_free(world):
    Slot.objects.filter(pk=world.slot(2).pk).update(state="closed")
    extra_slot(world).save()
    check_now()


def test_a_slot_belongs_to_its_studys_round(world):
    other = ReadingRound.objects.create(
        benchmark=world.benchmark, taxonomy=world.round.taxonomy, number=2, reads_per_study=3
    )
    Slot.objects.filter(pk=world.slot(2).pk).update(state="closed")
    with refuses("slot_belongs_to_its_studys_round"), transaction.atomic():
        extra_slot(world, round=other).save()
        check_now()


def test_an_unknown_slot_state_is_refused(world):
    with refuses("slot_state_is_known"), transaction.atomic():
        Slot.objects.filter(pk=world.slot().pk).update(state="lost")


def test_a_slot_with_reads_keeps_its_reader(world, now):
    read = read_of(world, now)
    with refuses("keeps its reader"), transaction.atomic():
        Slot.objects.filter(pk=read.slot_id).update(reader=factories.make_user())


@pytest.mark.parametrize("change", [{"verdict": "disagree"}, {"comment": "x"}, {"submitted_at": "2020-01-01T00:00Z"}])
def test_a_read_is_never_updated(world, now, change):
    read = read_of(world, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Read.objects.filter(pk=read.pk).update(**change)


def test_a_read_is_never_deleted(world, now):
    read = read_of(world, now)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM labeling_read WHERE id = %s", [read.pk])


def test_a_correction_is_never_changed_or_deleted(world, now):
    read = read_of(world, now, corrections=[LabelChange("cardiomegaly", "added")])
    check_now()
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(read=read).update(kind="struck")
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(read=read)._raw_delete("default")


def test_no_correction_is_added_later(world, now):
    read = read_of(world, now)
    check_now()
    label = world.round.taxonomy.labels.get(key="cardiomegaly")
    with refuses("states 0 corrections and has 1"), transaction.atomic():
        Correction.objects.create(read=read, label=label, kind="added")
        check_now()


def test_a_read_must_have_the_corrections_it_states(world):
    with refuses("states 2 corrections and has 0"), transaction.atomic():
        Read.objects.create(slot=world.slot(), verdict="disagree", n_corrections=2)
        check_now()


def test_a_slots_history_has_one_beginning(world, now):
    read = read_of(world, now)
    with refuses("read_chain_has_one_first_per_slot"), transaction.atomic():
        Read.objects.create(slot_id=read.slot_id, verdict="agree_all")


def test_a_read_is_superseded_once(world, now):
    read = read_of(world, now)
    Read.objects.create(slot_id=read.slot_id, verdict="agree_all", supersedes=read)
    with refuses("supersedes"), transaction.atomic():
        Read.objects.create(slot_id=read.slot_id, verdict="disagree", supersedes=read)


@pytest.mark.parametrize(("verdict", "is_withdrawal"), [("", False), ("perhaps", False), ("agree_all", True)])
def test_a_read_is_a_verdict_or_a_withdrawal(world, verdict, is_withdrawal):
    with refuses("read_is_a_verdict_or_a_withdrawal"), transaction.atomic():
        Read.objects.create(slot=world.slot(), verdict=verdict, is_withdrawal=is_withdrawal)


def test_an_idempotency_key_is_stored_once(world):
    Read.objects.create(slot=world.slot(0), verdict="agree_all", idempotency_key="k")
    with refuses("idempotency_key"), transaction.atomic():
        Read.objects.create(slot=world.slot(1), verdict="agree_all", idempotency_key="k")


@pytest.mark.parametrize(
    "change", [{"show_report": "always"}, {"seed": 5}, {"exclude_own_site": True}, {"reads_per_study": 2}]
)
def test_settings_are_frozen_by_the_first_read(world, now, change):
    ReadingRound.objects.filter(pk=world.round.pk).update(**{k: v for k, v in change.items() if k != "reads_per_study"})
    ReadingRound.objects.filter(pk=world.round.pk).update(show_report="never", seed=0, exclude_own_site=False)
    read_of(world, now)
    with refuses("settings are frozen"), transaction.atomic():
        ReadingRound.objects.filter(pk=world.round.pk).update(**change)


def test_closing_is_no_setting(world, now):
    read_of(world, now)
    ReadingRound.objects.filter(pk=world.round.pk).update(state="closed", closed_at=now)


def test_no_suggestion_is_added_to_a_shown_set(world):
    shown = world.slot().round_study.suggestion_set
    label = world.round.taxonomy.labels.get(key="cardiomegaly")
    with refuses("in a reading round and cannot change"), transaction.atomic():
        Suggestion.objects.create(suggestion_set=shown, label=label, status="present")


def test_a_rounds_study_keeps_its_suggestions(world):
    newer = factories.make_suggestions(world.studies[0], world.benchmark, ["cardiomegaly"])
    with pytest.raises(IntegrityError), transaction.atomic():
        RoundStudy.objects.filter(study=world.studies[0]).update(suggestion_set=newer)


def test_a_rounds_number_is_its_own(world):
    with refuses("round_number_is_unique_in_benchmark"), transaction.atomic():
        ReadingRound.objects.create(benchmark=world.benchmark, taxonomy=world.round.taxonomy, number=1)
