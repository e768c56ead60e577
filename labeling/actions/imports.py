"""Verdicts from other tools: many reads at once, each row by itself right or refused by name."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.actions import ensure_reader
from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy
from cases.models import Study
from cases.queries import StudyName, studies_named
from cases.visibility import hidden_studies
from core.actions import record_event
from core.adapters.table_statistics import refresh_statistics
from core.errors import DomainError
from labeling.actions.dealing import RoundRefusedError
from labeling.actions.locks import RoundClosedError, slot_key
from labeling.actions.rounds import check_curator, create_round, round_to_use
from labeling.adapters.csv_files import ReadRow, RowProblem
from labeling.models import (
    SUGGESTED,
    Correction,
    Read,
    ReadingRound,
    ReadSource,
    RoundReader,
    RoundState,
    RoundStudy,
    Slot,
    SlotState,
)
from labeling.queries import barred_readers
from labeling.verdicts import LabelChange, check_verdict, parse_corrections
from llm_extract.models import Suggestion, SuggestionSet

_BATCH = 2000


@dataclass(frozen=True)
class ImportedReads:
    """What an import did; ``unchanged`` rows were in before. ``problems`` name each refused row."""

    round: ReadingRound | None
    imported: int
    unchanged: int
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True)
class _Checked:
    """A row that fits its slot."""

    row: ReadRow
    slot: Slot
    changes: tuple[LabelChange, ...]


@transaction.atomic
def import_reads(
    *,
    benchmark: Benchmark,
    rows: Sequence[ReadRow],
    number: int | None = None,
    create: bool = False,
    by: User | None,
    now: datetime,
) -> ImportedReads:
    """Stores the verdicts of ``rows`` in the benchmark's newest round, in round ``number``, or with ``create`` in a round
    made to fit them.

    A verdict on a slot that has one supersedes it, unless the slot's history holds just this verdict of this time
    already: importing a file twice changes nothing. Rows that name an unknown study, reader, verdict or label, or a
    study that the reader was not dealt, are returned as problems and the others stored. ``create`` opens (or extends)
    a round without a sampling run, k being the most reads of a study, and makes accounts for unknown readers.
    Refuses: no round (NoRoundError), a closed one (RoundClosedError), anyone but a curator (NotAllowedError).
    """
    check_curator(by)
    Benchmark.objects.select_for_update().get(pk=benchmark.pk)
    studies, problems = _resolve(benchmark, rows)
    round_ = (
        _round_that_fits(benchmark, rows, studies, problems, by, now) if create else round_to_use(benchmark, number)
    )
    if round_ is None:
        return ImportedReads(None, 0, 0, tuple(problems))
    if not round_.is_open:
        raise RoundClosedError(f"{round_} is closed; verdicts can no longer be imported.")
    checked = _check(round_, rows, studies, problems)
    imported = _store(round_, checked, now)
    refresh_statistics(imported, RoundStudy, Slot, Read, Correction)
    if imported:
        record_event(
            verb="reads.imported", subject=round_, by=by, now=now, data={"rows": len(rows), "imported": imported}
        )
    problems.sort(key=lambda problem: problem.line)
    return ImportedReads(round_, imported, len(checked) - imported, tuple(problems))


def _resolve(benchmark: Benchmark, rows: Iterable[ReadRow]) -> tuple[dict[int, Study], list[RowProblem]]:
    """The study of each row, by the row's line; rows whose study is unknown or ambiguous as problems."""
    rows = list(rows)
    named = studies_named(benchmark, (StudyName(row.line, row.study_id, row.site) for row in rows))
    problems = [
        RowProblem(row.line, "study_id", row.study_id, named.problems[row.line])
        for row in rows
        if row.line in named.problems
    ]
    return named.studies, problems


def _check(
    round_: ReadingRound, rows: Iterable[ReadRow], studies: Mapping[int, Study], problems: list[RowProblem]
) -> list[_Checked]:
    """The rows that fit a slot of the round, each slot locked; the others are added to ``problems``."""
    labels = [label.key for label in round_.labels]
    held = Slot.objects.counting().select_for_update(of=("self",)).filter(round=round_, reader__isnull=False)
    held = held.exclude(hidden_studies("round_study__study__"))  # sealed: their verdicts can no longer change
    slots = {
        (slot.round_study.study_id, slot.holder.username.lower()): slot
        for slot in held.select_related("round_study__suggestion_set", "reader").order_by("pk")
    }
    people = set(RoundReader.objects.filter(round=round_).values_list("reader__username", flat=True))
    suggested = _suggested_by_set({slot.round_study.suggestion_set_id for slot in slots.values()})
    checked = []
    for row in rows:
        if row.line not in studies:
            continue
        slot = slots.get((studies[row.line].pk, _who(row)))
        if slot is None:
            problems.append(_no_slot(round_, row, people))
            continue
        try:
            shown = suggested[slot.round_study.suggestion_set_id]
            changes = check_verdict(row.verdict, parse_corrections(row.corrections), labels=labels, suggested=shown)
        except DomainError as error:
            column = "corrections" if row.verdict in {"agree_all", "agree_mostly", "disagree"} else "verdict"
            problems.append(RowProblem(row.line, column, getattr(row, column), str(error)))
            continue
        checked.append(_Checked(row, slot, changes))
    return checked


