"""What sites call patients, studies and files: nobody's name or number is stored, shown or exported, and all is still found."""

import json
import zipfile

import pytest
from django.apps import apps
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Role
from cases.actions import ImportRefusedError, import_studies
from cases.models import Image, Patient, Report, Series, Study
from cases.queries import StudyFilter, StudyName, filtered_studies, problem_rows, site_key, studies_named
from core.models import RunProblem
from tests.cases.builders import RAMP, dicom, everything, outcome, png, reports_csv, rules, take_in, write
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NAMES = ("DOE", "JOHN", "ZEBULON", "QUIXOTL", "19500101", "8675309")
FOLDER = "DOE_JOHN_19500101"


def stored() -> str:
    """Every row of the rooms that an import writes to, as text in capitals."""
    rooms = {"cases", "core"}
    models = [model for model in apps.get_models() if model.__module__.split(".")[0] in rooms]
    rows = [row for model in models for row in model.objects.values()]
    for row in rows:
        row.pop("source", None)  # where the files lie, for a run that is resumed; shown by told_name
        row.pop("reports_source", None)
    return str(rows).upper()


def named() -> list[str]:
    return [name for name in NAMES if name in stored()]


def key():
    return site_key("north")


def test_a_folder_that_is_a_patients_name_names_nobody_here(benchmark_, tmp_path):
    source = write(tmp_path / "in", {f"{FOLDER}/1.png": png(), "study7/1.png": png(90)})
    assert outcome(take_in(benchmark_, source)) == (2, 0, 0)
    assert set(Study.objects.values_list("study_id", flat=True)) == {key().study(FOLDER), "study7"}
    assert named() == []
    before = everything()
    assert outcome(take_in(benchmark_, source)) == (0, 2, 0)
    assert everything() == before


def test_folders_and_files_whose_names_are_not_utf8_come_in(benchmark_, tmp_path):
    files = {
        "M\udcfcller/b.dcm": dicom(study=2),
        "r\udcf6ntgen.png": png(),
        "Rose\udce9.dcm": b"x",
        "p1/a.dcm": dicom(),
    }
    run = take_in(benchmark_, write(tmp_path / "in", files))
    assert outcome(run) == (3, 0, 1)
    assert run.problems.get(is_warning=False).where == "….dcm (file 2)"


def test_a_source_whose_own_name_is_not_utf8_is_refused_with_what_to_do(benchmark_, tmp_path):
    with pytest.raises(ImportRefusedError, match="give a folder above"):
        take_in(benchmark_, write(tmp_path / "M\udcfcller", {"1.png": png()}))


@pytest.mark.parametrize("folder", ["in", "1.2.826.0.1.3680043.8.498.1"])
def test_a_study_named_by_its_uid_alone_is_called_by_a_pseudonym_and_found_by_the_uid(benchmark_, tmp_path, folder):
    source = write(tmp_path / folder, {"1.dcm": dicom()})
    assert outcome(take_in(benchmark_, source)) == (1, 0, 0)
    study = Study.objects.get()
    assert study.study_id == key().study(study.study_uid)
    assert list(filtered_studies(make_user("admin"), StudyFilter(q=study.study_uid))) == [study]
    reports = reports_csv(tmp_path / "r.csv", [(study.study_uid, "Clear.")])
    assert outcome(take_in(benchmark_, reports=reports)) == (1, 0, 0)
    assert Report.objects.get().study == study
    assert outcome(take_in(benchmark_, source)) == (0, 1, 0)


def test_a_folder_that_names_the_patient_does_so_by_a_pseudonym(benchmark_, tmp_path):
    take_in(
        benchmark_, write(tmp_path / "in", {"patient_Quixotl/8675309/1.png": png(), "patient_Quixotl/2/1.png": png(9)})
    )
    assert Patient.objects.get().pseudonym == key().patient("patient_Quixotl")
    assert named() == []


def test_reports_find_a_folders_study_by_the_name_that_the_site_gave_it(benchmark_, tmp_path):
    source = write(tmp_path / "in", {f"{FOLDER}/1.png": png(), "8675309/1.png": png(90)})
    take_in(benchmark_, source)
    rows = [(FOLDER, "Clear lungs."), ("8675309", "Small effusion.")]
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows))
    assert (outcome(run), Study.objects.count(), Report.objects.count()) == ((2, 0, 0), 2, 2)
    assert named() == []


