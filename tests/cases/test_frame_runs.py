"""Deriving the frames of many studies: as a run, by command, resumable, and held to its rules by the database."""

import io
import os
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow

from cases.actions import frames as actions
from cases.actions.frames import create_frame_run, derive_frames, make_frames_ready, make_frames_soon
from cases.adapters import decoders, readers
from cases.adapters.decoding import Order, decode
from cases.adapters.storage import DERIVED, ORIGINALS, is_kept, local_copy, stored_name
from cases.contribution import SourceFile
from cases.models import FrameRun, FrameSet, GateFinding, HeldEntry, Image, ImportRun, PoolEntry, Study
from cases.tasks import frame_run_task
from core.errors import RunNotClaimableError
from core.models import Event, RunState
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.cases.gate.header.test_burned_in import in_a_box
from tests.factories import make_benchmark, make_user

LOOKED_AT_AGAIN = import_module("cases.migrations.0023_pixels_are_looked_at_again")


def as_png(pixels) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def films(benchmark_, tmp_path, settings):
    """Three studies whose frames were left for later."""
    settings.DERIVE_FRAMES_AT_INTAKE = False
    take_in(benchmark_, write(tmp_path, {f"{n}.dcm": dicom(RAMP // n, study=n) for n in (1, 2, 3)}))
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


@pytest.fixture
def of_before(benchmark_, tmp_path):
    """A film and a picture with text in them, and a film without, as they came in before text was looked for."""
    text = in_a_box(ground=0, fill=200)
    grey = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 1100, "Columns": 900}
    printed = dicom(text, study=1, drop=("PlanarConfiguration",), **grey)
    take_in(benchmark_, write(tmp_path, {"1.dcm": printed, "2/2.png": as_png(text), "3.dcm": dicom(study=3)}))
    assert set(GateFinding.objects.values_list("check_name", flat=True)) >= {"burned_in"}
    GateFinding.objects.filter(check_name="burned_in").delete()
    for held in HeldEntry.objects.all():
        PoolEntry.objects.create(benchmark=benchmark_, study=held.study)
        held.delete()
    return list(Image.objects.order_by("pk"))


def test_pictures_of_before_are_looked_at_once_more_and_held_for_text(of_before, benchmark_):
    with connection.cursor() as cursor:
        cursor.execute(LOOKED_AT_AGAIN._NOBODY_LOOKED)
    run = derive_frames(create_frame_run(benchmark=benchmark_).pk, now=timezone.now)
    assert run.counts == {"derived": 3}
    found = GateFinding.objects.filter(check_name="burned_in").select_related("run", "study")
    assert len(found) == 2
    assert all(one.regions and one.run.site_id == one.study.site_id for one in found)
    assert set(HeldEntry.objects.values_list("study", flat=True)) == {one.study_id for one in found}
    assert PoolEntry.objects.get().study_id not in {one.study_id for one in found}
    assert not Image.objects.filter(has_surplus=None).exists()
    assert create_frame_run(benchmark=benchmark_) is None


def test_headers_of_pictures_of_before_are_judged_once_more_for_each_pool(benchmark_, tmp_path):
    other = make_benchmark("hands", modality=["DX"], body_part="hand")
    hand = {"BodyPartExamined": "HAND", "ViewPosition": "PA", "SeriesDescription": "hand lateral"}
    files = {f"{number}.dcm": dicom(RAMP + number, instance=number, **hand) for number in (1, 2)}
    files["3.dcm"] = dicom(RAMP + 3, study=3, BodyPartExamined="CHEST")
    for one in (benchmark_, other):
        take_in(one, write(tmp_path, files))
    GateFinding.objects.all().delete()
    HeldEntry.objects.all().delete()
    for study in Study.objects.all():  # as they came in before the checks of headers
        for one in (benchmark_, other):
            PoolEntry.objects.get_or_create(benchmark=one, study=study)
    benchmark_.body_part = "chest"
    benchmark_.save(update_fields=["body_part"])
    Image.objects.update(has_surplus=None, body_parts=[])

    for one in (benchmark_, other):
        if run := create_frame_run(benchmark=one):
            derive_frames(run.pk, now=timezone.now)

    found = GateFinding.objects.filter(check_name="body_part").values_list("benchmark", "study__study_uid")
    assert sorted(found) == [(benchmark_.pk, "1.2.3.1"), (other.pk, "1.2.3.3")], "of a series each thing once"
    assert GateFinding.objects.filter(check_name="view").count() == 2
    pools = set(PoolEntry.objects.values_list("benchmark", "study__study_uid"))
    assert pools == {(benchmark_.pk, "1.2.3.3"), (other.pk, "1.2.3.1")}
    assert HeldEntry.objects.count() == 2
    assert set(Image.objects.values_list("body_parts__0", flat=True)) == {"HAND", "CHEST"}


def test_a_decision_of_before_stands_when_pictures_are_looked_at_once_more(of_before, benchmark_):
    first = next(one for one in of_before if one.rows == 1100)
    earlier = GateFinding.objects.create(
        run=ImportRun.objects.get(), study=first.series.study, image=first, check_name="burned_in",
        outcome="quarantine", what="text", why="names", decision="accept", decided_at=timezone.now(),
    )  # fmt: skip
    Image.objects.filter(pk=first.pk).update(has_surplus=None)
    derive_frames(create_frame_run(benchmark=benchmark_).pk, now=timezone.now)
    assert GateFinding.objects.get(check_name="burned_in") == earlier
    assert not HeldEntry.objects.exists()


def test_no_text_is_looked_for_in_pictures_that_are_derived_anew(of_before, benchmark_):
    FrameSet.objects.all().delete()
    assert derive_frames(create_frame_run(benchmark=benchmark_).pk, now=timezone.now).counts == {"derived": 3}
    assert not GateFinding.objects.filter(check_name="burned_in").exists()
    for image in of_before:
        source = SourceFile("one", str(local_copy(ORIGINALS, image.sha256, Path())))
        assert [decode(Order(source, with_text=one)).gate.printed.regions == () for one in (False, True)] == [
            True, image.rows < 1100
        ]  # fmt: skip


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
    second = Image.objects.order_by("series__study", "pk")[1]

    def crash_at_the_second(image, pictures, now):
        if image == second:
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


def studies_of(films) -> list[int]:
    return [one.series.study_id for one in films]


def test_films_that_a_release_would_lack_are_made_at_once(films):
    whole, bare, broken = films
    Image.objects.filter(pk=whole.pk).update(film_sha256="f" * 64)
    Image.objects.filter(pk=broken.pk).update(sha256="0" * 64)  # no original: it keeps what it has
    refused = actions.make_films(studies=studies_of(films), now=timezone.now())
    assert [(one.where, "cannot be read" in one.message) for one in refused] == [(f"image {broken.pk}", True)]
    found = {one.pk: one for one in Image.objects.all()}
    assert found[whole.pk].film_sha256 == "f" * 64
    assert is_kept(DERIVED, found[bare.pk].film_sha256)
    assert (found[broken.pk].film_sha256, found[broken.pk].preview_sha256) == ("", broken.preview_sha256)
    assert [one.image_id for one in FrameSet.objects.all()] == [bare.pk]


def test_a_film_is_the_same_file_with_frames_made_before_and_with_them(films, benchmark_, monkeypatch):
    first, *_ = films
    Image.objects.all().update(sha256=first.sha256)
    derive_frames(create_frame_run(benchmark=benchmark_, studies=studies_of([first])).pk, now=timezone.now)
    frames = FrameSet.objects.get()
    asked = []
    order = readers._stored_order
    monkeypatch.setattr(readers, "_stored_order", lambda *args: asked.append(order(*args)) or asked[-1])
    assert actions.make_films(studies=studies_of(films), now=timezone.now()) == []
    made = set(Image.objects.values_list("film_sha256", flat=True))
    assert len(made) == 1
    assert is_kept(DERIVED, made.pop())
    assert [bool(one.frames_in) for one in asked] == [False, True, True]
    assert FrameSet.objects.get(image=first) == frames
    assert FrameSet.objects.get(image=first).derived_at == frames.derived_at


def test_films_whose_making_was_cut_off_or_ran_twice_are_made_once(films, monkeypatch):
    store = actions._store
    monkeypatch.setattr(
        actions, "_store", lambda image, *more: (image.pk == films[0].pk and store(image, *more)) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        actions.make_films(studies=studies_of(films), now=timezone.now())
    assert Image.objects.exclude(film_sha256="").count() == 1
    again = []

    def and_another_build_meanwhile(image, *more):
        again.append(image.pk)
        if len(again) == 1:
            actions.make_films(studies=studies_of(films), now=timezone.now())
        return store(image, *more)

    monkeypatch.setattr(actions, "_store", and_another_build_meanwhile)
    assert actions.make_films(studies=studies_of(films), now=timezone.now()) == []
    assert sorted(again) == sorted([one.pk for one in films[1:]] * 2)
    made = list(Image.objects.values_list("film_sha256", flat=True))
    assert all(is_kept(DERIVED, one) for one in made)
    assert actions.make_films(studies=studies_of(films), now=timezone.now()) == []
    assert list(Image.objects.values_list("film_sha256", flat=True)) == made


@pytest.mark.parametrize("asked", ["film", "frames", "image"])
def test_what_was_decoded_without_a_mask_that_came_meanwhile_is_not_stored(asked, films, benchmark_, monkeypatch):
    image = films[0]
    ask = actions.derive_stored

    def masked_meanwhile(*args, **options):
        for one, answer in ask(*args, **options):
            Image.objects.filter(pk=image.pk).update(mask=[[0, 0, 4, 4]], preview_sha256="", film_sha256="")
            yield one, answer

    monkeypatch.setattr(actions, "derive_stored", masked_meanwhile)
    if asked == "film":
        actions.make_films(studies=studies_of([image]), now=timezone.now())
    elif asked == "image":
        with pytest.raises(actions.FramesRefusedError, match="masked while it was decoded"):
            actions.derive_image(image_id=image.pk, now=timezone.now())
    else:
        run = create_frame_run(benchmark=benchmark_, studies=studies_of([image]))
        derive_frames(run.pk, now=timezone.now)
        assert "masked while it was decoded" in run.problems.get().message
    image.refresh_from_db()
    assert (image.preview_sha256, image.film_sha256, FrameSet.objects.count()) == ("", "", 0)


def test_lost_films_of_a_release_are_made_again_byte_for_byte_or_told(films):
    actions.make_films(studies=studies_of(films), now=timezone.now())
    kept, lost, gone = Image.objects.order_by("pk").values_list("film_sha256", flat=True)
    for digest in (lost, gone):
        default_storage.delete(stored_name(DERIVED, digest))
    Image.objects.filter(film_sha256=gone).update(mask=[[0, 0, 4, 4]])  # what is made of it now is another picture
    before = list(Image.objects.order_by("pk").values())
    assert actions.restore_pictures([kept, lost, gone, "0" * 64]) == [gone, "0" * 64]
    assert is_kept(DERIVED, lost)
    assert list(Image.objects.order_by("pk").values()) == before
