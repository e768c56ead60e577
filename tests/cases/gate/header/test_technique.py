"""Attributes of technique: what machines and methods are called stays, what names somebody goes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from cases.adapters.dicom import study_facts
from cases.gate.header.deidentification import deidentify
from cases.gate.header.pseudonyms import SiteKey
from cases.gate.header.technique import is_checked, is_code, is_technique, is_term, tells_in_bytes, words_of_technique

KEY = SiteKey.of("k" * 40, "north")


@pytest.mark.parametrize(
    "text",
    ["Philips Medical Systems", "GE MEDICAL SYSTEMS", "FUJIFILM Corporation", "Definium 5000", "DRX-Evolution", "LightSpeed VCT",
     "Thunder Platform",
     "syngo MR E11", "V1.2.3", "DISCOVERY CT750 HD", "Aquilion ONE", "KONICA MINOLTA", "PIXIUM 4600", "code15",
     "AGFAHD", "NK5", "SOFTER", "B30f", "NORMAL", "DERIVED", "MONOCHROME2", "35CMX43CM", "postero-anterior",
     "TFE", "QXB 7", "XK", "IHE", ""],
)  # fmt: skip
def test_machines_and_methods_are_technique(text):
    assert is_technique(text)


@pytest.mark.parametrize(
    "text",
    ["Kowalski", "PRICE^MAY", "mary brown", "29010271", "MRN2875670", "785-53-0564", "12/25/2013", "seen by Guadalupe",
     "Philips Okafor",
     "jane@clinic.org", "Quix", "QUIX 7", "Zubk", "Ejk", "김희중", "李娜", "Øy"],
)  # fmt: skip
def test_names_and_long_numbers_are_none(text):
    assert not is_technique(text)


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


@given(st.integers(10**6, 10**15))
def test_one_figure_in_ten_is_the_check_digit(number):
    assert sum(is_checked(f"{number}{figure}") for figure in range(10)) == 1


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
