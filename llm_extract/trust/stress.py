"""The stress set: reports in which one finding is denied, left out, hedged or told of the past, and what a backend must then say.

A label that holds in the report because of one observation is chosen, and every sentence that states it is rewritten. Sentences
whose shape cannot be rewritten as a radiologist would write are left alone: the variant is then not made.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from random import Random

from llm_extract.findings import LabelDefinition, Status
from llm_extract.rules.engine import RulesEngine
from llm_extract.rules.mapping import index_labels
from llm_extract.sections import Section, split_sections
from llm_extract.trust import rewrites
from llm_extract.trust.clauses import Clause, Words, read_clause
from llm_extract.trust.intervals import Proportion, wilson
from llm_extract.trust.mentions import Mentioned, ReadSentence, read_report


class Kind(StrEnum):
    """What is done to the finding."""

    NEGATED = "negated"
    REMOVED = "removed"
    HEDGED = "hedged"
    HISTORY = "history"


# What the label may be in the variant; None: nothing suggested.
EXPECTED: Mapping[Kind, frozenset[Status | None]] = {
    Kind.NEGATED: frozenset({Status.ABSENT, None}),
    Kind.REMOVED: frozenset({None, Status.ABSENT}),
    Kind.HEDGED: frozenset({Status.UNCERTAIN}),
    Kind.HISTORY: frozenset({Status.ABSENT, None}),
}


class Judgement(StrEnum):
    """How a backend did on one variant."""

    RIGHT = "right"
    WRONG = "wrong"
    UNTESTED = "untested"  # it did not suggest the label for the report as written: there was nothing to change


@dataclass(frozen=True, slots=True)
class Variant:
    """A report in which one label must change. `sentences` are the original ones that were rewritten, `rewritten` the
    new ones.
    """

    report: int
    label: str
    observation: str
    kind: Kind
    text: str
    sentences: tuple[str, ...]
    rewritten: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Target:
    """A label, the one observation it rests on, and the clauses that state it."""

    label: str
    observation: str
    is_device: bool
    places: tuple[tuple[ReadSentence, Clause], ...]


@dataclass(frozen=True, slots=True)
class StressSet:
    """Makes variants of reports for one taxonomy; the same seed gives the same variants."""

    engine: RulesEngine
    labels: tuple[LabelDefinition, ...]
    seed: int = 0

    def variants(self, ref: int, text: str) -> tuple[Variant, ...]:
        """Return the variants of one report, one per positive label and kind where it can be made; `ref` is the caller's
        number.
        """
        return tuple(self._variants(ref, text))

    def _variants(self, ref: int, text: str) -> Iterator[Variant]:
        sentences = read_report(text, self.engine)
        for target in _targets(text, sentences, self.engine, self.labels):
            for kind in Kind:
                rng = Random(sha256(f"{self.seed}|{kind}|{target.label}|{text}".encode()).digest())  # noqa: S311 - variety, not secrecy
                made = _edited(text, target, kind, rng)
                if made is not None:
                    new_text, rewritten = made
                    originals = tuple(text[sentence.start : sentence.end] for sentence, _ in target.places)
                    yield Variant(ref, target.label, target.observation, kind, new_text, originals, rewritten)


def positive_labels(text: str, engine: RulesEngine, labels: tuple[LabelDefinition, ...]) -> frozenset[str]:
    """Return the labels some current finding of the report states as present."""
    holds = index_labels(labels, engine.vocabulary).holds
    return frozenset(
        label
        for sentence in read_report(text, engine)
        for mention in sentence.mentioned
        if mention.status is Status.PRESENT
        for label in holds.get(mention.observation, ())
    )


def _targets(
    text: str, sentences: Sequence[ReadSentence], engine: RulesEngine, labels: tuple[LabelDefinition, ...]
) -> Iterator[_Target]:
    """Yield each label that rests on one observation only, all of whose sentences can be rewritten."""
    index = index_labels(labels, engine.vocabulary)
    for label in labels:
        if label.exclusive:
            continue
        holding = {key for key, held in index.holds.items() if label.key in held}
        denying = {key for key, held in index.denies.items() if label.key in held}
        speaking = [
            (sentence, mention)
            for sentence in sentences
            if sentence.is_stating
            for mention in sentence.mentioned
            if mention.observation in holding
            or (mention.status is Status.ABSENT and mention.observation in denying & holding)
        ]
        target = _target(text, label.key, speaking, sentences)
        if target is not None:
            yield target


def _target(
    text: str, label: str, speaking: Sequence[tuple[ReadSentence, Mentioned]], sentences: Sequence[ReadSentence]
) -> _Target | None:
    """Return the label's one observation with its clauses, or None where something else speaks of the label too."""
    if not speaking or len({mention.observation for _, mention in speaking}) != 1:
        return None
    if any(mention.status is not Status.PRESENT or mention.is_history for _, mention in speaking):
        return None
    if len({sentence.start for sentence, _ in speaking}) != len(speaking) or _is_referred_to(text, speaking, sentences):
        return None
    places = []
    for sentence, mention in speaking:
        others = tuple((one.start, one.end) for one in sentence.mentioned if one is not mention)
        words = Words((mention.start, mention.end), others, mention.is_device)
        clause = read_clause(text[sentence.start : sentence.end], words)
        if clause is None:
            return None
        places.append((sentence, clause))
    return _Target(label, speaking[0][1].observation, speaking[0][1].is_device, tuple(places))


