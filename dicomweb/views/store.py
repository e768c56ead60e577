"""STOW-RS (PS3.18 10.5): instances stored from a multipart body, each answered for by itself."""

import json
import logging
import re

from django.http import Http404, HttpResponse
from django.urls import reverse
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.request import Request

from accounts.access import acting_user
from benchmarks.models import Benchmark
from cases.pseudonyms import Kind
from cases.queries.told import pseudonyms
from core.errors import StorageError
from dicomweb.actions import NothingReceivedError, Outcome, refuse_to_store, store_instances
from dicomweb.adapters.incoming import TooMuchError, UnknownLengthError, body_of
from dicomweb.answers import json_object
from dicomweb.media_types import DICOM, DICOM_JSON, Offer, parse_media_type
from dicomweb.multipart import MultipartError, boundary_of
from dicomweb.views.base import Address, Refused, chosen
from dicomweb.views.search import instance_url, retrieve_url, root_of

logger = logging.getLogger(__name__)
_JSON = (Offer(DICOM_JSON), Offer("application/json"))
_STATUS: dict[type[Exception], int] = {TooMuchError: 413, UnknownLengthError: 411}


# The sender is not told where the product's disk is; its log says so.
_NO_ROOM = (
    "There is no room for it, or the disk cannot be written to. Once that is mended, send all of it again: what is stored "
    "already stays as it is."
)


class StoreRefused(APIException):
    """A request that is not stored, answered with the status of its cause."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.status_code = status


def store(request: Request, address: Address) -> HttpResponse:
    """Stores the body's instances: 200 when all of them are, 202 when some are, 409 when none is."""
    offer = chosen(request, _JSON)
    user = acting_user(request)
    if address.benchmark or not user.is_curator:
        refuse_to_store(user, address.benchmark, address.site)
    if address.study and not re.fullmatch(r"[0-9.]{1,64}", address.study):
        raise Http404
    if not address.benchmark:
        raise Refused("Say what the studies are for: store at /dicom-web/<benchmark>/<site>/studies.")
    found = Benchmark.objects.filter(slug=address.benchmark).first()
    if found is None:
        raise Http404
    content_type = _multipart_dicom(request)
    try:
        body = body_of(request.META)
        outcome = store_instances(
            body=body,
            content_type=content_type,
            benchmark=found,
            site_code=address.site,
            study_uid=address.study,
            by=user,
        )
    except (MultipartError, NothingReceivedError) as error:
        raise Refused(str(error)) from error
    except (TooMuchError, UnknownLengthError) as error:
        raise StoreRefused(str(error), _STATUS[type(error)]) from error
    except StorageError as error:
        logger.warning("a request's instances were not stored: %s", error)
        raise StoreRefused(_NO_ROOM, 507) from error
    return _answer(request, outcome, offer)


def _multipart_dicom(request: Request) -> str:
    """The request's Content-Type, if it is the one that is taken."""
    content_type = request.headers.get("Content-Type", "")
    try:
        boundary_of(content_type)
    except MultipartError as error:
        raise UnsupportedMediaType(content_type, str(error)) from error
    inner = parse_media_type(content_type).inner
    if inner not in {DICOM, ""}:
        raise UnsupportedMediaType(content_type, f'The parts are {inner}; only type="{DICOM}" is stored.')
    return content_type


def _answer(request: Request, outcome: Outcome, offer: Offer) -> HttpResponse:
    """The store instances response of PS3.18 annex I, with the names by which what is stored can be retrieved; a
    contributor retrieves nothing, so these are empty.
    """
    can_retrieve = acting_user(request).is_curator
    studies = {one.image.series.study_id for one in outcome.stored}
    content: dict[str, object] = {}
    root = root_of(request)
    if len(studies) == 1 and can_retrieve:
        content["RetrieveURL"] = retrieve_url(root, pseudonyms().uid_of(Kind.STUDY, studies.pop()))
    if outcome.stored:
        content["ReferencedSOPSequence"] = [
            {
                "ReferencedSOPClassUID": one.received.sop_class,
                "ReferencedSOPInstanceUID": one.received.sop_uid,
                "RetrieveURL": instance_url(root, one.image) if can_retrieve else "",
            }
            for one in outcome.stored
        ]
    if outcome.refused:
        content["FailedSOPSequence"] = [
            {
                "ReferencedSOPClassUID": one.received.sop_class,
                "ReferencedSOPInstanceUID": one.received.sop_uid,
                "FailureReason": one.reason,
            }
            for one in outcome.refused
        ]
    status = 200 if not outcome.refused else 202 if outcome.stored else 409
    response = HttpResponse(json.dumps(json_object(content)).encode(), status=status, content_type=offer.name)
    held = outcome.run.counts.get("held", 0) if outcome.run is not None else 0
    if outcome.run is not None and (outcome.refused or held):
        name = "cases:import_detail" if can_retrieve else "cases:contribution_detail"
        page = request.build_absolute_uri(reverse(name, args=[outcome.run.pk]))
        why = f"{len(outcome.refused)} refused, {held} studies held until a curator decides; why is at {page}"
        response["Warning"] = f'299 {request.get_host()} "{why}"'
    return response
