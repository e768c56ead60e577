"""Unfinished input, kept on the server so that it is there on any device. A draft is never a read."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import DomainError
from labeling.actions.locks import check_open, lock_slot, slot_key
from labeling.drafts import clean_draft, is_empty
from labeling.models import CannotJudge, Draft, Read, Slot

# ``based_on`` of a caller that saw no draft: whatever is there is replaced.
ANY_VERSION: Final = None


class NewerDraftError(DomainError):
    """Another page (a second tab, another device) has saved a draft since this one was opened."""

    def __init__(self, draft: Draft) -> None:
        at = timezone.localtime(draft.saved_at)
        super().__init__(f"A newer draft of this case was saved at {at:%H:%M}, in another tab or on another device.")
        self.version = version_of(draft)


def version_of(draft: Draft | None) -> str:
    """What tells one state of a case's draft from the next: when it was saved."""
    return draft.saved_at.isoformat() if draft else ""


@transaction.atomic
def save_draft(
    *,
    slot: Slot,
    content: object,
    page: str = "",
    based_on: str | None = ANY_VERSION,
    by: User,
    now: datetime,
    idempotency_key: str | None = None,
) -> bool:
    """Keeps the draft of a case, in the place of the last one; an empty one removes it.

    ``page`` names the page it was entered on, ``based_on`` the version that this page began with ("" for none): what
    another page has saved since is never replaced unseen (NewerDraftError). A draft of a form whose verdict is stored
    already, arriving late, is dropped: returns False. Refuses what ``record_read`` refuses of the slot, and what is no
    draft (DraftRefusedError).
    """
    locked = lock_slot(slot, by)
    check_open(locked)
    draft = clean_draft(content)
    key = slot_key(locked, idempotency_key)
    if key and _is_answered(key):
        return False
    last = Draft.objects.filter(slot=locked, reader=by).first()
    if last and based_on not in (ANY_VERSION, version_of(last)) and not (page and last.content.get("page") == page):
        raise NewerDraftError(last)
    if is_empty(draft):
        Draft.objects.filter(slot=locked, reader=by).delete()
    else:
        kept = {"content": {**draft, "page": page}, "saved_at": now}
        Draft.objects.update_or_create(slot=locked, reader=by, defaults=kept)
    return True


def drop_draft(
    locked: Slot, *, based_on: str | None = ANY_VERSION, pages: Collection[str | None] = ()
) -> dict[str, Any]:
    """What was said of the case is stored, and the draft it was made from goes with it; the slot is locked.

    One that another page saved, and that this page (any of ``pages``) never saw, stays: its reader is not done. Returns
    what the draft held that went, {} for none.
    """
    draft = Draft.objects.filter(slot=locked.pk).first()
    if draft is None or not (based_on in (ANY_VERSION, version_of(draft)) or draft.content.get("page") in pages):
        return {}
    draft.delete()
    held: dict[str, Any] = draft.content
    return held


def keep_again(locked: Slot, content: dict[str, Any], *, by: User, now: datetime) -> None:
    """What was entered with something taken back becomes the case's draft, unless there is one; the slot is locked."""
    if not is_empty(content):
        Draft.objects.get_or_create(slot=locked, reader=by, defaults={"content": content, "saved_at": now})


def _is_answered(key: str) -> bool:
    return Read.objects.filter(idempotency_key=key).exists() or CannotJudge.objects.filter(idempotency_key=key).exists()
