"""Dealing a round: normal slots to k readers a study, and the extra slots of its control arms and training."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from accounts.models import User
from core.errors import DomainError
from labeling.arms import Controls, Fractions, Plantable, draw_controls
from labeling.assignment import Assignment, AssignmentImpossible, ReaderSlot, assign
from labeling.models import SUGGESTED, Arm, ReadingRound, RoundReader, RoundStudy, ShowReport, Slot
from labeling.queries import barred_readers
from llm_extract.models import Suggestion
from sampling.models import SampledStudy

_BATCH = 2000


class RoundRefusedError(DomainError):
    """The round's settings cannot be met."""


@dataclass(frozen=True)
class SaidLabel:
    """What is said of one label in one study's suggestions."""

    key: str
    is_suggested: bool
    is_exclusive: bool
    has_evidence: bool


def deal(
    round_: ReadingRound, sampled: Sequence[SampledStudy], readers: Sequence[User], max_reads: Mapping[int, int]
) -> None:
    """Makes the round's studies, readers and slots. Refuses what cannot be dealt (RoundRefusedError)."""
    if round_.is_open_to_all:
        _leave_free(round_, sampled, readers, max_reads)
        return
    keys = {f"{pick.study.site.code}/{pick.study.study_id}": pick for pick in sampled}
    people = {reader.username: reader for reader in readers}
    wishes = [ReaderSlot(name, user.home_site_code, max_reads.get(user.pk)) for name, user in people.items()]
    sites = {key: pick.study.site.code for key, pick in keys.items()}
    barred = barred_by_key({key: pick.study_id for key, pick in keys.items()}, readers)
    try:
        dealt = assign(
            list(keys),
            wishes,
            round_.reads_per_study,
            round_.seed,
            sites,
            exclude_own_site=round_.exclude_own_site,
            difficulty={key: pick.difficulty_score for key, pick in keys.items() if pick.difficulty},
            barred=barred,
        )
        controls = _draw(round_, dealt, wishes, keys, sites, barred)
    except AssignmentImpossible as error:
        raise RoundRefusedError(str(error)) from error
    RoundReader.objects.bulk_create(
        RoundReader(round=round_, reader=reader, max_reads=max_reads.get(reader.pk)) for reader in readers
    )
    training = _add_training(round_, people, {pick.study_id for pick in sampled})
    studies = RoundStudy.objects.bulk_create(
        (
            RoundStudy(round=round_, study=pick.study, suggestion_set_id=pick.suggestion_set_id, position=pick.rank)
            for pick in sampled
        ),
        batch_size=_BATCH,
    )
    by_study = {study.study_id: study for study in studies}
    of_key = {key: by_study[pick.study_id] for key, pick in keys.items()}
    Slot.objects.bulk_create(_slots(round_, dealt, controls, of_key, people, training), batch_size=_BATCH)


def barred_by_key(studies: Mapping[str, int], readers: Sequence[User]) -> dict[str, set[str]]:
    """Usernames of these readers who must not get a study, by the study's key; those whom nobody is barred from lack."""
    names = {reader.pk: reader.username for reader in readers}
    barred = barred_readers(list(studies.values()))
    found = {key: {names[pk] for pk in barred.get(study, ()) if pk in names} for key, study in studies.items()}
    return {key: who for key, who in found.items() if who}


def _leave_free(
    round_: ReadingRound, sampled: Sequence[SampledStudy], readers: Sequence[User], max_reads: Mapping[int, int]
) -> None:
    """Slots without a reader: each is lent to whoever takes the next one."""
    if len(readers) < round_.reads_per_study:
        raise RoundRefusedError(
            f"Each study needs {round_.reads_per_study} different readers, but only {len(readers)} were chosen; choose "
            "more, or fewer reads per study."
        )
    RoundReader.objects.bulk_create(
        RoundReader(round=round_, reader=reader, max_reads=max_reads.get(reader.pk)) for reader in readers
    )
    studies = RoundStudy.objects.bulk_create(
        (
            RoundStudy(round=round_, study=pick.study, suggestion_set_id=pick.suggestion_set_id, position=pick.rank)
            for pick in sampled
        ),
        batch_size=_BATCH,
    )
    k = round_.reads_per_study
    Slot.objects.bulk_create(
        (
            Slot(round=round_, round_study=study, position=position, reads_per_study=k, order=0)
            for study in studies
            for position in range(1, k + 1)
        ),
        batch_size=_BATCH,
    )


