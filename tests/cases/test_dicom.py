"""DICOM files: header, pixels, and how odd and broken ones are refused."""

import csv
import hashlib
import io

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from cases.adapters.derivation import derive
from cases.adapters.dicom import decode_pixels, decoded, grey_scale, is_dicom, parse, read_dicom
from cases.adapters.pictures import UnreadableFileError
from cases.contribution import ImageFacts, Region
from cases.models import Image
from cases.rendition import render
from tests.cases.builders import RAMP, SHARED, bare, dicom


def reason(content: bytes, **options) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as caught:
        read_dicom(content, **options)
    return caught.value


def facts_or_reason(content: bytes) -> ImageFacts | str:
    try:
        return read_dicom(content)
    except UnreadableFileError as error:
        return error.reason


def parsed(content: bytes):
    return pydicom.dcmread(io.BytesIO(content))


def preview_of(facts: ImageFacts) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(facts.pictures.preview)))


def test_header_fields_are_kept_and_nothing_else():
    facts = read_dicom(
        dicom(
            PatientAge="045Y", PatientSex="F", StudyDate="20260102", ViewPosition="PA", BodyPartExamined="CHEST",
            Manufacturer="Agfa", SeriesDescription="frontal", SeriesNumber=3, InstanceNumber=2, ImageLaterality="U",
            PatientName="Smith^John", PatientBirthDate="19500101", AccessionNumber="A1", PixelSpacing=[0.2, 0.2],
        )
    )  # fmt: skip
    study = facts.study
    assert (study.age, study.sex, str(study.study_date), study.view_position) == (45, "F", "2026-01-02", "PA")
    assert (study.patient_id, study.study_uid, study.manufacturer, study.body_part) == (
        "P1",
        "1.2.3.1",
        "Agfa",
        "CHEST",
    )
    assert (facts.series_number, facts.instance_number, facts.laterality, facts.series_description) == (
        3,
        2,
        "U",
        "frontal",
    )
    assert (facts.rows, facts.columns, facts.frames) == (16, 16, 1)
    assert facts.display["spacing"] == [0.2, 0.2]
    assert "Smith" not in repr(facts)
    assert "1950" not in repr(facts)


def test_digests_are_of_the_file_and_of_the_pixels():
    content = dicom()
    facts = read_dicom(content)
    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert facts.pixel_sha256 == hashlib.sha256(RAMP.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("photometric", "shape", "is_inverted"),
    [("MONOCHROME2", "IDENTITY", False), ("MONOCHROME1", "INVERSE", True), ("MONOCHROME1", "IDENTITY", False),
     ("MONOCHROME2", "INVERSE", True), ("MONOCHROME1", "", True), ("MONOCHROME2", "", False)],
)  # fmt: skip
def test_a_picture_is_inverted_once_and_the_shape_decides(photometric, shape, is_inverted):
    facts = read_dicom(
        dicom(PhotometricInterpretation=photometric, PresentationLUTShape=shape, WindowCenter=2048, WindowWidth=4096)
    )
    shown = preview_of(facts)
    assert bool(shown[0, 0] > shown[-1, -1]) is is_inverted
    assert facts.display["is_inverted"] is is_inverted


def test_first_of_several_windows_is_the_default():
    scale = grey_scale(parsed(dicom(WindowCenter=[100, 2048], WindowWidth=[50, 4096])))
    assert [(one.center, one.width) for one in scale.windows] == [(100, 50), (2048, 4096)]


@pytest.mark.parametrize("width", [0, -5, 0.5])
def test_a_window_that_the_standard_forbids_is_left_out(width):
    assert grey_scale(parsed(dicom(WindowCenter=100, WindowWidth=width))).windows == ()


@pytest.mark.parametrize("spacing", [[0, 0], [0.1, 0], [-1, -1]])
def test_spacing_of_zero_is_no_spacing(spacing):
    assert read_dicom(dicom(PixelSpacing=spacing)).display["spacing"] is None


SHAPES = [
    ({"PixelSpacing": [0.5, 0.25]}, [1.0, 2.0]),
    ({"ImagerPixelSpacing": [0.25, 0.5]}, [2.0, 1.0]),
    ({"PixelAspectRatio": [3, 2]}, [1.0, 1.5]),
    ({"PixelSpacing": [0.2, 0.2], "PixelAspectRatio": [3, 2]}, [1.0, 1.0]),  # the spacing wins
    ({"PixelSpacing": [0, 0], "PixelAspectRatio": [2, 1]}, [1.0, 2.0]),
    ({"PixelSpacing": [0.2, 0.2015]}, [1.0, 1.0]),  # rounding
    ({"PixelAspectRatio": [0, 1]}, [1.0, 1.0]),
    ({"PixelAspectRatio": [2]}, [1.0, 1.0]),
    ({"PixelSpacing": ["1e-300", "1e300"]}, [1.0, 1.0]),
    ({}, [1.0, 1.0]),
]


