"""Viewers that another site serves: which origins may read answers in a browser (the CORS protocol of the Fetch standard).

A browser lets a page of one origin read answers of another only where the answer names it. None is named unless the
setting DICOMWEB_ORIGINS does, and no answer ever takes a cookie from there: such a page comes with a token or as nobody.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

_SENT = "Accept, Authorization"
_TOLD = "Warning"
_PREFLIGHT_S = 3600  # how long a browser need not ask again


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks what a page may send, which it does without the token."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight() -> HttpResponse:
    """What a page of an origin that ``opened`` names may send."""
    headers = {
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": _SENT,
        "Access-Control-Max-Age": str(_PREFLIGHT_S),
    }
    return HttpResponse(status=204, headers=headers)


def opened(response: HttpResponseBase, request: HttpRequest) -> None:
    """Names the page's origin in the answer, refusals too, where the settings list it."""
    if not settings.DICOMWEB_ORIGINS:
        return
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if origin in settings.DICOMWEB_ORIGINS:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = _TOLD
