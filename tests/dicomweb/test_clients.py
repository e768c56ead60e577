"""Real clients over real HTTP: dicomweb-client, and pydicom for what it brings."""

import io

import numpy as np
import pydicom
import pytest
from dicomweb_client.api import DICOMwebClient
from requests import HTTPError

from accounts.actions import create_api_token
from tests.cases.builders import RAMP, dicom
from tests.dicomweb.server import served
from tests.dicomweb.test_retrieve import FRAMES, jpeg_ls
from tests.factories import make_benchmark, make_user

STORED = (("application/octet-stream", "*"),)


@pytest.fixture
def client(transactional_db):
    """dicomweb-client with a curator's token, at the address of a benchmark and a site."""
    make_benchmark()
    secret = create_api_token(user=make_user("curator"), name="archive").secret
    with served() as address:
        base = f"{address}/dicom-web/chest/north"
        yield DICOMwebClient(base, headers={"Authorization": f"Bearer {secret}"}, chunk_size=1000, timeout=300)


def test_dicomweb_client_stores_searches_and_retrieves(client):
    files = [dicom(), dicom(RAMP + 1, instance=2), jpeg_ls(FRAMES, study=2)]
    answer = client.store_instances([pydicom.dcmread(io.BytesIO(one)) for one in files])  # larger than a chunk

    assert len(answer.ReferencedSOPSequence) == 3
    assert "FailedSOPSequence" not in answer
    first, second = (one["0020000D"]["Value"][0] for one in client.search_for_studies(fields=["PatientAge"]))
    assert len(client.search_for_studies(get_remaining=True, limit=1)) == 2
    assert client.search_for_studies(search_filters={"PatientSex": "F"}) == []  # 204
    [series] = client.search_for_series(first, search_filters={"Modality": "D*"})
    series_uid = series["0020000E"]["Value"][0]
    uids = [one["00080018"]["Value"][0] for one in client.search_for_instances(first, series_uid)]
    assert len(uids) == 2
    metadata = client.retrieve_study_metadata(first)
    assert [one["00080018"]["Value"][0] for one in metadata] == uids

    found = client.retrieve_instance(first, series_uid, uids[1])
    assert (found.pixel_array == RAMP + 1).all()
    assert len(client.retrieve_study(first)) == len(list(client.iter_series(first, series_uid))) == 2
    assert client.retrieve_instance_frames(first, series_uid, uids[0], [1]) == [RAMP.tobytes()]
    assert client.retrieve_instance_frames(first, series_uid, uids[0], [1], media_types=STORED) == [RAMP.tobytes()]
    # The client names the host without its port, so the address that it is told lacks the port too.
    place = metadata[0]["7FE00010"]["BulkDataURI"].partition("/dicom-web/")[2]
    [content] = client.retrieve_bulkdata(f"{client.base_url.partition('/dicom-web/')[0]}/dicom-web/{place}")
    assert content == RAMP.tobytes()
    assert client.retrieve_instance_rendered(first, series_uid, uids[0], media_types=["image/png"]).startswith(
        b"\x89PNG"
    )

    [several] = client.retrieve_study(second, media_types=(("application/dicom", "*"),))
    assert several.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.80"
    assert (several.pixel_array == FRAMES).all()
    frames = client.retrieve_instance_frames(
        second, several.SeriesInstanceUID, several.SOPInstanceUID, [3, 1], media_types=("application/octet-stream",)
    )
    assert [np.frombuffer(one, "<u2").reshape(16, 16).tolist() for one in frames] == [FRAMES[2].tolist(), RAMP.tolist()]
    with pytest.raises(HTTPError, match="404"):
        client.retrieve_study_metadata("1.2.3")
    with pytest.raises(HTTPError, match="409"):
        client.store_instances([pydicom.dcmread(io.BytesIO(dicom(Modality="MR")))])
