"""Reads of a round, as the rules and the statistics need them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import labels_by_key
from cases.models import Study
from cases.visibility import hidden_studies
from consensus.models import AgreementRun
from consensus.outcomes import VERDICTS, Adjudicated, ReadVerdict, Rule, StudyOutcome, StudyReads, decide
from consensus.queries.adjudication import adjudicated_of_round
from core.errors import DomainError
from core.models import RunState
from labeling.models import Correction, CorrectionKind, Read, ReadingRound, RoundStudy
from llm_extract.models import FindingStatus, Suggestion

Ratings = NDArray[np.int64]


class NoRoundError(DomainError):
    """The benchmark has no reading round."""


@dataclass(frozen=True)
class RoundReads:
    """A study of a round with its reads, ready for a rule."""

    study: Study
    reads: StudyReads


@dataclass(frozen=True)
class RoundOutcome:
    """A study of a round, its reads, and what a rule makes of them."""

    study: Study
    reads: StudyReads
    outcome: StudyOutcome


def rule_of(benchmark: Benchmark) -> Rule:
    """The benchmark's own rule: at least m readers gave the verdict."""
    settings = benchmark.settings["consensus"]
    return Rule(name="at_least", at_least=settings["at_least"], verdict=settings["verdict"])


def rules_to_compare(round_: ReadingRound) -> list[Rule]:
    """Every rule worth comparing for a round with k reads: the benchmark's own first."""
    k = round_.reads_per_study
    own = rule_of(round_.benchmark)
    others = [
        *(Rule(name="at_least", at_least=m) for m in range(1, k + 1)),
        *(Rule(name="identical_corrected", at_least=m) for m in range(2, k + 1)),
        Rule(name="majority_per_label"),
        Rule(name="unanimous"),
    ]
    return [own, *(rule for rule in others if rule != own)]


def round_studies_visible_to(user: User | AnonymousUser | None, round_: ReadingRound) -> QuerySet[RoundStudy]:
    """The round's studies in their order: all for admins and for commands (None), without hidden ones for curators."""
    studies = (
        RoundStudy.objects.to_read()
        .filter(round=round_)
        .select_related("study__site", "study__patient__same_as")
        .order_by("position")
    )
    if user is None:
        return studies
    if not isinstance(user, User) or not user.is_curator:
        return studies.none()
    if user.is_admin:
        return studies
    return studies.exclude(Exists(Study.objects.filter(hidden_studies(), pk=OuterRef("study"))))


def reads_of_round(round_: ReadingRound, user: User | AnonymousUser | None = None) -> list[RoundReads]:
    """Every study of the round the person may see, its suggested labels, standing reads and adjudication. Five queries."""
    return next(reads_by_kind(round_, user, Read.objects.counting()))


def reads_by_kind(
    round_: ReadingRound, user: User | AnonymousUser | None, *kinds: QuerySet[Read]
) -> Iterator[list[RoundReads]]:
    """The same with each kind of reads in turn, at most one of a slot; all but the reads is fetched once."""
    studies = list(round_studies_visible_to(user, round_))
    suggested = _suggested_labels(study.suggestion_set_id for study in studies)
    decided = adjudicated_of_round(round_)
    for kind in kinds:
        yield _with_reads(round_, studies, suggested, decided, _verdicts(round_, kind))


def _with_reads(
    round_: ReadingRound,
    studies: Sequence[RoundStudy],
    suggested: Mapping[int, set[str]],
    decided: Mapping[int, Adjudicated],
    verdicts: Mapping[int, list[ReadVerdict]],
) -> list[RoundReads]:
    return [
        RoundReads(
            study=one.study,
            reads=StudyReads(
                suggested=frozenset(suggested[one.suggestion_set_id]),
                reads=tuple(verdicts[one.pk]),
                reads_per_study=round_.reads_per_study,
                adjudicated=decided.get(one.pk),
            ),
        )
        for one in studies
    ]


def outcomes_of_round(
    round_: ReadingRound, rule: Rule | None = None, user: User | AnonymousUser | None = None
) -> list[RoundOutcome]:
    """What the rule (the benchmark's own by default) says of every study of the round, now."""
    rule = rule or rule_of(round_.benchmark)
    return [RoundOutcome(one.study, one.reads, decide(one.reads, rule)) for one in reads_of_round(round_, user)]


def eligible_count(round_: ReadingRound) -> int:
    """How many studies the benchmark's own rule accepts."""
    return sum(one.outcome.state == "accepted" for one in outcomes_of_round(round_))


