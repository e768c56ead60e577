"""Pages of releases: building, freezing, exporting. A holdout shows as counts, and case by case to admins alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import acting_user, admin_only, curator_only, fresh_login_required
from consensus.outcomes import Rule
from core.adapters.tables import write_rows
from core.errors import DomainError
from core.models import RunState
from core.plots import Bar, Stack, bars, stacked_bars
from core.rendering import table_csv
from core.run_pages import run_page
from core.runs import dispatch
from core.sorting import Table
from releases.actions import (
    create_build,
    create_export,
    discard_draft,
    freeze_release,
    publish_release,
    withdraw_release,
)
from releases.forms import BuildForm, ExportForm
from releases.models import Release, ReleaseBuild, ReleaseExport
from releases.queries import (
    GroupReport,
    cases_visible_to,
    label_balance,
    releases_visible_to,
    selection_and_split,
)
from sampling.design import UNKNOWN

REPORT_HEADER = ("group", "name", "selected", "target", "eligible", "released", "holdout")
STEPS: Mapping[str, Callable[..., object]] = {
    "freeze": freeze_release,
    "publish": publish_release,
    "withdraw": withdraw_release,
    "discard": discard_draft,
}


@curator_only
def release_list(request: HttpRequest) -> HttpResponse:
    """All releases, newest first, and the builds under way."""
    page = Paginator(releases_visible_to(acting_user(request)), 50).get_page(request.GET.get("page"))
    builds = ReleaseBuild.objects.select_related("benchmark").order_by("-pk")[:5]
    return render(request, "releases/list.html", {"page": page, "builds": builds})


@admin_only
def build_create(request: HttpRequest) -> HttpResponse:
    """Starts a build."""
    form = BuildForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            build = create_build(**form.cleaned_data, by=acting_user(request))
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            dispatch(build)
            return redirect("releases:build_detail", build.pk)
    return render(request, "releases/build_create.html", {"form": form}, status=422 if form.errors else 200)


@admin_only
def build_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A build: live while it works, then its draft."""
    build = get_object_or_404(ReleaseBuild.objects.select_related("benchmark", "round", "release__benchmark"), pk=pk)
    return run_page(request, build, "releases/build_detail.html", unit="steps")


@curator_only
def release_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A release: sizes, balance of the two sides, how it was made, and its next step."""
    user = acting_user(request)
    release = get_object_or_404(releases_visible_to(user), pk=pk)
    balance = label_balance(release)
    context = {
        "release": release,
        "rule": Rule(release.rule["name"], release.rule["at_least"], release.rule["verdict"]),
        "plot": stacked_bars(
            [Stack(row.name, (row.released, row.holdout)) for row in balance],
            ("released", "holdout"),
            title="Cases per label on each side",
            unit="cases",
        ),
        "plot_rows": [(row.name, row.released, row.holdout) for row in balance],
        "plot_columns": ("Label", "Released", "Holdout"),
        "exports": ReleaseExport.objects.filter(release=release).order_by("-pk")[:10] if user.is_admin else [],
        "export_form": ExportForm(),
    }
    return render(request, "releases/detail.html", context)


@curator_only
def release_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Selection and split, group by group, as sums; ``?csv`` gives all of them."""
    release = get_object_or_404(releases_visible_to(acting_user(request)), pk=pk)
    groups = selection_and_split(release)
    if "csv" in request.GET:
        return _report_csv(release, groups)
    unknown = [group.name for group in groups if [name for name, *_ in group.selection] == [UNKNOWN]]
    shown = [_group_context(group) for group in groups if group.name not in unknown]
    asked = table_csv(request, release.name, [group[part] for group in shown for part in ("selection", "sides")])
    return asked or render(request, "releases/report.html", {"release": release, "groups": shown, "unknown": unknown})