@pytest.mark.parametrize(("tags", "stretch"), SHAPES)
def test_a_pixel_is_drawn_in_the_shape_that_the_file_tells(tags, stretch):
    facts = read_dicom(dicom(**tags))
    assert facts.display["stretch"] == stretch
    assert Image(display=facts.display).stretch == stretch
    spacing_alone = {"spacing": facts.display["spacing"]}
    assert Image(display=spacing_alone).stretch == (stretch if spacing_alone["spacing"] else [1.0, 1.0]), "as of before"


def test_spacing_at_the_detector_says_so():
    display = read_dicom(dicom(ImagerPixelSpacing=[0.15, 0.15])).display
    assert (display["spacing"], display["spacing_source"]) == ([0.15, 0.15], "ImagerPixelSpacing")


AT, FILM = {"ImagerPixelSpacing": [0.15, 0.15]}, {"NominalScannedPixelSpacing": [0.15, 0.15]}
SAME, OTHER = {"PixelSpacing": [0.15, 0.15]}, {"PixelSpacing": [0.12, 0.12]}
FIDUCIAL, GEOMETRY = ({"PixelSpacingCalibrationType": kind} for kind in ("FIDUCIAL", "GEOMETRY"))
MAGNIFIED = {"EstimatedRadiographicMagnificationFactor": 1.5}
SPACINGS = [
    (AT, " at detector"),
    (AT | SAME, " at detector"),
    (AT | SAME | MAGNIFIED, " by stated magnification"),
    (AT | OTHER, ", calibration unknown"),
    (OTHER, ", calibration unknown"),
    (OTHER | {"PixelSpacingCalibrationType": "guessed"}, ", calibration unknown"),
    (AT | OTHER | FIDUCIAL, " by an object of known size"),
    (AT | SAME | FIDUCIAL, " by an object of known size"),
    (AT | OTHER | GEOMETRY | MAGNIFIED, " by known geometry"),
    (FILM, " on the film"),
    (FILM | SAME, " on the film"),
    (OTHER | {"Modality": "CT"}, ""),
    (SAME | AT | {"PixelSpacing": [0, 0]}, " at detector"),
    ({}, ""),
]


@pytest.mark.parametrize(("tags", "words"), SPACINGS)
def test_a_spacing_says_where_it_holds(tags, words):
    dataset = parsed(dicom(**tags))
    header = decoded(dataset, decode_pixels(dataset)).geometry.as_json()
    assert header["spacingWords"] == words
    assert (header["spacing"] is None) == (not tags)


def test_voi_table_is_used():
    item = Dataset()
    item.LUTDescriptor = [4096, 0, 8]
    item["LUTDescriptor"].VR = "US"
    item.LUTData = bytes(2 * 4096 - 2) + b"\xff\x00"
    item["LUTData"].VR = "OW"
    dataset = parsed(dicom())
    dataset.VOILUTSequence = Sequence([item])
    shown = render(np.array([[0, 4094, 4095]], dtype=np.uint16), grey_scale(dataset))
    assert shown.tolist() == [[0, 0, 255]]


@pytest.mark.parametrize("descriptor", [[10, 0, 8], [3, 0, 99], [1]])
def test_a_broken_voi_table_is_left_out(descriptor):
    item = Dataset()
    item.LUTDescriptor = descriptor
    item["LUTDescriptor"].VR = "US"
    item.LUTData = b"\0\0\0\0"
    item["LUTData"].VR = "OW"
    dataset = parsed(dicom())
    dataset.VOILUTSequence = Sequence([item])
    assert grey_scale(dataset).voi_table is None


def test_signed_pixels_keep_their_sign():
    signed = np.array([[-1000, 0], [500, 1000]], dtype="<i2")
    content = dicom(signed, BitsStored=16, HighBit=15)
    assert decode_pixels(parsed(content)).tolist() == signed.tolist()
    assert preview_of(read_dicom(content))[0, 0] < 5


def test_colours_are_shown_as_colours():
    red = np.zeros((8, 8, 3), dtype=np.uint8)
    red[..., 0] = 200
    shown = preview_of(read_dicom(dicom(red)))
    assert shown.shape == (8, 8, 3)
    assert abs(int(shown[0, 0, 0]) - 200) < 4


