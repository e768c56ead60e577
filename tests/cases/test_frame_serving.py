"""Serving frames: exact bytes to those who may see the study, at once or 202 while a worker makes them."""

import gzip

import imagecodecs
import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from cases import visibility
from cases.actions.frames import derive_image
from cases.adapters.storage import FRAMES, stored_name
from cases.frames import FORMAT_VERSION, decode
from cases.models import FrameSet, Image
from cases.queries.pictures import frame_urls, viewer_images
from cases.tasks import frames_task
from tests.cases.builders import RAMP, dicom, png, take_in, write
from tests.factories import make_user

NOW = timezone.now()


@pytest.fixture
def film(benchmark_, tmp_path):
    """A study with one picture and its frame."""
    take_in(benchmark_, write(tmp_path / "films", {"a.dcm": dicom(ViewPosition="PA", SeriesDescription="chest")}))
    return Image.objects.get()


@pytest.fixture
def bare_film(film):
    """One that was imported before there were frames."""
    FrameSet.objects.all().delete()
    return film


@pytest.fixture
def curator(client, db):
    user = make_user("curator")
    client.force_login(user)
    return user


@pytest.fixture
def sent(monkeypatch):
    """The images for which a worker was sent."""
    images: list[int] = []
    monkeypatch.setattr(frames_task, "delay", images.append)
    yield images
    cache.clear()


def get(client, url, **headers):
    response = client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response, body


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [("gzip, deflate, br, zstd", "zstd", imagecodecs.zstd_decode), ("ZSTD;q=0.5", "zstd", imagecodecs.zstd_decode),
     ("gzip", "gzip", gzip.decompress), ("gzip, zstd;q=0", "gzip", gzip.decompress), ("zstd; q=0.0", "gzip", gzip.decompress),
     ("", "gzip", gzip.decompress), ("notzstd", "gzip", gzip.decompress)],
)  # fmt: skip
def test_a_frame_comes_in_the_coding_that_the_browser_unpacks(accepted, coding, unpack, client, curator, film):
    response, body = get(client, frame_urls(film)[0], accept_encoding=accepted)
    assert (response.status_code, response["Content-Encoding"]) == (200, coding)
    assert (decode(unpack(body)).pixels == RAMP).all()
    assert int(response["Content-Length"]) == len(body)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Accept-Encoding" in response["Vary"]
    assert "Accept-Ranges" not in response


def test_each_coding_has_an_etag_of_its_own_and_is_not_sent_twice(client, curator, film):
    url = frame_urls(film)[0]
    etags = [get(client, url, accept_encoding=one)[0]["ETag"] for one in ("gzip", "zstd")]
    assert len(set(etags)) == 2
    assert not any(etag.startswith("W/") for etag in etags)
    response, body = get(client, url, accept_encoding="zstd", if_none_match=f'"other", {etags[1]}')
    assert (response.status_code, body, response["ETag"]) == (304, b"", etags[1])
    assert get(client, url, accept_encoding="zstd", if_none_match=etags[0])[0].status_code == 200


def test_a_head_request_tells_the_size_and_sends_nothing(client, curator, film):
    response = client.head(frame_urls(film)[0])
    assert (response.status_code, response.content) == (200, b"")
    assert int(response["Content-Length"]) == len(get(client, frame_urls(film)[0])[1])


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_frame_is_only_read(method, client, curator, film):
    assert getattr(client, method)(frame_urls(film)[0]).status_code == 405


def test_only_who_may_see_the_study_gets_a_frame(client, film, monkeypatch):
    url = frame_urls(film)[0]
    assert client.get(url).status_code == 302
    client.force_login(make_user("reader"))
    assert client.get(url).status_code == 404
    etag = '"' + FrameSet.objects.get().digests[0] + '-gz"'
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 404
    monkeypatch.setattr(visibility, "_viewing_rules", [lambda user, pk: pk == film.series.study_id])
    assert client.get(url).status_code == 200


def test_somebody_who_may_not_see_the_study_sends_no_worker(client, bare_film, sent):
    client.force_login(make_user("reader"))
    assert client.get(frame_urls(bare_film)[0]).status_code == 404
    assert sent == []
    assert not FrameSet.objects.exists()


@pytest.mark.parametrize("wrong", [{"digest": "0" * 64}, {"frame": 1}, {"pk": 999_999}])
def test_an_address_of_nothing_is_not_found(wrong, client, curator, film):
    right = dict(zip(("pk", "digest", "frame"), frame_urls(film)[0].split("/")[3::2], strict=False))
    right = {"pk": film.pk, "digest": right["digest"], "frame": 0}
    assert reverse("cases:image_frame", kwargs=right) == frame_urls(film)[0]
    assert client.get(reverse("cases:image_frame", kwargs=right | wrong)).status_code == 404


@pytest.mark.parametrize("version", range(1, FORMAT_VERSION))
def test_a_page_from_before_the_format_changed_gets_todays_frame_and_keeps_it_not(version, client, curator, film):
    now = get(client, frame_urls(film)[0])
    with pytest.MonkeyPatch.context() as before:
        before.setattr("cases.frames.FORMAT_VERSION", version)
        old = frame_urls(film)[0]
    response, body = get(client, old)
    assert (response.status_code, body) == (200, now[1])
    assert (response["Cache-Control"], response["Content-Encoding"]) == (
        "private, no-store",
        now[0]["Content-Encoding"],
    )
    client.force_login(make_user("reader"))
    assert client.get(old).status_code == 404


