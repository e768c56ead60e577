"""Control arms are extra slots: what is shown in them, what is stored of them, and that they count nowhere."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from consensus.queries import outcomes_of_round, rating_table
from dashboard.queries import benchmark_chains
from labeling.actions import ControlArms, open_round, record_read
from labeling.actions.dealing import RoundRefusedError, plantable
from labeling.actions.dealing import SaidLabel as Said
from labeling.models import Arm, Read, ReadingRound, Slot, SlotState
from labeling.queries import (
    assignment_rows,
    progress,
    read_rows,
    readers_of,
    reading_list,
    reads_by_day,
    reads_visible_to,
    rounds_with_counts,
    shown_suggestions,
    studies_of,
    suggested_keys,
)
from labeling.verdicts import CorrectionRefusedError, LabelChange, UnknownVerdictError
from tests import factories
from tests.labeling.conftest import World, make_sample, make_world

ALL_ARMS = ControlArms(hide_suggestions_fraction=0.2, seeded_error_fraction=0.2, repeat_fraction=0.2)


def open_with_arms(n_studies=10, n_readers=5, arms=ALL_ARMS, **settings) -> ReadingRound:
    benchmark = factories.make_benchmark()
    make_sample(benchmark, n_studies)
    readers = [factories.make_user(username=f"r{n}") for n in range(1, n_readers + 1)]
    return open_round(
        benchmark=benchmark,
        readers=readers,
        reads_per_study=2,
        arms=arms,
        seed=7,
        by=None,
        now=timezone.now(),
        **settings,
    )


def extra_slot(world: World, arm: str, reader: int = 0, study: int = 0, **fields) -> Slot:
    """A control slot of a reader who does not read the study normally (whose normal slot is closed)."""
    normal = world.slot(reader, study)
    if arm != Arm.REPEAT:
        Slot.objects.filter(pk=normal.pk).update(state=SlotState.CLOSED)
    if "planted" in fields:
        kind, key = fields.pop("planted")
        fields |= {"planted_kind": kind, "planted_label": world.round.taxonomy.labels.get(key=key)}
    return Slot.objects.create(
        round=world.round,
        round_study=normal.round_study,
        reader=normal.reader,
        arm=arm,
        position=0,
        reads_per_study=normal.reads_per_study,
        order=90 + study,
        **fields,
    )


def say(slot: Slot, verdict: str = "agree_all", *changes: str) -> Read:
    kinds = {"+": "added", "-": "struck"}
    corrections = [LabelChange(change[1:], kinds[change[0]]) for change in changes]
    return record_read(slot=slot, verdict=verdict, corrections=corrections, by=slot.holder, now=timezone.now())


# ---- Dealing --------------------------------------------------------------------------------------------------------


def test_a_round_deals_the_extra_slots_its_fractions_ask_for(db):
    round_ = open_with_arms()
    live = Slot.objects.live().filter(round=round_)
    assert live.counting().count() == 20
    assert {arm: live.filter(arm=arm).count() for arm in Arm.values} == {
        "normal": 20,
        "no_suggestions": 4,
        "planted_error": 4,
        "repeat": 4,
        "training": 0,
    }
    for reader in {slot.reader for slot in live}:
        assert sorted(live.filter(reader=reader).values_list("order", flat=True)) == list(
            range(1, live.filter(reader=reader).count() + 1)
        )


def test_the_same_seed_deals_the_same_arms(db):
    first = open_with_arms()
    again = open_round(
        benchmark=first.benchmark,
        readers=[member.reader for member in first.readers.all()],
        reads_per_study=2,
        arms=ALL_ARMS,
        seed=7,
        by=None,
        now=timezone.now(),
    )
    columns = "round_study__study", "reader", "arm", "order", "planted_label", "planted_kind"
    assert set(first.slots.values_list(*columns)) == set(again.slots.values_list(*columns))


def test_the_benchmarks_definition_sets_the_arms_of_its_rounds(db):
    benchmark = factories.make_benchmark()
    benchmark.settings["reading"]["hide_suggestions_fraction"] = 0.1
    benchmark.save()
    make_sample(benchmark, 10)
    readers = [factories.make_user(username=f"r{n}") for n in range(4)]
    round_ = open_round(benchmark=benchmark, readers=readers, reads_per_study=1, by=None, now=timezone.now())
    assert round_.hide_suggestions_fraction == 0.1
    assert round_.slots.controls().count() == 1


@pytest.mark.parametrize("setting", ["semi_collaborative", "is_open_to_all"])
def test_arms_need_blind_readers_with_lists(db, setting):
    from labeling.actions.rounds import check_arms

    with pytest.raises(RoundRefusedError, match="blind readers"):
        check_arms(ReadingRound(repeat_fraction=0.1, **{setting: True}))


@pytest.mark.parametrize("rule", ["never", "after_verdict"])
def test_errors_are_planted_where_the_report_is_not_on_screen_while_the_reader_judges(db, rule):
    arms = ControlArms(seeded_error_fraction=0.2)
    assert open_with_arms(arms=arms, show_report=rule).slots.filter(arm=Arm.PLANTED_ERROR).count() == 4


def test_errors_beside_the_report_are_refused_and_nothing_is_opened(db):
    with pytest.raises(RoundRefusedError, match="after the verdict or never"):
        open_with_arms(arms=ControlArms(seeded_error_fraction=0.2), show_report="always")
    assert not ReadingRound.objects.exists()


def test_the_report_tells_of_no_repeat_and_no_read_without_suggestions(db):
    arms = ControlArms(hide_suggestions_fraction=0.2, repeat_fraction=0.2)
    assert open_with_arms(arms=arms, show_report="always").slots.controls().count() == 8


def test_arms_that_do_not_fit_are_refused_and_nothing_is_opened(db):
    with pytest.raises(RoundRefusedError, match="without suggestions were asked for"):
        open_with_arms(n_readers=2, arms=ControlArms(hide_suggestions_fraction=0.5))
    assert not ReadingRound.objects.exists()


def test_fractions_are_frozen_by_the_first_read(world, now):
    say(world.slot())
    with pytest.raises((IntegrityError, InternalError), match="settings are frozen"), transaction.atomic():
        ReadingRound.objects.update(seeded_error_fraction=0.5)


def test_where_the_report_comes_after_the_verdict_only_a_label_it_rules_out_may_be_added():
    said = [
        Said("effusion", True, False, True),
        Said("nodule", False, False, True),
        Said("oedema", False, False, False),
    ]
    labels = {"effusion", "nodule", "oedema", "fracture"}
    assert plantable(said, labels, shows_report=True).addable == {"nodule"}
    assert plantable(said, labels, shows_report=False).addable == {"nodule", "oedema", "fracture"}
    assert plantable(said, labels, shows_report=True).removable == {"effusion"}


def test_nothing_is_added_beside_an_exclusive_label():
    assert plantable([Said("normal", True, True, False)], {"effusion"}, shows_report=False).addable == frozenset()


# ---- What is shown and stored ----------------------------------------------------------------------------------------


def test_without_suggestions_nothing_is_shown_and_labels_are_the_answer(world, now):
    slot = extra_slot(world, Arm.NO_SUGGESTIONS)
    assert shown_suggestions(slot) == []
    read = say(slot, "labels", "+pneumothorax", "+cardiomegaly")
    assert {item.label.key for item in read.corrections.all()} == {"pneumothorax", "cardiomegaly"}
    assert (read.shown["arm"], read.shown["suggestions"]) == ("no_suggestions", {})


def test_without_suggestions_there_is_nothing_to_agree_with_or_strike(world, now):
    slot = extra_slot(world, Arm.NO_SUGGESTIONS)
    with pytest.raises(UnknownVerdictError, match="nothing to agree with"):
        say(slot, "agree_all")
    with pytest.raises(CorrectionRefusedError, match="was not suggested"):
        say(slot, "labels", "-pneumothorax")


def test_labels_are_no_answer_where_suggestions_are_shown(world, now):
    with pytest.raises(UnknownVerdictError):
        say(world.slot(), "labels", "+cardiomegaly")


def test_a_planted_label_stands_among_the_suggestions_and_can_be_struck(world, now):
    slot = extra_slot(world, Arm.PLANTED_ERROR, planted=("added", "cardiomegaly"))
    assert sorted(suggested_keys(slot)) == ["cardiomegaly", "pleural_effusion", "pneumothorax"]
    read = say(slot, "agree_mostly", "-cardiomegaly")
    assert read.shown["planted"] == "+cardiomegaly"
    assert read.shown["suggestions"] == {
        "cardiomegaly": "present",
        "pleural_effusion": "present",
        "pneumothorax": "uncertain",
    }


def test_a_removed_label_is_not_shown_and_can_be_added(world, now):
    slot = extra_slot(world, Arm.PLANTED_ERROR, planted=("removed", "pleural_effusion"))
    assert suggested_keys(slot) == ["pneumothorax"]
    assert say(slot, "agree_mostly", "+pleural_effusion").shown["planted"] == "-pleural_effusion"


def test_a_repeat_shows_what_the_first_time_showed(world, now):
    slot = extra_slot(world, Arm.REPEAT)
    assert suggested_keys(slot) == suggested_keys(world.round.slots.get(reader=slot.reader, arm="normal", order=1))


# ---- They count nowhere ----------------------------------------------------------------------------------------------


def everything_derived(world: World) -> dict:
    curator = world_curator()
    table = rating_table(world.round)
    return {
        "outcomes": [one.outcome for one in outcomes_of_round(world.round)],
        "table": (table.sha256, table.n_reads, table.n_eligible),
        "progress": progress(world.round),
        "days": len(reads_by_day(world.round)),
        "readers": [(item.read, item.total) for item in readers_of(world.round)],
        "rounds": list(rounds_with_counts().values("n_studies", "n_slots", "n_read")),
        "studies": list(studies_of(world.round, user=curator).values_list("n_read", "n_slots")),
        "assignments": list(assignment_rows(world.round, user=None)),
        "reads": list(read_rows(world.round, user=None)),
        "api": [read.pk for read in reads_visible_to(curator)],
        "home": [step.count for step in benchmark_chains(curator)[0].steps],
    }


def world_curator():
    from accounts.models import User

    return User.objects.filter(username="curator").first() or factories.make_user("curator", username="curator")


def test_reads_of_control_arms_change_nothing_that_is_derived_from_reads(db):
    world = make_world(n_studies=3, n_readers=4, reads_per_study=3)
    for reader in range(3):
        say(world.slot(reader))
    before = everything_derived(world)
    stranger = world.readers[3]
    extra = [
        Slot.objects.create(
            round=world.round,
            round_study=world.round.studies.get(position=place + 1),
            reader=stranger,
            arm=arm,
            position=0,
            reads_per_study=3,
            order=place,
            **fields,
        )
        for place, (arm, fields) in enumerate(
            [
                (Arm.NO_SUGGESTIONS, {}),
                (
                    Arm.PLANTED_ERROR,
                    {"planted_kind": "added", "planted_label": world.round.taxonomy.labels.get(key="cardiomegaly")},
                ),
            ]
        )
    ]
    repeat = extra_slot(world, Arm.REPEAT)
    say(extra[0], "labels", "+cardiomegaly")
    say(extra[1], "disagree", "-pleural_effusion")
    say(repeat, "disagree", "-pleural_effusion")
    assert everything_derived(world) == before
    # The reader sees them as cases like any other; a curator who asks gets them with their arm.
    listed = reading_list(stranger, world.round)
    assert (listed.read, listed.total) == (2, 2)
    assert len(reads_visible_to(stranger)) == 2
    rows = list(read_rows(world.round, user=None, with_controls=True))
    assert sorted(row[6:8] for row in rows) == [
        ("no_suggestions", ""),
        ("normal", ""),
        ("normal", ""),
        ("normal", ""),
        ("planted_error", "+cardiomegaly"),
        ("repeat", ""),
    ]
    assert len(reads_visible_to(world_curator(), with_controls=True)) == 6


# ---- The database holds it -------------------------------------------------------------------------------------------


def refused(match: str):
    return pytest.raises((IntegrityError, InternalError), match=match)


def test_a_reader_never_has_a_study_in_two_arms_but_for_a_repeat(world):
    normal = world.slot()
    common = {
        "round": world.round,
        "round_study": normal.round_study,
        "reader": normal.reader,
        "position": 0,
        "reads_per_study": normal.reads_per_study,
        "order": 9,
    }
    with refused("slot_live_reader_is_unique"), transaction.atomic():
        Slot.objects.create(arm=Arm.NO_SUGGESTIONS, **common)
    Slot.objects.create(arm=Arm.REPEAT, **common)
    with refused("slot_live_repeat_is_unique"), transaction.atomic():
        Slot.objects.create(arm=Arm.REPEAT, **common)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"arm": "repeat", "position": 1}, "slot_has_at_most_k"),
        ({"arm": "normal", "position": 0}, "slot_has_at_most_k"),
        ({"arm": "other", "position": 0}, "slot_arm_is_known"),
        ({"arm": "planted_error", "position": 0}, "slot_planted_error_is_named"),
        ({"arm": "no_suggestions", "position": 0, "planted_kind": "added"}, "slot_planted_error_is_named"),
        ({"arm": "training", "position": 0}, "training cases are read in the training arm"),
    ],
)
def test_a_slot_of_an_arm_is_whole(world, fields, name):
    slot = world.slot()
    with refused(name), transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(**fields)


def test_a_slot_with_reads_keeps_its_arm_and_what_was_planted(world, now):
    slot = extra_slot(world, Arm.PLANTED_ERROR, planted=("added", "cardiomegaly"))
    say(slot, "agree_mostly", "-cardiomegaly")
    for change in ({"arm": "no_suggestions", "planted_label": None, "planted_kind": ""}, {"planted_kind": "removed"}):
        with refused("keeps its reader"), transaction.atomic():
            Slot.objects.filter(pk=slot.pk).update(**change)


def test_a_verdict_fits_its_arm_in_the_database_too(world, now):
    scratch = extra_slot(world, Arm.NO_SUGGESTIONS)
    with refused("is answered by labels"), transaction.atomic():
        Read.objects.create(slot=scratch, verdict="agree_all")
    with refused("is answered by labels"), transaction.atomic():
        Read.objects.create(slot=world.slot(1), verdict="labels")


def test_no_release_rests_on_a_read_that_does_not_count(world, now):
    from django.db import connection

    read = say(extra_slot(world, Arm.NO_SUGGESTIONS), "labels")
    with (
        refused("never counts"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT INTO releases_releasecase_reads (releasecase_id, read_id) VALUES (1, %s)", [read.pk])


# ---- By page and by command ------------------------------------------------------------------------------------------


@pytest.fixture
def sampled(db):
    benchmark = factories.make_benchmark()
    run = make_sample(benchmark, 10)
    return run, [factories.make_user(username=f"r{n}") for n in range(5)]


def test_the_form_of_a_round_takes_its_arms(client, sampled):
    run, readers = sampled
    client.force_login(factories.make_user("curator"))
    form = {
        "sampling_run": run.pk,
        "readers": [reader.pk for reader in readers],
        "reads_per_study": 2,
        "show_report": "never",
        "seed": 7,
        "hide_suggestions_fraction": 0.1,
        "seeded_error_fraction": "",
        "repeat_fraction": 0.2,
    }
    address = reverse("labeling:round_create")
    assert (
        "about 6 extra reads that never count"
        in client.post(address, form | {"preview": 1}, follow=True).content.decode()
    )
    assert client.post(address, form | {"repeat_fraction": 0.7}).status_code == 422
    assert client.post(address, form).status_code == 302
    round_ = ReadingRound.objects.get()
    arms = list(round_.slots.controls().order_by("arm").values_list("arm", flat=True))
    assert arms == ["no_suggestions"] * 2 + ["repeat"] * 4
    page = client.get(reverse("labeling:round_detail", args=[round_.pk])).content.decode()
    assert "0.1 extra reads per read" in page
    assert "0 of 2" in page or "0 of 1" in page


def test_the_command_opens_a_round_with_arms_once(sampled, capsys):
    options = {"benchmark": "chest", "readers": "all", "reads_per_study": 2, "seeded_error_fraction": 0.1}
    call_command("open_round", **options)
    assert "2 extra reads that never count" in capsys.readouterr().out
    call_command("open_round", **options)
    assert "nothing was opened" in capsys.readouterr().out
    with pytest.raises(CommandError, match=r"repeat-fraction is 0\.9; it must be from 0 to 0.5"):
        call_command("open_round", **options, repeat_fraction=0.9)
    with pytest.raises(CommandError, match="no training set 'None yet'"):
        call_command("open_round", **options, training_set="None yet")


def test_exports_tell_arms_when_asked(client, world, now, tmp_path):
    say(extra_slot(world, Arm.PLANTED_ERROR, planted=("added", "cardiomegaly")), "agree_mostly", "-cardiomegaly")
    path = tmp_path / "reads.csv"
    call_command("export_reads", benchmark="chest", out=path)
    assert len(path.read_text().splitlines()) == 1
    call_command("export_reads", benchmark="chest", out=path, with_controls=True)
    header, row = path.read_text().splitlines()
    assert header.endswith("submitted_at,arm,planted,site")
    assert row.endswith("planted_error,+cardiomegaly,north")
    client.force_login(factories.make_user("curator"))
    page = client.get(reverse("labeling:round_reads", args=[world.round.pk]) + "?controls").content.decode()
    assert page == path.read_text()
