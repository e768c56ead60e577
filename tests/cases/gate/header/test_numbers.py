"""A number of technique has few figures; what has more may be a patient's, and neither goes out in a header nor into a row."""

import io

import pydicom
import pytest
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

from cases.adapters.dicom import parse, read_dicom
from cases.gate.header.deidentification import deidentify, written
from cases.gate.header.numbers import DECIMAL, WHOLE, bounded
from cases.gate.header.profile import Action, action_of
from cases.gate.header.pseudonyms import SiteKey
from tests.cases.builders import RAMP, dicom

KEY = SiteKey.of("k" * 40, "north")
MRN, BORN = 8675309, 19500101


def shown(**tags) -> Dataset:
    return deidentify(parse(dicom(**tags)), KEY).dataset


def test_no_number_of_seven_figures_is_left_in_any_numeric_attribute():
    dataset = parse(dicom())
    planted = 0
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items():
        # A 16-bit number cannot hold it.
        if vr not in (WHOLE | DECIMAL) - {"US", "SS"} or not keyword or tag >> 16 in {0, 2, 4}:
            continue
        dataset[tag] = pydicom.DataElement(tag, vr, MRN, validation_mode=pydicom.config.IGNORE)
        planted += 1
    result = deidentify(dataset, KEY).dataset
    told = [element.keyword for element in result.iterall() if element.VR != "SQ" and str(MRN) in str(element.value)]
    assert planted > 500
    assert told == []
    assert str(MRN).encode() not in written(result)


@pytest.mark.parametrize("keyword", ["SeriesNumber", "ExposureTime", "AcquisitionNumber", "InstanceNumber", "KVP"])
@pytest.mark.parametrize("number", [MRN, BORN, 123_456])
def test_an_identifier_in_a_number_of_technique_goes(keyword, number):
    assert action_of(pydicom.datadict.tag_for_keyword(keyword)) is Action.KEEP
    assert keyword not in shown(**{keyword: number})


def test_what_is_measured_keeps_the_figures_that_mean_something():
    exact = {
        "PixelSpacing": [0.1428571, 0.1428571],
        "ImagePositionPatient": [-118.486846, -1.5, 812.25],
        "RescaleSlope": 1.2345678,
        "WindowCenter": 40.5,
        "SliceThickness": 0.625,
    }
    result = shown(**exact, ExposureTime=12, SeriesNumber=30_400, KVP=120, ImagingFrequency=123.252643, Exposure=3)
    assert {name: result[name].value for name in exact} == exact
    assert (result.ExposureTime, result.SeriesNumber, result.KVP, result.Exposure) == (12, 30_400, 120, 3)
    assert result.ImagingFrequency == 123.25


def test_millionths_are_large_and_rounded():
    result = shown(ExposureInuAs=320_000, XRayTubeCurrentInuA=MRN)
    assert (result.ExposureInuAs, result.XRayTubeCurrentInuA) == (320_000, 8_680_000)


def test_a_number_is_written_anew_so_that_nothing_hides_in_its_figures():
    dataset = parse(dicom())
    dataset.add_new(0x00180060, "DS", 120)
    content = written(dataset).replace(b"DS\x04\x00120 ", b"DS\x18\x00120.00000000000008675309")
    result = deidentify(parse(content), KEY).dataset
    assert (result.KVP, b"8675309" in written(result)) == (120, False)


def test_words_in_the_bytes_of_numbers_go():
    letters = [int.from_bytes(b"Zebulon Quixotl."[at : at + 2], "little") for at in range(0, 16, 2)]
    dataset = Dataset()
    dataset.add_new(0x00189461, "US", letters)  # FieldOfViewDimensions would hold two
    dataset.add_new(0x00281101, "US", [256, 0, 16])
    result = deidentify(dataset, KEY).dataset
    assert (0x00189461 in result, result[0x00281101].value) == (False, [256, 0, 16])


def test_a_pointer_points_at_a_known_attribute():
    dataset = Dataset()
    dataset.add_new(0x00280009, "AT", [0x00181063])
    assert deidentify(dataset, KEY).dataset[0x00280009].value == 0x00181063
    assert bounded(0x00280009, "AT", [0x48616E64]) is None


def test_what_describes_a_curve_or_an_overlay_goes_with_it():
    dataset = parse(dicom())
    for tag in (0x60000010, 0x60020102, 0x50000010):
        dataset.add_new(tag, "US", 12)
    result = deidentify(dataset, KEY).dataset
    assert [tag for tag in (0x60000010, 0x60020102, 0x50000010) if tag in result] == []


def test_no_long_number_becomes_a_series_or_an_instance_number_of_a_row():
    facts = read_dicom(dicom(RAMP, SeriesNumber=MRN, InstanceNumber=BORN))
    assert (facts.series_number, facts.instance_number) == (None, None)
    kept = read_dicom(dicom(RAMP, SeriesNumber=7, InstanceNumber=412))
    assert (kept.series_number, kept.instance_number) == (7, 412)


def test_the_result_can_be_de_identified_again():
    once = shown(KVP=119.123456, ExposureInuAs=123_456)
    buffer = io.BytesIO(written(once))
    again = deidentify(pydicom.dcmread(buffer), KEY).dataset
    assert (again.KVP, again.ExposureInuAs) == (once.KVP, once.ExposureInuAs)