_REFERS = re.compile(
    r"(?:this|these|it|its|they|the same|that|those|such|given|both|findings?|which|there is associated|associated)\b",
    re.IGNORECASE,
)


def _is_referred_to(
    text: str, speaking: Sequence[tuple[ReadSentence, Mentioned]], sentences: Sequence[ReadSentence]
) -> bool:
    """Say whether the next sentence goes on about the finding ("This is unchanged."): it would then hang in the air."""
    stating = [sentence for sentence in sentences if sentence.is_stating]
    ends = {sentence.end for sentence, _ in speaking}
    return any(
        before.end in ends and before.section is after.section and _REFERS.match(text, after.start)
        for before, after in pairwise(stating)
    )


def _edited(text: str, target: _Target, kind: Kind, rng: Random) -> tuple[str, tuple[str, ...]] | None:
    """Return the report with the target's sentences rewritten, and those sentences; None where nothing good can be made."""
    edits: list[tuple[int, int, str]] = []
    rewritten = []
    for sentence, clause in target.places:
        said = _said(clause, kind, rng, is_device=target.is_device)
        edits.append((sentence.start, sentence.end, said))
        rewritten.append(said)
    if kind is Kind.HISTORY:
        told = _told(text, target, rng)
        if not told:
            return None
        if isinstance(told, str):
            edits[0] = (edits[0][0], edits[0][1], f"{told} {edits[0][2]}".strip())
            rewritten[0] = edits[0][2]
        else:
            edits.append(told)
            rewritten.append(told[2].lstrip(". "))
    result = _applied(text, edits)
    return (result, tuple(rewritten)) if _states_something(result) else None


def _said(clause: Clause, kind: Kind, rng: Random, *, is_device: bool) -> str:
    """Return what stands in place of one sentence; empty where it goes."""
    if kind is Kind.NEGATED:
        return rewrites.negated(clause, rng, is_device=is_device)
    if kind is Kind.HEDGED:
        return rewrites.hedged(clause, rng, is_device=is_device)
    return rewrites.kept_beside(clause, rng) if kind is Kind.HISTORY else ""


