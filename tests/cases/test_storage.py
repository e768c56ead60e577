"""Files by digest, decoding processes, and the worker's task."""

import errno
import hashlib
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from cases.actions import create_import_run, import_studies
from cases.adapters import decoders, readers, spooling, storage
from cases.adapters.decoding import Known, Order, decode, known_key, picture_name
from cases.adapters.decoding_process import QUIET_S
from cases.adapters.layouts import ContributionError
from cases.adapters.readers import PROCESSES
from cases.adapters.storage import DERIVED, ORIGINALS, is_kept, open_kept, stored_name
from cases.adapters.uploads import keep_upload
from cases.contribution import ImageFacts, Pictures, Problem, SourceFile, shown
from cases.tasks import import_task
from core.errors import StorageError
from core.models import Run, RunState
from core.runs import dispatch, page_name
from tests.cases.builders import dicom, png, reports_csv
from tests.factories import keep

CONTENT = b"some bytes"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def files_of(data_dir) -> list[Path]:
    return [path for path in (Path(data_dir) / "files").rglob("*") if path.is_file()]


def test_bytes_are_kept_under_their_digest(data_dir):
    assert keep(ORIGINALS, CONTENT) == DIGEST
    assert is_kept(ORIGINALS, DIGEST)
    assert not is_kept(DERIVED, DIGEST)
    with open_kept(ORIGINALS, DIGEST) as file:
        assert file.read() == CONTENT
    assert stored_name(ORIGINALS, DIGEST) == f"originals/{DIGEST[:2]}/{DIGEST}"


def test_keeping_again_writes_nothing(data_dir):
    keep(ORIGINALS, CONTENT)
    (path,) = files_of(data_dir)
    before = path.stat().st_mtime_ns
    keep(ORIGINALS, CONTENT)
    assert (files_of(data_dir), path.stat().st_mtime_ns) == ([path], before)


def test_a_write_that_breaks_off_leaves_nothing_behind(data_dir, monkeypatch):
    def fail(*_paths):
        raise OSError("no space left")

    monkeypatch.setattr(storage.os, "replace", fail)
    with pytest.raises(StorageError, match="Nothing can be written"):
        keep(ORIGINALS, CONTENT)
    assert files_of(data_dir) == []


