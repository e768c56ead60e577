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
from core.plots import Bar, Cell, Svg, bars, heatmap
from core.rendering import table_csv
from core.run_pages import run_page
from core.runs import dispatch
from core.searches import sealed_redirect, search_of
from core.sorting import Table
from sampling.actions import create_plan, create_sampling_run
from sampling.design import UNKNOWN, BucketRow, fifths_in_words
from sampling.forms import SamplingForm
from sampling.models import SamplingPlan, SamplingRun
from sampling.planning import label_plan, picks_needed, shortage
from sampling.queries import Why, design_of, sampled_visible_to, why_of

_COLUMNS = frozenset({"rank", "study__study_id", "study__site__code", "inclusion_probability"})
SORTABLE = _COLUMNS | {f"-{column}" for column in _COLUMNS}
PLAN_COLUMNS = (
    *("Label", "Target", "At best", "In the pool", "Expected to survive"),
    "Interval of a sensitivity of 80 %",
)
# Headings of groups that a capital letter alone does not explain.
GROUP_WORDS = {"label": "Labels", "pair": "Labels that come together", "findings": "Number of findings"}
PAIR_WORDS = "Studies that have both labels; empty where the pool has none. "
MOST_LABELS = 24  # of a matrix that can still be read
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
        "for_25": picks_needed(25, plan.consensus_rate),
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
    """Plot and table per group of buckets, labels first; clusters are too many to plot."""
    names = {label.key: label.name for label in run.taxonomy.labels.all()}
    groups = []
    for group in dict.fromkeys(row["group"] for row in run.buckets):
        rows = _told([BucketRow(**row) for row in run.buckets if row["group"] == group], names)
        groups.append(
            {
                "name": group,
                "heading": GROUP_WORDS.get(group, group.capitalize()),
                "plot": _group_plot(group, rows),
                "alike": _alike(group, rows),
                "table": Table.of(
                    group,
                    (group.capitalize(), "Picked", "Target", "In the pool", "Patients"),
                    [(words, row.have, _asked(row), row.pool, row.patients) for words, row in rows],
                ),
                "caption": (PAIR_WORDS if group == "pair" else "")
                + _caption([shortage(row, words[:1].upper() + words[1:]) for words, row in rows]),
            }
        )
    return groups


def _told(rows: Sequence[BucketRow], names: Mapping[str, str]) -> list[tuple[str, BucketRow]]:
    """The rows of a group with their names in words; a fifth that no difficulty falls into is left out."""
    if rows[0].group == "difficulty":
        fifths = fifths_in_words({row.name: row.pool for row in rows})
        return [(fifths[row.name], row) for row in rows if row.name in fifths]
    return [(_bucket_words(row.name, names), row) for row in rows]


def _asked(row: BucketRow) -> int:
    """The target as it was asked for, also where the pool has fewer."""
    return row.target if row.wanted is None else row.wanted


def _group_plot(group: str, rows: Sequence[tuple[str, BucketRow]]) -> Svg | None:
    if group == "cluster":
        return None
    if group == "pair":
        return _pair_plot(rows)
    return bars(
        [Bar(words, row.have, _asked(row), row.pool) for words, row in rows],
        title=f"{group.capitalize()}: picked, wanted, in the pool",
        unit="studies",
        names=("picked", "pool", "target"),
    )


def _pair_plot(rows: Sequence[tuple[str, BucketRow]]) -> Svg | None:
    """How many picks have both labels of each pair; None where there are none, or too many labels to read."""
    found = {tuple(words.split(" + ")): row for words, row in rows}
    labels = sorted({label for pair in found for label in pair})
    if not labels or len(labels) > MOST_LABELS:
        return None
    most = max(row.have for row in found.values())

    def cell(a: str, b: str) -> Cell:
        row = found.get((a, b)) or found.get((b, a))
        return Cell(None) if row is None else Cell(row.have, row.have)

    return heatmap(
        [f"{place} {label}" for place, label in enumerate(labels, 1)],
        [[cell(a, b) for b in labels] for a in labels],
        title="Picked studies that have two labels",
        columns=[str(place) for place in range(1, len(labels) + 1)],
        high=max(1, most),
        is_count=True,
    )


def _alike(group: str, rows: Sequence[tuple[str, BucketRow]]) -> str:
    """The one thing that all studies share, in a sentence; empty where they differ."""
    if group in {"label", "pair", "findings", "difficulty", "cluster"} or len(rows) > 1:
        return ""
    name = rows[0][1].name
    return f"{group.capitalize()}: not known of any study." if name == UNKNOWN else f"{group.capitalize()}: {name}."


def _bucket_words(name: str, names: Mapping[str, str]) -> str:
    """A bucket's name in words; a pair joins two labels."""
    return " + ".join(names.get(part, part) for part in name.split("+")) if not name.endswith("+") else name


def _caption(shortages: Sequence[str]) -> str:
    short = [words for words in shortages if words]
    if not short:
        return "Every target is reached."
    more = len(short) - 4
    return " ".join(short[:4]) + (f" {more} more {'is' if more == 1 else 'are'} short." if more > 0 else "")


@curator_only
def buckets_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Every bucket of a run: picked, wanted, in the pool."""
    run = get_object_or_404(SamplingRun, pk=pk)
    rows = ((r["group"], r["name"], r["have"], r["target"], r["pool"], r["patients"]) for r in run.buckets)
    return _csv(f"sample-{run.pk}-buckets", BUCKET_HEADER, rows)


@curator_only
def sampled_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The picks of a run with their reasons; ``?csv`` gives exactly what is shown. What is searched for is posted."""
    run = get_object_or_404(SamplingRun.objects.select_related("benchmark"), pk=pk)
    if sealed := sealed_redirect(request):
        return sealed
    picks = sampled_visible_to(acting_user(request), run)
    sort = request.GET.get("sort", "rank")
    if sort in SORTABLE:
        picks = picks.order_by(sort, "rank")
    wanted = search_of(request)
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
    fifths = fifths_in_words({row["name"]: row["pool"] for row in run.buckets if row["group"] == "difficulty"})
    names = {label.key: label.name for label in run.taxonomy.labels.all()} | fifths
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
