"""WADO-RS: headers de-identified, pixels as they are stored or decoded."""

import io
from pathlib import Path

import numpy as np
import pydicom
import pytest
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from imagecodecs import jpegls_decode, jpegls_encode
from PIL import Image as Pillow
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from cases.actions.decisions import decide_finding
from cases.adapters.storage import ORIGINALS, open_kept, stored_name
from cases.models import GateFinding, Image
from dicomweb import disclosure
from dicomweb.adapters import stretches
from dicomweb.multipart import boundary_of, read_parts
from tests.cases.builders import RAMP, bare, dicom, take_in, write
from tests.dicomweb.conftest import path_of, uids_of
from tests.factories import make_round
from tests.pages import without_uids

pytestmark = pytest.mark.django_db
AS_STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
DECODED = 'multipart/related; type="application/octet-stream"'
FILE = 'multipart/related; type="application/dicom"'
SECRETS = {
    "PatientName": "Zzmiller^Anna",
    "PatientID": "ZZ4711",
    "PatientBirthDate": "19500131",
    "AccessionNumber": "ZZACC",
    "ReferringPhysicianName": "Zzdoctor",
    "InstitutionName": "Zzhospital",
    "StudyDescription": "Chest PA, pneumothorax, Zzmiller",
    "StudyID": "ZZ1",
    "StudyTime": "101112",
    "ImageComments": "zzcomment",
}


@pytest.fixture
def imported(benchmark_, tmp_path):
    """Imports files and gives the images in order."""

    def import_(*files: bytes) -> list[Image]:
        folder = write(tmp_path / "files", {f"{number}.dcm": one for number, one in enumerate(files)})
        run = take_in(benchmark_, folder)
        assert run.counts["rejected"] == 0, list(run.problems.values_list("message", flat=True))
        return list(Image.objects.select_related("series__study").order_by("pk"))

    return import_


def jpeg_ls(frames: np.ndarray, *, extended: bool = False, **tags) -> bytes:
    """A file of several JPEG-LS frames; with ``extended`` their places stand in the extended offset table."""
    dataset = pydicom.dcmread(io.BytesIO(dicom(frames[0], syntax=JPEGLSLossless, **tags)))
    dataset.NumberOfFrames = len(frames)
    codes = [jpegls_encode(frame) for frame in frames]
    if extended:
        content, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = encapsulate_extended(codes)
        dataset.PixelData = content
    else:
        dataset.PixelData = encapsulate(codes, has_bot=False)
    dataset["PixelData"].VR = "OB"
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


def big_endian() -> bytes:
    """The ramp in the retired syntax whose numbers begin with their high bytes."""
    little = pydicom.dcmread(io.BytesIO(dicom()))
    dataset = Dataset({element.tag: element for element in little})
    dataset.PixelData = RAMP.astype(">u2").tobytes()
    dataset.file_meta = little.file_meta
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=False, little_endian=False, enforce_file_format=True)
    return buffer.getvalue()


def parts_of(response) -> list[tuple[str, bytes]]:
    """Type and bytes of each part."""
    assert response.status_code == 200, b"".join(response)
    body = b"".join(response)
    parts = read_parts(io.BytesIO(body), boundary_of(response["Content-Type"]))
    return [(part.content_type, b"".join(part.chunks)) for part in parts]


def files_of(response) -> list[pydicom.FileDataset]:
    return [pydicom.dcmread(io.BytesIO(content)) for _, content in parts_of(response)]


def test_nothing_of_the_patient_is_in_what_is_sent(curator, imported):
    [image] = imported(dicom(StudyDate="20200131", **SECRETS))
    path = path_of(image)
    metadata = curator.get(f"{path}/metadata")
    [found] = files_of(curator.get(path, FILE))

    telling = ("zzmiller", "zz4711", "zzacc", "zzdoctor", "zzhospital", "zz1", "zzcomment")
    for text in (metadata.content.decode(), str(found)):
        assert not [
            word
            for word in (*telling, "1950", "2020", "1.2.3.1", "101112", "pneumothorax")
            if word in without_uids(text.lower())
        ]
    assert found.StudyDescription == "Chest PA"
    assert (found.StudyInstanceUID, found.SeriesInstanceUID, found.SOPInstanceUID) == uids_of(image)
    assert found.PatientIdentityRemoved == "YES"
    assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID


