"""Trials: started, watched, and what came of one."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, curator_only
from accounts.models import User
from core.errors import DomainError
from core.run_pages import run_page
from core.runs import dispatch
from llm_extract.actions import create_trial, keep_calibration
from llm_extract.forms.bench import TrialForm
from llm_extract.models import Calibration, GoldSet, Prompt, Stage, Trial
from llm_extract.queries.bench import finished_trials, label_names, taken_by, version_marks
from llm_extract.queries.calibrations import curve_of
from llm_extract.queries.differing import CAUSE_WORDS, cause_table, differing_in, shown
from llm_extract.queries.prompts import standing
from llm_extract.views.bench.figures import f1_plot

RELATED = (
    *("benchmark", "taxonomy", "gold_set", "created_by", "extractor_backend", "mapper_backend"),
    *("extractor_prompt", "mapper_prompt"),
)
FIRST_SHOWN = 5
PER_PAGE = 20
ASKED_IN_URL = ("gold_set", "extractor", "mapper", "extractor_prompt", "mapper_prompt", "samples", "maps_all", "limit")


@require_http_methods(["GET", "POST"])
@curator_only
def trial_create(request: HttpRequest) -> HttpResponse:
    """Starts a trial; the address may fill the form in (`?extractor_prompt=3&limit=20`)."""
    asked: dict[str, Any] = {name: request.GET[name] for name in ASKED_IN_URL if name in request.GET}
    asked["further_prompts"] = request.GET.getlist("further_prompts")
    form = TrialForm(request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            trial = create_trial(
                gold_set=data["gold_set"], choice=form.choice(), limit=data["limit"], by=acting_user(request)
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            dispatch(trial)
            messages.success(request, "Trial started.")
            return redirect("llm_extract:trial_detail", trial.pk)
    context = {"form": form, "has_gold": GoldSet.objects.exists()}
    return render(request, "llm_extract/bench/trial_create.html", context, status=422 if form.errors else 200)


@require_GET
@curator_only
def trial_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A trial, live; then its figures, causes, reliability, cost and time."""
    trial = get_object_or_404(Trial.objects.select_related(*RELATED), pk=pk)
    user = acting_user(request)
    counting = "lenient" if request.GET.get("counting") == "lenient" else "strict"
    return run_page(
        request, trial, "llm_extract/bench/trial_detail.html", unit="reports",
        results=lambda: _results(trial, user, counting),
    )  # fmt: skip


def _results(trial: Trial, user: User, counting: str) -> dict[str, Any]:
    common = {"counting": counting, "mark": version_marks([trial.version]).get(trial.version)}
    scores = trial.scores.get(counting)
    if not scores:
        return common
    names = label_names(trial)
    differing = differing_in(trial, user)
    others = finished_trials().filter(gold_set=trial.gold_set_id).exclude(pk=trial.pk).defer("scores", "params")
    return common | {
        "scores": scores,
        "other_counting": trial.scores["lenient" if counting == "strict" else "strict"],
        "plot": f1_plot(scores, names),
        "labels": [(names[one["label"]], one["label"], one) for one in scores["labels"]],
        "causes": _causes(cause_table(differing), names),
        "n_differing": len(differing),
        "first_differing": shown(differing[:FIRST_SHOWN], names),
        "reliability": trial.scores["reliability"],
        "calibration": Calibration.objects.filter(trial=trial).first(),
        "taken": taken_by(trial),
        "others": others[:20],
        "promotable": _promotable(trial),
    }


def _causes(counted: Mapping[str, Mapping[str, int]], names: Mapping[str, str]) -> dict[str, Any]:
    """The table of causes: one row per label with its counts, one column per cause that occurs."""
    columns = [cause for cause in CAUSE_WORDS if any(cause in of_label for of_label in counted.values())]
    rows = [
        (name, key, [(cause, counted[key].get(cause, 0)) for cause in columns], sum(counted[key].values()))
        for key, name in names.items()
        if key in counted
    ]
    return {"columns": [(cause, CAUSE_WORDS[cause]) for cause in columns], "rows": rows}


def _promotable(trial: Trial) -> list[Prompt]:
    """The trial's prompts that new runs do not use yet."""
    if trial.state != "succeeded":
        return []
    both = ((Stage.EXTRACT, trial.extractor_prompt), (Stage.MAP, trial.mapper_prompt))
    return [prompt for stage, prompt in both if prompt is not None and standing(stage) != prompt]


@require_GET
@curator_only
def trial_differing(request: HttpRequest, pk: int) -> HttpResponse:
    """Every label the trial has otherwise than the gold set, by label and cause, with the report's sentence."""
    trial = get_object_or_404(Trial.objects.select_related("taxonomy", "gold_set", "benchmark"), pk=pk)
    names = label_names(trial)
    label, cause = request.GET.get("label", ""), request.GET.get("cause", "")
    found = differing_in(trial, acting_user(request), label=label, cause=cause)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "trial": trial,
        "page": page,
        "rows": with_calibrated(trial, shown(list(page.object_list), names)),
        "names": names,
        "causes": list(CAUSE_WORDS),
        "label": label,
        "cause": cause,
        "label_name": names.get(label, ""),
    }
    return render(request, "llm_extract/bench/trial_differing.html", context)


def with_calibrated(trial: Trial, rows: list[Any]) -> list[tuple[Any, float | None, float | None]]:
    """Each row with the confidence stated for what the trial said, and the calibrated one where a curve is kept."""
    found = trial.studies.filter(study__in={row.study.pk for row in rows})
    values = found.values_list("study", "suggestions__label__name", "suggestions__confidence")
    stated = {(study, name): confidence for study, name, confidence in values}
    curve = curve_of(trial.version)
    return [
        (row, one, curve.apply(one) if curve and one is not None else None)
        for row in rows
        for one in [stated.get((row.study.pk, row.label))]
    ]


@require_POST
@curator_only
def calibration_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps the trial's calibration."""
    trial = get_object_or_404(Trial, pk=pk)
    try:
        keep_calibration(trial=trial, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, "The calibration is kept: calibrated confidence stands beside the stated one of this version."
        )
    return redirect("llm_extract:trial_detail", pk)
