"""Reports from CSV: what is taken, and how each kind of bad input is refused."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.adapters.report_files import is_report_file, read_reports
from cases.contribution import Problem, ReportRow
from tests.cases.builders import reports_csv

HEADER = b"study_id,report_text,patient_id,age,sex,view_position,study_date\n"
GOOD = b"S9,Clear lungs.,P9,45,F,PA,2026-11-21\n"


def read(path, **options):
    return list(read_reports(path, max_characters=options.pop("max_characters", 1000), **options))


def refused(path, content: bytes) -> Problem:
    """The one problem of a file with one bad row before a good one; the good one is read."""
    path.write_bytes(content)
    found = read(path)
    assert [row.study_id for row in found if isinstance(row, ReportRow)][-1:] == ["S9"]
    problems = [row for row in found if isinstance(row, Problem)]
    assert len(problems) == 1
    return problems[0]


def test_a_row_is_read_with_all_its_columns(tmp_path):
    (tmp_path / "r.csv").write_bytes(
        HEADER.replace(b"age", b"age,scanner") + b'S1,"a\nb, ""c""",P1,45,X-9,F,PA,2026-11-21\n'
    )
    (row,) = read(tmp_path / "r.csv")
    assert (row.study_id, row.text, row.line, row.is_empty) == ("S1", 'a\nb, "c"', 2, False)
    facts = row.facts
    assert (facts.patient_id, facts.age, facts.sex, facts.view_position) == ("P1", 45, "F", "PA")
    assert str(facts.study_date) == "2026-11-21"
    assert facts.metadata == {"scanner": "X-9"}


BAD_ROWS = {
    "too few fields": (b"S1,text\n", "columns", "", "2"),
    "too many fields": (b"S1,text,P1,45,F,PA,2026-11-21,more\n", "columns", "", "8"),
    "no id": (b" ,text,P1,45,F,PA,2026-11-21\n", "missing", "study_id", ""),
    "id too long": (b"S" * 121 + b",text,P1,45,F,PA,\n", "too_long", "study_id", "(121 characters)"),
    "age": (b"S1,text,P1,old,F,PA,\n", "value", "age", "aaa"),
    "a name for an age": (b"S1,text,P1,Zebraquist,F,PA,\n", "value", "age", "(10 characters)"),
    "negative age": (b"S1,text,P1,-3,F,PA,\n", "value", "age", "-3"),
    "sex": (b"S1,text,P1,45,W,PA,\n", "value", "sex", "W"),
    "a name for a sex": (b"S1,text,P1,45,DOE,PA,\n", "value", "sex", "aaa"),
    "date": (b"S1,text,P1,45,F,PA,21.11.2026\n", "value", "study_date", "##.##.####"),
    "day in words": (b"S1,text,P1,45,F,PA,12 Mar 50\n", "value", "study_date", "## aaa ##"),
    "number for a date": (b"S1,text,P1,45,F,PA,078-05-1120\n", "value", "study_date", "###-##-####"),
    "number for an age": (b"S1,text,P1,8675309,F,PA,\n", "value", "age", "(7 characters)"),
    "view too long": (b"S1,text,P1,45,F," + b"v" * 33 + b",\n", "too_long", "view_position", "(33 characters)"),
    "latin-1": (b"S1,d\xe9pression,P1,45,F,PA,\n", "encoding", "report_text", "0xE9"),
    "NUL": (b"S1,te\x00xt,P1,45,F,PA,\n", "nul", "report_text", "\\0"),
    "1 MB": (b"S1," + b"x" * 1_000_000 + b",P1,45,F,PA,\n", "too_long", "report_text", "(1,000,000 characters)"),
    "quote": (b'S1,"a" b,P1,45,F,PA,\n', "csv", "", ""),
    "reserved patient": (b"S1,text,study:S1,45,F,PA,\n", "reserved", "patient_id", "study:S1"),
    "line break in id": (b'"S\n1",text,P1,45,F,PA,\n', "unprintable", "study_id", ""),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_refused_with_line_field_value_and_rule_and_the_good_one_is_read(name, tmp_path):
    row, kind, field, value = BAD_ROWS[name]
    problem = refused(tmp_path / "reports.csv", HEADER + row + GOOD)
    assert (problem.kind, problem.where, problem.line) == (kind, "reports.csv", 2)
    assert (problem.field, problem.value) == (field, value)
    assert problem.message


def test_a_study_named_twice_is_taken_once_and_the_second_names_the_first(tmp_path):
    problem = refused(tmp_path / "r.csv", HEADER + GOOD + GOOD.replace(b"Clear", b"Other"))
    assert (problem.kind, problem.line, problem.field, problem.value) == ("duplicate", 3, "study_id", "S9")
    assert "line 2" in problem.message
    row = GOOD.replace(b"S9", b"078-05-1120")
    problem = refused(tmp_path / "r.csv", HEADER + row + row + GOOD)
    assert (problem.value, "078" in problem.message) == ("###-##-####", False)


def test_the_same_id_at_two_sites_is_no_repetition(tmp_path):
    path = reports_csv(
        tmp_path / "r.csv", [("S1", "a", "north"), ("S1", "b", "south")], ("study_id", "report_text", "site")
    )
    assert [row.site_code for row in read(path)] == ["north", "south"]


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("study,text", "study_id"),
        ("study_id,text", "report_text"),
        ("", "study_id"),
        ("study_id;report_text", "study_id"),
    ],
)
def test_a_wrong_header_is_one_problem_that_names_what_is_missing(header, missing, tmp_path):
    (tmp_path / "r.csv").write_text(f"{header}\nS1,text\n")
    (problem,) = read(tmp_path / "r.csv")
    assert (problem.kind, problem.line, problem.field) == ("header", 1, missing)


