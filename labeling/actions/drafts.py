"""Unfinished input, kept on the server so that it is there on any device. A draft is never a read."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from labeling.actions.locks import check_open, lock_slot, slot_key
from labeling.drafts import clean_draft, is_empty
from labeling.models import CannotJudge, Draft, Read, Slot


@transaction.atomic
def save_draft(*, slot: Slot, content: object, by: User, now: datetime, idempotency_key: str | None = None) -> bool:
    """Keeps the draft of a case, in the place of the last one; an empty one removes it.

    A draft of a form whose verdict is stored already, arriving late, is dropped: returns False. Refuses what
    ``record_read`` refuses of the slot, and what is no draft (DraftRefusedError).
    """
    locked = lock_slot(slot, by)
    check_open(locked)
    draft = clean_draft(content)
    key = slot_key(locked, idempotency_key)
    if key and _is_answered(key):
        return False
    if is_empty(draft):
        Draft.objects.filter(slot=locked, reader=by).delete()
    else:
        Draft.objects.update_or_create(slot=locked, reader=by, defaults={"content": draft, "saved_at": now})
    return True


def _is_answered(key: str) -> bool:
    return Read.objects.filter(idempotency_key=key).exists() or CannotJudge.objects.filter(idempotency_key=key).exists()
