"""The pages of a site's contributor: what was sent, what became of it, and how to send more. Nothing of anybody else."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, contributor_only, fresh_login_required
from accounts.models import User
from cases.actions.contributors import create_site_token
from cases.actions.uploads import begin_upload
from cases.contribution import PATIENT_FIXED
from cases.forms import ContributionForm, SiteTokenForm
from cases.gate.checks import CHECK_NAMES, Outcome
from cases.models import GateFinding, ImportRun
from cases.queries.contributors import (
    contributed_runs,
    contributor_of,
    curators_imports,
    memberships_of,
    standings,
    terms_of,
    told_of,
    waiting_by_run,
)
from cases.queries.gate import site_gate_report
from cases.queries.uploads import own_uploads
from cases.views.gate import gate_csv
from core.errors import DomainError
from core.run_pages import run_page

_PER_PAGE = 25
_FIRST = 10  # findings that a contribution's page shows itself


@require_GET
@contributor_only
def contribution_list(request: HttpRequest) -> HttpResponse:
    """A site's home: how it stands in each benchmark, what is begun, and every contribution."""
    user = acting_user(request)
    page = Paginator(contributed_runs(user), _PER_PAGE).get_page(request.GET.get("page"))
    waiting = waiting_by_run(list(page))
    context = {
        "contributor": contributor_of(user),
        "standings": standings(user),
        "curators_imports": curators_imports(user),
        "open_uploads": own_uploads(user).filter(state="open"),
        "page": page,
        "rows": [(run, waiting.get(run.pk, 0)) for run in page],
    }
    return render(request, "cases/contribution_list.html", context)


@require_http_methods(["GET", "POST"])
@contributor_only
def contribution_create(request: HttpRequest) -> HttpResponse:
    """Asks for which benchmark, and for the terms; then the files are chosen."""
    user = acting_user(request)
    memberships = list(memberships_of(user))
    form = ContributionForm(memberships, request.POST or None)
    if request.method == "POST" and form.is_valid():
        membership = form.membership
        try:
            upload = begin_upload(
                benchmark=membership.benchmark,
                site_code=membership.contributor.site.code,
                layout=form.cleaned_data["layout"] or "auto",
                terms=terms_of(user, membership),
                by=user,
                now=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("cases:upload_detail", upload.pk)
    context = {"form": form, "memberships": memberships, "contributor": contributor_of(user)}
    return render(request, "cases/contribution_create.html", context, status=422 if form.errors else 200)


@require_GET
@contributor_only
def contribution_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One contribution: live while it is taken in; then what came in, what was refused and what the gate holds."""
    run = get_object_or_404(contributed_runs(acting_user(request)), pk=pk)
    run.message = told_of(run)
    return run_page(
        request,
        run,
        "cases/contribution_detail.html",
        unit="files and rows",
        results=lambda: _found(run),
        untold=(PATIENT_FIXED,),
    )


def _found(run: ImportRun) -> dict[str, object]:
    report = site_gate_report(run)
    held = [one for one in report.findings if one.outcome == Outcome.QUARANTINE]
    return {"report": report, "held": _named(held[:_FIRST]), "n_held": len(held), "terms": report.contribution}


def _named(findings: list[GateFinding]) -> list[tuple[GateFinding, str]]:
    return [(one, CHECK_NAMES.get(one.check_name, one.check_name)) for one in findings]


@require_GET
@contributor_only
def contribution_gate(request: HttpRequest, pk: int) -> HttpResponse:
    """Every finding of the gate in one contribution; ``?format=csv`` as a file, with what was refused."""
    run = get_object_or_404(contributed_runs(acting_user(request)), pk=pk)
    report = site_gate_report(run)
    if request.GET.get("format") == "csv":
        return gate_csv(run, report)
    page = Paginator(report.findings, 50).get_page(request.GET.get("page"))
    context = {"run": run, "report": report, "page": page, "rows": _named(list(page))}
    return render(request, "cases/contribution_gate.html", context)


@require_GET
@contributor_only
def contribution_dicomweb(request: HttpRequest) -> HttpResponse:
    """Where an archive stores the site's studies by DICOMweb, and the tokens that it needs."""
    return _dicomweb_page(request, acting_user(request))


@require_POST
@never_cache
@contributor_only
@fresh_login_required
def contribution_token(request: HttpRequest) -> HttpResponse:
    """Makes a token once the terms are accepted for all that is sent with it; shown on the answer, this once."""
    user = acting_user(request)
    form = SiteTokenForm(list(memberships_of(user)), request.POST)
    if form.is_valid():
        try:
            issued = create_site_token(name=form.cleaned_data["name"], expires_at=form.expires_at, by=user)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            context = {"token": issued.token, "secret": issued.secret, "back": reverse("cases:contribution_dicomweb")}
            return render(request, "accounts/token_made.html", context)
    return _dicomweb_page(request, user, form)


def _dicomweb_page(request: HttpRequest, user: User, form: SiteTokenForm | None = None) -> HttpResponse:
    memberships = list(memberships_of(user))
    addresses = [
        (one.benchmark, request.build_absolute_uri(f"/dicom-web/{one.benchmark.slug}/{one.contributor.site.code}/"))
        for one in memberships
    ]
    context = {
        "contributor": contributor_of(user),
        "addresses": addresses,
        "tokens": user.api_tokens.all(),
        "form": form or SiteTokenForm(memberships),
    }
    return render(request, "cases/contribution_dicomweb.html", context, status=422 if form and form.errors else 200)
