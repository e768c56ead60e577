"""A full disk, a source that vanishes and a lost database: an import ends with a sentence, and resumed it ends right.

The faults are real where the machine lets them be: a disk of a few hundred kilobytes (root alone may mount one) and a
limit on the size of files (anybody may set one for a process), a folder that is taken away, a connection that is cut.
"""

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cases.actions import create_import_run, import_studies
from cases.actions.frames import create_frame_run, derive_frames
from cases.adapters import decoders
from cases.adapters.sources import SourceGoneError
from cases.adapters.storage import DERIVED, FRAMES, ORIGINALS, is_kept
from cases.models import FrameSet, Image, ImportRun, Study
from core import actions
from core.actions import resume_run
from core.errors import DatabaseLostError, StorageError
from core.models import RunState
from tests.cases.builders import dicom, everything, outcome, reports_csv, rules, take_in, write
from tests.cases.faults import resumed, small_disk
from tests.factories import keep, make_benchmark, make_user

NOISE = np.random.default_rng(5)
FILMS, STUDIES = 24, 12


def films(folder: Path) -> Path:
    """Two films of each study, of some 35 kB each, every study in a folder of its own."""
    for number in range(FILMS):
        pixels = NOISE.integers(0, 4096, (128, 128), dtype=np.uint16)
        study, place = divmod(number, 2)
        write(folder, {f"S{study:02}/{place}.dcm": dicom(pixels, study=study, series=place)})
    return folder


@pytest.fixture
def small_batches(monkeypatch):
    """Something is stored, and told, after every third file."""
    monkeypatch.setattr("cases.actions._IMAGES_AT_ONCE", 3)
    monkeypatch.setattr("cases.actions._SECONDS_AT_ONCE", 600.0)
    monkeypatch.setattr("cases.actions._REPORTS_AT_ONCE", 3)
    monkeypatch.setattr("cases.adapters.readers._MOST_AHEAD", 4)


@pytest.fixture
def fresh_decoders() -> Iterator[None]:
    """Decoding processes are started within the test, and not kept for the next: they keep what it limits."""
    decoders._waiting.stop()
    yield
    decoders._waiting.stop()


def assert_failed(run: ImportRun, sentence: str) -> None:
    run.refresh_from_db()
    assert (run.state, run.claim) == (RunState.FAILED, None)
    assert sentence in run.message
    assert "resume" in run.message


def assert_all_is_there(run: ImportRun, images: int = FILMS, studies: int = STUDIES, reports: int = 0) -> None:
    """Nothing is lost, nothing doubled, and every row's files are whole."""
    assert run.state == RunState.SUCCEEDED
    assert outcome(run) == (images + reports, 0, 0)
    rows = everything()
    assert (rows["Image"], rows["Study"], rows["PoolEntry"], rows["Report"]) == (images, studies, studies, reports)
    for image in Image.objects.select_related("frame_set"):
        assert is_kept(ORIGINALS, image.sha256)
        assert all(is_kept(DERIVED, one) for one in (image.preview_sha256, image.thumbnail_sha256))
        assert all(is_kept(FRAMES, f"{digest}.zst") for digest in image.frame_set.digests)


# ---- A full disk


def test_an_import_that_fills_the_disk_says_so_and_goes_on_once_there_is_room(
    benchmark_, tmp_path, data_dir, small_batches, fresh_decoders
):
    source = films(tmp_path / "films")
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(source))
    files = data_dir / "files"
    with small_disk(files, "2m"):
        with pytest.raises(StorageError, match="is full"):
            import_studies(run.pk)
        assert_failed(run, f"The disk that holds {str(files)!r} is full")
        stored = Image.objects.count()
        assert 0 < stored < FILMS
        assert rules(run) == []  # no file is blamed for it
        subprocess.run(["mount", "-o", "remount,size=30m", str(files)], check=True)
        assert_all_is_there(resumed(run))


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file of this process, and of those it starts meanwhile, may be larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_decoding_process_that_cannot_write_ends_the_import_and_blames_no_file(
    benchmark_, tmp_path, small_batches, fresh_decoders
):
    source = films(tmp_path / "films")
    write(source, {"S12/0.dcm": dicom(NOISE.integers(0, 4096, (256, 256), dtype=np.uint16), study=12)})
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(source))
    with file_limit(64 * 1024), pytest.raises(StorageError, match="is full, or a limit on it is reached"):
        import_studies(run.pk)
    assert_failed(run, "Make room there, then resume the run")
    assert Image.objects.count() == FILMS
    assert rules(run) == []
    decoders._waiting.stop()
    assert_all_is_there(resumed(run), images=FILMS + 1, studies=STUDIES + 1)


