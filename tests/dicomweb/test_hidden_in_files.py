"""What a file holds beside its header and its picture: it is not sent, and a small file cannot fill a server's memory."""

import io
import zlib

import imagecodecs
import numpy as np
import pydicom
import pytest
from django.utils import timezone
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cases.actions.frames import create_frame_run, derive_frames
from cases.adapters import deflated
from cases.adapters.code_streams import beside_the_picture
from dicomweb.views import retrieve
from tests.cases.builders import RAMP, dicom, take_in, write
from tests.cases.test_surplus import FILM, FRAMES, in_high_bits, items, packed, rle
from tests.dicomweb.conftest import path_of
from tests.dicomweb.test_retrieve import AS_STORED, DECODED, FILE, files_of, parts_of

pytestmark = pytest.mark.django_db
SECRET = b"QUIMBLETON MRN 8675309"


@pytest.fixture
def imported(benchmark_, tmp_path):
    def import_(content: bytes):
        run = take_in(benchmark_, write(tmp_path / "files", {"1.dcm": content}))
        assert run.counts["rejected"] == 0, list(run.problems.values_list("message", flat=True))
        return retrieve.Image.objects.select_related("series__study").get()

    return import_


def changed(content: bytes, change) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(content))
    change(dataset)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


def test_a_picture_inside_of_an_item_is_not_sent(curator, imported):
    def nest(dataset):
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "T-D3000", "SRT", "Chest"
        item.add_new(0x7FE00010, "OB", SECRET)
        dataset.AnatomicRegionSequence = Sequence([item])

    image = imported(changed(dicom(), nest))
    whole = b"".join(curator.get(path_of(image), FILE))
    assert SECRET not in whole
    assert "InlineBinary" not in curator.get(f"{path_of(image)}/metadata").text
    [found] = files_of(curator.get(path_of(image), FILE))
    assert "PixelData" not in found.AnatomicRegionSequence[0]


def test_what_stands_behind_the_last_pixel_is_not_sent(curator, imported):
    image = imported(changed(dicom(), lambda dataset: setattr(dataset, "PixelData", RAMP.tobytes() + SECRET)))
    for path, accept in (("", FILE), ("/bulkdata/7FE00010", AS_STORED), ("/frames/1", AS_STORED), ("", "*/*")):
        assert SECRET not in b"".join(curator.get(path_of(image) + path, accept)), path
    [(_, content)] = parts_of(curator.get(f"{path_of(image)}/bulkdata/7FE00010", DECODED))
    assert content == RAMP.tobytes()


def test_only_uids_that_the_standard_names_are_kept(curator, imported):
    told = {"IrradiationEventUID": "1.2.840.10008.8675309.19500101", "FrameOfReferenceUID": "1.2.840.10008.1.4.1.1"}
    [found] = files_of(curator.get(path_of(imported(dicom(**told))), FILE))
    assert found.IrradiationEventUID.startswith("2.25.")
    assert found.FrameOfReferenceUID == told["FrameOfReferenceUID"]
    assert found.SOPClassUID == "1.2.840.10008.5.1.4.1.1.1.1"


def test_frames_are_listed_once_and_decoded_in_bounds(curator, imported, monkeypatch):
    frames = np.stack([RAMP, RAMP[::-1]])
    image = imported(dicom(frames, NumberOfFrames=2))
    assert len(parts_of(curator.get(f"{path_of(image)}/frames/2,1", DECODED))) == 2
    refused = curator.get(f"{path_of(image)}/frames/1,2,1", DECODED)
    assert (refused.status_code, "listed twice" in refused.json()["detail"]) == (400, True)

    monkeypatch.setattr(retrieve, "MAX_DECODED", 1)
    monkeypatch.setattr(retrieve.StoredPixels, "can_be_copied", False)
    refused = curator.get(f"{path_of(image)}/frames/1,2", DECODED)
    assert (refused.status_code, "ask for fewer" in refused.json()["detail"]) == (400, True)
    assert curator.get(f"{path_of(image)}/frames/1", DECODED).status_code == 200


