"""Pages of studies, imports and the deriving of frames."""

from pathlib import Path

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, curator_only
from cases.actions import create_import_run
from cases.adapters.object_store import SCHEME
from cases.adapters.uploads import keep_upload
from cases.contribution import Terms
from cases.forms import ImportForm
from cases.gate.checks import CHECK_NAMES
from cases.gate.told_names import told_name
from cases.models import Contribution, FrameRun, ImportRun, Study
from cases.pseudonyms import Kind
from cases.queries import (
    STUDY_COLUMNS,
    StudyFilter,
    filtered_studies,
    image_counts,
    import_runs,
    other_studies_of_patient,
    shown_patient,
    study_choices,
    study_whole,
)
from cases.queries.gate import decisions_about, holding_findings, without_hidden_twins
from cases.queries.told import pseudonyms, told_date
from core.adapters.tables import write_rows
from core.errors import DomainError
from core.models import RunState
from core.run_pages import run_page
from core.runs import dispatch
from core.searches import sealed_redirect, search_of

_PER_PAGE = 50


@curator_only
@require_http_methods(["GET", "HEAD", "POST"])
def study_list(request: HttpRequest) -> HttpResponse:
    """The studies, filtered, sorted and paged by the address; ``?format=csv`` gives all of them as CSV. What is searched for
    is posted.
    """
    if sealed := sealed_redirect(request):
        return sealed
    wanted = StudyFilter.from_query({**request.GET.dict(), "q": search_of(request)})
    studies = filtered_studies(acting_user(request), wanted)
    if request.GET.get("format") == "csv":
        return _studies_csv(list(studies))
    page = Paginator(studies, _PER_PAGE).get_page(request.GET.get("page"))
    counts = image_counts(list(page))
    context = {
        "page": page,
        "rows": [(study, told_date(study), counts.get(study.pk, 0)) for study in page],
        "wanted": wanted,
        "choices": study_choices(),
    }
    return render(request, "cases/study_list.html", context)


def _studies_csv(studies: list[Study]) -> HttpResponse:
    counts = image_counts(studies)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="studies.csv"'
    rows = []
    for one in studies:
        has_report = "yes" if one.has_report else "no"  # type: ignore[attr-defined]  # annotated by filtered_studies
        about = [one.modality, one.view_position, one.age, one.sex, told_date(one)]
        rows.append([one.site.code, one.study_id, *about, counts.get(one.pk, 0), has_report])
    write_rows(response, STUDY_COLUMNS, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response


@curator_only
@require_GET
def study_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One study: its pictures, what is known of it, its report."""
    user = acting_user(request)
    study = get_object_or_404(study_whole(user), pk=pk)
    images = [(series, image) for series in study.series.all() for image in series.images.all()]
    held = without_hidden_twins(user, holding_findings(user, study))
    history = decisions_about(held)
    context = {
        "study": study,
        "patient": shown_patient(study),
        "report": getattr(study, "report", None),
        "images": images,
        "findings": [(one, CHECK_NAMES.get(one.check_name, one.check_name), history.get(one.pk, [])) for one in held],
        "held_images": {one.image_id for one in held},
        "date": told_date(study),
        "uid": pseudonyms().uid_of(Kind.STUDY, study.pk),
        "others": [(other, told_date(other)) for other in other_studies_of_patient(user, study)],
    }
    return render(request, "cases/study_detail.html", context)


@curator_only
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, newest first."""
    page = Paginator(import_runs(), _PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "cases/import_list.html", {"page": page})


@curator_only
def import_create(request: HttpRequest) -> HttpResponse:
    """Uploads pictures and reports, and starts their import."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        source, reports = keep_upload(data["pictures"], data["reports"])
        try:
            run = create_import_run(
                benchmark=data["benchmark"],
                site_code=form.site_code,
                source=source,
                reports_source=reports,
                layout=data["layout"] or "auto",
                terms=Terms(data["agreement"], data["attested_by"]),
                by=acting_user(request),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            dispatch(run)
            messages.success(request, "Import started.")
            return redirect("cases:import_detail", run.pk)
    return render(request, "cases/import_create.html", {"form": form}, status=422 if form.errors else 200)


@curator_only
@require_GET
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """An import: live while it works, then what came in and what was refused."""
    run = get_object_or_404(import_runs(), pk=pk)
    return run_page(request, run, "cases/import_detail.html", unit="files and rows", results=lambda: _asked(run))


def _asked(run: ImportRun) -> dict[str, object]:
    """What the import was asked, by names rather than by places on the server's disk."""
    facts = {
        "benchmark": run.benchmark.title,
        "site": str(run.site),
        "pictures": run.source if run.source.startswith(SCHEME) else told_name(Path(run.source).name),
        "reports": told_name(Path(run.reports_source).name),
        "layout": run.layout,
    }
    is_kept = not hasattr(run, "upload")  # what came through the browser is removed after its import
    can_repeat = run.state in {RunState.SUCCEEDED, RunState.CANCELLED} and is_kept
    return {"asked": {key: value for key, value in facts.items() if value}, "can_repeat": can_repeat}


@curator_only
@require_POST
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts a new import of the same files, under the terms they came with; what is stored already stays unchanged."""
    old = get_object_or_404(ImportRun, pk=pk)
    given = Contribution.objects.filter(run=old).first() or Contribution()
    try:
        run = create_import_run(
            benchmark=old.benchmark,
            site_code=old.site.code,
            source=old.source,
            reports_source=old.reports_source,
            layout=old.layout,
            terms=Terms(given.agreement, given.attested_by, given.statement),
            by=acting_user(request),
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("cases:import_detail", old.pk)
    dispatch(run)
    return redirect("cases:import_detail", run.pk)


@curator_only
@require_GET
def frames_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A run that derives frame files: live while it works, then what has none and why."""
    run = get_object_or_404(FrameRun.objects.select_related("benchmark", "created_by"), pk=pk)
    asked = {
        "benchmark": run.benchmark.title,
        "studies": len(run.params["studies"]) if "studies" in run.params else "all",
    }
    return run_page(request, run, "cases/frames_detail.html", unit="images", results=lambda: {"asked": asked})
