"""How little the pipeline trusts itself: readings against each other, stage against stage, and evidence that is missing.

The doubt of a study is a weighted sum of named parts from 0 to 1, over the parts that are known; see `Doubt`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from llm_extract.asking.merging import merged
from llm_extract.findings import Flag, LabelDefinition, LabelSuggestion, ReportFinding, Status
from llm_extract.guards.guarding import Policy, guarded, guarded_vote
from llm_extract.guards.injection import suspicions
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.stages import Mapped

WEIGHTS = {"samples": 0.35, "rules": 0.35, "stages": 0.15, "evidence": 0.15}
# The least doubt of a report that speaks to a machine, whoever read it.
INSTRUCTED_DOUBT = 0.5
_DOUBTFUL = frozenset({Flag.CONTRADICTED, Flag.UNSUPPORTED, Flag.INSTRUCTED, Flag.SECTIONS_DISAGREE})
_LABELS = dict[str, Status]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Each part from 0 (none) to 1; None where nothing is known of it.

    ``samples`` is one minus the agreement of the readings on the label they agree on least. ``rules`` is the share of the labels
    either speaks of on which model and rules differ. ``stages`` is the same share between the second stage and the
    vocabulary's mapping of the first stage's findings. ``evidence`` is the share of findings whose quote was not in the
    report, or of suggestions whose evidence is doubtful, whichever is more.
    """

    samples: float | None
    rules: float | None
    stages: float | None
    evidence: float

    @property
    def score(self) -> float:
        """The weighted mean of the parts that are known, 0 to 1."""
        parts = {"samples": self.samples, "rules": self.rules, "stages": self.stages, "evidence": self.evidence}
        known = {name: part for name, part in parts.items() if part is not None}
        return round(
            sum(WEIGHTS[name] * part for name, part in known.items()) / sum(WEIGHTS[name] for name in known), 4
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What stands after the guards and all readings; no doubt where no model was asked and nothing is flagged.

    `flags` are of the report as a whole, and stand though no suggestion is left to carry them. A report flagged INSTRUCTED has a
    doubt of at least `INSTRUCTED_DOUBT`. The places of suggestions are those of `findings`: the first reading's, then those of
    other readings that a suggestion rests on.
    """

    suggestions: tuple[LabelSuggestion, ...]
    doubt: float | None
    parts: Doubt | None
    flags: tuple[Flag, ...] = ()
    findings: tuple[ReportFinding, ...] = ()


def judge(
    mapped: Mapped, labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary, policy: Policy = Policy.FLAG
) -> Judgement:
    """Return the suggestions to be stored for one report: each reading guarded, the readings put together, and the doubt.

    A report with a fault has none.
    """
    if mapped.fault is not None or not mapped.readings:
        return Judgement((), None, None)
    readings = [
        guarded(mapped, labels, vocabulary, policy=policy, reading=place) for place in range(len(mapped.readings))
    ]
    suggestions, findings = _voted_on(mapped, readings, labels, vocabulary)
    flags = _report_flags(mapped, suggestions)
    if not mapped.has_asked and not flags and not any(one.flags for one in suggestions):
        return Judgement(suggestions, None, None, findings=findings)
    parts = _parts(mapped, suggestions, labels, vocabulary)
    least = INSTRUCTED_DOUBT if Flag.INSTRUCTED in flags else 0.0
    return Judgement(suggestions, max(parts.score, least), parts, flags, findings)


def _voted_on(
    mapped: Mapped,
    readings: Sequence[tuple[LabelSuggestion, ...]],
    labels: tuple[LabelDefinition, ...],
    vocabulary: Vocabulary,
) -> tuple[tuple[LabelSuggestion, ...], tuple[ReportFinding, ...]]:
    """Return what the readings add up to, and the findings it has its places in.

    These are the first reading's and, where another reading won the vote on a label, the findings that one rests on.
    """
    extracted = mapped.extracted
    if len(extracted.readings) < 2:
        findings, suggestions = extracted.findings, agreed(readings, labels)
    else:
        findings = tuple(dict.fromkeys(one for each in extracted.readings for one in each))
        places = {one: place for place, one in enumerate(findings)}
        pairs = zip(readings, extracted.readings, strict=True)
        suggestions = agreed(
            [[_moved(one, [places[each] for each in own]) for one in reading] for reading, own in pairs], labels
        )
    if len(readings) > 1 and mapped.has_asked:
        suggestions = guarded_vote(suggestions, findings, extracted.report.text, labels, vocabulary)
    return (
        _compact(suggestions, findings, extracted.findings) if len(extracted.readings) > 1 else (suggestions, findings)
    )


def _moved(suggestion: LabelSuggestion, places: Sequence[int] | Mapping[int, int]) -> LabelSuggestion:
    """Return the suggestion with its places put where `places` says."""
    return replace(suggestion, findings=tuple(dict.fromkeys(places[place] for place in suggestion.findings)))


def _compact(
    suggestions: Sequence[LabelSuggestion], findings: Sequence[ReportFinding], first: Sequence[ReportFinding]
) -> tuple[tuple[LabelSuggestion, ...], tuple[ReportFinding, ...]]:
    """Leave out what only an outvoted reading found, unless it is the first; in the report's order."""
    own = set(first)
    used = {place for one in suggestions for place in one.findings}
    kept = sorted(
        (place for place, one in enumerate(findings) if place in used or one in own),
        key=lambda place: findings[place].start,
    )
    moved = {place: number for number, place in enumerate(kept)}
    return tuple(_moved(one, moved) for one in suggestions), tuple(findings[place] for place in kept)


def _report_flags(mapped: Mapped, suggestions: Sequence[LabelSuggestion]) -> tuple[Flag, ...]:
    """Return what is to be said of the report itself, whatever became of its suggestions."""
    found: set[Flag] = {flag for one in suggestions for flag in one.flags if flag is Flag.SECTIONS_DISAGREE}
    if suspicions(mapped.extracted.report.text):
        found.add(Flag.INSTRUCTED)
    return tuple(flag for flag in Flag if flag in found)


def agreed(
    readings: Sequence[Sequence[LabelSuggestion]], labels: Sequence[LabelDefinition]
) -> tuple[LabelSuggestion, ...]:
    """Return what several readings of one report add up to.

    For each label the majority of the readings decides, a tie with anything but absent is uncertain. A reading that does not
    speak of a label votes for saying nothing. `agreement` is the share of the readings that say what is decided; below 1 the
    suggestion is flagged SAMPLES_DISAGREE. It rests on what a reading that says the same rests on; an uncertain one of
    readings that differ, on what speaks for the label; an absent one that no reading denies, on nothing. A label that a
    minority holds stays as an absent suggestion, so that the disagreement can be seen.
    """
    if len(readings) < 2:
        return tuple(readings[0]) if readings else ()
    by_reading = [{one.label: one for one in reading} for reading in readings]
    found = []
    for label in labels:
        said = [reading[label.key] for reading in by_reading if label.key in reading]
        if said:
            found.append(_voted(said, len(readings)))
    return merged(found, labels)


def _voted(said: Sequence[LabelSuggestion], count: int) -> LabelSuggestion:
    """Return the vote of the readings on one label."""
    votes: Counter[Status | None] = Counter(one.status for one in said)
    votes[None] = count - len(said)
    most = max(votes.values())
    leading = {status for status, number in votes.items() if number == most}
    if len(leading) == 1:
        decided = next(iter(leading)) or Status.ABSENT
    else:
        decided = Status.UNCERTAIN if leading - {None, Status.ABSENT} else Status.ABSENT
    agreement = votes[decided] + (votes[None] if decided is Status.ABSENT else 0)
    # An outvoted reading's sentence may say the opposite.
    same = [one for one in said if one.status is decided]
    holding = [one for one in said if one.status is not Status.ABSENT]
    chosen = (same or holding)[0]
    is_borne_out = bool(same) or decided is Status.UNCERTAIN
    flags = set(chosen.flags) | ({Flag.SAMPLES_DISAGREE} if agreement < count else set())
    confidences = [one.confidence for one in said if one.status is decided and one.confidence is not None]
    return replace(
        chosen,
        status=decided,
        confidence=round(sum(confidences) / len(confidences), 3) if confidences else None,
        findings=chosen.findings if is_borne_out else (),
        evidence=chosen.evidence if is_borne_out else "",
        flags=tuple(flag for flag in Flag if flag in flags),
        agreement=round(agreement / count, 4),
        reason=chosen.reason
        if chosen.status is decided
        else f"{len(said)} of {count} readings speak of it, and differ.",
    )


def _parts(
    mapped: Mapped, suggestions: Sequence[LabelSuggestion], labels: tuple[LabelDefinition, ...], vocabulary: Vocabulary
) -> Doubt:
    """Return the parts of the doubt for one report."""
    has_model = mapped.has_asked
    agreements = [one.agreement for one in suggestions if one.agreement is not None]
    beside = {one.label: one.second_opinion for one in suggestions if one.second_opinion}
    extracted = mapped.extracted
    lost, kept = extracted.lost, len(extracted.findings)
    doubtful = sum(bool(_DOUBTFUL.intersection(one.flags)) for one in suggestions)
    return Doubt(
        samples=1 - min(agreements, default=1.0) if len(mapped.readings) > 1 else None,
        rules=_share_flagged(suggestions, Flag.RULES_DISAGREE) if has_model and (beside or not suggestions) else None,
        stages=_difference(
            _statuses(mapped.readings[0]), _statuses(map_findings(extracted.findings, labels, vocabulary))
        )
        if has_model
        else None,
        evidence=max(
            lost / (lost + kept) if lost else 0.0,
            doubtful / len(suggestions) if suggestions else 0.0,
        ),
    )


def _share_flagged(suggestions: Sequence[LabelSuggestion], flag: Flag) -> float:
    """Return the share of suggestions that carry a flag."""
    return sum(flag in one.flags for one in suggestions) / len(suggestions) if suggestions else 0.0


def _statuses(suggestions: Sequence[LabelSuggestion]) -> _LABELS:
    return {one.label: one.status for one in suggestions}


def _difference(first: Mapping[str, Status], second: Mapping[str, Status]) -> float:
    """Return the share of the labels either speaks of on which they differ; saying nothing and saying absent are the same."""
    spoken = {*first, *second}
    if not spoken:
        return 0.0
    differing = sum(first.get(key, Status.ABSENT) is not second.get(key, Status.ABSENT) for key in spoken)
    return differing / len(spoken)
