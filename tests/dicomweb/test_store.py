"""STOW-RS: what is stored, what is refused, and what is answered for each instance."""

import errno
import io
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from pydicom.dataset import Dataset

from cases.models import Image, ImportRun, Study
from dicomweb import actions
from dicomweb.adapters import incoming
from dicomweb.multipart import OutPart, write_parts
from tests.cases.builders import RAMP, dicom
from tests.dicomweb.conftest import uid_of

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


def test_when_nothing_is_stored_the_answer_is_409(curator, benchmark_):
    response = curator.post(HERE, body_of(dicom(Modality="MR")), TYPE)

    assert (response.status_code, reasons(response)) == (409, [("1.2.3.1.1.1", 0x0122)])
    assert not Study.objects.exists()


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


def test_a_full_disk_is_told_of(curator, benchmark_, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(incoming.Path, "open", full)
    response = curator.post(HERE, body_of(dicom()), TYPE)

    assert response.status_code == 507
    assert "Free some room" in response.json()["detail"]


def test_nothing_of_a_request_stays_beside_the_originals(curator, benchmark_):
    curator.post(HERE, body_of(dicom()), TYPE)

    assert Image.objects.exists()
    assert list(Path(default_storage.path("spool")).iterdir()) == []


def test_every_kind_of_refusal_of_an_import_has_a_reason():
    assert set(actions._REASONS.values()) <= {0x0122, 0xA700, 0xA900, 0xC000}
