"""Training sets: worked cases that a round may begin with. A set that a round uses stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy
from cases.models import Study
from cases.queries import StudyName, studies_named
from cases.visibility import hidden_studies
from core.actions import record_event
from core.adapters.tables import TableError
from core.errors import DomainError
from labeling.actions.rounds import check_curator
from labeling.adapters.training_file import read_answers
from labeling.models import TrainingCase, TrainingSet
from llm_extract.models import SuggestionSet


class TrainingRefusedError(DomainError):
    """A training set or case cannot be as asked."""


@dataclass(frozen=True)
class ImportedAnswers:
    """What a file did to a set: cases added, rows that were in it already, and (line, sentence) of each refused row."""

    training_set: TrainingSet
    added: int
    unchanged: int
    problems: tuple[tuple[int, str], ...]


@transaction.atomic
def create_training_set(*, benchmark: Benchmark, name: str, by: User | None, now: datetime) -> TrainingSet:
    """An empty set for the benchmark's current labels; the set of that name, where there is one already.

    Refuses anyone but a curator (NotAllowedError), and an empty name (TrainingRefusedError).
    """
    check_curator(by)
    if not name.strip():
        raise TrainingRefusedError("The training set has no name; give it one, such as “Calibration, May 2026”.")
    made, is_new = TrainingSet.objects.get_or_create(
        benchmark=benchmark,
        name=name.strip(),
        defaults={"taxonomy": current_taxonomy(benchmark), "created_by": by, "created_at": now},
    )
    if is_new:
        record_event(verb="training.created", subject=made, by=by, now=now, data={"benchmark": benchmark.pk})
    return made


@transaction.atomic
def add_training_case(
    *,
    training_set: TrainingSet,
    study: Study,
    answer: Sequence[str],
    explanation: str = "",
    by: User | None,
    now: datetime,
) -> TrainingCase:
    """A study with its answer, behind the others; the same case again is returned as it is.

    Refuses: a set that a round uses, a study without suggestions, one in the set with another answer, a sealed one, an
    unknown label (TrainingRefusedError), and anyone but a curator (NotAllowedError).
    """
    check_curator(by)
    _check_unused(training_set)
    known = list(training_set.taxonomy.labels.order_by("position").values_list("key", flat=True))
    if unknown := [key for key in answer if key not in known]:
        raise TrainingRefusedError(f"There is no label {unknown[0]!r}; allowed: {', '.join(known)}.")
    ordered = [key for key in known if key in set(answer)]
    there = training_set.cases.filter(study=study).first()
    if there:
        if (there.answer, there.explanation) != (ordered, explanation.strip()):
            raise TrainingRefusedError(
                f"The study {study.study_id} is in the set with another answer; remove it first."
            )
        return there
    made = TrainingCase.objects.create(
        training_set=training_set,
        study=study,
        suggestion_set=_suggestions_of(training_set, study),
        position=(training_set.cases.aggregate(last=Max("position"))["last"] or 0) + 1,
        answer=ordered,
        explanation=explanation.strip(),
    )
    record_event(verb="training.case_added", subject=training_set, by=by, now=now, data={"case": made.pk})
    return made


@transaction.atomic
def remove_training_case(*, case: TrainingCase, by: User | None, now: datetime) -> None:
    """Takes a case out of a set that no round uses yet."""
    check_curator(by)
    _check_unused(case.training_set)
    record_event(verb="training.case_removed", subject=case.training_set, by=by, now=now, data={"case": case.pk})
    case.delete()


def import_training_cases(
    *, training_set: TrainingSet, file: Path | IO[bytes], file_name: str, by: User | None, now: datetime
) -> ImportedAnswers:
    """Cases from a CSV (study_id,labels,explanation[,site]); good rows are kept, each bad one is named with its line.

    The same file again changes nothing. Refuses a file that cannot be used as a whole (TrainingRefusedError).
    """
    check_curator(by)
    labels = list(training_set.taxonomy.labels.order_by("position").values_list("key", flat=True))
    try:
        rows, problems = read_answers(file, name=file_name, labels=labels)
    except TableError as error:
        raise TrainingRefusedError(str(error)) from error
    named = studies_named(training_set.benchmark, [StudyName(row.line, row.study_id, row.site) for row in rows])
    before = training_set.cases.count()
    kept = 0
    for row in rows:
        if row.line in named.problems:
            problems.append((row.line, f"{file_name}, line {row.line}: {named.problems[row.line]}"))
            continue
        try:
            add_training_case(
                training_set=training_set,
                study=named.studies[row.line],
                answer=row.labels,
                explanation=row.explanation,
                by=by,
                now=now,
            )
            kept += 1
        except TrainingRefusedError as error:
            problems.append((row.line, f"{file_name}, line {row.line}: {error}"))
    added = training_set.cases.count() - before
    return ImportedAnswers(training_set, added, kept - added, tuple(sorted(problems)))


def _check_unused(training_set: TrainingSet) -> None:
    if training_set.rounds.exists():
        raise TrainingRefusedError(
            f"The training set {training_set} is used by a round and stays as it is; make a new set instead."
        )


def _suggestions_of(training_set: TrainingSet, study: Study) -> SuggestionSet:
    if Study.objects.filter(hidden_studies(), pk=study.pk).exists():
        raise TrainingRefusedError("There is no such study in the benchmark; import it first.")
    sets = SuggestionSet.objects.filter(study=study, taxonomy=training_set.taxonomy).order_by("-version")
    newest = sets.first()
    if newest is None:
        raise TrainingRefusedError(f"The study {study.study_id} has no suggestions; extract or import them first.")
    return newest
