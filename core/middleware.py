"""What no page can use and PostgreSQL cannot store: refused before any view sees it."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

NUL = "\x00"


class RefuseNulMiddleware:
    """Answers 400 to a NUL character in the address or its query: no text of ours holds one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Runs inside Django's own handling of refusals, so that the person gets the page of a bad request."""
        asked = (text for pair in request.GET.lists() for text in (pair[0], *pair[1]))
        if NUL in request.path or any(NUL in text for text in asked):
            raise BadRequest("The address holds a NUL character; remove it.")