def test_frames_that_do_not_fit_leave_their_run_to_be_resumed(benchmark_, tmp_path, settings, fresh_decoders):
    settings.DERIVE_FRAMES_AT_INTAKE = False
    take_in(benchmark_, films(tmp_path / "films"))
    run = create_frame_run(benchmark=benchmark_)
    decoders._waiting.stop()
    with file_limit(8 * 1024), pytest.raises(StorageError, match="is full"):
        derive_frames(run.pk, now=timezone.now)
    assert_failed(run, "resume the run")
    assert not FrameSet.objects.exists()  # none is said to have no frames
    decoders._waiting.stop()
    resume_run(run=run, by=make_user())
    assert derive_frames(run.pk, now=timezone.now).counts == {"derived": FILMS}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EROFS, "Read-only file system"),
        (errno.EIO, "see that its disk is mounted"),
    ],
)
def test_what_the_disk_answers_becomes_a_sentence_that_names_the_place(code, sentence, data_dir, monkeypatch):
    def refuse(*_args: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("cases.adapters.storage.os.replace", refuse)
    with pytest.raises(StorageError) as refused:
        keep(ORIGINALS, b"content")
    assert sentence.lower() in str(refused.value).lower()
    assert str(data_dir / "files") in str(refused.value)
    assert not [path for path in (data_dir / "files").rglob("*") if path.is_file()]


# ---- A source that vanishes


def vanishing(source: Path, after: int):
    """A listener to progress that takes the folder away once so much is done."""

    def look(done: int, _total: int | None) -> None:
        if done >= after and source.exists():
            source.rename(source.with_name("elsewhere"))

    return look


@pytest.mark.parametrize("what_is_left", ["nothing", "an empty folder"])
def test_a_source_that_vanishes_ends_the_import_and_blames_no_file(what_is_left, benchmark_, tmp_path, small_batches):
    source = films(tmp_path / "films")
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(source))

    def look(done: int, _total: int | None) -> None:
        if done == 6:
            source.rename(tmp_path / "elsewhere")
            if what_is_left == "an empty folder":  # as a mount point is
                source.mkdir()

    with pytest.raises(SourceGoneError):
        import_studies(run.pk, look)
    assert_failed(run, f"{str(source)!r} is gone or empty")
    assert 0 < Image.objects.count() < FILMS
    assert rules(run) == []
    with pytest.raises(
        Exception, match=r"nothing at|no files in"
    ):  # resumed too early, it does not end as if all were in
        resumed(run)
    if source.exists():
        source.rmdir()
    (tmp_path / "elsewhere").rename(source)
    assert_all_is_there(resumed(run))


def test_a_zip_that_vanishes_before_it_is_opened_ends_the_import(benchmark_, tmp_path, small_batches, fresh_decoders):
    source = tmp_path / "zips"
    for number in range(2):
        part = (
            films(tmp_path / f"films{number}") if not number else write(tmp_path / "films1", {"a.dcm": dicom(study=99)})
        )
        shutil.make_archive(str(source / f"{number}"), "zip", part)
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(source))
    last = source / "1.zip"

    def look(done: int, _total: int | None) -> None:
        if done == 3:
            last.rename(tmp_path / "kept.zip")

    with pytest.raises(SourceGoneError):
        import_studies(run.pk, look)
    assert_failed(run, f"{str(last)!r} is gone or empty")
    (tmp_path / "kept.zip").rename(last)
    assert_all_is_there(resumed(run), images=FILMS + 1, studies=STUDIES + 1)