def test_frames_are_counted_and_the_first_is_shown():
    frames = np.stack([RAMP, RAMP[::-1]])
    content = dicom(frames[0], NumberOfFrames=2)
    dataset = parsed(content)
    dataset.PixelData = frames.tobytes()
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    facts = read_dicom(buffer.getvalue())
    assert (facts.frames, facts.rows) == (2, 16)
    assert preview_of(facts)[0, 0] < 5


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_compressed_pixels_decode_to_the_same_values(syntax):
    import imagecodecs

    dataset = parsed(dicom(np.kron(RAMP, np.ones((4, 4), dtype="<u2"))))
    pixels = dataset.pixel_array
    if syntax == RLELossless:
        dataset.compress(RLELossless, encoding_plugin="pydicom")
    else:
        encode = imagecodecs.jpegls_encode if syntax == JPEGLSLossless else imagecodecs.jpeg2k_encode
        options = {} if syntax == JPEGLSLossless else {"codecformat": "j2k", "reversible": True, "level": 0}
        dataset.PixelData = pydicom.encaps.encapsulate([encode(pixels, **options)])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    facts = read_dicom(buffer.getvalue())
    assert facts.pixel_sha256 == hashlib.sha256(pixels.tobytes()).hexdigest()
    assert facts.transfer_syntax == syntax


