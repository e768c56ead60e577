"""What consensus says of a study: versioned rules over its reads, independent of their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["accepted", "needs_adjudication", "incomplete", "rejected"]
Agreement = Literal["unanimous", "majority", "tie", "adjudicated"]
RuleName = Literal["at_least", "identical_corrected", "majority_per_label", "unanimous"]

VERDICTS = ("disagree", "agree_mostly", "agree_all")
RULES_VERSION = 1


@dataclass(frozen=True, slots=True)
class ReadVerdict:
    """One read: the verdict, and the labels the reader added to the suggested ones or struck from them."""

    reader: str
    verdict: str
    added: frozenset[str] = frozenset()
    struck: frozenset[str] = frozenset()
    read_id: int | None = None

    def labels(self, suggested: frozenset[str]) -> frozenset[str]:
        """The reader's labels: those suggested (present or uncertain) with the reader's corrections."""
        return (suggested - self.struck) | self.added


@dataclass(frozen=True, slots=True)
class Rule:
    """How reads become an outcome. `verdict` is the least verdict that counts as agreement in `at_least`."""

    name: RuleName = "at_least"
    at_least: int = 2
    verdict: str = "agree_all"
    version: int = RULES_VERSION

    def __str__(self) -> str:
        """The rule as it is stored with an outcome, such as "at_least-2-agree_all/v1"."""
        wanted = {"at_least": f"-{self.at_least}-{self.verdict}", "identical_corrected": f"-{self.at_least}"}
        return f"{self.name}{wanted.get(self.name, '')}/v{self.version}"

    @property
    def words(self) -> str:
        """The rule in words, for pages: "at least 2 readers agree all"."""
        readers = "1 reader" if self.at_least == 1 else f"{self.at_least} readers"
        verdict = self.verdict.replace("_", " ")
        return {
            "at_least": f"at least {readers} {verdict}" if self.at_least > 1 else f"at least {readers} gives {verdict}",
            "identical_corrected": f"at least {readers} end at the same labels",
            "majority_per_label": "each label decided by more than half of the readers",
            "unanimous": "all readers end at the same labels",
        }[self.name]


@dataclass(frozen=True, slots=True)
class LabelState:
    """How the reads stand on one label: how many of them hold it, and whether that decides it."""

    label: str
    votes_for: int
    n_reads: int
    agreement: Agreement
    decided: bool | None = None

    @property
    def is_present(self) -> bool:
        """As adjudicated; else whether more than half of the reads hold the label."""
        return 2 * self.votes_for > self.n_reads if self.decided is None else self.decided


@dataclass(frozen=True, slots=True)
class StudyOutcome:
    """The outcome of a study under one rule.

    `labels` are the final labels, None unless the study is accepted. `rests_on` are the ids of the reads that were
    used, `readers` their readers. `label_states` covers every label that was suggested or added, by label.
    """

    state: State
    labels: frozenset[str] | None
    rule: str
    rests_on: tuple[int, ...]
    readers: tuple[str, ...]
    label_states: tuple[LabelState, ...]
    adjudication: int | None = None

    @property
    def split_labels(self) -> frozenset[str]:
        """The labels that the reads do not agree on: all that an adjudicator needs to look at."""
        return frozenset(state.label for state in self.label_states if 0 < state.votes_for < state.n_reads)

    @property
    def majority_labels(self) -> frozenset[str]:
        """The labels that more than half of the reads hold; provisional while the study is not accepted."""
        return frozenset(state.label for state in self.label_states if state.is_present)


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """What an adjudicator decided, label by label, and the id of the adjudication."""

    labels: Mapping[str, bool]
    adjudication: int | None = None


@dataclass(frozen=True, slots=True)
class StudyReads:
    """The input of a rule: what was suggested, the reads of normal slots only, how many reads a study gets, and what an
    adjudicator decided, if one did.

    Reads in control arms never count for consensus and are never passed in.
    """

    suggested: frozenset[str]
    reads: tuple[ReadVerdict, ...]
    reads_per_study: int
    adjudicated: Adjudicated | None = None


@dataclass(frozen=True, slots=True)
class RuleYield:
    """What a rule would make of a set of studies; of `labels`, those that had been suggested are `kept`."""

    rule: str
    accepted: int
    needs_adjudication: int
    incomplete: int
    rejected: int
    labels: Mapping[str, int]
    kept: Mapping[str, int]
    findings: Mapping[str, int]


def decide(study: StudyReads, rule: Rule) -> StudyOutcome:
    """The outcome of a study under a rule; the order of the reads never matters.

    A study is accepted as soon as no further read can change that. With reads missing it is `incomplete` otherwise;
    with all of them in it is `rejected` when every reader disagrees and the rule finds no common labels, and else
    `needs_adjudication`. A study that needs it is accepted once every open label (`open_labels`) was adjudicated: its
    labels are those that all reads hold and those the adjudicator found. The rules:

    - `at_least`: m reads agree (`agree_all`, or the verdict named and better); the labels are the suggested ones, or,
      where agreeing reads made corrections, what more than half of them hold (a tie needs adjudication).
    - `identical_corrected`: m reads end at the same set of labels, and no other set is as frequent.
    - `majority_per_label`: every label is decided by more than half of all reads; a tie needs adjudication.
    - `unanimous`: all reads end at the same set of labels.

    Raises ValueError on an unknown verdict or rule, two reads of one reader, corrections with `agree_all`, or a
    correction that does not fit what was suggested.
    """
    reads = sorted(study.reads, key=lambda read: read.reader)
    _check(study.suggested, reads, rule)
    labels = _RULES[rule.name](study, reads, rule) if reads else None
    states = label_states(study.suggested, reads)
    decided = study.adjudicated if _state(study, reads, labels) == "needs_adjudication" else None
    if decided is not None and open_labels(study) <= decided.labels.keys():
        states = _adjudicated_states(states, decided.labels, len(reads))
        labels = frozenset(state.label for state in states if state.is_present)
    else:
        decided = None
    return StudyOutcome(
        state=_state(study, reads, labels),
        labels=labels,
        rule=str(rule),
        rests_on=tuple(sorted(read.read_id for read in reads if read.read_id is not None)),
        readers=tuple(read.reader for read in reads),
        label_states=states,
        adjudication=decided.adjudication if decided else None,
    )


def open_labels(study: StudyReads) -> frozenset[str]:
    """The labels an adjudicator must decide: those the reads are split on.

    A reader who agrees mostly or disagrees and corrects nothing says that something is wrong, not what: then every
    suggested label is open too.
    """
    states = label_states(study.suggested, study.reads)
    split = frozenset(state.label for state in states if state.agreement != "unanimous")
    is_bare = any(read.verdict != "agree_all" and not read.added | read.struck for read in study.reads)
    return split | study.suggested if is_bare else split


def _adjudicated_states(
    states: Sequence[LabelState], decided: Mapping[str, bool], n_reads: int
) -> tuple[LabelState, ...]:
    """The states with what was adjudicated in place of what the reads say; labels only the adjudicator named join."""
    votes = {state.label: state.votes_for for state in states}
    untouched = [state for state in states if state.label not in decided]
    new = [LabelState(label, votes.get(label, 0), n_reads, "adjudicated", found) for label, found in decided.items()]
    return tuple(sorted([*untouched, *new], key=lambda state: state.label))


def label_states(suggested: frozenset[str], reads: Sequence[ReadVerdict]) -> tuple[LabelState, ...]:
    """How the reads stand on every label that was suggested or added; any other label is unanimously absent."""
    if not reads:
        return ()
    votes = Counter(label for read in reads for label in read.labels(suggested))
    named = suggested.union(*(read.added for read in reads))
    return tuple(
        LabelState(label, votes[label], len(reads), _agreement(votes[label], len(reads))) for label in sorted(named)
    )


def what_if(studies: Iterable[StudyReads], rules: Iterable[Rule]) -> tuple[RuleYield, ...]:
    """What each rule would make of the same reads: studies per state, accepted ones per label and number of findings."""
    known = tuple(studies)
    yields = []
    for rule in rules:
        outcomes = [decide(study, rule) for study in known]
        states = Counter(outcome.state for outcome in outcomes)
        labels = Counter(label for outcome in outcomes for label in outcome.labels or ())
        accepted = [study for study, one in zip(known, outcomes, strict=True) if one.state == "accepted"]
        kept = Counter(
            label
            for study, outcome in zip(known, outcomes, strict=True)
            for label in study.suggested & (outcome.labels or frozenset())
        )
        yields.append(
            RuleYield(
                rule=str(rule),
                accepted=states["accepted"],
                needs_adjudication=states["needs_adjudication"],
                incomplete=states["incomplete"],
                rejected=states["rejected"],
                labels=dict(sorted(labels.items())),
                kept=dict(sorted(kept.items())),
                findings=by_findings(accepted),
            )
        )
    return tuple(yields)


def by_findings(studies: Iterable[StudyReads]) -> dict[str, int]:
    """How many of the studies have 0, 1, 2, 3, and 4 or more suggested labels."""
    counts = Counter(min(len(study.suggested), 4) for study in studies)
    return {("4+" if n == 4 else str(n)): counts[n] for n in range(5)}


def _agreement(votes_for: int, n_reads: int) -> Agreement:
    if votes_for in {0, n_reads}:
        return "unanimous"
    return "tie" if 2 * votes_for == n_reads else "majority"


def _state(study: StudyReads, reads: Sequence[ReadVerdict], labels: frozenset[str] | None) -> State:
    if labels is not None:
        return "accepted"
    if len(reads) < study.reads_per_study:
        return "incomplete"
    return "rejected" if all(read.verdict == "disagree" for read in reads) else "needs_adjudication"


def _check(suggested: frozenset[str], reads: Sequence[ReadVerdict], rule: Rule) -> None:
    if rule.name not in _RULES:
        raise ValueError(f"Rule {rule.name} is not known; use one of {', '.join(sorted(_RULES))}.")
    if rule.verdict not in VERDICTS or rule.at_least < 1:
        raise ValueError(f"Rule {rule} is not possible; name one of {', '.join(VERDICTS)} and at least 1 read.")
    reader, times = max(Counter(read.reader for read in reads).items(), key=lambda item: item[1], default=("", 0))
    if times > 1:
        raise ValueError(f"Reader {reader} has {times} reads of this study; pass only the live one.")
    for read in reads:
        _check_read(suggested, read)


def _check_read(suggested: frozenset[str], read: ReadVerdict) -> None:
    if read.verdict not in VERDICTS:
        raise ValueError(f"Verdict {read.verdict} of reader {read.reader} is not one of {', '.join(VERDICTS)}.")
    if read.verdict == "agree_all" and (read.added or read.struck):
        raise ValueError(f"Reader {read.reader} agrees with all labels and cannot have corrections as well.")
    wrong = sorted((read.added & suggested) | (read.struck - suggested))
    if wrong:
        raise ValueError(
            f"Reader {read.reader} corrects {', '.join(wrong)} in a way that does not fit the suggestion: add only "
            f"labels that were not suggested, strike only labels that were."
        )


def _at_least(study: StudyReads, reads: Sequence[ReadVerdict], rule: Rule) -> frozenset[str] | None:
    level = VERDICTS.index(rule.verdict)
    agreeing = [read for read in reads if VERDICTS.index(read.verdict) >= level]
    if len(agreeing) < rule.at_least or (level < VERDICTS.index("agree_all") and len(reads) < study.reads_per_study):
        return None
    return _majority(study.suggested, agreeing)


def _identical_corrected(study: StudyReads, reads: Sequence[ReadVerdict], rule: Rule) -> frozenset[str] | None:
    ranked = Counter(read.labels(study.suggested) for read in reads).most_common(2)
    first, votes = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0
    outstanding = max(0, study.reads_per_study - len(reads))
    return first if votes >= rule.at_least and votes > second + outstanding else None


def _majority_per_label(study: StudyReads, reads: Sequence[ReadVerdict], rule: Rule) -> frozenset[str] | None:
    del rule
    return None if len(reads) < study.reads_per_study else _majority(study.suggested, reads)


def _unanimous(study: StudyReads, reads: Sequence[ReadVerdict], rule: Rule) -> frozenset[str] | None:
    del rule
    sets = {read.labels(study.suggested) for read in reads}
    return next(iter(sets)) if len(sets) == 1 and len(reads) >= study.reads_per_study else None


def _majority(suggested: frozenset[str], reads: Sequence[ReadVerdict]) -> frozenset[str] | None:
    """The labels more than half of the reads hold; None when any label is tied."""
    states = label_states(suggested, reads)
    if any(state.agreement == "tie" for state in states):
        return None
    return frozenset(state.label for state in states if state.is_present)


_RULES: Mapping[str, Callable[[StudyReads, Sequence[ReadVerdict], Rule], frozenset[str] | None]] = {
    "at_least": _at_least,
    "identical_corrected": _identical_corrected,
    "majority_per_label": _majority_per_label,
    "unanimous": _unanimous,
}