def test_many_keep_the_same_bytes_at_once(data_dir):
    threads = [threading.Thread(target=keep, args=(DERIVED, CONTENT)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() for path in files_of(data_dir)] == [CONTENT]


def test_an_import_may_end_while_another_begins(data_dir, monkeypatch):
    with storage.spool() as other:
        listed = Path.iterdir

        def ended_meanwhile(place):
            found = list(listed(place))
            other.rmdir()
            return found

        monkeypatch.setattr(Path, "iterdir", ended_meanwhile)
        with storage.spool() as own:
            assert own.is_dir()


def test_what_was_never_kept_is_not_found(data_dir):
    with pytest.raises(FileNotFoundError):
        open_kept(ORIGINALS, "0" * 64)


@pytest.mark.parametrize("name", ["../../evil.zip", "/etc/passwd", "a\\b.zip", "films.zip"])
def test_an_upload_stays_in_a_folder_of_its_own(name, data_dir):
    from django.core.files.uploadedfile import SimpleUploadedFile

    kept, nothing = keep_upload(SimpleUploadedFile(name, CONTENT), None)
    assert Path(kept).is_relative_to(Path(data_dir) / "uploads")
    assert Path(kept).read_bytes() == CONTENT
    assert Path(kept).parent.parent.stat().st_mode & 0o077 == 0
    assert nothing == ""


def sources(tmp_path, count: int) -> list[SourceFile]:
    files = []
    for number in range(count):
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(dicom(study=number) if number % 3 else b"junk")
        files.append(SourceFile(path.name, str(path)))
    return files


def knows(*keys: str):
    """A site that has these."""
    return lambda digests: frozenset(keys)


def read_files(files, *, root, **wishes):
    with readers.decoding(site_code="north", modalities=["DX"], **wishes) as desk:
        yield from readers.read_files(files, root=root, desk=desk)


@pytest.mark.parametrize("count", [1, 13])
def test_files_come_back_in_order(count, tmp_path, data_dir):
    files = sources(tmp_path, count)
    read = list(read_files(files, root=tmp_path))
    assert [one.source for one in read] == files
    assert [type(one.answer) for one in read] == [ImageFacts if n % 3 else Problem for n in range(count)]
    assert all(is_kept(DERIVED, one.pictures.preview_sha256) for one in read if isinstance(one.answer, ImageFacts))


def test_a_known_file_is_neither_decoded_nor_kept_again(tmp_path, data_dir):
    content = dicom()
    (tmp_path / "a.dcm").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    file = SourceFile("a.dcm", str(tmp_path / "a.dcm"))
    (read,) = read_files([file], root=tmp_path, known=knows(known_key(digest, "")))
    assert read.answer == Known(digest)
    assert files_of(data_dir) == []


def test_a_decoding_process_leaves_original_and_pictures_under_their_digests(tmp_path):
    """So that the import only moves them: a file is made most quickly in a folder that was written just now."""
    content = dicom()
    (tmp_path / "a.dcm").write_bytes(content)
    place = tmp_path / "spool"
    place.mkdir()
    order = Order(SourceFile("a.dcm", str(tmp_path / "a.dcm")), pictures_in=str(place), original_in=str(place))
    facts = decode(order)
    files = facts.files
    jpegs = {picture_name(one): one for one in (files.preview_sha256, files.thumbnail_sha256)}
    assert (files.film_sha256, files.frames) == ("", None)
    assert {path.name for path in place.iterdir()} == {facts.sha256, *jpegs}
    for name, digest in jpegs.items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
    assert facts.pictures == Pictures()  # nothing of it travels twice


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_the_original_of_a_file_of_our_own_is_that_file(links, tmp_path, monkeypatch):
    def refuse(*_paths):
        raise OSError(errno.EPERM, "no links on this disk")

    if not links:
        monkeypatch.setattr(spooling.os, "link", refuse)
    content, place = dicom(), tmp_path / "spool"
    place.mkdir()
    (tmp_path / "a.dcm").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    for _ in range(2):  # the same may come twice
        facts = decode(Order(SourceFile("a.dcm", str(tmp_path / "a.dcm")), original_in=str(place), sha256=digest))
    assert facts.sha256 == digest
    assert (place / digest).read_bytes() == content
    assert (place / digest).samefile(tmp_path / "a.dcm") == links


def test_a_picture_is_known_only_in_the_study_it_lies_in(tmp_path, data_dir):
    content = png()
    (tmp_path / "a.png").write_bytes(content)
    known = knows(known_key(hashlib.sha256(content).hexdigest(), "S1"))
    places = [SourceFile("a.png", str(tmp_path / "a.png"), study_id=name) for name in ("S1", "S2")]
    read = list(read_files(places, root=tmp_path, known=known))
    assert [type(one.answer) for one in read] == [Known, ImageFacts]


def test_no_process_goes_on_when_the_reading_is_given_up(tmp_path, data_dir, monkeypatch):
    decoders._waiting.stop()
    started = []
    popen = decoders.subprocess.Popen
    monkeypatch.setattr(decoders.subprocess, "Popen", lambda *a, **o: started.append(popen(*a, **o)) or started[-1])
    reading = read_files(sources(tmp_path, 20), root=tmp_path)
    next(reading)
    reading.close()
    assert 0 < len(started) <= PROCESSES
    decoders._waiting.stop()
    assert all(process.poll() is not None for process in started)


def test_a_process_serves_one_reading_after_the_other(tmp_path, data_dir, monkeypatch):
    decoders._waiting.stop()
    started = []
    popen = decoders.subprocess.Popen
    monkeypatch.setattr(decoders.subprocess, "Popen", lambda *a, **o: started.append(popen(*a, **o)) or started[-1])
    for known in (None, knows("x"), None):
        assert list(read_files(sources(tmp_path, 1), root=tmp_path, known=known))
    assert len(started) == PROCESSES  # they start together, and none anew
    monkeypatch.setattr(decoders, "IDLE_S", 0.0)  # they would be too old by now: others take their places
    assert list(read_files(sources(tmp_path, 1), root=tmp_path))
    assert len(started) >= 2 * PROCESSES
    assert all(process.poll() is not None for process in started[:PROCESSES])


def _faults_and_pages(pid: int) -> tuple[int, int]:
    """Pages that the system had to clear for a process so far, and those it holds (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[7]), int(fields[21])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc, which only Linux has")
def test_a_decoding_process_holds_memory_from_film_to_film_and_gives_it_back_when_nobody_asks(tmp_path):
    side = 1500
    noise = np.random.default_rng(3).integers(0, 4096, (side, side), dtype=np.uint16)
    (tmp_path / "film.dcm").write_bytes(dicom(noise))
    order = Order(SourceFile("film.dcm", str(tmp_path / "film.dcm")), frames_in=str(tmp_path))
    decoders._waiting.stop()
    with decoders.DecodingProcesses(1) as processes:
        for _ in range(2):
            assert isinstance(processes.decode(order).result(), ImageFacts)
        (pid,) = processes.pids()
        faults = []
        for _ in range(4):  # which thread takes which array is chance
            before, _ = _faults_and_pages(pid)
            processes.decode(order).result()
            after, held = _faults_and_pages(pid)
            faults.append(after - before)
        assert min(faults) < side * side * 2 // 4096, faults  # fewer than one array of the film has
        time.sleep(QUIET_S + 1)
        assert _faults_and_pages(pid)[1] < held - side * side * 2 // 4096


@pytest.mark.parametrize(("value", "told"), [("W", "W"), ("x" * 40, "x" * 40), ("x" * 41, "(41 characters)")])
def test_long_values_are_told_by_their_length(value, told):
    assert shown(value) == told


def test_the_worker_works_an_import_off_and_ends_quietly_when_asked_twice(benchmark_, tmp_path):
    run = create_import_run(
        benchmark=benchmark_, site_code="north", reports_source=str(reports_csv(tmp_path / "r.csv", [("S1", "a")]))
    )
    import_task(run.pk)
    import_task(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 1)


def test_an_import_is_sent_to_its_task_after_the_commit(
    benchmark_, monkeypatch, django_capture_on_commit_callbacks, tmp_path
):
    sent = []
    monkeypatch.setattr("cases.tasks.import_task.delay", lambda *arguments: sent.append(arguments))
    run = create_import_run(benchmark=benchmark_, site_code="north", source="x")
    with django_capture_on_commit_callbacks(execute=True):
        dispatch(Run.objects.get(pk=run.pk))
        assert sent == []
    assert sent == [(run.pk,)]
    assert page_name("import") == "cases:import_detail"


def test_a_folder_with_nothing_in_it_is_refused_as_it_may_be_a_lost_mount(benchmark_, tmp_path):
    run = create_import_run(benchmark=benchmark_, site_code="north", source=str(tmp_path))
    with pytest.raises(ContributionError, match="see that its disk or share is mounted"):
        import_studies(run.pk)
