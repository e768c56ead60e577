"""A reader's case: shown, judged, closed without a verdict, taken back. A case of somebody else is not found."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, reader_only
from core.errors import DomainError
from labeling.actions import cannot_judge, record_read, take_cases, undo_cannot_judge, withdraw_read
from labeling.forms import CannotJudgeForm, UndoForm, VerdictForm
from labeling.models import Arm, ReadingRound, Slot, SlotState
from labeling.queries import case_on_list, case_to_judge, closing_of, closing_taken_back, next_slot, training_to_do
from labeling.views.answer import show_answer
from labeling.views.room import go_on, own_case, pushed, show_case, show_gone, show_refusal
from labeling.views.told import Said


@require_http_methods(["GET", "POST"])
@never_cache
@reader_only
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: GET shows it, POST takes the verdict and goes to the next one."""
    reader = acting_user(request)
    is_judged = request.method == "POST"
    slot = case_to_judge(reader, pk) if is_judged else case_on_list(reader, pk)
    if slot is None:
        return show_gone(request, pk, was_verdict=is_judged)
    if (first := training_to_do(slot)) is not None:
        return redirect("labeling:case", first)
    return _take_verdict(request, slot) if is_judged else show_case(request, slot)


@require_GET
@never_cache
@reader_only
def next_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The next case of a round, taken on loan where the round is open to all; the end of the list when there is none."""
    reader = acting_user(request)
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark"), pk=pk, readers__reader=reader)
    take_cases(reader=reader, round_=round_, now=timezone.now())
    coming = next_slot(reader=reader, round_=round_)
    return redirect("labeling:case", coming) if coming else redirect("labeling:done", round_.pk)


@require_POST
@reader_only
def cannot_judge_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes the case without a verdict and goes to the next one."""
    slot = get_object_or_404(Slot.objects.select_related("round__benchmark"), pk=pk, reader=acting_user(request))
    form = CannotJudgeForm(request.POST)
    if not form.is_valid():
        return show_case(request, own_case(request, pk), form=form)
    try:
        said = cannot_judge(
            slot=slot,
            reason=form.cleaned_data["reason"],
            comment=form.cleaned_data["why"],
            entered=form.cleaned_data["entered"],
            seen=form.seen(),
            sent_before=form.cleaned_data["sent_before"].split(),
            page=form.cleaned_data["page"],
            based_on=form.based_on(),
            by=acting_user(request),
            now=timezone.now(),
            idempotency_key=form.cleaned_data["idempotency_key"] or None,
        )
    except DomainError as error:
        return show_refusal(request, slot, error, form=form)
    return go_on(request, slot, Said(closed=said))


@require_POST
@reader_only
def undo_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a verdict, or the closing of a case, back and shows the case again."""
    reader, form = acting_user(request), UndoForm(request.POST)
    slot = Slot.objects.select_related("round__benchmark").filter(pk=pk, reader=reader).first()
    if slot is None or (slot.state == SlotState.CLOSED and closing_of(slot) is None):
        return show_gone(request, pk, was_verdict=False)
    reopened = None
    try:
        if slot.state == SlotState.CLOSED or form.undoes("closing") > 0:
            undo_cannot_judge(slot=slot, by=reader, now=timezone.now(), undoes=form.undoes("closing"))
            reopened = closing_taken_back(slot)
        else:
            withdraw_read(slot=own_case(request, pk), by=reader, now=timezone.now(), undoes=form.undoes("read"))
    except DomainError as error:
        return _refused_undo(request, slot, error)
    address = reverse("labeling:case", args=[slot.pk])
    if not request.headers.get("HX-Request"):
        return redirect(f"{address}?undone=1")
    return pushed(show_case(request, own_case(request, pk), Said(undone=True, reopened=reopened)), address)


def _refused_undo(request: HttpRequest, slot: Slot, error: DomainError) -> HttpResponse:
    """The sentence on the case it was about, or on the next one where that is no longer the reader's."""
    if slot.state != SlotState.CLOSED:
        return pushed(show_refusal(request, slot, error), reverse("labeling:case", args=[slot.pk]))
    coming = next_slot(reader=acting_user(request), round_=slot.round, after=slot.order)
    if coming is None:
        return redirect("labeling:done", slot.round_id)
    response = show_case(request, own_case(request, coming), Said(error=str(error)))
    return pushed(response, reverse("labeling:case", args=[coming]))


def _take_verdict(request: HttpRequest, slot: Slot) -> HttpResponse:
    form = VerdictForm(request.POST, may_be_bare=slot.round.may_be_bare)
    if not form.is_valid():
        return show_case(request, own_case(request, slot.pk), form=form)
    data = form.cleaned_data
    try:
        read = record_read(
            slot=slot,
            verdict=data["verdict"],
            corrections=form.changes(),
            comment=data["comment"],
            marks=data["marks"],
            display=data["display"],
            seen=form.seen(),
            sent_before=data["sent_before"].split(),
            page=data["page"],
            based_on=form.based_on(),
            by=acting_user(request),
            now=timezone.now(),
            idempotency_key=data["idempotency_key"] or None,
        )
    except DomainError as error:
        return show_refusal(request, slot, error, form=form)
    if slot.arm == Arm.TRAINING:
        return show_answer(request, own_case(request, slot.pk))
    return go_on(request, slot, Said(stored=read))
