"""The curator's pages of reading rounds. They tell how far reading is, never who said what."""

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, curator_only
from accounts.models import User
from core.errors import DomainError
from core.plots import Stack, progress_line, stacked_bars
from core.rendering import render_page, table_csv
from core.searches import sealed_redirect, search_of
from labeling.actions import arms_of, close_round, open_round
from labeling.adapters.csv_files import ASSIGNMENTS_HEADER, CONTROL_COLUMNS, MARKS_HEADER, READS_HEADER, write_csv
from labeling.forms import LateReaderForm, RoundForm, finished_samples
from labeling.models import ReadingRound
from labeling.queries import (
    assignment_rows,
    attention,
    mark_rows,
    progress,
    read_rows,
    readers_of,
    reads_by_day,
    rounds_with_counts,
    studies_of,
)
from labeling.views.planned import planned_deal

PAGE = 50


@require_GET
@curator_only
def round_list(request: HttpRequest) -> HttpResponse:
    """All rounds with how far they are."""
    page = Paginator(rounds_with_counts(), PAGE).get_page(request.GET.get("page"))
    return render_page(request, "labeling/round_list.html", {"page": page, "can_open": finished_samples().exists()})


@require_http_methods(["GET", "POST"])
@curator_only
def round_create(request: HttpRequest) -> HttpResponse:
    """Opens a round; says beforehand in numbers what each reader gets (``?preview``, so that its tables sort)."""
    if request.method == "GET" and "preview" in request.GET:
        return _planned(request)
    form = RoundForm(request.POST or None, initial=_defaults(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if "preview" in request.POST:
            asked = request.POST.copy()
            asked.pop("csrfmiddlewaretoken", None)
            return redirect(f"{request.path}?{asked.urlencode()}")
        try:
            opened = open_round(
                benchmark=data["sampling_run"].benchmark,
                by=acting_user(request),
                now=timezone.now(),
                **{**data, "readers": list(data["readers"])},
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{opened} is open. Its readers find their cases on their worklists.")
            return redirect("labeling:round_detail", pk=opened.pk)
    status = 422 if form.errors else 200
    return render_page(request, "labeling/round_create.html", _create_context(form), status=status)


def _planned(request: HttpRequest) -> HttpResponse:
    """The form as filled in, with the deal it would make; ``?table`` gives one of its tables as CSV."""
    form = RoundForm(request.GET)
    context = _create_context(form)
    deal = context.get("load", {}).get("deal", {})
    asked = table_csv(request, "plan", [deal["load_table"], deal["pair_table"]]) if "load_table" in deal else None
    status = 422 if form.errors else 200
    return asked or render_page(request, "labeling/round_create.html", context, status=status)


@require_http_methods(["GET", "POST"])
@curator_only
def round_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A round: its settings, progress by reader and in time, and its studies. What is searched for is posted."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark", "taxonomy"), pk=pk)
    if sealed := sealed_redirect(request):
        return sealed
    return render_page(request, "labeling/round_detail.html", _detail_context(request, round_))


@require_POST
@curator_only
def round_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes a round whose name was typed."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark"), pk=pk)
    try:
        close_round(round_=round_, name=request.POST.get("name", ""), by=acting_user(request), now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{round_} is closed; its verdicts stand.")
    return redirect("labeling:round_detail", pk=pk)


@require_GET
@curator_only
def studies_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The studies' table as shown: same filter, same order."""
    round_ = get_object_or_404(ReadingRound, pk=pk)
    rows = (
        (item.study.site.code, item.study.study_id, item.position, item.n_read, item.n_slots)
        for item in _studies(request, round_, search_of(request))
    )
    return _csv(f"round-{pk}-studies", ("site", "study_id", "position", "read", "of"), rows)


@require_GET
@curator_only
def assignments_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Who reads what, as the command export_assignments writes it."""
    round_ = get_object_or_404(ReadingRound, pk=pk)
    return _csv(f"round-{pk}-assignments", ASSIGNMENTS_HEADER, assignment_rows(round_, user=acting_user(request)))


@require_GET
@curator_only
def reads_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """Every standing verdict that counts, as export_reads writes it; ``?controls`` gives the others too, with their arm."""
    round_ = get_object_or_404(ReadingRound, pk=pk)
    is_whole = "controls" in request.GET
    header = (*READS_HEADER, *CONTROL_COLUMNS) if is_whole else READS_HEADER
    rows = read_rows(round_, user=acting_user(request), with_controls=is_whole)
    return _csv(f"round-{pk}-reads", header, rows)


@require_GET
@curator_only
def marks_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """What the readers marked on the pictures, as ``export_reads --marks`` writes it."""
    round_ = get_object_or_404(ReadingRound, pk=pk)
    return _csv(f"round-{pk}-marks", MARKS_HEADER, mark_rows(round_, user=acting_user(request)))


def _defaults(request: HttpRequest) -> dict[str, Any]:
    """The newest sample (or the one asked for), its benchmark's reading protocol, and every reader."""
    asked = request.GET.get("sample", "")
    samples = finished_samples()
    run = (samples.filter(pk=int(asked)).first() if asked.isdecimal() else None) or samples.first()
    if run is None:
        return {}
    reading = run.benchmark.settings["reading"]
    return {
        "sampling_run": run.pk,
        "reads_per_study": reading["reads_per_study"],
        "show_report": reading["show_report"],
        **asdict(arms_of(run.benchmark)),
        "semi_collaborative": reading.get("semi_collaborative", False),
        "readers": list(User.objects.filter(role="reader", is_active=True).values_list("pk", flat=True)),
    }


def _create_context(form: RoundForm) -> dict[str, Any]:
    """The form, and once it is valid the load: each of n readers gets so many studies."""
    context: dict[str, Any] = {"form": form, "has_sample": finished_samples().exists()}
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        studies, k, readers = (
            data["sampling_run"].sampled_studies.count(),
            data["reads_per_study"],
            len(data["readers"]),
        )
        deal = planned_deal(data)
        context["load"] = {
            "studies": studies,
            "k": k,
            "readers": readers,
            "reads": studies * k,
            "least": deal.get("least"),
            "most": deal.get("most"),
            "deal": deal,
            "extra": sum(math.floor(share * studies * k + 0.5) for share in asdict(data["arms"]).values()),
        }
    return context


def _studies(request: HttpRequest, round_: ReadingRound, search: str) -> Any:
    reads = request.GET.get("reads", "")
    return studies_of(
        round_,
        user=acting_user(request),
        reads=int(reads) if reads.isdecimal() else None,
        search=search,
        order=request.GET.get("sort", "position"),
    )


def _detail_context(request: HttpRequest, round_: ReadingRound) -> dict[str, Any]:
    readers = readers_of(round_)
    far = progress(round_)
    points = [(timezone.localtime(moment), count) for moment, count in reads_by_day(round_)]
    rows = [Stack(str(item.reader), (item.read, item.total - item.read)) for item in readers]
    finished = sum(item.read == item.total for item in readers)
    search = search_of(request)
    return {
        "round": round_,
        "readers": readers,
        "late": LateReaderForm(round_) if round_.is_open else None,
        "far": far,
        "attention": attention(round_, user=acting_user(request)),
        "states": list(enumerate(far.studies_by_reads)),
        "search": search,
        "page": Paginator(_studies(request, round_, search), PAGE).get_page(request.GET.get("page")),
        "by_reader": stacked_bars(rows, ("read", "to read"), title="Reads by reader", unit="reads"),
        "by_reader_caption": f"{finished} of {len(readers)} readers have read all their cases. What they said is not shown.",
        "in_time": progress_line(points, title="Reads over time", unit="reads", goal=far.total) if points else None,
        "in_time_caption": f"In: {far.read} of {far.total} reads; the dashed line is all of them.",
    }


def _csv(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    text = io.StringIO()
    write_csv(text, header, rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
