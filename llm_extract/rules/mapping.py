"""From findings to suggested labels: which observation belongs to which label, and what the findings say of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from llm_extract.findings import Change, LabelDefinition, LabelSuggestion, ReportFinding, Status, Temporality
from llm_extract.rules.vocabulary import OF_A_LABEL, Vocabulary, load_vocabulary, plain

# In a definition: what follows these words is left out of the label, or named as part of it.
_LEAVES_OUT = re.compile(
    r"\b(?:exclud\w+|(?:do(?:es)? )?not includ\w+|not count\w*|but not|except(?: for)?|other than|apart from|without)\b",
    re.I,
)
_LEFT_OUT = re.compile(
    r"\b(?:(?:is|are) (?:not (?:counted|included|part)|excluded|left out)|do(?:es)? not (?:count|belong))\b", re.I
)
_TAKES_IN = re.compile(
    r"\b(?:includ\w+|such as|for example|e\.g\.|cover\w*|compris\w+|also counts?|counts? as|namely|any of)\b", re.I
)
# How much doubt a label takes, where its definition says so: "only where stated", "not where merely possible".
_ONLY_STATED = re.compile(r"\bonly (?:when|where|if|what) (?:\w+ ){0,4}(?:stated|certain|definite)\b(?! or)", re.I)
_ONLY_LIKELY = re.compile(
    r"\bonly (?:when|where|if|what) (?:\w+ ){0,4}(?:stated|certain|definite) or (?:\w+ ){0,2}(?:likely|probable)\b"
    r"|\bnot (?:\w+ )?(?:when|where|if) (?:\w+ ){0,2}(?:only|merely|just) (?:\w+ ){0,2}possib",
    re.I,
)
_NAME_PARTS = re.compile(r"\s*(?:/|,|;|\band\b|\bor\b|&|\+|_and_|_or_)\s*", re.I)

# An exclusive label so called says that there is nothing: what its name denies ("No acute abnormality") is not its finding.
_NOTHING = re.compile(r"\s*(?:no|normal|nothing|none|negative|unremarkable|absence|without|clear)(?:\b|_)", re.I)

# How likely the words of doubt sound, first match wins.
_DOUBT = (
    ("less", 0.25),
    ("exclude", 0.3),
    ("rule", 0.3),
    ("question", 0.35),
    ("borderline", 0.4),
    ("suspic", 0.5),
    ("concern", 0.5),
    ("worris", 0.5),
    ("suggest", 0.5),
    ("favor", 0.65),
    ("probab", 0.7),
    ("likely", 0.7),
    ("presum", 0.7),
    ("versus", 0.55),
    ("vs", 0.55),
    ("xxxx", 0.7),  # de-identified: "XXXX represents" was "likely represents"
)
# Where a label asks for what is stated, and for what is stated or likely; "may be" and "suggests" fall short of both.
_STATED, _LIKELY = 0.8, 0.55
# One of so many alternatives is less likely than not by far, and suggests nothing on its own.
_MANY_ALTERNATIVES = 3
_ALTERNATIVE = re.compile(r"\b(?:or|versus|vs|differential)\b|/", re.I)
_STRENGTH = {Status.PRESENT: 2, Status.UNCERTAIN: 1, Status.ABSENT: 0}


@dataclass(frozen=True, slots=True)
class LabelIndex:
    """Which labels an observation counts for: when it is there (`holds`), and when it is not (`denies`).

    `least` is how plainly (0..1) a doubtful finding must be stated to count for a label; 0 where its definition sets no bound.
    """

    holds: Mapping[str, tuple[str, ...]]
    denies: Mapping[str, tuple[str, ...]]
    least: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one label asks for: what it is called, with that all it takes in, and what its definition leaves out."""

    label: str
    called: tuple[str, ...]
    own: tuple[str, ...]
    excluded: frozenset[str]
    least: float = 0.0


