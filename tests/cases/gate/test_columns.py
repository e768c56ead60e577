"""Which headings of a table of studies name a person: their cells are kept nowhere."""

import pytest

from cases.gate.columns import holds_answers, kept_columns, kept_headings, names_a_person, sole_name
from cases.models import Study
from tests.cases.builders import reports_csv, take_in

NAMING = (
    *(
        "Initials",
        "pt_initials",
        "Pt",
        "PT",
        "Pt #2",
        "Patient",
        "patient_no",
        "PatID",
        "pid",
        "Subject ID",
        "Patient ID",
    ),
    *("Name_1", "name2", "ptname", "PTNAME", "patientname", "lastname", "Full Name", "Nachname", "prenom"),
    *(
        "MRN#",
        "MRNs",
        "mrn_2",
        "DOB",
        "dob1",
        "dateofbirth",
        "DateOfBirth",
        "birthday",
        "hospno",
        "HospitalNumber",
        "idno",
    ),
    *("Accession#", "accno", "NHS number", "mobile", "phone2", "Signed by", "Next of kin contact", "consultant"),
)
OTHERS = (
    *("split", "Follow-up #", "StudyTime", "quality_issue", "case_ids", "submitter_id", "project_id", "study_year"),
    *("PatientPosition", "scanner", "room", "rota", "image", "race", "ethnicity", "loinc_code"),
    *("body_part_examined", "study_modality", "KVP", "PerformedProcedureStepDescription", "days_to_study"),
)


@pytest.mark.parametrize("heading", NAMING)
def test_a_heading_that_names_a_person_is_known_in_every_spelling(heading):
    assert names_a_person(heading)
    assert kept_columns(dict.fromkeys(kept_headings([heading]), "JD")) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [("Zubkowicz", "Zubkowicz"), ("\nFindings: Zubkowicz\n", "Zubkowicz"), ("Okafor.", "Okafor"), ("OKAFOR", "OKAFOR"),
     ("okafor", "okafor"), ("O'Zubkow", "O'Zubkow"), ("Finding: Kowalska-Zubkow", "Kowalska-Zubkow")],
)  # fmt: skip
def test_the_only_word_of_a_text_may_be_a_name(text, name):
    begin, end = sole_name(text)
    assert text[begin:end] == name


@pytest.mark.parametrize(
    "text",
    ["Normal", "Normal.", "Findings: unremarkable", "COPD", "NAD", "Pneumothorax", "unauffällig", "Normalbefund.", "[NAME]",
     "", "Zubkowicz normal", "Clear lungs."],
)  # fmt: skip
def test_the_only_word_of_a_report_stays_where_it_is_one_of_reports(text):
    assert sole_name(text) is None


@pytest.mark.parametrize("heading", OTHERS)
def test_headings_of_technique_and_of_data_sets_are_kept(heading):
    assert not names_a_person(heading)


@pytest.mark.django_db
def test_initials_of_a_table_are_kept_nowhere(benchmark_, tmp_path):
    columns = ("study_id", "report_text", "Initials", "Pt", "MRN#", "split")
    run = take_in(
        benchmark_, reports=reports_csv(tmp_path / "r.csv", [("S1", "Clear.", "JD", "Q.Z.", "A1", "test")], columns)
    )
    assert Study.objects.get().metadata == {"split": "test"}
    assert sorted(run.problems.values_list("field", flat=True)) == ["Initials", "MRN#", "Pt"]


@pytest.mark.parametrize(
    "heading", ["MeSH", "Problems", "Finding Labels", "finding_labels", "Pleural Effusion", "No Finding"]
)
def test_a_column_that_tells_the_answer_is_not_kept(heading):
    assert holds_answers(heading)
    assert kept_columns({heading: "normal", "scanner": "CT 1"}) == {"scanner": "CT 1"}


@pytest.mark.parametrize("heading", ["image", "split", "Follow-up #", "race", "room", "study_year"])
def test_a_column_that_tells_none_is(heading):
    assert not holds_answers(heading)