def test_search_and_metadata_tell_the_same(curator, imported):
    [image] = imported(dicom(StudyDate="20200131", PatientAge="061Y", PatientSex="F", BodyPartExamined="CHEST"))
    [study] = curator.found("studies", includefield="all")
    [instance] = curator.found("instances")
    [metadata] = (Dataset.from_json(one) for one in curator.get(f"{path_of(image)}/metadata").json())

    for one in (study, instance):
        found = Dataset.from_json(one)
        for element in found:
            if element.keyword in metadata and not element.is_empty:
                assert metadata[element.tag].value == element.value, element.keyword
    assert study["00080020"]["Value"][0] == metadata.StudyDate < "2020"
    assert curator.uids("studies", StudyDate=f"{metadata.StudyDate}-{metadata.StudyDate}") == [uids_of(image)[0]]
    assert curator.found("studies", StudyDate="20200131") == []


def test_readers_get_their_cases_and_another_patient_for_each(curator, reader, imported, benchmark_):
    case, other = imported(dicom(), dicom(study=2))
    make_round(benchmark_, [case.series.study], [reader.user])
    paths = ("", "/metadata", "/frames/1", "/rendered", "/thumbnail", "/bulkdata/7FE00010")

    for path in paths:
        assert reader.get(path_of(case) + path, "*/*").status_code == 200, path
        refused = reader.get(path_of(other) + path, "*/*")
        assert (refused.status_code, "not open to you" in refused.json()["detail"]) == (404, True), path
        assert curator.get(path_of(other) + path, "*/*").status_code == 200, path
    [mine], [theirs] = (files_of(program.get(path_of(case), FILE)) for program in (reader, curator))
    assert mine.PatientID != theirs.PatientID
    assert mine.StudyInstanceUID == theirs.StudyInstanceUID


def test_a_reader_is_told_nothing_of_the_patient_but_a_pseudonym(curator, reader, imported, benchmark_):
    about = {"PatientAge": "061Y", "PatientSex": "F", "PatientWeight": "70", "PatientSize": "1.7", "EthnicGroup": "zz"}
    days = {"StudyDate": "20200131", "AcquisitionDate": "20200131", "ContentDate": "20200131", "StudyTime": "101112"}
    [image] = imported(dicom(BodyPartExamined="CHEST", **about, **days))
    make_round(benchmark_, [image.series.study], [reader.user])
    day = curator.found("studies")[0]["00080020"]["Value"][0]
    for path in ("studies", "series", "instances"):
        for one in reader.found(path, includefield="all"):
            assert_nothing_of_the_patient(Dataset.from_json(one))
        for asked in ({"PatientSex": "F"}, {"PatientSex": "?"}, {"StudyDate": day}, {"StudyDate": "19000101-"}):
            assert reader.found(path, **asked) == []
            assert len(curator.found(path, **asked)) == 1
    [metadata] = reader.get(f"{path_of(image)}/metadata").json()
    [file] = files_of(reader.get(path_of(image), FILE))
    for header in (Dataset.from_json(metadata), file):
        assert_nothing_of_the_patient(header)
        assert header.BodyPartExamined == "CHEST"


def assert_nothing_of_the_patient(header: Dataset) -> None:
    told = [
        element.keyword
        for element in header.iterall()
        if (element.tag.group == 0x0010 or element.VR in {"AS", "DA", "DT", "TM"}) and not element.is_empty
    ]
    assert told == ["PatientName", "PatientID"]


def test_names_below_one_study_do_not_open_another(curator, imported):
    first, second = imported(dicom(), dicom(study=2))
    study = uids_of(first)[0]
    _, series, instance = uids_of(second)

    assert curator.get(f"studies/{study}/series/{series}/instances/{instance}", "*/*").status_code == 404
    assert curator.get(f"studies/{study}/series/{series}/metadata").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        dicom(),
        dicom(syntax=ImplicitVRLittleEndian),
        big_endian(),
        dicom(syntax=DeflatedExplicitVRLittleEndian),
        bare(dicom()),
    ],
    ids=["explicit", "implicit", "big endian", "deflated", "bare"],
)
@pytest.mark.parametrize("accept", [AS_STORED, DECODED])
def test_a_native_frame_is_sent_in_little_endian_whatever_it_is_stored_in(curator, imported, content, accept):
    [image] = imported(content)
    [(kind, frame)] = parts_of(curator.get(f"{path_of(image)}/frames/1", accept))
    [found] = files_of(curator.get(path_of(image), FILE))

    assert kind == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
    assert frame == RAMP.tobytes()
    assert found.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert (found.pixel_array == RAMP).all()


