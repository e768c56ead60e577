"""What a curator does about cases that stuck: decides on held studies, deals again, hands a reader's cases to others."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import acting_user, curator_only
from cases.models import Study
from core.errors import DomainError
from labeling.actions import deal_in_reader, deal_waiting, decide_hold, hand_over
from labeling.forms import LateReaderForm
from labeling.models import ReadingRound, RoundReader, Slot, StudyHold


@require_POST
@curator_only
def hold_page(request: HttpRequest, pk: int, hold_pk: int) -> HttpResponse:
    """Decides about a study in which patient data was seen."""
    user = acting_user(request)
    held = get_object_or_404(StudyHold, pk=hold_pk, study__in=Study.objects.visible_to(user), study__rounds__round=pk)
    try:
        decided = decide_hold(hold=held, decision=request.POST.get("decision", ""), by=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Study {decided.study.study_id}: {decided.get_decision_display().lower()}.")
    return redirect("labeling:round_detail", pk=pk)


@require_POST
@curator_only
def deal_page(request: HttpRequest, pk: int, slot_pk: int) -> HttpResponse:
    """Tries again to deal a case that waits for a reader."""
    user = acting_user(request)
    waiting = get_object_or_404(Slot, pk=slot_pk, round=pk, round_study__study__in=Study.objects.visible_to(user))
    try:
        deal_waiting(slot=waiting, by=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The case is on a reader's list.")
    return redirect("labeling:round_detail", pk=pk)


@require_POST
@curator_only
def hand_over_page(request: HttpRequest, pk: int, reader_pk: int) -> HttpResponse:
    """Hands what a reader has not read to the others of the round."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark"), pk=pk)
    member = get_object_or_404(RoundReader.objects.select_related("reader"), round=round_, reader=reader_pk)
    try:
        done = hand_over(round_=round_, reader=member.reader, by=acting_user(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        on_screen = f" {done.kept} on the screen now stay until their loan ends." if done.kept else ""
        messages.success(request, f"{done.moved} cases of {member.reader} went to the others.{on_screen}")
    return redirect("labeling:round_detail", pk=pk)


@require_POST
@curator_only
def deal_in_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Deals a late reader into the round."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark"), pk=pk)
    form = LateReaderForm(round_, request.POST)
    if not form.is_valid():
        messages.error(
            request, "Choose an active reader who has nothing left to read in this round, and a whole number."
        )
        return redirect("labeling:round_detail", pk=pk)
    try:
        done = deal_in_reader(round_=round_, by=acting_user(request), now=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{form.cleaned_data['reader']} got {done.words}.")
    return redirect("labeling:round_detail", pk=pk)
