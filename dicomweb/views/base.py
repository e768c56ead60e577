"""What every address of DICOMweb shares: who may come, how refusals look, and answers in DICOM JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import APIException, NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.access import acting_user
from accounts.permissions import IsReaderOrCurator
from cases.models import Study
from dicomweb.answers import JsonObject
from dicomweb.media_types import DICOM_JSON, MediaTypeError, Offer, choose
from dicomweb.queries import Scope, scope_named, study_named
from dicomweb.views.origins import is_preflight, opened, preflight

_JSON = (Offer(DICOM_JSON), Offer("application/json"))
NOT_OPEN = "There is no such study, series or instance, or it is not open to you."


@dataclass(frozen=True)
class Address:
    """What an address names; what it does not name is empty."""

    benchmark: str = ""
    site: str = ""
    study: str = ""
    series: str = ""
    instance: str = ""
    frames: str = ""
    tag: str = ""

    @property
    def scope(self) -> Scope:
        """Http404 when the benchmark or the site is not there."""
        return scope_of(self.benchmark, self.site)


class Refused(APIException):
    """A request that breaks a rule; answered with its sentence."""

    status_code = 400


class _OurOwnNegotiation(BaseContentNegotiation):
    """Accept headers are read by each view (PS3.18 8.7); refusals are JSON whatever was asked for."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> None:
        return None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type or ""


class DicomWebView(APIView):
    """Signed in by a token, or by a session of the pages; never sent to the sign-in page, but answered 401."""

    permission_classes = [IsReaderOrCurator]
    content_negotiation_class = _OurOwnNegotiation
    schema = None  # PS3.18 describes these addresses, not our OpenAPI schema

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Http404 to a reader below the address of a site: asking each site's would tell whose studies the cases are."""
        super().initial(request, *args, **kwargs)
        if kwargs.get("site") and request.method != "POST" and not acting_user(request).is_curator:
            raise Http404(NOT_OPEN)

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = preflight() if is_preflight(request) else super().dispatch(request, *args, **kwargs)
        opened(response, request)
        return response


def chosen(request: Request, offers: Sequence[Offer]) -> Offer:
    """The offer that the request accepts. PS3.18 8.3.3.1 lets a query parameter say what the header would."""
    wanted = request.query_params.get("accept") or request.headers.get("Accept", "")
    try:
        found = choose(wanted, offers)
    except MediaTypeError as error:
        raise Refused(f"The Accept header cannot be read: {error}") from error
    if found is None:
        can = ", ".join(sorted({_described(offer) for offer in offers}))
        raise NotAcceptable(f"Nothing you accept can be sent here; this address answers {can}.")
    return found


def dicom_json(request: Request, results: Iterable[JsonObject], warnings: Sequence[str] = ()) -> HttpResponse:
    """The results as DICOM JSON; no content (204) when there are none."""
    offer = chosen(request, _JSON)
    body = [json.dumps(one, separators=(",", ":")) for one in results]  # as text: a tenth of what its objects take
    # Clients compare the type as a whole: no charset beside it; JSON is UTF-8 anyway.
    response = HttpResponse(status=200 if body else 204)
    if body:
        response.content = f"[{','.join(body)}]".encode()
        response["Content-Type"] = offer.name
    if warnings:
        response["Warning"] = ", ".join(f'299 {request.get_host()} "{text}"' for text in warnings)
    response["Cache-Control"] = "private, no-store"
    return response


def scope_of(benchmark: str, site: str) -> Scope:
    """The scope that an address names. Http404 when it names a benchmark or a site that is not there."""
    scope = scope_named(benchmark, site) if benchmark else Scope()
    if scope is None:
        raise Http404
    return scope


def open_study(request: Request, uid: str, scope: Scope) -> Study:
    """The study of this name; Http404 alike for one that is not there and one that is not open to the caller."""
    study = study_named(acting_user(request), uid, scope)
    if study is None:
        raise Http404(NOT_OPEN)
    return study


def _described(offer: Offer) -> str:
    inner = f'; type="{offer.inner}"' if offer.inner else ""
    syntax = f"; transfer-syntax={offer.syntax}" if offer.syntax else ""
    return f"{offer.name}{inner}{syntax}"
