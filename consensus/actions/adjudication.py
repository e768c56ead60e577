"""The only writers of adjudications: open labels dealt to readers who did not read the study, and their decisions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Role, User
from cases.models import Study
from cases.visibility import hidden_studies
from consensus.models import Adjudication, AdjudicationState, Decision
from consensus.outcomes import open_labels
from consensus.queries import RoundOutcome, outcomes_of_round
from core.actions import record_event
from core.errors import DomainError, NotAllowedError
from labeling.models import ReadingRound, RoundStudy, Slot

LIVE = (AdjudicationState.PENDING, AdjudicationState.DECIDED)


class AdjudicationRefusedError(DomainError):
    """An adjudication cannot be dealt, decided or withdrawn as asked."""


@dataclass(frozen=True)
class Dealt:
    """How many studies were dealt, and how many nobody may adjudicate because all who may have read them.

    ``settled`` are those of which no label is open: every reader ended at the same labels, though the rule asks for more.
    """

    dealt: int
    left: int
    settled: int = 0


@transaction.atomic
def deal_adjudications(
    *, round_: ReadingRound, adjudicators: Sequence[User] | None = None, by: User | None, now: datetime
) -> Dealt:
    """Deals every study that needs adjudication and has none to the least loaded reader who never had it.

    ``adjudicators`` are all active readers unless given. Nobody gets a study they read in any round, nor one of the own
    site where the round says so. Each sees only the open labels, and how the reads stand where the benchmark says so.
    Refuses anyone but a curator, and a round in which nobody is left who may adjudicate (AdjudicationRefusedError).
    """
    _check_curator(by)
    ReadingRound.objects.select_for_update().get(pk=round_.pk)
    people = sorted(adjudicators or User.objects.filter(role=Role.READER, is_active=True), key=lambda one: one.username)
    needing = _needing(round_)
    waiting = [(one, round_study) for one, round_study in needing if open_labels(one.reads)]
    if waiting and not people:
        raise AdjudicationRefusedError(
            f"{len(waiting)} studies of {round_} need adjudication, but there is no active reader; invite one first."
        )
    # Slots are dealt under the same lock (a trigger). A study that is being dealt right now is left for the next call:
    # to wait for it could be to wait for somebody who waits for us.
    ours = set(
        Study.objects.select_for_update(skip_locked=True)
        .filter(pk__in=[one.study.pk for one, _ in waiting])
        .values_list("pk", flat=True)
    )
    have_read = _have_read(list(ours))
    load = Counter(
        Adjudication.objects.filter(state=AdjudicationState.PENDING, adjudicator__in=people).values_list(
            "adjudicator", flat=True
        )
    )
    rows = []
    for one, round_study in waiting:
        able = [person for person in people if _may(person, one, round_, have_read)]
        if not able or one.study.pk not in ours:
            continue
        person = min(able, key=lambda each: load[each.pk])
        load[person.pk] += 1
        rows.append(
            Adjudication(
                round_study_id=round_study,
                adjudicator=person,
                labels=sorted(open_labels(one.reads)),
                read_ids=list(one.outcome.rests_on),
                shows_reads=bool(round_.benchmark.settings["consensus"].get("show_reads", False)),
                created_by=by,
                created_at=now,
            )
        )
    Adjudication.objects.bulk_create(rows)
    dealt = Dealt(len(rows), len(waiting) - len(rows), len(needing) - len(waiting))
    record_event(
        verb="adjudication.dealt", subject=round_, by=by, now=now, data={"dealt": dealt.dealt, "left": dealt.left}
    )
    return dealt


def _needing(round_: ReadingRound) -> list[tuple[RoundOutcome, int]]:
    """Studies that need adjudication and have none, sealed ones left out, each with its place in the round."""
    studies = RoundStudy.objects.filter(round=round_).exclude(hidden_studies("study__"))
    taken = Adjudication.objects.filter(round_study__round=round_, state__in=LIVE).values("round_study")
    free = {one.study_id: one.pk for one in studies.exclude(pk__in=taken)}
    found = [one for one in outcomes_of_round(round_) if one.outcome.state == "needs_adjudication"]
    return [(one, free[one.study.pk]) for one in found if one.study.pk in free]


def _have_read(studies: Sequence[int]) -> set[tuple[int, int]]:
    """Who ever had which of these studies in a list, in any round and arm: pairs of reader and study."""
    slots = Slot.objects.filter(round_study__study__in=studies).select_related("round_study")
    return {(slot.reader_id, slot.round_study.study_id) for slot in slots if slot.reader_id is not None}


def _may(person: User, one: RoundOutcome, round_: ReadingRound, have_read: set[tuple[int, int]]) -> bool:
    is_own_site = round_.exclude_own_site and person.home_site_code == one.study.site.code
    return (person.pk, one.study.pk) not in have_read and not is_own_site


@transaction.atomic
def record_adjudication(
    *, adjudication: Adjudication, decisions: Mapping[str, bool], comment: str = "", by: User, now: datetime
) -> Adjudication:
    """Stores what the adjudicator found of each open label; it stands until a curator withdraws it.

    Refuses somebody else's adjudication, one that is decided or withdrawn, a sealed study, an open label without a
    decision, and a label that is not open.
    """
    locked = (
        Adjudication.objects.select_for_update().select_related("round_study__round__taxonomy").get(pk=adjudication.pk)
    )
    if locked.adjudicator_id != by.pk:
        raise NotAllowedError("This study is on another adjudicator's list; open one of your own.")
    if locked.state != AdjudicationState.PENDING:
        raise AdjudicationRefusedError(
            f"This adjudication is {locked.get_state_display().lower()} already; a curator can ask for a new one."
        )
    if RoundStudy.objects.filter(hidden_studies("study__"), pk=locked.round_study_id).exists():
        raise AdjudicationRefusedError(
            "This study is sealed since its release was frozen; it is not adjudicated any more."
        )
    if missing := sorted(set(locked.labels) - set(decisions)):
        raise AdjudicationRefusedError(
            f"{', '.join(missing)} is not decided yet; say present or absent for every label."
        )
    if strange := sorted(set(decisions) - set(locked.labels)):
        raise AdjudicationRefusedError(
            f"{', '.join(strange)} is not open in this study; decide only on: {', '.join(locked.labels)}."
        )
    labels = {label.key: label for label in locked.round_study.round.taxonomy.labels.all()}
    Decision.objects.bulk_create(
        Decision(adjudication=locked, label=labels[key], is_present=found) for key, found in decisions.items()
    )
    locked.state, locked.comment, locked.decided_at = AdjudicationState.DECIDED, comment.strip(), now
    locked.save(update_fields=["state", "comment", "decided_at"])
    record_event(
        verb="adjudication.decided", subject=locked, by=by, now=now, data={"round": locked.round_study.round_id}
    )
    return locked


@transaction.atomic
def withdraw_adjudication(*, adjudication: Adjudication, by: User | None, now: datetime) -> None:
    """Takes an adjudication back, decided or not; its decisions stay in the history, and the study can be dealt anew.

    Refuses anyone but a curator, and a study that a frozen release sealed.
    """
    _check_curator(by)
    locked = Adjudication.objects.select_for_update().get(pk=adjudication.pk)
    if RoundStudy.objects.filter(hidden_studies("study__"), pk=locked.round_study_id).exists():
        raise AdjudicationRefusedError("This study is sealed since its release was frozen; its adjudication stands.")
    if locked.state == AdjudicationState.WITHDRAWN:
        return
    locked.state = AdjudicationState.WITHDRAWN
    locked.save(update_fields=["state"])
    record_event(verb="adjudication.withdrawn", subject=locked, by=by, now=now)


def _check_curator(by: User | None) -> None:
    if by is not None and not by.is_curator:
        raise NotAllowedError(f"{by.username} is a {by.role}; adjudications are dealt and withdrawn by curators.")
