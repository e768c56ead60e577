"""Two connections at once against each promise of the database: one waits, and the promise holds."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from consensus.models import Adjudication
from labeling.models import Read, ReadingRound, RoundStudy, Slot
from llm_extract.models import Suggestion, SuggestionSet
from releases.models import Release, ReleaseCase, ReleasePatient
from tests.factories import make_benchmark, make_round, make_study, make_suggestions, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def while_open(first: Callable[[], object], second: Callable[[], object]) -> list[type[Exception]]:
    """Runs ``first`` in a transaction held open while ``second`` begins on its own connection; who failed, and how."""
    failed: list[type[Exception]] = []
    first_done, second_begun = threading.Event(), threading.Event()

    def run(act: Callable[[], object], before: Callable[[], object], after: Callable[[], object]) -> None:
        try:
            before()
            with transaction.atomic():
                act()
                after()
        except IntegrityError as error:
            failed.append(type(error))
        finally:
            first_done.set()
            connection.close()

    def hold() -> None:
        first_done.set()
        second_begun.wait(5)
        threading.Event().wait(0.5)  # long enough for the second to run into the lock

    one = threading.Thread(target=run, args=(first, lambda: None, hold))
    two = threading.Thread(target=run, args=(second, lambda: (first_done.wait(5), second_begun.set()), lambda: None))
    one.start()
    two.start()
    one.join()
    two.join()
    return failed


@pytest.fixture
def world():
    benchmark = make_benchmark()
    studies = [make_study(benchmark) for _ in range(2)]
    for study in studies:
        make_suggestions(study, benchmark, ["pneumothorax"])
    return make_round(benchmark, studies, [make_user()])


def make_release(round_: ReadingRound, version: int = 1) -> Release:
    return Release.objects.create(
        benchmark=round_.benchmark, taxonomy=round_.taxonomy, round=round_, version=version, rule={}, n_released=1, n_holdout=1,
        n_eligible=2, algorithm="", input_sha256="", secret_seed="", secret_salt="", commitment="",
    )  # fmt: skip


def freeze(release: Release) -> int:
    return Release.objects.filter(pk=release.pk).update(state="frozen", frozen_at=timezone.now())


def test_settings_cannot_change_beside_the_first_read(world):
    slot = world.slots.first()
    failed = while_open(
        lambda: Read.objects.create(slot=slot, verdict="agree_all"),
        lambda: ReadingRound.objects.filter(pk=world.pk).update(seed=99),
    )
    world.refresh_from_db()
    assert failed == [IntegrityError]
    assert world.seed == 0


def test_two_first_reads_of_a_slot_are_one(world):
    slot = world.slots.first()
    failed = while_open(
        lambda: Read.objects.create(slot=slot, verdict="agree_all"),
        lambda: Read.objects.create(slot=slot, verdict="disagree"),
    )
    assert failed == [IntegrityError]
    assert Read.objects.count() == 1


def test_two_successors_of_a_read_are_one(world):
    first = Read.objects.create(slot=world.slots.first(), verdict="agree_all")
    failed = while_open(
        lambda: Read.objects.create(slot=first.slot, verdict="disagree", supersedes=first),
        lambda: Read.objects.create(slot=first.slot, verdict="agree_mostly", supersedes=first),
    )
    assert failed == [IntegrityError]
    assert Read.objects.filter(superseded_by__isnull=True).count() == 1


def test_a_read_supersedes_within_its_slot_only(world):
    one, two = world.slots.all()[:2]
    first = Read.objects.create(slot=one, verdict="agree_all")
    with pytest.raises(IntegrityError, match="read_supersedes_within_its_slot"):
        Read.objects.create(slot=two, verdict="disagree", supersedes=first)


def test_a_case_cannot_slip_into_a_release_that_is_being_frozen(world):
    release = make_release(world)
    study = RoundStudy.objects.filter(round=world).first().study
    patient = ReleasePatient.objects.create(release=release, patient=study.patient, partition="holdout")

    def slip() -> None:
        ReleaseCase.objects.create(
            release=release, release_patient=patient, patient=study.patient, study=study, case_id="x", labels=[]
        )

    assert while_open(lambda: freeze(release), slip) == [IntegrityError]
    assert not ReleaseCase.objects.exists()


def test_a_patient_gets_one_side_when_two_ask_at_once(world):
    release = make_release(world)
    patient = RoundStudy.objects.filter(round=world).first().study.patient
    failed = while_open(
        lambda: ReleasePatient.objects.create(release=release, patient=patient, partition="released"),
        lambda: ReleasePatient.objects.create(release=release, patient=patient, partition="holdout"),
    )
    assert failed == [IntegrityError]
    assert [row.partition for row in ReleasePatient.objects.all()] == ["released"]


def test_two_releases_frozen_at_once_keep_a_patient_on_one_side(world):
    patient = RoundStudy.objects.filter(round=world).first().study.patient
    releases = [make_release(world, version) for version in (1, 2)]
    for release, side in zip(releases, ("released", "holdout"), strict=True):
        ReleasePatient.objects.create(release=release, patient=patient, partition=side)
    assert while_open(lambda: freeze(releases[0]), lambda: freeze(releases[1])) == [IntegrityError]
    assert sorted(Release.objects.values_list("state", flat=True)) == ["draft", "frozen"]


def test_no_row_leaves_a_frozen_release_for_a_draft(world):
    frozen, draft = make_release(world), make_release(world, 2)
    patient = RoundStudy.objects.filter(round=world).first().study.patient
    ReleasePatient.objects.create(release=frozen, patient=patient, partition="holdout")
    freeze(frozen)
    with pytest.raises(IntegrityError, match="never change"):
        ReleasePatient.objects.filter(release=frozen).update(release=draft)


def test_a_release_is_not_born_frozen(world):
    release = make_release(world)
    with pytest.raises(IntegrityError, match="begins as a draft"):
        Release.objects.create(
            **{
                field.attname: getattr(release, field.attname)
                for field in Release._meta.concrete_fields
                if field.attname not in {"id", "version", "state", "frozen_at"}
            },
            version=7,
            state="frozen",
            frozen_at=timezone.now(),
        )


def test_shown_suggestions_gain_neither_label_nor_finding(world):
    shown = SuggestionSet.objects.filter(pk=world.studies.first().suggestion_set_id).get()
    suggestion = shown.suggestions.get()
    other = world.taxonomy.labels.exclude(pk=suggestion.label_id).first()
    with pytest.raises(IntegrityError, match="is in a reading round"):
        Suggestion.objects.create(suggestion_set=shown, label=other, status="present")
    with pytest.raises(IntegrityError, match="is in a reading round"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO llm_extract_suggestion_findings (suggestion_id, finding_id) VALUES (%s, 1)", [suggestion.pk]
        )


@pytest.mark.parametrize("is_slot_first", [True, False])
def test_a_study_cannot_go_to_one_reader_to_read_and_to_adjudicate_at_once(world, is_slot_first):
    """In two rounds, so that nothing but the database sees both."""
    reader, study = make_user(), RoundStudy.objects.filter(round=world).first()
    other = make_round(world.benchmark, [study.study], [make_user()])

    def adjudicate() -> None:
        Adjudication.objects.create(round_study=study, adjudicator=reader, labels=["pneumothorax"], read_ids=[])

    def deal() -> None:
        Slot.objects.filter(round=other).update(reader=reader)

    failed = while_open(*([deal, adjudicate] if is_slot_first else [adjudicate, deal]))
    assert failed == [IntegrityError]
    assert Adjudication.objects.count() == int(not is_slot_first)
    assert Slot.objects.filter(reader=reader).count() == int(is_slot_first)
