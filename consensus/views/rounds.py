"""Pages of consensus: what the rule makes of a round, what other rules would make of it, and how readers agree."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import acting_user, curator_only
from benchmarks.queries import labels_by_key
from consensus.actions import create_agreement_run
from consensus.models import AgreementRun
from consensus.outcomes import what_if
from consensus.queries import RoundOutcome, outcomes_of_round, reads_of_round, rule_of, rules_to_compare
from core.adapters.tables import write_rows
from core.plots import Bar, Cell, Interval, bars, heatmap, intervals
from core.rendering import table_csv
from core.run_pages import run_page
from core.runs import dispatch
from core.sorting import Table
from labeling.models import ReadingRound

STATES = {
    "accepted": "Eligible",
    "needs_adjudication": "Needs adjudication",
    "incomplete": "Incomplete",
    "rejected": "Rejected",
}
OUTCOME_ORDERS: dict[str, Callable[[RoundOutcome], Any]] = {
    "study": lambda one: one.study.study_id,
    "site": lambda one: one.study.site.code,
    "state": lambda one: one.outcome.state,
    "splits": lambda one: len(one.outcome.split_labels),
}
LABEL_FIGURES = {
    "prevalence": "Prevalence",
    "raw_agreement": "Raw",
    "positive_agreement": "Positive",
    "krippendorff_alpha": "Krippendorff's α",
    "fleiss_kappa": "Fleiss' κ",
    "gwet_ac1": "Gwet's AC1",
    "brennan_prediger": "Brennan–Prediger",
}
VERDICT_FIGURES = {
    "prevalence": "Share of Agree all",
    "positive_agreement": "Agreement on Agree all",
    "raw_agreement": "Raw agreement",
    "fleiss_kappa": "Fleiss' κ",
    "krippendorff_alpha_nominal": "Krippendorff's α, nominal",
    "krippendorff_alpha_ordinal": "Krippendorff's α, ordinal",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2_quadratic": "Gwet's AC2, quadratic",
    "brennan_prediger": "Brennan–Prediger",
}


@curator_only
def round_list(request: HttpRequest) -> HttpResponse:
    """Every round, newest first, as a way in."""
    rounds = ReadingRound.objects.select_related("benchmark").order_by("-pk")
    return render(request, "consensus/list.html", {"page": Paginator(rounds, 50).get_page(request.GET.get("page"))})


@curator_only
def round_consensus(request: HttpRequest, pk: int) -> HttpResponse:
    """What the benchmark's rule says of the round now, and "what if" for every other rule."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark", "taxonomy"), pk=pk)
    labels = labels_by_key(round_.taxonomy)
    studies = [one.reads for one in reads_of_round(round_)]
    rules = rules_to_compare(round_)
    yields = what_if(studies, rules)
    suggested = {key: sum(key in study.suggested for study in studies) for key in labels}
    own = yields[0]
    return render(
        request,
        "consensus/round.html",
        {
            "round": round_,
            "n_studies": len(studies),
            "own": own,
            "rule": rules[0],
            "yields": list(zip(rules, yields, strict=True)),
            "survival_plot": bars(
                [Bar(label.name, own.kept.get(key, 0), None, suggested[key]) for key, label in labels.items()],
                title="Eligible studies per label, of those suggested",
                unit="studies",
                names=("eligible", "suggested", "target"),
                is_cut=False,
            ),
            "survival_columns": ("Label", "Eligible", "Suggested"),
            "survival_rows": [(label.name, own.kept.get(key, 0), suggested[key]) for key, label in labels.items()],
            "agreement": AgreementRun.objects.filter(round=round_).order_by("-pk").first(),
        },
    )


@curator_only
def outcome_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Every study of the round with its outcome and how the reads stand; ``?csv`` gives exactly what is shown."""
    round_ = get_object_or_404(ReadingRound.objects.select_related("benchmark", "taxonomy"), pk=pk)
    outcomes = outcomes_of_round(round_, user=acting_user(request))
    state = request.GET.get("state", "")
    if state:
        outcomes = [one for one in outcomes if one.outcome.state == state]
    asked = request.GET.get("sort", "")
    if asked.lstrip("-") in OUTCOME_ORDERS:
        outcomes = sorted(outcomes, key=OUTCOME_ORDERS[asked.lstrip("-")], reverse=asked.startswith("-"))
    names = {key: label.name for key, label in labels_by_key(round_.taxonomy).items()}
    if "csv" in request.GET:
        return _outcomes_csv(round_, outcomes)
    page = Paginator(outcomes, 100).get_page(request.GET.get("page"))
    rows = [
        {
            "study": one.study,
            "state": one.outcome.state,
            "labels": [names.get(key, key) for key in sorted(one.outcome.labels or ())],
            "splits": [
                f"{names.get(label.label, label.label)} {label.votes_for} of {label.n_reads}"
                for label in one.outcome.label_states
                if label.agreement != "unanimous"
            ],
            "n_reads": len(one.reads.reads),
            "is_adjudicated": one.outcome.adjudication is not None,
        }
        for one in page
    ]
    context = {
        "round": round_,
        "rule": rule_of(round_.benchmark),
        "page": page,
        "rows": rows,
        "state": state,
        "states": STATES,
    }
    return render(request, "consensus/outcome_list.html", context)


def _outcomes_csv(round_: ReadingRound, outcomes: list[RoundOutcome]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="outcomes-{round_.pk}.csv"'
    rows = (
        (
            one.study.study_id,
            one.study.site.code,
            one.outcome.state,
            ";".join(sorted(one.outcome.labels or ())),
            ";".join(sorted(one.outcome.split_labels)),
            len(one.reads.reads),
        )
        for one in outcomes
    )
    header = ("study_id", "site", "state", "labels", "split_labels", "reads")
    write_rows(response, header, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response


@curator_only
@require_POST
def agreement_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Starts computing the agreement figures."""
    round_ = get_object_or_404(ReadingRound, pk=pk)
    run = create_agreement_run(round_=round_, by=acting_user(request))
    dispatch(run)
    return redirect("consensus:agreement", run.pk)