def test_semicolons_are_hinted_at(tmp_path):
    (tmp_path / "r.csv").write_text("study_id;report_text\nS1;text\n")
    assert "something else than commas" in read(tmp_path / "r.csv")[0].message


def test_a_column_named_twice_is_refused(tmp_path):
    (tmp_path / "r.csv").write_text("study_id,report_text,age,age\nS1,text,1,2\n")
    assert "'age' twice" in read(tmp_path / "r.csv")[0].message


def test_utf_16_is_named(tmp_path):
    (tmp_path / "r.csv").write_bytes("study_id,report_text\nS1,text\n".encode("utf-16"))
    assert "UTF-16" in read(tmp_path / "r.csv")[0].message


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    (tmp_path / "r.csv").write_bytes(b"\xef\xbb\xbfstudy_id,report_text\r\nS1,text\r\n\r\nS2,more\r\n")
    assert [row.study_id for row in read(tmp_path / "r.csv")] == ["S1", "S2"]


def test_an_unclosed_quote_says_where_it_was_opened(tmp_path):
    (tmp_path / "r.csv").write_bytes(b'study_id,report_text\nS1,good\nS2,"never closed\nS3,lost\n')
    good, problem = read(tmp_path / "r.csv")
    assert good.study_id == "S1"
    assert (problem.kind, problem.line) == ("csv", 3)
    assert "never closed" in problem.message


def test_a_long_wrong_value_is_never_quoted_since_it_may_be_report_text(tmp_path):
    secret = "The patient Mr Smith has a large effusion on the left side"
    path = reports_csv(tmp_path / "r.csv", [("S1", "x", secret)], ("study_id", "report_text", "sex"))
    (problem,) = read(path)
    assert "Smith" not in problem.value + problem.message
    assert problem.value == f"({len(secret)} characters)"


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_report_is_read_and_marked(text, tmp_path):
    (row,) = read(reports_csv(tmp_path / "r.csv", [("S1", text)]))
    assert row.is_empty


OPENI = ("uid", "MeSH", "Problems", "image", "indication", "comparison", "findings", "impression")


def test_openi_report_is_put_together_under_its_headings(tmp_path):
    path = reports_csv(tmp_path / "r.csv", [("7", "normal", "", "Xray", "cough", "None.", "Clear.", "Normal.")], OPENI)
    *remarks, row = read(path)
    assert [(one.kind, one.field, one.is_warning) for one in remarks] == [
        ("answers_left_out", "MeSH", True),
        ("answers_left_out", "Problems", True),
    ]
    assert row.study_id == "CXR7"
    assert row.text == "INDICATION: cough\n\nCOMPARISON: None.\n\nFINDINGS: Clear.\n\nIMPRESSION: Normal."
    assert row.facts.metadata == {"image": "Xray"}


def test_openi_report_without_findings_and_impression_counts_as_empty(tmp_path):
    *_, row = read(reports_csv(tmp_path / "r.csv", [("7", "", "", "", "cough", "", "", "")], OPENI))
    assert row.is_empty
    assert row.text == "INDICATION: cough"


def test_openi_layout_does_not_take_the_contract_header(tmp_path):
    (problem,) = read(reports_csv(tmp_path / "r.csv", [("S1", "x")]), layout="openi")
    assert problem.kind == "header"
    assert "uid" in problem.message


@pytest.mark.parametrize(
    ("header", "expected"), [("study_id,report_text", True), ("uid,findings,impression", True), ("a,b", False)]
)
def test_a_report_file_is_known_by_its_header(header, expected, tmp_path):
    (tmp_path / "r.csv").write_text(header + "\n")
    assert is_report_file(tmp_path / "r.csv") is expected


_texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@given(texts=st.lists(_texts, min_size=1, max_size=6))
def test_whatever_is_written_by_the_csv_rules_is_read_back(texts, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "r.csv"
    reports_csv(path, [(f"S{number}", text) for number, text in enumerate(texts)])
    assert [row.text for row in read(path)] == texts


@given(st.binary(max_size=200))
def test_any_bytes_end_in_rows_or_problems_never_in_an_error(data):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        path.write_bytes(b"study_id,report_text\n" + data)
        assert all(isinstance(row, ReportRow | Problem) for row in read(path))


@pytest.mark.shared_data
def test_all_real_openi_reports_are_read(shared):
    found = read(shared / "reports_openi" / "indiana_reports.csv", max_characters=100_000)
    assert [one.field for one in found if isinstance(one, Problem)] == ["MeSH", "Problems"]
    found = [one for one in found if not isinstance(one, Problem)]
    assert len(found) == 3080
    assert all(isinstance(row, ReportRow) for row in found)
    assert sum(row.is_empty for row in found) == 21
    assert csv.field_size_limit() >= 10**6
