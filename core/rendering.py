"""One view, several answers: the whole page, the fragment htmx asked for, or one of its tables as CSV."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.adapters.tables import write_rows
from core.sorting import Table


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Renders ``template``, or ``fragment`` when htmx asks for a part of the page."""
    chosen = (
        fragment
        if fragment and request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
        else template
    )
    response = render(request, chosen, context or {}, status=status)
    response["Vary"] = "HX-Request"
    return response


def table_csv(request: HttpRequest, file: str, tables: Iterable[Table]) -> HttpResponse | None:
    """The table that ``?table=NAME`` asks for as CSV, in the order that ``?sort=`` asks for; None where none is asked for.

    The download is called ``file`` and the table's name.
    """
    asked = request.GET.get("table", "")
    table = next((one for one in tables if one.name == asked), None)
    if table is None:
        return None
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file}-{table.name}.csv"'
    rows = table.in_order(request.GET.get("sort", "")).rows
    write_rows(response, table.columns, rows)  # type: ignore[arg-type]  # a response takes text as a file does
    return response
