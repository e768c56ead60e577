"""A study or a series drawn at once: a part for each frame, and no more of them than are sent at once."""

import io

import numpy as np
import pydicom
import pytest
from PIL import Image as Pillow

from cases.models import Image
from dicomweb.views import rendered
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.dicomweb.conftest import uids_of

pytestmark = pytest.mark.django_db


def several(frames: int, **options) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(dicom(RAMP, **options)))
    dataset.NumberOfFrames, dataset.PixelData = frames, RAMP.tobytes() * frames
    target = io.BytesIO()
    dataset.save_as(target)
    return target.getvalue()


@pytest.fixture
def study(benchmark_, tmp_path) -> tuple[str, str]:
    """A study's address and one of its series': an instance and one of three frames there, another instance beside it."""
    files = {"1.dcm": dicom(RAMP), "2.dcm": several(3, instance=2), "3.dcm": dicom(RAMP + 1, series=2)}
    take_in(benchmark_, write(tmp_path, files))
    first = Image.objects.get(sop_uid="1.2.3.1.1.1")
    uid, series, _ = uids_of(first)
    return f"studies/{uid}", f"studies/{uid}/series/{series}"


def test_each_frame_is_a_part(curator, study):
    whole, series = study
    response = curator.get(f"{whole}/rendered", "*/*")
    assert response["Content-Type"].startswith('multipart/related; type="image/jpeg"; boundary=')
    body = b"".join(response.streaming_content)
    assert body.count(b"Content-Location: ") == 5
    response = curator.get(f"{series}/rendered", 'multipart/related; type="image/png"')
    body = b"".join(response.streaming_content)
    assert body.count(b"Content-Type: image/png") == 4
    assert [body.count(f"/frames/{number}/rendered".encode()) for number in (1, 2, 3)] == [2, 1, 1]
    pictures = [b"\x89PNG" + rest for rest in body.split(b"\x89PNG")[1:]]
    shapes = [np.asarray(Pillow.open(io.BytesIO(content))).shape for content in pictures]
    assert shapes == [(16, 16)] * 4


def test_one_picture_alone_may_come_as_itself(curator, benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"1.dcm": dicom(RAMP)}))
    uid, _, _ = uids_of(Image.objects.get())
    response = curator.get(f"studies/{uid}/rendered", "image/png", viewport="8,8")
    assert response["Content-Type"] == "image/png"
    assert Pillow.open(io.BytesIO(response.content)).size == (8, 8)


def test_more_frames_than_are_drawn_at_once_are_refused(curator, study, monkeypatch):
    monkeypatch.setattr(rendered, "MAX_TOGETHER", 4)
    whole, series = study
    response = curator.get(f"{whole}/rendered", "*/*")
    assert response.status_code == 400
    assert response.json()["detail"].startswith("5 frames would be drawn, and 4 are at once")
    assert curator.get(f"{series}/rendered", "*/*").status_code == 200


@pytest.mark.parametrize(
    ("accept", "query", "code"),
    [("image/png", {}, 406), ("text/html", {}, 406), ("*/*", {"quality": "101"}, 400), ("*/*", {"window": "1,0"}, 400)],
)
def test_what_cannot_be_drawn_so_is_refused(curator, study, accept, query, code):
    assert curator.get(f"{study[0]}/rendered", accept, **query).status_code == code


def test_a_file_that_is_gone_is_left_out(curator, study):
    Image.objects.filter(sop_uid="1.2.3.1.1.2").update(sha256="0" * 64)
    response = curator.get(f"{study[0]}/rendered", "*/*")
    assert b"".join(response.streaming_content).count(b"Content-Location: ") == 2


def test_a_patient_is_found_by_a_part_of_the_pseudonym(curator, reader, study):
    [told] = curator.found("studies")
    whole = told["00100020"]["Value"][0]
    for value in (whole, f"*{whole}*", "CS-*", f"{whole[:9]}*", f"{whole[:-1]}?", f"*{whole[4:-4]}*", f"CS-{'?' * 26}"):
        assert len(curator.found("studies", PatientID=value)) == 1, value
    for value in ("CS-?", f"{whole}?", "X*", whole[:9]):
        assert curator.get("studies", PatientID=value).status_code == 204, value
    assert reader.get("studies", PatientID="CS-*").status_code == 204
