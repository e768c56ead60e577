"""Decoding for an answer has its limits: no request takes the memory of the process that answers all others."""

import threading

import pytest

from cases.models import Image
from dicomweb.adapters import pixels
from dicomweb.adapters.room import NoRoomError, Room
from tests.cases.builders import RAMP, dicom
from tests.dicomweb.conftest import path_of
from tests.dicomweb.test_retrieve import AS_STORED, DECODED, FILE, FRAMES, files_of, imported, jpeg_ls, parts_of

__all__ = ["imported"]


def test_a_frame_too_large_to_be_decoded_for_an_answer_is_refused_and_sent_as_stored(curator, imported, monkeypatch):
    [image] = imported(jpeg_ls(FRAMES))
    monkeypatch.setattr(pixels, "MAX_FRAME", RAMP.nbytes - 1)

    for path, accept in (("/frames/1/rendered", "image/jpeg"), ("/frames/1", DECODED), ("", FILE)):
        answer = curator.get(path_of(image) + path, accept)
        assert answer.status_code == 409, path
        assert answer.json()["detail"].endswith("ask for it as it is stored.")
    assert parts_of(curator.get(f"{path_of(image)}/frames/1", AS_STORED))
    assert (files_of(curator.get(path_of(image), FILE + "; transfer-syntax=*"))[0].pixel_array[0] == RAMP).all()


@pytest.mark.parametrize(
    ("fields", "why", "instead"),
    [
        ({"mask": [[0, 0, 1, 1]]}, "A curator masked a part of it", "the product's own viewer shows it."),
        ({"has_surplus": None}, "nobody looked for that yet", "run `derive_frames`, then ask again"),
        ({"has_surplus": True}, "It holds more than its picture", "the product's own viewer shows it in any case."),
    ],
)
@pytest.mark.parametrize(
    ("path", "accept"), [("/frames/1", AS_STORED), ("/frames/1/rendered", "image/jpeg"), ("", FILE)]
)
def test_a_large_frame_that_is_sent_decoded_alone_is_refused_with_why_and_what_to_do(
    curator, imported, monkeypatch, fields, why, instead, path, accept
):
    [image] = imported(jpeg_ls(FRAMES))
    monkeypatch.setattr(pixels, "MAX_FRAME", RAMP.nbytes - 1)
    Image.objects.filter(pk=image.pk).update(**fields)
    answer = curator.get(f"{path_of(image)}{path}", accept)
    told = answer.json()["detail"]
    assert (answer.status_code, "ask for it as it is stored" in told) == (409, False)
    assert why in told
    assert instead in told


def test_whoever_finds_no_room_is_asked_to_come_again(curator, imported, monkeypatch):
    [image] = imported(dicom())
    small = Room(RAMP.nbytes)
    monkeypatch.setattr(pixels, "room", small)
    monkeypatch.setattr(Room, "lent", lambda self, size, lent=Room.lent: lent(self, size, 0.01))

    with small.lent(1):
        answer = curator.get(f"{path_of(image)}/rendered", "image/jpeg")
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert parts_of(curator.get(f"{path_of(image)}/frames/1", AS_STORED))  # nothing is decoded for it
    assert curator.get(f"{path_of(image)}/rendered", "image/jpeg").status_code == 200


def test_room_is_lent_once_and_comes_back():
    some, inside, out = Room(10), threading.Event(), threading.Event()

    def hold():
        with some.lent(6, 1):
            inside.set()
            out.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    assert inside.wait(10)
    with pytest.raises(NoRoomError, match="ask again"), some.lent(5, 0.01):
        pass
    with some.lent(4, 0.01):
        pass
    out.set()
    with some.lent(1_000, 10):  # more than there is takes all of it
        pass
    holder.join()


def test_room_comes_back_when_decoding_fails():
    some = Room(10)
    with pytest.raises(ValueError, match="damaged"), some.lent(10, 0.01):
        raise ValueError("damaged")
    with some.lent(10, 0.01):
        pass
