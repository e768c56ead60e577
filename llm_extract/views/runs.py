"""Pages of extraction runs: all of them, a new one with what it would cost, one at work, and its failures retried."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, curator_only
from core.errors import DomainError
from core.plots import Cell, Stack, heatmap, stacked_bars
from core.run_pages import RESUMABLE, run_page
from core.runs import dispatch
from core.templatetags.ui import number
from llm_extract.actions import create_extraction_run, go_on, retry_failures
from llm_extract.actions.feeding import SENTENCES
from llm_extract.actions.reaching import has_batches_under_way, sees_unmasked
from llm_extract.asking.protocol import Fault
from llm_extract.errors import ExtractionRefusedError
from llm_extract.forms.runs import CapsForm, ExtractionForm
from llm_extract.models import ExtractionRun, Prompt, Stage, StructuredMode
from llm_extract.queries import failure_counts, label_counts
from llm_extract.queries.bench import version_marks
from llm_extract.queries.figures import FLAG_WORDS, doubts_by_label, labels_together
from llm_extract.queries.money import annotated_spend, currency_of, money_words, spend_of, with_spend
from llm_extract.views.estimates import estimate_run
from llm_extract.views.room import RUNS, room_tabs

RELATED = (
    "benchmark",
    "taxonomy",
    "created_by",
    "extractor_backend",
    "mapper_backend",
    "extractor_prompt",
    "mapper_prompt",
    "retry_of",
)


@require_GET
@curator_only
def run_list(request: HttpRequest) -> HttpResponse:
    """All extraction runs, newest first, with what each has spent."""
    runs = with_spend(ExtractionRun.objects.select_related("benchmark", "taxonomy", "created_by").order_by("-pk"))
    page = Paginator(runs, 50).get_page(request.GET.get("page"))
    rows = [(run, annotated_spend(run)) for run in page]
    return render(request, "llm_extract/run_list.html", {"tabs": room_tabs(RUNS), "page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@curator_only
def run_create(request: HttpRequest) -> HttpResponse:
    """Starts an extraction run, or says first what it would cost."""
    form = ExtractionForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            if "estimate" in request.POST:
                context["estimate"] = found = estimate_run(**form.choices_made())
                context["mark"] = version_marks([found.version]).get(found.version, "")
            else:
                run = create_extraction_run(**form.choices_made(), by=acting_user(request))
                dispatch(run)
                messages.success(request, "Extraction started.")
                return redirect("llm_extract:run_detail", run.pk)
        except DomainError as error:
            form.add_error(None, str(error))
    return render(request, "llm_extract/run_create.html", context, status=422 if form.errors else 200)


@require_GET
@curator_only
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A run: live while it works, with what it spends; then what it found, and where it failed."""
    run = get_object_or_404(ExtractionRun.objects.select_related(*RELATED), pk=pk)
    if request.GET.get("part") == "spend":
        return render(request, "llm_extract/_spend.html", {"run": run, "spend": spend_of(run)})
    with_sealed = acting_user(request).is_admin
    return run_page(
        request,
        run,
        "llm_extract/run_detail.html",
        unit="reports",
        results=lambda: _results(run, with_sealed=with_sealed),
    )


def _results(run: ExtractionRun, *, with_sealed: bool) -> dict[str, Any]:
    counts = label_counts(run, with_sealed=with_sealed)
    # A cap never changes, so a run that stands before it would only be paused again.
    more: dict[str, Any] = {"can_resume": False, "go_on": CapsForm(auto_id="more_%s")} if run.is_at_its_cap else {}
    n_read = run.counts.get("reports", 0)
    flags, doubts = doubts_by_label(run, with_sealed=with_sealed)
    return {
        "spend": spend_of(run) if run.uses_models else None,
        "mark": version_marks([run.version]).get(run.version, ""),
        "batches_go_on": run.state in RESUMABLE and has_batches_under_way(run),
        "stages": _stages(run),
        "caps": _caps(run),
        "failures": failures_by_kind(run),
        "n_read": n_read,
        "labels": counts,
        "plot": stacked_bars(
            [Stack(one.name, (one.present, one.uncertain)) for one in counts],
            series=("present", "uncertain"),
            title="Suggested labels",
            unit="studies",
        ),
        "plot_caption": f"Studies in which each label is suggested, as present or as uncertain; {n_read} reports were read.",
        "plot_columns": ("Label", "Present", "Uncertain", "Absent"),
        "plot_rows": [(one.name, one.present, one.uncertain, one.absent) for one in counts],
        "together": _together(run, with_sealed=with_sealed),
        "flags": [FLAG_WORDS[flag] for flag in flags],
        "doubts": [one for one in doubts if any(one.flags)],
        "n_second": sum(one.second_opinions for one in doubts),
        **more,
    }


@dataclass(frozen=True)
class StageChoice:
    """What a run froze of one stage: the backend's name, its model and mode (empty for an embedded one), its prompt."""

    title: str
    name: str
    model: str
    mode: str
    sees: str
    prompt: Prompt | None
    further: list[dict[str, Any]]