def map_findings(
    findings: Sequence[ReportFinding], taxonomy: Sequence[LabelDefinition], vocabulary: Vocabulary | None = None
) -> tuple[LabelSuggestion, ...]:
    """Return one suggestion for each label the findings speak of, in the taxonomy's order.

    Present outweighs uncertain, uncertain outweighs absent; a label is absent only where a sentence says so. History gives no
    suggestion, nor does one of three or more alternatives ("may represent A, B or C"): each stays a finding only. An exclusive
    label stands alone: one with words of its own goes where another label holds; one that says there is nothing ("Normal") is
    suggested when the report denies something and states nothing, by any label or none; of several such, the first.
    `vocabulary` is the one the findings were read with (the chest vocabulary by default).
    """
    index = index_labels(tuple(taxonomy), vocabulary or load_vocabulary("chest"))
    by_label: dict[str, list[int]] = {}
    alternatives = _many_alternatives(findings)
    for position, finding in enumerate(findings):
        if finding.temporality is Temporality.HISTORY or position in alternatives:
            continue
        labels = index.denies if finding.status is Status.ABSENT else index.holds
        for key in labels.get(finding.observation, ()):
            if finding.status is not Status.UNCERTAIN or _plainness(finding) >= index.least.get(key, 0.0):
                by_label.setdefault(key, []).append(position)
    suggestions = {key: _suggest(key, positions, findings) for key, positions in by_label.items()}
    exclusive = {label.key for label in taxonomy if label.exclusive}
    if any(one.status is not Status.ABSENT for key, one in suggestions.items() if key not in exclusive):
        suggestions = {
            key: one for key, one in suggestions.items() if key not in exclusive or one.status is Status.ABSENT
        }
    elif (nothing := _saying_nothing(taxonomy, suggestions)) and not any(_states(finding) for finding in findings):
        denied = [position for position, finding in enumerate(findings) if finding.status is Status.ABSENT]
        if denied:
            suggestions[nothing.key] = _nothing_found(nothing, denied, findings)
    return tuple(suggestions[label.key] for label in taxonomy if label.key in suggestions)


def _saying_nothing(
    taxonomy: Sequence[LabelDefinition], suggestions: Mapping[str, LabelSuggestion]
) -> LabelDefinition | None:
    """Return the label for a report that states nothing: an exclusive one no finding speaks of, by its name if that tells."""
    free = [label for label in taxonomy if label.exclusive and label.key not in suggestions]
    return next((label for label in free if _NOTHING.match(label.name)), free[0] if free else None)


def _states(finding: ReportFinding) -> bool:
    """Say whether a finding speaks against "Normal": there, perhaps there, whatever its label; a device does not."""
    is_current = finding.temporality is Temporality.CURRENT
    return is_current and finding.status is not Status.ABSENT and not finding.is_device


def _many_alternatives(findings: Sequence[ReportFinding]) -> frozenset[int]:
    """Return the findings that are each one of three or more alternatives of one sentence."""
    by_sentence: dict[tuple[int, int], list[int]] = {}
    for position, finding in enumerate(findings):
        if finding.status is Status.UNCERTAIN:
            by_sentence.setdefault((finding.start, finding.end), []).append(position)
    return frozenset(
        position
        for positions in by_sentence.values()
        if len({findings[position].observation for position in positions}) >= _MANY_ALTERNATIVES
        and _ALTERNATIVE.search(findings[positions[0]].evidence)
        for position in positions
    )


def _suggest(label: str, positions: Sequence[int], findings: Sequence[ReportFinding]) -> LabelSuggestion:
    """Return the suggestion several findings of one label add up to."""
    order = sorted(
        positions,
        key=lambda position: (-_STRENGTH[findings[position].status], -_plainness(findings[position]), position),
    )
    first = findings[order[0]]
    against = sum(
        1 for position in order if (findings[position].status is Status.ABSENT) != (first.status is Status.ABSENT)
    )
    resting = tuple(position for position in order if findings[position].status is first.status)
    confidence = min(0.99, _plainness(first) + 0.02 * (len(resting) - 1)) - (0.15 if against else 0.0)
    return LabelSuggestion(
        label, first.status, round(max(confidence, 0.05), 3), resting, _reason(first, against), first.evidence
    )


def _plainness(finding: ReportFinding) -> float:
    """Return how plainly the report states the finding, 0..1."""
    if finding.status is not Status.UNCERTAIN:
        return 0.9 if finding.change in {None, Change.NEW, Change.RESOLVED} else 0.88
    words = (finding.certainty_words or "").lower()
    return next((value for part, value in _DOUBT if part in words), 0.45)


def _reason(finding: ReportFinding, against: int) -> str:
    """Return one sentence on why the label is suggested, without the report's own text beyond its certainty words."""
    states = {Status.PRESENT: "states", Status.ABSENT: "rules out", Status.UNCERTAIN: "mentions with doubt"}[
        finding.status
    ]
    doubt = f" (“{finding.certainty_words}”)" if finding.certainty_words else ""
    change = f", {finding.change.value} against the prior" if finding.change else ""
    other = " Another sentence says otherwise." if against else ""
    where = {"body": "report", "findings": "findings section"}.get(finding.section, finding.section)
    return f"The {where} {states} {finding.name.lower()}{doubt}{change}.{other}"


def _nothing_found(label: LabelDefinition, denied: Sequence[int], findings: Sequence[ReportFinding]) -> LabelSuggestion:
    """Return the suggestion of an exclusive label."""
    reason = "The report denies findings and states none."
    return LabelSuggestion(label.key, Status.PRESENT, 0.7, tuple(denied), reason, findings[denied[0]].evidence)


