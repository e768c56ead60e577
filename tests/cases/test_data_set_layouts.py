"""Trees of the data sets of the field: MIMIC-CXR, NIH ChestX-ray14, RSNA lumbar, MIDRC; what is kept and what is not."""

import gzip
import json
import zipfile
from datetime import date
from io import BytesIO

import numpy as np
import pydicom
import pytest

from cases.adapters.layouts import ContributionError, find_contribution
from cases.contribution import StudyFacts, filled
from cases.models import GateFinding, Image, Series, Study
from core.models import RunProblem
from tests.cases.builders import dicom, everything, outcome, patient, png, remarks, rules, take_in, write

METADATA = (
    "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,"
    "ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning\n"
    "aaa-1,10000032,50414267,CHEST (PA AND LAT),PA,3056,2544,21800506,213014.5,CHEST (PA AND LAT),postero-anterior,Erect\n"
    "aaa-2,10000032,50414267,CHEST (PA AND LAT),,3056,2544,21800506,213014.5,CHEST (PA AND LAT),lateral,Erect\n"
    "zzz-9,10000999,50999999,,AP,1,1,21800507,1,,,\n"
)
SPLIT = "dicom_id,study_id,subject_id,split\naaa-1,50414267,10000032,validate\naaa-2,50414267,10000032,validate\n"
NIH = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"
    "00000001_000.png,Cardiomegaly,0,1,058Y,M,PA,2682,2749,0.143,0.143,\n"
    "00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,AP,2894,2729,0.143,0.143,\n"
    "00000002_000.png,No Finding,0,2,411,F,PA,2500,2048,0.168,0.168,\n"
    "00000099_000.png,Mass,0,99,50,F,PA,2500,2048,0.168,0.168,\n"
)
MIMIC = "files/p10/p10000032/s50414267"
MIDRC = "StudyInstanceUID,case_ids,age_at_imaging,sex,mRALE Score\n1.2.3.1,c1,61,Female,20\n1.2.3.9,c2,,,3\n"


def find(path, layout="auto"):
    return find_contribution(path, None, layout=layout, max_characters=1000)


def kinds(contribution):
    return [problem.kind for problem in contribution.skipped]


def zip_of(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder).as_posix())
    return path


@pytest.fixture
def mimic(tmp_path):
    return write(
        tmp_path / "mimic",
        {
            f"{MIMIC}/aaa-1.jpg": png(),
            f"{MIMIC}/aaa-2.jpg": png(7),
            f"{MIMIC}.txt": b"FINDINGS: Clear.",
            "mimic-cxr-2.0.0-metadata.csv.gz": gzip.compress(METADATA.encode()),
            "mimic-cxr-2.0.0-split.csv": SPLIT.encode(),
            "mimic-cxr-2.0.0-chexpert.csv.gz": gzip.compress(b"subject_id,study_id,Edema\n10000032,50414267,1\n"),
        },
    )


def test_mimic_tables_say_view_date_and_split(mimic, benchmark_):
    run = take_in(benchmark_, mimic)
    study = Study.objects.get()
    assert outcome(run) == (3, 0, 0)
    assert (study.study_id, study.patient.pseudonym, study.study_date) == (
        "s50414267",
        patient("p10000032"),
        date(2180, 5, 6),
    )
    assert study.metadata["split"] == "validate"
    assert study.metadata["PerformedProcedureStepDescription"] == "CHEST (PA AND LAT)"
    assert sorted(Image.objects.values_list("view_position", flat=True)) == ["LATERAL", "PA"]
    assert study.report.text == "FINDINGS: Clear."


def test_mimic_labels_are_left_out_and_that_is_said(mimic, benchmark_):
    run = take_in(benchmark_, mimic)
    assert "answers_left_out" in remarks(run)
    assert "Edema" not in str(Study.objects.values_list("metadata", flat=True))


