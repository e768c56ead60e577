"""CSV that is written: no spreadsheet runs a cell, and what is read back is what was meant."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.adapters.tables import as_meant, csv_lines, inert, read_table

FORMULAS = ["=cmd|'/C calc'!A0", "+SUM(1)", "-2+cmd|' /C'!A0", "@x", "\t=1", "\n=1"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(cell):
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "S1",
        "-1",
        "-pleural_effusion;+edema",
        "- No effusion",
        "+3.5e-7",
        "-1,000",
        "-",
        "it's",
        "'quoted'",
        7,
        -1.5,
    ],
)
def test_numbers_and_plain_words_stay(cell):
    assert inert(cell) == cell


@given(st.text())
def test_what_is_written_is_read_as_it_was_meant(cell):
    written = inert(cell)
    assert as_meant(written) == re.sub("\r(?!\n)", "\n", cell)  # a lone return is a line's end
    assert not written.startswith(("=", "@", "\t", "\r", "\n"))


def test_a_table_is_read_back_as_it_was_given():
    rows = [["S1", formula, None] for formula in FORMULAS]
    text = "".join(csv_lines(["study_id", "comment", "site"], rows))
    assert all(row[1].startswith("'") for row in list(csv.reader(io.StringIO(text, newline="")))[1:])
    table = read_table(io.BytesIO(text.encode()), name="t.csv", required=["study_id", "comment", "site"])
    assert [(row.cells["comment"], row.cells["site"]) for row in table] == [(one, "") for one in FORMULAS]