def _suggested_labels(suggestion_sets: Iterable[int]) -> dict[int, set[str]]:
    """Keys of present and uncertain suggestions by set: uncertain counts as present unless a reader strikes it."""
    found: dict[int, set[str]] = defaultdict(set)
    standing = Suggestion.objects.filter(suggestion_set__in=list(suggestion_sets)).exclude(status=FindingStatus.ABSENT)
    for set_id, key in standing.values_list("suggestion_set", "label__key"):
        found[set_id].add(key)
    return found


def _verdicts(round_: ReadingRound, of_any: QuerySet[Read]) -> dict[int, list[ReadVerdict]]:
    """Those of these reads that are of the round, by round study."""
    reads = list(
        of_any.filter(slot__round=round_)
        .order_by("slot__round_study", "slot__position")
        .values_list("pk", "slot__round_study", "slot__reader__username", "verdict")
    )
    changed: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    # By the ids, not by a subquery: while PostgreSQL has no statistics of a round that just came in, it would go through
    # all reads once for each correction.
    corrections = Correction.objects.filter(read__in=[pk for pk, *_ in reads])
    for read_id, key, kind in corrections.values_list("read", "label__key", "kind"):
        changed[read_id][kind].add(key)
    verdicts: dict[int, list[ReadVerdict]] = defaultdict(list)
    for pk, round_study, reader, verdict in reads:
        verdicts[round_study].append(
            ReadVerdict(
                reader=reader,
                verdict=verdict,
                added=frozenset(changed[pk][CorrectionKind.ADDED]),
                struck=frozenset(changed[pk][CorrectionKind.STRUCK]),
                read_id=pk,
            )
        )
    return verdicts


@dataclass(frozen=True)
class RatingTable:
    """A round's reads as arrays: one row per study, one column per reader, -1 where the reader did not read it.

    ``verdicts`` holds 0 disagree, 1 agree mostly, 2 agree all; ``marks[..., label]`` holds 1 where the reader's
    labels (the suggested ones with the corrections) have the label, else 0. ``sha256`` changes with any read.
    """

    patients: tuple[str, ...]
    readers: tuple[str, ...]
    verdicts: Ratings
    labels: tuple[str, ...]
    marks: Ratings
    n_reads: int
    n_eligible: int
    sha256: str


def rating_table(round_: ReadingRound) -> RatingTable:
    """The table the agreement figures are computed from, all studies of the round included.

    In a semi-collaborative round readers see each other's verdicts after their own: there only what each said before is
    agreement. Eligibility follows the standing reads, as outcomes do.
    """
    kinds = (Read.objects.counting(), *((Read.objects.independent(),) if round_.semi_collaborative else ()))
    standing, *others = reads_by_kind(round_, None, *kinds)
    studies = others[0] if others else standing
    readers = sorted({read.reader for one in studies for read in one.reads.reads})
    column = {reader: place for place, reader in enumerate(readers)}
    labels = list(labels_by_key(round_.taxonomy))
    verdicts = np.full((len(studies), len(readers)), -1, dtype=np.int64)
    marks = np.full((len(studies), len(readers), len(labels)), -1, dtype=np.int64)
    digest = hashlib.sha256()
    for row, one in enumerate(studies):
        for read in one.reads.reads:
            verdicts[row, column[read.reader]] = VERDICTS.index(read.verdict)
            held = read.labels(one.reads.suggested)
            marks[row, column[read.reader]] = [label in held for label in labels]
            digest.update(f"{one.study.pk}:{read.read_id};".encode())
    for one in standing if round_.semi_collaborative else ():
        digest.update(f"{one.study.pk}:{[read.read_id for read in one.reads.reads]};".encode())
    rule = rule_of(round_.benchmark)
    return RatingTable(
        patients=tuple(f"{one.study.site.code}/{one.study.patient.person}" for one in studies),
        readers=tuple(readers),
        labels=tuple(labels),
        verdicts=verdicts,
        marks=marks,
        n_reads=int((verdicts >= 0).sum()),
        n_eligible=sum(decide(one.reads, rule).state == "accepted" for one in standing),
        sha256=digest.hexdigest(),
    )


def newest_agreement(round_: ReadingRound) -> AgreementRun | None:
    """The newest finished agreement run of a round."""
    return AgreementRun.objects.filter(round=round_, state=RunState.SUCCEEDED).order_by("-pk").first()


def newest_round(benchmark: Benchmark) -> ReadingRound:
    """The benchmark's newest round; NoRoundError when there is none."""
    round_ = (
        ReadingRound.objects.filter(benchmark=benchmark).select_related("benchmark", "taxonomy").order_by("-pk").first()
    )
    if round_ is None:
        raise NoRoundError(f"Benchmark {benchmark.slug} has no reading round; open one (open_round), or import reads.")
    return round_
