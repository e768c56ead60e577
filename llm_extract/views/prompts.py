"""Prompts: every version of every stage, edited as new versions, compared, and promoted."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import acting_user, curator_only
from core.errors import DomainError
from llm_extract.actions import ensure_shipped_prompts, promote_prompt, save_prompt_version
from llm_extract.asking.prompts import shipped_prompts
from llm_extract.forms.prompts import PromptForm
from llm_extract.models import ExtractionRun, Prompt, Stage
from llm_extract.queries.prompts import needs_a_trial, promoted, standing, trial_of
from llm_extract.views.room import PROMPTS, room_tabs

RUNS_SHOWN = 20


@dataclass(frozen=True)
class DiffLine:
    """One line of a comparison: what became of it (``added``, ``removed``, ``same``, ``place``) and its text."""

    kind: str
    text: str


def diff_lines(before: str, after: str) -> list[DiffLine]:
    """A unified comparison of two texts as lines to read, with three lines around each change; empty when they are equal."""
    kinds = {"+": "added", "-": "removed", " ": "same", "@": "place"}

    def lines() -> Iterator[DiffLine]:
        compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
        for number, line in enumerate(compared):
            if number >= 2:  # the first two name files, of which there are none
                yield DiffLine(kinds[line[0]], line if line[0] == "@" else line[1:])

    return list(lines())


@require_GET
@curator_only
def prompt_list(request: HttpRequest) -> HttpResponse:
    """Every prompt by stage, the newest version of each name first, the one that new runs use marked."""
    prompts = list(Prompt.objects.select_related("created_by").order_by("stage", "name", "-version"))
    stages = [
        {
            "label": stage.label,
            "prompts": [one for one in prompts if one.stage == stage],
            "standing": standing(stage),
            "promoted": promoted(stage),
        }
        for stage in Stage
    ]
    context = {"tabs": room_tabs(PROMPTS), "stages": stages, "has_any": bool(prompts), "n_missing": n_missing(prompts)}
    return render(request, "llm_extract/prompt_list.html", context)


def n_missing(prompts: list[Prompt]) -> int:
    """How many of the prompts that came with the product have no row yet."""
    have = {(one.stage, one.name, one.version) for one in prompts}
    return sum((str(one.stage), one.name, one.version) not in have for one in shipped_prompts())


@require_POST
@curator_only
def prompt_shipped(request: HttpRequest) -> HttpResponse:
    """Lists the prompts that came with the product; those there are stay."""
    ensure_shipped_prompts()
    messages.success(request, "The prompts that came with the product are listed.")
    return redirect("llm_extract:prompt_list")


@require_GET
@curator_only
def prompt_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: its text, what changed against the one before, its sisters, and which runs used it."""
    prompt = get_object_or_404(Prompt.objects.select_related("created_by"), pk=pk)
    versions = list(Prompt.objects.filter(stage=prompt.stage, name=prompt.name).order_by("-version"))
    before = next((one for one in versions if one.version < prompt.version), None)
    used = ExtractionRun.objects.filter(
        Q(extractor_prompt=prompt) | Q(mapper_prompt=prompt) | Q(params__further_prompts__contains=[{"id": prompt.pk}])
    )
    stands = standing(prompt.stage)
    context = {
        "prompt": prompt,
        "versions": versions,
        "before": before,
        "changes": diff_lines(before.text, prompt.text) if before else [],
        "is_standing": stands is not None and stands.pk == prompt.pk,
        "is_promoted": promoted(prompt.stage) == prompt,
        "runs": used.select_related("benchmark").order_by("-pk")[:RUNS_SHOWN],
        "n_runs": used.aggregate(n=Count("pk"))["n"],
        "promotions": prompt.promotions.select_related("by")[:5],
    }
    return render(request, "llm_extract/prompt_detail.html", context)


@require_http_methods(["GET", "POST"])
@curator_only
def prompt_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The text in an editor; saved, it is a new version and this one stays as it is."""
    prompt = get_object_or_404(Prompt, pk=pk)
    form = PromptForm(request.POST) if request.method == "POST" else PromptForm.editing(prompt)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_prompt_version(stage=prompt.stage, by=acting_user(request), **form.cleaned_data)
        except DomainError as error:
            form.add_error("text", str(error))
        else:
            messages.success(request, f"{saved} is saved. Runs use it once it is chosen or promoted.")
            return redirect("llm_extract:prompt_detail", saved.pk)
    context = {"prompt": prompt, "form": form}
    return render(request, "llm_extract/prompt_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@curator_only
def prompt_promote(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what promoting changes, and whether the version was tried, then does it."""
    prompt = get_object_or_404(Prompt, pk=pk)
    refusal = ""
    if request.method == "POST":
        try:
            promote_prompt(prompt=prompt, by=acting_user(request), untried=request.POST.get("untried") == "on")
        except DomainError as error:
            refusal = str(error)
        else:
            messages.success(request, f"{prompt} is the prompt that new runs use.")
            return redirect("llm_extract:prompt_detail", prompt.pk)
    stands = standing(prompt.stage)
    context = {
        "prompt": prompt,
        "standing": stands,
        "refusal": refusal,
        "trial": trial_of(prompt),
        "is_untried": needs_a_trial(prompt),
        "changes": diff_lines(stands.text, prompt.text) if stands and stands.pk != prompt.pk else [],
    }
    return render(request, "llm_extract/prompt_promote.html", context, status=422 if refusal else 200)