def test_one_query_tells_the_image_its_frames_and_its_study(client, curator, film, django_assert_num_queries):
    with django_assert_num_queries(4):  # the session, the person, the image, the right to its study
        assert client.get(frame_urls(film)[0]).status_code == 200


def test_a_missing_frame_is_asked_for_once_and_then_there(client, curator, bare_film, sent):
    url = frame_urls(bare_film)[0]
    responses = [client.get(url) for _ in range(3)]
    assert {(one.status_code, one["Retry-After"], one["Cache-Control"]) for one in responses} == {
        (202, "1", "no-store")
    }
    assert sent == [bare_film.pk]
    frames_task(bare_film.pk)
    assert client.get(url).status_code == 200


def test_a_worker_is_sent_again_when_the_first_seems_lost(client, curator, bare_film, sent, monkeypatch):
    monkeypatch.setattr("cases.views.pictures.ASK_AGAIN_S", 0)
    assert [client.get(frame_urls(bare_film)[0]).status_code for _ in range(2)] == [202, 202]
    assert sent == [bare_film.pk] * 2


def test_frames_of_an_older_format_are_derived_anew(client, curator, film, sent):
    FrameSet.objects.update(version=0)
    assert client.get(frame_urls(film)[0]).status_code == 202
    assert sent == [film.pk]
    assert derive_image(image_id=film.pk, now=NOW).is_current


def test_files_that_were_deleted_are_derived_anew(client, curator, film, sent, data_dir):
    digest = FrameSet.objects.get().digests[0]
    for coding in ("gz", "zst"):
        (data_dir / "files" / stored_name(FRAMES, f"{digest}.{coding}")).unlink()
    assert client.get(frame_urls(film)[0]).status_code == 202
    frames_task(film.pk)
    assert client.get(frame_urls(film)[0]).status_code == 200


def test_what_cannot_be_framed_says_why(client, curator, benchmark_, tmp_path):
    spread = np.array([[0, 2**31]], dtype="<u4")
    content = dicom(spread, BitsStored=32, HighBit=31)
    take_in(benchmark_, write(tmp_path, {"a.dcm": content}))
    response = client.get(frame_urls(Image.objects.get())[0])
    assert response.status_code == 410
    assert "a screen takes at most 65,536" in response.content.decode()


@pytest.mark.parametrize("before", [{"has_surplus": None}, {"preview_sha256": ""}])
def test_an_image_that_nobody_looked_at_or_that_was_masked_gets_todays_pictures_and_keeps_its_film(bare_film, before):
    Image.objects.update(**{"preview_sha256": "a" * 64, "thumbnail_sha256": "b" * 64, "film_sha256": "c" * 64} | before)
    assert derive_image(image_id=bare_film.pk, now=NOW).digests
    image = Image.objects.get()
    assert len({image.preview_sha256, image.thumbnail_sha256, "a" * 64, "b" * 64, ""}) == 5
    assert (image.film_sha256, image.has_surplus) == ("c" * 64, False)


def test_a_derived_image_is_left_alone(film, monkeypatch):
    monkeypatch.setattr("cases.actions.frames.derive_stored", None)
    assert derive_image(image_id=film.pk, now=NOW).derived_at


def test_an_original_that_is_gone_is_a_reason(client, curator, bare_film, data_dir):
    (data_dir / "files" / stored_name("originals", bare_film.sha256)).unlink()
    assert "cannot be read" in derive_image(image_id=bare_film.pk, now=NOW).problem
    assert client.get(frame_urls(bare_film)[0]).status_code == 410


def test_the_viewer_is_told_all_of_a_study_in_one_query(film, benchmark_, tmp_path, django_assert_num_queries):
    stack = np.stack([RAMP, RAMP + 1, RAMP + 2])
    take_in(
        benchmark_,
        write(
            tmp_path / "more",
            {"b.dcm": dicom(stack.reshape(48, 16), study=2, Rows=16, NumberOfFrames=3), "c.png": png()},
        ),
    )
    studies = {image.series.study_id for image in Image.objects.select_related("series")}
    with django_assert_num_queries(1):
        found = viewer_images(studies)
    assert set(found) == studies
    (one,) = found[film.series.study_id]
    assert (one.id, one.view_position, one.series_description, one.frames, one.rows, one.problem) == (
        film.pk, "PA", "chest", 1, 16, None,
    )  # fmt: skip
    assert one.preview_url == reverse("cases:image_preview", args=[film.pk, film.preview_sha256])
    assert one.thumbnail_url.endswith(f"{film.thumbnail_sha256}/")
    assert sorted(len(image.frame_urls) for images in found.values() for image in images) == [1, 1, 3]


def test_the_viewer_is_told_why_there_are_no_frames(film):
    FrameSet.objects.update(digests=[], problem="Too deep.")
    assert viewer_images([film.series.study_id])[film.series.study_id][0].problem == "Too deep."
    assert viewer_images([]) == {}


def test_a_frame_belongs_to_its_place_in_the_stack(client, curator, benchmark_, tmp_path):
    stack = np.concatenate([RAMP, RAMP + 1])
    take_in(benchmark_, write(tmp_path, {"a.dcm": dicom(stack, Rows=16, NumberOfFrames=2)}))
    for number, url in enumerate(frame_urls(Image.objects.get())):
        frame = decode(gzip.decompress(get(client, url)[1]))
        assert (frame.header["frame"], frame.header["frames"]) == (number, 2)
        assert (frame.pixels == RAMP + number).all()
