"""STOW-RS: what is stored, what is refused, and what is answered for each instance."""

import errno
import io
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pydicom.dataset import Dataset

from cases.actions.frames import derive_frames
from cases.adapters import decoders
from cases.adapters.decoders import DecodingProcesses
from cases.adapters.storage import DERIVED, ORIGINALS, is_kept
from cases.models import FrameRun, FrameSet, Image, ImportRun, Site, Study
from core.errors import StorageError
from core.models import RunState
from dicomweb import actions
from dicomweb.adapters import incoming
from dicomweb.multipart import OutPart, write_parts
from tests.cases.builders import RAMP, dicom
from tests.cases.faults import small_disk
from tests.dicomweb.conftest import uid_of
from tests.factories import make_site, make_study

pytestmark = pytest.mark.django_db
TYPE = 'multipart/related; type="application/dicom"; boundary=b0undary'
HERE = "chest/north/studies"


def body_of(*files: bytes, inner: str = "application/dicom") -> bytes:
    return b"".join(write_parts((OutPart({"Content-Type": inner}, [one]) for one in files), "b0undary"))


def answer(response) -> Dataset:
    assert response["Content-Type"] == "application/dicom+json", response.content
    return Dataset.from_json(response.json())


def reasons(response) -> list[tuple[str, int]]:
    items = answer(response).get("FailedSOPSequence", [])
    return [(item.get("ReferencedSOPInstanceUID"), item.FailureReason) for item in items]


def test_instances_are_stored_with_their_study_and_can_be_found(curator, benchmark_):
    response = curator.post(HERE, body_of(dicom(instance=1), dicom(RAMP + 1, instance=2)), TYPE)
    found = answer(response)
    study = Study.objects.get()

    assert response.status_code == 200
    assert [item.ReferencedSOPInstanceUID for item in found.ReferencedSOPSequence] == ["1.2.3.1.1.1", "1.2.3.1.1.2"]
    assert found.ReferencedSOPSequence[0].ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.1.1"
    assert found.RetrieveURL == f"http://testserver/dicom-web/studies/{uid_of(study)}"
    assert found.ReferencedSOPSequence[1].RetrieveURL.startswith(found.RetrieveURL + "/series/2.25.")
    assert curator.uids("studies") == [uid_of(study)]
    assert (study.site.code, study.pool_entries.get().benchmark, Image.objects.count()) == ("north", benchmark_, 2)
    assert ImportRun.objects.get().created_by == curator.user


def test_what_is_stored_already_is_stored(curator, benchmark_):
    bodies = body_of(dicom())
    assert [curator.post(HERE, bodies, TYPE).status_code for _ in range(2)] == [200, 200]

    assert Image.objects.count() == 1


def test_the_frames_are_left_to_a_worker_and_all_else_is_there_with_the_answer(curator, benchmark_):
    curator.post(HERE, body_of(dicom(study=1)), TYPE)
    image = Image.objects.get()

    assert is_kept(ORIGINALS, image.sha256)
    assert all(is_kept(DERIVED, one) for one in (image.preview_sha256, image.thumbnail_sha256))
    assert image.film_sha256 == ""
    assert not FrameSet.objects.exists()
    curator.post(HERE, body_of(dicom(study=1), dicom(study=2)), TYPE)
    run = FrameRun.objects.get()  # the second request's frames are a matter of the first's run, which still waits
    assert derive_frames(run.pk, now=timezone.now).counts == {"derived": 2}
    curator.post(HERE, body_of(dicom(study=2)), TYPE)
    assert FrameRun.objects.count() == 1


def test_no_worker_is_sent_where_the_settings_leave_frames_to_the_round(curator, benchmark_, settings):
    settings.DERIVE_FRAMES_AT_INTAKE = False
    curator.post(HERE, body_of(dicom()), TYPE)

    assert Image.objects.exists()
    assert not FrameRun.objects.exists()


def test_each_instance_is_answered_for(curator, benchmark_):
    refused = [
        dicom(study=2, Modality="MR"),
        dicom(study=3, drop=["PixelData"]),
        dicom(study=4, syntax="1.2.840.10008.1.2.4.70"),
        b"no DICOM at all",
        dicom(RAMP + 7),
    ]
    response = curator.post(HERE, body_of(dicom(), *refused), TYPE)

    assert response.status_code == 202
    assert [item.ReferencedSOPInstanceUID for item in answer(response).ReferencedSOPSequence] == ["1.2.3.1.1.1"]
    assert reasons(response) == [
        ("1.2.3.2.1.1", 0x0122),
        ("1.2.3.3.1.1", 0x0122),
        ("1.2.3.4.1.1", 0xC000),
        ("", 0xC000),
        ("1.2.3.1.1.1", 0xA900),  # another picture under the name of the first
    ]
    assert f"/studies/imports/{ImportRun.objects.get().pk}/" in response["Warning"]