@lru_cache(maxsize=32)
def index_labels(taxonomy: tuple[LabelDefinition, ...], vocabulary: Vocabulary) -> LabelIndex:
    """Return which labels each observation counts for.

    A label asks for the observations its name and synonyms name, and those its definition takes in ("includes …", "such as …");
    everything narrower belongs to it too, but for what the definition leaves out ("excludes …"). An observation nobody asks for
    goes where the vocabulary says it is near. Absent runs the other way: "no opacity" denies a consolidation.
    """
    extended = vocabulary.with_labels(taxonomy)
    claims = [_claim(label, extended) for label in taxonomy]
    holds = {key: _held(key, claims, extended) for key in extended.observations}
    denies = {
        key: tuple(claim.label for claim in claims if _is_denied(key, claim, extended)) for key in extended.observations
    }
    return LabelIndex(holds, denies, {claim.label: claim.least for claim in claims if claim.least})


def _held(key: str, claims: Sequence[_Claim], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the labels an observation counts for: those that ask for it or something broader, else those it is near."""
    claimed = _claimed(key, claims, vocabulary)
    if any(key in claim.own for claim in claims):
        return claimed
    near = next(
        (labels for other in vocabulary.observations[key].near if (labels := _claimed(other, claims, vocabulary))), ()
    )
    excluding = {claim.label for claim in claims if key in claim.excluded}
    return tuple(dict.fromkeys((*claimed, *(label for label in near if label not in excluding))))


def _claimed(key: str, claims: Sequence[_Claim], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the labels that ask for an observation or for something broader, none of which leaves it out."""
    line = vocabulary.ancestors(key)
    return tuple(
        claim.label
        for claim in claims
        if key in claim.own
        or (any(step in claim.own for step in line) and not any(step in claim.excluded for step in line))
    )


def _is_denied(key: str, claim: _Claim, vocabulary: Vocabulary) -> bool:
    """Say whether the absence of an observation denies a label: it is what the label is called, or broader than its name."""
    return key in claim.called or any(key in vocabulary.ancestors(own) for own in claim.called[:1])


def _claim(label: LabelDefinition, vocabulary: Vocabulary) -> _Claim:
    """Return what a label asks for: by its name and synonyms, else by its key, else by its definition."""
    called = list(dict.fromkeys(key for term in (label.name, *label.synonyms) for key in _named(term, vocabulary)))
    if label.exclusive and (not called or _NOTHING.match(label.name)):
        return _Claim(label.key, (), (), frozenset())
    taken_in, excluded = _defined(label.definition, vocabulary)
    called = called or _named(label.key, vocabulary)
    if all(vocabulary.observations[key].group == OF_A_LABEL for key in called):
        called += taken_in or [key for key in vocabulary.find_in(label.definition) if key not in excluded]
    least = (
        _LIKELY if _ONLY_LIKELY.search(label.definition) else _STATED if _ONLY_STATED.search(label.definition) else 0.0
    )
    own = tuple(dict.fromkeys((*called, *taken_in)))
    return _Claim(label.key, tuple(called), own, excluded.difference(called), least)


def _named(term: str, vocabulary: Vocabulary) -> list[str]:
    """Return the observations a name names; "lung nodule or mass" and "mediastinal or hilar abnormality" name two each."""
    kept = _LEAVES_OUT.split(term, maxsplit=1)[0].replace("_", " ")
    parts = [part for part in (plain(part) for part in _NAME_PARTS.split(kept)) if part]
    if len(parts) < 2:
        return list(vocabulary.find_in(kept))
    first, last = parts[0].split()[0], parts[-1].split()[-1]
    found: list[str] = []
    for part in parts:
        variants = (f"{part} {last}", part) if part is not parts[-1] else (part, f"{first} {part}")
        found.extend(next((keys for variant in variants if (keys := vocabulary.find_in(variant))), ()))
    return list(dict.fromkeys(found))


def _defined(definition: str, vocabulary: Vocabulary) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return what a definition takes in by saying so, and what it leaves out."""
    taken_in: list[str] = []
    excluded: set[str] = set()
    for sentence in re.split(r"(?<=[.;])\s+", definition):
        if _LEFT_OUT.search(sentence):
            excluded.update(vocabulary.find_in(sentence))
            continue
        kept, *left_out = _LEAVES_OUT.split(sentence, maxsplit=1)
        excluded.update(key for part in left_out for key in vocabulary.find_in(part))
        taken_in.extend(key for part in _TAKES_IN.split(kept, maxsplit=1)[1:] for key in vocabulary.find_in(part))
    return tuple(dict.fromkeys(taken_in)), frozenset(excluded)
