"""Lunguage-style rows: entity, relation, value, from the findings of a report, in the report's own words.

The 18 relations are those of Lunguage (Moon et al., arXiv 2505.21190; names as in its released `lunguage_score` package, where
Status is written as two: Dx_Status, positive or negative, and Dx_Certainty, definitive or tentative).

What our findings fill: Cat (`oth`, devices only: whether another finding counts as radiological or clinical is the readers'
call), Dx_Status, Dx_Certainty, Location, Measurement (size, and words like "small"), Severity, Onset (`new`), No Change,
Improved, Worsened, Past Hx. Placement, Associate, Evidence, Morphology, Distribution, Comparison, Other Source and
Assessment Limitations are not told apart by our findings: never written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import count

from llm_extract.findings import Change, ReportFinding, Status, Temporality
from llm_extract.reporting.places import Finder, Placed, Span
from llm_extract.sections import split_sections, split_sentences

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
FILLED = (
    "Cat",
    "Status",
    "Location",
    "Measurement",
    "Severity",
    "Onset",
    "No Change",
    "Improved",
    "Worsened",
    "Past Hx",
)
HEADER = ("study_id", "section", "sent_idx", "ent_idx", "ent", "relation", "value", "obj_ent_idx")
_OF_CHANGE = {
    Change.NEW: "Onset",
    Change.STABLE: "No Change",
    Change.BETTER: "Improved",
    Change.RESOLVED: "Improved",
    Change.WORSE: "Worsened",
}
# The schema's Severity names these; other words of degree ("small", "trace", "large") are magnitude, which it calls Measurement.
_SEVERITIES = ("mild", "moderate", "severe", "marked", "minimal", "low grade", "slight", "advanced")


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


def rows(study_id: str, text: str, findings: Sequence[ReportFinding], finder: Finder) -> Iterator[Row]:
    """Yield a report's rows, finding by finding in the order of the text, relations in the order of the schema.

    A finding whose name does not stand in its sentence ("heart size is normal") has no entity and no row.
    """
    starts = [sentence.start for span in split_sections(text) for sentence in split_sentences(text, span)]
    placed = sorted(finder.place(text, findings), key=lambda one: one.named)
    for number, one in zip(count(1), placed, strict=False):
        sentence = sum(start <= one.named[0] for start in starts)
        entity = _words(text, one.named)
        for relation, value in _relations(text, one):
            yield Row(study_id, one.finding.section, sentence, number, entity, relation, value)


def table(study_rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    """Yield the rows as cells in the order of `HEADER`."""
    return (astuple(row) for row in study_rows)


def _relations(text: str, one: Placed) -> Iterator[tuple[str, str]]:
    """Yield what one finding says, in the order of the schema."""
    finding = one.finding
    if finding.is_device:
        yield "Cat", "oth"
    yield "Dx_Status", "negative" if finding.status is Status.ABSENT else "positive"
    yield "Dx_Certainty", "tentative" if finding.status is Status.UNCERTAIN else "definitive"
    if one.location is not None:
        yield "Location", _words(text, one.location)
    elif finding.laterality is not None:
        yield "Location", finding.laterality.value
    degree = _words(text, one.degree) if one.degree else ""
    is_severity = degree.startswith(_SEVERITIES)
    if one.size is not None or (degree and not is_severity):
        yield "Measurement", _words(text, one.size) if one.size else degree
    if degree and is_severity:
        yield "Severity", degree
    if finding.change is not None and one.change is not None:
        yield _OF_CHANGE[finding.change], _words(text, one.change)
    if finding.temporality is Temporality.HISTORY:
        yield "Past Hx", "history"


def _words(text: str, span: Span) -> str:
    return " ".join(text[span[0] : span[1]].lower().split())
