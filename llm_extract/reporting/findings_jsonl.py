"""Findings as JSON lines: one line per report, each finding with its span; read back as it was written."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from llm_extract.findings import Change, Grounding, Laterality, ReportFinding, Severity, Status, Temporality

FORMAT = "findings/1"
_ENUMS = {
    "status": Status,
    "laterality": Laterality,
    "severity": Severity,
    "change": Change,
    "temporality": Temporality,
    "grounding": Grounding,
}


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


def read_line(line: str) -> ReportFindings:
    """Return the report a line holds.

    Raises ValueError naming what is wrong, without the line's text.
    """
    try:
        data = json.loads(line)
        if data["format"] != FORMAT:
            raise ValueError(f"The line has the format {str(data['format'])[:40]!r}; {FORMAT!r} is needed.")
        return ReportFindings(
            data["study_id"], data["extractor"], tuple(_finding(one) for one in data["findings"]), data.get("site", "")
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"The line is not JSON at character {error.pos}; write one object per line.") from None
    except (KeyError, TypeError) as error:
        raise ValueError(f"The line lacks or misnames a field ({error}); see the format {FORMAT}.") from None


def _finding(data: Mapping[str, Any]) -> ReportFinding:
    values: dict[str, Any] = {
        key: _ENUMS[key](value) if key in _ENUMS and value is not None else value for key, value in data.items()
    }
    return ReportFinding(**values)
