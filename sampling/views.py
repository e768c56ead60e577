"""Pages of sampling: what a draw would give, what it gave, and why each study was picked or not."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import acting_user, curator_only
from cases.models import Study
from core.adapters.tables import write_rows
from core.errors import DomainError
from core.models import Run
from core.plots import Bar, bars
from core.rendering import table_csv
from core.run_pages import run_page
from core.runs import dispatch
from core.sorting import Table
from sampling.actions import create_plan, create_sampling_run
from sampling.design import BucketRow
from sampling.forms import SamplingForm
from sampling.models import SamplingPlan, SamplingRun
from sampling.planning import label_plan, shortage
from sampling.queries import Why, design_of, sampled_visible_to, why_of

_COLUMNS = frozenset({"rank", "study__study_id", "study__site__code", "inclusion_probability"})
SORTABLE = _COLUMNS | {f"-{column}" for column in _COLUMNS}
PLAN_COLUMNS = (
    *("Label", "Target", "At best", "In the pool", "Expected to survive"),
    "Interval of a sensitivity of 80 %",
)
BUCKET_HEADER = ("group", "name", "picked", "target", "pool", "patients")
TERM_WORDS = {
    "value": "own value: {}",
    "label": "the label {}",
    "pair": "the pair {}",
    "findings": "the quota of {} findings",
    "difficulty": "the {} by difficulty",
    "cluster": "the cluster {}",
    "patient": "several studies of this patient",
    "threshold": "what a study must be worth to be picked",
}


@curator_only
def run_list(request: HttpRequest) -> HttpResponse:
    """All sampling runs, newest first, and the newest plans."""
    runs = SamplingRun.objects.select_related("benchmark", "created_by").order_by("-pk")
    plans = SamplingPlan.objects.select_related("benchmark").order_by("-pk")[:5]
    page = Paginator(runs, 50).get_page(request.GET.get("page"))
    return render(request, "sampling/run_list.html", {"page": page, "plans": plans})


@curator_only
def run_create(request: HttpRequest) -> HttpResponse:
    """Plans a draw, or starts it."""
    form = SamplingForm(request.POST or None, request.FILES or None, initial={"size": 1000})
    if request.method == "POST" and form.is_valid():
        try:
            run = _asked_for(request, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            dispatch(run)
            return redirect("sampling:plan_detail" if "plan" in request.POST else "sampling:run_detail", run.pk)
    return render(request, "sampling/run_create.html", {"form": form}, status=422 if form.errors else 200)


def _asked_for(request: HttpRequest, form: SamplingForm) -> Run:
    by = acting_user(request)
    if "plan" in request.POST:
        return create_plan(**form.asked(), consensus_rate=form.cleaned_data["consensus_rate"] / 100, by=by)
    return create_sampling_run(**form.asked(), by=by)


@curator_only
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: live while it works, then have, target and pool per bucket."""
    run = get_object_or_404(SamplingRun.objects.select_related("benchmark", "taxonomy", "created_by"), pk=pk)
    asked = table_csv(request, f"sample-{run.pk}", [group["table"] for group in _groups(run)])
    return asked or run_page(
        request, run, "sampling/run_detail.html", unit="studies", results=lambda: {"groups": _groups(run)}
    )


