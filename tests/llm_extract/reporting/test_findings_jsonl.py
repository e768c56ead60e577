"""Findings written as JSON lines come back as they were."""

import json

import pytest

from llm_extract.findings import Grounding
from llm_extract.reporting.findings_jsonl import ReportFindings, read_line, write_lines

from .reports import TEXT, read


def test_round_trip():
    reports = [ReportFindings("s1", "rules 2", read(), "site"), ReportFindings("s2", "rules 2", ())]
    lines = list(write_lines(reports))
    assert len(lines) == 2
    assert not any("\n" in line for line in lines)
    assert [read_line(line) for line in lines] == reports
    assert read_line(lines[0]).findings[0].grounding is Grounding.EXACT


def test_spans_cut_the_evidence_from_the_text():
    (line,) = write_lines([ReportFindings("s1", "rules", read())])
    for finding in json.loads(line)["findings"]:
        assert TEXT[finding["start"] : finding["end"]] == finding["evidence"]


def test_text_of_another_script_stays_readable():
    text = "FINDINGS: Pleural effusion – größer."
    (line,) = write_lines([ReportFindings("s1", "rules", read(text))])
    assert "größer" in line
    assert read_line(line).findings == read(text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON at character 1"),
        ("{}", "lacks or misnames a field"),
        ('{"format": "other"}', "has the format 'other'"),
        ('{"format": "findings/1", "study_id": "s", "extractor": "x", "findings": [{"observation": "x"}]}', "misnames"),
    ],
)
def test_bad_line_is_named_without_its_text(line, message):
    with pytest.raises(ValueError, match=message):
        read_line(line)
