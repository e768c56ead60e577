"""Attributes of technique: what machines and methods are called stays, what names somebody goes."""

import csv
import gzip

import numpy as np
import pydicom
import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cases.adapters.dicom import is_dicom, study_facts
from cases.gate.header.codes import is_code, meaning_of
from cases.gate.header.deidentification import deidentify
from cases.gate.header.pseudonyms import SiteKey
from cases.gate.header.technique import _TOKEN, _names, is_technique, words_of_technique
from cases.gate.header.terms import is_term
from cases.gate.header.told_bytes import tells_in_bytes
from tests.cases.builders import SHARED

KEY = SiteKey.of("k" * 40, "north")


@pytest.mark.parametrize(
    "text",
    ["Philips Medical Systems", "GE MEDICAL SYSTEMS", "FUJIFILM Corporation", "Definium 5000", "DRX-Evolution", "LightSpeed VCT",
     "Thunder Platform",
     "syngo MR E11", "V1.2.3", "DISCOVERY CT750 HD", "Aquilion ONE", "KONICA MINOLTA", "PIXIUM 4600", "code15",
     "AGFAHD", "NK5", "SOFTER", "B30f", "NORMAL", "DERIVED", "MONOCHROME2", "35CMX43CM", "postero-anterior",
     "TFE", "SSFP 7", "HFS", "IHE", ""],
)  # fmt: skip
def test_machines_and_methods_are_technique(text):
    assert is_technique(text)


@pytest.mark.parametrize(
    "text",
    ["Kowalski", "PRICE^MAY", "mary brown", "29010271", "MRN2875670", "785-53-0564", "12/25/2013", "seen by Guadalupe",
     "Philips Okafor",
     "jane@clinic.org", "Quix", "QUIX 7", "Zubk", "Ejk", "QXB 7", "XK", "JHN", "WRGT", "김희중", "李娜", "Øy"],
)  # fmt: skip
def test_names_and_long_numbers_are_none(text):
    assert not is_technique(text)


@pytest.mark.parametrize(
    "text",
    ["12.05.1950", "1950 05 12", "12.5.50", "12-5-50", "05.1950", "1950.05", "123 45 6789", "0176 123 4567", "555.123.4567",
     "+1 555 1234", "47 11 08", "MRN 4711 0815", "MRN4711", "ID 4711", "A1950B0512", "V12.05.1950", "DO^JO 19 50"],
)  # fmt: skip
def test_days_and_numbers_of_people_are_none(text):
    assert not is_technique(text)


@pytest.mark.parametrize(
    "text",
    ["山田太郎", "홍길동", "Ли Ан", "Müller", "Ngo Vu", "Li Wu", "J. Q. P.", "Zyx Qwv", "geb. 1950", "JD1950", "J0HN", "M R N",
     "Ⅳ", "１２３"],
)  # fmt: skip
def test_what_is_short_or_written_otherwise_is_none(text):
    assert not is_technique(text)


@pytest.mark.parametrize(
    "text",
    ["JADE DIXON", "Jade Dixon", "DIXON JADE", "Dixon, Jade", "jade_dixon", "JADE M DIXON", "Max Dixon", "Allegra Philips",
     "Vida Siemens", "Siemens Jade Dixon", "Jade Dixon VA48A"],
)  # fmt: skip
def test_a_first_name_beside_a_surname_is_somebody_though_machines_are_called_by_both(text):
    assert not is_technique(text)
    assert words_of_technique(text) == ""


@pytest.mark.parametrize(
    "text",
    ["Jade", "DIXON", "T2 TSE DIXON", "DIXON TSE", "MAGNETOM Vida", "SIEMENS MAGNETOM Vida", "SIEMENS Vida", "Philips Allegra",
     "AXIOM Artis", "Artis one", "TOSHIBA Titan", "KONICA MINOLTA", "Tomo MLO", "Allura Xper", "Brilliance 64", "Amira"],
)  # fmt: skip
def test_a_machine_with_a_persons_name_beside_its_makers_is_technique(text):
    assert is_technique(text)


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real headers in ../shared/data")
def test_no_machine_of_real_headers_is_taken_for_a_person():
    keywords = ("Manufacturer", "ManufacturerModelName", "SoftwareVersions", "ReceiveCoilName", "ConvolutionKernel")
    told = set()
    for path in SHARED.rglob("*"):
        if path.is_file() and is_dicom(path.read_bytes()[:132]):
            dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True, specific_tags=keywords)
            told |= {text for keyword in keywords for text in several_or_one(dataset.get(keyword))}
    with gzip.open(
        SHARED / "reports_openi" / "nlmcxr_dicom_metadata.csv.gz", "rt", encoding="utf-8", newline=""
    ) as file:
        columns = ("Manufacturer", "Detector Manufacturer Name", "Detector Manufacturer's Model Name", "Plate Type")
        told |= {row[column] for row in csv.DictReader(file) for column in columns}
    assert len(told) > 60
    assert [text for text in sorted(told) if _names(_TOKEN.findall(text))] == []


