"""One page pattern for every run: state and pace live, what it was asked, and the problems as a table."""

from collections.abc import Callable, Collection
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from core.adapters.tables import write_rows
from core.models import Run, RunState
from core.runs import obstacle_to, page_name

PROBLEMS_PER_PAGE = 50
RESUMABLE = frozenset({RunState.PAUSED, RunState.FAILED})
STOPPABLE = frozenset({RunState.QUEUED, RunState.RUNNING})


def run_url(run: Run) -> str:
    """Address of the page that shows the run."""
    return reverse(page_name(run.kind) or "dashboard:run_list", args=[run.pk])


def run_page(
    request: HttpRequest,
    run: Run,
    template: str,
    *,
    unit: str,
    results: Callable[[], dict[str, Any]] = dict,
    untold: Collection[str] = (),
) -> HttpResponse:
    """Renders a run's page (a template that extends ``base_run.html``), its live part for htmx, or its problems as CSV.

    ``results`` is called only for the whole page: what the run made, for the template's own blocks. When a run ends
    while somebody watches, the live part tells htmx to load the whole page, so that results appear by themselves.
    Problems of the kinds in ``untold`` are left out, of the CSV too.
    """
    if request.GET.get("problems") == "csv":
        return _problems_csv(request, run, untold)
    context: dict[str, Any] = {"run": run, "unit": unit, "url": request.path}
    if request.headers.get("HX-Request"):
        response = render(request, "partials/run.html", context)
        if run.is_over:
            response["HX-Refresh"] = "true"
        return response
    problems = _problems(request, run, untold)
    obstacle = obstacle_to(run) if run.state in RESUMABLE else ""
    context |= {
        "problems": Paginator(problems, PROBLEMS_PER_PAGE).get_page(request.GET.get("page")),
        "problem_kinds": run.problems.exclude(kind__in=untold)
        .order_by("kind")
        .values_list("kind", flat=True)
        .distinct(),
        "problem_kind": request.GET.get("kind", ""),
        "can_pause": run.state in STOPPABLE,
        "can_resume": run.state in RESUMABLE and not obstacle,
        "obstacle": obstacle,
        "can_cancel": run.state in STOPPABLE or run.state == RunState.PAUSED,
        **results(),
    }
    return render(request, template, context)


def _problems(request: HttpRequest, run: Run, untold: Collection[str]) -> Any:
    kind = request.GET.get("kind")
    order = request.GET.get("sort", "")
    allowed = {"where", "line", "kind", "-where", "-line", "-kind"}
    told = run.problems.exclude(kind__in=untold)
    found = told.filter(kind=kind) if kind else told
    return found.order_by(order, "pk") if order in allowed else found.order_by("pk")


def _problems_csv(request: HttpRequest, run: Run, untold: Collection[str]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}-problems.csv"'
    found = _problems(request, run, untold)
    rows = ([one.where, one.line or "", one.field, one.value, one.kind, one.message] for one in found)
    write_rows(response, ["where", "line", "field", "value", "rule", "message"], rows)  # type: ignore[arg-type]  # text, as to a file
    return response