FRAMES = np.stack([RAMP, RAMP[::-1], RAMP.T])


def code_as_sent(frame: np.ndarray) -> bytes:
    """A frame in JPEG-LS as it is stored, but for the content of its SPIFF header, which nothing reads: that goes."""
    code = jpegls_encode(frame)
    assert code[2:12] == b"\xff\xe8\0\x20SPIFF\0"
    sent = code[:6] + bytes(30) + code[36:]
    assert (jpegls_decode(sent) == frame).all()
    return sent.rstrip(b"\0")


@pytest.mark.parametrize("extended", [False, True])
def test_encapsulated_frames_are_sent_as_stored_or_decoded(curator, imported, extended):
    [image] = imported(jpeg_ls(FRAMES, extended=extended))
    path = path_of(image)
    stored = parts_of(curator.get(f"{path}/frames/1,3", AS_STORED))
    decoded = parts_of(curator.get(f"{path}/frames/2,1", DECODED))

    assert [kind for kind, _ in stored] == ["application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.80"] * 2
    assert [frame.rstrip(b"\0") for _, frame in stored] == [code_as_sent(FRAMES[place]) for place in (0, 2)]
    assert [frame for _, frame in decoded] == [np.ascontiguousarray(FRAMES[place]).tobytes() for place in (1, 0)]
    [(kind, _)] = parts_of(curator.get(f"{path}/frames/1", 'multipart/related; type="image/jls"'))
    assert kind == "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80"
    assert len(parts_of(curator.get(f"{path}/bulkdata/7FE00010", AS_STORED))) == 3
    for accept, syntax in ((FILE + "; transfer-syntax=*", JPEGLSLossless), (FILE, ExplicitVRLittleEndian)):
        [found] = files_of(curator.get(path, accept))
        assert found.file_meta.TransferSyntaxUID == syntax
        assert (found.pixel_array == FRAMES).all()


def fragmented(frames: np.ndarray, fragments: int, *, has_bot: bool) -> bytes:
    """A file of JPEG-LS frames, each in so many fragments."""
    dataset = pydicom.dcmread(io.BytesIO(dicom(frames[0], syntax=JPEGLSLossless)))
    dataset.NumberOfFrames = len(frames)
    codes = [jpegls_encode(frame) for frame in frames]
    dataset.PixelData = encapsulate(codes, fragments_per_frame=fragments, has_bot=has_bot)
    dataset["PixelData"].VR = "OB"
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("fragments", [1, 4])
@pytest.mark.parametrize("has_bot", [True, False])
def test_frames_are_found_by_the_offset_table_the_number_of_fragments_or_the_ends_of_code_streams(
    curator, imported, count, fragments, has_bot
):
    [image] = imported(fragmented(FRAMES[:count], fragments, has_bot=has_bot))
    numbers = list(range(count, 0, -1))
    address = f"{path_of(image)}/frames/{','.join(map(str, numbers))}"
    whole = curator.get(address, AS_STORED)

    assert [part.rstrip(b"\0") for _, part in parts_of(curator.get(address, AS_STORED))] == [
        code_as_sent(FRAMES[number - 1]) for number in numbers
    ]
    assert int(whole["Content-Length"]) == len(b"".join(whole))


