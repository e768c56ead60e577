"""From what a model wrote to findings of the report: grounded, in the vocabulary's words, with attributes the report holds."""

import re
from collections.abc import Sequence

from core.hidden import neutral
from llm_extract.asking.sentences import NumberedSentence
from llm_extract.asking.wire import WireFinding, WireFindings
from llm_extract.findings import ReportFinding, Status, Temporality
from llm_extract.guards.grounding import Ground, QuotableText, normalized
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.sections import Section

_LONGEST_NAME = 80
_NOT_A_WORD = re.compile(r"[\W_]+")


def findings_from(
    answer: WireFindings, quotable: QuotableText, sentences: Sequence[NumberedSentence], vocabulary: Vocabulary
) -> tuple[tuple[ReportFinding, ...], tuple[int, ...]]:
    """Return the findings of an answer in the report's order, and the places (from 0) of those whose quote is not in the report.

    What is said outside the sections that state what is on the images is history, whatever the model calls it.
    """
    found: dict[tuple[object, ...], ReportFinding] = {}
    ungrounded: list[int] = []
    for place, one in enumerate(answer.findings):
        ground = quotable.find(one.quote, one.sentences)
        if ground is None:
            ungrounded.append(place)
            continue
        finding = _finding(one, ground, quotable.text, sentences, vocabulary)
        same = (finding.observation, finding.status, finding.laterality, finding.temporality, finding.start)
        found.setdefault(same, finding)
    return tuple(sorted(found.values(), key=lambda finding: finding.start)), tuple(ungrounded)


def _finding(
    one: WireFinding, ground: Ground, text: str, sentences: Sequence[NumberedSentence], vocabulary: Vocabulary
) -> ReportFinding:
    """Return one finding; its evidence is the whole sentence (or two) the quote stands in."""
    first, last = sentences[ground.first], sentences[ground.last]
    evidence = text[first.start : last.end]
    observation, name, is_device = _observation(one, vocabulary)
    is_past = one.temporality is Temporality.HISTORY or not first.is_stating
    return ReportFinding(
        observation=observation,
        name=name,
        status=one.status,
        start=first.start,
        end=last.end,
        evidence=evidence,
        section=(one.section if first.section is Section.BODY and first.is_stating else first.section).value,
        certainty_words=_said(one.certainty_words, evidence, 120) if one.status is Status.UNCERTAIN else None,
        location=_short(one.location),
        laterality=one.laterality,
        severity=None if one.status is Status.ABSENT else one.severity,
        change=one.change,
        temporality=Temporality.HISTORY if is_past else Temporality.CURRENT,
        is_device=is_device,
        size=_said(one.size, evidence, 60),
        grounding=ground.grounding,
    )


def _observation(one: WireFinding, vocabulary: Vocabulary) -> tuple[str, str, bool]:
    """Return key, name and whether it is a device: the vocabulary's where it knows the words, else the model's own."""
    known = vocabulary.find_in(one.observation)
    if known:
        observation = vocabulary.observations[known[0]]
        return observation.key, observation.name, observation.is_device
    name = neutral(one.observation)[:_LONGEST_NAME].strip() or "finding"
    return slug(name), name, one.is_device


def slug(words: str) -> str:
    """Return words as a key: small letters joined by underscores."""
    return _NOT_A_WORD.sub("_", words.casefold()).strip("_")[:_LONGEST_NAME] or "finding"


def _said(words: str | None, evidence: str, longest: int) -> str | None:
    """Return the words if the evidence holds them."""
    if not words or len(words) > longest or not (plain := normalized(words)):
        return None
    return neutral(words) if plain in normalized(evidence) else None


def _short(words: str | None) -> str | None:
    return neutral(words)[:_LONGEST_NAME] if words else None