def test_pictures_find_the_study_of_a_report_that_came_first(benchmark_, tmp_path):
    rows = [(FOLDER, "Clear lungs."), ("8675309", "Small effusion.")]  # a number that a site gives as an id stays one
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows))
    source = write(tmp_path / "in", {f"{FOLDER}/1.png": png(), "8675309/1.png": png(90), f"{FOLDER}/1.dcm": dicom()})
    take_in(benchmark_, source)
    assert set(Study.objects.values_list("study_id", flat=True)) == {key().study(FOLDER), "8675309"}
    assert Image.objects.count() == 3
    assert outcome(take_in(benchmark_, source)) == (0, 3, 0)


@pytest.mark.parametrize("patient", ["DOE^JOHN", "John Doe", "8675309"])
def test_a_patient_is_stored_under_the_sites_key_alone(benchmark_, tmp_path, patient):
    files = {"1.dcm": dicom(PatientID=patient), "2.dcm": dicom(study=2, PatientID=patient)}
    take_in(benchmark_, write(tmp_path / "in", files))
    assert Patient.objects.get().pseudonym == key().patient(patient)
    assert named() == []
    rows = [("1.2.3.1", "Clear.", patient)]
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows, ("study_id", "report_text", "patient_id")))
    assert list(run.problems.all()) == []  # the same patient, not another


def test_an_accession_number_of_a_fhir_report_is_stored_under_the_key_and_still_found(benchmark_, tmp_path):
    accession = {"type": {"coding": [{"code": "ACSN"}]}, "value": "ACC8675309"}
    report = {"resourceType": "DiagnosticReport", "status": "final", "identifier": [accession], "conclusion": "Clear."}
    path = tmp_path / "report.json"
    for conclusion in ("", "Clear.", "Another text."):
        path.write_text(json.dumps({**report, "conclusion": conclusion}))
        take_in(benchmark_, reports=path)
    assert Study.objects.get().study_id == key().study("ACC8675309")
    assert "8675309" not in stored()
    take_in(benchmark_, write(tmp_path / "in", {"1.dcm": dicom(AccessionNumber="ACC8675309")}))
    assert (Study.objects.count(), Image.objects.count()) == (1, 1)


def test_refused_and_passed_over_files_are_told_by_their_number(benchmark_, tmp_path, client):
    files = {
        "DOE_JOHN_19500101.dcm": b"no picture",
        "a/ZEBULON.tar.gz": b"x",
        "b/QUIXOTL/notes.txt": b"x",
        "c/bad.dcm": b"no picture",
        ".DOE_JOHN": b"hidden",
        "d/1.dcm": dicom(),
        "d/DOE_JOHN.dcm": dicom(RAMP[::-1].copy()),
    }
    run = take_in(benchmark_, write(tmp_path / "in", files))
    assert sorted(rules(run)) == ["format", "format", "image_differs", "packed"]
    places = set(run.problems.filter(is_warning=False).values_list("where", flat=True))
    # In order of name: DOE_JOHN…, a/…, b/…, c/bad.dcm, d/1.dcm, d/DOE…
    assert places == {"….dcm (file 1)", "a/….tar.gz (file 2)", "c/bad.dcm", "d/….dcm (file 6)"}
    assert "b/…/notes.txt (file 3)" in run.problems.filter(kind="not_a_picture").values_list("where", flat=True)
    assert named() == []
    client.force_login(make_user(Role.CURATOR))
    page = client.get(reverse("cases:import_detail", args=[run.pk])).text.upper()
    assert [name for name in NAMES if name in page or name in str(problem_rows(run)).upper()] == []


def test_names_in_a_zip_neither_break_a_line_nor_colour_a_terminal(benchmark_, tmp_path, capsys):
    path = tmp_path / "DOE_JOHN.zip"
    forged = "1.dcm\nimported: 9\x1b[31m\u202e.dcm"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(forged, b"no picture")
        archive.writestr("../\x1b]0;x\x07.dcm", b"x")
        archive.writestr("long/" * 80 + "1.dcm", b"no picture")
    with pytest.raises(SystemExit):
        call_command("import_studies", str(path), benchmark=benchmark_.slug, site="north", report=tmp_path / "out.csv")
    out = capsys.readouterr()
    for text in (out.out, out.err, (tmp_path / "out.csv").read_text()):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "imported: 9" not in text.splitlines()
    assert all(one.where.isprintable() and len(one.where) < 200 for one in RunProblem.objects.all())
    assert not any({"\x1b", "\n"} & set(one.message) for one in RunProblem.objects.all())


def test_an_error_that_ends_an_import_names_nobody(benchmark_, tmp_path):
    path = tmp_path / "DOE_JOHN.zip"
    path.write_bytes(b"PK\x03\x04 damaged")
    run = take_in_failing(benchmark_, path)
    assert "'….zip' is a damaged zip" in run.message
    assert "DOE" not in run.message


