"""The reader's pages: worklist, case, undo, the end of the list. A case of somebody else is not found."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, reader_only, signed_in
from core.errors import DomainError
from core.rendering import render_page
from labeling.actions import open_case, record_read, withdraw_read
from labeling.forms import VerdictForm
from labeling.models import Read, ReadingRound, RoundState, Slot, Verdict
from labeling.queries import case_of, cases_of, history_of, next_slot, progress_of, slots_of, worklist

HISTORY_PAGE = 25


@require_GET
@never_cache
@signed_in
def worklist_page(request: HttpRequest) -> HttpResponse:
    """The reader's home: what to read next, how far they are, what they said."""
    reader = acting_user(request)
    work = worklist(reader)
    context = {
        "work": work,
        "current": next((item for item in work if item.next_slot), None),
        "read": sum(item.read for item in work),
        "history": Paginator(history_of(reader), HISTORY_PAGE).get_page(request.GET.get("page")),
    }
    return render_page(request, "labeling/worklist.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@reader_only
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: GET shows it, POST takes the verdict and goes to the next one."""
    reader = acting_user(request)
    slot = get_object_or_404(cases_of(reader), pk=pk)
    if request.method == "POST":
        return _take_verdict(request, slot)
    return _show(request, slot)


@require_POST
@reader_only
def undo_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the last verdict back and shows its case again."""
    reader = acting_user(request)
    slot = get_object_or_404(cases_of(reader), pk=pk)
    try:
        withdraw_read(slot=slot, by=reader, now=timezone.now())
    except DomainError as error:
        return _refused(request, slot, error)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('labeling:case', args=[slot.pk])}?undone=1")
    return _pushed(_show(request, get_object_or_404(cases_of(reader), pk=pk), undone=True), slot)


@require_GET
@never_cache
@reader_only
def done_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The end of the reader's list in a round."""
    reader = acting_user(request)
    round_ = get_object_or_404(ReadingRound, pk__in=slots_of(reader).filter(round=pk).values("round"))
    return _show_end(request, round_, _stored_read(request, request.GET.get("stored")))


def _take_verdict(request: HttpRequest, slot: Slot) -> HttpResponse:
    form = VerdictForm(request.POST, case=case_of(slot))
    if not form.is_valid():
        return _show(request, slot, form=form)
    try:
        read = record_read(
            slot=slot,
            verdict=form.cleaned_data["verdict"],
            corrections=form.changes(),
            comment=form.cleaned_data["comment"],
            by=acting_user(request),
            now=timezone.now(),
            idempotency_key=form.cleaned_data["idempotency_key"] or None,
        )
    except DomainError as error:
        return _refused(request, slot, error)
    return _go_on(request, slot, read)


def _go_on(request: HttpRequest, slot: Slot, read: Read) -> HttpResponse:
    """To the next case, or the end of the list: as a fragment for htmx, as a redirect without."""
    reader = acting_user(request)
    coming = next_slot(reader=reader, round_=slot.round, after=slot.order)
    if not request.headers.get("HX-Request"):
        address = (
            reverse("labeling:case", args=[coming.pk]) if coming else reverse("labeling:done", args=[slot.round_id])
        )
        return redirect(f"{address}?{urlencode({'stored': slot.pk})}")
    if coming is None:
        response = _show_end(request, slot.round, read)
        response["HX-Push-Url"] = reverse("labeling:done", args=[slot.round_id])
        return response
    coming = cases_of(reader).get(pk=coming.pk)
    return _pushed(_show(request, coming, stored=read), coming)


def _show(
    request: HttpRequest,
    slot: Slot,
    *,
    form: VerdictForm | None = None,
    stored: Read | None = None,
    error: str = "",
    undone: bool = False,
) -> HttpResponse:
    """The case on the screen. A refused form keeps what was chosen."""
    if not slot.round.is_open:
        return render_page(request, "labeling/closed.html", {"round": slot.round}, fragment="labeling/_closed.html")
    if form is None and not error:
        open_case(slot=slot, by=acting_user(request), now=timezone.now())
    asked = request.GET.get("film", "")
    case = case_of(slot, film=int(asked) if asked.isdecimal() else None)
    context: dict[str, Any] = {
        "case": case,
        "form": form,
        "error": error or _first_error(form),
        "stored": stored or _stored_read(request, request.GET.get("stored")),
        "undone": undone or "undone" in request.GET,
        "chosen": _chosen(request, form),
        "ticked": _ticked(form, case),
        "idempotency_key": (form.data.get("idempotency_key") if form else None) or uuid.uuid4().hex,
    }
    status = 422 if context["error"] else 200
    return render_page(request, "labeling/case.html", context, fragment="labeling/_case.html", status=status)


def _refused(request: HttpRequest, slot: Slot, error: DomainError) -> HttpResponse:
    """The refusal's sentence on the case as it is now."""
    return _show(request, get_object_or_404(cases_of(acting_user(request)), pk=slot.pk), error=str(error))


def _show_end(request: HttpRequest, round_: ReadingRound, stored: Read | None) -> HttpResponse:
    reader = acting_user(request)
    read, total = progress_of(reader, round_)
    context = {
        "round": round_,
        "read": read,
        "total": total,
        "stored": stored,
        "coming": next_slot(reader=reader, round_=round_),
        "elsewhere": next((item for item in worklist(reader) if item.next_slot and item.round != round_), None),
    }
    return render_page(request, "labeling/done.html", context, fragment="labeling/_done.html")


def _pushed(response: HttpResponse, slot: Slot) -> HttpResponse:
    """With the address of the case that the fragment shows."""
    response["HX-Push-Url"] = reverse("labeling:case", args=[slot.pk])
    return response


def _stored_read(request: HttpRequest, pk: str | None) -> Read | None:
    """The reader's own standing verdict on a case, stored just before, to be told of and undone."""
    if not pk or not pk.isdecimal():
        return None
    own = cases_of(acting_user(request)).filter(pk=int(pk), round__state=RoundState.OPEN)
    return Read.objects.current().filter(slot__in=own).select_related("slot").first()


def _chosen(request: HttpRequest, form: VerdictForm | None) -> str:
    """The verdict whose label list is open: asked for by address (without JavaScript), or kept from a refused form."""
    asked = (form.data.get("verdict") if form else request.GET.get("verdict")) or ""
    return asked if asked in {Verdict.AGREE_MOSTLY, Verdict.DISAGREE} else ""


def _ticked(form: VerdictForm | None, case: Any) -> set[str]:
    """Keys of the labels that are corrected: as sent, else as the standing verdict has them."""
    if form is not None:
        data: Any = form.data
        return {*data.getlist("struck"), *data.getlist("added")}
    return {choice.label.key for choice in case.choices if choice.changed}


def _first_error(form: VerdictForm | None) -> str:
    return str(next(iter(form.errors.values()))[0]) if form is not None and form.errors else ""