@curator_only
def agreement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Agreement figures: live while they are computed, then plots with intervals, and their table."""
    run = get_object_or_404(
        AgreementRun.objects.select_related("round__benchmark", "round__taxonomy", "created_by"), pk=pk
    )
    if "table" in request.GET:
        tables = [one for one in _agreement_context(run).values() if isinstance(one, Table)]
        if (asked := table_csv(request, f"agreement-{run.pk}", tables)) is not None:
            return asked
    return run_page(request, run, "consensus/agreement.html", unit="rounds", results=lambda: _agreement_context(run))


def _agreement_context(run: AgreementRun) -> dict[str, object]:
    result = run.result
    if not result.get("n_reads"):
        return {}
    names = {key: label.name for key, label in labels_by_key(run.round.taxonomy).items()}
    verdict = [
        _interval(name, result["verdict"][key]) for key, name in VERDICT_FIGURES.items() if key in result["verdict"]
    ]
    labels = [_interval(names.get(key, key), figures["gwet_ac1"]) for key, figures in result["labels"].items()]
    readers = sorted({reader for pair in result["pairs"] for reader in (pair["first"], pair["second"])})
    by_pair = {(pair["first"], pair["second"]): pair for pair in result["pairs"]}
    cells = [[_cell(by_pair.get((a, b)) or by_pair.get((b, a)), is_self=a == b) for b in readers] for a in readers]
    return {
        "result": result,
        "verdict_plot": intervals(verdict, title="Agreement on the verdict", axis="coefficient", low=-0.2, high=1.0),
        "verdict_table": Table.of(
            "verdict", ("Figure", "Value", "95 % from", "to", "n"), [_figures(one) for one in verdict]
        ),
        "unanimous": _unanimous(result["labels"], names),
        "label_plot": intervals(labels, title="Agreement per label", axis="Gwet's AC1", low=-0.2, high=1.0),
        "label_table": Table.of(
            "labels",
            ("Label", *LABEL_FIGURES.values()),
            [
                (names.get(key, key), *(_with_edges(figures[name]) for name in LABEL_FIGURES if name in figures))
                for key, figures in result["labels"].items()
            ],
        ),
        "pair_plot": heatmap(readers, cells, title="Raw agreement of each pair of readers", low=0.0, high=1.0),
        "pair_table": Table.of(
            "pairs",
            ("Readers", "Raw agreement", "Cohen's κ", "Gwet's AC1", "n"),
            [
                (
                    f"{pair['first']} and {pair['second']}",
                    *(_with_edges(pair[name]) for name in ("raw_agreement", "cohen_kappa", "gwet_ac1") if name in pair),
                    pair["raw_agreement"]["n"],
                )
                for pair in result["pairs"]
                if "cohen_kappa" in pair
            ],
        ),
        **_readers_context(result.get("readers", [])),
    }


def _readers_context(readers: list[dict[str, Any]]) -> dict[str, object]:
    """How often each reader marks what is there, and leaves out what is not, judged by all reads together."""
    sensitivity = [_interval(one["reader"], one["sensitivity"]) for one in readers]
    specificity = [_interval(one["reader"], one["specificity"]) for one in readers]
    return {
        "sensitivity_plot": intervals(sensitivity, title="Sensitivity of each reader", axis="share"),
        "specificity_plot": intervals(specificity, title="Specificity of each reader", axis="share"),
        "reader_table": Table.of(
            "readers",
            ("Reader", "Sensitivity", "Studies with a label", "Specificity", "Studies without one"),
            [
                (
                    *(one["reader"], _with_edges(one["sensitivity"]), one["sensitivity"]["n"]),
                    *(_with_edges(one["specificity"]), one["specificity"]["n"]),
                )
                for one in readers
            ],
        ),
    }


def _unanimous(labels: dict[str, Any], names: dict[str, str]) -> str:
    """The labels on which nobody differs, in a sentence; empty where there is none."""
    found = [
        f"{names.get(key, key)} ({figures['raw_agreement']['n']} studies)"
        for key, figures in labels.items()
        if figures["raw_agreement"]["value"] == 1.0 and figures["gwet_ac1"]["value"] is not None
    ]
    return (
        f"No disagreement was seen on {', '.join(found)}: the interval is how much there may be all the same."
        if found
        else ""
    )


def _interval(name: str, figure: dict[str, Any]) -> Interval:
    low, high = figure["ci95"] or (None, None)
    return Interval(name, figure["value"], low, high, figure["n"], figure["undefined"] or "")


def _figures(one: Interval) -> tuple[object, ...]:
    if one.value is None:
        return (one.label, f"undefined: {one.reason}", "", "", one.n)
    shown = ["" if edge is None else f"{edge:z.3f}" for edge in (one.low, one.high)]
    return (one.label, f"{one.value:z.3f}", *shown, one.n)


def _with_edges(figure: dict[str, Any]) -> str:
    """A figure and its interval in one cell."""
    value = figure["value"]
    if value is None:
        return f"undefined: {figure['undefined']}"
    return f"{value:z.3f} ({figure['ci95'][0]:z.3f} to {figure['ci95'][1]:z.3f})" if figure["ci95"] else f"{value:z.3f}"


def _cell(pair: dict[str, Any] | None, *, is_self: bool) -> Cell:
    if pair is None or is_self or pair["raw_agreement"]["value"] is None:
        return Cell(None)
    return Cell(pair["raw_agreement"]["value"], pair["raw_agreement"]["n"])
