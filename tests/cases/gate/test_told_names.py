"""Names that sites give to files, folders and studies: told where they name nobody by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.contribution import Naming, SourceFile
from cases.gate.header.pseudonyms import SiteKey
from cases.gate.told_names import (
    SHOWN_NAME,
    id_names_somebody,
    names_nobody,
    readable,
    stored_id,
    told_name,
    with_stored_id,
)

KEY = SiteKey.of("k" * 40, "north")
NAMING = (
    *(
        "DOE_JOHN_19500101",
        "DOE^JOHN",
        "Doe, John",
        "john.doe@example.org",
        "Müller",
        "O'Neill_Sean",
        "SMITH",
        "19500101",
    ),
    *(
        "1950-01-01",
        "01.02.1950",
        "8675309",
        "MRN8675309",
        "acc_12345678",
        "patient_Quixotl",
        "chest_of_Zebulon",
        "John",
    ),
    # Names that number folders too, without a number; initials; other scripts; numbers in groups; months of a year.
    *("Case", "Case_Fall", "CASE_JOHN_4", "J_D", "J.D.7", "JD_12", "AB12", "SMTH_4", "李", "李_1", "김_희", "ǅ 1"),
    *(
        "123-45-6789",
        "001-02-0003",
        "12-34-56",
        "12_03_50",
        "01 02 03",
        "555-123-4567",
        "943 476 5919",
        "756.1234.5678.97",
    ),
    *("1.85.05.78.006.084.36", "2019_03", "2019-11"),
    # UIDs lead back to the examination.
    *("1.2.840.113619.2.5", "1.2.826.0.1.3680043.8.498.1", "1.2.3.4", "CT.1.2.3.4", "1.2.3.4-frame 2"),
)
NOBODY = (
    *("a", "1", "study1", "study_0007", "patient00012", "patient64541", "IM-0001-3001", "CXR1_1_IM-0001-3001", "CXR2"),
    *(
        "s50414267",
        "p10000032",
        "p10",
        "00000001_000",
        "1.2.3",
        "view1_frontal",
        "PA",
        "lateral",
        "series-2",
    ),
    *(
        "02aa804e-bde0afdd-b112b34e-7bc16630-014e384d",
        "0b1cb8905fd8839a001d7a707f0c3f",
        "00001-" + "ab" * 16,
        "train_images",
    ),
    *(
        "S12",
        "CASE-004",
        "case 4",
        "Session2",
        "CENTER-3_CASE-12",
        "Fall_17",
        "ID 7",
        "PT-0012",
        "P1_S2",
        "hosp3",
        "no 5",
    ),
    *("2019", "study_0012_0034", "IM-0012-3001", "x_1", "Visit 2"),
    *("indiana_reports", "mimic-cxr-2.0.0-metadata", "images_001", "000017", "CT", "T2 sagittal", ""),
)


@pytest.mark.parametrize("name", NAMING)
def test_a_name_that_may_be_a_persons_is_known_by_its_form(name):
    assert not names_nobody(name)
    assert told_name(f"{name}.dcm", 7) == "….dcm (file 7)"
    assert told_name(f"study1/{name}/1.png", 1_204) == "study1/…/1.png (file 1,204)"


@pytest.mark.parametrize("name", NOBODY)
def test_what_data_sets_and_machines_name_files_names_nobody(name):
    assert names_nobody(name)
    assert told_name(f"{name}.dcm", 7) == f"{name}.dcm"


@pytest.mark.parametrize(("name", "told"), [("DOE_JOHN.csv.gz", "….csv.gz"), ("DOE.JOHN", "…"), ("1.png", "1.png")])
def test_an_ending_is_told_where_it_is_one(name, told):
    assert told_name(name) == told


def test_a_name_that_breaks_lines_or_colours_a_terminal_is_told_in_one_plain_line():
    told = told_name("1\nstudy\r2\x1b[31m\u202e.dcm", 3)
    assert told.isprintable()
    assert "\n" not in told
    assert len(told_name("a/" * 500)) <= SHOWN_NAME + 1


@pytest.mark.parametrize("name", ["J\udce4ger", "Rose\udce9", "B\udce4cker", "\udcb7\udcb6", "L\udc81we"])
def test_of_a_name_in_another_encoding_nothing_is_told(name):
    assert told_name(f"{name}.dcm", 7) == "….dcm (file 7)"
    assert not names_nobody(readable(name))


def test_a_harmless_word_in_another_encoding_is_told():
    assert told_name("r\udcf6ntgen/1.png") == "röntgen/1.png"


@given(st.text(max_size=300))
def test_what_is_told_is_printable_and_bounded(name):
    told = told_name(name, 1)
    assert told.isprintable()
    assert len(told) <= SHOWN_NAME + len("… (file 1)")


@pytest.mark.parametrize(
    "study_id",
    [
        *("DOE_JOHN", "DOE^J", "John Doe", "Smith-2", "quixotl, a", "LI_NA"),
        *("078-05-1120", "19500312", "1950-03-12", "19500312-1234", "120350-1234", "120350A123B"),
    ],
)
def test_an_identifier_that_is_a_name_or_a_persons_number_is_known(study_id):
    assert id_names_somebody(study_id)
    assert stored_id(study_id, Naming.GIVEN, KEY) == KEY.study(study_id)


@pytest.mark.parametrize(
    "study_id", ["S1", "CXR17", "50414267", "north-0042", "20191312", "s50414267", "00000001_000", "AB-12", "study 3"]
)
def test_an_identifier_of_a_sites_own_stays(study_id):
    assert stored_id(study_id, Naming.GIVEN, KEY) == study_id


@pytest.mark.parametrize("naming", Naming)
def test_the_uid_of_an_examination_becomes_a_pseudonym(naming):
    assert stored_id("1.2.826.0.1.3680043.8.498.1", naming, KEY) == KEY.study("1.2.826.0.1.3680043.8.498.1")
    assert stored_id("1.2.3", Naming.GIVEN, KEY) == "1.2.3"  # a version, a section: no UID has so few parts


def test_numbers_of_folders_and_examinations_become_pseudonyms():
    assert stored_id("8675309", Naming.FOLDER, KEY) == stored_id("8675309", Naming.NUMBER, KEY) == KEY.study("8675309")
    assert stored_id("A-9", Naming.NUMBER, KEY) == KEY.study("A-9")
    assert stored_id("study7", Naming.FOLDER, KEY) == "study7"
    assert stored_id("", Naming.NUMBER, KEY) == ""


@given(st.text(min_size=1, max_size=40))
def test_a_pseudonym_has_none_of_its_own(name):
    told = stored_id(name, Naming.NUMBER, KEY)
    assert stored_id(told, Naming.GIVEN, KEY) == told
    assert name.strip() == "" or KEY.study(name) != KEY.patient(name)


def test_a_file_remembers_what_the_site_calls_its_study():
    file = SourceFile("DOE_JOHN/1.png", "/in/DOE_JOHN/1.png", study_id="DOE_JOHN", naming=Naming.FOLDER)
    told = with_stored_id(file, KEY)
    assert (told.study_id, told.id_as_sent) == (KEY.study("DOE_JOHN"), "DOE_JOHN")
    assert with_stored_id(told, KEY) == told or with_stored_id(told, KEY).study_id == told.study_id
