"""What the reading room shows: a case, the end of a list, a closed door; as a whole page, or as the part that is swapped."""

import json
import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.access import acting_user
from core.errors import DomainError
from core.rendering import render_page
from labeling.actions import open_ahead, open_case, reveal, take_cases
from labeling.actions.drafts import version_of
from labeling.actions.locks import slot_key
from labeling.forms import CannotJudgeForm, VerdictForm
from labeling.keymap import ACTIONS, spoken
from labeling.models import CannotJudgeReason, ReadingRound, Slot, Verdict
from labeling.queries import (
    Case,
    ReadingList,
    case_of,
    case_on_list,
    case_to_judge,
    closing_taken_back,
    held_by_others,
    keys_of,
    last_said,
    next_case,
    next_slot,
    reading_list,
    slots_once_held_by,
    worklist,
)
from labeling.views.told import About, Said, told, told_ahead, told_of

CANNOT_JUDGE = "cannot_judge"
LISTS = (Verdict.AGREE_MOSTLY, Verdict.DISAGREE, CANNOT_JUDGE)


def own_keys(request: HttpRequest) -> dict[str, Any]:
    """The reader's keys, for the buttons that show them."""
    keymap, has_single_keys = keys_of(acting_user(request))
    return {"keymap": keymap, "has_single_keys": has_single_keys}


