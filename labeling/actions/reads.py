"""One verdict at a time: opening a case, recording a read, taking it back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from core.actions import record_event
from core.errors import DomainError
from core.prepared import PreparedUpdate, moment
from labeling.actions.drafts import ANY_VERSION, drop_draft, keep_again
from labeling.actions.locks import check_open, check_owner, lock_slot, seconds_since_opened, slot_key
from labeling.lending import LEASE
from labeling.marks import check_marks
from labeling.models import RESTORES, Arm, Correction, Draft, Read, ReadSource, Slot, SlotState, Verdict
from labeling.queries import (
    Shown,
    canvases_of,
    last_of,
    last_read,
    planted_words,
    reads_of,
    shown_suggestions,
    slots_of,
    training_to_do,
)
from labeling.verdicts import ADDED, STRUCK, LabelChange, check_asked, check_label_set, check_verdict

# ``seen`` of a caller that saw no page: whatever stands is superseded.
ANY_STANDING: Final = -1


class KeyReusedError(DomainError):
    """The idempotency key came back with another content."""


class StaleCaseError(DomainError):
    """Another verdict was given since the page was opened, in another tab or on another device."""


class OtherCaseShownError(DomainError):
    """The pictures on the screen were another case's when the verdict was given."""


class TrainingFirstError(DomainError):
    """The round requires its training cases to be read before any other."""


class NothingToUndoError(DomainError):
    """The case has no verdict."""


def open_case(*, slot: Slot, by: User, now: datetime) -> Slot:
    """Notes that the case is on the reader's screen: the time of a read counts from here, by the server's clock.

    While its loan lasts nobody takes the case away. Refuses anyone but the slot's reader (NotAllowedError).
    """
    check_owner(slot, by)
    _note_opened(now, now + LEASE, slot.pk, by.pk)
    slot.opened_at, slot.leased_until = now, now + LEASE
    return slot


def open_ahead(*, slot: int, by: User, now: datetime) -> bool:
    """The same of a case, by its id, whose page the browser fetched ahead.

    False when it is the reader's no more, or a draft waits that the page may lack: kept meanwhile in another tab.
    """
    return bool(_note_opened_ahead(now, now + LEASE, slot, by.pk))


def _without_draft(reader: int, pk: int) -> QuerySet[Slot]:
    return slots_of(User(pk=reader)).filter(~Exists(Draft.objects.filter(slot=OuterRef("pk"))), pk=pk)


def _opened(now: datetime, until: datetime) -> dict[str, datetime]:
    return {"opened_at": now, "leased_until": until}


_TIMES = (moment, moment)
_note_opened = PreparedUpdate(
    lambda now, until, pk, reader: (Slot.objects.filter(pk=pk, reader=reader), _opened(now, until)), 4, kinds=_TIMES
)
_note_opened_ahead = PreparedUpdate(
    lambda now, until, pk, reader: (_without_draft(reader, pk), _opened(now, until)), 4, kinds=_TIMES
)
_note_read = PreparedUpdate(lambda pk: (Slot.objects.filter(pk=pk), {"state": SlotState.READ}), 1)


@transaction.atomic
def reveal(*, slot: Slot, others: Collection[int], report: bool, by: User) -> None:
    """Notes what the reader's verdict has brought on their screen: others' reads, by id, and the report.

    What was seen stays seen, also once that verdict is taken back or others change theirs. Refuses anyone but the slot's
    reader (NotAllowedError).
    """
    locked = lock_slot(slot, by)
    seen = locked.revealed
    revealed = {**seen, **({"report": True} if report else {})}
    if others:
        revealed["others"] = sorted({*seen.get("others", ()), *others})
    if revealed != seen:
        Slot.objects.filter(pk=locked.pk).update(revealed=revealed)