def take_in_failing(benchmark, path):
    from cases.actions import create_import_run
    from core.errors import DomainError

    run = create_import_run(benchmark=benchmark, site_code="north", source=str(path))
    with pytest.raises(DomainError):
        import_studies(run.pk)
    run.refresh_from_db()
    return run


def test_other_tools_files_name_a_study_as_the_site_does(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path / "in", {f"{FOLDER}/1.png": png(), "study7/1.png": png(9)}))
    found = studies_named(benchmark_, [StudyName(1, FOLDER), StudyName(2, "study7", "north"), StudyName(3, "DOE")])
    assert {line: study.study_id for line, study in found.studies.items()} == {1: key().study(FOLDER), 2: "study7"}
    assert list(found.problems) == [3]
    curator = make_user(Role.CURATOR)
    assert [one.study_id for one in filtered_studies(curator, StudyFilter(q=FOLDER))] == [key().study(FOLDER)]


def test_a_repeated_identifier_that_is_a_name_is_not_repeated_by_its_refusal(benchmark_, tmp_path):
    rows = [("DOE_JOHN", "Clear."), ("DOE_JOHN", "Clear."), ("S1", "Clear."), ("S1", "Clear.")]
    run = take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", rows))
    assert sorted(run.problems.values_list("value", flat=True)) == ["(8 characters)", "S1"]
    assert named() == []


def test_identifiers_of_public_data_sets_stay(benchmark_, tmp_path):
    report = "files/p10/p10000032/s50414267.txt"
    take_in(benchmark_, write(tmp_path / "mimic", {report: b"Clear.", report[:-4] + "/1.dcm": dicom()}))
    assert Study.objects.get().study_id == "s50414267"
    reports = b"uid,findings,impression\n7,Clear.,Normal.\n"
    take_in(benchmark_, write(tmp_path / "openi", {"indiana_reports.csv": reports, "CXR7_IM-2263-1001.png": png()}))
    assert Study.objects.filter(study_id="CXR7").count() == 1
    assert Series.objects.count() == 2


IDS_OF_ROWS = (("Hope12", "Hope^Ann"), ("Tan87", "Tan^Wei"), ("Gladwellow", "Gladwellow^Edith"), ("jsng", "Ng^Joo^Sim"))


def test_an_id_that_the_rows_own_name_stands_in_becomes_a_pseudonym_and_is_found(benchmark_, tmp_path):
    header = ("study_id", "report_text", "PatientName")
    rows = [(study_id, "Clear lungs.", name) for study_id, name in IDS_OF_ROWS]
    path = reports_csv(tmp_path / "r.csv", [*rows, ("HAR07-001", "Clear.", "HAR07-001")], header)
    assert outcome(take_in(benchmark_, reports=path)) == (5, 0, 0)
    told = {key().study(study_id) for study_id, _ in IDS_OF_ROWS} | {"HAR07-001"}
    assert set(Study.objects.values_list("study_id", flat=True)) == told
    assert [word for word in ("HOPE12", "TAN87", "GLADWELLOW", "JSNG") if word in stored()] == []
    before = everything()
    assert outcome(take_in(benchmark_, reports=path)) == (0, 5, 0)
    assert everything() == before
    curator = make_user(Role.CURATOR)
    assert [one.study_id for one in filtered_studies(curator, StudyFilter(q="Hope12"))] == [key().study("Hope12")]
    found = studies_named(benchmark_, [StudyName(1, "Hope12"), StudyName(2, "Tan87", "north")])
    assert {line: study.study_id for line, study in found.studies.items()} == {
        1: key().study("Hope12"),
        2: key().study("Tan87"),
    }


def test_a_study_is_called_by_a_pseudonym_once_a_row_says_whose_name_its_id_is(benchmark_, tmp_path):
    take_in(benchmark_, reports=reports_csv(tmp_path / "r.csv", [("Tan87", "Clear lungs.")]))
    assert Study.objects.get().study_id == "Tan87"
    rows = [("Tan87", "Clear lungs.", "Tan^Wei")]
    take_in(benchmark_, reports=reports_csv(tmp_path / "n.csv", rows, ("study_id", "report_text", "PatientName")))
    assert Study.objects.get().study_id == key().study("Tan87")
    assert Patient.objects.get().pseudonym == f"study:{key().study('Tan87')}"
    assert outcome(take_in(benchmark_, reports=tmp_path / "r.csv")) == (0, 1, 0)
