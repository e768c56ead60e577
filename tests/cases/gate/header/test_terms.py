"""Code strings: the terms that the standard lists, and what machines write; the answer and names are none."""

import pytest

from cases.adapters.dicom import read_dicom
from cases.gate.header.door import view_of
from cases.gate.header.terms import is_body_part, is_term, is_view
from tests.cases.builders import RAMP, dicom

SCAN_OPTIONS = 0x00180022


@pytest.mark.parametrize(
    "text",
    [
        "PA",
        "AP",
        "LL",
        "LATERAL",
        "AP AXIAL",
        "PA LLD",
        "XTABLE LATERAL",
        "LAO",
        "MLO",
        "XCCL",
        "frontal",
        "SWIMMERS",
        "",
    ],
)
def test_views_of_the_standard_and_of_machines_are_views(text):
    assert is_view(text)


@pytest.mark.parametrize(
    "text", ["CHEST", "CHESTABDOMEN", "HEADNECK", "LSPINE", "WHOLE BODY", "CHEST_ABDOMEN", "Port Chest", "T SPINE", ""]
)
def test_parts_of_the_body_are_parts(text):
    assert is_body_part(text)


@pytest.mark.parametrize(
    "text",
    ["EFFUSION", "PNEUMOTHORAX", "CHEST EFFUSION", "NODULE", "FRACTURE", "MARIA", "MRN 4711 0815", "12.05.1950", "1950 05 12",
     "0176 123 4567", "4711", "山田太郎", "PTX"],
)  # fmt: skip
def test_the_answer_names_and_numbers_are_neither(text):
    assert not is_view(text)
    assert not is_body_part(text)


@pytest.mark.parametrize(
    "text", ["HELICAL MODE", "FS", "FAST_GEMS", "CT_SOM5 SPI", "ECHO_00", "XYZ_EC", "2D", "M", "05"]
)
def test_terms_of_code_strings_stay(text):
    assert is_term(SCAN_OPTIONS, text)


@pytest.mark.parametrize(
    "text", ["KOWALSKI", "D0E", "M R N", "MRN 4711", "PTX", "PNEUMOTHORAX", "ID 4711", "1950 05 12"]
)
def test_other_words_in_code_strings_are_none(text):
    assert not is_term(SCAN_OPTIONS, text)


def test_facts_of_a_picture_keep_views_and_parts_alone():
    facts = read_dicom(dicom(RAMP, ViewPosition="EFFUSION", BodyPartExamined="PNEUMOTHORAX"))
    assert (facts.view_position, facts.study.view_position, facts.study.body_part) == ("", "", "")
    facts = read_dicom(dicom(RAMP, ViewPosition="AP AXIAL", BodyPartExamined="CHEST"))
    assert (facts.view_position, facts.study.body_part) == ("AP AXIAL", "CHEST")


def test_a_view_of_a_table_is_held_to_the_same_terms():
    assert (view_of("Lateral"), view_of("effusion")) == ("Lateral", "")


def test_names_of_windows_say_no_answer():
    facts = read_dicom(
        dicom(RAMP, WindowCenter=[1, 2], WindowWidth=[9, 9], WindowCenterWidthExplanation=["Pneumothorax", "LUNG"])
    )
    assert [one["name"] for one in facts.display["windows"]] == ["", "LUNG"]