@transaction.atomic
def record_read(  # noqa: PLR0913  each is a part of what the reader sends
    *,
    slot: Slot,
    verdict: str,
    corrections: Sequence[LabelChange] = (),
    comment: str = "",
    marks: Sequence[Any] = (),
    display: Mapping[str, Any] | None = None,
    seen: int | None = ANY_STANDING,
    sent_before: Collection[str] = (),
    page: str = "",
    based_on: str | None = ANY_VERSION,
    by: User,
    now: datetime,
    idempotency_key: str | None = None,
    source: str = ReadSource.PAGE,
) -> Read:
    """Stores the reader's verdict; it supersedes the slot's last one, which stays in the history.

    The draft goes with it, unless another page than ``page`` saved it since the version that this one is ``based_on``.
    ``marks`` are what was marked on the pictures, ``display`` how they hung, ``seen`` the standing read that the page
    showed (None: none), ``sent_before`` the keys of requests of the same page that had no answer: what one of them
    stored counts as seen. The same ``idempotency_key`` on the same slot returns the read it made the first time, and a
    verdict equal to the standing one returns that: a second click or a replayed request is stored once. Refuses: a key
    that comes back with another content (KeyReusedError), one whose read no longer stands, and a verdict other than
    the one given meanwhile elsewhere (StaleCaseError), one given while another case's pictures hung
    (OtherCaseShownError), somebody else's slot (NotAllowedError), a closed round or slot,
    a sealed or held case, an unknown verdict or label, corrections that do not fit what was suggested (see
    ``verdicts.check_verdict``) or lack what the round asks for, and marks that fit no picture. In the arm without
    suggestions the verdict is "labels", and the corrections are the labels that the reader sees.
    """
    locked = lock_slot(slot, by)
    key = slot_key(locked, idempotency_key)
    reads = reads_of(locked)
    last = last_of(reads)
    labels = {label.key: label.pk for label in locked.round.labels}
    if key and (stored := next((read for read in reads if read.idempotency_key == key), None)):
        sent = check_marks(list(marks), canvases_of(locked), labels) if marks else []
        _check_replayed(stored, is_same(stored, verdict, corrections, comment) and stored.marks == sent, reads)
        return stored
    check_open(locked)
    _check_trained(locked)
    _check_was_shown(locked, display)
    shown = shown_suggestions(locked)
    changes = _fitting(locked, verdict, corrections, list(labels), [one.key for one in shown])
    checked = check_marks(list(marks), canvases_of(locked), labels) if marks else []
    standing = last if last and not last.is_withdrawal else None
    if standing and is_same(standing, verdict, changes, comment) and standing.marks == checked:
        return standing
    check_fresh(standing, seen, sent_before)
    check_asked(
        verdict,
        changes,
        comment,
        corrections=locked.round.require_corrections,
        comments=locked.round.require_comment,
    )
    read = Read.objects.create(
        slot=locked,
        supersedes=last,
        verdict=verdict,
        comment=comment.strip(),
        submitted_at=now,
        seconds=seconds_since_opened(locked, now),
        shown=what_was_shown(locked, shown, display=display),
        source=source,
        marks=checked,
        n_corrections=len(changes),
        idempotency_key=key,
    )
    if changes:
        Correction.objects.bulk_create(
            Correction(read=read, label_id=labels[change.key], kind=change.kind) for change in changes
        )
    _note_read(locked.pk)
    drop_draft(locked, based_on=based_on, pages={page, idempotency_key, *sent_before})
    record_event(
        verb="read.recorded",
        subject=read,
        by=by,
        now=now,
        data={"slot": locked.pk, "round": locked.round_id, "supersedes": last.pk if last else None},
    )
    return read


@transaction.atomic
def withdraw_read(*, slot: Slot, by: User, now: datetime, undoes: int = ANY_STANDING) -> Read:
    """Undo of the verdict ``undoes``, by its id: it stays in the history, withdrawn. Returns the end of the history.

    That is the withdrawal, and the slot is to be read again; or, where the verdict had replaced another, that one as it
    stands again (``restore``). What was entered with the one taken back stands in the draft again, unless there is a
    newer one.

    A second undo returns the first one's: what stands again is only replaced. Refuses where another verdict stands than
    the one it undoes (StaleCaseError), somebody else's slot, a closed round or slot, a sealed case, and a slot that was
    never read (NothingToUndoError).
    """
    locked = lock_slot(slot, by)
    check_open(locked)
    last = last_read(locked)
    if last is None:
        raise NothingToUndoError("This case has no verdict yet, so there is nothing to undo.")
    if last.is_withdrawal or (last.supersedes and last.is_restored and last.supersedes.supersedes_id == undoes):
        return last
    check_fresh(last, undoes)
    if last.is_restored:
        return last
    keep_again(locked, entered_with(last), by=by, now=now)
    withdrawal, earlier = withdraw(locked, last, by, now), last.supersedes
    if earlier is None or earlier.is_withdrawal:
        return withdrawal
    return restore(locked, withdrawal, earlier, by, now)


def withdraw(locked: Slot, last: Read, by: User, now: datetime) -> Read:
    """The withdrawal of a standing read; the slot is locked and is to be read again."""
    withdrawal = Read.objects.create(slot=locked, supersedes=last, is_withdrawal=True, submitted_at=now)
    Slot.objects.filter(pk=locked.pk).update(state=SlotState.PENDING)
    record_event(
        verb="read.withdrawn",
        subject=withdrawal,
        by=by,
        now=now,
        data={"slot": locked.pk, "round": locked.round_id, "supersedes": last.pk},
    )
    return withdrawal