def test_one_file_that_was_taken_away_is_refused_and_the_others_come_in(benchmark_, tmp_path, small_batches):
    source = films(tmp_path / "films")
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(source))
    taken = source / "S11" / "1.dcm"
    run = import_studies(run.pk, lambda done, _total: taken.unlink(missing_ok=True))
    assert run.state == RunState.SUCCEEDED
    assert outcome(run) == (FILMS - 1, 0, 1)
    assert rules(run) == ["unreadable"]


def test_a_resumed_import_that_finds_fewer_files_says_so(benchmark_, tmp_path, small_batches):
    source = films(tmp_path / "films")
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(source))
    with pytest.raises(SourceGoneError):
        import_studies(run.pk, vanishing(source, after=3))
    (tmp_path / "elsewhere").rename(source)
    shutil.rmtree(source / "S11")
    run = resumed(run)
    assert outcome(run) == (FILMS - 2, 0, 0)
    warning = run.problems.get(kind="fewer_files")
    assert warning.message.startswith("There were 24 files and rows when this import was begun, and 22")


def test_reports_that_vanish_end_the_import_and_come_in_once_they_are_back(benchmark_, tmp_path, small_batches):
    source = tmp_path / "tree"
    names = [f"files/p10/p1000000{n}/s5000000{n}.txt" for n in range(9)]
    write(source, dict.fromkeys(names, b"FINDINGS: Clear."))
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(source), layout="mimic-cxr")
    with pytest.raises(SourceGoneError):
        import_studies(run.pk, vanishing(source, after=3))
    assert_failed(run, f"{str(source)!r} is gone or empty")
    assert everything()["Report"] == 3
    (tmp_path / "elsewhere").rename(source)
    assert_all_is_there(resumed(run), images=0, studies=9, reports=9)


def test_a_table_of_reports_that_is_gone_when_it_is_opened_again_is_named(benchmark_, tmp_path, monkeypatch):
    table = reports_csv(tmp_path / "r.csv", [(f"S{n}", f"text {n}") for n in range(9)])
    run = create_import_run(benchmark=benchmark_, site_code="north", reports_source=str(table))
    monkeypatch.setattr("core.actions.RunHandle.start", lambda *_args, **_more: table.rename(tmp_path / "kept.csv"))
    with pytest.raises(SourceGoneError):
        import_studies(run.pk)
    monkeypatch.undo()
    assert_failed(run, f"{str(table)!r} is gone or empty")
    (tmp_path / "kept.csv").rename(table)
    assert_all_is_there(resumed(run), images=0, studies=9, reports=9)


# ---- A lost database


def cut_the_connection() -> None:
    """Ends this process's own session from another, as a server that is stopped does."""
    backend = connection.connection.info.backend_pid
    parts = connection.settings_dict
    address = {"host": parts["HOST"] or None, "port": parts["PORT"] or None, "user": parts["USER"] or None}
    with psycopg.connect(dbname=parts["NAME"], password=parts["PASSWORD"] or None, **address) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


def cutting(after: int):
    """A listener to progress that cuts the connection once so much is done."""
    left = [after]

    def look(done: int, _total: int | None) -> None:
        if left and done >= left[0]:
            left.clear()
            cut_the_connection()

    return look


