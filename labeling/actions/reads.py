"""One verdict at a time: opening a case, recording a read, taking it back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.actions import record_event
from core.errors import DomainError
from labeling.actions.locks import check_open, check_owner, lock_slot, seconds_since_opened, slot_key
from labeling.lending import LEASE
from labeling.marks import check_marks
from labeling.models import Arm, Correction, Draft, Read, ReadSource, Slot, SlotState
from labeling.queries import (
    Shown,
    canvases_of,
    last_of,
    last_read,
    others_seen,
    planted_words,
    reads_of,
    shown_suggestions,
    training_to_do,
)
from labeling.verdicts import LabelChange, check_asked, check_label_set, check_verdict

# ``seen`` of a caller that saw no page: whatever stands is superseded.
ANY_STANDING: Final = -1


class KeyReusedError(DomainError):
    """The idempotency key came back with another content."""


class StaleCaseError(DomainError):
    """Another verdict was given since the page was opened, in another tab or on another device."""


class TrainingFirstError(DomainError):
    """The round requires its training cases to be read before any other."""


class NothingToUndoError(DomainError):
    """The case has no verdict."""


def open_case(*, slot: Slot, by: User, now: datetime) -> Slot:
    """Notes that the case is on the reader's screen: the time of a read counts from here, by the server's clock.

    While its loan lasts nobody takes the case away. Refuses anyone but the slot's reader (NotAllowedError).
    """
    check_owner(slot, by)
    Slot.objects.filter(pk=slot.pk, reader=by).update(opened_at=now, leased_until=now + LEASE)
    slot.opened_at, slot.leased_until = now, now + LEASE
    return slot


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
    by: User,
    now: datetime,
    idempotency_key: str | None = None,
    source: str = ReadSource.PAGE,
) -> Read:
    """Stores the reader's verdict; it supersedes the slot's last one, which stays in the history. The draft goes with it.

    ``marks`` are what was marked on the pictures, ``display`` how they hung, ``seen`` the standing read that the page
    showed (None: none). The same ``idempotency_key`` on the same slot returns the read it made the first time, and a
    verdict equal to the standing one returns that: a second click or a replayed request is stored once. Refuses: a key
    that comes back with another content (KeyReusedError), a verdict other than the one given meanwhile elsewhere
    (StaleCaseError), somebody else's slot (NotAllowedError), a closed round or slot, a sealed or held case, an unknown
    verdict or label, corrections that do not fit what was suggested (see ``verdicts.check_verdict``) or lack what the
    round asks for, and marks that fit no picture. In the arm without suggestions the verdict is "labels", and the
    corrections are the labels that the reader sees.
    """
    locked = lock_slot(slot, by)
    key = slot_key(locked, idempotency_key)
    reads = reads_of(locked)
    if key and (stored := next((read for read in reads if read.idempotency_key == key), None)):
        return _replayed(stored, verdict, corrections, comment)
    check_open(locked)
    _check_trained(locked)
    labels = {label.key: label.pk for label in locked.round.labels}
    shown = shown_suggestions(locked)
    changes = _fitting(locked, verdict, corrections, list(labels), [one.key for one in shown])
    checked = check_marks(list(marks), canvases_of(locked), labels) if marks else []
    last = last_of(reads)
    standing = last if last and not last.is_withdrawal else None
    if standing and is_same(standing, verdict, changes, comment) and standing.marks == checked:
        return standing
    _check_fresh(standing, seen)
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
        shown=what_was_shown(locked, shown, last=last, display=display),
        source=source,
        marks=checked,
        n_corrections=len(changes),
        idempotency_key=key,
    )
    if changes:
        Correction.objects.bulk_create(
            Correction(read=read, label_id=labels[change.key], kind=change.kind) for change in changes
        )
    Slot.objects.filter(pk=locked.pk).update(state=SlotState.READ)
    Draft.objects.filter(slot=locked.pk).delete()
    record_event(
        verb="read.recorded",
        subject=read,
        by=by,
        now=now,
        data={"slot": locked.pk, "round": locked.round_id, "supersedes": last.pk if last else None},
    )
    return read


@transaction.atomic
def withdraw_read(*, slot: Slot, by: User, now: datetime) -> Read:
    """Undo: the slot is to be read again; the verdict stays in the history, withdrawn. Returns the withdrawal.

    A second undo returns the first one's. Refuses somebody else's slot, a closed round or slot, a sealed case, and a
    slot that was never read (NothingToUndoError).
    """
    locked = lock_slot(slot, by)
    check_open(locked)
    last = last_read(locked)
    if last is None:
        raise NothingToUndoError("This case has no verdict yet, so there is nothing to undo.")
    if last.is_withdrawal:
        return last
    return withdraw(locked, last, by, now)


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


def _fitting(
    slot: Slot, verdict: str, corrections: Sequence[LabelChange], labels: list[str], suggested: list[str]
) -> tuple[LabelChange, ...]:
    """The corrections, sorted, when they and the verdict fit what the slot's arm shows."""
    if slot.arm == Arm.NO_SUGGESTIONS:
        return check_label_set(verdict, corrections, labels=labels)
    return check_verdict(verdict, corrections, labels=labels, suggested=suggested)


def _check_fresh(standing: Read | None, seen: int | None) -> None:
    if standing is None or seen in (ANY_STANDING, standing.pk):
        return
    at = timezone.localtime(standing.submitted_at)
    raise StaleCaseError(
        f"You already said {standing.get_verdict_display()} of this case at {at:%H:%M}, in another tab or on another "
        "device. Nothing was changed. It is shown here as it stands; give your verdict again to change it."
    )


def _replayed(stored: Read, verdict: str, corrections: Sequence[LabelChange], comment: str) -> Read:
    """What the key stored the first time; the same key with another content is refused, not silently dropped."""
    if not is_same(stored, verdict, corrections, comment):
        raise KeyReusedError(
            f"This form was sent before and stored {stored.get_verdict_display()!r}; open the case again to change it."
        )
    return stored


def is_same(read: Read, verdict: str, changes: Iterable[LabelChange], comment: str) -> bool:
    """Whether the read says just this."""
    stored = {LabelChange(item.label.key, item.kind) for item in read.corrections.all()}
    return read.verdict == verdict and read.comment == comment.strip() and stored == set(changes)


def what_was_shown(
    slot: Slot, suggestions: Iterable[Shown], *, last: Read | None, display: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is stored with a read: the arm, the labels that stood on the screen as suggested, and the settings.

    ``others`` are the reads of other readers that the reader had seen (a semi-collaborative round, after a first verdict
    of their own): a read without it is independent.
    """
    others = others_seen(slot) if last is not None and slot.round.semi_collaborative else []
    return {
        "suggestion_set": slot.round_study.suggestion_set_id,
        "suggestion_version": slot.round_study.suggestion_set.version,
        "report": slot.round.shows_report(has_reads=last is not None),
        "order": slot.order,
        "arm": slot.arm,
        "suggestions": {one.key: str(one.status) for one in suggestions},
        **({"planted": planted_words(slot)} if slot.arm == Arm.PLANTED_ERROR else {}),
        **({"others": others} if others else {}),
        **({"display": dict(display)} if display else {}),
    }


def _check_trained(slot: Slot) -> None:
    if training_to_do(slot) is not None:
        raise TrainingFirstError("This round begins with its training cases; read the training cases first.")