def render_room(request: HttpRequest, part: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A part of the reading room (``labeling/_….html``), alone for htmx or with the room around it."""
    part = f"labeling/{part}.html"
    if "keymap" not in context:
        context |= own_keys(request)
    if not request.headers.get("HX-Request"):
        groups = [
            {"action": action, "keys": [spoken(key) for key in context["keymap"][action.id]]} for action in ACTIONS
        ]
        context |= {"part": part, "key_groups": groups}
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

    ``listed`` is the reader's list, where the caller has just taken cases and read it. Fetched ahead (``?ahead``), the case
    counts as opened only once the verdict before it is stored.
    """
    if not slot.round.is_open:
        return render_room(
            request, "_closed", {"round": slot.round, "slot": slot, "sent": _said_too_late(request, slot)}
        )
    reader = acting_user(request)
    said = said or told_of(request)
    error = said.error or _first_error(form)
    if listed is None:
        if not error:
            take_cases(reader=reader, round_=slot.round, now=timezone.now())
        listed = reading_list(reader, slot.round)
    if listed.holds_back(slot.pk):
        return _show_held(request, slot)
    is_ahead = request.method == "GET" and "ahead" in request.GET
    if not (error or is_ahead):
        open_case(slot=slot, by=reader, now=timezone.now())
    asked = request.GET.get("film", "")
    case = case_of(slot, film=int(asked) if asked.isdecimal() else None, listed=listed)
    if case.standing and said == Said() and last_said(reader) == case.standing:
        said = Said(stored=case.standing, is_earlier=True)  # whoever comes back to it may take it back here
    if case.others_said or case.reveals_report:
        others = [other.read for other in case.others_said]
        reveal(slot=slot, others=others, report=case.reveals_report, by=reader)
    entered = _entered(request, form, case)
    key = uuid.uuid4().hex
    keys = own_keys(request)
    about = About(slot.pk, slot.round, case.standing, listed.read, error, case.draft)
    context: dict[str, Any] = {
        **keys,
        "case": case,
        "told": told_ahead(request.GET["ahead"]) if is_ahead else told(request, said, about, keys),
        "case_images": json.dumps({**case.viewer, "marks": entered["marks"]}),
        "marks": json.dumps(entered["marks"]),
        "error": error,
        "entered": entered,
        "reasons": CannotJudgeReason.choices,
        "idempotency_key": key,
        "stored_as": slot_key(slot, key),
    }
    return render_room(request, "_case", context, status=422 if error else 200)


def show_refusal(
    request: HttpRequest, slot: Slot, error: DomainError, *, form: VerdictForm | CannotJudgeForm | None = None
) -> HttpResponse:
    """The refusal's sentence on the case as it is now, with what was chosen in the ``form``."""
    said = replace(told_of(request), error=str(error), undone=False)
    return show_case(request, own_case(request, slot.pk), said, form=form)


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


def show_gone(request: HttpRequest, pk: int, *, was_verdict: bool) -> HttpResponse:
    """A case that was on the reader's list and is not any more; of any other case nothing is told (Http404)."""
    slot = slots_once_held_by(acting_user(request)).filter(pk=pk).first()
    if slot is None:
        raise Http404("There is no such case on your list.")
    sent = _said_too_late(request, slot) if was_verdict else ""
    return render_room(request, "_gone", {"round": slot.round, "slot": slot, "sent": sent, "was_sent": was_verdict})


def _said_too_late(request: HttpRequest, slot: Slot) -> str:
    """What the reader has just tried to say of a case that takes it no more, to be told that it was not stored."""
    if request.method != "POST":
        return ""
    verdict = dict(Verdict.choices).get(request.POST.get("verdict", ""), "Cannot judge")
    names = {label.key: label.name for label in slot.round.labels}
    changes = [
        f"{names[key]} {done}" for done in ("struck", "added") for key in request.POST.getlist(done) if key in names
    ]
    comment = (request.POST.get("comment") or request.POST.get("why") or "").strip()
    rest = ". ".join(filter(None, [", ".join(changes), comment]))
    return f"{verdict}: {rest}" if rest else str(verdict)


def go_on(request: HttpRequest, slot: Slot, said: Said) -> HttpResponse:
    """To the next case, or the end of the list: as a fragment for htmx, as a redirect without."""
    reader = acting_user(request)
    take_cases(reader=reader, round_=slot.round, now=timezone.now())
    found = next_case(reader=reader, round_=slot.round, after=slot.order)
    page = reverse("labeling:case", args=[found[0]]) if found else reverse("labeling:done", args=[slot.round_id])
    address = (
        f"{page}?{urlencode({'closed' if said.closed else 'stored': slot.pk})}"  # so that a reload tells of it too
    )
    if not request.headers.get("HX-Request"):
        return redirect(address)
    if found is None:
        return pushed(show_end(request, slot.round, said), address)
    coming, listed = found
    has_page = request.headers.get("X-Ahead") == f"{page}?ahead={slot.pk}"
    if has_page and said.stored and open_ahead(slot=coming, by=reader, now=timezone.now()):
        about = About(coming, slot.round, None, listed.read)
        return pushed(_only_told(request, said, about), address)
    case = case_to_judge(reader, coming)
    if case is None:  # it went to another reader at this very moment
        return pushed(show_gone(request, coming, was_verdict=False), address)
    case.round = slot.round  # its labels are read already
    return pushed(show_case(request, case, said, listed=listed), address)


def _only_told(request: HttpRequest, said: Said, about: About) -> HttpResponse:
    """What the page of a case lacks that the browser fetched ahead."""
    return JsonResponse(told(request, said, about, own_keys(request)), headers={"X-Ahead": "1"})


def pushed(response: HttpResponse, address: str) -> HttpResponse:
    """With the address of what the fragment shows."""
    response["HX-Push-Url"] = address
    return response


def own_case(request: HttpRequest, pk: int) -> Slot:
    """A case of the reader who asks; anybody else's is not found."""
    slot = case_on_list(acting_user(request), pk)
    if slot is None:
        raise Http404("There is no such case on your list.")
    return slot


def _show_held(request: HttpRequest, slot: Slot) -> HttpResponse:
    coming = next_slot(reader=acting_user(request), round_=slot.round, after=slot.order)
    return render_room(request, "_held", {"round": slot.round, "coming": coming})


def _entered(request: HttpRequest, form: VerdictForm | CannotJudgeForm | None, case: Case) -> dict[str, Any]:
    """What stands in the lists: as sent and refused, else as in the draft, else as the standing verdict has it.

    ``chosen`` is the list that is open: asked for by address (without JavaScript), or kept from the form or draft;
    ``is_entered`` whether what stands there is no verdict yet. With ``?closed-with`` it is what the case was closed with
    before that was taken back, which another page's draft may have kept from view.
    """
    asked = request.GET.get("verdict", "")
    kept = case.draft.content if case.draft else {}
    entered: dict[str, Any] = {"is_entered": True, "saved_at": case.draft.saved_at if case.draft else None}
    if form is not None:
        kept, asked = {**kept, **_sent(form)}, ""
        entered["saved_at"] = None
    elif "closed-with" in request.GET and (closing := closing_taken_back(case.slot)):
        kept = closing.as_draft
        entered["saved_at"] = None
    elif case.draft is None:
        entered["is_entered"] = False
        kept = {"struck": [choice.label.key for choice in case.choices if choice.changed]}
        kept["comment"] = case.standing.comment if case.standing else ""
    entered["version"] = version_of(case.draft)
    entered["ticked"] = {*kept.get("struck", ()), *kept.get("added", ())}
    entered["marks"] = kept.get("marks", case.marks)
    entered |= {field: kept.get(field, "") for field in ("comment", "reason", "why")}
    asked = asked or kept.get("verdict", "")
    return {**entered, "chosen": asked if asked in LISTS else ""}


def _sent(form: VerdictForm | CannotJudgeForm) -> dict[str, Any]:
    """What a refused form said, as a draft holds it."""
    data: Any = form.data
    fields = {"verdict": data.get("verdict", ""), "comment": data.get("comment", "")}
    if isinstance(form, CannotJudgeForm):
        entered: dict[str, Any] = form.cleaned_data.get("entered", {})
        return {**entered, "verdict": CANNOT_JUDGE, "reason": data.get("reason", ""), "why": data.get("why", "")}
    marks = form.cleaned_data.get("marks") if "marks" in data else None
    ticked = {field: data.getlist(field) for field in ("struck", "added")}
    return fields | ticked | ({} if marks is None else {"marks": marks})


def _first_error(form: VerdictForm | CannotJudgeForm | None) -> str:
    return str(next(iter(form.errors.values()))[0]) if form is not None and form.errors else ""