def several_or_one(value):
    return [value] if isinstance(value, str) else map(str, value or ())


@pytest.mark.parametrize("text", ["PNEUMOTHORAX", "collapsed lung", "Effusion seen", "fracture"])
def test_what_is_seen_is_no_technique(text):
    assert not is_technique(text)


@pytest.mark.parametrize(
    "text",
    ["1.5.6.850", "EPIQ 5G_1.5.6.850", "V3.51*P25", "Version 3.3.1", "syngo CT 2011A", "0d533f1", "coreload.81", "epfid2d1_72",
     "G.E. Medical Systems", "HiSpeed CT/i", "SOMATOM Definition AS+", "H31s", "2.0", "05", "Algo1"],
)  # fmt: skip
def test_versions_and_models_of_real_machines_stay(text):
    assert is_technique(text)


# Attributes that machines fill with their names and settings, and people with anything.
ATTRIBUTES = [
    *("ManufacturerModelName", "Manufacturer", "SoftwareVersions", "FilterType", "ConvolutionKernel", "SequenceName"),
    *("ReceiveCoilName", "ScanOptions", "WindowCenterWidthExplanation", "PositionReferenceIndicator", "ViewPosition"),
    *("BodyPartExamined", "ImageType", "CodeMeaning"),
]


@pytest.mark.parametrize("keyword", ATTRIBUTES)
@pytest.mark.parametrize(
    "plant", ["12.05.1950", "123 45 6789", "MRN 4711 0815", "山田太郎", "Ли Ан", "Zyx Qwv", "DO^JO 19 50"]
)
def test_no_plant_is_left_in_an_attribute_of_technique(keyword, plant):
    dataset, tag = Dataset(), tag_for_keyword(keyword)
    dataset[tag] = DataElement(tag, dictionary_VR(tag), plant, validation_mode=pydicom.config.IGNORE)
    assert not deidentify(dataset, KEY).dataset.get(keyword)


@pytest.mark.parametrize(
    ("keyword", "vr"),
    [(keyword, vr) for keyword in ("SoftwareVersions", "NumberOfFrames", "ReceiveCoilName", "WindowCenter")
     for vr in ("OB", "OW", "LT", "UT")] + [("SoftwareVersions", "UN"), ("FilterType", "UN")],
)  # fmt: skip
def test_a_name_that_is_written_as_bytes_or_as_long_text_goes(keyword, vr):
    dataset, tag = Dataset(), tag_for_keyword(keyword)
    value = "Иванов Иван" if vr in {"LT", "UT"} else "Иванов Иван".encode()
    dataset[tag] = DataElement(tag, vr, value, validation_mode=pydicom.config.IGNORE)
    assert keyword not in deidentify(dataset, KEY).dataset


def test_a_day_that_is_written_as_numbers_where_text_belongs_goes():
    dataset = Dataset()
    dataset.add_new(0x00181020, "FD", [1950.0, 5.0, 12.0])
    assert "SoftwareVersions" not in deidentify(dataset, KEY).dataset


def test_a_text_written_as_another_kind_of_text_stays():
    dataset = Dataset()
    dataset.add_new(0x00181020, "SH", "VA48A")
    dataset.add_new(0x00280030, "FD", [0.2, 0.2])
    shown = deidentify(dataset, KEY).dataset
    assert (shown.SoftwareVersions, list(shown.PixelSpacing)) == ("VA48A", [0.2, 0.2])


@pytest.mark.parametrize("kind", ["OW", "US"])
@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ([ord(letter) for letter in "QZX VUK"], False),  # letters that are no word that anybody knows
        ([ord(letter) for letter in "Žůř Ôé"], False),
        ([0, 10, 40, 90, 200, 255], True),
        ([255, 200, 90, 40, 10, 0], True),
        ([0, 900, 400, 2000, 4095, 4000], True),  # a table of tones may rise and fall
    ],
)
def test_letters_in_the_place_of_a_table_of_tones_go(values, stays, kind):
    item, dataset = Dataset(), Dataset()
    item[0x00283002] = DataElement(0x00283002, "US", [len(values), 0, 16])
    data = np.array(values, "<u2").tobytes() if kind == "OW" else values
    item[0x00283006] = DataElement(0x00283006, kind, data)
    dataset.VOILUTSequence = Sequence([item])
    assert ("LUTData" in deidentify(dataset, KEY).dataset.VOILUTSequence[0]) is stays


