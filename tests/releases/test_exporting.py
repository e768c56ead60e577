"""A release as files: the same bytes each time, the holdout for a named admin alone."""

import csv
import hashlib
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.adapters.storage import DERIVED
from cases.models import Image, Series
from core.errors import NotAllowedError
from core.models import Event
from releases.actions import (
    ReleaseRefusedError,
    build_release,
    create_build,
    create_export,
    freeze_release,
    work_export,
)
from releases.adapters.formats import NAMES
from releases.queries import UnknownReleaseError, release_by_name
from tests.factories import keep, make_benchmark, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def frozen(read_round, benchmark, admin):
    draft = build_release(run_id=create_build(benchmark=benchmark, released=6, holdout=2, by=None).pk)
    return freeze_release(release=draft, name=draft.name, by=admin)


def export(frozen, folder, *extra):
    call_command("export_release", frozen.name, "--out", str(folder), *extra, stdout=StringIO())
    return folder


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_labels_have_one_column_per_label_and_the_consensus_answers(frozen, tmp_path):
    rows = rows_of(export(frozen, tmp_path / "out") / "labels.csv")
    assert list(rows[0]) == ["case_id", "pleural_effusion", "pneumothorax", "cardiomegaly"]
    by_case = {case.case_id: case.labels for case in frozen.cases.filter(release_patient__partition="released")}
    assert {row["case_id"] for row in rows} == set(by_case)
    for row in rows:
        assert [key for key in ("pleural_effusion", "pneumothorax", "cardiomegaly") if row[key] == "1"] == sorted(
            by_case[row["case_id"]]
        )


def test_sums_cover_every_file_and_hold(frozen, tmp_path):
    folder = export(frozen, tmp_path / "out", "--formats", "csv,croissant,hf")
    listed = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert set(listed) == files
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_exporting_twice_gives_the_same_bytes(frozen, tmp_path):
    first = export(frozen, tmp_path / "one", "--formats", ",".join(NAMES))
    second = export(frozen, tmp_path / "two", "--formats", ",".join(NAMES))
    export(frozen, tmp_path / "one", "--formats", ",".join(NAMES))
    assert (first / "SHA256SUMS").read_bytes() == (second / "SHA256SUMS").read_bytes()


def test_nothing_in_the_files_names_site_study_or_patient(frozen, tmp_path):
    folder = export(frozen, tmp_path / "out", "--formats", ",".join(NAMES))
    text = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    for word in ("north", "P0", "S0", frozen.secret_seed, frozen.secret_salt, "reader-a"):
        assert word not in text


def test_croissant_describes_labels_csv(frozen, tmp_path):
    folder = export(frozen, tmp_path / "out", "--formats", "croissant")
    data = json.loads((folder / "croissant.json").read_text())
    assert data["distribution"][0]["sha256"] == hashlib.sha256((folder / "labels.csv").read_bytes()).hexdigest()
    assert [field["name"] for field in data["recordSet"][0]["field"]][:2] == ["case_id", "pleural_effusion"]


def test_pictures_go_under_their_case_id_as_they_were_when_built(read_round, benchmark, admin, tmp_path):
    study = read_round.studies.get(study__study_id="S0").study
    series = Series.objects.create(study=study, series_uid="1.2.3")

    def add_picture(number, content):
        Image.objects.create(
            series=series, sop_uid=f"1.2.3.{number}", sha256="0" * 64, rows=1, columns=1, instance_number=number,
            preview_sha256=keep(DERIVED, content),
        )  # fmt: skip

    add_picture(1, b"picture bytes")
    draft = build_release(run_id=create_build(benchmark=benchmark, released=8, holdout=0, by=None).pk)
    frozen = freeze_release(release=draft, name=draft.name, by=admin)
    add_picture(2, b"added later")
    folder = export(frozen, tmp_path / "out", "--formats", "images")
    case = frozen.cases.get(study=study)
    assert [path.name for path in (folder / "images" / case.case_id).iterdir()] == ["1.jpg"]
    assert (folder / "images" / case.case_id / "1.jpg").read_bytes() == b"picture bytes"


