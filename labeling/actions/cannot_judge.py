"""A case closed without a verdict: why, who reads it instead, and the way back; and studies held for patient data."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from cases.models import Study
from core.actions import record_event
from core.errors import DomainError, NotAllowedError
from labeling.actions.drafts import ANY_VERSION, drop_draft, keep_again
from labeling.actions.locks import (
    CaseHeldError,
    RoundClosedError,
    check_open,
    lock_slot,
    refusing_barred,
    seconds_since_opened,
    slot_key,
)
from labeling.actions.reads import (
    ANY_STANDING,
    StaleCaseError,
    check_fresh,
    entered_with,
    restore,
    what_was_shown,
    withdraw,
)
from labeling.actions.rounds import check_curator
from labeling.actions.standing_in import deal_again, replace
from labeling.drafts import DraftRefusedError, clean_draft
from labeling.models import (
    Arm,
    CannotJudge,
    CannotJudgeReason,
    HoldDecision,
    ReadSource,
    RoundState,
    RoundStudy,
    Slot,
    SlotState,
    StudyHold,
)
from labeling.queries import has_gone_on, is_case_held, last_read, shown_suggestions


class ReasonMissingError(DomainError):
    """A case is not closed without a reason."""


class TooLateToUndoError(DomainError):
    """What followed from closing the case can no longer be taken back."""


@refusing_barred()
@transaction.atomic
def cannot_judge(  # noqa: PLR0913  each is a part of what the reader sends
    *,
    slot: Slot,
    reason: str,
    comment: str = "",
    seen: int | None = ANY_STANDING,
    sent_before: Collection[str] = (),
    entered: object = None,
    page: str = "",
    based_on: str | None = ANY_VERSION,
    by: User,
    now: datetime,
    idempotency_key: str | None = None,
    source: str = ReadSource.PAGE,
) -> CannotJudge:
    """Closes the reader's slot without a verdict and deals it to another reader, who has no slot of the study.

    A standing verdict is withdrawn with it. Whoever has the fewest cases takes it, within caps and the rule on one's own
    site; when nobody can, the slot waits for a reader and the round's page says so. *Patient data visible* also holds
    the study back from every reader until a curator decides. Extra slots of control arms are only closed. A second
    call returns the first one's row. ``seen`` is the standing read that the page showed (None: none), ``entered`` what
    else stood on it, as a draft holds it: kept with the row, for an undo, on top of the draft or of the verdict that is
    withdrawn. The draft goes, unless another page than ``page`` saved it since the version that this one is ``based_on``.
    Refuses: a verdict given meanwhile elsewhere, and a key whose closing was taken back (StaleCaseError), somebody else's
    slot (NotAllowedError), a closed round or slot, a sealed or held case, an unknown reason, and *another reason* without
    words (ReasonMissingError).
    """
    locked = lock_slot(slot, by)
    key = slot_key(locked, idempotency_key)
    standing = CannotJudge.objects.filter(slot=locked, undone_at__isnull=True).first()
    if standing is not None and locked.state == SlotState.CLOSED:
        return standing
    check_open(locked)
    if key and CannotJudge.objects.filter(idempotency_key=key).exists():
        raise StaleCaseError("This case was closed and then taken back. Nothing was changed; give your verdict.")
    _check_reason(reason, comment)
    last = last_read(locked)
    if last is not None and not last.is_withdrawal:
        check_fresh(last, seen, sent_before)
        withdraw(locked, last, by, now)
    given = entered_with(last) if last is not None and not last.is_withdrawal else {}
    draft = drop_draft(locked, based_on=based_on, pages={page, idempotency_key, *sent_before})
    said = CannotJudge.objects.create(
        slot=locked,
        reason=reason,
        comment=comment.strip(),
        submitted_at=now,
        seconds=seconds_since_opened(locked, now),
        shown=what_was_shown(locked, shown_suggestions(locked)),
        entered={**(draft or given), **_tidied(entered)},
        source=source,
        idempotency_key=key,
    )
    Slot.objects.filter(pk=locked.pk).update(state=SlotState.CLOSED, leased_until=None)
    is_private = reason == CannotJudgeReason.PATIENT_DATA
    if is_private:
        _hold(locked.round_study.study, said, now)
    stand_in = replace(locked, wait=is_private) if locked.arm == Arm.NORMAL else None
    record_event(
        verb="case.not_judged",
        subject=said,
        by=by,
        now=now,
        data={
            "slot": locked.pk,
            "round": locked.round_id,
            "reason": reason,
            "stand_in": stand_in.pk if stand_in else None,
            "waits": stand_in is not None and stand_in.reader_id is None,
        },
    )
    return said


@transaction.atomic
def undo_cannot_judge(*, slot: Slot, by: User, now: datetime, undoes: int = ANY_STANDING) -> Slot:
    """Gives the case back to its reader, as long as no other reader has opened it since and no curator has decided.

    ``undoes`` is the id of the closing.

    A verdict that was withdrawn with the closing stands again; without one the case is to be read. The reason and its
    words stand in the draft, with all else that was entered before; a draft that another page saved meanwhile stays.

    A second undo changes nothing. Refuses: a case that was closed otherwise, or judged, since that closing
    (StaleCaseError), somebody else's slot, a closed round, and a case that another reader has opened since, in whatever
    arm (TooLateToUndoError).
    """
    locked = lock_slot(slot, by)
    said = CannotJudge.objects.filter(slot=locked, undone_at__isnull=True).first()
    if said is None:
        _check_not_judged_since(locked, undoes)
        return locked
    if undoes not in (ANY_STANDING, said.pk):
        at = timezone.localtime(said.submitted_at)
        raise StaleCaseError(
            f"You closed this case at {at:%H:%M} ({said.get_reason_display().lower()}), in another tab or on another "
            "device. Nothing was changed; your worklist takes the closing back."
        )
    locked.round.refresh_from_db(fields=["state"])  # it was read before the lock was ours
    if not locked.round.is_open:
        raise RoundClosedError(f"{locked.round} is closed; this can no longer be taken back.")
    RoundStudy.objects.select_for_update().get(pk=locked.round_study_id)
    stand_ins = list(_stand_ins(locked))
    if _has_gone_on(locked, said) or any(one.opened_at or one.state == SlotState.READ for one in stand_ins):
        raise TooLateToUndoError("Another reader has opened this case since, so it can no longer be taken back.")
    hold = StudyHold.objects.select_for_update().filter(cannot_judge=said).first()
    if hold is not None and hold.decided_at is not None:
        raise TooLateToUndoError("A curator has decided about this case already, so it can no longer be taken back.")
    Slot.objects.filter(pk__in=[one.pk for one in stand_ins]).update(state=SlotState.CLOSED, leased_until=None)
    if hold is not None:
        _decide(hold, HoldDecision.SHOWN_AGAIN, by, now)
    Slot.objects.filter(pk=locked.pk).update(state=SlotState.PENDING)
    last = last_read(locked)
    if last is not None and last.is_withdrawal and last.supersedes and last.submitted_at == said.submitted_at:
        restore(locked, last, last.supersedes, by, now)
    CannotJudge.objects.filter(pk=said.pk).update(undone_at=now)
    keep_again(locked, said.as_draft, by=by, now=now)
    record_event(
        verb="case.taken_back",
        subject=said,
        by=by,
        now=now,
        data={"slot": locked.pk, "round": locked.round_id},
    )
    locked.refresh_from_db()
    return locked


@refusing_barred()
@transaction.atomic
def decide_hold(*, hold: StudyHold, decision: str, by: User, now: datetime) -> StudyHold:
    """A curator's word on a study held for patient data: shown to readers again, or taken out of the open rounds.

    Shown again, slots that wait are dealt; taken out, what is still to be read of it is closed, and verdicts stand.
    Deciding again changes nothing. Refuses anyone but a curator, and an unknown decision.
    """
    check_curator(by)
    locked = StudyHold.objects.select_for_update().get(pk=hold.pk)
    if locked.decided_at is not None:
        return locked
    if decision not in HoldDecision.values:
        raise ReasonMissingError(f"There is no decision {decision!r}; allowed: {', '.join(HoldDecision.values)}.")
    _decide(locked, decision, by, now)
    pending = Slot.objects.select_for_update(of=("self",)).filter(
        round_study__study=locked.study_id, round__state=RoundState.OPEN, state=SlotState.PENDING
    )
    if decision == HoldDecision.TAKEN_OUT:
        Slot.objects.filter(pk__in=[one.pk for one in pending]).update(state=SlotState.CLOSED, leased_until=None)
    else:
        for one in pending.filter(reader__isnull=True, round__is_open_to_all=False).select_related("round"):
            deal_again(one)
    record_event(verb=f"hold.{decision}", subject=locked, by=by, now=now, data={"study": locked.study_id})
    return locked


@refusing_barred()
@transaction.atomic
def deal_waiting(*, slot: Slot, by: User, now: datetime) -> Slot:
    """Tries again to deal a slot that waits for a reader. Refuses anyone but a curator, and when still nobody can."""
    check_curator(by)
    locked = Slot.objects.select_for_update(of=("self",)).select_related("round__benchmark").get(pk=slot.pk)
    if locked.reader_id is not None or locked.state != SlotState.PENDING:
        return locked
    if Slot.objects.filter(is_case_held(), pk=locked.pk).exists():
        raise CaseHeldError("Patient data was seen in this study, or the gate holds it; decide about that first.")
    if not deal_again(locked):
        raise NotAllowedError(
            "Still nobody can take it: every reader of the round has had this study or adjudicates it, is at their cap, or "
            "is of its site. "
            "Raise a cap, or open another round with more readers."
        )
    record_event(verb="case.dealt_again", subject=locked, by=by, now=now, data={"round": locked.round_id})
    return locked


def _check_not_judged_since(slot: Slot, closing: int) -> None:
    """Refuses a late undo of a closing that was taken back, where a verdict was given since."""
    last = last_read(slot)
    if closing != ANY_STANDING and last is not None and not last.is_withdrawal and not last.is_restored:
        check_fresh(last, None)


def _stand_ins(closed: Slot) -> QuerySet[Slot]:
    """Who has the place of a closed slot now, locked: one at most, and none in the arms that are only closed."""
    live = Slot.objects.select_for_update().counting().filter(round_study=closed.round_study_id)
    return live.filter(position=closed.position).exclude(pk=closed.pk)


def _has_gone_on(closed: Slot, said: CannotJudge) -> bool:
    study = RoundStudy.objects.filter(pk=closed.round_study_id)
    gone = has_gone_on(round_study=closed.round_study_id, reader=closed.holder, since=said.submitted_at)
    return study.filter(gone).exists()


def _tidied(sent: object) -> dict[str, Any]:
    """What else was sent; a case is closed whatever that was, so what is no draft counts as nothing."""
    try:
        return clean_draft(sent) if sent else {}
    except DraftRefusedError:
        return {}


def _check_reason(reason: str, comment: str) -> None:
    if reason not in CannotJudgeReason.values:
        raise ReasonMissingError(f"Choose why; allowed: {', '.join(CannotJudgeReason.values)}.")
    if reason == CannotJudgeReason.OTHER and not comment.strip():
        raise ReasonMissingError("Say in a few words why this case cannot be judged.")


def _hold(study: Study, said: CannotJudge, now: datetime) -> None:
    # One open hold per study (a constraint); the study's row is the queue of those who report it.
    Study.objects.select_for_update().get(pk=study.pk)
    if not StudyHold.objects.filter(study=study, decided_at__isnull=True).exists():
        StudyHold.objects.create(study=study, cannot_judge=said, held_at=now)


def _decide(hold: StudyHold, decision: str, by: User, now: datetime) -> None:
    hold.decision, hold.decided_at, hold.decided_by = decision, now, by
    hold.save(update_fields=["decision", "decided_at", "decided_by"])