def _slots(
    round_: ReadingRound,
    dealt: Assignment,
    controls: Controls,
    studies: Mapping[str, RoundStudy],
    people: Mapping[str, User],
    after: int,
) -> list[Slot]:
    """Normal and control slots, each at its place in its reader's list behind the ``after`` training cases."""
    order = {
        (name, one.study, one.arm): place
        for name, listed in controls.lists.items()
        for place, one in enumerate(listed, start=after + 1)
    }
    labels = {label.key: label for label in round_.taxonomy.labels.all()} if controls.reads else {}
    common = {"round": round_, "reads_per_study": round_.reads_per_study}
    normal = [
        Slot(
            **common,
            round_study=studies[read.study],
            reader=people[read.reader],
            position=read.position,
            order=order[read.reader, read.study, Arm.NORMAL],
        )
        for read in dealt.reads
    ]
    extra = [
        Slot(
            **common,
            round_study=studies[read.study],
            reader=people[read.reader],
            arm=read.arm,
            planted_label=labels[read.planted] if read.planted else None,
            planted_kind=read.kind,
            position=0,
            order=order[read.reader, read.study, read.arm],
        )
        for read in controls.reads
    ]
    return [*normal, *extra]


def _draw(
    round_: ReadingRound,
    dealt: Assignment,
    readers: Sequence[ReaderSlot],
    keys: Mapping[str, SampledStudy],
    sites: Mapping[str, str],
    barred: Mapping[str, Collection[str]],
) -> Controls:
    fractions = Fractions(
        no_suggestions=round_.hide_suggestions_fraction,
        planted_error=round_.seeded_error_fraction,
        repeat=round_.repeat_fraction,
    )
    said = _said_of({pick.suggestion_set_id for pick in keys.values()}) if fractions.planted_error else {}
    others = {label.key for label in round_.taxonomy.labels.all() if not label.exclusive}
    shows_report = round_.show_report != ShowReport.NEVER
    counts = Counter(one.key for labels in said.values() for one in labels if one.is_suggested)
    return draw_controls(
        dealt.lists,
        readers,
        fractions,
        round_.seed,
        {
            key: plantable(said.get(pick.suggestion_set_id, ()), others, shows_report=shows_report)
            for key, pick in keys.items()
        }
        if fractions.planted_error
        else {},
        weights={key: counts[key] + 1.0 for key in others},
        sites=sites,
        exclude_own_site=round_.exclude_own_site,
        barred=barred,
    )


def plantable(said: Sequence[SaidLabel], labels: set[str], *, shows_report: bool) -> Plantable:
    """What may be planted in a study: any suggestion may be left out, any label that nothing supports may be added.

    Where readers see, after their verdict, the sentence that each suggestion rests on, a label without one would give
    itself away: then only a label that the report rules out in words may be added, beside the very sentence, as a
    misread negation would. (While the report is on screen before the verdict, nothing is planted: `check_arms`.)
    """
    suggested = {one.key for one in said if one.is_suggested}
    if any(one.is_suggested and one.is_exclusive for one in said):
        return Plantable(removable=frozenset(suggested))
    addable = labels - suggested
    if shows_report and any(one.has_evidence for one in said):
        addable &= {one.key for one in said if one.has_evidence}
    return Plantable(removable=frozenset(suggested), addable=frozenset(addable))


def _said_of(set_ids: set[int]) -> dict[int, list[SaidLabel]]:
    rows = Suggestion.objects.filter(suggestion_set__in=set_ids).values_list(
        "suggestion_set", "label__key", "status", "label__exclusive", "evidence"
    )
    said: dict[int, list[SaidLabel]] = defaultdict(list)
    for set_id, key, status, is_exclusive, evidence in rows:
        said[set_id].append(SaidLabel(key, status in SUGGESTED, is_exclusive, bool(evidence.strip())))
    return said


def _add_training(round_: ReadingRound, people: Mapping[str, User], to_read: set[int]) -> int:
    """The round's training cases as the first of every list; returns how many. A study cannot be both."""
    if round_.training_set is None:
        return 0
    cases = list(round_.training_set.cases.select_related("study").order_by("position"))
    both = [case.study.study_id for case in cases if case.study_id in to_read]
    if both:
        raise RoundRefusedError(
            f"{len(both)} training cases are in the sample too, such as {both[0]}; a reader who saw the answer cannot "
            "judge them. Take them out of the training set, or draw another sample."
        )
    studies = RoundStudy.objects.bulk_create(
        RoundStudy(
            round=round_,
            study=case.study,
            suggestion_set_id=case.suggestion_set_id,
            position=case.position,
            training_case=case,
        )
        for case in cases
    )
    Slot.objects.bulk_create(
        (
            Slot(
                round=round_,
                round_study=study,
                reader=reader,
                arm=Arm.TRAINING,
                position=0,
                reads_per_study=round_.reads_per_study,
                order=place,
            )
            for reader in people.values()
            for place, study in enumerate(studies, start=1)
        ),
        batch_size=_BATCH,
    )
    return len(cases)