def test_pictures_that_the_storage_has_lost_are_refused_before_anything_is_written(
    read_round, benchmark, admin, tmp_path
):
    study = read_round.studies.get(study__study_id="S0").study
    series = Series.objects.create(study=study, series_uid="1.2.3")
    Image.objects.create(series=series, sop_uid="1.2.3.1", sha256="0" * 64, rows=1, columns=1, preview_sha256="e" * 64)
    draft = build_release(run_id=create_build(benchmark=benchmark, released=8, holdout=0, by=None).pk)
    frozen = freeze_release(release=draft, name=draft.name, by=admin)
    with pytest.raises(
        CommandError, match=r"1 of the pictures of chest-v1 are lost .* the first of them eeee.*back-up"
    ):
        export(frozen, tmp_path / "out", "--formats", "images")
    assert not (tmp_path / "out").exists()
    export(frozen, tmp_path / "out", "--formats", "csv")


def test_a_changed_benchmark_does_not_change_a_frozen_export(frozen, tmp_path):
    before = (export(frozen, tmp_path / "one", "--formats", ",".join(NAMES)) / "SHA256SUMS").read_bytes()
    make_benchmark(title="Another title", description="Another", release={"released": 3, "holdout": 3})
    after = (export(frozen, tmp_path / "two", "--formats", ",".join(NAMES)) / "SHA256SUMS").read_bytes()
    assert before == after


def test_draft_is_not_exported(read_round, benchmark, tmp_path):
    draft = build_release(run_id=create_build(benchmark=benchmark, by=None).pk)
    with pytest.raises(CommandError, match="is a draft; freeze it first"):
        export(draft, tmp_path / "out")


def test_holdout_needs_a_named_admin_and_is_audited(frozen, tmp_path, admin):
    with pytest.raises(CommandError, match="is sealed"):
        export(frozen, tmp_path / "out", "--partition", "holdout")
    with pytest.raises(CommandError, match="no user 'nobody'"):
        export(frozen, tmp_path / "out", "--partition", "holdout", "--admin", "nobody")
    export(frozen, tmp_path / "out", "--partition", "holdout", "--admin", admin.username)
    event = Event.objects.filter(verb="release.exported").first()
    assert (event.actor, event.data["partition"]) == (admin, "holdout")
    assert len(rows_of(tmp_path / "out" / "labels.csv")) == 2


@pytest.mark.parametrize("role", ["reader", "curator"])
def test_other_roles_export_nothing(frozen, role):
    with pytest.raises(NotAllowedError):
        create_export(release=frozen, formats=["csv"], by=make_user(role))


def test_unknown_format_is_named(frozen, tmp_path):
    with pytest.raises(CommandError, match="no format 'xml'; there are: csv, croissant"):
        export(frozen, tmp_path / "out", "--formats", "xml")


def test_folder_with_other_files_is_left_alone(frozen, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CommandError, match=r"holds notes.txt"):
        export(frozen, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_unknown_release_names_the_known(frozen):
    with pytest.raises(UnknownReleaseError, match=r"'chest-v9' \(known: chest-v1\)"):
        release_by_name("chest-v9")


def test_export_run_ends_in_a_zip(frozen, admin, settings):
    import zipfile
    from pathlib import Path

    run = create_export(release=frozen, formats=["csv", "hf"], by=admin)
    work_export(run_id=run.pk)
    run.refresh_from_db()
    path = Path(settings.DATA_DIR) / "exports" / run.file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == run.sha256
    assert "chest-v1/labels.csv" in zipfile.ZipFile(path).namelist()


def test_withdrawn_release_is_not_exported(frozen, admin):
    from releases.actions import withdraw_release

    withdraw_release(release=frozen, name=frozen.name, by=admin)
    frozen.refresh_from_db()
    with pytest.raises(ReleaseRefusedError, match="is withdrawn"):
        create_export(release=frozen, formats=["csv"], by=admin)
