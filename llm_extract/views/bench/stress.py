"""Stress trials: started, watched, what came of one; and versions barred and let in again."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, curator_only
from accounts.models import User
from benchmarks.models import Benchmark
from core.errors import DomainError
from core.run_pages import run_page
from core.runs import dispatch
from llm_extract.actions import bar_version, create_stress_trial, lift_bar
from llm_extract.actions.pipelines import scope_of
from llm_extract.actions.stress import PASSING
from llm_extract.forms.bench import BarForm, StressForm
from llm_extract.models import BarredVersion, StressTrial
from llm_extract.queries.bench import standing_bars
from llm_extract.queries.stress import wrong_answers, wrong_rows
from llm_extract.views.bench.figures import KINDS, kind_words, stress_plot

RELATED = ("benchmark", "taxonomy__benchmark", "created_by", "extractor_prompt", "mapper_prompt")
FIRST_SHOWN = 5
PER_PAGE = 20


@require_http_methods(["GET", "POST"])
@curator_only
def stress_create(request: HttpRequest) -> HttpResponse:
    """Starts a stress trial."""
    asked = {name: request.GET[name] for name in ("benchmark", "extractor", "mapper") if name in request.GET}
    form = StressForm(request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            trial = create_stress_trial(
                benchmark=data["benchmark"],
                choice=form.choice(),
                limit=data["limit"],
                seed=data["seed"],
                by=acting_user(request),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            dispatch(trial)
            messages.success(request, "Stress trial started.")
            return redirect("llm_extract:stress_detail", trial.pk)
    context = {"form": form, "has_benchmark": Benchmark.objects.exists()}
    return render(request, "llm_extract/bench/stress_create.html", context, status=422 if form.errors else 200)


@require_GET
@curator_only
def stress_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A stress trial, live; then how often the label changed as it must, and where it did not."""
    trial = get_object_or_404(StressTrial.objects.select_related(*RELATED), pk=pk)
    user = acting_user(request)
    return run_page(
        request, trial, "llm_extract/bench/stress_detail.html", unit="reports", results=lambda: _results(trial, user)
    )


def _results(trial: StressTrial, user: User) -> dict[str, Any]:
    bar = standing_bars().filter(version=trial.version).first()
    rates = trial.results.get("rates")
    if not rates:
        return {"bar": bar}
    wrong = wrong_rows(trial, user)
    return {
        "bar": bar,
        "rates": [(kind_words(one["kind"]), one["kind"], _with_wrong(one, wrong)) for one in rates],
        "overall": rates[0]["right"],
        "plot": stress_plot(rates),
        "mark": PASSING,
        "passes": trial.results.get("passes"),
        "unread": trial.results.get("unread", 0),
        "n_wrong": len(wrong),
        "first_wrong": wrong_answers(trial, scope_of(trial.taxonomy), wrong[:FIRST_SHOWN]),
    }


def _with_wrong(rate: dict[str, Any], wrong: list[dict[str, Any]]) -> dict[str, Any]:
    """A rate with how many of its wrong answers the person may look at."""
    return rate | {"wrong": sum(rate["kind"] in {None, one["kind"]} for one in wrong)}


@require_GET
@curator_only
def stress_wrong(request: HttpRequest, pk: int) -> HttpResponse:
    """Every altered report after which the label was wrong, with the sentence as written and as altered."""
    trial = get_object_or_404(StressTrial.objects.select_related("benchmark", "taxonomy__benchmark"), pk=pk)
    kind = request.GET.get("kind", "")
    page = Paginator(wrong_rows(trial, acting_user(request), kind=kind), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "trial": trial,
        "page": page,
        "rows": wrong_answers(trial, scope_of(trial.taxonomy), list(page.object_list)),
        "kinds": {key: words for key, words in KINDS.items() if key},
        "kind": kind,
    }
    return render(request, "llm_extract/bench/stress_wrong.html", context)


@require_http_methods(["GET", "POST"])
@curator_only
def stress_bar(request: HttpRequest, pk: int) -> HttpResponse:
    """Bars the trial's version from runs, once a reason is given."""
    trial = get_object_or_404(StressTrial.objects.select_related("benchmark"), pk=pk)
    form = BarForm(request.POST or None, initial={"reason": _reason(trial)})
    if request.method == "POST" and form.is_valid():
        try:
            bar_version(version=trial.version, reason=form.cleaned_data["reason"], trial=trial, by=acting_user(request))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Version {trial.version} is barred: no run may use it until the bar is lifted.")
            return redirect("llm_extract:stress_detail", trial.pk)
    context = {"trial": trial, "form": form}
    return render(request, "llm_extract/bench/stress_bar.html", context, status=422 if form.errors else 200)


def _reason(trial: StressTrial) -> str:
    rates = trial.results.get("rates")
    if not rates or rates[0]["right"]["value"] is None:
        return ""
    worst = min((one for one in rates if one["right"]["value"] is not None), key=lambda one: one["right"]["value"])
    right = worst["right"]
    return f"Stress trial {trial.pk}: {kind_words(worst['kind']).lower()}, right in {right['count']} of {right['n']}."


@require_POST
@curator_only
def bar_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets runs use a barred version again."""
    bar = get_object_or_404(BarredVersion, pk=pk)
    try:
        lift_bar(version=bar.version, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Runs may use version {bar.version} again.")
    return redirect("llm_extract:bench")