def test_an_instance_has_one_place_in_a_site(curator, benchmark_):
    curator.post(HERE, body_of(dicom()), TYPE)
    again = {"study": 2, "SOPInstanceUID": "1.2.3.1.1.1"}
    other = curator.post(HERE, body_of(dicom(RAMP + 7, **again)), TYPE)
    assert (other.status_code, reasons(other)) == (409, [("1.2.3.1.1.1", 0xA900)])
    same = curator.post(HERE, body_of(dicom(**again)), TYPE)
    assert (same.status_code, Image.objects.count()) == (200, 1)
    assert uid_of(Study.objects.get()) in answer(same).ReferencedSOPSequence[0].RetrieveURL


def test_when_nothing_is_stored_the_answer_is_409(curator, benchmark_):
    response = curator.post(HERE, body_of(dicom(Modality="MR")), TYPE)

    assert (response.status_code, reasons(response)) == (409, [("1.2.3.1.1.1", 0x0122)])
    assert not Study.objects.exists()


def test_rubbish_makes_no_site(curator, benchmark_):
    response = curator.post("chest/nowhere/studies", body_of(b"x" * 300, b""), TYPE)
    assert response.status_code == 409
    assert reasons(response) == [("", 0xC000)] * 2
    assert not Site.objects.filter(code="nowhere").exists()


def test_into_a_study_only_its_instances_are_taken(curator, benchmark_):
    response = curator.post(f"{HERE}/1.2.3.1", body_of(dicom(), dicom(study=2)), TYPE)

    assert (response.status_code, reasons(response)) == (202, [("1.2.3.2.1.1", 0xA900)])
    assert Study.objects.get().study_uid == "1.2.3.1"


def test_an_instance_that_is_too_large_is_passed_over(curator, benchmark_, monkeypatch):
    monkeypatch.setattr(incoming, "MAX_FILE_BYTES", 5_000)
    response = curator.post(HERE, body_of(dicom(np.zeros((100, 100), "<u2"), study=2), dicom()), TYPE)

    assert (response.status_code, reasons(response)) == (202, [("", 0xA700)])


def test_parts_of_another_type_are_refused_and_parts_without_one_are_not(curator, benchmark_):
    assert reasons(curator.post(HERE, body_of(dicom(), inner="application/pdf"), TYPE)) == [("", 0xC000)]
    untyped = b"--b0undary\r\n\r\n" + dicom() + b"\r\n--b0undary--"
    assert curator.post(HERE, untyped, TYPE).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/dicom", b"", 415),
        ("multipart/related; boundary=x; type=application/dicom+xml", b"", 415),
        ("multipart/related; type=application/dicom", b"", 415),
        (TYPE, b"--b0undary--", 400),
        (TYPE, b"\r\n", 400),
        (TYPE, body_of(dicom())[:-10], 400),
    ],
)
def test_a_body_that_is_none_is_refused_with_a_sentence(curator, benchmark_, content_type, body, status):
    response = curator.post(HERE, body, content_type)

    assert response.status_code == status
    assert response.json()["detail"].endswith((".", ")"))
    assert not ImportRun.objects.exists()


def test_curators_alone_store_and_only_for_a_benchmark_that_is_there(curator, reader, client, benchmark_):
    body = body_of(dicom())

    assert reader.post(HERE, body, TYPE).status_code == 403
    assert client.post(f"/dicom-web/{HERE}", body, content_type=TYPE).status_code == 401
    assert curator.post("nothing/north/studies", body, TYPE).status_code == 404
    assert curator.post(f"{HERE}/nonsense", body, TYPE).status_code == 404
    unscoped = curator.post("studies", body, TYPE)
    assert unscoped.status_code == 400
    assert "/dicom-web/<benchmark>/<site>/studies" in unscoped.json()["detail"]
    assert not ImportRun.objects.exists()


def test_a_body_in_chunks_is_read_to_its_end(curator, benchmark_):
    """As gunicorn hands it on: no length, and a stream that ends where the body does."""
    body = body_of(dicom())
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(body)}

    assert curator.post(HERE, body, TYPE, **chunked).status_code == 411
    assert curator.post(HERE, body, TYPE, **chunked, **{"wsgi.input_terminated": True}).status_code == 200


def test_too_many_instances_are_refused_as_a_whole(curator, benchmark_, monkeypatch):
    monkeypatch.setattr(incoming, "MAX_INSTANCES", 1)

    assert curator.post(HERE, body_of(dicom(), dicom(study=2)), TYPE).status_code == 413
    assert not Study.objects.exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_disk_that_takes_nothing_is_told_of(curator, benchmark_, monkeypatch, code):
    def refuse(*_args, **_kwargs):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(incoming.Path, "open", refuse)
    response = curator.post(HERE, body_of(dicom()), TYPE)

    assert response.status_code == 507
    assert "send all of it again" in response.json()["detail"]
    assert "files" not in response.json()["detail"]  # where the disk is