def hang_up(response) -> None:
    """What the web server does when the line is lost before anything was sent; the test keeps its connection."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def test_a_frame_is_read_piece_by_piece_as_it_is_sent_and_the_file_closed_after_it(curator, imported, monkeypatch):
    monkeypatch.setattr(stretches, "_CHUNK", 100)
    [image] = imported(dicom())
    opened = []
    monkeypatch.setattr(disclosure, "open_kept", lambda *place: opened.append(open_kept(*place)) or opened[-1])

    response = curator.get(f"{path_of(image)}/frames/1", "application/octet-stream")
    pieces = iter(response)
    assert [len(next(pieces)) for _ in range(2)] == [100, 100]
    assert not opened[0].closed
    assert sum(map(len, pieces)) == 512 - 200
    assert opened[0].closed
    hang_up(curator.get(f"{path_of(image)}/frames/1", AS_STORED))
    assert [file.closed for file in opened] == [True, True]
    assert curator.get(f"{path_of(image)}/frames/1", "nonsense").status_code == 400
    assert len(opened) == 2


FILM = dicom()
STACK = jpeg_ls(FRAMES)


@pytest.mark.parametrize(("content", "most"), [(FILM, 100), (STACK, 100)], ids=["native", "encapsulated"])
@pytest.mark.parametrize("accept", [FILE, "application/dicom"])
@pytest.mark.parametrize("syntax", ["; transfer-syntax=*", ""], ids=["as stored", "decoded"])
def test_an_instance_is_sent_piece_by_piece_and_its_length_told(
    curator, imported, monkeypatch, content, most, accept, syntax
):
    monkeypatch.setattr(stretches, "_CHUNK", most)
    [image] = imported(content)
    opened = []
    monkeypatch.setattr(disclosure, "open_kept", lambda *place: opened.append(open_kept(*place)) or opened[-1])

    response = curator.get(path_of(image), accept + syntax)
    assert response.streaming
    assert not opened[0].closed
    sent = list(response)
    assert opened[0].closed
    assert sum(map(len, sent)) == int(response["Content-Length"])
    if content is FILM or syntax:
        assert sum(len(piece) == most for piece in sent) >= 3
    else:
        assert sum(len(piece) == RAMP.nbytes for piece in sent) == 3  # frame by frame
    hang_up(curator.get(path_of(image), accept + syntax))
    assert all(file.closed for file in opened)


def test_an_instance_whose_stored_file_was_cut_off_is_refused_before_anything_is_sent(curator, imported):
    [image] = imported(dicom())
    path = Path(default_storage.path(stored_name(ORIGINALS, image.sha256)))
    path.write_bytes(path.read_bytes()[:-10])

    for accept in (f"{FILE}; transfer-syntax=*", FILE):
        assert curator.get(path_of(image), accept).status_code == 409


def test_a_file_that_ends_before_its_frame_is_refused_before_anything_is_sent(curator, imported):
    [image] = imported(dicom())
    path = Path(default_storage.path(stored_name(ORIGINALS, image.sha256)))
    path.write_bytes(path.read_bytes()[:-10])

    for where in ("frames/1", "bulkdata/7FE00010"):
        response = curator.get(f"{path_of(image)}/{where}", AS_STORED)
        assert response.status_code == 409
        assert "The file ends before" in response.json()["detail"]


def test_bulk_data_of_frames_of_an_odd_size_follow_each_other_without_a_gap(curator, imported):
    frames = np.arange(3 * 5 * 5, dtype=np.uint8).reshape(3, 5, 5)
    dataset = pydicom.dcmread(io.BytesIO(dicom(frames[0])))
    dataset.NumberOfFrames = 3
    dataset.PixelData = frames.tobytes() + b"\0"
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    [image] = imported(buffer.getvalue())
    asked = curator.get(f"{path_of(image)}/bulkdata/7FE00010", AS_STORED)

    assert [content for _, content in parts_of(asked)] == [frames.tobytes() + b"\0"]
    Image.objects.update(mask=[[0, 0, 1, 1]])
    [(_, masked)] = parts_of(curator.get(f"{path_of(image)}/bulkdata/7FE00010", AS_STORED))
    frames[:, 0, 0] = 0
    assert masked == frames.tobytes() + b"\0"


@pytest.mark.parametrize(("path", "most"), [("/frames/1", 2), ("/metadata", 4), ("/thumbnail", 2)])
def test_retrieving_asks_the_database_little(curator, imported, path, most):
    [image] = imported(dicom())
    address = f"chest/north/{path_of(image)}{path}"
    b"".join(curator.get(address, "*/*"))  # notes once that the token was used
    with CaptureQueriesContext(connection) as queries:
        b"".join(curator.get(address, "*/*"))

    assert len(queries) == most, [one["sql"][:80] for one in queries]


def test_run_lengths_are_decoded(curator, imported):
    dataset = pydicom.dcmread(io.BytesIO(dicom()))
    dataset.compress(RLELossless)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    [image] = imported(buffer.getvalue())

    [(_, frame)] = parts_of(curator.get(f"{path_of(image)}/frames/1", DECODED))
    assert frame == RAMP.tobytes()


def test_colours_are_decoded_to_red_green_and_blue(curator, imported):
    colours = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)
    [image] = imported(dicom(colours))

    [(_, frame)] = parts_of(curator.get(f"{path_of(image)}/frames/1", DECODED))
    assert frame == colours.tobytes()


def test_a_whole_study_comes_instance_by_instance(curator, imported):
    images = imported(dicom(), dicom(RAMP + 1, instance=2), dicom(RAMP + 2, series=2))
    study, series, _ = uids_of(images[0])

    assert len(files_of(curator.get(f"studies/{study}", FILE))) == 3
    assert len(files_of(curator.get(f"studies/{study}/series/{series}", FILE + "; transfer-syntax=*"))) == 2
    assert len(curator.get(f"studies/{study}/metadata").json()) == 3
    assert len(curator.get(f"studies/{study}/series/{series}/metadata").json()) == 2


def test_references_between_instances_that_are_here_hold(curator, imported):
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3.1.1.1"
    first, second = imported(
        dicom(FrameOfReferenceUID="1.2.9"),
        dicom(RAMP + 1, instance=2, FrameOfReferenceUID="1.2.9", ReferencedImageSequence=[reference]),
    )
    [one], [other] = (files_of(curator.get(path_of(image), FILE)) for image in (first, second))

    assert other.ReferencedImageSequence[0].ReferencedSOPInstanceUID == one.SOPInstanceUID
    assert one.FrameOfReferenceUID == other.FrameOfReferenceUID != "1.2.9"


def test_metadata_say_where_the_pixels_are(curator, imported):
    [image] = imported(jpeg_ls(FRAMES, extended=True))
    [found] = curator.get(f"{path_of(image)}/metadata").json()
    address = found["7FE00010"]["BulkDataURI"]

    assert address == f"http://testserver/dicom-web/{path_of(image)}/bulkdata/7FE00010"
    assert found["00083002"]["Value"] == ["1.2.840.10008.1.2.4.80"]
    assert found["00280010"]["Value"] == [16]
    assert "7FE00001" not in found
    assert curator.get(address.partition("/dicom-web/")[2], AS_STORED).status_code == 200


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/frames/0", DECODED, 404),
        ("/frames/4", DECODED, 404),
        ("/frames/x", DECODED, 400),
        ("/frames/1,", DECODED, 400),
        ("/frames/²", DECODED, 400),
        ("/frames/1", "text/html", 406),
        ("/frames/1", "nonsense", 400),
        ("/frames/1", 'multipart/related; type="image/jp2"', 406),
        ("/frames/1,2", "application/octet-stream", 406),
        ("", "application/dicom+json", 406),
        ("", FILE + "; transfer-syntax=1.2.840.10008.1.2.4.90", 406),
        ("/metadata", "application/dicom+xml", 406),
        ("/rendered", "image/jpeg", 400),
        ("/frames/1,2/rendered", "image/jpeg", 400),
        ("/frames/9/rendered", "image/jpeg", 404),
        ("/frames/1/rendered", "image/gif", 406),
        ("/frames/1/rendered?window=1,2,3,4", "*/*", 400),
        ("/frames/1/rendered?window=40", "*/*", 400),
        ("/frames/1/rendered?window=1,0", "*/*", 400),
        ("/frames/1/rendered?window=nan,1", "*/*", 400),
        ("/frames/1/rendered?viewport=0,1", "*/*", 400),
        ("/frames/1/rendered?viewport=99999,1", "*/*", 400),
        ("/frames/1/rendered?quality=101", "*/*", 400),
        ("/thumbnail", "image/png", 406),
        ("/bulkdata/00100010", "*/*", 404),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(curator, imported, path, accept, status):
    [image] = imported(jpeg_ls(FRAMES))
    path, _, query = path.partition("?")
    response = curator.get(path_of(image) + path, accept, **dict([query.split("=")] if query else []))

    assert response.status_code == status, response.content
    assert response.json()["detail"].endswith(".")


def test_a_single_part_is_sent_where_one_is_asked_for(curator, imported):
    [image] = imported(dicom())

    alone = curator.get(f"{path_of(image)}/frames/1", "application/octet-stream")
    assert (b"".join(alone), alone["Content-Type"].partition(";")[0]) == (RAMP.tobytes(), "application/octet-stream")
    whole = curator.get(path_of(image), "application/dicom")
    assert pydicom.dcmread(io.BytesIO(b"".join(whole))).Rows == 16
    asked = curator.client.get(f"/dicom-web/{path_of(image)}?accept=application/dicom")
    assert asked["Content-Type"].startswith("application/dicom;")


def test_pictures_are_drawn_as_asked(curator, imported):
    [image] = imported(dicom(WindowCenter="2048", WindowWidth="4096"))

    def drawn(media_type="image/png", **query):
        response = curator.get(f"{path_of(image)}/rendered", media_type, **query)
        assert (response.status_code, response["Content-Type"]) == (200, media_type)
        return np.asarray(Pillow.open(io.BytesIO(response.content)))

    own, other = drawn(), drawn(window="100,10,linear")
    assert own.shape == (16, 16)
    assert len(np.unique(own)) > 200
    assert set(np.unique(other)) == {0, 255} | set(np.unique(other[(RAMP > 90) & (RAMP < 110)]))
    assert drawn(viewport="8,32").shape == (8, 8)
    assert drawn("image/jpeg", quality="50", window="2048,4096,sigmoid").shape == (16, 16)
    for path in ("frames/1/rendered", "thumbnail", "frames/1/thumbnail"):
        assert curator.get(f"{path_of(image)}/{path}", "image/jpeg")["Content-Type"] == "image/jpeg"
    study, series, _ = uids_of(image)
    for path in (f"studies/{study}/thumbnail", f"studies/{study}/series/{series}/thumbnail"):
        assert curator.get(path, "image/jpeg").status_code == 200


def test_a_file_that_is_gone_is_told_of(curator, imported):
    image, other = imported(dicom(), dicom(RAMP + 1, instance=2))
    Image.objects.filter(pk=image.pk).update(sha256="f" * 64)

    assert curator.get(f"{path_of(image)}/frames/1", DECODED).status_code == 409
    response = curator.get(f"{path_of(image)}/metadata")
    assert (response.status_code, "missing from the storage" in response.json()["detail"]) == (409, True)
    assert len(files_of(curator.get(f"studies/{uids_of(other)[0]}", FILE))) == 1


@pytest.mark.parametrize("content", [dicom(), jpeg_ls(FRAMES)], ids=["native", "encapsulated"])
def test_what_is_masked_is_in_no_answer(curator, imported, content):
    """Also where the file could be sent as it is stored."""
    [image] = imported(content)
    Image.objects.filter(pk=image.pk).update(mask=[[2, 3, 5, 4]])
    path = path_of(image)
    shown = np.ones((16, 16), bool)
    shown[3:7, 2:7] = False

    def is_masked(pixels: np.ndarray) -> bool:
        return not pixels[~shown].any() and (pixels[shown] == RAMP[shown]).all()

    for accept in (AS_STORED, DECODED):
        for address in ("frames/1", "bulkdata/7FE00010"):
            kind, frame = parts_of(curator.get(f"{path}/{address}", accept))[0]
            assert kind == "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"
            assert is_masked(np.frombuffer(frame, "<u2")[:256].reshape(16, 16))
    for accept in (FILE, FILE + "; transfer-syntax=*"):
        [found] = files_of(curator.get(path, accept))
        assert is_masked(found.pixel_array if found.pixel_array.ndim == 2 else found.pixel_array[0])
    assert curator.get(f"{path}/frames/1", 'multipart/related; type="image/jls"').status_code == 406
    drawn = np.asarray(Pillow.open(io.BytesIO(curator.get(f"{path}/frames/1/rendered", "image/png").content)))
    assert (drawn[~shown] == drawn.min()).all()
    [metadata] = curator.get(f"{path}/metadata").json()
    assert metadata["00083002"]["Value"] == ["1.2.840.10008.1.2.1"]


def test_what_the_gate_holds_is_not_there_until_a_curator_decided(curator, admin, imported):
    held, other = imported(dicom(BurnedInAnnotation="YES"), dicom(RAMP + 1, study=2))
    finding = GateFinding.objects.holding().get(image=held)

    for program in (curator, admin):
        assert program.uids("studies") == [uids_of(other)[0]]
        for path in ("", "/metadata", "/frames/1", "/thumbnail", "/rendered"):
            assert program.get(path_of(held) + path, "*/*").status_code == 404
    decide_finding(finding=finding, decision="accept", by=curator.user, now=timezone.now())
    assert curator.get(f"{path_of(held)}/frames/1", "*/*").status_code == 200
