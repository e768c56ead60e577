"""Two trials on the same gold set, side by side."""

from dataclasses import replace
from typing import Any, cast, get_args

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import acting_user, curator_only
from core.plots import Interval, intervals
from core.templatetags.ui import number
from llm_extract.actions.pipelines import scope_of
from llm_extract.models import Trial
from llm_extract.queries.bench import SideBySide, compared, finished_trials, label_names, taken_by
from llm_extract.queries.differing import Wrong, differing_between, explained, shown
from llm_extract.trust.scoring import Figure, LabelScore

PER_PAGE = 20
WRONG_WORDS = {
    "one": "one of them wrong",
    "first": "only the first wrong",
    "second": "only the second wrong",
    "both": "both wrong",
}


@require_GET
@curator_only
def compare_trials(request: HttpRequest) -> HttpResponse:
    """Figures, cost and time of two trials side by side, whether they differ by chance, and where they differ."""
    trials = _chosen(request.GET.getlist("trial"))
    if len(trials) != 2 or trials[0].gold_set_id != trials[1].gold_set_id:
        return _choose(request, trials)
    first, second = trials
    names, side = label_names(first), compared(first, second)
    by_wrong = differing_between(first, second, acting_user(request))
    wrong = cast(Wrong, request.GET.get("wrong") if request.GET.get("wrong") in get_args(Wrong) else "one")
    label = request.GET.get("label", "")
    page = Paginator([row for row in by_wrong[wrong] if label in {"", row.label}], PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "first": first,
        "second": second,
        "side": side,
        "taken": (taken_by(first), taken_by(second)),
        "labels": _label_rows(side, names),
        "plot": _plot(side, names),
        "page": page,
        "rows": shown(explained(list(page.object_list), first, second, scope_of(first.taxonomy)), names),
        "wrong": wrong,
        "wrongs": [(key, words, len(by_wrong[cast(Wrong, key)])) for key, words in WRONG_WORDS.items()],
        "label": label,
        "names": names,
    }
    return render(request, "llm_extract/bench/compare.html", context)


def _chosen(keys: list[str]) -> list[Trial]:
    pks = [int(key) for key in dict.fromkeys(keys) if key.isdecimal() and len(key) < 18]
    related = Trial.objects.select_related("benchmark", "taxonomy__benchmark", "gold_set").defer("scores")
    found = related.filter(pk__in=finished_trials().values("pk")).in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def _choose(request: HttpRequest, trials: list[Trial]) -> HttpResponse:
    """Which two? Shown where the address does not name two finished trials of one gold set."""
    of_set = request.GET.get("gold_set", "")
    offered = finished_trials().select_related("gold_set__benchmark").defer("scores", "params")
    if of_set.isdecimal() and len(of_set) < 18:
        offered = offered.filter(gold_set=int(of_set))
    problem = ""
    if len(trials) == 2:
        problem = f"{trials[0]} and {trials[1]} were on different gold sets; choose two of the same."
    elif request.GET.getlist("trial"):
        problem = f"{len(trials)} finished trials are chosen; choose 2."
    context = {"trials": offered[:100], "problem": problem, "chosen": [trial.pk for trial in trials]}
    return render(request, "llm_extract/bench/compare_choose.html", context, status=422 if problem else 200)


def _label_rows(side: SideBySide, names: dict[str, str]) -> list[tuple[str, str, LabelScore, LabelScore, Any]]:
    triples = zip(side.first.labels, side.second.labels, side.difference.labels, strict=True)
    return [(names[one.label], one.label, one, other, test) for one, other, test in triples]


def _plot(side: SideBySide, names: dict[str, str]) -> dict[str, Any]:
    rows = [_interval("first, all labels", side.first.micro_f1), _interval("second, all labels", side.second.micro_f1)]
    for pair in zip(side.first.labels, side.second.labels, strict=True):
        if pair[0].positives:
            named = zip(("first", "second"), pair, strict=True)
            rows += [_interval(f"{names[of.label]}, {which}", replace(of.f1, n=of.positives)) for which, of in named]
    columns = ("Label and trial", "F1", "n")
    words = [(row.label, "–" if row.value is None else f"{row.value:.3f}", row.n) for row in rows]
    caption = (
        f"F1 of both trials with 95 % intervals, over the {number(side.first.n_studies)} studies both have read; "
        "n beside a label is how many of them have it."
    )
    svg = intervals(rows, title="F1 of both trials", axis="F1")
    return {"svg": svg, "caption": caption, "columns": columns, "rows": words}


def _interval(label: str, figure: Figure) -> Interval:
    low, high = figure.ci95 or (None, None)
    return Interval(label, figure.value, low, high, figure.n, figure.undefined or "")
