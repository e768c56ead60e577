"""What the reading room shows: a case, the end of a list, a closed door; as a whole page, or as the part that is swapped."""

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts.access import acting_user
from core.errors import DomainError
from core.rendering import render_page
from labeling.actions import open_case, take_cases
from labeling.forms import CannotJudgeForm, VerdictForm
from labeling.keymap import ACTIONS
from labeling.models import CannotJudge, CannotJudgeReason, Read, ReadingRound, RoundState, Slot, Verdict
from labeling.queries import (
    Case,
    ReadingList,
    case_of,
    cases_of,
    held_by_others,
    keys_of,
    next_case,
    next_slot,
    reading_list,
    slots_once_held_by,
    worklist,
)

CANNOT_JUDGE = "cannot_judge"
LISTS = (Verdict.AGREE_MOSTLY, Verdict.DISAGREE, CANNOT_JUDGE)


@dataclass(frozen=True)
class Said:
    """What the foot of the panel tells: a verdict just stored, a case closed, one taken back, or why not."""

    stored: Read | None = None
    closed: CannotJudge | None = None
    undone: bool = False
    error: str = ""

    @property
    def slot(self) -> int | None:
        """The case that was dealt with; its unfinished input can go."""
        told = self.stored or self.closed
        return None if told is None else told.slot_id


