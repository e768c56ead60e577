"""Where a mention lies and how big it is: location, side, severity and measure, from the words of its own phrase."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from llm_extract.findings import Laterality, Severity
from llm_extract.rules.language import Language
from llm_extract.rules.phrases import Match, Words
from llm_extract.rules.vocabulary import Mention

_NUMBER = r"\d+(?:[.,]\d+)?"
# "3 mm", "4.5-cm", "1.2 x 0.8 cm", "2 cm x 3 cm", "5 to 6 mm".
MEASURE = re.compile(
    rf"(?<![\w.,-])(?:{_NUMBER}\s*-?\s*(?:mm|cm)?\s*(?:x|×|by|to|-)\s*){{0,2}}{_NUMBER}\s*-?\s*(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?)(?![a-z])",
    re.I,
)
# A distance to something, or the size of an earlier day, is not how big the finding is.
IS_DISTANCE = re.compile(
    r"\s*(?:above|below|from|to the|proximal|distal|cephalad|caudal|superior|inferior|beyond|deep|away|cranial|anterior"
    r"|posterior|lateral|medial)\b",
    re.I,
)
IS_EARLIER = re.compile(
    r"\b(?:previously|prior|formerly|earlier|was|were|from|compared (?:to|with)|versus|vs\.?)\W+"
    r"(?:(?:measured|measuring|approximately|about|at|a)\W+){0,2}\Z",
    re.I,
)
_JOINS = frozenset({"and", "or", "with", "without"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a mention lies in its sentence."""

    location: str | None = None
    laterality: Laterality | None = None
    severity: Severity | None = None
    size: str | None = None


def read_places(
    sentence: str,
    words: Words,
    stems: Sequence[str],
    mentions: Sequence[Mention],
    language: Language,
    described: Sequence[tuple[int, int] | None] = (),
) -> list[Place]:
    """Return each mention's place and size: the words of its own phrase, nearest first, or those said to describe it."""
    modifiers = language.modified(stems)
    locations = language.locations(stems)
    sizes = _sizes(sentence, words, mentions)
    if not modifiers and not locations and not sizes:
        return [Place()] * len(mentions)
    return [
        _place(stems, mention, reach or _reach(stems, mentions, index), modifiers, locations, sizes.get(index))
        for index, (mention, reach) in enumerate(zip(mentions, described or [None] * len(mentions), strict=True))
    ]


def _place(
    stems: Sequence[str],
    mention: Mention,
    reach: tuple[int, int],
    modifiers: Sequence[tuple[str, str, Match]],
    locations: Sequence[Match],
    size: str | None,
) -> Place:
    """Return the place and size of one mention from the words within its reach; "minor" of "minor fissure" is a name."""
    first, last = reach
    near: dict[str, str] = {}
    sides: set[str] = set()
    for kind, value, match in sorted(modifiers, key=lambda item: -_distance(item[2].start, mention)):
        is_name = kind == "severity" and any(one.start <= match.start < one.end for one in locations)
        if first <= match.start < last and not is_name:
            near[kind] = value
            sides.update({value} if kind == "laterality" else ())
    side = "bilateral" if {"left", "right"} <= sides and "and" in stems[first:last] else near.get("laterality")
    own = mention.match if mention.observation and mention.observation.is_device else None
    here = [
        match
        for match in locations
        if first <= match.start < last and not (own and own.start <= match.start and match.end <= own.end)
    ]
    where = min(here, key=lambda match: _distance(match.start, mention)) if here else None
    return Place(
        " ".join(stems[where.start : where.end]) if where else None,
        Laterality(side) if side else None,
        Severity(near["severity"]) if "severity" in near else None,
        size,
    )


def _distance(position: int, mention: Mention) -> int:
    """Return how far a word is from a mention; words before it count as nearer."""
    match = mention.match
    return match.start - position if position < match.start else 2 * (position - match.start) + 1


def _reach(stems: Sequence[str], mentions: Sequence[Mention], index: int) -> tuple[int, int]:
    """Return the stretch of words that describe a mention."""
    match = mentions[index].match
    first = mentions[index - 1].match.end if index else 0
    last = mentions[index + 1].match.start if index + 1 < len(mentions) else len(stems)
    for position in range(match.start - 1, first - 1, -1):
        if stems[position] in {",", ";"}:
            first = position
            break
    # "left effusion and right pneumothorax": what follows the joining word describes the next mention.
    for position in range(match.end, last):
        is_join = stems[position] in {"and", "or", "with"} and last < len(stems)
        if stems[position] in {";", ","} or is_join:
            return first, position
    return first, last


def _sizes(sentence: str, words: Words, mentions: Sequence[Mention]) -> dict[int, str]:
    """Return the measure of each mention that has one, in the report's own words; a device's measures are distances."""
    if "m" not in sentence or not any(character.isdigit() for character in sentence):
        return {}
    found = [
        (measure.start(), measure[0])
        for measure in MEASURE.finditer(sentence)
        if not IS_DISTANCE.match(sentence, measure.end()) and not IS_EARLIER.search(sentence[: measure.start()])
    ]
    if not found:
        return {}
    starts = [start for start, _ in words.spans]
    at = [(sum(1 for start in starts if start < offset), text) for offset, text in found]
    named = [
        index for index, mention in enumerate(mentions) if mention.observation and not mention.observation.is_device
    ]
    chosen = {index: _size_of(words.stems, mentions, index, at) for index in named}
    return {index: size for index, size in chosen.items() if size}


def _size_of(
    stems: Sequence[str], mentions: Sequence[Mention], index: int, sizes: Sequence[tuple[int, str]]
) -> str | None:
    """Return the measure before a mention in its own phrase, else the first after it."""
    match = mentions[index].match
    first = mentions[index - 1].match.end if index else 0
    is_last = index + 1 == len(mentions)
    last = len(stems) if is_last else mentions[index + 1].match.start
    for position, size in reversed(sizes):
        between = stems[position : match.start]
        if first <= position < match.start and not (_JOINS & set(between)) and not {",", ";"} & set(between[3:]):
            return size
    for position, size in sizes:
        between = stems[match.end : position]
        if match.end <= position < last and ";" not in between and (is_last or not _JOINS & set(between)):
            return size
    return None
