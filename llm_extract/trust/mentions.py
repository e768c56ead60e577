"""Where a report speaks of which observation, and what it says of it: the rules' own reading, sentence by sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from llm_extract.findings import Change, ReportFinding, Status, Temporality
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.phrases import read_words
from llm_extract.rules.vocabulary import Mode
from llm_extract.sections import Section, split_sections, split_sentences, stating_sections


@dataclass(frozen=True, slots=True)
class Mentioned:
    """An observation named in a sentence; `start` and `end` are offsets in the sentence.

    `status` is what the rules read there: None where the sentence only names it (advice, a question).
    """

    observation: str
    start: int
    end: int
    status: Status | None
    is_history: bool
    is_normal: bool
    is_device: bool
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of the report (`text[start:end]`) with what it mentions; `is_stating`: it may say what is on the images."""

    section: Section
    start: int
    end: int
    is_stating: bool
    mentioned: tuple[Mentioned, ...]


def read_report(text: str, engine: RulesEngine) -> tuple[ReadSentence, ...]:
    """Return every sentence of the report, in order, those of history, comparison and technique too."""
    stating = {
        (sentence.start, sentence.end): sentence
        for section in stating_sections(text)
        for sentence in split_sentences(text, section)
    }
    taken = set(stating)
    other = [
        sentence
        for section in split_sections(text)
        for sentence in split_sentences(text, section)
        if not any(start < sentence.end and sentence.start < end for start, end in taken)
    ]
    found: dict[tuple[int, int], list[ReportFinding]] = {}
    for finding in engine.findings(text):
        found.setdefault((finding.start, finding.end), []).append(finding)
    spans = [*((span, True) for span in stating.values()), *((span, False) for span in other)]
    return tuple(
        ReadSentence(
            span.section,
            span.start,
            span.end,
            is_stating,
            _mentioned(text[span.start : span.end], found.get((span.start, span.end), []), engine),
        )
        for span, is_stating in sorted(spans, key=lambda pair: pair[0].start)
    )


def _mentioned(sentence: str, findings: Sequence[ReportFinding], engine: RulesEngine) -> tuple[Mentioned, ...]:
    """Return the mentions of a sentence; where it speaks twice of one observation, both carry the stronger status."""
    words = read_words(sentence)
    stems = engine.vocabulary.spelled(words)
    mentions = engine.vocabulary.mentions(stems, bytearray(len(stems)))
    result = []
    for mention in mentions:
        if mention.observation is None:
            continue
        own = [finding for finding in findings if finding.observation == mention.observation.key]
        current = [finding for finding in own if finding.temporality is Temporality.CURRENT]
        statuses = {finding.status for finding in current}
        status = next((one for one in (Status.PRESENT, Status.UNCERTAIN, Status.ABSENT) if one in statuses), None)
        start, end = words.spans[mention.match.start][0], words.spans[mention.match.end - 1][1]
        result.append(
            Mentioned(
                mention.observation.key,
                start,
                end,
                status,
                bool(own) and not current,
                mention.mode is Mode.NORMAL,
                mention.observation.is_device,
                next((finding.change for finding in current if finding.status is status), None),
            )
        )
    return tuple(result)