def _no_slot(round_: ReadingRound, row: ReadRow, people: set[str]) -> RowProblem:
    if _who(row) not in {name.lower() for name in people}:
        message = f"There is no reader {row.reader!r} in {round_} (readers: {', '.join(sorted(people)) or 'none'})."
    else:
        message = f"Reader {row.reader} has no open case of the study {row.study_id} in {round_}; leave the row out."
    return RowProblem(row.line, "reader", row.reader, message)


def _suggested_by_set(set_ids: set[int]) -> dict[int, list[str]]:
    suggested: dict[int, list[str]] = {pk: [] for pk in set_ids}
    shown = Suggestion.objects.filter(suggestion_set__in=set_ids, status__in=SUGGESTED).order_by("label__position")
    for set_id, key in shown.values_list("suggestion_set_id", "label__key"):
        suggested[set_id].append(key)
    return suggested


def _store(round_: ReadingRound, checked: Sequence[_Checked], now: datetime) -> int:
    """Writes what is not in the history yet; returns how many reads that were."""
    keys = {item.slot.pk: _content_key(item) for item in checked}
    known = set(Read.objects.filter(idempotency_key__in=keys.values()).values_list("idempotency_key", flat=True))
    standing = _standing({item.slot.pk for item in checked})
    fresh = [
        item
        for item in checked
        if keys[item.slot.pk] not in known and not _says_the_same(standing.get(item.slot.pk), item)
    ]
    labels = {label.key: label.pk for label in round_.labels}
    reads = Read.objects.bulk_create(
        (
            Read(
                slot=item.slot,
                supersedes=standing[item.slot.pk][0] if item.slot.pk in standing else None,
                verdict=item.row.verdict,
                comment=item.row.comment,
                submitted_at=item.row.submitted_at or now,
                shown={
                    "arm": item.slot.arm,
                    "suggestion_set": item.slot.round_study.suggestion_set_id,
                    "suggestion_version": item.slot.round_study.suggestion_set.version,
                    "order": item.slot.order,
                },
                source=ReadSource.IMPORT,
                n_corrections=len(item.changes),
                idempotency_key=keys[item.slot.pk],
            )
            for item in fresh
        ),
        batch_size=_BATCH,
    )
    Correction.objects.bulk_create(
        (
            Correction(read=read, label_id=labels[change.key], kind=change.kind)
            for read, item in zip(reads, fresh, strict=True)
            for change in item.changes
        ),
        batch_size=_BATCH,
    )
    Slot.objects.filter(pk__in=[item.slot.pk for item in fresh]).update(state=SlotState.READ)
    return len(fresh)


def _content_key(item: _Checked) -> str | None:
    """Names the verdict by its content and time, so that a file read again finds it in the history."""
    changes = ";".join(sorted(f"{change.kind} {change.key}" for change in item.changes))
    moment = item.row.submitted_at.isoformat() if item.row.submitted_at else ""
    text = "\n".join([item.row.verdict, changes, moment, item.row.comment])
    return slot_key(item.slot, "import " + hashlib.sha256(text.encode()).hexdigest())


def _standing(slot_ids: set[int]) -> dict[int, tuple[Read, frozenset[LabelChange]]]:
    """The end of each slot's history, with its changes."""
    ends = Read.objects.filter(slot__in=slot_ids, superseded_by__isnull=True).prefetch_related("corrections__label")
    return {
        read.slot_id: (read, frozenset(LabelChange(c.label.key, c.kind) for c in read.corrections.all()))
        for read in ends
    }


def _says_the_same(standing: tuple[Read, frozenset[LabelChange]] | None, item: _Checked) -> bool:
    """Whether the slot's standing verdict is the row's, as far as the row states it."""
    if standing is None or standing[0].is_withdrawal:
        return False
    read, changes = standing
    has_its_time = item.row.submitted_at in {None, read.submitted_at}
    return has_its_time and (read.verdict, read.comment, changes) == (
        item.row.verdict,
        item.row.comment,
        frozenset(item.changes),
    )


