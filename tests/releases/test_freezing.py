"""A frozen release never changes, and its holdout is out of sight."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cases.models import Study
from core.errors import NotAllowedError
from core.models import Event
from labeling.actions.reads import record_read
from releases.actions import (
    ReleaseRefusedError,
    build_release,
    create_build,
    freeze_release,
    publish_release,
    withdraw_release,
)
from releases.models import FrozenOutcome, Partition, Release, ReleaseCase, ReleasePatient, SealedPatient
from releases.queries import cases_visible_to
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(read_round, benchmark):
    return build_release(run_id=create_build(benchmark=benchmark, by=None).pk)


@pytest.fixture
def frozen(draft, admin):
    return freeze_release(release=draft, name=draft.name, by=admin)


def test_freeze_closes_the_round_and_stores_every_outcome(frozen, read_round):
    read_round.refresh_from_db()
    assert read_round.state == "closed"
    assert FrozenOutcome.objects.filter(release=frozen).count() == 10
    assert Event.objects.filter(verb="release.frozen").count() == 1


def test_freeze_wants_the_name(draft, admin):
    with pytest.raises(ReleaseRefusedError, match="called 'chest-v1'"):
        freeze_release(release=draft, name="chest", by=admin)


def test_second_freeze_is_refused(frozen, admin):
    with pytest.raises(ReleaseRefusedError, match="is frozen already"):
        freeze_release(release=frozen, name=frozen.name, by=admin)


def test_changed_reads_make_a_draft_stale(draft, admin, read_round):
    slot = read_round.slots.filter(round_study__study__study_id="S0").select_related("round", "reader").first()
    record_read(slot=slot, verdict="disagree", corrections=(), comment="", by=slot.reader, now=timezone.now())
    with pytest.raises(ReleaseRefusedError, match="Reads changed since"):
        freeze_release(release=draft, name=draft.name, by=admin)
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize("role", ["reader", "curator"])
def test_only_an_admin_freezes(draft, role):
    with pytest.raises(NotAllowedError):
        freeze_release(release=draft, name=draft.name, by=make_user(role))


@pytest.mark.parametrize(
    "change",
    [
        lambda release: Release.objects.filter(pk=release.pk).update(n_released=99),
        lambda release: Release.objects.filter(pk=release.pk).update(state="draft"),
        lambda release: ReleaseCase.objects.filter(release=release).update(labels=["pneumothorax"]),
        lambda release: ReleaseCase.objects.filter(release=release)._raw_delete("default"),
        lambda release: ReleasePatient.objects.filter(release=release).update(partition="released"),
        lambda release: FrozenOutcome.objects.filter(release=release).update(state="rejected"),
        lambda release: SealedPatient.objects.update(partition="released"),
        lambda release: ReleaseCase.reads.through.objects.filter(releasecase__release=release)._raw_delete("default"),
        lambda release: Release.objects.filter(pk=release.pk)._raw_delete("default"),
    ],
)
def test_database_refuses_every_change_of_a_frozen_release(frozen, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change(frozen)


def test_database_refuses_a_patient_on_both_sides(draft):
    case = draft.cases.first()
    other = Partition.HOLDOUT if case.release_patient.partition == Partition.RELEASED else Partition.RELEASED
    with pytest.raises(IntegrityError, match="release_patient_is_on_one_side"), transaction.atomic():
        ReleasePatient.objects.create(release=draft, patient=case.patient, partition=other)


def test_database_refuses_a_case_under_another_patient(draft):
    first, second = draft.cases.all()[:2]
    ReleaseCase.objects.filter(pk=first.pk).update(release_patient=second.release_patient)
    with pytest.raises(IntegrityError, match="release_case_is_its_patients"), transaction.atomic():
        connection.check_constraints()  # what the end of a transaction does
    ReleaseCase.objects.filter(pk=first.pk).update(release_patient=first.release_patient)


def test_states_go_only_forward(frozen, admin):
    publish_release(release=frozen, name=frozen.name, by=admin)
    with pytest.raises(ReleaseRefusedError, match="is published, so it cannot become published"):
        publish_release(release=frozen, name=frozen.name, by=admin)
    withdraw_release(release=frozen, name=frozen.name, by=admin)
    frozen.refresh_from_db()
    assert frozen.state == "withdrawn"


def test_holdout_studies_vanish_for_curators_and_stay_for_admins(frozen, admin):
    holdout = set(frozen.cases.filter(release_patient__partition="holdout").values_list("study", flat=True))
    seen = lambda user: set(Study.objects.visible_to(user).values_list("pk", flat=True))  # noqa: E731
    assert not holdout & seen(make_user("curator"))
    assert holdout <= seen(admin)


def test_draft_hides_nothing_yet(draft):
    assert Study.objects.visible_to(make_user("curator")).count() == 10


def test_curator_lists_the_released_side_of_a_frozen_release_only(draft, admin):
    curator = make_user("curator")
    assert not cases_visible_to(curator, draft).exists()
    frozen = freeze_release(release=draft, name=draft.name, by=admin)
    assert set(cases_visible_to(curator, frozen).values_list("release_patient__partition", flat=True)) == {"released"}
    assert cases_visible_to(admin, frozen).count() == 6
    assert not cases_visible_to(make_user("reader"), frozen).exists()
