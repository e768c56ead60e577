"""The rules engine: the findings of a report, read from its own sentences with a vocabulary and the scopes of English."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from core.hidden import readable
from llm_extract.findings import Change, LabelDefinition, ReportFinding, Status, Temporality
from llm_extract.rules.language import Context, Language, english
from llm_extract.rules.phrases import Match, Words, read_words
from llm_extract.rules.places import Place, read_places
from llm_extract.rules.scopes import read_contexts
from llm_extract.rules.vocabulary import Mention, Mode, Observation, Vocabulary, vocabulary_for
from llm_extract.sections import split_sentences, stating_sections

ENGINE = "rules"
VERSION = "8"
# Braces and brackets with quotes are data somebody pasted, not prose a radiologist dictated.
_DATA_MARKS = ("{", "}", '":', "```", "<|", "|>")
_ASKED = "?"


@dataclass(frozen=True, slots=True)
class RulesEngine:
    """Reads findings with one vocabulary; the same text gives the same findings, always."""

    vocabulary: Vocabulary
    language: Language = field(default_factory=english)

    def findings(self, text: str) -> tuple[ReportFinding, ...]:
        """Return the findings of a report in reading order.

        Only sections that state what is on the images are read. Sentences that speak to a machine, advice and what is looked for
        but not said to be there give no finding; what the report tells of the past is kept as history. What is only asked
        ("Effusion?") is uncertain, and gives way to what another sentence says of it. The text is read in the plain characters
        a reader sees; the evidence is what stands in the report.
        """
        seen, places = readable(text)
        found = _answered(
            replace(finding, start=sentence.start, end=sentence.end, section=sentence.section.value)
            for section in stating_sections(seen)
            for sentence in split_sentences(seen, section)
            for finding in read_sentence(self.vocabulary, self.language, seen[sentence.start : sentence.end])
        )
        return found if seen == text else tuple(_as_stored(one, text, places) for one in found)


def _as_stored(finding: ReportFinding, text: str, places: Sequence[int] | None) -> ReportFinding:
    """Return a finding of the readable text with its evidence in the text itself; `places` as `readable` gives them."""
    start, end = finding.start, finding.end
    if places is not None:
        start, end = places[start], places[end - 1] + 1
    return replace(finding, start=start, end=end, evidence=text[start:end])


def _answered(findings: Iterable[ReportFinding]) -> tuple[ReportFinding, ...]:
    """Return the findings without the questions that another sentence answers."""
    found = tuple(findings)
    if not any(one.certainty_words == _ASKED for one in found):
        return found
    said = {
        one.observation for one in found if one.certainty_words != _ASKED and one.temporality is Temporality.CURRENT
    }
    return tuple(one for one in found if one.certainty_words != _ASKED or one.observation not in said)


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
    places = read_places(sentence, words, stems, mentions, language, [context.described for context in contexts])
    for mention, context, place in zip(mentions, contexts, places, strict=True):
        status = _status(mention, context)
        if mention.observation is None or status is None:
            continue
        finding = _finding(sentence, words, mention.observation, status, context, place)
        findings.setdefault((finding.observation, status, finding.laterality, finding.temporality), finding)
    return tuple(findings.values())


def _finding(
    sentence: str, words: Words, observation: Observation, status: Status, context: Context, place: Place
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
        size=None if status is Status.ABSENT else place.size,
    )


def _status(mention: Mention, context: Context) -> Status | None:
    """Return what the sentence says of a mention; None where it says nothing.

    So with advice, a denied normality, an empty box, and what another person had.
    """
    effects = context.effects
    is_answered = "absent" in effects and "answer_no" in effects["absent"].kinds
    if effects.keys() & {"unsaid", "family", "explained"} or ("advice" in effects and not is_answered):
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


def status_of(sentence: str, condition: str, language: Language | None = None) -> tuple[Status, bool] | None:
    """Return what a sentence says of words marked in it, and whether it speaks of the past; None where they do not stand there.

    For sentences about anything at all: no vocabulary is asked. Where the words stand there twice, those in capitals are meant.
    Advice about a thing says neither that it is there nor that it is not; it is given as uncertain.
    """
    language = language or english()
    words, marked = read_words(sentence), read_words(condition).stems
    stems = words.stems
    places = [start for start in range(len(stems) - len(marked) + 1) if stems[start : start + len(marked)] == marked]
    if not marked or not places:
        return None
    start = next(
        (p for p in places if sentence[words.spans[p][0] : words.spans[p + len(marked) - 1][1]].isupper()), places[0]
    )
    end = start + len(marked)
    mention = Mention(Observation("marked", condition), Mode.NAMED, Match((0,), start, end, ((start, end),)))
    taken = bytearray(len(stems))
    taken[start:end] = b"\x01" * len(marked)
    (context,) = read_contexts(stems, [mention], language.cues(stems, taken), language)
    return _status(mention, context) or Status.UNCERTAIN, "history" in context.effects
