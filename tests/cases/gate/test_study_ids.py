"""Which identifiers of studies may name somebody: by what stands in them, and by whom their row names."""

from pathlib import Path

import pytest

from cases.gate.study_ids import id_names_somebody, is_named_by, names_in_id

HERE = Path(__file__).parent


def _lines(name):
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def test_ids_that_are_names_of_many_origins_are_known():
    """Written down before the rule was; docs/imports.md has the share."""
    names = _lines("ids_that_name.txt")
    assert len(names) == 300
    assert [one for one in names if not id_names_somebody(one)] == ["Tan87"]


def test_ids_that_machines_make_stay():
    machines = _lines("ids_of_machines.txt")
    assert len(machines) == 300
    changed = [one for one in machines if id_names_somebody(one)]
    # What chance writes without a figure reads as a name nobody knows.
    assert changed == ["TUUOALVXHTFJWAIB", "IFYDDDWRISCHXRWI", "LBYPSMEQBHSENTIK", "iAhzCueQpBen", "mwufUxbvJDCT"]


@pytest.mark.parametrize(
    "study_id",
    [
        *(
            "Katzenellenbogen",
            "Gladwellow",
            "Hollingberry",
            "HOLLINGBERRY_1950",
            "Oyelaran_1962",
            "JSMITH",
            "smithjohn",
        ),
        *("MUELLERT", "Xiaoming_Li", "Szymborska 12", "李娜", "Mu¨ller", "LEE_1950", "KIM_J", "case_Baker_2"),
    ],
)
def test_a_run_of_letters_that_no_machine_writes_may_name_somebody(study_id):
    assert id_names_somebody(study_id)
    assert names_in_id(study_id) or "¨" in study_id


@pytest.mark.parametrize(
    "study_id",
    [
        *(
            "HAR07-00093",
            "CXR12",
            "s50414267",
            "00000211_006",
            "419639",
            "study7",
            "MGHX-1",
            "trainimg_3",
            "phase-VIII-2",
        ),
        *("3f2a9c1e", "deadbee4", "S6ZC43OUPTZZPB4J", "0b1cb8905fd8839a001d7a707f0c3f", "MR-2019-3", ""),
    ],
)
def test_a_machines_word_or_code_names_nobody(study_id):
    assert not id_names_somebody(study_id)
    assert names_in_id(study_id) == ""


@pytest.mark.parametrize(
    ("study_id", "name"),
    [
        *(
            ("Li_7", "Li^Na"),
            ("jsng", "Ng^Joo^Sim"),
            ("NGJ_1950", "Ng^Jo"),
            ("ngjo", "Ng^Jo"),
            ("MUELLERT", "Müller^Thea"),
        ),
        *(
            ("Hope12", "Hope^Ann"),
            ("vdberg3", "van den Berg"),
            ("OBRIEN", "O'Brien"),
            ("katzenel", "Katzenellenbogen, R."),
        ),
        *(("OLINDQVISTR", "Lindqvist"), ("Tan87", "Tan Wei"), ("Szymborska 12", "Szymborska 12^Test")),
    ],
)
def test_an_id_that_its_rows_name_stands_in_is_that_persons(study_id, name):
    assert is_named_by(study_id, [name])


@pytest.mark.parametrize(
    ("study_id", "name"),
    [
        *(("HAR07-00093", "HAR07-00093"), ("CASE-004", "Case^004"), ("patient 7", "Patient^7"), ("CXR12", "Smith")),
        *(
            ("prostate_12", "Rost^A"),
            ("train_0007", "anonymous"),
            ("S1", ""),
            ("UKE-0012", "Kehl^Uwe"),
            ("s50414267", "S"),
        ),
    ],
)
def test_words_that_ids_are_made_of_and_codes_are_nobodys(study_id, name):
    assert not is_named_by(study_id, [name])
