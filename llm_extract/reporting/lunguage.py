"""Lunguage-style rows: entity, relation, value, from the findings of a report.

The 18 relations are those of Lunguage (Moon et al., arXiv 2505.21190; names as in its released `lunguage_score` package, where
Status is written as two: Dx_Status, positive or negative, and Dx_Certainty, definitive or tentative).

What our findings fill: Cat (`oth`, devices only: whether another finding counts as radiological or clinical is the readers' call),
Dx_Status, Dx_Certainty, Location, Measurement, Severity, Onset (`new`), No Change, Improved, Worsened, Past Hx. Placement, Associate,
Evidence, Morphology, Distribution, Comparison, Other Source and Assessment Limitations are not told apart by our findings: never written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from llm_extract.findings import Change, Laterality, ReportFinding, Severity, Status, Temporality

RELATIONS = (
    "Cat",
    "Status",
    "Location",
    "Placement",
    "Associate",
    "Evidence",
    "Morphology",
    "Distribution",
    "Measurement",
    "Severity",
    "Comparison",
    "Onset",
    "No Change",
    "Improved",
    "Worsened",
    "Past Hx",
    "Other Source",
    "Assessment Limitations",
)
# As the released package spells Status.
STATUS_PARTS = ("Dx_Status", "Dx_Certainty")
FILLED = ("Cat", *STATUS_PARTS, "Location", "Measurement", "Severity", "Onset", "No Change", "Improved", "Worsened", "Past Hx")
HEADER = ("study_id", "section", "sent_idx", "ent_idx", "ent", "relation", "value", "obj_ent_idx")
_OF_CHANGE = {
    Change.NEW: ("Onset", "new"),
    Change.STABLE: ("No Change", "stable"),
    Change.BETTER: ("Improved", "improved"),
    Change.RESOLVED: ("Improved", "resolved"),
    Change.WORSE: ("Worsened", "worsened"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One relation of one entity. `sent_idx` and `ent_idx` count from 1 within the report; `obj_ent_idx` is None: see above."""

    study_id: str
    section: str
    sent_idx: int
    ent_idx: int
    ent: str
    relation: str
    value: str
    obj_ent_idx: int | None = None


def rows(study_id: str, findings: Sequence[ReportFinding]) -> Iterator[Row]:
    """Yield a report's rows, finding by finding in the order of its sentences, relations in the order of the schema.

    Sentences are counted among those that hold a finding. Severity and change are given as our own words for them, not the
    report's: the findings keep the kind, not the wording.
    """
    sentences = {start: number for number, start in enumerate(sorted({finding.start for finding in findings}), start=1)}
    ordered = sorted(findings, key=lambda finding: finding.start)
    for number, finding in enumerate(ordered, start=1):
        for relation, value in _relations(finding):
            yield Row(study_id, finding.section, sentences[finding.start], number, finding.name.lower(), relation, value)


def table(study_rows: Iterator[Row]) -> Iterator[tuple[object, ...]]:
    """Yield the rows as cells in the order of `HEADER`."""
    return (astuple(row) for row in study_rows)


def _relations(finding: ReportFinding) -> Iterator[tuple[str, str]]:
    """Yield what one finding says, in the order of the schema."""
    if finding.is_device:
        yield "Cat", "oth"
    yield "Dx_Status", "negative" if finding.status is Status.ABSENT else "positive"
    yield "Dx_Certainty", "tentative" if finding.status is Status.UNCERTAIN else "definitive"
    place = _place(finding)
    if place:
        yield "Location", place
    if finding.size:
        yield "Measurement", finding.size
    if finding.severity is not None:
        yield "Severity", Severity(finding.severity).value
    if finding.change is not None:
        yield _OF_CHANGE[finding.change]
    if finding.temporality is Temporality.HISTORY:
        yield "Past Hx", "history"


def _place(finding: ReportFinding) -> str:
    """Return side and place in one, the side only once."""
    side = Laterality(finding.laterality).value if finding.laterality is not None else ""
    if not finding.location:
        return side
    said = any(word in finding.location.split() for word in ("left", "right", "bilateral", "both"))
    return finding.location if said or not side else f"{side} {finding.location}"
