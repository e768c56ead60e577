"""Rows of older releases: what a migration reads from their originals."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from cases.actions.decisions import decide_finding
from cases.actions.frames import create_frame_run, derive_frames
from cases.adapters.storage import ORIGINALS
from cases.models import (
    FrameSet,
    GateFinding,
    HeldEntry,
    Image,
    ImportRun,
    Patient,
    PoolEntry,
    Series,
    Site,
    Study,
    Upload,
)
from cases.queries import site_key
from core.models import Run, RunProblem
from tests.cases.builders import RAMP, big_endian, by_uid, dicom, everything, outcome, png, reports_csv, take_in, write
from tests.factories import keep, make_benchmark, make_user

HEADERS = import_module("cases.migrations.0013_headers_through_the_gate")
PIXELS = import_module("cases.migrations.0014_pixels_of_big_endian_files")
SURPLUS = import_module("cases.migrations.0015_what_stands_beside_pictures")
NAMES = import_module("cases.migrations.0016_names_of_patients_and_studies")
PROBLEMS = import_module("cases.migrations.0018_problems_name_nobody")
BY_UID = import_module("cases.migrations.0022_studies_named_by_uid")
EXPLICIT = "1.2.840.10008.1.2.1"
TERMS = import_module("cases.migrations.0019_views_and_parts_are_terms")
ANSWERS = import_module("cases.migrations.0021_answers_of_tables")
ASKED = import_module("cases.migrations.0025_what_each_benchmark_asked")
FILES = import_module("cases.migrations.0026_files_called_by_uids")
IDS = import_module("cases.migrations.0028_ids_that_may_be_names")
KIND = import_module("cases.migrations.0009_kind_of_stored_instances")
SERIES = import_module("cases.migrations.0010_series_of_dicom")
DX = "1.2.840.10008.5.1.4.1.1.1.1"


@pytest.mark.django_db
def test_the_kind_of_instances_that_are_stored_is_read_from_their_originals(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(KIND, "_AT_ONCE", 2)
    files = {f"{number}.dcm": dicom(RAMP + number, study=number) for number in range(5)}
    take_in(benchmark_, write(tmp_path, {**files, "picture.png": png()}))
    lost, odd = Image.objects.order_by("pk")[1:3]
    Image.objects.filter(pk=lost.pk).update(sha256="0" * 64)
    Image.objects.filter(pk=odd.pk).update(sha256=keep(ORIGINALS, b"no DICOM"))
    assert set(Image.objects.exclude(transfer_syntax="").values_list("sop_class", "bits_allocated")) == {(DX, 16)}
    Image.objects.update(sop_class="", bits_allocated=None)

    KIND.fill(apps, None)

    told = dict(Image.objects.values_list("pk", "sop_class"))
    assert [told.pop(one.pk) for one in (lost, odd)] == ["", ""]
    assert sorted(told.values()) == ["", *[DX] * 3]  # a picture has no header
    assert Image.objects.filter(bits_allocated=16).count() == 3


@pytest.mark.django_db
def test_series_learn_that_their_images_came_as_dicom(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"1.dcm": dicom(), "picture.png": png()}))
    before = dict(Series.objects.values_list("pk", "is_dicom"))
    assert sorted(before.values()) == [False, True]
    Series.objects.update(is_dicom=False)

    SERIES.fill(apps, None)

    assert dict(Series.objects.values_list("pk", "is_dicom")) == before


@pytest.mark.django_db
def test_headers_that_came_in_before_the_gate_are_put_through_it(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DERIVE_FRAMES_AT_INTAKE", True)
    windows = {"WindowCenter": 2000, "WindowWidth": 4000, "WindowCenterWidthExplanation": "NORMAL"}
    files = {f"{number}.dcm": dicom(RAMP + number, study=number, ViewPosition="PA", **windows) for number in (1, 2)}
    take_in(benchmark_, write(tmp_path, files))
    old, other = Image.objects.select_related("series__study").order_by("pk")
    old.display["windows"][0]["name"] = "for Zebraquist"
    old.view_position = old.series.study.view_position = "ZEBRAQUIST"
    old.series.study.age = 97
    old.save()
    old.series.study.save()

    HEADERS.through_the_gate(apps, None)

    old, other = Image.objects.select_related("series__study").order_by("pk")
    assert (old.view_position, old.series.study.view_position, old.series.study.age) == ("", "", 90)
    assert (other.view_position, other.series.study.view_position) == ("PA", "PA")
    assert [one.display["windows"][0]["name"] for one in (old, other)] == ["", "NORMAL"]
    assert list(FrameSet.objects.values_list("image", flat=True)) == [other.pk]  # the old frame file told the name


@pytest.mark.django_db
def test_the_pixels_of_big_endian_files_are_digested_as_those_of_others_are(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"1.dcm": big_endian(dicom()), "2.dcm": dicom(RAMP + 1, study=2)}))
    before = dict(Image.objects.values_list("pk", "pixel_sha256"))
    Image.objects.update(pixel_sha256="0" * 64)

    PIXELS.digest_anew(apps, None)

    stored = dict(Image.objects.values_list("pk", "pixel_sha256"))
    odd = Image.objects.get(transfer_syntax="1.2.840.10008.1.2.2").pk
    assert stored == {pk: digest if pk == odd else "0" * 64 for pk, digest in before.items()}


@pytest.mark.django_db
def test_patients_and_studies_of_before_are_put_under_their_sites_key(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(NAMES, "_AT_ONCE", 2)
    rows = [(f"S{number}", "Clear.", f"P{number}") for number in range(3)] + [("S9", "Clear.", "")]
    columns = ("study_id", "report_text", "patient_id")
    reports = reports_csv(tmp_path / "r.csv", rows, columns)
    take_in(benchmark_, reports=reports)
    take_in(benchmark_, reports=reports, site="south")
    before = dict(Patient.objects.values_list("pk", "pseudonym"))
    raw = {study.patient_id: f"P{study.study_id[1:]}" for study in Study.objects.exclude(study_id="S9")}
    for pk, name in raw.items():  # as they were
        Patient.objects.filter(pk=pk).update(pseudonym=name)
    named = Study.objects.get(study_id="S9", site__code="north")
    Study.objects.filter(pk=named.pk).update(study_id="DOE_JOHN")
    Patient.objects.filter(pk=named.patient_id).update(pseudonym="study:DOE_JOHN")
    Site.objects.filter(code="south").update(key_check="0" * 16)  # came in under another key

    NAMES.under_the_key(apps, None)

    after = dict(Patient.objects.values_list("pk", "pseudonym"))
    key = site_key("north")
    of_south = set(Patient.objects.filter(site__code="south").values_list("pk", flat=True))
    assert {pk: after[pk] for pk in raw if pk not in of_south} == {pk: before[pk] for pk in raw if pk not in of_south}
    assert {after[pk] for pk in raw if pk in of_south} == {"P0", "P1", "P2"}
    named.refresh_from_db()
    assert (named.study_id, after[named.patient_id]) == (key.study("DOE_JOHN"), f"study:{key.study('DOE_JOHN')}")
    run = take_in(benchmark_, reports=reports)
    assert outcome(run)[0] == 1  # S9, which is no more
    assert list(run.problems.filter(kind="contradiction")) == []


@pytest.mark.django_db
def test_pixels_of_before_that_have_no_room_for_more_are_sent_as_they_are(benchmark_, tmp_path):
    eight = dicom((RAMP >> 4).astype("u1"), study=2)
    take_in(benchmark_, write(tmp_path, {"1.dcm": dicom(), "2.dcm": eight, "picture.png": png()}))
    Image.objects.update(has_surplus=None)
    with connection.cursor() as cursor:
        cursor.execute(SURPLUS._NO_ROOM)
    known = Image.objects.values_list("transfer_syntax", "bits_allocated", "has_surplus").order_by(
        "has_surplus", "bits_allocated"
    )
    assert list(known) == [(EXPLICIT, 8, False), ("", None, False), (EXPLICIT, 16, None)]


SECRETS = ("DOE", "JOHN", "ZEBULON", "QUIXOTL", "19500101")
# As runs of before wrote them: the rule, where, the field, the value, the sentence; and each as it is told today, "@" for
# the pseudonym of DOE_JOHN.
OF_BEFORE = [
    (("format", "a/DOE_JOHN_19500101.dcm", "", "", "Not DICOM."), ("a/….dcm", "", "Not DICOM.")),
    (("format", "c/bad.dcm", "", "", "Not DICOM."), ("c/bad.dcm", "", "Not DICOM.")),
    (("header", "12 files", "", "12", "PatientIdentityRemoved."), ("12 files", "12", "PatientIdentityRemoved.")),
    (
        ("duplicate", "r.csv", "study_id", "DOE_JOHN", "Line 3: study_id 'DOE_JOHN' stands on line 2 already."),
        ("r.csv", "(8 characters)", "Line 3: study_id '@' stands on line 2 already."),
    ),
    (
        ("duplicate", "r.csv", "study_id", "S1", "Line 3: study_id 'S1' stands on line 2 already."),
        ("r.csv", "S1", "Line 3: study_id 'S1' stands on line 2 already."),
    ),
    (
        (
            "report_differs",
            "ZEBULON.csv",
            "report_text",
            "",
            "The report of study DOE_JOHN differs from the one stored, which",
        ),
        ("….csv", "", "The report of study @ differs from the one stored, which"),
    ),
    (
        ("empty_report", "r.csv", "report_text", "", "The report of study DOE_JOHN is empty: it is kept and marked."),
        ("r.csv", "", "The report of study @ is empty: it is kept and marked."),
    ),
    (
        ("contradiction", "r.csv", "age", "41", "age differs from the one stored for study DOE_JOHN, which is kept."),
        ("r.csv", "41", "age differs from the one stored for study @, which is kept."),
    ),
    (
        (
            "contradiction",
            "x",
            "patient_id",
            "",
            "The patient differs from the one stored for study DOE_JOHN, who is kept.",
        ),
        ("x", "", "The patient differs from the one stored for study @, who is kept."),
    ),
    (
        ("patient_fixed", "x", "patient_id", "", "Study DOE_JOHN stays a patient of its own: it is sampled"),
        ("x", "", "Study @ stays a patient of its own: it is sampled"),
    ),
    (
        ("hidden", "DOE_JOHN", "", "2", "Passed over, 2 in all, since they are hidden (a name): .DOE_JOHN, b/.x, …."),
        ("…", "2", "Passed over, 2 in all, since they are hidden (a name): …, b/.x, …."),
    ),
    (
        ("duplicate", "x.png", "", "", "The picture DOE_JOHN lies at QUIXOTL/1.png already; it is taken from there."),
        ("x.png", "", "The picture … lies at …/1.png already; it is taken from there."),
    ),
    (
        ("missing_file", "x", "", "", "The manifest names QUIXOTL.dcm, which is not among the files; download it."),
        ("x", "", "The manifest names ….dcm, which is not among the files; download it."),
    ),
]


@pytest.fixture
def runs_of_before(benchmark_, tmp_path):
    """An import with such problems, another that failed at a file with a name, and a run that could not read a report."""
    rows = [("DOE_JOHN", "Clear."), ("S1", "Clear.")]
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows))
    run.problems.all().delete()
    for (kind, where, field, value, message), _ in OF_BEFORE:
        run.problems.create(kind=kind, where=where, field=field, value=value, message=message)
    failed = take_in(benchmark_, reports=reports_csv(tmp_path / "s.csv", rows), site="south")
    ImportRun.objects.filter(pk=failed.pk).update(message="'DOE_JOHN.zip' is a damaged zip; pack it again.")
    failed.problems.create(kind="empty_report", where="r.csv", message=OF_BEFORE[6][0][4])
    reading = Run.objects.create(kind="extraction")
    for where in ("DOE_JOHN", "ZEBULON_JOHN", "S1", "a sealed study"):
        reading.problems.create(kind="refused", where=where, message="No answer.")
    return run, failed, reading


@pytest.mark.django_db
def test_problems_of_before_name_nobody_afterwards(runs_of_before, monkeypatch):
    monkeypatch.setattr(PROBLEMS, "_AT_ONCE", 5)
    run, failed, reading = runs_of_before
    Site.objects.filter(code="south").update(key_check="0" * 16)  # came in under another key
    upload = Upload.objects.create(
        by=make_user("curator"), benchmark=run.benchmark, site_code="north", state="finished", import_run=run
    )
    file = upload.files.create(name="DOE_JOHN/1.dcm", size=1)

    PROBLEMS.name_nobody(apps, None)

    key = site_key("north").study("DOE_JOHN")
    told = list(run.problems.order_by("pk").values_list("where", "value", "message"))
    assert told == [(where, value, message.replace("@", key)) for _, (where, value, message) in OF_BEFORE]
    failed.refresh_from_db()
    assert failed.message == "'….zip' is a damaged zip; pack it again."
    assert failed.problems.get().message == "The report of study … is empty: it is kept and marked."
    assert list(reading.problems.order_by("pk").values_list("where", flat=True)) == [key, "…", "S1", "a sealed study"]
    file.refresh_from_db()
    assert file.name == str(file.pk)
    stored = str([*RunProblem.objects.values(), *ImportRun.objects.values("message")])
    assert [name for name in SECRETS if name in stored] == []


@pytest.mark.django_db
def test_problems_as_they_are_told_today_stay(benchmark_, tmp_path):
    files = {
        "DOE_JOHN.dcm": b"x",
        "a/ZEBULON.tar.gz": b"x",
        ".QUIXOTL": b"x",
        "d/1.dcm": dicom(),
        "d/2.dcm": dicom(RAMP + 1),
    }
    rows = [("DOE_JOHN", "Clear."), ("DOE_JOHN", "Clear."), ("S1", ""), ("S1", "Clear.")]
    runs = [
        take_in(benchmark_, write(tmp_path / "in", files)),
        take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows)),
        take_in(benchmark_, reports=reports_csv(tmp_path / "s.csv", [("DOE_JOHN", "Another.")])),
    ]
    before = list(RunProblem.objects.order_by("pk").values())
    assert len(before) > 7
    PROBLEMS.name_nobody(apps, None)
    assert list(RunProblem.objects.order_by("pk").values()) == before
    assert all(run.problems.exists() for run in runs)


@pytest.mark.django_db
def test_views_parts_and_classes_that_are_none_of_the_standards_go_from_what_is_stored(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {f"{number}.dcm": dicom(RAMP + number, study=number) for number in (1, 2)}))
    odd, plain = Image.objects.order_by("pk")
    windows = [{"center": 1.0, "width": 2.0, "name": "pneumothorax"}]
    private = "1.2.276.4711.19500512"
    Image.objects.filter(pk=odd.pk).update(
        view_position="EFFUSION", sop_class=private, display={**odd.display, "windows": windows}
    )
    Image.objects.filter(pk=plain.pk).update(view_position="PA")
    studies = Study.objects.order_by("pk")
    studies.filter(pk=odd.series.study_id).update(
        view_position="EFFUSION", body_part="PNEUMOTHORAX", manufacturer="SIEMENS 山田太郎"
    )
    studies.filter(pk=plain.series.study_id).update(view_position="AP AXIAL", body_part="CHEST", manufacturer="SIEMENS")
    said = {"check_name": "sop_class", "outcome": "quarantine", "why": "", "where": []}
    for image, kind in ((odd, private), (plain, DX)):
        GateFinding.objects.create(
            run=ImportRun.objects.get(),
            study=image.series.study,
            image=image,
            what=f"The SOP class {kind} is not one of modality CT",
            **said,
        )

    TERMS.to_the_terms(apps, None)

    assert list(Image.objects.order_by("pk").values_list("view_position", "sop_class")) == [("", ""), ("PA", DX)]
    assert Image.objects.get(pk=odd.pk).display["windows"][0]["name"] == ""
    assert list(studies.values_list("view_position", "body_part", "manufacturer")) == [
        ("", "", "SIEMENS"),
        ("AP AXIAL", "CHEST", "SIEMENS"),
    ]
    told = list(GateFinding.objects.filter(check_name="sop_class").order_by("pk").values_list("what", flat=True))
    assert told == [
        "The SOP class, a private one, is not one of modality CT",
        f"The SOP class {DX} is not one of modality CT",
    ]


@pytest.mark.django_db
def test_columns_that_tell_the_answer_go_from_what_is_stored(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {f"{number}.dcm": dicom(RAMP + number, study=number) for number in (1, 2)}))
    first, second = Study.objects.order_by("pk")
    Study.objects.filter(pk=first.pk).update(metadata={"MeSH": "Cardiomegaly/mild", "Problems": "x", "image": "Xray"})
    Study.objects.filter(pk=second.pk).update(metadata={"split": "test"})
    ANSWERS.without_answers(apps, None)
    assert list(Study.objects.order_by("pk").values_list("metadata", flat=True)) == [
        {"image": "Xray"},
        {"split": "test"},
    ]


@pytest.mark.django_db
def test_studies_called_by_their_uid_are_called_by_a_pseudonym(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(BY_UID, "_AT_ONCE", 1)
    source = write(tmp_path / "in", {f"{number}.dcm": dicom(RAMP + number, study=number) for number in range(3)})
    reports = reports_csv(tmp_path / "r.csv", [("1.2.3", "Clear."), ("S1", "Clear.")])
    take_in(benchmark_, source, reports=reports)
    before = {study.pk: (study.study_id, study.patient.pseudonym) for study in Study.objects.select_related("patient")}
    for study in Study.objects.exclude(study_uid=""):  # as they were
        Study.objects.filter(pk=study.pk).update(study_id=study.study_uid)
    short = Study.objects.get(study_id="1.2.3")  # too short to be a UID: the site's own

    BY_UID.under_the_key(apps, None)

    after = {study.pk: (study.study_id, study.patient.pseudonym) for study in Study.objects.select_related("patient")}
    assert after == before
    assert after[short.pk][0] == "1.2.3"
    assert outcome(take_in(benchmark_, source, reports=reports)) == (0, 5, 0)


@pytest.mark.django_db
def test_files_called_by_uids_are_told_no_more(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(FILES, "_AT_ONCE", 1)
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "Clear.")]))
    other = Run.objects.create(kind="extraction")
    for where in ("1.2.3.4/1.2.3.4.5.dcm", "a/1.2.840.9.1.png", "2.0.0/1.dcm"):
        run.problems.create(kind="format", where=where, message="x")
        other.problems.create(kind="format", where=where, message="x")
    FILES.tell_no_uids(apps, None)
    told = ["…/….dcm", "a/….png", "2.0.0/1.dcm"]
    assert list(run.problems.order_by("pk").values_list("where", flat=True)) == told
    assert other.problems.filter(where="1.2.3.4/1.2.3.4.5.dcm").exists(), "of no import"


@pytest.mark.django_db
def test_what_held_a_study_of_several_benchmarks_holds_it_for_each_until_that_is_decided(benchmark_, tmp_path):
    other = make_benchmark("second")
    for benchmark in (benchmark_, other):
        run = take_in(benchmark, write(tmp_path, {"a.dcm": dicom(drop=["Modality"], BurnedInAnnotation="YES")}))
    assert run.counts["held"] == 1
    GateFinding.objects.filter(benchmark=other).delete()
    GateFinding.objects.update(benchmark=None)  # as it was

    ASKED.ask_by_benchmark(apps, None)
    ASKED.ask_by_benchmark(apps, None)

    found = GateFinding.objects.order_by("pk").values_list("check_name", "benchmark")
    assert sorted(found, key=str) == sorted(
        [("burned_in", None), ("modality", benchmark_.pk), ("modality", other.pk)], key=str
    )


@pytest.fixture
def database_of_before(transactional_db, tmp_path):
    """The last release's, filled: two sites (the second under another key), two benchmarks with films that pass, films that are
    held and decided about, a picture and reports. Yields the benchmarks and what was imported; migrated anew by the test.
    """
    first, second = make_benchmark(), make_benchmark("second")
    films = {
        "1.dcm": dicom(study=1, ViewPosition="PA", BodyPartExamined="CHEST"),
        "2.dcm": dicom(RAMP + 2, study=2, drop=["Modality"]),
        "3.dcm": dicom(RAMP + 3, study=3, drop=["Modality"]),
        "4.dcm": dicom(RAMP + 4, study=4, BurnedInAnnotation="YES"),
        "5/5.png": png(),
    }
    source = write(tmp_path / "in", films)
    reports = reports_csv(tmp_path / "r.csv", [("1.2.3.1", "Lungs clear."), ("1.2.3.9", "Clear."), ("S1", "Clear.")])
    for site in ("north", "south"):
        for benchmark in (first, second):
            take_in(benchmark, source, reports=reports, site=site)
    rejected = GateFinding.objects.filter(check_name="modality", study__study_uid="1.2.3.3")
    rejected.update(decision="reject", decided_at=timezone.now())
    GateFinding.objects.filter(benchmark=second).delete()  # each was found once then, for whichever benchmark
    try:
        call_command("migrate", "cases", "0021", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE cases_study SET study_id = study_uid WHERE study_uid <> ''")
            for table, column in (("study", "study_id"), ("patient", "pseudonym")):
                cursor.execute(
                    f"UPDATE cases_{table} SET {column} = replace({column}, %s, '1.2.3.9')", [by_uid("1.2.3.9")]
                )
            cursor.execute("UPDATE cases_image SET has_surplus = false")
        Site.objects.filter(code="south").update(key_check="0" * 16)
        yield first, second, source, reports
    finally:
        call_command("migrate", verbosity=0)


def test_a_filled_database_of_the_last_release_becomes_one_of_this(database_of_before):
    first, second, *_ = database_of_before
    counted = everything(), FrameSet.objects.count(), HeldEntry.objects.count()
    pools = set(PoolEntry.objects.values_list("benchmark", "study"))

    call_command("migrate", verbosity=0)

    assert (everything(), FrameSet.objects.count(), HeldEntry.objects.count()) == counted
    assert set(PoolEntry.objects.values_list("benchmark", "study")) == pools
    north, south = (Study.objects.filter(site__code=code) for code in ("north", "south"))
    assert set(north.exclude(study_uid="").values_list("study_id", "study_uid")) == {
        (by_uid(f"1.2.3.{number}"), f"1.2.3.{number}") for number in range(1, 5)
    }
    assert set(north.filter(study_uid="").values_list("study_id", flat=True)) == {by_uid("1.2.3.9"), "S1", "5"}
    own = Patient.objects.filter(site__code="north", pseudonym__startswith="study:").values_list("pseudonym", flat=True)
    assert set(own) == {f"study:{name}" for name in (by_uid("1.2.3.9"), "S1", "5")}
    assert not south.exclude(study_uid="").exclude(study_id__startswith="1.2.3.").exists(), "under another key"
    assert not Image.objects.exclude(has_surplus=None, body_parts=[]).exists()
    found = GateFinding.objects.filter(study__site__code="north")
    for uid, decision in (("1.2.3.2", ""), ("1.2.3.3", "reject")):
        rows = found.filter(study__study_uid=uid, check_name="modality").values_list("benchmark", "decision")
        assert sorted(rows) == [(first.pk, decision), (second.pk, decision)]
    assert found.get(check_name="burned_in").benchmark is None


def test_an_upgraded_database_works_on(database_of_before):
    first, second, source, reports = database_of_before
    call_command("migrate", verbosity=0)
    for benchmark in (first, second):
        run = take_in(benchmark, source, reports=reports)
        assert (outcome(run), run.counts.get("held", 0)) == ((0, 8, 0), 0)
        for _ in range(2):
            run = create_frame_run(benchmark=benchmark)
            assert run is None or derive_frames(run.pk, now=timezone.now).state == "succeeded"
        assert run is None, "every picture of the pool was looked at once more"
    finding = GateFinding.objects.get(study__site__code="north", study__study_uid="1.2.3.2", benchmark=first)
    decide_finding(finding=finding, decision="accept", by=make_user("curator"), now=timezone.now())
    assert set(PoolEntry.objects.filter(study=finding.study).values_list("benchmark", flat=True)) == {first.pk}
    assert HeldEntry.objects.filter(study=finding.study).get().benchmark == second


@pytest.mark.django_db
def test_ids_that_may_be_names_are_pseudonyms_after_an_upgrade_and_found(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(IDS, "_AT_ONCE", 1)
    reports = reports_csv(tmp_path / "r.csv", [("Gladwellow", "Clear."), ("JSMITH", "Clear."), ("S1", "Clear.")])
    take_in(benchmark_, reports=reports)
    before = {study.pk: (study.study_id, study.patient.pseudonym) for study in Study.objects.select_related("patient")}
    key = site_key("north")
    for name in ("Gladwellow", "JSMITH"):  # as they were
        Study.objects.filter(study_id=key.study(name)).update(study_id=name)
        Patient.objects.filter(pseudonym=f"study:{key.study(name)}").update(pseudonym=f"study:{name}")
    assert set(Study.objects.values_list("study_id", flat=True)) == {"Gladwellow", "JSMITH", "S1"}

    IDS.under_the_key(apps, None)
    IDS.under_the_key(apps, None)

    after = {study.pk: (study.study_id, study.patient.pseudonym) for study in Study.objects.select_related("patient")}
    assert after == before
    assert outcome(take_in(benchmark_, reports=reports)) == (0, 3, 0)
