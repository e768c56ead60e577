"""Lunguage-style rows: entity, relation, value, from the findings of a report, in the report's own words.

The 18 relations are those of Lunguage (Moon et al., arXiv 2505.21190; names as in its released `lunguage_score` package, where
Status is written as two: Dx_Status, positive or negative, and Dx_Certainty, definitive or tentative).

All eighteen are written where the report says so, from the finding's fields and from the words around it (`descriptors`,
`links`). Cat is `oth` for devices and `rf` for every other observation of the vocabulary: our vocabularies hold nothing that is
no radiological finding, so `cof`, `ncd` and `patient info.` do not occur; an observation that only a model knows has none.
Associate and Evidence carry the number of the other entity. A limitation or another source in a sentence that names no finding
has no entity to belong to, and no row.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass

from core.hidden import readable
from llm_extract.findings import Change, ReportFinding, Status, Temporality
from llm_extract.reporting.descriptors import Described, Kind, describe
from llm_extract.reporting.links import Link, Linked, links
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
HEADER = ("study_id", "section", "sent_idx", "ent_idx", "ent", "relation", "value", "obj_ent_idx")
_OF_KIND = {
    Kind.PLACEMENT: "Placement",
    Kind.MORPHOLOGY: "Morphology",
    Kind.DISTRIBUTION: "Distribution",
    Kind.COUNT: "Measurement",
    Kind.GRADE: "Severity",
    Kind.COMPARISON: "Comparison",
    Kind.ONSET: "Onset",
    Kind.PAST: "Past Hx",
    Kind.OTHER_SOURCE: "Other Source",
    Kind.LIMITATION: "Assessment Limitations",
}
_OF_CHANGE = {
    Change.NEW: "Onset",
    Change.STABLE: "No Change",
    Change.BETTER: "Improved",
    Change.RESOLVED: "Improved",
    Change.WORSE: "Worsened",
}
_ORDER = {
    relation: number
    for number, relation in enumerate(
        part for one in RELATIONS for part in (STATUS_PARTS if one == "Status" else (one,))
    )
}
# The schema's Severity names these; other words of degree ("small", "trace", "large") are magnitude, which it calls Measurement.
_SEVERITIES = ("mild", "moderate", "severe", "marked", "minimal", "low grade", "slight", "advanced")


@dataclass(frozen=True, slots=True)
class Row:
    """One relation of one entity. `sent_idx` and `ent_idx` count from 1 within the report.

    `obj_ent_idx` is None but for Associate and Evidence.
    """

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
    described = describe(text, placed, finder.language)
    linked = tuple(links(text, placed))
    for place, one in enumerate(placed):
        sentence = sum(start <= one.named[0] for start in starts)
        entity = _words(text, one.named)
        for relation, value, other in _relations(text, placed, place, described.get(place, ()), linked, finder):
            yield Row(study_id, one.finding.section, sentence, place + 1, entity, relation, value, other)


def table(study_rows: Iterable[Row]) -> Iterator[tuple[object, ...]]:
    """Yield the rows as cells in the order of `HEADER`."""
    return (astuple(row) for row in study_rows)


def _relations(
    text: str,
    placed: Sequence[Placed],
    place: int,
    described: Sequence[Described],
    linked: Sequence[Linked],
    finder: Finder,
) -> Iterator[tuple[str, str, int | None]]:
    """Yield what one finding says, each once, in the order of the schema."""
    said = [
        *((relation, value, None) for relation, value in _own(text, placed[place], finder)),
        *((_OF_KIND[one.kind], _words(text, one.span), None) for one in described if one.span != placed[place].named),
        *_linked(text, placed, place, linked),
    ]
    if placed[place].finding.temporality is Temporality.HISTORY and all(relation != "Past Hx" for relation, *_ in said):
        said.append(("Past Hx", "history", None))
    yield from sorted(dict.fromkeys(said), key=lambda one: _ORDER[one[0]])


def _own(text: str, one: Placed, finder: Finder) -> Iterator[tuple[str, str]]:
    """Yield what a finding's own fields say."""
    finding = one.finding
    if finding.is_device or finding.observation in finder.vocabulary.observations:
        yield "Cat", "oth" if finding.is_device else "rf"
    yield "Dx_Status", "negative" if finding.status is Status.ABSENT else "positive"
    yield "Dx_Certainty", "tentative" if finding.status is Status.UNCERTAIN else "definitive"
    if one.location is not None:
        yield "Location", _words(text, one.location)
    elif finding.laterality is not None:
        yield "Location", finding.laterality.value
    degree = _words(text, one.degree) if one.degree else ""
    is_severity = degree.startswith(_SEVERITIES)
    if one.size is not None:
        yield "Measurement", _words(text, one.size)
    if degree:
        yield "Severity" if is_severity else "Measurement", degree
    if finding.change is not None and one.change is not None:
        yield _OF_CHANGE[finding.change], _words(text, one.change)


def _linked(
    text: str, placed: Sequence[Placed], place: int, linked: Sequence[Linked]
) -> Iterator[tuple[str, str, int | None]]:
    """Yield a finding's links: what it suggests is its associate, and what suggests it its evidence."""
    for one in linked:
        if one.first == place:
            yield "Associate", _words(text, placed[one.second].named), one.second + 1
        if one.second == place and one.link is Link.SUGGESTS:
            yield "Evidence", _words(text, placed[one.first].named), one.first + 1


def _words(text: str, span: Span) -> str:
    return " ".join(readable(text[span[0] : span[1]])[0].lower().split())
