"""Pages of sampling: its runs, what they asked for, what they got, and why each study was picked."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import acting_user, curator_only
from core.adapters.tables import write_rows
from core.plots import Bar, bars
from core.run_pages import run_page
from core.runs import dispatch
from sampling.actions import create_sampling_run
from sampling.forms import SamplingForm
from sampling.models import SamplingRun
from sampling.queries import sampled_visible_to

_COLUMNS = frozenset({"rank", "study__study_id", "study__site__code", "inclusion_probability"})
SORTABLE = _COLUMNS | {f"-{column}" for column in _COLUMNS}


@curator_only
def run_list(request: HttpRequest) -> HttpResponse:
    """All sampling runs, newest first."""
    runs = SamplingRun.objects.select_related("benchmark", "created_by").order_by("-pk")
    return render(request, "sampling/run_list.html", {"page": Paginator(runs, 50).get_page(request.GET.get("page"))})


@curator_only
def run_create(request: HttpRequest) -> HttpResponse:
    """Starts a draw."""
    form = SamplingForm(request.POST or None, initial={"size": 1000})
    if request.method == "POST" and form.is_valid():
        run = create_sampling_run(**form.cleaned_data, by=acting_user(request))
        dispatch(run)
        return redirect("sampling:run_detail", run.pk)
    return render(request, "sampling/run_create.html", {"form": form})


@curator_only
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: live while it works, then have, target and pool per bucket."""
    run = get_object_or_404(SamplingRun.objects.select_related("benchmark", "taxonomy", "created_by"), pk=pk)
    return run_page(request, run, "sampling/run_detail.html", unit="studies", results=lambda: {"groups": _groups(run)})


def _groups(run: SamplingRun) -> list[dict[str, object]]:
    """Plot and table per group of buckets, labels first; pairs are too many to plot and are left to the table."""
    names = {label.key: label.name for label in run.taxonomy.labels.all()}
    groups = []
    for group in dict.fromkeys(row["group"] for row in run.buckets):
        rows = [row for row in run.buckets if row["group"] == group]
        if group == "pair":
            continue
        plot_rows = [Bar(names.get(row["name"], row["name"]), row["have"], row["target"], row["pool"]) for row in rows]
        short = [row for row in rows if row["have"] < row["target"]]
        groups.append(
            {
                "name": group,
                "plot": bars(plot_rows, title=f"{group.capitalize()}: picked, wanted, in the pool", unit="studies"),
                "columns": (group.capitalize(), "Picked", "Target", "In the pool", "Patients"),
                "rows": [
                    (names.get(r["name"], r["name"]), r["have"], r["target"], r["pool"], r["patients"]) for r in rows
                ],
                "caption": _caption(short, names),
            }
        )
    return groups


def _caption(short: list[dict[str, object]], names: dict[str, str]) -> str:
    if not short:
        return "Every target is reached."
    return " ".join(
        f"{names.get(str(row['name']), row['name'])} reaches {row['have']} of {row['target']}; the pool has {row['pool']}."
        for row in short[:4]
    )


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
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="sample-{run.pk}.csv"'
        header = ("study_id", "rank", "reasons", "inclusion_probability", "site")
        rows = (
            (one.study.study_id, one.rank, "; ".join(one.reasons), one.inclusion_probability, one.study.site.code)
            for one in picks
        )
        write_rows(response, header, rows)  # type: ignore[arg-type]  # a response takes text as a file does
        return response
    page = Paginator(picks, 100).get_page(request.GET.get("page"))
    return render(request, "sampling/sampled_list.html", {"run": run, "page": page, "q": wanted})
