"""Taxonomies nobody prepared the engine for: the 14 NIH labels, and ten labels of an abdominal CT with an exclusive "Normal"."""

import csv
from pathlib import Path

import pytest

from llm_extract.rules.engine import engine_for
from llm_extract.rules.mapping import map_findings
from perf.extraction_gold import read_taxonomy

HERE = Path(__file__).parent


def rows(name):
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["id"], row["text"], row["expected"]) for row in csv.DictReader(file)]


def suggested(text, taxonomy, body_part):
    labels = read_taxonomy(taxonomy)
    engine = engine_for(body_part, labels)
    found = map_findings(engine.findings(text), labels, engine.vocabulary)
    return {suggestion.label: suggestion.status.value for suggestion in found}


def expectation(words):
    return dict(pair.split("=") for pair in words.split("; ")) if words else {}


@pytest.mark.parametrize(("ref", "text", "expected"), rows("nih_reports"))
def test_nih_labels(ref, text, expected):
    assert suggested(text, "nih14", "CHEST") == expectation(expected)


@pytest.mark.parametrize("body_part", ["ABDOMEN", ""], ids=["abdomen", "no body part"])
@pytest.mark.parametrize(("ref", "text", "expected"), rows("abdomen_reports"))
def test_abdomen_labels(ref, text, expected, body_part):
    assert suggested(text, "abdomen10", body_part) == expectation(expected)