@pytest.mark.django_db(transaction=True)
class TestALostDatabase:
    def test_pictures_that_lose_it_are_resumed_and_end_right(self, tmp_path, small_batches):
        source = films(tmp_path / "films")
        run = create_import_run(benchmark=make_benchmark(), site_code="north", source=str(source))
        with pytest.raises(DatabaseLostError, match="resume run"):
            import_studies(run.pk, cutting(after=9))
        assert_failed(run, "The connection to the database was lost")
        assert run.counts["imported"] == Image.objects.count() == 9
        assert_all_is_there(resumed(run))

    def test_reports_that_lose_it_are_resumed_and_end_right(self, tmp_path, small_batches):
        table = reports_csv(tmp_path / "r.csv", [(f"S{n}", f"text {n}") for n in range(20)])
        run = create_import_run(benchmark=make_benchmark(), site_code="north", reports_source=str(table))
        with pytest.raises(DatabaseLostError):
            import_studies(run.pk, cutting(after=6))
        assert_failed(run, "The connection to the database was lost")
        assert everything()["Report"] == 6
        assert_all_is_there(resumed(run), images=0, studies=20, reports=20)

    def test_a_batch_that_was_undone_is_not_counted(self, tmp_path, small_batches, monkeypatch):
        source = films(tmp_path / "films")
        run = create_import_run(benchmark=make_benchmark(), site_code="north", source=str(source))
        advance, seen = actions.RunHandle.advance, []

        def cut_before_the_commit(handle: actions.RunHandle, *args: int, **counts: int) -> None:
            advance(handle, *args, **counts)
            seen.append(1)
            if len(seen) == 3:
                cut_the_connection()

        monkeypatch.setattr(actions.RunHandle, "advance", cut_before_the_commit)
        with pytest.raises(DatabaseLostError):
            import_studies(run.pk)
        monkeypatch.undo()
        run.refresh_from_db()
        assert run.counts["imported"] == Image.objects.count() == 6
        assert_all_is_there(resumed(run))

    def test_a_database_that_does_not_come_back_ends_in_a_sentence_too(self, tmp_path, monkeypatch, small_batches):
        source = films(tmp_path / "films")
        run = create_import_run(benchmark=make_benchmark(), site_code="north", source=str(source))
        port = connection.settings_dict["PORT"]
        monkeypatch.setattr(actions, "_DATABASE_PAUSE_S", 0.0)

        def cut_for_good(done: int, _total: int | None) -> None:
            if done >= 3:
                cut_the_connection()
                connection.settings_dict["PORT"] = "1"

        try:
            with pytest.raises(DatabaseLostError, match="and it does not answer"):
                import_studies(run.pk, cut_for_good)
        finally:
            connection.settings_dict["PORT"] = port
            connection.close()
        run.refresh_from_db()
        assert run.state == RunState.RUNNING  # nobody could say otherwise; the next worker that starts finds it
        monkeypatch.setattr("core.actions.dispatch", lambda run: None)
        assert run.pk in actions.requeue_interrupted_runs()
        assert_all_is_there(import_studies(run.pk))

    def test_a_full_disk_of_the_database_is_named(self, tmp_path, small_batches):
        source = films(tmp_path / "films")
        run = create_import_run(benchmark=make_benchmark(), site_code="north", source=str(source))
        trigger = "CREATE TRIGGER no_room BEFORE INSERT ON cases_study EXECUTE FUNCTION no_room()"
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$"
            )
            cursor.execute(trigger)
        try:
            with pytest.raises(DatabaseLostError, match="The database's disk is full"):
                import_studies(run.pk)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP FUNCTION no_room() CASCADE")
        assert_failed(run, "The database's disk is full. Make room there")
        assert_all_is_there(resumed(run))

    def test_the_command_ends_with_the_sentence(self, tmp_path, monkeypatch, small_batches):
        benchmark = make_benchmark()
        source = films(tmp_path / "films")
        look = cutting(after=6)
        monkeypatch.setattr(
            "cases.management.commands.import_studies.import_studies", lambda pk, _progress: import_studies(pk, look)
        )
        with pytest.raises(CommandError, match=r"The connection to the database was lost.*resume run") as refused:
            call_command("import_studies", str(source), benchmark=benchmark.slug, site="north")
        assert refused.value.returncode == 1
        assert Study.objects.count() == 3