@pytest.mark.parametrize(
    ("size", "is_begun"), [("120k", False), ("280k", True)], ids=["as it comes in", "as it is imported"]
)
def test_a_request_that_fills_the_disk_is_refused_and_stored_once_there_is_room(
    curator, benchmark_, data_dir, size, is_begun
):
    noise = np.random.default_rng(6)
    films = [dicom(noise.integers(0, 4096, (128, 128), dtype=np.uint16), study=number) for number in range(6)]
    files = data_dir / "files"
    decoders._waiting.stop()  # the processes that decode work where they were started
    with small_disk(files, size):
        response = curator.post(HERE, body_of(*films), TYPE)

        assert (response.status_code, response.json()["detail"][:20]) == (507, "There is no room for")
        assert ImportRun.objects.exists() == is_begun
        assert Image.objects.count() < (6 if is_begun else 1)  # what an import stored before stays, and is whole
        assert all(is_kept(ORIGINALS, image.sha256) for image in Image.objects.all())
        assert list((files / "spool").glob("*")) == []
        subprocess.run(["mount", "-o", "remount,size=30m", str(files)], check=True)
        assert curator.post(HERE, body_of(*films), TYPE).status_code == 200
        assert (Study.objects.count(), Image.objects.count()) == (6, 6)
    decoders._waiting.stop()


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_store_request_that_failed_is_not_resumed_as_its_files_are_gone(
    curator, benchmark_, monkeypatch, is_gone, tmp_path
):
    monkeypatch.setattr(actions, "import_studies", refuse_to_import)
    curator.post(HERE, body_of(dicom()), TYPE)
    run = ImportRun.objects.get()
    if not is_gone:  # an import of a disk that may come back
        ImportRun.objects.filter(pk=run.pk).update(source=str(tmp_path / "mount"))
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, message="Broken.")
    client = Client()
    client.force_login(curator.user)
    page = client.get(reverse("cases:import_detail", args=[run.pk])).content.decode()
    asked = client.post(reverse("dashboard:run_control", args=[run.pk]), {"do": "resume"}, follow=True).content.decode()

    assert (">Resume</button>" in page) is not is_gone
    assert ("kept only while it was worked off" in page) is is_gone
    assert ("kept only while it was worked off" in asked) is is_gone
    assert (ImportRun.objects.get().state == RunState.QUEUED) is not is_gone


def refuse_to_import(run_id, *, desk):
    raise StorageError("The disk is gone.")


def test_nothing_of_a_request_stays_beside_the_originals(curator, benchmark_):
    curator.post(HERE, body_of(dicom()), TYPE)

    assert Image.objects.exists()
    assert list(Path(default_storage.path("spool")).iterdir()) == []


@pytest.fixture
def decoded(monkeypatch):
    """The files that decoding processes were asked for, in order."""
    asked = []
    decode = DecodingProcesses.decode
    monkeypatch.setattr(DecodingProcesses, "decode", lambda self, order: asked.append(order) or decode(self, order))
    return asked


def test_the_first_instances_are_decoded_while_others_are_on_their_way(benchmark_, curator, decoded):
    pieces = [body_of(dicom(), dicom(RAMP + 1, instance=2))[start:][:500] for start in range(0, 5000, 500)]
    decoded_by_then = []

    class Slow:
        def read(self, _size: int = 0, /) -> bytes:
            decoded_by_then.append(len(decoded))
            return pieces.pop(0) if pieces else b""

    actions.store_instances(body=Slow(), content_type=TYPE, benchmark=benchmark_, site_code="north", by=curator.user)
    assert 1 in decoded_by_then
    assert (len(decoded), Image.objects.count()) == (2, 2)


def test_what_is_stored_already_is_not_decoded_again(curator, benchmark_, decoded):
    for _ in range(2):
        curator.post(HERE, body_of(dicom()), TYPE)
    assert len(decoded) == 1


def test_a_body_that_breaks_off_stores_nothing_of_what_was_decoded(curator, benchmark_, decoded):
    whole = body_of(dicom(), dicom(RAMP + 1, instance=2))
    assert curator.post(HERE, whole[:-200], TYPE).status_code == 400
    assert len(decoded) == 1
    assert not ImportRun.objects.exists()
    assert [path for path in Path(default_storage.path("")).rglob("*") if path.is_file()] == []


def test_an_instance_joins_no_study_that_has_a_plain_number_for_a_name(curator, benchmark_):
    numbered = make_study(benchmark_, site=make_site("north"), study_id="00001", report="Of somebody else.")
    curator.post(HERE, body_of(dicom()), TYPE)
    assert Image.objects.get().series.study != numbered


def test_every_kind_of_refusal_of_an_import_has_a_reason():
    assert set(actions._REASONS.values()) <= {0x0122, 0xA700, 0xA900, 0xC000}
