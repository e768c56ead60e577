"""87 sentences with the status a label should get: the failure modes of report labelling, one by one."""

import csv
from pathlib import Path

import pytest

from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import load_vocabulary
from perf.extraction_quality import TAXONOMY, measure

with Path(__file__).with_name("probes.csv").open(encoding="utf-8", newline="") as file:
    PROBES = list(csv.DictReader(file))
ENGINE = RulesEngine(load_vocabulary("chest"))
OPENI = Path(__file__).parents[4] / "shared" / "data" / "reports_openi"


@pytest.mark.parametrize("probe", PROBES, ids=[f"{probe['id']}-{probe['category']}" for probe in PROBES])
def test_probe(probe):
    found = {s.label: s.status.value for s in map_findings(ENGINE.findings(probe["text"]), TAXONOMY)}
    assert found.get(probe["label"], "absent") == probe["expected"]


def test_there_are_87_probes():
    assert len(PROBES) == 87


@pytest.mark.shared_data
@pytest.mark.skipif(not (OPENI / "gold12_open.csv").exists(), reason="needs the reports in ../shared/data")
def test_quality_on_human_codes_does_not_fall():
    result = measure(OPENI, "dev")
    assert result["strict"]["micro_f1"] >= 0.87
    assert result["lenient"]["micro_f1"] >= 0.91