def test_a_deflated_file_that_unpacks_too_large_is_not_read_where_others_are_served(curator, imported, monkeypatch):
    image = imported(dicom(syntax=DeflatedExplicitVRLittleEndian))
    assert curator.get(f"{path_of(image)}/metadata").status_code == 200
    monkeypatch.setattr(deflated, "MAX_UNPACKED", 300)
    refused = curator.get(f"{path_of(image)}/metadata")
    assert (refused.status_code, "unpacks to more" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize(("most", "is_too_large"), [(10**6, False), (300, True)])
def test_the_size_of_a_deflated_file_is_found_from_its_bytes(most, is_too_large, monkeypatch):
    monkeypatch.setattr(deflated, "MAX_UNPACKED", most)
    assert (deflated.unpacked(io.BytesIO(dicom(syntax=DeflatedExplicitVRLittleEndian))) is None) is is_too_large
    for other in (dicom(), b""):
        assert deflated.unpacked(file := io.BytesIO(other)) is file
        assert file.tell() == 0


def test_a_deflated_file_is_unpacked_once_when_it_is_served(curator, imported, monkeypatch):
    image = imported(dicom(syntax=DeflatedExplicitVRLittleEndian))
    unpacked, packed = [], zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", lambda *given: unpacked.append(given) or packed(*given))
    monkeypatch.setattr(zlib, "decompress", lambda *given: pytest.fail("it was unpacked again"))
    [found] = files_of(curator.get(path_of(image), FILE))
    assert len(unpacked) == 1
    assert np.array_equal(found.pixel_array, RAMP)


def commented(stream: bytes) -> bytes:
    """A code stream with a comment behind its first marker, or behind SIZ (JPEG 2000 wants that first)."""
    if stream.startswith(b"\xff\x4f"):
        place, head = (
            4 + int.from_bytes(stream[4:6], "big"),
            b"\xff\x64" + (len(SECRET) + 4).to_bytes(2, "big") + b"\0\1",
        )
    else:
        place, head = 2, b"\xff\xfe" + (len(SECRET) + 2).to_bytes(2, "big")
    return stream[:place] + head + SECRET + stream[place:]


CODED = {
    JPEGBaseline8Bit: lambda pixels: imagecodecs.jpeg8_encode((pixels >> 8).astype("u1")),
    JPEGLosslessSV1: imagecodecs.ljpeg_encode,
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEG2000Lossless: lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True),
    HTJ2KLossless: imagecodecs.htj2k_encode,
}


@pytest.mark.parametrize("syntax", CODED)
@pytest.mark.parametrize("split", [False, True])
def test_comments_in_a_code_stream_are_sent_as_zeros(curator, imported, syntax, split):
    stream = commented(CODED[syntax](np.tile(RAMP, (4, 4))))
    stream += b"\0" * (len(stream) % 2)

    def encode(dataset):
        pieces = [stream[:20], stream[20:]] if split else [stream]
        dataset.Rows = dataset.Columns = 64
        if syntax == JPEGBaseline8Bit:
            dataset.BitsAllocated = dataset.BitsStored = 8
            dataset.HighBit = 7
        items = b"".join(b"\xfe\xff\x00\xe0" + len(one).to_bytes(4, "little") + one for one in (b"", *pieces))
        dataset.PixelData = items + b"\xfe\xff\xdd\xe0\0\0\0\0"
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
        dataset.file_meta.TransferSyntaxUID = syntax

    image = imported(changed(dicom(), encode))
    expected = pixel_array(pydicom.dcmread(io.BytesIO(changed(dicom(), encode))))
    stored = f'multipart/related; type="application/octet-stream"; transfer-syntax={syntax}'
    for path, accept in (
        ("", f"{FILE}; transfer-syntax={syntax}"),
        ("/frames/1", stored),
        ("/bulkdata/7FE00010", stored),
    ):
        whole = b"".join(curator.get(path_of(image) + path, accept))
        assert SECRET[-12:] not in whole, path
    [found] = files_of(curator.get(path_of(image), f"{FILE}; transfer-syntax={syntax}"))
    assert found.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(pixel_array(found), expected)


