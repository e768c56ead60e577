"""The rules engine: the findings of a report, read from its own sentences with a vocabulary and the scopes of English."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from llm_extract.findings import Change, LabelDefinition, Laterality, ReportFinding, Severity, Status, Temporality
from llm_extract.rules.phrases import Match, Words, read_words
from llm_extract.rules.scopes import Context, Language, english, read_contexts
from llm_extract.rules.vocabulary import Mention, Mode, Observation, Vocabulary, vocabulary_for
from llm_extract.sections import split_sentences, stating_sections

ENGINE = "rules"
VERSION = "1"
# Braces and brackets with quotes are data somebody pasted, not prose a radiologist dictated.
_DATA_MARKS = ("{", "}", '":', "```", "<|", "|>")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and how a mention lies in its sentence."""

    location: str | None = None
    laterality: Laterality | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class RulesEngine:
    """Reads findings with one vocabulary; the same text gives the same findings, always."""

    vocabulary: Vocabulary
    language: Language = field(default_factory=english)

    def findings(self, text: str) -> tuple[ReportFinding, ...]:
        """Return the findings of a report in reading order.

        Only sections that state what is on the images are read. Sentences that speak to a machine, advice and what is looked for
        but not said to be there give no finding; what the report tells of the past is kept as history.
        """
        return tuple(
            replace(finding, start=sentence.start, end=sentence.end, section=sentence.section.value)
            for section in stating_sections(text)
            for sentence in split_sentences(text, section)
            for finding in read_sentence(self.vocabulary, self.language, text[sentence.start : sentence.end])
        )


@lru_cache(maxsize=4096)
def read_sentence(vocabulary: Vocabulary, language: Language, sentence: str) -> tuple[ReportFinding, ...]:
    """Return the findings of one sentence, with offsets in the sentence itself.

    Reports repeat each other's sentences, so the last few thousand readings are kept in memory.
    """
    words = read_words(sentence)
    stems = vocabulary.spelled(words)
    taken = bytearray(len(stems))
    mentions = vocabulary.mentions(stems, taken)
    if not any(mention.observation for mention in mentions):
        return ()
    if any(mark in sentence for mark in _DATA_MARKS) or language.is_instruction(stems):
        return ()
    contexts = read_contexts(stems, mentions, language.cues(stems, taken), language)
    findings: dict[tuple[object, ...], ReportFinding] = {}
    for mention, context, place in zip(mentions, contexts, _places(stems, mentions, language), strict=True):
        status = _status(mention, context)
        if mention.observation is None or status is None:
            continue
        finding = _finding(sentence, words, mention.observation, status, context, place)
        findings.setdefault((finding.observation, status, finding.laterality, finding.temporality), finding)
    return tuple(findings.values())


def _finding(
    sentence: str, words: Words, observation: Observation, status: Status, context: Context, place: _Place
) -> ReportFinding:
    """Return one finding of a sentence."""
    doubt = context.effects.get("uncertain") if status is Status.UNCERTAIN else None
    return ReportFinding(
        observation=observation.key,
        name=observation.name,
        status=status,
        start=0,
        end=len(sentence),
        evidence=sentence,
        certainty_words=sentence[words.spans[doubt.match.start][0] : words.spans[doubt.match.end - 1][1]]
        if doubt
        else None,
        location=place.location,
        laterality=place.laterality,
        severity=None if status is Status.ABSENT else place.severity,
        change=_change(context),
        temporality=Temporality.HISTORY if "history" in context.effects else Temporality.CURRENT,
        is_device=observation.is_device,
    )


def _places(stems: Sequence[str], mentions: Sequence[Mention], language: Language) -> list[_Place]:
    """Return each mention's place and size: the words of its own phrase, nearest first."""
    modifiers = language.modified(stems)
    locations = language.locations(stems)
    if not modifiers and not locations:
        return [_Place()] * len(mentions)
    return [
        _place(stems, mention, _reach(stems, mentions, index), modifiers, locations)
        for index, mention in enumerate(mentions)
    ]


def _place(
    stems: Sequence[str],
    mention: Mention,
    reach: tuple[int, int],
    modifiers: Sequence[tuple[str, str, Match]],
    locations: Sequence[Match],
) -> _Place:
    """Return the place and size of one mention from the words within its reach."""
    first, last = reach
    near: dict[str, str] = {}
    sides: set[str] = set()
    for kind, value, match in sorted(modifiers, key=lambda item: -_distance(item[2].start, mention)):
        if first <= match.start < last:
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
    return _Place(
        " ".join(stems[where.start : where.end]) if where else None,
        Laterality(side) if side else None,
        Severity(near["severity"]) if "severity" in near else None,
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


def _status(mention: Mention, context: Context) -> Status | None:
    """Return what the sentence says of a mention; None where it says nothing (advice, a denied normality)."""
    effects = context.effects
    if "advice" in effects:
        return None
    if mention.mode is Mode.NORMAL:
        return None if effects.keys() & {"absent", "uncertain", "history"} else Status.ABSENT
    if "resolved" in effects or "absent" in effects:
        return Status.ABSENT
    return Status.UNCERTAIN if "uncertain" in effects else Status.PRESENT


def _change(context: Context) -> Change | None:
    """Return the change against the prior; what has resolved is not stable, and "no new" is no change."""
    if "resolved" in context.effects:
        return Change.RESOLVED
    return None if "absent" in context.effects else context.change


@lru_cache(maxsize=16)
def engine_for(body_part: str, taxonomy: tuple[LabelDefinition, ...] = ()) -> RulesEngine:
    """Return the engine for a benchmark: the vocabulary of its body part, and its labels' own words where that has none."""
    return RulesEngine(vocabulary_for(body_part).with_labels(taxonomy))


def extract_findings(text: str, vocabulary: Vocabulary) -> tuple[ReportFinding, ...]:
    """Return the findings of a report; see `RulesEngine.findings`."""
    return RulesEngine(vocabulary).findings(text)