def _told(text: str, target: _Target, rng: Random) -> str | tuple[int, int, str]:
    """Return the sentence that tells the finding of the past, or an edit that adds it to the indication."""
    inside, indication = rewrites.of_the_past(target.places[0][1], rng, is_device=target.is_device)
    spans = [
        span
        for span in split_sections(text)
        if span.section is Section.HISTORY and span.end < target.places[0][0].start
    ]
    if not indication or not spans or rng.random() < 0.5:
        return inside
    end = spans[-1].start + len(text[spans[-1].start : spans[-1].end].rstrip())
    stop = "" if text[:end].endswith((".", "?", "!")) else "."
    return end, end, f"{stop} {indication}"


def _applied(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return the text with stretches replaced; a section left empty goes with its heading, list numbers close up."""
    sections = split_sections(text)
    headings = {span.start: (sections[i - 1].end if i else 0) for i, span in enumerate(sections)}
    changed = sorted(edits, reverse=True)
    for start, end, said in changed:
        if said:
            text = text[:start] + said + text[end:]
            continue
        number = re.search(r"(?:^|(?<=\s))\(?\d{1,2}[.)]\s+$", text[:start])
        first = number.start() if number else start
        text = text[:first].rstrip(" ") + ((" " + text[end:].lstrip(" ")) if text[end:].strip(" ") else "")
    return _without_empty_sections(_renumbered(text), len(headings))


def _renumbered(text: str) -> str:
    """Return the text with its list numbers counted anew from each section's first."""
    spans = split_sections(text)
    for span in reversed(spans):
        count = 0

        def next_number(match: re.Match[str]) -> str:
            nonlocal count
            count += 1
            return f"{match[1]}{count}{match[3]}"

        body = text[span.start : span.end]
        if re.match(r"\(?\d{1,2}[.)]\s", body):
            body = re.sub(r"((?:^|(?<=[.\n] )|(?<=\n))\(?)(\d{1,2})([.)]\s+(?=[A-Z]))", next_number, body)
            text = text[: span.start] + body + text[span.end :]
    return text


def _without_empty_sections(text: str, most: int) -> str:
    """Return the text without headings that have nothing under them."""
    heading = re.compile(r"(?m)^(?:FINDINGS|IMPRESSION|Findings|Impression):[ \t]*(?:\n|\Z)")
    for _ in range(most):
        text = heading.sub("", text, count=1)
    return text.strip()


def _states_something(text: str) -> bool:
    """Say whether any section still says what is on the images."""
    return any(
        text[span.start : span.end].strip()
        for span in split_sections(text)
        if span.section in {Section.FINDINGS, Section.IMPRESSION, Section.BODY}
    )


def judge(kind: Kind, before: Status | None, after: Status | None) -> Judgement:
    """Say whether a backend changed the label as the variant asks.

    `before` and `after` are the label's status in the report as written and in the variant, None where nothing is suggested.
    """
    if before is not Status.PRESENT:
        return Judgement.UNTESTED
    return Judgement.RIGHT if after in EXPECTED[kind] else Judgement.WRONG


@dataclass(frozen=True, slots=True)
class PassRate:
    """Share of variants judged right, with its Wilson interval; `untested` are left out of it."""

    kind: Kind | None
    right: Proportion
    untested: int


def pass_rates(judged: Iterable[tuple[Kind, Judgement]]) -> tuple[PassRate, ...]:
    """Return the rate over all kinds first (kind None), then by kind."""
    pairs = list(judged)
    return tuple(_rate(kind, [one for of, one in pairs if kind in {None, of}]) for kind in (None, *Kind))


def failing(rates: Iterable[PassRate], least: float = 0.97) -> tuple[PassRate, ...]:
    """Return the rates below `least`, overall or of a kind, for which a backend may be barred; undefined ones say nothing."""
    return tuple(rate for rate in rates if rate.right.value is not None and rate.right.value < least)


def _rate(kind: Kind | None, judgements: Sequence[Judgement]) -> PassRate:
    right = sum(one is Judgement.RIGHT for one in judgements)
    untested = sum(one is Judgement.UNTESTED for one in judgements)
    return PassRate(kind, wilson(right, len(judgements) - untested), untested)
