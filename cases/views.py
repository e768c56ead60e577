"""Pages of studies and imports, and the pictures themselves."""

import csv
from pathlib import Path

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.access import acting_user, curator_only, signed_in
from cases.actions import create_import_run
from cases.adapters.storage import DERIVED, open_kept
from cases.adapters.uploads import keep_upload
from cases.forms import ImportForm
from cases.models import Image, ImportRun, Study
from cases.queries import (
    STUDY_COLUMNS,
    StudyFilter,
    filtered_studies,
    image_counts,
    import_runs,
    may_view_study,
    other_studies_of_patient,
    study_choices,
    study_whole,
)
from core.errors import DomainError
from core.models import RunState
from core.run_pages import run_page
from core.runs import dispatch

_PER_PAGE = 50
_FOREVER = "private, max-age=31536000, immutable"


@curator_only
@require_GET
def study_list(request: HttpRequest) -> HttpResponse:
    """The studies, filtered, sorted and paged by the address; ``?format=csv`` gives all of them as CSV."""
    wanted = StudyFilter.from_query(request.GET.dict())
    studies = filtered_studies(acting_user(request), wanted)
    if request.GET.get("format") == "csv":
        return _studies_csv(list(studies))
    page = Paginator(studies, _PER_PAGE).get_page(request.GET.get("page"))
    counts = image_counts(list(page))
    context = {
        "page": page,
        "rows": [(study, counts.get(study.pk, 0)) for study in page],
        "wanted": wanted,
        "choices": study_choices(),
    }
    return render(request, "cases/study_list.html", context)


def _studies_csv(studies: list[Study]) -> HttpResponse:
    counts = image_counts(studies)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="studies.csv"'
    writer = csv.writer(response, lineterminator="\n")
    writer.writerow(STUDY_COLUMNS)
    for one in studies:
        has_report = "yes" if one.has_report else "no"  # type: ignore[attr-defined]  # annotated by filtered_studies
        about = [one.modality, one.view_position, one.age, one.sex, one.study_date]
        row = [one.site.code, one.study_id, *about, counts.get(one.pk, 0), has_report]
        writer.writerow("" if value is None else value for value in row)
    return response


@curator_only
@require_GET
def study_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One study: its pictures, what is known of it, its report."""
    user = acting_user(request)
    study = get_object_or_404(study_whole(user), pk=pk)
    images = [(series, image) for series in study.series.all() for image in series.images.all()]
    context = {
        "study": study,
        "report": getattr(study, "report", None),
        "images": images,
        "others": other_studies_of_patient(user, study),
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
        "pictures": Path(run.source).name,
        "reports": Path(run.reports_source).name,
        "layout": run.layout,
    }
    can_repeat = run.state in {RunState.SUCCEEDED, RunState.CANCELLED}
    return {"asked": {key: value for key, value in facts.items() if value}, "can_repeat": can_repeat}


@curator_only
@require_POST
def import_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts a new import of the same files; what is stored already stays unchanged."""
    old = get_object_or_404(ImportRun, pk=pk)
    names = ("source", "reports_source", "layout")
    again = {name: getattr(old, name) for name in names}
    try:
        run = create_import_run(benchmark=old.benchmark, site_code=old.site.code, by=acting_user(request), **again)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("cases:import_detail", old.pk)
    dispatch(run)
    return redirect("cases:import_detail", run.pk)


@signed_in
@require_GET
def image_preview(request: HttpRequest, pk: int, sha256: str = "") -> HttpResponseBase:
    """The picture at full size in 8 bits."""
    return _picture(request, pk, sha256, "preview_sha256")


@signed_in
@require_GET
def image_thumbnail(request: HttpRequest, pk: int, sha256: str = "") -> HttpResponseBase:
    """The picture, 256 pixels at most."""
    return _picture(request, pk, sha256, "thumbnail_sha256")


def _picture(request: HttpRequest, pk: int, sha256: str, name: str) -> HttpResponseBase:
    """A derived picture for those who may see its study; 404 for everyone else, so that nothing tells it is there."""
    image = get_object_or_404(Image.objects.select_related("series"), pk=pk)
    stored = str(getattr(image, name))
    if not stored or (sha256 and sha256 != stored) or not may_view_study(request.user, image.series.study_id):
        raise Http404("There is no such picture, or it is not open to you.")
    etag = f'"{stored}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        try:
            file = open_kept(DERIVED, stored)
        except FileNotFoundError:
            raise Http404("The picture's file is missing from the storage; import its original again.") from None
        response = FileResponse(file, content_type="image/jpeg")
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    response["Cache-Control"] = _FOREVER
    response["Vary"] = "Cookie"
    return response
