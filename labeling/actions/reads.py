"""One verdict at a time: opening a case, recording a read, taking it back."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from cases.visibility import hidden_studies
from core.actions import record_event
from core.errors import DomainError, NotAllowedError
from labeling.models import Correction, Read, ReadSource, Slot, SlotState
from labeling.queries import last_read, suggested_keys
from labeling.verdicts import LabelChange, check_verdict


class RoundClosedError(DomainError):
    """The round takes no verdicts any more."""


class SlotClosedError(DomainError):
    """The case was taken from the reader's list."""


class KeyReusedError(DomainError):
    """The idempotency key came back with another content."""


class CaseSealedError(DomainError):
    """The study lies in a frozen holdout."""


class NothingToUndoError(DomainError):
    """The case has no verdict."""


@transaction.atomic
def open_case(*, slot: Slot, by: User, now: datetime) -> Slot:
    """Notes that the case is on the reader's screen: the time of a read counts from here, by the server's clock.

    Refuses anyone but the slot's reader (NotAllowedError).
    """
    _check_owner(slot, by)
    Slot.objects.filter(pk=slot.pk).update(opened_at=now)
    slot.opened_at = now
    return slot


@transaction.atomic
def record_read(
    *,
    slot: Slot,
    verdict: str,
    corrections: Sequence[LabelChange] = (),
    comment: str = "",
    by: User,
    now: datetime,
    idempotency_key: str | None = None,
    source: str = ReadSource.PAGE,
) -> Read:
    """Stores the reader's verdict; it supersedes the slot's last one, which stays in the history.

    The same ``idempotency_key`` on the same slot returns the read it made the first time, and a verdict equal to the
    standing one returns that: a second click or a replayed request is stored once. Refuses: a key that comes back with
    another content (KeyReusedError), somebody else's slot (NotAllowedError), a closed round or slot, a sealed case, an
    unknown verdict or label, and corrections that do not fit what was suggested (see ``verdicts.check_verdict``).
    """
    locked = _lock(slot, by)
    key = slot_key(locked, idempotency_key)
    if key and (stored := Read.objects.filter(idempotency_key=key).first()):
        return _replayed(stored, verdict, corrections, comment)
    _check_open(locked)
    labels = {label.key: label.pk for label in locked.round.taxonomy.labels.order_by("position")}
    changes = check_verdict(verdict, corrections, labels=labels, suggested=suggested_keys(locked))
    last = last_read(locked)
    if last and not last.is_withdrawal and is_same(last, verdict, changes, comment):
        return last
    read = Read.objects.create(
        slot=locked,
        supersedes=last,
        verdict=verdict,
        comment=comment.strip(),
        submitted_at=now,
        seconds=_seconds(locked, now),
        shown=what_was_shown(locked, has_earlier_reads=last is not None),
        source=source,
        n_corrections=len(changes),
        idempotency_key=key,
    )
    Correction.objects.bulk_create(
        Correction(read=read, label_id=labels[change.key], kind=change.kind) for change in changes
    )
    Slot.objects.filter(pk=locked.pk).update(state=SlotState.READ)
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
    locked = _lock(slot, by)
    _check_open(locked)
    last = last_read(locked)
    if last is None:
        raise NothingToUndoError("This case has no verdict yet, so there is nothing to undo.")
    if last.is_withdrawal:
        return last
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


def _replayed(stored: Read, verdict: str, corrections: Sequence[LabelChange], comment: str) -> Read:
    """What the key stored the first time; the same key with another content is refused, not silently dropped."""
    if not is_same(stored, verdict, corrections, comment):
        raise KeyReusedError(
            f"This form was sent before and stored {stored.get_verdict_display()!r}; open the case again to change it."
        )
    return stored


def slot_key(slot: Slot, key: str | None) -> str | None:
    """The stored form of an idempotency key: bound to its slot, so that no key of one case answers for another."""
    return hashlib.sha256(f"{slot.pk}:{key}".encode()).hexdigest() if key else None


def is_same(read: Read, verdict: str, changes: Iterable[LabelChange], comment: str) -> bool:
    """Whether the read says just this."""
    stored = {LabelChange(item.label.key, item.kind) for item in read.corrections.select_related("label")}
    return read.verdict == verdict and read.comment == comment.strip() and stored == set(changes)


def what_was_shown(slot: Slot, *, has_earlier_reads: bool) -> dict[str, Any]:
    """What is stored with a read: ids and settings of what stood on the screen, no content."""
    return {
        "suggestion_set": slot.round_study.suggestion_set_id,
        "suggestion_version": slot.round_study.suggestion_set.version,
        "report": slot.round.shows_report(has_reads=has_earlier_reads),
        "order": slot.order,
    }


def _lock(slot: Slot, by: User) -> Slot:
    related = "round__benchmark", "round__taxonomy", "round_study__suggestion_set"
    locked = Slot.objects.select_for_update(of=("self",)).select_related(*related).get(pk=slot.pk)
    _check_owner(locked, by)
    # Joined rows were read before the lock was ours; whether the round is open must be read after it.
    locked.round.refresh_from_db(fields=["state"])
    return locked


def _check_owner(slot: Slot, by: User) -> None:
    if slot.reader_id != by.pk:
        raise NotAllowedError("This case is on another reader's list; open one of your own.")


def _check_open(slot: Slot) -> None:
    if not slot.round.is_open:
        raise RoundClosedError(f"{slot.round} is closed; verdicts can no longer be given or changed.")
    if slot.state == SlotState.CLOSED:
        raise SlotClosedError("This case was taken off your list; go on with the next one.")
    if Slot.objects.filter(hidden_studies("round_study__study__"), pk=slot.pk).exists():
        raise CaseSealedError("This case is sealed since its release was frozen; its verdicts can no longer change.")


def _seconds(slot: Slot, now: datetime) -> int | None:
    return None if slot.opened_at is None else max(0, round((now - slot.opened_at).total_seconds()))
