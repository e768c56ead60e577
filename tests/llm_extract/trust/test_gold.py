"""Gold sets in both forms: what is taken, what is refused and how it is said."""

import io

import pytest

from core.adapters.tables import TableError
from llm_extract.findings import Status
from llm_extract.trust.gold import StudyKey, read_gold

LABELS = ("edema", "fracture")


def read(text: str):
    return read_gold(io.BytesIO(text.encode()), name="gold.csv", labels=LABELS)


def test_long_rows_are_taken():
    gold = read("study_id,label,status\na,edema,present\na,fracture,uncertain\nb,edema,absent\n")
    assert gold.studies == {
        StudyKey("a"): {"edema": Status.PRESENT, "fracture": Status.UNCERTAIN},
        StudyKey("b"): {"edema": Status.ABSENT},
    }
    assert gold.refused == ()
    assert gold.n_cells == 3


def test_wide_cells_are_taken_and_empty_is_not_judged():
    gold = read("study_id,site,edema,fracture\na,s1,1,\nb,,0,-1\nc,,1.0,0.0\n")
    assert gold.studies == {
        StudyKey("a", "s1"): {"edema": Status.PRESENT},
        StudyKey("b"): {"edema": Status.ABSENT, "fracture": Status.UNCERTAIN},
        StudyKey("c"): {"edema": Status.PRESENT, "fracture": Status.ABSENT},
    }


@pytest.mark.parametrize(
    ("row", "column", "value", "rule"),
    [
        ("a,oedema,present", "label", "oedema", "allowed: edema, fracture."),
        ("a,fracture,yes", "status", "yes", "it must be one of present, absent, uncertain."),
        (",fracture,present", "study_id", "", "1 to 128 characters"),
        ("a,edema,absent", "label", "edema", "judged for it on line 2 already"),
    ],
)
def test_bad_long_row_is_named_and_the_good_ones_are_kept(row, column, value, rule):
    gold = read(f"study_id,label,status\na,edema,present\n{row}\nz,edema,absent\n")
    (refusal,) = gold.refused
    assert (refusal.line, refusal.column, refusal.value) == (3, column, value)
    assert rule in refusal.message
    assert refusal.message.startswith("gold.csv, line 3: ")
    assert set(gold.studies) == {StudyKey("a"), StudyKey("z")}
    assert gold.studies[StudyKey("a")] == {"edema": Status.PRESENT}


def test_bad_wide_cell_refuses_its_row_alone():
    gold = read("study_id,edema\na,2\nb,1\nb,0\n")
    assert [(one.line, one.column) for one in gold.refused] == [(2, "edema"), (4, "study_id")]
    assert "1 (present), 0 (absent), -1 (uncertain) or empty" in gold.refused[0].message
    assert gold.studies == {StudyKey("b"): {"edema": Status.PRESENT}}


def test_unknown_wide_column_is_refused_by_name_and_the_others_read():
    gold = read("study_id,edema,split\na,1,dev\n")
    assert [(one.line, one.value) for one in gold.refused] == [(1, "split")]
    assert gold.studies == {StudyKey("a"): {"edema": Status.PRESENT}}


def test_same_study_of_two_sites_is_two_studies():
    assert len(read("study_id,site,label,status\na,x,edema,present\na,y,edema,absent\n").studies) == 2


def test_header_without_any_label_refuses_the_file():
    with pytest.raises(TableError, match="its labels: edema, fracture"):
        read("study_id,finding\na,1\n")


def test_broken_csv_row_is_kept_as_a_refusal():
    gold = read("study_id,label,status\na,edema\nb,edema,present\n")
    assert gold.refused[0].line == 2
    assert set(gold.studies) == {StudyKey("b")}


def test_file_with_a_header_alone_is_an_empty_set():
    assert read("study_id,label,status\n").studies == {}