NO_STREAMS = (
    b"",
    b"\xff",
    b"\xff\xd8",
    b"\xff\xd8\xff\xfe",
    b"\xff\x4f\xff\x64",
    b"\xff\x4f\xff\x90\0\x0a",
    b"RLE",
    b"\xff" * 99,
)


@pytest.mark.parametrize("stream", NO_STREAMS)
def test_what_is_cut_off_or_no_code_stream_holds_no_comments(stream):
    assert list(beside_the_picture(lambda at, count: stream[at : at + count])) == []


HELD = {
    "unused bits": dicom(in_high_bits(SECRET)),
    "behind the end": packed(
        [FRAMES[JPEGLSLossless] + b"\0" * (len(FRAMES[JPEGLSLossless]) % 2) + SECRET], JPEGLSLossless
    ),
    "in run lengths": packed([rle(FILM, behind=SECRET)], RLELossless),
    "behind the last frame": packed(
        [],
        JPEGLSLossless,
        pixel_data=items(b"", FRAMES[JPEGLSLossless] + b"\0" * (len(FRAMES[JPEGLSLossless]) % 2), SECRET),
    ),
    "in the boxes of JP2": packed(
        [imagecodecs.jpeg2k_encode(FILM, codecformat="jp2", reversible=True) + SECRET], JPEG2000Lossless
    ),
}


@pytest.mark.parametrize("case", HELD)
def test_pixels_that_hold_more_than_the_picture_are_sent_decoded_alone(curator, imported, case):
    """Whatever is asked for, and however the bytes of the letters are looked for: whole, or half in each pixel."""
    content = HELD[case]
    image = imported(content)
    expected = pixel_array(pydicom.dcmread(io.BytesIO(content)))
    assert (image.has_surplus, image.findings.get(check_name="surplus").outcome) == (True, "pass")
    halves = np.array([half for letter in SECRET for half in (letter >> 4, letter & 15)], "<u2") << 12
    for path, accept in (
        ("", FILE),
        ("/frames/1", AS_STORED),
        ("/bulkdata/7FE00010", AS_STORED),
        ("/frames/1", DECODED),
    ):
        answer = curator.get(path_of(image) + path, accept)
        whole = b"".join(answer)
        assert (answer.status_code, SECRET in whole, halves.tobytes()[:8] in whole) == (200, False, False), path
        if path.startswith("/frames"):
            answer = curator.get(path_of(image) + path, accept)
            [(_, sent)] = parts_of(answer)
            assert np.array_equal(np.frombuffer(sent, "<u2")[: expected.size], expected.ravel())
    [found] = files_of(curator.get(path_of(image), FILE))
    assert np.array_equal(found.pixel_array, expected)
    assert int(found.HighBit) == int(found.BitsStored) - 1
    [told] = curator.found(f"{path_of(image).rpartition('/')[0]}")
    assert told["00083002"]["Value"] == ["1.2.840.10008.1.2.1"]


def test_pixels_that_nobody_looked_at_are_sent_decoded_until_frames_are_made_anew(curator, imported, benchmark_):
    image = imported(packed([FRAMES[JPEGLSLossless]], JPEGLSLossless))
    path = f"{path_of(image)}/metadata"
    assert curator.get(path).json()[0]["00083002"]["Value"] == [JPEGLSLossless]
    retrieve.Image.objects.update(has_surplus=None)  # as before the upgrade
    assert curator.get(path).json()[0]["00083002"]["Value"] == ["1.2.840.10008.1.2.1"]
    run = create_frame_run(benchmark=benchmark_)
    derive_frames(run.pk, now=timezone.now)
    assert curator.get(path).json()[0]["00083002"]["Value"] == [JPEGLSLossless]
    assert create_frame_run(benchmark=benchmark_) is None
