"""The converter of real reads: suggestions and verdicts that an import takes, and a benchmark that loads."""

from pathlib import Path

import pytest
import yaml

from benchmarks.definition import parse_definition
from labeling.verdicts import check_verdict, parse_corrections
from perf.nih_google_to_csv import LABELS, SOURCE, _load, benchmark_yaml, key_of, labels_in, read_rows, suggestion_rows

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "readers_nih_google" / SOURCE


def row(**changes: str) -> dict[str, str]:
    return {
        "image_id": "00000001_000.png",
        "patient_id": "1",
        "reader_id": "42",
        "suggested_nlp": "Mass|Pleural Thickening",
        "reader_findings": "Mass|Nodule",
        "vote": "disagree",
    } | changes


def test_a_label_becomes_a_key() -> None:
    assert key_of("Pleural Thickening") == "pleural_thickening"


def test_an_unknown_label_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="Fracture"):
        labels_in("Mass|Fracture")


def test_an_empty_cell_is_no_label() -> None:
    assert labels_in("") == frozenset()


def test_each_film_has_its_suggestions_once_however_many_read_it() -> None:
    rows = suggestion_rows([row(), row(reader_id="43")])

    assert rows == [
        ("00000001_000", "mass", "present", "", "", "1"),
        ("00000001_000", "pleural_thickening", "present", "", "", "1"),
    ]


def test_a_film_with_nothing_suggested_is_one_row_without_a_label() -> None:
    assert suggestion_rows([row(suggested_nlp="")]) == [("00000001_000", "", "", "", "", "1")]


def test_corrections_are_findings_against_suggestions() -> None:
    assert read_rows([row()]) == [("00000001_000", "r42", "disagree", "+nodule;-pleural_thickening", "", "")]


def test_agree_all_has_no_corrections() -> None:
    [read] = read_rows([row(reader_findings="Pleural Thickening|Mass", vote="agree_all")])

    assert read[2:4] == ("agree_all", "")


@pytest.mark.parametrize(("findings", "vote"), [("Mass", "agree_all"), ("Mass|Pleural Thickening", "disagree")])
def test_a_vote_that_does_not_fit_the_findings_is_refused(findings: str, vote: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        read_rows([row(reader_findings=findings, vote=vote)])


def test_the_benchmark_loads_with_fourteen_labels() -> None:
    definition = parse_definition(yaml.safe_load(benchmark_yaml()))

    assert [label.name for label in definition.labels] == list(LABELS)
    assert definition.slug == "nih14"


@pytest.mark.shared_data
@pytest.mark.skipif(not REAL.exists(), reason="needs ../shared/data/readers_nih_google")
def test_the_real_reads_all_pass_the_rules_of_an_import() -> None:
    rows = _load(REAL)
    suggested: dict[str, list[str]] = {}
    for study_id, label, *_ in suggestion_rows(rows):
        suggested.setdefault(study_id, []).extend([label] if label else [])
    reads = read_rows(rows)

    for study_id, _, verdict, corrections, *_ in reads:
        keys = [key_of(label) for label in LABELS]
        check_verdict(verdict, parse_corrections(corrections), labels=keys, suggested=suggested[study_id])
    assert (len(suggested), len(reads)) == (810, 2430)
