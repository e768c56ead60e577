"""Around every view: what no page can use is refused, and times are the reader's own."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import cache
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

# Addresses that programs ask, not people: a refusal is JSON there, never another page, and times are UTC.
FOR_PROGRAMS = ("/api/", "/dicom-web/")

NUL = "\x00"
_NUL_REFUSED = "The address holds a NUL character; remove it."


class RefuseNulMiddleware:
    """Answers 400 to a NUL character in the address or its query: no text of ours holds one. A program is told so in JSON,
    whether or not the address leads anywhere.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(FOR_PROGRAMS) and _holds_nul(request):
            return JsonResponse({"detail": _NUL_REFUSED}, status=400)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Runs inside Django's own handling of refusals, so that a person gets the page of a bad request."""
        if _holds_nul(request):
            raise BadRequest(_NUL_REFUSED)


def _holds_nul(request: HttpRequest) -> bool:
    asked = (text for pair in request.GET.lists() for text in (pair[0], *pair[1]))
    return NUL in request.path or any(NUL in text for text in asked)


class ReaderZoneMiddleware:
    """Shows a page in the time zone of the browser that asks for it, which told it in a cookie (``static/js/zone.js``).

    Where there is none, or a name that no zone has, times are in ``TIME_ZONE``. Programs get UTC.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(zone_of(request)):
            response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
        return response


def zone_of(request: HttpRequest) -> tzinfo | None:
    """The zone in which whoever asks reads times; None for the server's own."""
    if request.path.startswith(FOR_PROGRAMS):
        return UTC
    name = unquote(request.COOKIES.get("zone", ""))
    return ZoneInfo(name) if name in _zone_names() else None


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())
