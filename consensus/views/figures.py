"""How the consensus pages write statistics: in words, in table cells, in CSV and as rows of a plot."""

from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from consensus.agreement import Statistic
from core.adapters.tables import write_rows
from core.plots import Interval, Svg, intervals
from labeling.models import ReadingRound

# Of the bootstraps: the same reads give the same intervals, here and on the page of agreement.
SEED = 20260115


def round_of(pk: int) -> ReadingRound:
    """The round with its benchmark and labels, or 404."""
    return get_object_or_404(ReadingRound.objects.select_related("benchmark", "taxonomy"), pk=pk)


def shares_plot(rows: Iterable[tuple[str, Statistic]], title: str, axis: str) -> Svg:
    """Shares with their intervals, from 0 to 1."""
    return intervals([as_interval(name, one) for name, one in rows], title=title, axis=axis)


def as_interval(name: str, one: Statistic) -> Interval:
    """A statistic as a row of a plot."""
    low, high = one.ci95 or (None, None)
    return Interval(name, one.value, low, high, one.n, one.undefined or "")


def said(one: Statistic, unit: str = "reads") -> str:
    """A share in words with its n and interval: "58% of 12 reads (95 % interval 32% to 81%)"."""
    if one.value is None:
        return f"undefined, as {one.undefined}"
    text = f"{one.value:.0%} of {one.n} {unit}"
    return f"{text} (95 % interval {one.ci95[0]:.0%} to {one.ci95[1]:.0%})" if one.ci95 else text


def percent(value: float | None, *, sign: bool = False) -> str:
    """A share as "58.3%"; a difference with its sign; "" for none."""
    if value is None:
        return ""
    return (f"{value:+z.1%}" if sign else f"{value:z.1%}").replace("-", "−")


def edges(one: Statistic, *, sign: bool = False) -> tuple[str, str, str]:
    """Value, low and high as percentages; an undefined one with its reason."""
    if one.value is None:
        return (f"undefined: {one.undefined}", "", "")
    low, high = one.ci95 or (None, None)
    return (percent(one.value, sign=sign), percent(low, sign=sign), percent(high, sign=sign))


def numbers(one: Statistic) -> tuple[object, ...]:
    """Value, low, high and n for a CSV; empty where there is none."""
    low, high = one.ci95 or (None, None)
    return (*("" if value is None else round(value, 6) for value in (one.value, low, high)), one.n)


def csv_of(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV to download."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    write_rows(response, header, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response
