"""Findings as JSON lines: one line per report, each finding with its span."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from llm_extract.findings import ReportFinding

FORMAT = "findings/1"


@dataclass(frozen=True, slots=True)
class ReportFindings:
    """The findings of one report of a study, and which extractor (name and version) read them."""

    study_id: str
    extractor: str
    findings: tuple[ReportFinding, ...]
    site: str = ""


def write_lines(reports: Iterable[ReportFindings]) -> Iterator[str]:
    """Yield one JSON line per report, without its line end; spans count characters (Unicode code points) of the report's text."""
    for report in reports:
        line = {
            "format": FORMAT,
            "study_id": report.study_id,
            "site": report.site,
            "extractor": report.extractor,
            "findings": [asdict(finding) for finding in report.findings],
        }
        yield json.dumps(line, ensure_ascii=False)
