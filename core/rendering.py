"""One view, two answers: the whole page, or the fragment htmx asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


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
