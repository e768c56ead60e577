"""Deriving the frames of many studies: as a run, by command, resumable, and held to its rules by the database."""

import os
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cases.actions import frames as actions
from cases.actions.frames import create_frame_run, derive_frames, make_frames_ready, make_frames_soon
from cases.adapters import decoders
from cases.adapters.storage import DERIVED, is_kept
from cases.models import FrameRun, FrameSet, Image
from cases.tasks import frame_run_task
from core.errors import RunNotClaimableError
from core.models import Event, RunState
from tests.cases.builders import dicom, take_in, write
from tests.factories import make_benchmark, make_user


@pytest.fixture
def films(benchmark_, tmp_path, settings):
    """Three studies whose frames were left for later."""
    settings.DERIVE_FRAMES_AT_INTAKE = False
    take_in(benchmark_, write(tmp_path, {f"{n}.dcm": dicom(study=n) for n in (1, 2, 3)}))
    return list(Image.objects.select_related("series").order_by("pk"))


def derived() -> int:
    return FrameSet.objects.count()


def test_an_import_can_leave_the_frames_for_later(films):
    assert FrameSet.objects.count() == 0
    assert all(image.preview_sha256 and image.thumbnail_sha256 and not image.film_sha256 for image in films)


def test_a_run_derives_what_is_missing_and_tells_its_progress(films, benchmark_):
    curator = make_user("curator")
    run = create_frame_run(benchmark=benchmark_, by=curator)
    told = []
    run = derive_frames(run.pk, now=timezone.now, progress=lambda done, total: told.append((done, total)))
    assert (run.state, run.counts, told) == ("succeeded", {"derived": 3}, [(1, 3), (2, 3), (3, 3)])
    assert derived() == 3
    assert [(one.preview_sha256, one.film_sha256) for one in Image.objects.order_by("pk")] == [
        (one.preview_sha256, "")
        for one in films  # the film is a release's
    ]
    assert Event.objects.filter(verb="frames.asked", actor=curator).exists()
    assert create_frame_run(benchmark=benchmark_) is None


def test_a_run_can_be_for_some_studies_alone(films, benchmark_):
    run = create_frame_run(benchmark=benchmark_, studies=[films[1].series.study_id])
    derive_frames(run.pk, now=timezone.now)
    assert FrameSet.objects.get().image == films[1]
    assert create_frame_run(benchmark=benchmark_, studies=[films[1].series.study_id]) is None


