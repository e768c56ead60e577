"""RadGraph-style entities and relations of a report, from its findings.

The layout, tokenisation and kinds are those of the `radgraph` package for RadGraph-XL (Delbrouck et al., Findings of ACL 2024,
2024.findings-acl.765): Anatomy or Observation, with or without "measurement", definitely present, uncertain or definitely absent
makes twelve kinds; three relations (Jain et al., RadGraph, arXiv 2106.14463). Indexes count tokens, the last one included.

All twelve kinds are written where the report says so: Observation in its three statuses for a finding and the words that
describe it, Observation::measurement for its size, Anatomy::definitely present for its place; Anatomy that is gone or perhaps
there, and its measures, from `anatomy`. A place or name of several words is one entity here, where RadGraph's readers often split
it. What is told of the past is not written: no kind says so.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from llm_extract.findings import ReportFinding, Status, Temporality
from llm_extract.reporting.anatomy import Part, read_parts
from llm_extract.reporting.descriptors import ADJECTIVES, Described, describe
from llm_extract.reporting.links import Link, links
from llm_extract.reporting.places import Finder, Placed, Span

_STATUS = {Status.PRESENT: "definitely present", Status.UNCERTAIN: "uncertain", Status.ABSENT: "definitely absent"}
KINDS = tuple(
    f"{what}::{measured}{status}"
    for what in ("Anatomy", "Observation")
    for measured in ("", "measurement::")
    for status in _STATUS.values()
)
PLACE = "Anatomy::definitely present"
_TOKEN = re.compile(r"\w+|[^\w\s]+")
# The package loosens these from each other after the tokens are cut.
_LOOSENED = ((").", ") ."), ("%.", "% ."), (".'", ". '"), ("%,", "% ,"), ("%)", "% )"))


class Relation(StrEnum):
    """From the first entity to the second."""

    MODIFY = "modify"
    LOCATED_AT = "located_at"
    SUGGESTIVE_OF = "suggestive_of"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and where it stands in the report's text."""

    text: str
    start: int
    end: int


@dataclass
class _Entity:
    """An entity while the graph is built: first and last token."""

    first: int
    last: int
    label: str
    relations: list[tuple[Relation, "_Entity"]] = field(default_factory=list)


