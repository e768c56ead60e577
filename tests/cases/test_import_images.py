"""Imports of pictures: stored once, matched to known studies, and safe to kill or to run twice at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections

from cases.actions import create_import_run, import_studies
from cases.actions.instances import STORED
from cases.adapters import decoders
from cases.adapters.decoding import Look
from cases.adapters.storage import DERIVED, ORIGINALS, is_kept, open_kept
from cases.models import Image, Series, Study
from core.actions import requeue_interrupted_runs
from core.models import RunState
from tests.cases.builders import (
    RAMP,
    big_endian,
    by_uid,
    dicom,
    everything,
    outcome,
    patient,
    png,
    remarks,
    reports_csv,
    rules,
    take_in,
    write,
)
from tests.factories import make_benchmark, make_study


def films(count: int) -> dict[str, bytes]:
    """Frontal and lateral of ``count`` studies."""
    return {
        f"{number}/{view}.dcm": dicom(RAMP + number, study=number, series=place, ViewPosition=view)
        for number in range(count)
        for place, view in enumerate(("PA", "LL"))
    }


def test_dicom_files_become_a_study_with_series_and_images(benchmark_, tmp_path):
    content = dicom(PatientAge="045Y", PatientSex="F", ViewPosition="PA")
    run = take_in(benchmark_, write(tmp_path, {"a.dcm": content, "b.dcm": dicom(series=2, ViewPosition="LL")}))
    assert outcome(run) == (2, 0, 0)
    study = Study.objects.in_pool_of(benchmark_).get()
    assert (study.study_id, study.study_uid) == (by_uid("1.2.3.1"), "1.2.3.1")
    assert study.patient.pseudonym == patient("P1")
    assert (study.age, study.sex, study.modality, study.view_position) == (45, "F", "DX", "PA")
    assert study.series.count() == 2
    image = Image.objects.get(view_position="PA")
    with open_kept(ORIGINALS, image.sha256) as original:
        assert original.read() == content
    assert is_kept(DERIVED, image.preview_sha256)
    assert is_kept(DERIVED, image.thumbnail_sha256)


def test_pictures_become_studies_by_folder_and_by_name(benchmark_, tmp_path):
    run = take_in(benchmark_, write(tmp_path, {"S1/frontal.png": png(1), "S1/lateral.png": png(2), "S2.png": png(3)}))
    assert outcome(run) == (3, 0, 0)
    assert set(Study.objects.values_list("study_id", flat=True)) == {"S1", "S2"}
    assert set(Image.objects.filter(series__study__study_id="S1").values_list("view_position", flat=True)) == {
        "frontal",
        "lateral",
    }


def test_a_second_import_changes_nothing_and_decodes_nothing(benchmark_, tmp_path, monkeypatch):
    write(tmp_path, films(2) | {f"S{n}/x.png": png(n) for n in range(3)})
    assert outcome(take_in(benchmark_, tmp_path)) == (7, 0, 0)
    before = everything()
    asked = []
    ask = decoders._Process.ask
    monkeypatch.setattr(decoders._Process, "ask", lambda process, one: asked.append(one) or ask(process, one))
    assert outcome(take_in(benchmark_, tmp_path)) == (0, 7, 0)
    assert {type(one) for one in asked} == {Look}
    assert everything() == before


def test_the_same_picture_in_two_studies_is_an_image_of_each(benchmark_, tmp_path):
    write(tmp_path, {"S1/x.png": png(), "S2/x.png": png()})
    assert outcome(take_in(benchmark_, tmp_path)) == (2, 0, 0)
    assert Study.objects.count() == 2
    assert outcome(take_in(benchmark_, tmp_path)) == (0, 2, 0)


def test_a_late_series_joins_its_study(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom()}))
    assert outcome(take_in(benchmark_, write(tmp_path / "two", {"b.dcm": dicom(series=2)}))) == (1, 0, 0)
    assert (Study.objects.count(), Series.objects.count()) == (1, 2)


@pytest.mark.parametrize("known_as", ["1.2.3.1", "N-1", "ACC-1"])
def test_a_study_known_by_its_report_gets_its_pictures(known_as, benchmark_, tmp_path):
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [(known_as, "Clear.")]))
    take_in(benchmark_, write(tmp_path / "films", {"N-1/a.dcm": dicom(AccessionNumber="ACC-1")}))
    study = Study.objects.get()
    called = by_uid(known_as) if known_as == "1.2.3.1" else known_as
    assert (study.study_id, study.study_uid, study.report.text) == (called, "1.2.3.1", "Clear.")
    assert study.patient.pseudonym == patient("P1")


def test_reports_and_pictures_of_one_command_meet(benchmark_, tmp_path):
    reports = reports_csv(tmp_path / "r.csv", [("N-1", "Clear.")])
    run = take_in(benchmark_, write(tmp_path / "films", {"N-1/a.dcm": dicom()}), reports=reports)
    assert outcome(run) == (2, 0, 0)
    assert Study.objects.get().series.count() == 1


def test_a_folder_name_never_joins_two_studies(benchmark_, tmp_path):
    make_study(benchmark_, study_id="N-1")
    take_in(benchmark_, write(tmp_path, {"N-1/a.dcm": dicom(study=1), "N-1/b.dcm": dicom(study=2)}))
    assert set(Study.objects.values_list("study_id", "study_uid")) == {
        ("N-1", "1.2.3.1"),
        (by_uid("1.2.3.2"), "1.2.3.2"),
    }


def test_a_modality_the_benchmark_does_not_take_is_rejected(benchmark_, tmp_path):
    run = take_in(benchmark_, write(tmp_path, {"a.dcm": dicom(Modality="MR"), "b.dcm": dicom()}))
    assert outcome(run) == (1, 0, 1)
    assert rules(run) == ["modality"]
    assert "MR" in run.problems.get().message


def test_another_picture_under_a_known_uid_is_rejected_and_the_first_kept(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom()}))
    digest = Image.objects.get().sha256
    run = take_in(benchmark_, write(tmp_path / "two", {"a.dcm": dicom(RAMP[::-1].copy())}))
    assert outcome(run) == (0, 0, 1)
    assert rules(run) == ["image_differs"]
    assert Image.objects.get().sha256 == digest


ELSEWHERE = [{"study": 2}, {"series": 2}, {"study": 2, "series": 2}]


@pytest.mark.parametrize("place", ELSEWHERE)
def test_another_picture_under_a_known_uid_is_rejected_wherever_it_says_it_belongs(benchmark_, tmp_path, place):
    taken = {"SOPInstanceUID": "1.2.3.1.1.1"}
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom()}))
    files = {"a.dcm": dicom(RAMP[::-1].copy(), **place, **taken), "b.dcm": dicom(RAMP + 9, study=5)}
    run = take_in(benchmark_, write(tmp_path / "two", files))
    assert (outcome(run), rules(run)) == ((1, 0, 1), ["image_differs"])
    assert "in another study or series (study S" in run.problems.get().message
    assert Study.objects.count() == Image.objects.count() == 2  # no study without its picture is left behind
    assert outcome(take_in(benchmark_, tmp_path / "two"))[1:] == (1, 1)
    assert outcome(take_in(benchmark_, tmp_path / "two", site="south")) == (2, 0, 0)  # each site has its own


@pytest.mark.parametrize("place", ELSEWHERE)
def test_the_same_picture_in_another_place_is_not_stored_twice(benchmark_, tmp_path, place):
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom()}))
    run = take_in(benchmark_, write(tmp_path / "two", {"a.dcm": dicom(**place, SOPInstanceUID="1.2.3.1.1.1")}))
    assert outcome(run) == (0, 1, 0)
    assert [one.kind for one in run.problems.all()] == ["stored_elsewhere"]
    assert (Image.objects.count(), Series.objects.count(), Study.objects.count()) == (1, 1, 1)


def test_of_two_pictures_under_one_uid_in_a_batch_the_first_is_kept(benchmark_, tmp_path):
    files = {"a.dcm": dicom(), "b.dcm": dicom(RAMP[::-1].copy(), study=2, SOPInstanceUID="1.2.3.1.1.1")}
    run = take_in(benchmark_, write(tmp_path, files))
    assert (outcome(run), rules(run)) == ((1, 0, 1), ["image_differs"])
    assert Study.objects.get().study_uid == "1.2.3.1"


@pytest.mark.django_db
@pytest.mark.parametrize("is_analysed", [False, True], ids=["unknown", "known"])
def test_instances_are_looked_up_by_the_index_whatever_is_known_of_the_table(is_analysed):
    series = make_study(with_image=True).series.get()
    uids = [f"1.2.9.{number}" for number in range(3000)]
    Image.objects.bulk_create(Image(series=series, sop_uid=uid, rows=16, columns=16) for uid in uids)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_image" if is_analysed else "SELECT 1")
        cursor.execute(f"EXPLAIN {STORED}", {"uids": uids[-100:], "site": series.study.site_id})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "image_by_sop_uid" in plan
    assert "Seq Scan on cases_image" not in plan


def test_the_same_pixels_in_another_encoding_are_unchanged(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom()}))
    run = take_in(benchmark_, write(tmp_path / "two", {"a.dcm": dicom(Manufacturer="later")}))
    assert outcome(run)[2] == 0
    assert Image.objects.count() == 1


def test_a_big_endian_copy_of_a_film_is_the_same_picture(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom()}))
    run = take_in(benchmark_, write(tmp_path / "two", {"a.dcm": big_endian(dicom())}))
    assert outcome(run) == (0, 1, 0)
    assert rules(run) == []


def test_contradicting_demographics_are_remarked_once_per_file_and_not_stored(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "one", {"a.dcm": dicom(PatientAge="045Y")}))
    later = dicom(series=2, PatientAge="046Y", PatientID="Other")
    run = take_in(benchmark_, write(tmp_path / "two", {"b.dcm": later}))
    assert Study.objects.get().age == 45
    assert remarks(run) == ["contradiction", "contradiction"]
    assert "Other" not in str(list(run.problems.values_list("message", "value")))


def test_files_that_do_not_say_they_are_de_identified_share_one_remark(benchmark_, tmp_path):
    write(tmp_path, {f"{n}.dcm": dicom(study=n, drop=["PatientIdentityRemoved"]) for n in range(3)})
    run = take_in(benchmark_, tmp_path)
    assert outcome(run) == (3, 0, 0)
    assert remarks(run) == ["header"]
    assert run.problems.get().where == "3 files"


def test_broken_files_are_rejected_each_with_its_reason_beside_good_ones(benchmark_, tmp_path):
    bad = {
        "empty": b"",
        "text.bin": b"hello",
        "cut.png": png()[:30],
        "cut.dcm": dicom()[:420],
        "no.dcm": dicom(drop=["PixelData"]),
    }
    run = take_in(benchmark_, write(tmp_path, {**bad, "good.dcm": dicom()}))
    assert outcome(run) == (1, 0, 5)
    assert {problem.where for problem in run.problems.all()} == set(bad)
    assert all(problem.message.endswith(".") for problem in run.problems.all())


def test_a_header_never_leaves_names_in_the_database(benchmark_, tmp_path):
    content = dicom(
        PatientName="Smith^John", ReferringPhysicianName="Jones", PatientBirthDate="19500101", AccessionNumber="ACC9"
    )
    take_in(benchmark_, write(tmp_path, {"a.dcm": content}))
    stored = str(list(Study.objects.values())) + str(list(Image.objects.values())) + str(list(Series.objects.values()))
    for secret in ("Smith", "Jones", "19500101", "1950, 1, 1", "ACC9"):
        assert secret not in stored


def test_a_decoder_that_dies_takes_one_file_with_it(benchmark_, tmp_path, monkeypatch):
    write(tmp_path, films(3))
    send = decoders._send

    def kill_before_the_third(pipe, message):
        send(pipe, message)
        if message.source.name == "1/PA.dcm":
            for process in started:
                process.kill()

    started: list[subprocess.Popen] = []
    popen = subprocess.Popen

    def start(*args, **options):
        started.append(popen(*args, **options))
        return started[-1]

    decoders._waiting.stop()
    monkeypatch.setattr("cases.adapters.readers.PROCESSES", 1)
    monkeypatch.setattr(decoders, "_send", kill_before_the_third)
    monkeypatch.setattr(decoders.subprocess, "Popen", start)
    run = take_in(benchmark_, tmp_path)
    assert rules(run) == ["decoder_died"]
    assert outcome(run) == (5, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_folder_at_once_store_everything_once(tmp_path):
    benchmark = make_benchmark()
    write(tmp_path / "films", films(12))
    reports = reports_csv(tmp_path / "r.csv", [(f"1.2.3.{n}", f"text {n}") for n in range(12)])
    outcomes = []

    def work():
        try:
            outcomes.append(outcome(take_in(benchmark, tmp_path / "films", reports=reports)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(imported for imported, _, _ in outcomes) == 36
    assert sum(sum(one) for one in outcomes) == 3 * 36
    assert everything() == {"Study": 12, "Patient": 12, "Series": 24, "Image": 24, "Report": 12, "PoolEntry": 12}


_CHILD = """
import os, sys, django
django.setup()
from django.conf import settings
from django.db import connection
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = sys.argv[1]
from cases.actions import import_studies
import_studies(int(sys.argv[2]), lambda done, total: print(done, flush=True))
"""


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_outright_is_picked_up_and_finished(tmp_path, data_dir, monkeypatch):
    rows = 1600
    reports = reports_csv(tmp_path / "r.csv", [(f"S{n}", f"text {n} " * 20) for n in range(rows)])
    run = create_import_run(benchmark=make_benchmark(), site_code="north", reports_source=str(reports))
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": _database_url()}
    environment |= {
        "PYTHONPATH": str(django_settings.BASE_DIR),
        "DATA_DIR": str(data_dir),
        "PSEUDONYM_KEY": django_settings.PSEUDONYM_KEY,
    }
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(connection.settings_dict["NAME"]), str(run.pk)],
        env=environment,
        cwd=Path(django_settings.BASE_DIR),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline()  # the first batch is in
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    done = Study.objects.count()
    assert 0 < done < rows
    monkeypatch.setattr("core.actions.dispatch", lambda run: None)
    _wait_for(lambda: run.pk in requeue_interrupted_runs())
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert outcome(import_studies(run.pk)) == (rows, 0, 0)
    assert Study.objects.count() == rows


def _database_url() -> str:
    parts = connection.settings_dict
    options = "&".join(f"{key}={value}" for key, value in {"host": parts["HOST"]}.items() if value)
    return f"postgres://{parts['USER']}:{parts['PASSWORD']}@localhost:{parts['PORT'] or 5432}/{parts['NAME']}?{options}"


def _wait_for(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", ["dicom_odd", "dicom_ts", "cxr_dicom", "mr", "phi", "cxr_img_hannover", "cxr_img_covid"]
)
def test_every_real_file_is_imported_or_rejected_with_a_reason(folder, shared, db):
    modalities = ["CR", "DX", "MR", "CT", "NM", "OT", "US", "SC", "PX"]
    run = take_in(make_benchmark(modality=modalities), shared / folder)
    problems = run.problems.filter(is_warning=False)
    assert run.state == RunState.SUCCEEDED
    assert sum(outcome(run)) == run.total
    assert problems.count() == run.counts["rejected"]
    assert all(problem.message.endswith(".") and problem.where for problem in problems)
    # Files that another file repeats are met as unchanged; none of the rest is lost.
    assert Image.objects.count() <= run.counts["imported"] + run.counts["unchanged"]
