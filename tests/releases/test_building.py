"""From outcomes to a draft: who is in, on which side, and what is refused."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from cases.models import HeldEntry, Image, Patient, Series
from core.errors import NotAllowedError
from core.models import Event
from labeling.actions.reads import record_read
from labeling.models import Slot
from releases.actions import ReleaseRefusedError, build_release, building, create_build, discard_draft, freeze_release
from releases.models import Partition, Release, ReleaseCase
from releases.queries import sealed_persons
from tests.factories import make_benchmark, make_round, make_study, make_suggestions, make_user

pytestmark = pytest.mark.django_db


def built(benchmark, **options):
    return build_release(run_id=create_build(benchmark=benchmark, by=None, **options).pk)


def sides(release):
    return {
        partition: set(
            release.cases.filter(release_patient__partition=partition).values_list("study__study_id", flat=True)
        )
        for partition in Partition.values
    }


def test_only_accepted_studies_are_in_and_sizes_are_exact(read_round, benchmark):
    release = built(benchmark)
    found = sides(release)
    assert {len(found["released"]), len(found["holdout"])} == {3}
    assert (found["released"] | found["holdout"]) <= {f"S{place}" for place in range(8)}
    assert release.n_eligible == 8


def test_labels_are_the_consensus_ones(read_round, benchmark):
    release = built(benchmark, released=8, holdout=0)
    labels = dict(release.cases.values_list("study__study_id", "labels"))
    assert labels["S0"] == ["pleural_effusion"]
    assert labels["S1"] == ["pneumothorax"]
    assert labels["S5"] == []


def test_case_rests_on_its_reads(read_round, benchmark):
    release = built(benchmark, released=8, holdout=0)
    assert release.cases.get(study__study_id="S0").reads.count() == 3


def test_pictures_that_the_chosen_studies_lack_are_made_before_they_are_noted(read_round, benchmark, monkeypatch):
    made = []
    monkeypatch.setattr(building, "make_films", lambda *, studies, now: made.extend(studies) or [])
    monkeypatch.setattr(building, "pictures_of", lambda studies: {pk: [(f"{pk:064x}", "PA")] for pk in made})
    release = built(benchmark)
    assert {one.study_id: one.images for one in release.cases.all()} == {pk: [[f"{pk:064x}", "PA"]] for pk in made}
    assert len(made) == release.n_released + release.n_holdout > 0


def test_a_picture_whose_film_cannot_be_made_is_told_on_the_builds_page(read_round, benchmark, client, admin):
    study = read_round.studies.get(study__study_id="S0").study
    series = Series.objects.create(study=study, series_uid="1.2.3", modality="DX")
    image = Image.objects.create(
        series=series, sop_uid="1.2.3.1", sha256="0" * 64, rows=1, columns=1, preview_sha256="e" * 64
    )
    build = create_build(benchmark=benchmark, released=8, holdout=0, by=None)
    release = build_release(run_id=build.pk)
    told = build.problems.get()
    assert (told.kind, told.where, told.is_warning) == ("no_film", f"image {image.pk}", True)
    assert "cannot be read" in told.message
    assert "holds its small preview" in told.message
    assert release.cases.get(study=study).images == [["e" * 64, ""]]
    client.force_login(admin)
    assert "holds its small preview" in client.get(reverse("releases:build_detail", args=[build.pk])).text


def test_same_outcomes_and_sizes_give_the_same_draft(read_round, benchmark):
    first = built(benchmark)
    assert built(benchmark) == first
    assert built(benchmark, released=2) != first
    assert Release.objects.count() == 2


def test_films_of_one_patient_stay_one_patients_and_are_never_on_both_sides(benchmark, readers, admin):
    """A patient may have as many as nine films, as some of ChestX-ray14 have; whoever is sealed once is never dealt again."""
    films = {"A": 9, "B": 5, "C": 3, "D": 2, "E": 2, "F": 1, "G": 1, "H": 1}
    studies = [
        make_study(benchmark, study_id=f"{one}{n}", patient=one) for one, count in films.items() for n in range(count)
    ]
    for study in studies:
        make_suggestions(study, benchmark, ["pneumothorax"])
    for slot in Slot.objects.filter(round=make_round(benchmark, studies, readers)):
        record_read(slot=slot, verdict="agree_all", corrections=(), comment="", by=slot.reader, now=timezone.now())
    sealed: set[str] = set()
    for seed in (1, 2):
        draft = built(benchmark, released=2, holdout=2, seed=seed)
        dealt = list(draft.cases.values_list("study__patient__pseudonym", "release_patient__partition"))
        patients = {patient for patient, _side in dealt}
        assert (len(dealt), len(set(dealt))) == (4, len(patients)), "a patient on both sides"
        assert not sealed & patients
        sealed |= patients
        freeze_release(release=draft, name=draft.name, by=admin)


def test_what_the_gate_holds_is_in_no_release_and_a_draft_that_has_it_is_not_frozen(read_round, benchmark, admin):
    old = built(benchmark)
    case = old.cases.first()
    HeldEntry.objects.create(benchmark=benchmark, study=case.study)
    with pytest.raises(ReleaseRefusedError, match="decided about at the gate since it was built"):
        freeze_release(release=old, name=old.name, by=admin)
    new = built(benchmark)
    assert new != old
    assert (new.n_eligible, new.cases.filter(study=case.study).exists()) == (7, False)
    assert freeze_release(release=new, name=new.name, by=admin).frozen_at


def test_secret_decides_the_split(read_round, benchmark):
    splits = set()
    for number in range(6):
        build = create_build(benchmark=benchmark, released=4, holdout=4, by=None)
        release = build_release(run_id=build.pk, secret=f"secret-{number}")
        splits.add(frozenset(sides(release)["released"]))
        discard_draft(release=release, name=release.name, by=make_user("admin"))
    assert len(splits) > 1


def test_commitment_can_be_checked_by_anyone_with_the_secret(read_round, benchmark):
    import hashlib

    release = built(benchmark)
    assert hashlib.sha256(f"{release.secret_seed}{release.secret_salt}".encode()).hexdigest() == release.commitment


def test_too_few_eligible_is_refused_with_the_numbers(read_round, benchmark):
    build = create_build(benchmark=benchmark, released=9, holdout=9, by=None)
    with pytest.raises(
        ReleaseRefusedError, match=r"needs 18 eligible studies, but consensus has accepted 8, 10 short; .*at most 8"
    ):
        build_release(run_id=build.pk)
    build.refresh_from_db()
    assert build.state == "failed"
    assert not Release.objects.exists()


def test_benchmark_without_a_round_is_refused():
    with pytest.raises(ReleaseRefusedError, match="has no reading round"):
        create_build(benchmark=make_benchmark("empty"), by=None)


def test_size_zero_is_refused(read_round, benchmark):
    with pytest.raises(ReleaseRefusedError, match="at least 1"):
        create_build(benchmark=benchmark, released=0, holdout=0, by=None)


@pytest.mark.parametrize("role", ["reader", "curator"])
def test_only_an_admin_builds(read_round, benchmark, role):
    with pytest.raises(NotAllowedError):
        create_build(benchmark=benchmark, by=make_user(role))


def test_patients_of_a_frozen_release_stay_out_of_the_next(read_round, benchmark, admin):
    from releases.actions import freeze_release

    first = built(benchmark, released=2, holdout=2)
    freeze_release(release=first, name=first.name, by=admin)
    assert built(benchmark, released=2, holdout=2) == first
    second = built(benchmark, released=2, holdout=2, seed=2)
    of = lambda release: set(release.cases.values_list("patient", flat=True))  # noqa: E731
    assert not of(first) & of(second)
    assert second.version == 2


def test_build_is_audited_without_any_label(read_round, benchmark):
    release = built(benchmark)
    event = Event.objects.get(verb="release.built")
    assert event.subject_id == str(release.pk)
    assert set(event.data) == {"released", "holdout", "eligible"}


def test_discarding_deletes_the_draft_and_keeps_the_reads(read_round, benchmark, admin):
    release = built(benchmark)
    with pytest.raises(ReleaseRefusedError, match="Nothing changed"):
        discard_draft(release=release, name="wrong", by=admin)
    discard_draft(release=release, name=release.name, by=admin)
    assert not ReleaseCase.objects.exists()
    assert Slot.objects.filter(state="read").count() == 29


def of_patients(benchmark, readers, patients):
    """A round of one study for each name of ``patients``, all accepted."""
    studies = []
    for place, patient in enumerate(patients):
        study = make_study(benchmark, study_id=f"T{place}", patient=patient)
        make_suggestions(study, benchmark, ["pleural_effusion"])
        studies.append(study)
    round_ = make_round(benchmark, studies, readers)
    for slot in round_.slots.select_related("round", "reader", "round_study"):
        record_read(slot=slot, verdict="agree_all", corrections=(), comment="", by=slot.reader, now=timezone.now())
    return round_


def test_two_studies_of_a_patient_stay_on_one_side(readers, benchmark):
    of_patients(benchmark, readers, [f"Q{place // 2}" for place in range(8)])
    release = built(benchmark, released=4, holdout=4)
    patients = [
        set(release.cases.filter(release_patient__partition=side).values_list("patient", flat=True))
        for side in Partition.values
    ]
    assert not patients[0] & patients[1]


def test_two_patients_who_are_one_person_stay_on_one_side_and_a_draft_of_before_is_not_frozen(
    readers, benchmark, admin
):
    of_patients(benchmark, readers, [f"Q{place}" for place in range(8)])
    old = built(benchmark, released=4, holdout=4)
    apart = [old.patients.filter(partition=side).order_by("pk")[0].patient for side in Partition.values]
    Patient.objects.filter(pk=apart[1].pk).update(same_as=apart[0])
    with pytest.raises(ReleaseRefusedError, match="two of its patients turned out to be one"):
        freeze_release(release=old, name=old.name, by=admin)
    release = built(benchmark, released=4, holdout=4)
    assert release != old
    assert release.patients.filter(patient__in=apart).values("partition").distinct().count() == 1
    freeze_release(release=release, name=release.name, by=admin)
    assert apart[0].pk in sealed_persons(benchmark)
    assert apart[1].pk not in sealed_persons(benchmark)


def test_a_patient_larger_than_a_side_is_refused_by_command_with_sizes_that_do(readers, benchmark):
    of_patients(benchmark, readers, ["big"] * 5 + ["Q1"])
    sizes = ["build_release", "--benchmark", benchmark.slug, "--seed", "1"]
    with pytest.raises(CommandError, match=r"up to 5 each.* the nearest is 1 and 5. Choose these sizes"):
        call_command(*sizes, "--released", "3", "--holdout", "3")
    call_command(*sizes, "--released", "1", "--holdout", "5")
    assert Release.objects.get().n_holdout == 5


def test_a_label_that_nobody_has_is_told_of_on_the_report_whose_tables_sort(read_round, benchmark, client):
    release = built(benchmark)
    client.force_login(make_user("curator"))
    address = reverse("releases:report", args=[release.pk])
    page = client.get(address + "?sort=-selection-label:3").content.decode()
    assert "Cardiomegaly: no eligible study has it." in page
    assert "Not known of any of the studies: manufacturer, sex, age, view." in page
    target = {row[1]: row[3] for row in release.objective["selection"] if row[0] == "label"}
    assert target["cardiomegaly"] > 0  # as it was asked for, though no study has it
    assert 'aria-sort="descending"' in page
    rows = client.get(address + "?table=split-label&sort=split-label:0").content.decode().splitlines()
    assert rows[0] == "Label,Released,Holdout"
    assert [row.split(",")[0] for row in rows[1:]] == ["Pleural effusion", "Pneumothorax"]
