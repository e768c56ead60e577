"""The contract's suggestion rows: study_id,label,status,confidence,evidence[,site,patient_id], checked one by one."""

from collections.abc import Collection
from dataclasses import dataclass

from llm_extract.findings import LabelSuggestion, Status

MAX_EVIDENCE = 10_000


@dataclass(frozen=True)
class SuggestionRow:
    """One good row. ``suggestion`` is None for a study with nothing suggested."""

    line: int
    study_id: str
    site: str
    patient_id: str
    suggestion: LabelSuggestion | None


@dataclass(frozen=True)
class RefusedRow:
    """One row that breaks a rule: which column, which value, and the whole sentence."""

    line: int
    column: str
    value: str
    message: str


def parse_row(line: int, cells: dict[str, str], labels: Collection[str]) -> SuggestionRow | RefusedRow:
    """Checks one row's cells against the taxonomy's label keys."""
    study_id = cells.get("study_id", "")
    label, status = cells.get("label", ""), cells.get("status", "")

    def refused(column: str, value: str, rule: str) -> RefusedRow:
        return RefusedRow(line, column, value[:80], f"{column} is {value[:80]!r}; {rule}")

    if not study_id or len(study_id) > 128:
        return refused("study_id", study_id, "it must be the site's identifier of a study, 1 to 128 characters.")
    about = {"site": cells.get("site", ""), "patient_id": cells.get("patient_id", "")[:128]}
    if not label:
        if status:
            return refused("status", status, "a row without a label says that nothing is suggested and has no status.")
        return SuggestionRow(line, study_id, suggestion=None, **about)
    if label not in labels:
        return refused("label", label, f"allowed: {', '.join(labels)}.")
    if status not in set(Status):
        return refused("status", status, f"it must be one of {', '.join(Status)}.")
    confidence = _share(cells.get("confidence", ""))
    if confidence is _BAD:
        return refused("confidence", cells["confidence"], "it must be a number from 0 to 1, or empty.")
    evidence = cells.get("evidence", "")
    if len(evidence) > MAX_EVIDENCE:
        return refused("evidence", f"{len(evidence)} characters", f"it may have at most {MAX_EVIDENCE} characters.")
    suggestion = LabelSuggestion(
        label=label,
        status=Status(status),
        confidence=confidence,
        findings=(),
        reason="imported",
        evidence=evidence,
    )
    return SuggestionRow(line, study_id, suggestion=suggestion, **about)


_BAD = -1.0


def _share(text: str) -> float | None:
    """The number, None for an empty cell, _BAD for anything else."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        return _BAD
    return value if 0 <= value <= 1 else _BAD
