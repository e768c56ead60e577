"""The header that may be shown: nothing of the patient is left in it, and it is still the same picture."""

import datetime
import io
import warnings

import pydicom
import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian

from cases.adapters.dicom import parse
from cases.gate.header.deidentification import deidentify, written
from cases.gate.header.profile import CLEANED, RETAINED, Action, _table, action_of, attribute_count
from cases.gate.header.pseudonyms import SiteKey
from tests.cases.builders import RAMP, SHARED, bare, dicom

KEY = SiteKey.of("k" * 40, "north")
# What stands in an attribute of each kind before, in bytes that can be looked for after.
PLANTS = {
    "PN": "Quixotl^Zebulon", "DA": "19870612", "DT": "19870612071545.5", "TM": "071545", "UI": "1.2.826.0.77",
    "AE": "QUIXOTLAE", "AS": "047Y", "CS": "QUIXOTL", "IS": "770077", "DS": "770.077", "UC": "Quixotl", "UR": "http://q",
}  # fmt: skip
GONE = (b"Quixotl", b"Zebulon", b"QUIXOTL", b"19870612", b"071545", b"1.2.826.0.77", b"770077", b"770.077", b"http://q")


def read(content: bytes, **options) -> pydicom.FileDataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(io.BytesIO(content), **options)


def shown(content: bytes, key: SiteKey = KEY, **options) -> pydicom.FileDataset:
    """What is shown of a file, as another program reads it."""
    return read(written(deidentify(parse(content), key, **options).dataset))


def planted(vr: str) -> object:
    if vr == "SQ":
        item = Dataset()
        item.PatientName = PLANTS["PN"]
        item.add_new(0x00091001, "LO", "Quixotl")
        item.StudyDate = PLANTS["DA"]
        return Sequence([item])
    if vr in {"OB", "OW", "UN", "OB or OW", "OF", "OD", "OL"}:
        return b"Quixotl Zebulon."
    return {"US": 7, "UL": 7, "SS": 7, "SL": 7, "FL": 7.0, "FD": 7.0, "AT": 0x00100010}.get(
        vr, PLANTS.get(vr, "Quixotl")
    )


def test_the_table_is_whole():
    assert attribute_count() == 655
    assert action_of(0x00100010) is Action.EMPTY
    assert action_of(0x60023000) is action_of(0x50040010) is Action.REMOVE  # any overlay, any curve
    assert action_of(0x00280010) is Action.KEEP
    assert action_of(0x00091010) is Action.REMOVE


@pytest.mark.parametrize("group", sorted({tag >> 16 for tag in _table()[0]}))
def test_nothing_that_stood_in_an_attribute_of_the_table_is_left(group):
    dataset = read(dicom(drop=("PatientID",)))
    for tag in (tag for tag in _table()[0] if tag >> 16 == group and tag not in RETAINED and group >= 8):
        try:
            vr = dictionary_VR(tag)
        except KeyError:  # newer than pydicom's dictionary
            vr = "LO"
        dataset[tag] = DataElement(tag, vr.split(" or ")[0], planted(vr), validation_mode=pydicom.config.IGNORE)
    content = written(deidentify(dataset, KEY).dataset)
    assert [plant for plant in GONE if plant in content] == []


def test_private_unknown_and_free_text_outside_of_the_table_go_at_any_depth():
    dataset = read(dicom(PatientName="Quixotl^Zebulon"))
    dataset.add_new(0x00091001, "LO", "Quixotl")
    dataset.add_new(0x00280999, "LO", "of nobody's dictionary")
    dataset.add_new(0x00700081, "LO", "seen by Zebulon")  # ContentDescription: not in the table, but names the patient
    dataset.add_new(0x00181404, "US", 3)
    step = Dataset()
    step.CodeMeaning = "Chest of QUIXOTL"
    step.add_new(0x00091001, "LO", "Quixotl")
    step.SequenceOfUltrasoundRegions = [Dataset()]
    step.SequenceOfUltrasoundRegions[0].PatientName = "Quixotl"
    dataset.ProcedureCodeSequence = [step]
    result = shown(written(dataset))
    content = written(result)
    assert [plant for plant in GONE if plant in content] == []
    assert b"nobody" not in content
    assert result.ExposuresOnPlate == 3
    assert result.ProcedureCodeSequence[0].SequenceOfUltrasoundRegions[0].PatientName == ""


