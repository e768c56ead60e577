"""The bench's front page: what there is to judge by, what was tried, and the one next step."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.access import acting_user, curator_only
from llm_extract.models import GoldSet, StressTrial, Trial
from llm_extract.queries.bench import finished_trials, standing_bars, version_marks
from llm_extract.queries.gold_sets import gold_sets_with_counts
from llm_extract.views.room import BENCH, room_tabs

SHOWN = 50


@dataclass(frozen=True)
class NextStep:
    """The one thing to do now, and where."""

    text: str
    action: str
    url: str


@require_GET
@curator_only
def bench(request: HttpRequest) -> HttpResponse:
    """Gold sets, trials, stress trials and barred versions, newest first."""
    trials = (
        Trial.objects.select_related("gold_set__benchmark")
        .annotate(strict=F("scores__strict__micro_f1"), lenient=F("scores__lenient__micro_f1"))
        .defer("scores", "params")
        .order_by("-pk")
    )
    page = Paginator(trials, SHOWN).get_page(request.GET.get("page"))
    stress = list(StressTrial.objects.select_related("benchmark").order_by("-pk")[:SHOWN])
    gold_sets = list(gold_sets_with_counts(acting_user(request))[:SHOWN])
    context: dict[str, Any] = {
        "tabs": room_tabs(BENCH),
        "next": _next_step(gold_sets, stress),
        "gold_sets": gold_sets,
        "page": page,
        "stress": [(one, _overall(one)) for one in stress],
        "marks": version_marks([one.version for one in [*page, *stress]]),
        "bars": list(standing_bars()[:SHOWN]),
    }
    return render(request, "llm_extract/bench/front.html", context)


def _overall(trial: StressTrial) -> Any:
    rates = trial.results.get("rates") or [{"right": None}]
    return rates[0]["right"]


def _next_step(gold_sets: list[GoldSet], stress: list[StressTrial]) -> NextStep:
    if not gold_sets:
        return NextStep(
            "To know whether an extraction can be trusted, the bench needs labels that people vouch for.",
            "Add a gold set",
            reverse("llm_extract:gold_create"),
        )
    newest = gold_sets[0]
    if not finished_trials().exists():
        return NextStep(
            f"No pipeline was tried on {newest} yet.",
            "Start a trial",
            f"{reverse('llm_extract:trial_create')}?gold_set={newest.pk}",
        )
    if not stress:
        return NextStep(
            "A trial says how often a pipeline is right. A stress trial says whether it reads: it alters one finding of a "
            "report and looks whether the label changes.",
            "Start a stress trial",
            reverse("llm_extract:stress_create"),
        )
    if stress[0].results.get("passes") is False and not standing_bars().filter(version=stress[0].version).exists():
        return NextStep(
            f"{stress[0].extractor} → {stress[0].mapper} did not pass its newest stress trial.",
            "See where it was wrong",
            reverse("llm_extract:stress_detail", args=[stress[0].pk]),
        )
    return NextStep(
        "What does well here can read the reports that wait.", "New extraction", reverse("llm_extract:run_create")
    )