def test_a_worker_is_sent_for_what_is_missing_alone(films, benchmark_, monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(frame_run_task, "delay_on_commit", sent.append)
    studies = [image.series.study_id for image in films]
    with django_capture_on_commit_callbacks(execute=True):
        run = make_frames_ready(benchmark=benchmark_, studies=studies[:2])
    assert sent == [run.pk]
    frame_run_task(run.pk)
    assert {frames.image for frames in FrameSet.objects.select_related("image")} == set(films[:2])
    assert make_frames_ready(benchmark=benchmark_, studies=studies[:2]) is None


def test_pictures_of_another_benchmark_are_none_of_its_business(films):
    assert create_frame_run(benchmark=make_benchmark("other")) is None


def test_a_run_that_was_cut_off_does_only_what_is_left(films, benchmark_, monkeypatch):
    run = create_frame_run(benchmark=benchmark_)
    store = actions._store

    def crash_at_the_second(image, pictures, now):
        if image == films[1]:
            raise OSError("the disk is full")
        return store(image, pictures, now)

    monkeypatch.setattr(actions, "_store", crash_at_the_second)
    with pytest.raises(OSError, match="full"):
        derive_frames(run.pk, now=timezone.now)
    assert derived() == 1
    monkeypatch.setattr(actions, "_store", store)
    again = derive_frames(create_frame_run(benchmark=benchmark_).pk, now=timezone.now)
    assert again.counts == {"derived": 2}


def test_an_image_without_frames_is_a_problem_of_the_run(films, benchmark_, data_dir):
    Image.objects.filter(pk=films[0].pk).update(sha256="f" * 64)
    run = derive_frames(create_frame_run(benchmark=benchmark_).pk, now=timezone.now)
    assert run.counts == {"refused": 1, "derived": 2}
    assert run.problems.get().where == f"image {films[0].pk}"


def test_a_run_is_worked_once(films, benchmark_):
    run = create_frame_run(benchmark=benchmark_)
    frame_run_task(run.pk)
    assert derived() == 3
    frame_run_task(run.pk)
    with pytest.raises(RunNotClaimableError):
        derive_frames(run.pk, now=timezone.now)


def test_the_command_derives_and_says_so(films, capsys):
    call_command("derive_frames", "--benchmark=chest")
    assert "3 derived, 0 without frames" in capsys.readouterr().out
    call_command("derive_frames", "--benchmark=chest")
    assert "nothing to do" in capsys.readouterr().out


def test_the_command_fails_when_an_image_has_none(films, capsys):
    Image.objects.filter(pk=films[0].pk).update(sha256="f" * 64)
    with pytest.raises(SystemExit) as end:
        call_command("derive_frames", "--benchmark=chest")
    assert end.value.code == 1
    assert f"image {films[0].pk}: " in capsys.readouterr().out


@pytest.mark.parametrize(("role", "status"), [("curator", 200), ("admin", 200), ("reader", 403), (None, 302)])
def test_a_runs_page_is_for_the_office(role, status, client, films, benchmark_):
    run = derive_frames(create_frame_run(benchmark=benchmark_, studies=[films[0].series.study_id]).pk, now=timezone.now)
    if role:
        client.force_login(make_user(role))
    page = client.get(reverse("cases:frames_detail", args=[run.pk]))
    assert page.status_code == status
    if status == 200:
        assert "Chest" in page.content.decode() or str(benchmark_) in page.content.decode()


@pytest.mark.parametrize("values", [{}, {"digests": ["a" * 64], "problem": "No."}])
def test_a_frame_set_has_frames_or_says_why_not(values, films):
    with pytest.raises(IntegrityError, match="frame_set_has_frames_or_says_why_not"), transaction.atomic():
        FrameSet.objects.create(image=films[0], version=1, **values)


def test_studies_that_come_one_by_one_are_taken_on_by_the_run_that_waits(films, benchmark_):
    studies = [image.series.study_id for image in films]
    first = make_frames_soon(benchmark=benchmark_, studies=studies[:1])
    second = make_frames_soon(benchmark=benchmark_, studies=studies[1:])

    assert first == second
    assert derive_frames(first.pk, now=timezone.now).counts == {"derived": 3}
    assert make_frames_soon(benchmark=benchmark_, studies=studies) is None


def test_a_run_that_a_worker_has_takes_nothing_on(films, benchmark_):
    studies = [image.series.study_id for image in films]
    first = make_frames_soon(benchmark=benchmark_, studies=studies[:1])
    FrameRun.objects.filter(pk=first.pk).update(state=RunState.RUNNING, claim=uuid4())

    assert make_frames_soon(benchmark=benchmark_, studies=studies[1:]) != first


def test_a_run_for_which_readers_wait_is_not_joined(films, benchmark_):
    studies = [image.series.study_id for image in films]
    for_readers = create_frame_run(benchmark=benchmark_, studies=studies[:1])

    assert make_frames_soon(benchmark=benchmark_, studies=studies) != for_readers


@pytest.mark.parametrize("soon", [True, False])
def test_frames_for_which_nobody_waits_leave_the_processor_to_others(films, benchmark_, monkeypatch, soon):
    decoders._waiting.stop()
    haste = []
    give_back = decoders._Waiting.give_back

    def note(waiting, process):
        haste.append(os.getpriority(os.PRIO_PROCESS, process.process.pid))
        give_back(waiting, process)

    monkeypatch.setattr(decoders._Waiting, "give_back", note)
    make = make_frames_soon if soon else create_frame_run
    derive_frames(make(benchmark=benchmark_, studies=[image.series.study_id for image in films]).pk, now=timezone.now)
    assert (set(haste) == {19}) == soon
    assert derived() == 3


def test_films_that_a_release_would_lack_are_made_at_once(films):
    whole, bare, broken = films
    Image.objects.filter(pk=whole.pk).update(film_sha256="f" * 64)
    Image.objects.filter(pk=broken.pk).update(sha256="0" * 64)  # no original: it keeps what it has
    actions.make_films(studies=[one.series.study_id for one in films], now=timezone.now())
    found = {one.pk: one for one in Image.objects.all()}
    assert found[whole.pk].film_sha256 == "f" * 64
    assert is_kept(DERIVED, found[bare.pk].film_sha256)
    assert (found[broken.pk].film_sha256, found[broken.pk].preview_sha256) == ("", broken.preview_sha256)
    assert [one.image_id for one in FrameSet.objects.all()] == [bare.pk]