def test_an_identifier_of_several_values_is_known_by_each():
    dataset = read(dicom(OtherPatientIDs=["MRN4711", "HIS-99-17"], OperatorsName=["Quixotl^A", "Other^Zebulon"]))
    dataset.ManufacturerModelName = "for HIS-99-17"
    dataset.ContentDescription = "Zebulon at work"
    result = shown(written(dataset))
    assert "ManufacturerModelName" not in result
    assert "ContentDescription" not in result


def test_a_code_string_that_is_no_code_goes_and_a_code_stays():
    result = shown(dicom(ViewPosition="PA", BodyPartExamined="CHEST", PatientName="CHEST^PHANTOM", Laterality="L"))
    assert (result.ViewPosition, result.BodyPartExamined, result.Laterality) == ("PA", "CHEST", "L")
    dataset = read(dicom())
    dataset[0x00185101] = DataElement(0x00185101, "CS", "for Zebulon's file", validation_mode=pydicom.config.IGNORE)
    assert "ViewPosition" not in shown(written(dataset))


def test_the_picture_and_the_way_it_is_shown_stay():
    content = dicom(WindowCenter=2000, WindowWidth=900, RescaleSlope=2, PixelSpacing=[0.2, 0.3], PatientName="A^B")
    result = shown(content)
    assert (result.pixel_array == RAMP).all()
    assert (result.WindowCenter, result.RescaleSlope, result.PixelSpacing) == (2000, 2, [0.2, 0.3])
    assert (result.Modality, result.SOPClassUID) == ("DX", read(content).SOPClassUID)


def test_uids_and_patient_are_the_sites_pseudonyms_everywhere():
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3.1.1.2"
    one = shown(dicom(SourceImageSequence=[source]))
    two = shown(dicom(instance=2))
    assert one.StudyInstanceUID == two.StudyInstanceUID == KEY.uid("1.2.3.1")
    assert one.SOPInstanceUID == one.file_meta.MediaStorageSOPInstanceUID == KEY.uid("1.2.3.1.1.1")
    assert one.SourceImageSequence[0].ReferencedSOPInstanceUID == two.SOPInstanceUID
    assert one.SourceImageSequence[0].ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.1.1"
    assert one.PatientID == one.PatientName == KEY.patient("P1")
    assert shown(dicom(), SiteKey.of("k" * 40, "south")).StudyInstanceUID != one.StudyInstanceUID


def test_intervals_between_a_patients_dates_stay_and_no_date_does():
    first, second = (
        shown(dicom(StudyDate="20200227")),
        shown(dicom(study=1, StudyDate="20200301", ContentDate="20200302")),
    )
    days = [datetime.date.fromisoformat(str(text)) for text in (first.StudyDate, second.StudyDate, second.ContentDate)]
    assert [(day - days[0]).days for day in days] == [0, 3, 4]  # 2020 had a 29 February
    assert (datetime.date(2020, 2, 27) - days[0]).days == KEY.days_back("P1")
    assert shown(dicom(AcquisitionDateTime="20200227101112")).AcquisitionDateTime == first.StudyDate
    assert not shown(dicom(PatientBirthDate="19600101")).PatientBirthDate
    assert not shown(dicom(StudyTime="101112")).StudyTime


def test_age_and_sex_stay_and_great_ages_are_bounded():
    result = shown(dicom(PatientAge="047Y", PatientSex="F"))
    assert (result.PatientAge, result.PatientSex) == ("047Y", "F")
    assert shown(dicom(PatientAge="097Y")).PatientAge == "090Y"


