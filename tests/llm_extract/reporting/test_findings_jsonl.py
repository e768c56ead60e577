"""Findings written as JSON lines hold every field of a finding."""

import json
from dataclasses import asdict

import pytest

from llm_extract.findings import Severity
from llm_extract.reporting.findings_jsonl import FORMAT, ReportFindings, write_lines

from .reports import FINDER, TEXT, read


def test_a_line_is_a_report_with_every_field_of_its_findings():
    reports = [ReportFindings("s1", "rules 2", read(), "site"), ReportFindings("s2", "rules 2", ())]
    lines = list(write_lines(reports))
    assert not any("\n" in line for line in lines)
    first, second = (json.loads(line) for line in lines)
    assert first == {
        "format": FORMAT,
        "study_id": "s1",
        "site": "site",
        "extractor": "rules 2",
        "findings": [asdict(finding) for finding in read()],
    }
    assert second["findings"] == []


def test_spans_cut_the_evidence_from_the_text():
    (line,) = write_lines([ReportFindings("s1", "rules", read())])
    for finding in json.loads(line)["findings"]:
        assert TEXT[finding["start"] : finding["end"]] == finding["evidence"]


def test_text_of_another_script_stays_readable():
    text = "FINDINGS: Pleural effusion – größer."
    (line,) = write_lines([ReportFindings("s1", "rules", read(text))])
    assert "größer" in line
    assert json.loads(line)["findings"][0]["evidence"] == read(text)[0].evidence


@pytest.mark.parametrize(
    ("text", "observation", "stated"),
    [
        ("Small left pleural effusion.", "pleural_effusion", (None, "small")),
        ("Tiny left apical pneumothorax and moderate effusion.", "pneumothorax", (None, "tiny")),
        ("Tiny left apical pneumothorax and moderate effusion.", "pleural_effusion", (Severity.MODERATE, None)),
        ("Mild cardiomegaly and a small effusion.", "cardiomegaly", (Severity.MILD, None)),
        ("Mild cardiomegaly and a small effusion.", "pleural_effusion", (None, "small")),
        ("Small 15 mm right pneumothorax.", "pneumothorax", (None, "15 mm, small")),
        ("Pneumothorax of 15 mm.", "pneumothorax", (None, "15 mm")),
        ("No large effusion.", "pleural_effusion", (None, None)),
    ],
)
def test_a_word_of_size_is_stated_as_a_size_and_no_severity(text, observation, stated):
    (one,) = [finding for finding in FINDER.as_stated(text, read(text)) if finding.observation == observation]
    assert (one.severity, one.size) == stated