@pytest.mark.parametrize(
    "uid", ["1.2.840.10008.5.1.4.19.50.5.12", "1.2.840.10008.5.1.4.123.456.789", "1.2.276.4711.19500512"]
)
def test_a_uid_that_only_looks_like_the_standards_is_mapped(uid):
    dataset = Dataset()
    dataset.ReferencedSOPClassUID, dataset.SOPClassUID = uid, "1.2.840.10008.5.1.4.1.1.1.1"
    shown = deidentify(dataset, KEY).dataset
    assert (shown.ReferencedSOPClassUID, shown.SOPClassUID) == (KEY.uid(uid), "1.2.840.10008.5.1.4.1.1.1.1")


def test_a_code_whose_meaning_may_not_be_told_goes_with_its_value():
    coded, named = Dataset(), Dataset()
    coded.CodeValue, coded.CodingSchemeDesignator, coded.CodeMeaning = "36118008", "SCT", ""
    named.CodeValue, named.CodingSchemeDesignator, named.CodeMeaning = "XR2017", "99LOCAL", "Pneumothorax film"
    dataset = Dataset()
    dataset.ProcedureCodeSequence = Sequence([coded, named])
    shown = deidentify(dataset, KEY, forbidden=["pneumothorax"]).dataset
    assert [len(item) for item in shown.ProcedureCodeSequence] == [0, 0]


def test_of_a_maker_the_words_that_are_known_stay():
    assert words_of_technique("Philips Medical Systems Okafor 29010271") == "Philips Medical Systems"
    assert words_of_technique("Okafor") == words_of_technique("Okafor Imaging Inc.") == ""


@pytest.mark.parametrize(("tag", "good", "bad"), [
    (0x00100040, "F", "A3799568"), (0x00185100, "HFS", "KOWALSKI"), (0x20500020, "IDENTITY", "00569"),
    (0x00281054, "US", "MRN46984"),
    (0x00200062, "L", "1328"), (0x00080008, "ORIGINAL", "97289412"), (0x00185101, "PA", "MARIA"),
])  # fmt: skip
def test_a_code_string_is_a_term(tag, good, bad):
    assert is_term(tag, good)
    assert not is_term(tag, bad)


@pytest.mark.parametrize(
    ("value", "scheme", "expected"),
    [("51440002", "SCT", True), ("51440003", "SCT", False), ("113100", "DCM", True), ("2875670", "DCM", False),
     ("T-D3000", "SRT", True),
     ("R-10214", "SNM3", True), ("XR2017", "99LOCAL", True), ("MRN2875670", "99LOCAL", False), ("XR2017", "", False)],
)  # fmt: skip
def test_a_code_has_the_form_of_its_scheme(value, scheme, expected):
    assert is_code(value, scheme) is expected


@pytest.mark.parametrize("scheme", ["I10", "ICD10", "I9C", "99ICD", "99LOCAL", "CPT4"])
@pytest.mark.parametrize("value", ["J93.9", "J90", "J98.1", "j93.9"])
def test_a_disease_as_icd_10_writes_it_is_no_code_of_technique(value, scheme):
    assert not is_code(value, scheme)


def test_codes_are_told_where_they_say_how_a_picture_was_taken_and_nowhere_else():
    def coded(value, scheme="SCT", meaning="") -> Dataset:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
        return item

    dataset, request = Dataset(), Dataset()
    dataset.PatientID, dataset.StudyInstanceUID = "4711", "1.2.3.4"
    dataset.ReasonForPerformedProcedureCodeSequence = Sequence(
        [coded("46621007"), coded("51440002"), coded("J90", "I10")]
    )
    request.ReasonForRequestedProcedureCodeSequence = Sequence([coded("60046008", meaning="Derrame pleural")])
    dataset.RequestAttributesSequence = Sequence([request])
    region = coded("51185008", meaning="Chest")
    region.AnatomicRegionModifierSequence = Sequence([coded("51440002", meaning="Right and left")])
    dataset.AnatomicRegionSequence = Sequence([region])
    shown = deidentify(dataset, KEY).dataset
    told = [element.value for element in shown.iterall() if element.keyword == "CodeValue"]
    assert [one for one in told if not one.startswith("113")] == ["51185008", "51440002"]


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("36118008", "SCT"),  # pneumothorax
        ("60046008", "SCT"),  # pleural effusion
        ("233604007", "SCT"),  # pneumonia, which no part of the standard lists
        ("254637007", "SCT"),  # a cancer of the lung
        ("132254000", "SCT"),  # a breed
        ("253276007", "SCT"),  # a heart of three chambers, which is listed among its parts
        ("87737001", "99SCT"),  # a carcinoma, by its cells
        ("D2-80100", "SRT"),
        ("M-36650", "SRT"),
        ("M-99999", "SNM3"),
        ("19500312", "SCT"),
    ],
)
def test_a_finding_in_the_place_of_a_procedure_goes_with_its_code(value, scheme):
    assert not is_code(value, scheme)
    coded = Dataset()
    coded.CodeValue, coded.CodingSchemeDesignator = value, scheme
    dataset = Dataset()
    dataset.ProcedureCodeSequence = Sequence([coded])
    assert "CodeValue" not in deidentify(dataset, KEY).dataset.ProcedureCodeSequence[0]