def _group_context(group: GroupReport) -> dict[str, Any]:
    most = max((abs(released - holdout) for _, released, holdout in group.sides), default=0)
    return {
        "name": group.name,
        "caption": " ".join(["Dark: selected. Pale: eligible. The mark is the target.", *_short(group)]),
        "selection_plot": bars(
            [Bar(name, have, target, pool) for name, have, target, pool in group.selection],
            title=f"{group.name.capitalize()}: selected, wanted, eligible",
            unit="studies",
            names=("selected", "eligible", "target"),
        ),
        "selection": Table.of(
            f"selection-{group.name}", (group.name.capitalize(), "Selected", "Target", "Eligible"), group.selection
        ),
        "sides_plot": stacked_bars(
            [Stack(name, (released, holdout)) for name, released, holdout in group.sides],
            ("released", "holdout"),
            title=f"{group.name.capitalize()} on each side",
            unit="studies",
        ),
        "sides": Table.of(f"split-{group.name}", (group.name.capitalize(), "Released", "Holdout"), group.sides),
        "sides_caption": f"The two sides differ by {most} at most.",
    }


def _short(group: GroupReport) -> list[str]:
    """What the selection is short of, in sentences; only of labels, where each one counts."""
    if group.name != "label":
        return []
    return [
        f"{name}: no eligible study has it." if pool == 0 else f"{name}: {have} of {target} wanted, of {pool} eligible."
        for name, have, target, pool in group.selection
        if pool == 0 or have < target
    ]


def _report_csv(release: Release, groups: list[GroupReport]) -> HttpResponse:
    sides = {(group.name, name): both for group in groups for name, *both in group.sides}
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{release.name}-report.csv"'
    rows = (
        (group.name, name, have, target, pool, *sides.get((group.name, name), ("", "")))
        for group in groups
        for name, have, target, pool in group.selection
    )
    write_rows(response, REPORT_HEADER, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response


@curator_only
def case_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The cases the person may see, each with its labels and why it was selected."""
    user = acting_user(request)
    release = get_object_or_404(releases_visible_to(user), pk=pk)
    cases = cases_visible_to(user, release)
    if side := request.GET.get("partition"):
        cases = cases.filter(release_patient__partition=side)
    page = Paginator(cases, 100).get_page(request.GET.get("page"))
    return render(request, "releases/case_list.html", {"release": release, "page": page, "partition": side or ""})


@admin_only
@fresh_login_required
@require_POST
def release_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Freeze, publish, withdraw or discard: asks for the release's name, and for a fresh login."""
    release = get_object_or_404(Release.objects.select_related("benchmark"), pk=pk)
    if step not in STEPS:
        raise Http404(f"A release has no step {step!r}.")
    try:
        STEPS[step](release=release, name=request.POST.get("name", ""), by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("releases:detail", pk)
    messages.success(request, f"{release.name}: {step} done.")
    return redirect("releases:list") if step == "discard" else redirect("releases:detail", pk)


@admin_only
@require_POST
def export_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts an export."""
    release = get_object_or_404(Release.objects.select_related("benchmark"), pk=pk)
    form = ExportForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a partition and at least one format.")
        return redirect("releases:detail", pk)
    try:
        export = create_export(release=release, by=acting_user(request), **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("releases:detail", pk)
    dispatch(export)
    return redirect("releases:export_detail", export.pk)


@admin_only
def export_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """An export: live while it works, then its file."""
    export = get_object_or_404(ReleaseExport.objects.select_related("release__benchmark", "created_by"), pk=pk)
    return run_page(request, export, "releases/export_detail.html", unit="exports")


@admin_only
def export_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The finished export's zip."""
    export = get_object_or_404(ReleaseExport, pk=pk, state=RunState.SUCCEEDED)
    path = Path(settings.DATA_DIR) / "exports" / export.file
    if not export.file or not path.is_file():
        raise Http404("The file of this export is gone; run the export again.")
    return FileResponse(path.open("rb"), as_attachment=True, filename=export.file)