@pytest.mark.parametrize("keyword", ["StudyDescription", "SeriesDescription", "ProtocolName"])
def test_the_answer_is_not_left_in_a_description(keyword):
    result = shown(dicom(**{keyword: "Chest PA: pneumothorax left, s/p biopsy Zebulon"}))
    assert result[keyword].value == "Chest PA"
    assert keyword not in shown(dicom(**{keyword: "PNEUMOTHORAX"}))


@pytest.mark.parametrize(
    "keyword", ["ImageComments", "PatientComments", "AdmittingDiagnosesDescription", "StudyComments"]
)
def test_comments_go_whole(keyword):
    assert keyword not in shown(dicom(**{keyword: "pneumothorax"}))


@pytest.mark.parametrize("keyword", ["ContentDescription", "TransducerData", "ContrastBolusRoute", "FilterMaterial"])
def test_text_outside_of_the_table_that_may_name_anybody_goes(keyword):
    dataset = read(dicom(Manufacturer="Agfa Imaging", ConvolutionKernel="B30f", RescaleType="US"))
    dataset[keyword] = DataElement(pydicom.datadict.tag_for_keyword(keyword), "LO", "Dr. Someone")
    result = shown(written(dataset))
    assert keyword not in result
    assert (result.Manufacturer, result.ConvolutionKernel, result.RescaleType) == ("Agfa Imaging", "B30f", "US")
    dataset.Manufacturer = "Dr. Someone"
    assert "Manufacturer" not in shown(written(dataset))


def test_words_that_are_forbidden_go_wherever_they_stand():
    dataset = read(dicom(ManufacturerModelName="Pneumothorax finder", Manufacturer="Agfa"))
    result = shown(written(dataset), forbidden=["pneumothorax"])
    assert "ManufacturerModelName" not in result
    assert result.Manufacturer == "Agfa"


def test_the_file_says_what_was_done_to_it():
    result = shown(dicom(drop=("PatientIdentityRemoved",)))
    assert result.PatientIdentityRemoved == "YES"
    assert result.LongitudinalTemporalInformationModified == "MODIFIED"
    assert [code.CodeValue for code in result.DeidentificationMethodCodeSequence] == [
        "113100",
        "113105",
        "113107",
        "113108",
    ]


def test_the_data_set_itself_stays_as_it_was():
    dataset = read(dicom(PatientName="Quixotl^Zebulon", StudyDescription="Chest for Quixotl"))
    before = written(dataset)
    changed = deidentify(dataset, KEY).changed
    assert written(dataset) == before
    assert {0x00100010, 0x00100020, 0x00081030, 0x0020000D} <= set(changed)
    assert 0x00280010 not in changed


@pytest.mark.parametrize(
    "content", [dicom(syntax=ImplicitVRLittleEndian), bare(dicom())], ids=["implicit", "no preamble"]
)
def test_other_forms_of_a_file_are_read_as_well(content):
    assert (shown(content).pixel_array == RAMP).all()


def test_clean_descriptors_are_descriptors():
    assert {dictionary_VR(tag) for tag in CLEANED} <= {"LO", "SH"}


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real reports and films in ../shared/data")
def test_no_name_number_or_date_of_a_real_file_is_left():
    told = 0
    for path in sorted(path for path in SHARED.rglob("*") if path.is_file() and path.suffix in {".dcm", ""}):
        try:
            dataset = read(path.read_bytes())
        except Exception:  # noqa: BLE001 - broken ones are the importer's
            continue
        if not dataset.get("PixelData") or not dataset.get("SOPInstanceUID"):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = {str(dataset.get(one) or "") for one in ("PatientID", "PatientBirthDate", "AccessionNumber")}
            names |= set(str(dataset.get("PatientName") or "").split("^"))
            result = deidentify(dataset, KEY).dataset
            del result.PixelData
            content = written(result)
        telling = [name for name in names if len(name) >= 4 and name.strip("0") and name.lower() != "anonymous"]
        assert [path.name for name in telling if name.encode("utf-8", "ignore") in content] == []
        told += len(telling)
    assert told > 50
