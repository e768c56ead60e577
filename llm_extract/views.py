"""Pages of extraction: its runs, and what is suggested for a study."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.access import acting_user, curator_only
from cases.models import Study
from core.plots import Stack, stacked_bars
from core.run_pages import run_page
from core.runs import dispatch
from llm_extract.actions import create_extraction_run
from llm_extract.evidence import highlight
from llm_extract.forms import ExtractionForm
from llm_extract.models import ExtractionRun
from llm_extract.queries import label_counts, study_findings, study_suggestion_sets


@curator_only
def run_list(request: HttpRequest) -> HttpResponse:
    """All extraction runs, newest first."""
    runs = ExtractionRun.objects.select_related("benchmark", "taxonomy", "created_by").order_by("-pk")
    return render(request, "llm_extract/run_list.html", {"page": Paginator(runs, 50).get_page(request.GET.get("page"))})


@curator_only
def run_create(request: HttpRequest) -> HttpResponse:
    """Starts an extraction run."""
    form = ExtractionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        run = create_extraction_run(**form.choices_made(), by=acting_user(request))
        dispatch(run)
        messages.success(request, "Extraction started.")
        return redirect("llm_extract:run_detail", run.pk)
    return render(request, "llm_extract/run_create.html", {"form": form})


@curator_only
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: live while it works, then what it found per label."""
    run = get_object_or_404(ExtractionRun.objects.select_related("benchmark", "taxonomy", "created_by"), pk=pk)

    def results() -> dict[str, object]:
        counts = label_counts(run)
        return {
            "labels": counts,
            "plot": stacked_bars(
                [Stack(one.name, (one.present, one.uncertain)) for one in counts],
                series=("present", "uncertain"),
                title="Suggested labels",
                unit="studies",
            ),
            "plot_columns": ("Label", "Present", "Uncertain", "Absent"),
            "plot_rows": [(one.name, one.present, one.uncertain, one.absent) for one in counts],
        }

    return run_page(request, run, "llm_extract/run_detail.html", unit="reports", results=results)


@curator_only
def study_suggestions(request: HttpRequest, pk: int) -> HttpResponse:
    """What is suggested for a study, version by version, with the report it rests on."""
    study = get_object_or_404(
        Study.objects.visible_to(acting_user(request)).select_related("site", "patient", "report"), pk=pk
    )
    sets = list(study_suggestion_sets(study))
    report = getattr(study, "report", None)
    newest = sets[0] if sets else None
    spans = [pair for one in newest.suggestions.all() for pair in one.span_pairs] if newest else []
    return render(
        request,
        "llm_extract/study_suggestions.html",
        {
            "study": study,
            "sets": sets,
            "findings": study_findings(newest) if newest else [],
            "report_parts": highlight(report.text, spans) if report else [],
        },
    )