def render_room(request: HttpRequest, part: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A part of the reading room (``labeling/_….html``), alone for htmx or with the room around it."""
    part = f"labeling/{part}.html"
    if not request.headers.get("HX-Request"):
        keys, has_single_keys = keys_of(acting_user(request))
        groups = [{"action": action, "keys": keys[action.id]} for action in ACTIONS]
        context |= {"part": part, "keymap": keys, "key_groups": groups, "has_single_keys": has_single_keys}
    return render_page(request, "labeling/room.html", context, fragment=part, status=status)


def show_case(
    request: HttpRequest,
    slot: Slot,
    said: Said | None = None,
    *,
    form: VerdictForm | CannotJudgeForm | None = None,
    listed: ReadingList | None = None,
) -> HttpResponse:
    """The case on the screen. A refused form, or a draft, keeps what was chosen.

    ``listed`` is the reader's list, where the caller has just taken cases and read it.
    """
    if not slot.round.is_open:
        return render_room(request, "_closed", {"round": slot.round})
    reader = acting_user(request)
    said = said or told_of(request)
    error = said.error or _first_error(form)
    if listed is None:
        if not error:
            take_cases(reader=reader, round_=slot.round, now=timezone.now())
        listed = reading_list(reader, slot.round)
    if listed.holds_back(slot.pk):
        return _show_held(request, slot)
    if not error:
        open_case(slot=slot, by=reader, now=timezone.now())
    asked = request.GET.get("film", "")
    case = case_of(slot, film=int(asked) if asked.isdecimal() else None, listed=listed)
    context: dict[str, Any] = {
        "case": case,
        "case_images": json.dumps(case.viewer),
        "marks": json.dumps(case.marks),
        "error": error,
        "said": said,
        "entered": _entered(request, form, case),
        "reasons": CannotJudgeReason.choices,
        "idempotency_key": (form.data.get("idempotency_key") if form else None) or uuid.uuid4().hex,
    }
    return render_room(request, "_case", context, status=422 if error else 200)


def show_refusal(
    request: HttpRequest, slot: Slot, error: DomainError, *, form: VerdictForm | CannotJudgeForm | None = None
) -> HttpResponse:
    """The refusal's sentence on the case as it is now, with what was chosen in the ``form``."""
    return show_case(request, own_case(request, slot.pk), Said(error=str(error)), form=form)


def show_end(request: HttpRequest, round_: ReadingRound, said: Said) -> HttpResponse:
    """The end of the reader's list in a round: thanks, or who holds what is left."""
    reader = acting_user(request)
    work = worklist(reader)
    context = {
        "round": round_,
        "listed": reading_list(reader, round_),
        "said": said,
        "coming": next_slot(reader=reader, round_=round_),
        "waiting": held_by_others(reader, round_, timezone.now()) if round_.is_open else None,
        "elsewhere": next((item for item in work if item.next_slot and item.round != round_), None),
    }
    return render_room(request, "_done", context)


def show_gone(request: HttpRequest, pk: int) -> HttpResponse:
    """A case that was on the reader's list and is not any more; of any other case nothing is told (Http404)."""
    slot = slots_once_held_by(acting_user(request)).filter(pk=pk).first()
    if slot is None:
        raise Http404("There is no such case on your list.")
    return render_room(request, "_gone", {"round": slot.round, "was_sent": request.method == "POST"})


def go_on(request: HttpRequest, slot: Slot, said: Said) -> HttpResponse:
    """To the next case, or the end of the list: as a fragment for htmx, as a redirect without."""
    reader = acting_user(request)
    take_cases(reader=reader, round_=slot.round, now=timezone.now())
    found = next_case(reader=reader, round_=slot.round, after=slot.order)
    address = reverse("labeling:case", args=[found[0].pk]) if found else reverse("labeling:done", args=[slot.round_id])
    if not request.headers.get("HX-Request"):
        return redirect(f"{address}?{urlencode({'closed' if said.closed else 'stored': slot.pk})}")
    if found is None:
        return pushed(show_end(request, slot.round, said), address)
    coming, listed = found
    return pushed(show_case(request, coming, said, listed=listed), address)


def pushed(response: HttpResponse, address: str) -> HttpResponse:
    """With the address of what the fragment shows."""
    response["HX-Push-Url"] = address
    return response


def own_case(request: HttpRequest, pk: int) -> Slot:
    """A case of the reader who asks; anybody else's is not found."""
    return get_object_or_404(cases_of(acting_user(request)), pk=pk)


def told_of(request: HttpRequest) -> Said:
    """What the address says was done just before, on a case of the reader's own."""
    stored, closed = request.GET.get("stored", ""), request.GET.get("closed", "")
    reader = acting_user(request)
    if stored.isdecimal():
        own = cases_of(reader).filter(pk=int(stored), round__state=RoundState.OPEN)
        return Said(stored=Read.objects.current().filter(slot__in=own).select_related("slot").first())
    if closed.isdecimal():
        rows = CannotJudge.objects.filter(slot=int(closed), slot__reader=reader, undone_at__isnull=True)
        return Said(closed=rows.filter(slot__round__state=RoundState.OPEN).select_related("slot").first())
    return Said(undone="undone" in request.GET)


def _show_held(request: HttpRequest, slot: Slot) -> HttpResponse:
    coming = next_slot(reader=acting_user(request), round_=slot.round, after=slot.order)
    return render_room(request, "_held", {"round": slot.round, "coming": coming})


def _entered(request: HttpRequest, form: VerdictForm | CannotJudgeForm | None, case: Case) -> dict[str, Any]:
    """What stands in the lists: as sent and refused, else as in the draft, else as the standing verdict has it.

    ``chosen`` is the list that is open: asked for by address (without JavaScript), or kept from the form or draft.
    """
    asked = request.GET.get("verdict", "")
    if form is not None:
        data: Any = form.data
        asked = CANNOT_JUDGE if isinstance(form, CannotJudgeForm) else data.get("verdict", "")
        entered = {
            "ticked": {*data.getlist("struck"), *data.getlist("added")},
            "comment": data.get("comment", ""),
            "reason": data.get("reason", ""),
            "why": data.get("why", ""),
        }
    elif case.draft is not None:
        kept = case.draft.content
        asked = asked or kept.get("verdict", "")
        entered = {"ticked": {*kept.get("struck", ()), *kept.get("added", ())}, "saved_at": case.draft.saved_at}
        entered |= {field: kept.get(field, "") for field in ("comment", "reason", "why")}
    else:
        entered = {"ticked": {choice.label.key for choice in case.choices if choice.changed}}
        entered["comment"] = case.standing.comment if case.standing else ""
    return {**entered, "chosen": asked if asked in LISTS else ""}


def _first_error(form: VerdictForm | CannotJudgeForm | None) -> str:
    return str(next(iter(form.errors.values()))[0]) if form is not None and form.errors else ""
