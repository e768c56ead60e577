"""The curator's pages of training sets: their cases with worked answers, and how readers did."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import acting_user, curator_only
from cases.models import Study
from core.errors import DomainError
from core.rendering import render_page
from labeling.actions import add_training_case, create_training_set, import_training_cases, remove_training_case
from labeling.forms import TrainingCaseForm, TrainingSetForm
from labeling.models import TrainingCase, TrainingSet
from labeling.queries import training_results


@require_http_methods(["GET", "POST"])
@curator_only
def training_list(request: HttpRequest) -> HttpResponse:
    """All sets; POST makes one, with a file's cases if one is sent."""
    form = TrainingSetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _create(request, form)
        except DomainError as error:
            form.add_error(None, str(error))
    sets = TrainingSet.objects.select_related("benchmark").annotate(
        n_cases=Count("cases", distinct=True), n_rounds=Count("rounds", distinct=True)
    )
    context = {"form": form, "sets": sets.order_by("-pk")}
    return render_page(request, "labeling/training_list.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@curator_only
def training_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A set: its cases with their answers, and how readers did; POST adds a case while no round uses it."""
    training_set = get_object_or_404(TrainingSet.objects.select_related("benchmark", "taxonomy"), pk=pk)
    form = TrainingCaseForm(request.POST or None, training_set=training_set, user=acting_user(request))
    if request.method == "POST" and form.is_valid():
        try:
            add_training_case(
                training_set=training_set, **form.cleaned_data, by=acting_user(request), now=timezone.now()
            )
            return redirect("labeling:training_detail", pk=pk)
        except DomainError as error:
            form.add_error(None, str(error))
    return render_page(
        request,
        "labeling/training_detail.html",
        _detail(request, training_set, form),
        status=422 if form.errors else 200,
    )


@require_POST
@curator_only
def training_case_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a case out of its set."""
    case = get_object_or_404(TrainingCase.objects.select_related("training_set"), pk=pk)
    try:
        remove_training_case(case=case, by=acting_user(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("labeling:training_detail", pk=case.training_set_id)


def _create(request: HttpRequest, form: TrainingSetForm) -> HttpResponse:
    data, by, now = form.cleaned_data, acting_user(request), timezone.now()
    made = create_training_set(benchmark=data["benchmark"], name=data["name"], by=by, now=now)
    if file := data.get("file"):
        done = import_training_cases(training_set=made, file=file, file_name=file.name, by=by, now=now)
        for _, sentence in done.problems[:20]:
            messages.error(request, sentence)
        messages.success(request, f"{done.added} cases added, {len(done.problems)} rows refused.")
    return redirect("labeling:training_detail", pk=made.pk)


def _detail(request: HttpRequest, training_set: TrainingSet, form: TrainingCaseForm) -> dict[str, Any]:
    """To a curator a case whose study was sealed since is only a number."""
    names = dict(training_set.taxonomy.labels.values_list("key", "name"))
    visible = set(Study.objects.visible_to(acting_user(request)).filter(training_cases__training_set=training_set))
    cases = [
        {"case": case, "labels": [names[key] for key in case.answer], "is_visible": case.study in visible}
        for case in training_set.cases.select_related("study__site").order_by("position")
    ]
    return {
        "set": training_set,
        "cases": cases,
        "results": training_results(training_set),
        "is_used": training_set.rounds.exists(),
        "form": form,
    }
