"""Pages of the gate: what waits for a curator's decision, and the report of one contribution."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import acting_user, curator_only
from cases.actions.decisions import UNMASK, decide_finding, hold_picture
from cases.forms import DecisionForm
from cases.gate.checks import CHECK_NAMES
from cases.models import Decision, GateFinding, Image, ImportRun, Site, Study
from cases.queries import import_runs
from cases.queries.gate import (
    GATE_REPORT_COLUMNS,
    SHOWN,
    GateReport,
    decisions_about,
    findings_to_decide,
    gate_report,
    without_hidden_twins,
)
from cases.tasks import frames_task
from core.adapters.tables import write_rows
from core.errors import DomainError

_PER_PAGE = 20


@curator_only
@require_GET
def quarantine(request: HttpRequest) -> HttpResponse:
    """What waits, each finding beside its picture, to accept, mask or reject; ``?show=decided`` what was accepted or masked, and
    ``?show=rejected`` what was rejected, to be decided otherwise.
    """
    show = request.GET.get("show", "") if request.GET.get("show") in SHOWN else ""
    site = request.GET.get("site", "").replace("\0", "")
    found = findings_to_decide(acting_user(request), site=site, show=show)
    page = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    findings = without_hidden_twins(acting_user(request), page)
    history = decisions_about(findings)
    context = {
        "page": page,
        "rows": [(one, CHECK_NAMES.get(one.check_name, one.check_name), history.get(one.pk, [])) for one in findings],
        "site": site,
        "sites": Site.objects.order_by("code"),
        "show": show,
    }
    return render(request, "cases/quarantine.html", context)


@curator_only
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A curator's decision about one finding, and about one that was decided before; then the next one."""
    user = acting_user(request)
    finding = get_object_or_404(GateFinding.objects.filter(study__in=Study.objects.visible_to(user)), pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return _back(form, finding)
    decision = form.cleaned_data["decision"]
    try:
        with transaction.atomic():
            decided = decide_finding(
                finding=finding,
                decision=decision,
                regions=form.cleaned_data["regions"],
                by=user,
                now=timezone.now(),
                seen=form.cleaned_data["seen"],
            )
            if decision in {Decision.MASK, UNMASK}:
                frames_task.delay_on_commit(decided.image_id)  # type: ignore[attr-defined]  # of celery's Django task class
    except DomainError as error:
        messages.error(request, str(error))
    else:
        words = "Mask taken back" if decision == UNMASK else decided.get_decision_display()
        messages.success(request, f"{words}: {decided.study.study_id}.")
    return _back(form, finding)


def _back(form: DecisionForm, finding: GateFinding) -> HttpResponse:
    """To the page on which it was decided."""
    back = form.cleaned_data.get("back", "")
    if back == "study":
        return redirect("cases:study_detail", finding.study_id)
    return redirect(reverse("cases:quarantine") + (f"?show={back}" if back else ""))


@curator_only
@require_POST
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Holds a picture in which a curator saw something that the gate had let through."""
    user = acting_user(request)
    listed = Image.objects.filter(series__study__in=Study.objects.visible_to(user)).select_related("series__study")
    image = get_object_or_404(listed, pk=pk)
    try:
        hold_picture(image=image, by=user, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Study {image.series.study.study_id} is held; mask or reject the picture.")
    return redirect("cases:study_detail", image.series.study_id)


@curator_only
@require_GET
def contribution_report(request: HttpRequest, pk: int) -> HttpResponse:
    """The gate's report of one import, for the site's data manager; ``?format=csv`` is the file to send."""
    run = get_object_or_404(import_runs(), pk=pk)
    report = gate_report(acting_user(request), run)
    if request.GET.get("format") == "csv":
        return gate_csv(run, report)
    page = Paginator(report.findings, 50).get_page(request.GET.get("page"))
    rows = [(one, CHECK_NAMES.get(one.check_name, one.check_name)) for one in page]
    return render(request, "cases/gate_report.html", {"run": run, "report": report, "page": page, "rows": rows})


def gate_csv(run: ImportRun, report: GateReport) -> HttpResponse:
    """The gate's report as a file."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="gate-{run.pk}.csv"'
    write_rows(response, GATE_REPORT_COLUMNS, report.rows())  # type: ignore[arg-type]  # a response takes text as a file does
    return response
