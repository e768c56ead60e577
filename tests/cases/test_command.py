"""manage.py import_studies: what it prints, what it writes, and how it ends."""

import csv

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from cases.management.commands.import_studies import Command
from cases.models import ImportRun, Site, Study
from tests.cases.builders import dicom, png, reports_csv, write
from tests.cases.faults import below_any_path


@pytest.fixture
def run(benchmark_, capsys):
    """Runs the command; (exit code, what it printed)."""

    def call(*arguments, benchmark="chest", site="north"):
        code = 0
        try:
            call_command("import_studies", *map(str, arguments), f"--benchmark={benchmark}", f"--site={site}")
        except SystemExit as end:
            code = int(end.code or 0)
        return code, capsys.readouterr().out

    return call


def refusal(*arguments) -> CommandError:
    with pytest.raises(CommandError) as caught:
        call_command("import_studies", *map(str, arguments))
    return caught.value


def test_reports_alone_are_imported_and_counted(run, tmp_path):
    code, printed = run("-", "--reports", reports_csv(tmp_path / "r.csv", [("S1", "a"), ("S2", "b")]))
    assert code == 0
    assert "2 imported, 0 unchanged, 0 rejected" in printed


def test_a_csv_file_as_path_is_read_as_reports(run, tmp_path):
    code, printed = run(reports_csv(tmp_path / "r.csv", [("1", "Clear.", "")], ("uid", "findings", "impression")))
    assert (code, Study.objects.get().study_id) == (0, "CXR1")
    assert "1 imported" in printed


def test_an_unknown_site_is_made(run, tmp_path):
    run("-", "--reports", reports_csv(tmp_path / "r.csv", [("S1", "a")]), site="brand-new")
    assert Site.objects.get().code == "brand-new"


def test_sites_of_rows_are_made_when_told_to(run, tmp_path):
    rows = reports_csv(tmp_path / "r.csv", [("S1", "a", "south")], ("study_id", "report_text", "site"))
    assert run("-", "--reports", rows)[0] == 1
    assert run("-", "--reports", rows, "--create-sites")[0] == 0
    assert set(Site.objects.values_list("code", flat=True)) == {"north", "south"}


def test_pictures_and_reports_come_in_together(run, tmp_path):
    write(tmp_path / "films", {"a.dcm": dicom(), "S2.png": png()})
    code, printed = run(tmp_path / "films", "--reports", reports_csv(tmp_path / "r.csv", [("1.2.3.1", "a")]))
    assert code == 0
    assert "3 imported" in printed


def test_rejected_files_and_rows_are_told_with_their_reasons_and_the_exit_code_says_so(run, tmp_path):
    write(tmp_path / "films", {"good.png": png(), "bad.dcm": b"junk"})
    reports = reports_csv(tmp_path / "r.csv", [("S1", "a", "M"), ("S2", "b", "W")], ("study_id", "report_text", "sex"))
    code, printed = run(tmp_path / "films", "--reports", reports, "--report", tmp_path / "out.csv")
    assert code == 1
    assert "2 imported, 0 unchanged, 2 rejected" in printed
    assert "rejected: bad.dcm: The file is not DICOM, PNG or JPEG." in printed
    assert "rejected: r.csv, line 3: Line 3: sex must be M, F, O" in printed
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["field"], row["value"], row["rule"]) for row in rows] == [
        ("r.csv", "3", "sex", "W", "value"),
        ("bad.dcm", "", "", "", "format"),
    ]


def test_a_folder_that_cannot_be_listed_makes_the_import_incomplete(run, tmp_path):
    write(tmp_path, {"a.png": png()})
    below_any_path(tmp_path)
    code, printed = run(tmp_path)
    assert code == 1
    assert "The folder cannot be listed" in printed
    assert "1 imported, 0 unchanged, 1 rejected" in printed


def test_what_is_passed_over_is_told_and_is_no_failure(run, tmp_path):
    write(tmp_path, {"a.png": png(), ".hidden/b.png": png(1), ".c.png": png(2)})
    code, printed = run(tmp_path)
    assert code == 0
    assert "Passed over, 2 in all, since they are hidden" in printed


def test_a_remark_alone_is_no_failure(run, tmp_path):
    code, printed = run("-", "--reports", reports_csv(tmp_path / "r.csv", [("S1", "")]))
    assert code == 0
    assert "warning: r.csv, line 2" in printed


def test_again_everything_is_unchanged(run, tmp_path):
    path = reports_csv(tmp_path / "r.csv", [("S1", "a")])
    run("-", "--reports", path)
    assert "0 imported, 1 unchanged, 0 rejected" in run("-", "--reports", path)[1]


@pytest.mark.parametrize("arguments", [["-"], ["/nowhere"], ["-", "--reports", "/nowhere.csv"]])
def test_bad_usage_ends_with_two(arguments, benchmark_):
    assert refusal(*arguments, "--benchmark=chest", "--site=north").returncode == 2


def test_a_missing_option_is_refused(db):
    assert "--benchmark" in str(refusal("-", "--site=north"))


@pytest.mark.parametrize(
    ("options", "named"),
    [(["--benchmark=nope", "--site=north"], "chest"), (["--benchmark=chest", "--site=a b"], "a-b")],
)
def test_a_refusal_ends_with_one_and_names_what_is_allowed(options, named, benchmark_, tmp_path):
    error = refusal("-", "--reports", reports_csv(tmp_path / "r.csv", [("S1", "a")]), *options)
    assert error.returncode == 1
    assert named in str(error)


def test_a_manifest_without_its_files_is_refused_with_what_to_do(benchmark_, tmp_path):
    write(tmp_path, {"m.json": b"[]"})
    error = refusal(tmp_path / "m.json", "--layout=midrc", "--benchmark=chest", "--site=north")
    assert error.returncode == 1
    assert "the folder that holds both" in str(error)


def test_help_shows_an_example(capsys):
    from cases.management.commands.import_studies import Command

    assert (
        "python manage.py import_studies /data/north"
        in Command().create_parser("manage.py", "import_studies").format_help()
    )


def test_studies_without_a_picture_are_told_in_one_line(run, tmp_path, capsys):
    run("-", "--reports", reports_csv(tmp_path / "r.csv", [("S1", "a")]))
    done = ImportRun.objects.get()
    for number in range(3):
        message = f"The table names study 1.2.3.{number}."
        done.problems.create(kind="missing_study", message=message, is_warning=True)
    capsys.readouterr()
    Command()._tell(done, None)
    printed = capsys.readouterr().out
    assert "3 remarks name studies of the table that have no picture" in printed
    assert "1.2.3." not in printed