def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens RadGraph-XL cuts a report into, with their places in it."""
    for mark, blank in (("\\n", "  "), ("\\f", "  "), ("\\u2122", "      "), ("\n", " "), ('\\"', "``")):
        text = text.replace(mark, blank)  # each as long as what it replaces, so places stay
    return tuple(piece for match in _TOKEN.finditer(text) for piece in _loosened(match))


def _loosened(match: re.Match[str]) -> Iterator[Token]:
    """Yield a token, cut where the package cuts punctuation."""
    spaced = match[0]
    for tight, loose in _LOOSENED:
        spaced = spaced.replace(tight, loose)
    start = match.start()
    for piece in spaced.split():
        yield Token(piece, start, start + len(piece))
        start += len(piece)


def graph(text: str, findings: Sequence[ReportFinding], finder: Finder) -> dict[str, object]:
    """Return one report as `{"text", "entities": {"1": {tokens, label, start_ix, end_ix, relations}}, …}`.

    `text` is the tokens joined by spaces; a relation is `[name, key of the entity it points to]`.
    """
    tokens = tokenize(text)
    entities: dict[tuple[int, int], _Entity] = {}
    current = [one for one in finder.place(text, findings) if one.finding.temporality is Temporality.CURRENT]
    placed = sorted(current, key=lambda one: one.named)
    named = [(one, _add(entities, tokens, one.named, _kind(one))) for one in placed]
    for part in read_parts(text, finder.language):
        _add_part(entities, tokens, part, {one.size for one in placed})
    described = describe(text, placed, finder.language)
    for place, (one, entity) in enumerate(named):
        if entity is not None:
            _describe(entities, tokens, one, entity, described.get(place, ()))
    for linked in links(text, placed):
        entity, pointed = named[linked.first][1], named[linked.second][1]
        if linked.link is Link.SUGGESTS and entity is not None and pointed is not None and entity is not pointed:
            _relate(entity, Relation.SUGGESTIVE_OF, pointed)
    return {
        "text": " ".join(token.text for token in tokens),
        "entities": _keyed(sorted(entities.values(), key=lambda entity: entity.first), tokens),
        "data_source": None,
        "data_split": "inference",
    }


def write_lines(reports: Mapping[str, dict[str, object]]) -> Iterator[str]:
    """Yield one JSON line per study: `{"study_id": graph}`."""
    for study_id, one in reports.items():
        yield json.dumps({study_id: one}, ensure_ascii=False)


def _kind(placed: Placed) -> str:
    return f"Observation::{_STATUS[placed.finding.status]}"


def _describe(
    entities: dict[tuple[int, int], _Entity],
    tokens: Sequence[Token],
    one: Placed,
    entity: _Entity,
    described: Sequence[Described],
) -> None:
    """Add what describes a finding, each pointing at it, and its place, which it points at."""
    status = _STATUS[one.finding.status]
    change = None if one.finding.status is Status.ABSENT else one.change
    of_kind = f"Observation::{status}"
    spans = [(one.degree, of_kind), (one.size, f"Observation::measurement::{status}"), (change, of_kind)]
    spans += [(said.span, of_kind) for said in described if said.kind in ADJECTIVES]
    for span, label in spans:
        modifier = _add(entities, tokens, span, label)
        if modifier is not None and modifier is not entity:
            _relate(modifier, Relation.MODIFY, entity)
    place = _add(entities, tokens, one.location, PLACE)
    if place is not None and place is not entity:
        _relate(entity, Relation.LOCATED_AT, place)


def _add_part(
    entities: dict[tuple[int, int], _Entity], tokens: Sequence[Token], part: Part, taken: Collection[Span | None]
) -> None:
    """Add a part of the body with its measure, which points at it; a measure that is a finding's own size is that finding's."""
    if part.size in taken and part.status is Status.PRESENT:
        return
    entity = _add(entities, tokens, part.span, f"Anatomy::{_STATUS[part.status]}")
    if entity is None or part.size is None or part.size in taken:
        return
    size = _add(entities, tokens, part.size, f"Anatomy::measurement::{_STATUS[part.size_status]}")
    if size is not None:
        _relate(size, Relation.MODIFY, entity)


def _relate(entity: _Entity, relation: Relation, other: _Entity) -> None:
    if (relation, other) not in entity.relations:
        entity.relations.append((relation, other))


def _add(
    entities: dict[tuple[int, int], _Entity], tokens: Sequence[Token], span: Span | None, label: str
) -> _Entity | None:
    """Return the entity on these tokens, made if need be; None where there is no span or another entity holds some of
    its tokens.
    """
    if span is None:
        return None
    inside = [index for index, token in enumerate(tokens) if span[0] < token.end and token.start < span[1]]
    if not inside:
        return None
    key = (inside[0], inside[-1])
    if key in entities:
        return entities[key] if entities[key].label == label else None
    if any(first <= key[1] and key[0] <= last for first, last in entities):
        return None
    entities[key] = _Entity(*key, label)
    return entities[key]


def _keyed(entities: Sequence[_Entity], tokens: Sequence[Token]) -> dict[str, dict[str, object]]:
    """Return the entities numbered in the order of the text."""
    keys = {id(entity): str(number) for number, entity in enumerate(entities, start=1)}
    return {
        keys[id(entity)]: {
            "tokens": " ".join(token.text for token in tokens[entity.first : entity.last + 1]),
            "label": entity.label,
            "start_ix": entity.first,
            "end_ix": entity.last,
            "relations": [[relation.value, keys[id(other)]] for relation, other in entity.relations],
        }
        for entity in entities
    }
