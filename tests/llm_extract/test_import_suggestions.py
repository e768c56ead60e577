"""Suggestions from another tool: in once, refused by line, and out again as they came."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.models import GateFinding, HeldEntry, Study
from llm_extract.models import SuggestionSet
from tests.cases.builders import RAMP, dicom, patient, take_in, write
from tests.factories import make_benchmark, make_site, make_study

pytestmark = pytest.mark.django_db
HEADER = "study_id,label,status,confidence,evidence\n"


@pytest.fixture
def benchmark():
    return make_benchmark()


def run(tmp_path, text, *extra, code=0):
    file = tmp_path / "suggestions.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    out, err = StringIO(), StringIO()
    if code:
        with pytest.raises(SystemExit) as exit_:
            call_command("import_suggestions", str(file), "--benchmark", "chest", *extra, stdout=out, stderr=err)
        assert exit_.value.code == code
    else:
        call_command("import_suggestions", str(file), "--benchmark", "chest", *extra, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_rows_of_a_study_become_one_set(benchmark, tmp_path):
    study = make_study(benchmark, study_id="S1")
    run(tmp_path, HEADER + "S1,pneumothorax,present,0.9,apex\nS1,cardiomegaly,uncertain,,\n")
    statuses = dict(study.suggestion_sets.get().suggestions.values_list("label__key", "status"))
    assert statuses == {"pneumothorax": "present", "cardiomegaly": "uncertain"}


def test_empty_label_is_a_set_without_suggestions(benchmark, tmp_path):
    study = make_study(benchmark, study_id="S1")
    run(tmp_path, HEADER + "S1,,,,\n")
    assert not study.suggestion_sets.get().suggestions.exists()


def test_importing_twice_changes_nothing_and_a_change_is_a_new_version(benchmark, tmp_path):
    study = make_study(benchmark, study_id="S1")
    run(tmp_path, HEADER + "S1,pneumothorax,present,,\n")
    out, _ = run(tmp_path, HEADER + "S1,pneumothorax,present,,\n")
    assert "0 studies imported, 1 unchanged" in out
    run(tmp_path, HEADER + "S1,pneumothorax,absent,,\n")
    assert list(study.suggestion_sets.values_list("version", flat=True)) == [2, 1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("S1,fracture,present,,", "line 2: label is 'fracture'; allowed: pleural_effusion, pneumothorax, cardiomegaly"),
        ("S1,pneumothorax,maybe,,", "line 2: status is 'maybe'; it must be one of present, absent, uncertain"),
        ("S1,pneumothorax,present,2,", "line 2: confidence is '2'; it must be a number from 0 to 1"),
        ("S1,pneumothorax,present,nan,", "confidence is 'nan'"),
        ("S1,,present,,", "line 2: status is 'present'; a row without a label"),
        (",pneumothorax,present,,", "line 2: study_id is ''"),
        ("S9,pneumothorax,present,,", "no study 'S9' in the benchmark chest; import it first"),
        ("S1,pneumothorax", "2 cells where the header has 5"),
    ],
)
def test_bad_row_is_refused_by_line_and_the_good_one_is_in(benchmark, tmp_path, row, message):
    make_study(benchmark, study_id="S1")
    good = make_study(benchmark, study_id="S2")
    out, err = run(tmp_path, HEADER + row + "\nS2,pneumothorax,present,,\n", code=1)
    assert message in err
    assert "1 studies imported" in out
    assert good.suggestion_sets.count() == 1


def test_contradicting_rows_refuse_the_study(benchmark, tmp_path):
    study = make_study(benchmark, study_id="S1")
    _, err = run(tmp_path, HEADER + "S1,pneumothorax,present,,\nS1,pneumothorax,absent,,\n", code=1)
    assert "line 3: study 'S1' has contradicting rows" in err
    assert not study.suggestion_sets.exists()


def test_bytes_that_are_not_utf8_are_refused_by_line(benchmark, tmp_path):
    make_study(benchmark, study_id="S1")
    _, err = run(tmp_path, HEADER.encode() + b"S1,pneumothorax,present,,caf\xe9\n", code=1)
    assert "line 2, evidence: bytes that are not UTF-8" in err


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("study,label\n", "no column 'study_id'"),
        ("study_id,label,status,colour\n", "unknown column 'colour'"),
        ("study_id,label,status,label\n", "names the column 'label' twice"),
        ("", "is empty"),
    ],
)
def test_wrong_header_refuses_the_file(benchmark, tmp_path, header, message):
    file = tmp_path / "s.csv"
    file.write_text(header)
    with pytest.raises(CommandError, match=message) as refusal:
        call_command("import_suggestions", str(file), "--benchmark", "chest")
    assert refusal.value.returncode == 1


def test_with_a_site_unknown_studies_are_made(benchmark, tmp_path):
    text = "study_id,label,status,patient_id\nN1,pneumothorax,present,P1\nN2,,,P1\n"
    out, _ = run(tmp_path, text, "--site", "nih")
    assert "2 new studies" in out
    assert set(Study.objects.in_pool_of(benchmark).values_list("study_id", "patient__pseudonym")) == {
        ("N1", patient("P1", "nih")),
        ("N2", patient("P1", "nih")),
    }
    assert SuggestionSet.objects.count() == 2


def test_a_rows_own_site_wins_over_the_site_of_the_command(benchmark, tmp_path):
    south = make_study(benchmark, study_id="S1", site=make_site("south"))
    text = "study_id,label,status,site\nS1,pneumothorax,present,south\nS1,cardiomegaly,present,\nS1,pneumothorax,absent,north\n"
    out, _ = run(tmp_path, text + "S2,,,west\n", "--site", "north")
    assert "2 new studies" in out
    assert sorted(Study.objects.values_list("site__code", "study_id")) == [
        ("north", "S1"),
        ("south", "S1"),
        ("west", "S2"),
    ]
    assert [one.label.key for one in south.suggestion_sets.get().suggestions.all()] == ["pneumothorax"]
    assert Study.objects.get(site__code="north").suggestion_sets.get().suggestions.count() == 2


def test_a_site_that_is_no_code_refuses_its_row_alone(benchmark, tmp_path):
    text = "study_id,label,status,site\nS1,,,not/a/code\nS2,,,\n"
    _, err = run(tmp_path, text, "--site", "north", code=1)
    assert "line 2: 'not/a/code' cannot be a site's code" in err
    assert Study.objects.get().study_id == "S2"


def test_studies_of_two_sites_that_came_for_another_benchmark_are_asked_what_this_one_takes(benchmark, tmp_path):
    slices = make_benchmark("slices", modality=["CT"])
    ct = {"Modality": "CT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}
    files = write(tmp_path / "in", {f"{number}.dcm": dicom(RAMP + number, study=number, **ct) for number in (1, 2)})
    last = {site: take_in(slices, files, site=site) for site in ("north", "south")}
    for site in last:
        run(tmp_path, "study_id,label,status\n1.2.3.1,pneumothorax,present\n1.2.3.2,,\n", "--site", site)
    assert not Study.objects.in_pool_of(benchmark).exists()
    found = GateFinding.objects.filter(benchmark=benchmark).values_list("study__site__code", "check_name", "run")
    assert sorted(found) == [(site, "modality", last[site].pk) for site in ("north", "south") for _ in range(2)]
    assert HeldEntry.objects.filter(benchmark=benchmark).count() == SuggestionSet.objects.count() == 4


def test_study_id_at_two_sites_needs_the_site_column(benchmark, tmp_path):
    for code in ("north", "south"):
        make_study(benchmark, study_id="S1", site=make_site(code), patient=code)
    _, err = run(tmp_path, HEADER + "S1,pneumothorax,present,,\n", code=1)
    assert "at several sites (north, south); add a site column" in err
    out, _ = run(tmp_path, "study_id,label,status,site\nS1,pneumothorax,present,south\n")
    assert "1 studies imported" in out


def test_export_gives_back_what_was_imported(benchmark, tmp_path):
    make_study(benchmark, study_id="S1")
    make_study(benchmark, study_id="S2")
    run(tmp_path, HEADER + 'S1,pneumothorax,present,0.5,"a, b"\nS2,,,,\n')
    out = tmp_path / "out.csv"
    call_command("export_suggestions", "--benchmark", "chest", "--out", str(out), stdout=StringIO())
    assert out.read_text() == (
        'study_id,label,status,confidence,evidence,site\nS1,pneumothorax,present,0.5,"a, b",north\nS2,,,,,north\n'
    )
    again, _ = run(tmp_path, out.read_text())
    assert "0 studies imported, 2 unchanged" in again