def test_mimic_tables_that_come_later_reach_the_studies_that_are_in(mimic, benchmark_, tmp_path):
    tables = [path for path in mimic.iterdir() if path.is_file()]
    contents = {path.name: path.read_bytes() for path in tables}
    for path in tables:
        path.unlink()
    take_in(benchmark_, mimic)
    assert Study.objects.get().metadata == {}
    write(mimic, contents)
    again = take_in(benchmark_, mimic)
    assert Study.objects.get().metadata["split"] == "validate"
    assert outcome(again) == (2, 1, 0)
    assert outcome(take_in(benchmark_, mimic)) == (0, 3, 0)


def test_a_mimic_tree_in_a_zip_and_its_reports_in_a_zip_beside_it_are_the_same_tree(mimic, benchmark_, tmp_path):
    (mimic / f"{MIMIC}.txt").unlink()
    with zipfile.ZipFile(mimic / "mimic-cxr-reports.zip", "w") as archive:
        archive.writestr(f"{MIMIC}.txt", "FINDINGS: Clear.")
    take_in(benchmark_, mimic)
    assert Study.objects.get().report.text == "FINDINGS: Clear."
    once = everything()
    (mimic / "mimic-cxr-reports.zip").unlink()
    write(mimic, {f"{MIMIC}.txt": b"FINDINGS: Clear."})
    assert outcome(take_in(benchmark_, zip_of(mimic, tmp_path / "all.zip"))) == (0, 3, 0)
    assert everything() == once


def test_a_dicom_of_mimic_takes_its_patient_from_the_tree_and_its_view_from_its_header(tmp_path, benchmark_):
    film = dicom(PatientID="10000032", ViewPosition="AP")
    write(
        tmp_path, {f"{MIMIC}/aaa-1.dcm": film, f"{MIMIC}.txt": b"x", "mimic-cxr-2.0.0-metadata.csv": METADATA.encode()}
    )
    run = take_in(benchmark_, tmp_path)
    assert (Study.objects.get().patient.pseudonym, Image.objects.get().view_position) == (patient("p10000032"), "AP")
    assert "contradiction" not in remarks(run)


def views_told() -> list[tuple[str, str, str]]:
    found = GateFinding.objects.filter(check_name="view_in_table")
    return list(found.values_list("image__view_position", "outcome", "what"))