def _stages(run: ExtractionRun) -> list[StageChoice]:
    stages = []
    for title, key, stage in (("Extractor", "extractor", Stage.EXTRACT), ("Mapper", "mapper", Stage.MAP)):
        options = run.params.get(f"{key}_options") or {}
        mode = options.get("structured_mode", "")
        stages.append(
            StageChoice(
                title,
                getattr(run, key),
                options.get("model", ""),
                f"{StructuredMode(mode).label if mode in StructuredMode.values else 'text'} of at most "
                f"{number(options.get('max_output_tokens'))} tokens",
                _sees(run, stage, is_frozen=bool(options.get("may_see_unmasked"))),
                getattr(run, f"{key}_prompt"),
                run.params.get("further_prompts", []) if key == "extractor" else [],
            )
        )
    return stages


def _sees(run: ExtractionRun, stage: Stage, *, is_frozen: bool) -> str:
    """What a stage's model is sent from now on, and what it was sent before where that was more."""
    if not is_frozen:
        return "masked text"
    return (
        "unmasked text" if sees_unmasked(run, stage) else "masked text since an admin masked it again, unmasked before"
    )


def _caps(run: ExtractionRun) -> str:
    caps = []
    if run.max_cost is not None:
        caps.append(f"cost {money_words(run.max_cost, currency_of(run))}")
    if run.max_tokens is not None:
        caps.append(f"{number(run.max_tokens)} tokens")
    if run.max_requests is not None:
        caps.append(f"{number(run.max_requests)} requests")
    return ", ".join(caps) or "none"


@dataclass(frozen=True)
class FailureKind:
    """One way in which reports of a run failed, and what to do about it."""

    fault: str
    count: int
    in_mapping: int
    sentence: str

    @property
    def words(self) -> str:
        """The kind, as words."""
        return self.fault.replace("_", " ")


def failures_by_kind(run: ExtractionRun) -> list[FailureKind]:
    """The reports that a run could not read and nobody has read since, by kind, the most first."""
    counted: dict[str, list[int]] = {}
    for one in failure_counts(run):
        both = counted.setdefault(one.fault, [0, 0])
        both[0] += one.count
        both[1] += one.count if one.stage == Stage.MAP else 0
    found = [
        FailureKind(fault, total, in_mapping, SENTENCES.get(Fault(fault), "No usable answer came back."))
        for fault, (total, in_mapping) in counted.items()
    ]
    return sorted(found, key=lambda one: -one.count)


def _together(run: ExtractionRun, *, with_sealed: bool) -> dict[str, Any] | None:
    """The heat map of labels that come together; None where no study has two."""
    together = labels_together(run, with_sealed=with_sealed)
    counts = together.counts
    size = range(len(counts))
    if not any(counts[a][b] for a in size for b in size if a != b):
        return None
    cells = [
        [Cell(counts[a][b] / counts[a][a] if a != b and counts[a][b] else None, counts[a][b]) for b in size]
        for a in size
    ]
    a, b = max(((a, b) for a in size for b in size if a < b), key=lambda pair: counts[pair[0]][pair[1]])
    return {
        "plot": heatmap(together.names, cells, title="Labels that come together"),
        "caption": (
            f"Of the studies with the label at the left, the share that also have the one above, and how many those are; "
            f"empty where none has both. "
            f"{together.names[a]} and {together.names[b]} come together most often, in {counts[a][b]} studies."
        ),
        "columns": ("Label", *together.names),
        "rows": [(name, *counts[index]) for index, name in enumerate(together.names)],
    }


@require_POST
@curator_only
def run_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """A new run over the reports that this one failed on: all of them, or those of one kind."""
    run = get_object_or_404(ExtractionRun.objects.select_related("benchmark", "taxonomy"), pk=pk)
    fault = request.POST.get("fault", "")
    if fault and fault not in set(Fault):
        raise Http404("There is no such kind of failure.")
    try:
        retry = retry_failures(run=run, fault=fault, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("llm_extract:run_detail", pk)
    dispatch(retry)
    messages.success(request, f"The failed reports of run {pk} are read again.")
    return redirect("llm_extract:run_detail", retry.pk)


@require_POST
@curator_only
def run_go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """A new run from where this one stopped before its cap, which may spend more."""
    run = get_object_or_404(ExtractionRun.objects.select_related("benchmark", "taxonomy", "retry_of"), pk=pk)
    form = CapsForm(request.POST)
    try:
        if not form.is_valid():
            raise ExtractionRefusedError(
                " ".join(f"{form[name].label}: {said[0]}" for name, said in form.errors.items())
            )
        following = go_on(run=run, **form.cleaned_data, by=acting_user(request))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("llm_extract:run_detail", pk)
    dispatch(following)
    messages.success(request, f"Run {pk} is over; this one goes on from where it stopped.")
    return redirect("llm_extract:run_detail", following.pk)
