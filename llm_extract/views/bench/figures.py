"""Figures of trials as the pages draw them: plots with their tables. Scores come as the plain values a trial keeps."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.plots import Interval, intervals
from core.templatetags.ui import number


def interval_of(label: str, figure: Mapping[str, Any]) -> Interval:
    """A kept figure (value, ci95, n, undefined) as a row of an interval plot."""
    low, high = figure["ci95"] or (None, None)
    return Interval(label, figure["value"], low, high, figure["n"], figure["undefined"] or "")


def f1_plot(scores: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """F1 of each label with its interval, and the overall figures on top."""
    rows = [
        interval_of("All labels, micro", scores["micro_f1"]),
        *(
            interval_of(names[one["label"]], one["f1"] | {"n": one["tp"] + one["fn"]})
            for one in scores["labels"]
            if one["tp"] + one["fp"] + one["fn"]
        ),
    ]
    return {
        "svg": intervals(rows, title="F1 by label", axis="F1"),
        "caption": (
            f"F1 with its 95 % interval over {number(scores['n_studies'])} studies; n beside a label is how many of them "
            "have it. Labels that no study has and that were never suggested are left out."
        ),
        "columns": ("Label", "F1", "From", "To", "n"),
        "rows": [(row.label, *map(decimals, (row.value, row.low, row.high)), row.n) for row in rows],
    }


def stress_plot(rates: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Share of altered reports after which the label was right, by kind of change."""
    rows = [interval_of(kind_words(one["kind"]), one["right"]) for one in rates]
    return {
        "svg": intervals(rows, title="Right after a change, by kind", axis="share right"),
        "caption": "Share of altered reports after which the label changed as it must, with its 95 % interval.",
        "columns": ("Kind", "Right", "From", "To", "n"),
        "rows": [(row.label, *map(decimals, (row.value, row.low, row.high)), row.n) for row in rows],
    }


KINDS = {
    None: "All kinds",
    "negated": "Negated",
    "removed": "Removed",
    "hedged": "Hedged",
    "history": "Moved to history",
}


def kind_words(kind: str | None) -> str:
    """The kind of change, in words."""
    return KINDS[kind]


def decimals(value: float | None) -> str:
    """A figure with three decimals, or a dash."""
    return "–" if value is None else f"{value:.3f}"
