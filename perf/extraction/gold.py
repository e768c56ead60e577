"""The gold the rules engine is scored against: reports with human codes, marked sentences, probes, and taxonomies as data."""

import csv
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llm_extract.findings import LabelDefinition

TESTS = Path(__file__).resolve().parents[2] / "tests" / "llm_extract" / "rules"
_SECTIONS = ("indication", "comparison", "findings", "impression")


@dataclass(frozen=True)
class CodedReports:
    """Reports and their cells, one per label of `taxonomy`: 1, 0, or -1 where the code is unclear."""

    taxonomy: tuple[LabelDefinition, ...]
    texts: tuple[str, ...]
    truth: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class MarkedSentence:
    """A sentence with one condition marked by hand: is it negated, does it belong to the past."""

    text: str
    condition: str
    is_negated: bool
    is_history: bool


@dataclass(frozen=True)
class Probe:
    """A text written for one failure mode; `attribute` is "status" or a field of the finding."""

    ref: str
    category: str
    text: str
    label: str
    attribute: str
    expected: str


def read_taxonomy(name: str) -> tuple[LabelDefinition, ...]:
    """Return the taxonomy of `tests/llm_extract/rules/taxonomies/NAME.csv`; synonyms stand between semicolons."""
    with (TESTS / "taxonomies" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            LabelDefinition(
                row["key"],
                row["name"],
                row["definition"],
                tuple(term.strip() for term in row["synonyms"].split(";") if term.strip()),
                row["exclusive"] == "yes",
            )
            for row in csv.DictReader(file)
        )


def read_probes(name: str) -> tuple[Probe, ...]:
    """Return the probes of `tests/llm_extract/rules/NAME.csv`; without an attribute column they ask for the status."""
    with (TESTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Probe(
                row["id"],
                row["category"],
                row["text"],
                row["label"],
                row.get("attribute") or "status",
                row["expected"],
            )
            for row in csv.DictReader(file)
        )


def read_forms() -> tuple[tuple[str, dict[str, str]], ...]:
    """Return the reports written as forms (questions, signs, boxes, lists), and the status of each label they speak of."""
    with (TESTS / "form_reports.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            (row["text"], dict(pair.split("=") for pair in row["expected"].split("; ") if pair))
            for row in csv.DictReader(file)
        )


def half(key: str) -> str:
    """Return "dev" or "test" for a key, always the same: the parity of its hash."""
    return "dev" if hashlib.sha256(key.encode()).digest()[0] % 2 else "test"


def read_twelve(folder: Path, split: str, taxonomy: Sequence[LabelDefinition]) -> CodedReports:
    """Return the Open-i reports with the cells of `gold12_open.csv`, whose own column says the split."""
    with (folder / "gold12_open.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if split in {"all", row["split"]}]
    return _coded(folder, [(row["uid"], row) for row in rows], taxonomy)


def read_fourteen(folder: Path, split: str, taxonomy: Sequence[LabelDefinition]) -> CodedReports:
    """Return the Open-i reports with the cells of `openi_gold14.csv` for the labels that have positives.

    A report falls into the half it has in `gold12_open.csv`, so that none that was looked at is in the test half; one that is
    not there falls by its hash.
    """
    with (folder / "gold12_open.csv").open(encoding="utf-8", newline="") as file:
        known = {row["uid"]: row["split"] for row in csv.DictReader(file)}
    with (folder / "openi_gold14.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = [label for label in taxonomy if any(row[label.key] == "1" for row in rows)]
    chosen = [(row["uid"], row) for row in rows if split in {"all", known.get(row["uid"]) or half(row["uid"])}]
    return _coded(folder, chosen, labels)


def _coded(
    folder: Path, rows: Sequence[tuple[str, dict[str, str]]], taxonomy: Sequence[LabelDefinition]
) -> CodedReports:
    """Return the reports of some gold rows; a row whose report is not among the open ones is left out."""
    with (folder / "indiana_reports.csv").open(encoding="utf-8", newline="") as file:
        reports = {row["uid"]: row for row in csv.DictReader(file)}
    kept = [(reports[uid], row) for uid, row in rows if uid in reports]
    texts = tuple(
        "\n".join(f"{name.upper()}: {report[name]}" for name in _SECTIONS if report.get(name)) for report, _ in kept
    )
    return CodedReports(
        tuple(taxonomy), texts, tuple(tuple(int(row[label.key]) for label in taxonomy) for _, row in kept)
    )


def read_marked(folder: Path, split: str) -> tuple[MarkedSentence, ...]:
    """Return the sentences of the NegEx file, split by the hash of the sentence so that none is in both halves."""
    with next(folder.glob("negex_*.txt")).open(encoding="utf-8", newline="") as file:
        rows = [line.rstrip("\r\n").split("\t") for line in file][1:]
    return tuple(
        MarkedSentence(row[2], row[1], row[3] == "Negated", row[4] == "Historical")
        for row in rows
        if split in {"all", half(row[2])}
    )
