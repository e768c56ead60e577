"""The worked answer that a reader sees after judging a training case."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.access import reader_only
from labeling.models import Slot
from labeling.queries import answer_of, case_of, next_slot, training_state
from labeling.views.room import own_case, pushed, render_room


@require_GET
@never_cache
@reader_only
def answer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The answer to a training case that the reader has judged; to anybody else, and before, it is not found."""
    return show_answer(request, own_case(request, pk))


def show_answer(request: HttpRequest, slot: Slot) -> HttpResponse:
    """The case's pictures with the expert's labels, the reader's, and why; and where to go on."""
    address = reverse("labeling:answer", args=[slot.pk])
    if request.method == "POST" and not request.headers.get("HX-Request"):
        return redirect(address)
    case = case_of(slot)
    answer = answer_of(slot, case.standing) if case.standing else None
    if answer is None:
        raise Http404("There is no answer to show.")
    state = training_state(slot.holder, slot.round)
    coming = state.open_slot if slot.round.requires_training else state.next_slot
    coming = coming or next_slot(reader=slot.holder, round_=slot.round, after=slot.order)
    context = {"case": case, "case_images": json.dumps(case.viewer), "answer": answer, "state": state, "coming": coming}
    return pushed(render_room(request, "_answer", context), address)
