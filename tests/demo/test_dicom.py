"""The files: DX objects that pydicom reads, whose pixels are those that were drawn."""

from dataclasses import replace

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import generate_frames
from pydicom.uid import UID

from demo.dicom import encode, uid_of, write_film
from demo.phantom import draw_study
from demo.world import SITES, plan_world

STUDIES = {
    code: replace(next(s for s in plan_world(7, scale=0.25).studies if s.site.code == code), is_large=False)
    for code in (s.code for s in SITES)
}
FILMS = {code: draw_study(study) for code, study in STUDIES.items()}


def written(tmp_path, code, kind):
    path = write_film(tmp_path / "1.dcm", STUDIES[code], FILMS[code][0], 1, transfer=kind)
    return pydicom.dcmread(path)


@pytest.mark.parametrize("kind", ["plain", "rle", "jpeg2000"])
@pytest.mark.parametrize("code", list(STUDIES))
def test_pydicom_decodes_the_drawn_pixels(tmp_path, code, kind):
    dataset, site = written(tmp_path, code, kind), STUDIES[code].site
    drawn = FILMS[code][0].stored(bits=site.bits_stored, is_inverted=site.photometric == "MONOCHROME1")
    assert np.array_equal(dataset.pixel_array, drawn)
    assert dataset.BitsStored == site.bits_stored == dataset.HighBit + 1
    assert int(dataset.pixel_array.max()) < 2**site.bits_stored


def test_jpeg_ls_is_lossless(tmp_path):
    dataset = written(tmp_path, "north", "jpegls")
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    assert np.array_equal(imagecodecs.jpegls_decode(frame), FILMS["north"][0].stored(bits=12, is_inverted=False))
    assert dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.80"


@pytest.mark.parametrize("code", list(STUDIES))
def test_the_air_beside_the_patient_is_dark_when_shown(tmp_path, code):
    dataset = written(tmp_path, code, "plain")
    shown = dataset.pixel_array.astype(float)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shown = 2**dataset.BitsStored - 1 - shown
    rows, columns = shown.shape
    assert (
        shown[: rows // 12, : columns // 12].mean() < shown[rows // 2, columns // 2 - 4 : columns // 2 + 4].mean() / 2
    )


def test_monochrome1_says_so_everywhere(tmp_path):
    dataset = written(tmp_path, "harbour", "plain")
    assert (dataset.PhotometricInterpretation, dataset.PresentationLUTShape) == ("MONOCHROME1", "INVERSE")
    assert dataset.PixelIntensityRelationshipSign == 1


@pytest.mark.parametrize(
    "keyword",
    ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID", "PatientSex", "PatientAge",
     "StudyDate", "Modality", "PresentationIntentType", "ImageType", "ViewPosition", "ImageLaterality", "Manufacturer",
     "PatientOrientation", "ImagerPixelSpacing", "PixelSpacing", "WindowCenter", "WindowWidth", "RescaleSlope",
     "RescaleIntercept", "BurnedInAnnotation", "DetectorType", "BodyPartExamined", "AnatomicRegionSequence",
     "DeidentificationMethod", "LossyImageCompression", "VOILUTFunction", "StudyID"],
)  # fmt: skip
def test_required_attributes_have_a_value(tmp_path, keyword):
    assert written(tmp_path, "north", "plain").get(keyword) not in (None, "")


@pytest.mark.parametrize("keyword", ["PatientName", "PatientBirthDate", "AccessionNumber", "ReferringPhysicianName"])
def test_identifying_attributes_are_there_and_empty(tmp_path, keyword):
    dataset = written(tmp_path, "north", "plain")
    assert keyword in dataset
    assert not dataset.get(keyword)
    assert dataset.PatientIdentityRemoved == "YES"


def test_window_spans_the_pixels(tmp_path):
    dataset = written(tmp_path, "valley", "plain")
    low, high = dataset.WindowCenter - dataset.WindowWidth / 2, dataset.WindowCenter + dataset.WindowWidth / 2
    inside = (dataset.pixel_array >= low - 1) & (dataset.pixel_array <= high + 1)
    assert inside.mean() > 0.95


def test_lateral_is_a_series_of_its_own_in_the_same_study(tmp_path):
    study = replace(STUDIES["north"], has_lateral=True)
    files = [
        write_film(tmp_path / f"{n}.dcm", study, f, n, transfer="plain") for n, f in enumerate(draw_study(study), 1)
    ]
    front, side = (pydicom.dcmread(f) for f in files)
    assert (front.ViewPosition, side.ViewPosition) == ("PA", "LL")
    assert front.StudyInstanceUID == side.StudyInstanceUID
    assert front.SeriesInstanceUID != side.SeriesInstanceUID
    assert side.PatientOrientation == ["P", "F"]


def test_same_study_gives_the_same_bytes(tmp_path):
    paths = [write_film(tmp_path / n, STUDIES["north"], FILMS["north"][0], 1) for n in ("a.dcm", "b.dcm")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_uids_are_valid_and_follow_their_parts():
    assert UID(uid_of("a", 1)).is_valid
    assert uid_of("a", 1) == uid_of("a", 1) != uid_of("a", 2)


def test_rle_segments_are_even_and_start_after_the_header():
    frame = encode(np.arange(35, dtype=np.uint16).reshape(5, 7) * 300, "rle")
    header = np.frombuffer(frame[:64], dtype="<u4")
    assert header[:2].tolist() == [2, 64]
    assert header[2] % 2 == 0
    assert len(frame) % 2 == 0