def restore(locked: Slot, withdrawal: Read, earlier: Read, by: User, now: datetime) -> Read:
    """An earlier verdict stands again, as a new read that supersedes the withdrawal; the slot is locked, and read.

    It says what the earlier one said, of what was shown then; ``shown.restores`` names it.
    """
    read = Read.objects.create(
        slot=locked,
        supersedes=withdrawal,
        verdict=earlier.verdict,
        comment=earlier.comment,
        submitted_at=now,
        seconds=earlier.seconds,
        shown=earlier.shown | {RESTORES: earlier.pk},
        source=earlier.source,
        marks=earlier.marks,
        n_corrections=earlier.n_corrections,
    )
    Correction.objects.bulk_create(
        Correction(read=read, label_id=item.label_id, kind=item.kind) for item in earlier.corrections.all()
    )
    Slot.objects.filter(pk=locked.pk).update(state=SlotState.READ)
    record_event(
        verb="read.restored",
        subject=read,
        by=by,
        now=now,
        data={"slot": locked.pk, "round": locked.round_id, "supersedes": withdrawal.pk, "restores": earlier.pk},
    )
    return read


def entered_with(read: Read) -> dict[str, Any]:
    """What a read was given with, as a draft holds it."""
    changes = [(item.kind, item.label.key) for item in read.corrections.all()]
    return {
        "verdict": read.verdict if read.verdict in (Verdict.AGREE_MOSTLY, Verdict.DISAGREE) else "",
        "struck": [key for kind, key in changes if kind == STRUCK],
        "added": [key for kind, key in changes if kind == ADDED],
        "comment": read.comment,
        "marks": read.marks,
    }


def _fitting(
    slot: Slot, verdict: str, corrections: Sequence[LabelChange], labels: list[str], suggested: list[str]
) -> tuple[LabelChange, ...]:
    """The corrections, sorted, when they and the verdict fit what the slot's arm shows."""
    if slot.arm == Arm.NO_SUGGESTIONS:
        return check_label_set(verdict, corrections, labels=labels)
    return check_verdict(verdict, corrections, labels=labels, suggested=suggested)


def check_fresh(standing: Read | None, seen: int | None, sent_before: Collection[str] = ()) -> None:
    """Refuses what was sent from a page that neither showed nor sent the verdict that stands (StaleCaseError)."""
    if standing is None or seen in (ANY_STANDING, standing.pk):
        return
    if standing.idempotency_key and standing.idempotency_key in {slot_key(standing.slot, key) for key in sent_before}:
        return
    at = timezone.localtime(standing.submitted_at)
    raise StaleCaseError(
        f"You already said {standing.get_verdict_display()} of this case at {at:%H:%M}, in another tab or on another "
        "device. Nothing was changed. It is shown here as it stands; give your verdict again to change it."
    )


def _check_replayed(stored: Read, is_the_same: bool, reads: Sequence[Read]) -> None:
    """Refuses a key that comes back with another content, and one whose read stands no more: it would be told as stored."""
    if not is_the_same:
        raise KeyReusedError(
            f"This form was sent before and stored {stored.get_verdict_display()!r}; open the case again to change it."
        )
    last = last_of(reads)
    was_taken_back = any(read.is_withdrawal and read.supersedes_id == stored.pk for read in reads)
    if was_taken_back or (last is not None and last.is_withdrawal):
        raise StaleCaseError(
            f"{stored.get_verdict_display()} was stored of this case and then taken back. Nothing was changed; give your "
            "verdict again."
        )
    if last != stored:
        check_fresh(last, None)


def is_same(read: Read, verdict: str, changes: Iterable[LabelChange], comment: str) -> bool:
    """Whether the read says just this."""
    stored = {LabelChange(item.label.key, item.kind) for item in read.corrections.all()}
    return read.verdict == verdict and read.comment == comment.strip() and stored == set(changes)


def what_was_shown(
    slot: Slot, suggestions: Iterable[Shown], *, display: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is stored with a read: the arm, the labels that stood on the screen as suggested, and the settings.

    ``others`` are the reads of other readers that were ever on this reader's screen (a semi-collaborative round, after a
    verdict of their own; ``reveal``): a read without it is independent.
    """
    others = slot.revealed.get("others", [])
    return {
        "suggestion_set": slot.round_study.suggestion_set_id,
        "suggestion_version": slot.round_study.suggestion_set.version,
        "report": slot.round.shows_report(has_verdict=bool(slot.revealed.get("report"))),
        "order": slot.order,
        "arm": slot.arm,
        "suggestions": {one.key: str(one.status) for one in suggestions},
        **({"planted": planted_words(slot)} if slot.arm == Arm.PLANTED_ERROR else {}),
        **({"others": others} if others else {}),
        **({"display": dict(display)} if display else {}),
    }


def _check_was_shown(slot: Slot, display: Mapping[str, Any] | None) -> None:
    """Refuses a verdict whose page tells that the pictures of another case hung; a caller without a viewer tells nothing."""
    case = (display or {}).get("case")
    if case not in (None, slot.pk):
        raise OtherCaseShownError(
            "The pictures on the screen were another case's when this verdict was given, so it was not stored. Look at the "
            "pictures of this case, then give it again."
        )


def _check_trained(slot: Slot) -> None:
    if training_to_do(slot) is not None:
        raise TrainingFirstError("This round begins with its training cases; read the training cases first.")