@pytest.mark.parametrize(
    ("value", "scheme"),
    [
        ("39607008", "SCT"),  # lung
        ("51185008", "SCT"),  # chest
        ("399348003", "SCT"),  # antero-posterior
        ("77477000", "SCT"),  # computed tomography
        ("24028007", "SCT"),  # right
        ("T-28000", "SRT"),
        ("R-10242", "SRT"),
        ("G-A101", "SRT"),
        ("F-10450", "SNM3"),  # lying
    ],
)
def test_a_code_of_snomed_that_says_where_and_how_stays(value, scheme):
    assert is_code(value, scheme)
    assert meaning_of(value, scheme)


def test_words_in_bytes_are_told_from_tables():
    ramp = np.arange(65536, dtype="<u2")
    assert not tells_in_bytes(ramp.tobytes())
    assert not tells_in_bytes(ramp[::-1].tobytes())
    assert not tells_in_bytes(np.arange(256, dtype="u1").tobytes())
    assert not tells_in_bytes((255 * (ramp / 65535) ** 0.45).astype("<u2").tobytes())
    assert tells_in_bytes(b"\0\1pt Zhang Noor\0")
    assert tells_in_bytes(b"\x10\x20 00948742 \0")


def test_facts_of_a_study_hold_nobodys_name():
    dataset = Dataset()
    dataset.Manufacturer, dataset.BodyPartExamined, dataset.ViewPosition = "SIEMENS Okafor", "CHEST", "PA"
    facts = study_facts(dataset)
    assert (facts.manufacturer, facts.body_part, facts.view_position) == ("SIEMENS", "CHEST", "PA")
    dataset.BodyPartExamined, dataset.ViewPosition = "OKAFOR", "MRN2875670"
    facts = study_facts(dataset)
    assert (facts.body_part, facts.view_position) == ("", "")


def test_what_a_header_says_of_technique_stays_and_names_go():
    dataset = Dataset()
    dataset.PatientID, dataset.Manufacturer, dataset.ManufacturerModelName = "1", "SIEMENS Okafor", "Okafor"
    dataset.SoftwareVersions, dataset.PatientSex, dataset.ImageType = ["VA48A", "1.2"], "F", ["ORIGINAL", "PRIMARY"]
    dataset[0x00282000] = DataElement(0x00282000, "OB", b"profile of Okafor")
    for table in (0x00281101, 0x00281102):
        dataset[table] = DataElement(table, "US", [256, 0, 16])
    dataset[0x00281201] = DataElement(0x00281201, "OW", np.arange(256, dtype="<u2").tobytes())
    dataset[0x00281202] = DataElement(0x00281202, "OW", b"pt Zhang Noor seen")
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "51440002", "SCT", "Right and left"
    named = Dataset()
    named.CodeValue, named.CodingSchemeDesignator, named.CodeMeaning = "MRN2875670", "SCT", "for Okafor"
    dataset.ViewCodeSequence = Sequence([code, named])
    shown = deidentify(dataset, KEY).dataset
    assert (shown.Manufacturer, list(shown.SoftwareVersions), shown.PatientSex) == ("SIEMENS", ["VA48A", "1.2"], "F")
    assert list(shown.ImageType) == ["ORIGINAL", "PRIMARY"]
    assert not {"ManufacturerModelName", "ICCProfile"} & set(shown.dir())
    assert 0x00281201 in shown
    assert 0x00281202 not in shown
    assert [item.get("CodeValue") for item in shown.ViewCodeSequence] == ["51440002", None]
    assert [item.get("CodeMeaning") for item in shown.ViewCodeSequence] == ["Right and left", None]
