"""Pixels of floating-point numbers (PS3.3 C.7.6.24) are sent as such, never as Pixel Data."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from cases.models import Image
from tests.cases.builders import RAMP, dicom
from tests.dicomweb.conftest import path_of
from tests.dicomweb.test_retrieve import AS_STORED, FILE, files_of, imported, parts_of

__all__ = ["imported"]
FLOATS = RAMP.astype("<f4") / 7
DROPPED = ("PixelData", "BitsStored", "HighBit", "PixelRepresentation")


@pytest.mark.parametrize("mask", [[], [[2, 3, 5, 4]]], ids=["as stored", "masked"])
def test_floating_point_pixels_keep_their_tag_in_files_metadata_and_bulk_data(mask, curator, imported):
    [image] = imported(dicom(FLOATS, drop=DROPPED, FloatPixelData=FLOATS.tobytes()))
    Image.objects.filter(pk=image.pk).update(mask=mask)
    due = FLOATS.copy()
    for left, top, width, height in mask:
        due[top : top + height, left : left + width] = due.min()

    for accept in (FILE, FILE + "; transfer-syntax=*"):
        [found] = files_of(curator.get(path_of(image), accept))
        assert "PixelData" not in found
        assert found["FloatPixelData"].VR == "OF"
        assert (found.pixel_array == due).all()
    [metadata] = curator.get(f"{path_of(image)}/metadata").json()
    assert "7FE00010" not in metadata
    assert metadata["7FE00008"]["vr"] == "OF"
    address = metadata["7FE00008"]["BulkDataURI"].partition("/dicom-web/")[2]
    [(_, content)] = parts_of(curator.get(address, AS_STORED))
    assert content == due.tobytes()
    assert curator.get(f"{path_of(image)}/bulkdata/7FE00010", AS_STORED).status_code == 404
    [(_, frame)] = parts_of(curator.get(f"{path_of(image)}/frames/1", AS_STORED))
    assert frame == due.tobytes()


def test_floating_point_pixels_are_drawn(curator, imported):
    [image] = imported(dicom(FLOATS, drop=DROPPED, FloatPixelData=FLOATS.tobytes()))
    response = curator.get(f"{path_of(image)}/rendered", "image/png")

    assert response.status_code == 200, response.content
    drawn = np.asarray(Pillow.open(io.BytesIO(response.content)))
    assert (drawn[0, 0], drawn.max(), drawn.shape) == (drawn.min(), 255, (16, 16))