@curator_only
def plan_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan: live while it is worked, then what a draw would give at best, and what of it will be left."""
    plan = get_object_or_404(SamplingPlan.objects.select_related("benchmark", "taxonomy", "created_by"), pk=pk)
    if "table" in request.GET:
        context = _plan_context(plan)
        tables = [context["table"], *(group["table"] for group in context["groups"])]
        if (asked := table_csv(request, f"plan-{plan.pk}", tables)) is not None:
            return asked
    return run_page(request, plan, "sampling/plan_detail.html", unit="plans", results=lambda: _plan_context(plan))


def _plan_context(plan: SamplingPlan) -> dict[str, Any]:
    names = {label.key: label.name for label in plan.taxonomy.labels.all()}
    labels = [label_plan(BucketRow(**row), plan.consensus_rate) for row in plan.buckets if row["group"] == "label"]
    rows = [
        (
            names.get(one.name, one.name),
            one.target,
            one.at_best,
            one.pool,
            round(one.survivors, 1),
            "none" if one.half_width is None else f"± {100 * one.half_width:.0f} %",
        )
        for one in labels
    ]
    plot = [Bar(names.get(one.name, one.name), round(one.survivors), None, one.at_best) for one in labels]
    return {
        "table": Table.of("plan", PLAN_COLUMNS, rows),
        "plot": bars(
            plot,
            title="Expected to survive consensus, of those read",
            unit="studies",
            names=("expected to survive", "read", "target"),
        ),
        "caption": f"Dark: expected to survive at {plan.consensus_rate:.0%} consensus. Pale: picked to be read.",
        "groups": [group for group in _groups(plan) if group["name"] != "label"],
    }


def _groups(run: SamplingRun | SamplingPlan) -> list[dict[str, Any]]:
    """Plot and table per group of buckets, labels first; pairs and clusters are too many to plot."""
    names = {label.key: label.name for label in run.taxonomy.labels.all()}
    groups = []
    for group in dict.fromkeys(row["group"] for row in run.buckets):
        rows = [row | {"words": _bucket_words(row["name"], names)} for row in run.buckets if row["group"] == group]
        plot_rows = [Bar(row["words"], row["have"], row["target"], row["pool"]) for row in rows]
        title = f"{group.capitalize()}: picked, wanted, in the pool"
        groups.append(
            {
                "name": group,
                "plot": None if group in {"pair", "cluster"} else bars(plot_rows, title=title, unit="studies"),
                "table": Table.of(
                    group,
                    (group.capitalize(), "Picked", "Target", "In the pool", "Patients"),
                    [(r["words"], r["have"], r["target"], r["pool"], r["patients"]) for r in rows],
                ),
                "caption": _caption(
                    [
                        shortage(BucketRow(**row), names.get(row["name"], _bucket_words(row["name"], names)))
                        for row in run.buckets
                        if row["group"] == group
                    ]
                ),
            }
        )
    return groups


def _bucket_words(name: str, names: Mapping[str, str]) -> str:
    """A bucket's name in words; a pair joins two labels."""
    return " + ".join(names.get(part, part) for part in name.split("+")) if name != "4+" else name


def _caption(shortages: Sequence[str]) -> str:
    short = [words for words in shortages if words]
    if not short:
        return "Every target is reached."
    return " ".join(short[:4]) + (f" {len(short) - 4} more are short." if len(short) > 4 else "")


@curator_only
def buckets_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Every bucket of a run: picked, wanted, in the pool."""
    run = get_object_or_404(SamplingRun, pk=pk)
    rows = ((r["group"], r["name"], r["have"], r["target"], r["pool"], r["patients"]) for r in run.buckets)
    return _csv(f"sample-{run.pk}-buckets", BUCKET_HEADER, rows)


@curator_only
def sampled_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The picks of a run with their reasons; ``?csv`` gives exactly what is shown."""
    run = get_object_or_404(SamplingRun.objects.select_related("benchmark"), pk=pk)
    picks = sampled_visible_to(acting_user(request), run)
    sort = request.GET.get("sort", "rank")
    if sort in SORTABLE:
        picks = picks.order_by(sort, "rank")
    wanted = request.GET.get("q", "").strip()
    if wanted:
        picks = picks.filter(study__study_id__icontains=wanted)
    if "csv" in request.GET:
        header = ("study_id", "rank", "reasons", "inclusion_probability", "site")
        rows = (
            (one.study.study_id, one.rank, "; ".join(one.reasons), one.inclusion_probability, one.study.site.code)
            for one in picks
        )
        return _csv(f"sample-{run.pk}", header, rows)
    page = Paginator(picks, 100).get_page(request.GET.get("page"))
    return render(request, "sampling/sampled_list.html", {"run": run, "page": page, "q": wanted})


@curator_only
def why(request: HttpRequest, pk: int, study_pk: int) -> HttpResponse:
    """Why a run picked a study, or why not: the terms that add up to its margin, and what makes it difficult."""
    run = get_object_or_404(SamplingRun.objects.select_related("benchmark", "taxonomy"), pk=pk)
    studies = Study.objects.visible_to(acting_user(request)).filter(pool_entries__benchmark=run.benchmark)
    study = get_object_or_404(studies.select_related("site"), pk=study_pk)
    found = why_of(run, study, design_of(run))
    names = {label.key: label.name for label in run.taxonomy.labels.all()}
    return render(request, "sampling/why.html", {"run": run, "why": found, "terms": _term_rows(found, names)})


def _term_rows(found: Why, names: Mapping[str, str]) -> list[tuple[str, float]]:
    return [
        (TERM_WORDS.get(group, f"{group} {{}}").format(_bucket_words(name, names)), points)
        for group, name, points in found.terms
    ]


def _csv(name: str, header: Sequence[str], rows: Any) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    write_rows(response, header, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response
