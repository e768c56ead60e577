"""Honest reports lose nothing to the guard: the same labels with it and without it, in every layout."""

import csv
from pathlib import Path

import pytest
import yaml

from llm_extract.backends import make_extractor, make_mapper
from llm_extract.findings import Status
from llm_extract.guards.guarding import guarded
from llm_extract.guards.injection import suspicions
from llm_extract.stages import ReportText, Scope
from tests.llm_extract.guards.injected import CHEST, HERE, LABELS

SCOPE = Scope("CHEST", LABELS)
CORPUS = yaml.safe_load((HERE / "false_alarms.yaml").read_text("utf-8"))
OPENI = Path(__file__).parents[4] / "shared" / "data" / "reports_openi" / "indiana_reports.csv"


def positive(suggestions):
    return {one.label: one.status.value for one in suggestions if one.status is not Status.ABSENT}


def read(texts):
    extractor, mapper = make_extractor("rules", SCOPE), make_mapper("vocabulary", SCOPE)
    return mapper.map(extractor.extract(ReportText(place, text) for place, text in enumerate(texts)))


def test_the_corpus_is_as_large_as_it_says():
    assert len(CORPUS["honest"]) >= 60
    assert len({*CORPUS["honest"], *CORPUS["flagged"]}) == len(CORPUS["honest"]) + len(CORPUS["flagged"])


@pytest.mark.parametrize("text", [*CORPUS["honest"], *CORPUS["flagged"]])
def test_an_honest_report_keeps_every_label(text):
    (mapped,) = read([text])
    assert positive(mapped.readings[0])
    assert guarded(mapped, LABELS, CHEST)
    assert positive(guarded(mapped, LABELS, CHEST)) == positive(mapped.readings[0])


@pytest.mark.parametrize("text", CORPUS["honest"])
def test_an_honest_report_speaks_to_nobody(text):
    assert suspicions(text) == ()


@pytest.mark.parametrize("text", CORPUS["flagged"])
def test_what_cannot_be_told_apart_is_flagged(text):
    assert suspicions(text)


@pytest.mark.shared_data
@pytest.mark.skipif(not OPENI.exists(), reason="needs the reports in ../shared/data")
@pytest.mark.parametrize("between", ["\n", "\n\n", " "], ids=["lines", "paragraphs", "one line"])
def test_three_thousand_real_reports_lose_no_label(between):
    with OPENI.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = [
        between.join(f"{name.upper()}: {row[name]}" for name in ("indication", "findings", "impression"))
        for row in rows
    ]
    suspected = [text for text in texts if suspicions(text)]
    lost = [
        mapped.extracted.report.text
        for mapped in read(suspected)
        if positive(guarded(mapped, LABELS, CHEST)) != positive(mapped.readings[0])
    ]
    assert len(texts) > 3000
    assert lost == []
    assert len(suspected) <= len(texts) // 1000
