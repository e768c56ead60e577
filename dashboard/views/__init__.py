"""Home pages, all runs in one list, and the buttons of a run's page."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import acting_user, curator_only, public, signed_in
from core.errors import DomainError
from core.models import Run
from core.run_pages import run_url
from dashboard.actions import control_run
from dashboard.queries import benchmark_chains, open_alarms, runs_visible_to


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """What needs me now: a reader's worklist, a contributor's site; for curators and admins each benchmark's chain and
    its next action.
    """
    user = acting_user(request)
    if user.is_contributor:
        return redirect("cases:contribution_list")
    if not user.is_curator:
        return redirect("labeling:worklist")
    context = {
        "chains": benchmark_chains(user),
        "alarms": open_alarms(user),
        "runs": _with_urls(runs_visible_to(user)[:8]),
    }
    return render(request, "dashboard/home.html", context)


@curator_only
def run_list(request: HttpRequest) -> HttpResponse:
    """Every run of every kind, newest first."""
    runs = runs_visible_to(acting_user(request))
    state = request.GET.get("state", "")
    if state:
        runs = runs.filter(state=state)
    page = Paginator(runs, 50).get_page(request.GET.get("page"))
    return render(request, "dashboard/run_list.html", {"page": page, "rows": _with_urls(page), "state": state})


def _with_urls(runs: Iterable[Run]) -> list[tuple[Run, str]]:
    return [(run, run_url(run)) for run in runs]


@curator_only
@require_POST
def run_control(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause, resume or cancel a run, then back to its page."""
    user = acting_user(request)
    run = get_object_or_404(runs_visible_to(user), pk=pk)
    try:
        control_run(run=run, do=request.POST.get("do", ""), by=user)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(run_url(run))


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """For load balancers: 200 when the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