def _round_that_fits(
    benchmark: Benchmark,
    rows: Sequence[ReadRow],
    studies: dict[int, Study],
    problems: list[RowProblem],
    by: User | None,
    now: datetime,
) -> ReadingRound | None:
    """A round made of verdicts that has, or now gets, a slot for every row with a known study; None without rows.

    A later file, or the same one mended, goes to the round it made before as long as k is enough.
    """
    sets = _newest_sets(benchmark, {study.pk for study in studies.values()})
    for row in rows:
        if row.line in studies and studies[row.line].pk not in sets:
            del studies[row.line]
            message = f"The study {row.study_id} has no suggestions; extract or import them first."
            problems.append(RowProblem(row.line, "study_id", row.study_id, message))
    people = _people([row for row in rows if row.line in studies], problems, by)
    problems += _barred(rows, studies, people)
    for line in {problem.line for problem in problems}:
        studies.pop(line, None)
    wanted: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row.line in studies and _who(row) not in wanted[studies[row.line].pk]:
            wanted[studies[row.line].pk].append(_who(row))
    wanted = {study: readers for study, readers in wanted.items() if readers}
    if not wanted:
        return None
    k = max(len(readers) for readers in wanted.values())
    round_ = (
        ReadingRound.objects.filter(
            benchmark=benchmark, sampling_run=None, state=RoundState.OPEN, studies__study__in=wanted
        )
        .order_by("-number")
        .first()
    )
    if round_ is None or not _has_room(round_, wanted):
        round_ = create_round(benchmark=benchmark, reads_per_study=k, by=by, now=now)
        record_event(verb="round.opened", subject=round_, by=by, now=now, data={"studies": len(wanted)})
    _extend(round_, wanted, people, sets)
    return round_


def _people(rows: Iterable[ReadRow], problems: list[RowProblem], by: User | None) -> dict[str, User]:
    """Accounts of the readers named, made where they lack; a name that cannot be a reader's becomes a problem."""
    people: dict[str, User] = {}
    refused: dict[str, str] = {}
    for row in rows:
        name = _who(row)
        if name not in people and name not in refused:
            try:
                people[name] = ensure_reader(username=row.reader, by=by)
            except DomainError as error:
                refused[name] = str(error)
        if name in refused:
            problems.append(RowProblem(row.line, "reader", row.reader, refused[name]))
    return people


def _barred(rows: Sequence[ReadRow], studies: Mapping[int, Study], people: Mapping[str, User]) -> list[RowProblem]:
    """Rows of readers who must not have a slot of their study."""
    barred = barred_readers([study.pk for study in studies.values()])
    return [
        RowProblem(
            row.line,
            "reader",
            row.reader,
            f"{row.reader} adjudicates the study {row.study_id}, so a read of theirs cannot count beside that; leave the "
            "row out.",
        )
        for row in rows
        if row.line in studies and _who(row) in people and people[_who(row)].pk in barred.get(studies[row.line].pk, ())
    ]


def _who(row: ReadRow) -> str:
    """Usernames are one whatever their case."""
    return row.reader.lower()


def _newest_sets(benchmark: Benchmark, study_ids: set[int]) -> dict[int, int]:
    sets = SuggestionSet.objects.filter(study__in=study_ids, taxonomy=current_taxonomy(benchmark))
    return dict(sets.order_by("study", "version").values_list("study_id", "pk"))


def _dealt(round_: ReadingRound) -> dict[int, dict[str, int]]:
    """Study → reader → position of the round's live slots."""
    dealt: dict[int, dict[str, int]] = defaultdict(dict)
    live = Slot.objects.counting().filter(round=round_)
    for study, name, position in live.values_list("round_study__study_id", "reader__username", "position"):
        dealt[study][name.lower()] = position
    return dealt


def _has_room(round_: ReadingRound, wanted: Mapping[int, list[str]]) -> bool:
    dealt = _dealt(round_)
    return all(len({*dealt[study], *readers}) <= round_.reads_per_study for study, readers in wanted.items())


def _extend(
    round_: ReadingRound, wanted: Mapping[int, list[str]], people: Mapping[str, User], sets: Mapping[int, int]
) -> None:
    """Adds the readers, studies and slots that the round lacks."""
    RoundReader.objects.bulk_create(
        (RoundReader(round=round_, reader=user) for user in people.values()), ignore_conflicts=True
    )
    there = {study.study_id: study for study in RoundStudy.objects.filter(round=round_)}
    new = [study for study in wanted if study not in there]
    added = RoundStudy.objects.bulk_create(
        (
            RoundStudy(round=round_, study_id=study, suggestion_set_id=sets[study], position=place)
            for place, study in enumerate(new, start=len(there) + 1)
        ),
        batch_size=_BATCH,
    )
    there |= {study.study_id: study for study in added}
    dealt = _dealt(round_)
    order: Counter[str] = Counter()
    for positions in dealt.values():
        order.update(positions.keys())
    slots = []
    for study, readers in wanted.items():
        free = [place for place in range(1, round_.reads_per_study + 1) if place not in dealt[study].values()]
        for name in (name for name in readers if name not in dealt[study]):
            if not free:
                raise RoundRefusedError(
                    f"{round_} has no place left for {name}; {round_.reads_per_study} read each study."
                )
            order[name] += 1
            slots.append(
                Slot(
                    round=round_,
                    round_study=there[study],
                    reader=people[name],
                    position=free.pop(0),
                    reads_per_study=round_.reads_per_study,
                    order=order[name],
                )
            )
    Slot.objects.bulk_create(slots, batch_size=_BATCH)
