"""What every writer of a case does first: lock its slot, and look at the round after the lock is held."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import OuterRef

from accounts.models import User
from cases.visibility import hiding_rules
from core.errors import DomainError, NotAllowedError
from core.prepared import PreparedRows
from labeling.models import ReadingRound, Slot, SlotState
from labeling.queries import has_sealed_study, is_held


class RoundClosedError(DomainError):
    """The round takes no verdicts any more."""


class SlotClosedError(DomainError):
    """The case was taken from the reader's list."""


class CaseSealedError(DomainError):
    """A study of the round lies in a frozen holdout."""


class CaseHeldError(DomainError):
    """The study is held back: patient data was seen in it and no curator has decided yet, or the gate holds it."""


class BarredReaderError(DomainError):
    """A reader must not get a study for what they know of it."""


@contextmanager
def refusing_barred() -> Iterator[None]:
    """Turns the database's own refusal of a barred reader, met only when two act at one moment, into a sentence."""
    try:
        yield
    except IntegrityError as error:
        if not str(error).startswith("slot_is_not_"):
            raise
        raise BarredReaderError(
            "One of these studies went to one of these readers for adjudication at this very moment; try again."
        ) from error


def lock_slot(slot: Slot, by: User) -> Slot:
    """The slot's row, locked, with what a verdict looks at. Refuses somebody else's (NotAllowedError).

    What a slot belongs to never changes, so that is taken over from ``slot``, which mostly has it: a join of six tables less.
    """
    locked = _locked.first(slot.pk)
    if locked is None:
        raise Slot.DoesNotExist
    check_owner(locked, by)
    locked.round, locked.round_study, locked.planted_label = slot.round, slot.round_study, slot.planted_label
    return locked


_locked = PreparedRows[Slot](lambda pk: Slot.objects.select_for_update().filter(pk=pk), 1)


def check_owner(slot: Slot, by: User) -> None:
    """Refuses a case of another reader's list (NotAllowedError)."""
    if slot.reader_id != by.pk:
        raise NotAllowedError("This case is on another reader's list; open one of your own.")


def check_open(slot: Slot) -> None:
    """Refuses a closed round, a closed slot, a case of a sealed round and one that is held back.

    Whether the round is open was read before the slot's lock was ours, so it is read again here, after it.
    """
    ((slot.round.state, is_sealed, is_held_back),) = _standing(slot.round_id, slot.round_study.study_id)
    if not slot.round.is_open:
        raise RoundClosedError(f"{slot.round} is closed; verdicts can no longer be given or changed.")
    if slot.state == SlotState.CLOSED:
        raise SlotClosedError("This case was taken off your list; go on with the next one.")
    if is_sealed:
        raise CaseSealedError("This case is sealed since its release was frozen; its verdicts can no longer change.")
    if is_held_back:
        raise CaseHeldError("This case is held back until a curator has looked at it; go on with the next one.")


_standing = PreparedRows[tuple[Any, ...]](
    lambda round_, study: (
        ReadingRound.objects.filter(pk=round_)
        .annotate(is_sealed=has_sealed_study(round_), is_held=is_held(study, OuterRef("benchmark")))
        .values_list("state", "is_sealed", "is_held")
    ),
    2,
    hiding_rules,
)


def slot_key(slot: Slot, key: str | None) -> str | None:
    """The stored form of an idempotency key: bound to its slot, so that no key of one case answers for another."""
    return hashlib.sha256(f"{slot.pk}:{key}".encode()).hexdigest() if key else None


def seconds_since_opened(slot: Slot, now: datetime) -> int | None:
    """Seconds the case has been on the screen, by the server's clock."""
    return None if slot.opened_at is None else max(0, round((now - slot.opened_at).total_seconds()))