@pytest.mark.parametrize("number", [51, 53, 55])
def test_twelve_bits_of_jpeg_are_read_in_retired_processes_too(number):
    import imagecodecs

    pixels = np.kron(RAMP, np.ones((4, 4), dtype="<u2"))
    stream = imagecodecs.jpeg_encode(pixels, level=99, bitspersample=12)
    dataset = parsed(dicom(pixels, syntax=f"1.2.840.10008.1.2.4.{number}"))
    dataset.PixelData = pydicom.encaps.encapsulate([stream])
    shown = decode_pixels(dataset)
    assert np.abs(shown.astype(int) - pixels).max() <= 16
    assert dataset.file_meta.TransferSyntaxUID.endswith(f".{number}")


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_file_without_preamble_is_read(syntax):
    content = bare(dicom(syntax=syntax))
    assert content[128:132] != b"DICM"
    assert is_dicom(content[:132])
    assert read_dicom(content).pixel_sha256 == hashlib.sha256(RAMP.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("content", "kind", "field"),
    [
        (dicom(drop=["PixelData"]), "no_picture", ""),
        (dicom(drop=["StudyInstanceUID"]), "missing", "StudyInstanceUID"),
        (dicom(SeriesInstanceUID=""), "missing", "SeriesInstanceUID"),
        (dicom(StudyInstanceUID="12345678"), "missing", "StudyInstanceUID"),
        (dicom(Modality="CT"), "modality", "Modality"),
        (dicom(Rows=0), "size", "Rows"),
        (dicom(Rows=65535, Columns=65535), "size", "Rows"),
        (dicom(Rows=4000), "undecodable", "PixelData"),
        (dicom(drop=["BitsAllocated"]), "undecodable", "PixelData"),
        (dicom(syntax="1.2.840.10008.1.2.4.100"), "undecodable", "PixelData"),
        (dicom()[:420], "no_picture", ""),
        (b"\0" * 128 + b"DICM", "unreadable", ""),
        (b"\0" * 128 + b"DICM" + b"\xff" * 500, "unreadable", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_in_is_refused_by_name(content, kind, field):
    error = reason(content, modalities=("CR", "DX"))
    assert (error.kind, error.name) == (kind, field)
    assert error.reason.endswith(".")


def test_a_size_that_is_refused_is_told_in_whole_numbers():
    assert "16 pixels, 2147483647 frames" in reason(dicom(NumberOfFrames=2147483647)).reason


def test_a_refusal_never_quotes_patient_fields():
    error = reason(dicom(PatientName="Smith^John", PatientID="Smith-1", Modality="CT"), modalities=("DX",))
    assert "Smith" not in error.reason + error.value


def test_a_file_that_does_not_say_it_is_de_identified_is_remarked():
    assert read_dicom(dicom()).remarks == ()
    assert "(0012,0062)" in read_dicom(dicom(PatientIdentityRemoved="NO")).remarks[0]


@hypothesis_settings(max_examples=60)
@given(st.integers(132, 700), st.binary(min_size=1, max_size=12))
def test_a_damaged_file_ends_in_a_picture_or_a_refusal(place, garbage):
    content = dicom(PatientAge="045Y", WindowCenter=100, WindowWidth=200)
    damaged = content[:place] + garbage + content[place + len(garbage) :]
    assert facts_or_reason(damaged)


# Lossy pictures differ between decoders by one grey level, and a better decoder reads more.
_LOSSY = {"JPGExtended.dcm", "CTImage.dcm_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm"}
_READ_BY_US_ALONE = {
    "MR1_JPLY.dcm",
    "CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm",
    "CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm",
}
# The table has the digest of its bytes as they lie; ours is of little-endian values, as of the same picture in other files.
_BIG_ENDIAN = {"CTImage.dcm_BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm"}
_REFUSED_BY_RULE = {"GREYSCALE_IMAGE.dcm"}  # BurnedInAnnotation is YES


def _expected() -> list[dict[str, str]]:
    table = SHARED / "DICOM_EXPECT.csv"
    return list(csv.DictReader(table.open(encoding="utf-8"))) if table.is_file() else []


@pytest.mark.shared_data
@pytest.mark.slow
def test_every_real_file_reads_as_expected_or_is_refused_with_a_reason(shared):
    wrong = []
    for row in _expected():
        name = row["file"].rsplit("/", 1)[-1]
        facts = facts_or_reason((shared / row["file"]).read_bytes())
        if isinstance(facts, str):
            assert facts.endswith(".")
            if row["pixels"] == "ok" and name not in _REFUSED_BY_RULE:
                wrong.append((name, facts))
            continue
        is_same = facts.pixel_sha256.startswith(row["pixel_sha16"])
        if not is_same and name not in _LOSSY | _READ_BY_US_ALONE | _BIG_ENDIAN:
            wrong.append((name, facts.pixel_sha256[:16]))
        if name not in _READ_BY_US_ALONE:
            assert str((facts.rows, facts.columns))[:-1] in row["shape"]
    assert wrong == []


@pytest.mark.shared_data
def test_the_real_inverted_film_with_spacing_zero_is_shown_right(shared):
    facts = read_dicom((shared / "cxr_dicom" / "RG1_UNCI.dcm").read_bytes())
    assert facts.display["is_inverted"]
    assert facts.display["spacing"] is None
    shown = preview_of(facts)
    assert shown[:20, :20].mean() != shown[360:400, 360:400].mean()
    assert shown.shape == (768, 723)


@pytest.mark.parametrize(
    ("said", "told", "value"),
    [("CT", "Modality is 'CT'", "CT"), ("ZEBRAQUIST", "is none that DICOM knows", "")],
)
def test_an_unfit_modality_is_told_only_where_it_is_one_of_dicoms(said, told, value):
    with pytest.raises(UnreadableFileError) as refusal:
        read_dicom(dicom(Modality=said), modalities=["DX"])
    assert told in refusal.value.reason
    assert (refusal.value.value, "ZEBRA" in refusal.value.reason) == (value, False)


@pytest.mark.parametrize("said", [{"drop": ["Modality"]}, {"Modality": ""}])
def test_a_picture_that_names_no_modality_is_read(said):
    assert read_dicom(dicom(**said), modalities=["DX"]).study.modality == ""


def test_a_file_without_modality_and_picture_is_refused_for_having_no_picture():
    with pytest.raises(UnreadableFileError, match="holds no picture"):
        read_dicom(dicom(drop=["Modality", "PixelData"]), modalities=["DX"])


def test_a_name_in_a_text_of_technique_counts_as_not_given():
    named = {"ViewPosition": "ZEBRAQUIST", "BodyPartExamined": "ZEBRAQUIST", "ImageLaterality": "ZEBRAQUIST"}
    facts = read_dicom(dicom(**named, Laterality="L", PatientAge="097Y"))
    assert (facts.view_position, facts.study.view_position, facts.study.body_part) == ("", "", "")
    assert (facts.laterality, facts.study.age) == ("L", 90)


def test_a_films_frame_is_named_as_any_other_frame_is(tmp_path):
    windowed = dicom(WindowCenter=700, WindowWidth=900)
    names = [read_dicom(content, frames_in=tmp_path).pictures.frames.digests for content in (dicom(), windowed)]
    dataset = parse(dicom())
    assert names[0] == derive(decoded(dataset, decode_pixels(dataset)), tmp_path).frames.digests
    masked = read_dicom(dicom(), frames_in=tmp_path, mask=[Region(1, 1, 2, 2)]).pictures.frames.digests
    assert len({*names, masked}) == 3


@pytest.mark.parametrize("given", [{}, {"NumberOfFrames": 1}, {"NumberOfFrames": 2}])
def test_frames_that_are_not_counted_are_decoded_as_by_pydicom(given):
    dataset = pydicom.dcmread(io.BytesIO(dicom()))
    stream = imagecodecs.jpegls_encode(RAMP)
    dataset.PixelData = encapsulate([stream, stream], has_bot=True)
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = JPEGLSLossless
    for name, value in given.items():
        setattr(dataset, name, value)
    expected = pixel_array(dataset)
    assert np.array_equal(decode_pixels(dataset), expected)
    assert expected.shape == (2, *RAMP.shape)


@pytest.mark.parametrize(("modality", "view"), [("CR", "AP"), ("OT", "AP"), ("MR", ""), ("CT", ""), ("US", "")])
def test_the_description_tells_the_view_of_films_alone(modality, view):
    """In a series of slices it may be how they were encoded."""
    assert read_dicom(dicom(Modality=modality, SeriesDescription="EPI PE AP")).view_position == view
    assert read_dicom(dicom(Modality=modality, ViewPosition="PA")).view_position == "PA"
