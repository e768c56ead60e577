"""The world on disk: complete, repeatable, and readable by the report contract."""

import csv
import hashlib
from dataclasses import replace

import pydicom
import pytest

from demo.material import transfer_of, write_material
from demo.world import LABELS, SITES, plan_world

SCALE = 0.1


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    return write_material(tmp_path_factory.mktemp("world"), 7, 24, processes=1, scale=SCALE)


def digest(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_study_has_its_films_and_its_report(material):
    told = {(site.code, row["study_id"]) for site in material.sites for row in rows(site.reports)}
    assert told == {(s.site.code, s.study_id) for s in material.world.studies}
    for site in material.sites:
        for study in (s for s in material.world.studies if s.site.code == site.code):
            films = sorted(p.name for p in (site.folder / study.study_id).iterdir())
            assert films == (["1.dcm", "2.dcm"] if study.has_lateral else ["1.dcm"])


def test_counts_and_bytes_are_those_on_disk(material):
    films = list(material.truth.parent.rglob("*.dcm"))
    assert material.n_films == len(films) == 24 + 12
    assert material.n_bytes == sum(f.stat().st_size for f in films)
    assert sum(s.n_studies for s in material.sites) == 24


def test_reports_follow_the_contract(material):
    for site in material.sites:
        raw = site.reports.read_bytes()
        assert b"\r" not in raw
        for row in rows(site.reports):
            assert list(row) == ["study_id", "report_text", "patient_id", "age", "sex", "view_position", "study_date"]
            assert row["report_text"].strip()
            assert row["sex"] in {"M", "F"}
            assert 18 <= int(row["age"]) <= 90


def test_reports_and_headers_agree(material):
    for site in material.sites:
        for row in rows(site.reports):
            header = pydicom.dcmread(site.folder / row["study_id"] / "1.dcm", stop_before_pixels=True)
            assert header.StudyID == row["study_id"]
            assert header.PatientID == row["patient_id"]
            assert header.ViewPosition == row["view_position"]
            assert header.StudyDate == row["study_date"].replace("-", "")


def test_truth_has_every_label_of_every_study(material):
    truth = rows(material.truth)
    assert len(truth) == 24 * len(LABELS)
    assert {r["status"] for r in truth} <= {"present", "uncertain", "absent"}
    planned = {(s.study_id, label): status for s in material.world.studies for label, status in s.truth().items()}
    assert {(r["study_id"], r["label"]): r["status"] for r in truth} == planned


@pytest.mark.slow
def test_same_seed_gives_the_same_bytes_with_any_number_of_processes(material, tmp_path):
    write_material(tmp_path, 7, 24, processes=2, scale=SCALE)
    assert digest(tmp_path) == digest(material.truth.parent)


def test_other_seed_gives_other_bytes(material, tmp_path):
    write_material(tmp_path, 8, 12, processes=1, scale=SCALE)
    assert not set(digest(tmp_path).values()) & set(digest(material.truth.parent).values())


def test_progress_counts_every_study(tmp_path):
    steps = []
    write_material(tmp_path, 3, 12, processes=1, progress=lambda done, total: steps.append((done, total)), scale=SCALE)
    assert steps == [(n, 12) for n in range(1, 13)]


def test_the_world_uses_several_transfer_syntaxes():
    kinds = [transfer_of(s) for s in plan_world(7).studies]
    assert set(kinds) == {"plain", "rle", "jpegls", "jpeg2000"}
    assert 1 <= kinds.count("jpeg2000") <= 12


def test_large_films_are_never_written_in_the_slow_syntax():
    study = next(s for s in plan_world(7).studies if transfer_of(s) == "jpeg2000")
    assert transfer_of(replace(study, is_large=True)) == "jpegls"


def test_sites_are_titled(material):
    assert [s.title for s in material.sites] == [s.title for s in SITES]