@pytest.mark.parametrize(
    ("header", "table", "is_told"),
    [
        ("PA", "LATERAL", True),
        ("PA", "AP", True),
        ("LL", "PA", True),
        ("LL", "LATERAL", False),
        ("PA", "PA", False),
        ("PA", "", False),
        ("", "LATERAL", False),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_a_view_in_the_mimic_table_that_contradicts_the_header_is_remarked(
    tmp_path, benchmark_, header, table, is_told, is_late
):
    files = {f"{MIMIC}/aaa-1.dcm": dicom(ViewPosition=header), f"{MIMIC}.txt": b"Clear."}
    rows = f"dicom_id,ViewPosition\naaa-1,{table}\n".encode()
    if is_late:
        take_in(benchmark_, write(tmp_path, files))
    write(tmp_path, {**files, "mimic-cxr-2.0.0-metadata.csv": rows})
    said = f"The file says view {header}, the table beside it {table}"
    for _ in range(2):
        run = take_in(benchmark_, tmp_path)
        assert views_told() == ([(header, "pass", said)] if is_told else [])
    assert (outcome(run), rules(run)) == ((0, 2, 0), [])
    assert Study.objects.in_pool_of(benchmark_).count() == 1


def test_a_mimic_table_without_its_columns_or_cut_short_is_refused_and_the_pictures_come_in(mimic, benchmark_):
    packed = (mimic / "mimic-cxr-2.0.0-metadata.csv.gz").read_bytes()
    (mimic / "mimic-cxr-2.0.0-metadata.csv.gz").write_bytes(packed[:-20])
    (mimic / "mimic-cxr-2.0.0-split.csv").write_text("a,b\n1,2\n")
    run = take_in(benchmark_, mimic)
    assert sorted(rules(run)) == ["header", "unreadable"]
    assert Image.objects.count() == 2


def test_a_table_that_unpacks_like_a_bomb_is_refused(mimic, monkeypatch):
    monkeypatch.setattr("cases.adapters.layouts.tables.MAX_TABLE_BYTES", 300)
    contribution = find(mimic)
    assert "unreadable" in [problem.kind for problem in contribution.refused]
    assert "more than 300 bytes" in contribution.refused[0].message


@pytest.fixture
def nih(tmp_path):
    return write(
        tmp_path / "nih",
        {
            "Data_Entry_2017.csv": NIH.encode(),
            "BBox_List_2017.csv": b"Image Index,Finding Label,Bbox [x,y,w,h]\n",
            "test_list.txt": b"00000001_001.png\n",
            "images_001/images/00000001_000.png": png(1),
            "images_001/images/00000001_001.png": png(2),
            "images_002/images/00000002_000.png": png(3),
            "images_002/images/00000003_000.png": png(4),
        },
    )


def test_nih_pictures_get_patient_follow_up_view_age_and_sex(nih, benchmark_):
    run = take_in(benchmark_, nih)
    assert outcome(run) == (4, 0, 0)
    first, second, third, unknown = Study.objects.order_by("study_id")
    assert (first.study_id, first.age, first.sex, first.view_position) == ("00000001_000", 58, "M", "PA")
    assert (second.metadata, second.view_position) == ({"Follow-up #": "1", "split": "test"}, "AP")
    assert first.patient == second.patient
    assert third.age is None  # 411 in the table
    assert {"value", "not_in_table", "answers_left_out"} <= set(remarks(run))
    assert unknown.patient.pseudonym == patient("3")


def test_nih_finding_labels_are_nowhere_in_the_database(nih, benchmark_):
    run = take_in(benchmark_, nih)
    kept = [str(row) for model in (Study, Series, Image, RunProblem) for row in model.objects.values()]
    assert not [text for text in kept if "Cardiomegaly" in text or "Emphysema" in text]
    told = run.problems.filter(kind="answers_left_out").values_list("message", flat=True)
    assert any("Finding Labels" in message for message in told)


def test_a_nih_picture_twice_is_taken_once(nih):
    write(nih, {"other/00000001_000.png": png(9)})
    contribution = find(nih)
    assert len(contribution.files) == 4
    assert "duplicate" in kinds(contribution)


def test_rsna_series_have_their_descriptions_and_grades_are_left_out(tmp_path, benchmark_):
    write(
        tmp_path,
        {
            "train_series_descriptions.csv": b"study_id,series_id,series_description\n4003253,702807833,Sagittal T2/STIR\n",
            "train.csv": b"study_id,spinal_canal_stenosis_l1_l2\n4003253,Severe\n",
            "train_label_coordinates.csv": b"study_id,series_id,condition,x,y\n",
            "train_images/4003253/702807833/1.dcm": dicom(instance=1, Modality="DX"),
            "train_images/4003253/702807833/2.dcm": dicom(np.full((8, 8), 9, "<u2"), instance=2),
            "train_images/4003253/1054713880/1.dcm": dicom(series=2, SeriesDescription="Axial T2"),
        },
    )
    run = take_in(benchmark_, tmp_path)
    assert Study.objects.get().study_id == "4003253"
    assert sorted(Series.objects.values_list("description", flat=True)) == ["Axial T2", "Sagittal T2/STIR"]
    left_out = run.problems.filter(kind="answers_left_out").values_list("message", flat=True)
    assert any("spinal_canal_stenosis_l1_l2" in message for message in left_out)
    assert "not_in_table" in remarks(run)


@pytest.fixture
def midrc(tmp_path):
    manifest = [
        {"object_id": "dg.MD1R/1", "file_name": "case/1.2.3.1/a.zip", "file_size": 5},
        {"object_id": "dg.MD1R/2", "file_name": "case/1.2.3.9/b.zip"},
    ]
    folder = write(
        tmp_path / "midrc",
        {
            "manifest.json": json.dumps(manifest).encode(),
            "studies.csv": MIDRC.encode(),
            "case/1.2.3.1/x": b"",
        },
    )
    (folder / "case/1.2.3.1/x").unlink()
    with zipfile.ZipFile(folder / "case/1.2.3.1/a.zip", "w") as archive:
        archive.writestr("0001.dcm", dicom(study=1))
    return folder


def test_midrc_keeps_what_its_tables_say_and_names_the_missing(midrc, benchmark_):
    run = take_in(benchmark_, midrc)
    study = Study.objects.get()
    assert (study.study_uid, study.age, study.sex, study.metadata) == ("1.2.3.1", 61, "F", {"case_ids": "c1"})
    missing = run.problems.get(kind="missing_study")
    assert (missing.value, missing.where, missing.is_warning) == ("1.2.3.9", "", True)
    assert "b.zip (entry 2 with a file_name), which is not" in run.problems.get(kind="missing_file").message
    assert "mRALE Score" in run.problems.get(kind="answers_left_out").message
    assert outcome(run) == (1, 0, 0)


def test_a_midrc_table_whose_uids_are_record_numbers_is_refused_by_line_and_tells_none(midrc, benchmark_):
    (midrc / "studies.csv").write_text("StudyInstanceUID,sex\n12345678,F\n1.2.3.1,M\n")
    told = [problem for problem in find(midrc).refused if problem.kind == "value"]
    assert [(problem.line, problem.message) for problem in told] == [(2, "Line 2: StudyInstanceUID is no UID.")]


def test_a_manifest_of_ids_alone_says_that_it_cannot_be_held_against_the_files(midrc):
    (midrc / "manifest.json").write_text('[{"object_id": "dg.MD1R/1"}, {"object_id": "dg.MD1R/2"}]')
    told = [problem.message for problem in find(midrc).skipped if problem.kind == "manifest"]
    assert "2 objects by their id alone" in told[0]


@pytest.mark.parametrize("content", [b'[{"object_id": "x"}, oops', b'[{"object_id": ' + b"[" * 100_000])
def test_a_damaged_manifest_is_refused(content, midrc):
    (midrc / "manifest.json").write_bytes(content)
    assert [problem.kind for problem in find(midrc).refused] == ["manifest"]


@pytest.mark.shared_data
def test_the_real_midrc_manifest_names_every_missing_study(shared, benchmark_):
    run = take_in(benchmark_, shared / "midrc")
    assert run.problems.filter(kind="missing_study").count() == 2079
    assert "2,568 objects" in run.problems.get(kind="manifest").message
    assert Study.objects.count() == 0


def test_a_late_series_joins_its_study_and_all_frames_are_counted(tmp_path, benchmark_):
    write(tmp_path, {"a.dcm": dicom(series=1)})
    take_in(benchmark_, tmp_path)
    stack = np.arange(3 * 8 * 8, dtype="<u2").reshape(3, 8, 8)
    content = dicom(stack[0], series=2, NumberOfFrames="3")
    dataset = pydicom.dcmread(BytesIO(content))
    dataset.PixelData = stack.tobytes()
    dataset.save_as(tmp_path / "b.dcm")
    run = take_in(benchmark_, tmp_path)
    assert outcome(run) == (1, 1, 0)
    assert Study.objects.get().series.count() == 2
    assert Image.objects.order_by("-frames").first().frames == 3


def test_gaps_are_filled_and_nothing_is_overwritten():
    facts = filled(StudyFacts(age=0, metadata={"a": "1"}), StudyFacts(age=50, sex="F", metadata={"a": "2", "b": "3"}))
    assert (facts.age, facts.sex, facts.metadata) == (0, "F", {"a": "1", "b": "3"})


@pytest.mark.parametrize("layout", ["nih-cxr14", "rsna-lumbar"])
def test_a_folder_without_the_table_of_its_layout_is_refused(layout, tmp_path):
    write(tmp_path, {"a.png": png(), "b.png": png(1)})
    with pytest.raises(ContributionError, match=layout):
        find(tmp_path, layout)
