"""What the open page asks by itself: keeping the draft, renewing the loan, and who is signed in."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import acting_user, public, reader_only
from accounts.models import User
from core.errors import DomainError
from labeling.actions import renew_loans, save_draft
from labeling.actions.drafts import ANY_VERSION, NewerDraftError
from labeling.models import Slot, SlotState
from labeling.queries import case_on_list, closing_of, last_read, slots_once_held_by


@require_POST
@never_cache
@reader_only
def draft_page(request: HttpRequest, pk: int) -> JsonResponse:
    """Keeps the unfinished input of a case. Answers when it was saved, in the reader's time, or why not."""
    reader = acting_user(request)
    slot, now = case_on_list(reader, pk), timezone.now()
    if slot is None:
        gone = get_object_or_404(slots_once_held_by(reader), pk=pk)
        return JsonResponse({"error": _gone(gone), "says": "elsewhere"}, status=410)
    try:
        sent = _json(request)
        kept = save_draft(
            slot=slot,
            content=sent.get("content"),
            page=str(sent.get("page") or "")[:100],
            based_on=str(sent["based"]) if "based" in sent else ANY_VERSION,
            by=reader,
            now=now,
            idempotency_key=str(sent.get("key") or "")[:100] or None,
        )
    except NewerDraftError as error:
        return JsonResponse({"error": str(error), "says": "newer-draft", "newer": error.version}, status=409)
    except DomainError as error:
        return JsonResponse({"error": str(error), "says": "draft-refused"}, status=409)
    return JsonResponse({"saved": f"{timezone.localtime(now):%H:%M}" if kept else None})


@require_POST
@never_cache
@reader_only
def loan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The heartbeat of an open case: its loan begins anew.

    In words, 410 when the case is not on the reader's list any more, and 200 when another verdict stands than the page
    shows (``standing``).
    """
    slot = get_object_or_404(Slot, pk=pk, round__readers__reader=acting_user(request))
    if not renew_loans(slot=slot, by=acting_user(request), now=timezone.now()):
        return _words(_gone(slot), 410)
    last = last_read(slot)
    if last is None or last.is_withdrawal or request.POST.get("standing", str(last.pk)) == str(last.pk):
        return HttpResponse(status=204)
    return _words(
        f"You said {last.get_verdict_display()} of this case at {timezone.localtime(last.submitted_at):%H:%M}, in another tab "
        "or on another device. What you enter here is kept as a draft; store it to replace that."
    )


@require_GET
@never_cache
@public
def session_page(request: HttpRequest) -> JsonResponse:
    """Who is signed in (the account's number, or null) and a fresh token for the page's next request."""
    reader = request.user.pk if isinstance(request.user, User) else None
    return JsonResponse({"reader": reader, "token": get_token(request)})


def _gone(slot: Slot) -> str:
    """Why a case is not on the list of the reader who has it open; what was done over their head is told alike."""
    closing = closing_of(slot)
    if closing is None or slot.state != SlotState.CLOSED:
        return (
            "This case went to another reader or was closed; it is not on your list any more. Go on with the next one."
        )
    return (
        f"You closed this case at {timezone.localtime(closing.submitted_at):%H:%M} ({closing.get_reason_display().lower()}), "
        "in another tab or on another device. What you entered here is kept; take the closing back to go on with it."
    )


def _words(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(words, content_type="text/plain; charset=utf-8", status=status)


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return sent if isinstance(sent, dict) else {}
