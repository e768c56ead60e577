"""Findings written as JSON lines hold every field of a finding."""

import json
from dataclasses import asdict

from llm_extract.reporting.findings_jsonl import FORMAT, ReportFindings, write_lines

from .reports import TEXT, read


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
