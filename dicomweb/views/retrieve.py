"""WADO-RS (PS3.18 10.4): instances, metadata, frames and bulk data."""

import logging
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from pydicom.uid import UID
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.access import acting_user
from cases.adapters.pictures import UnreadableFileError
from cases.models import Image, Study
from dicomweb.adapters.files import dicom_file
from dicomweb.adapters.pixels import PixelsMissingError, StoredPixels, decoded_frame, stored_frame
from dicomweb.answers import JsonObject, json_object
from dicomweb.disclosure import Disclosed, Discloser
from dicomweb.media_types import DICOM, EXPLICIT_LITTLE, MULTIPART, OCTETS, Offer
from dicomweb.multipart import OutPart, write_parts
from dicomweb.queries import images_named
from dicomweb.views.base import NOT_OPEN, DicomWebView, Refused, chosen, dicom_json, open_study, scope_of
from dicomweb.views.search import instance_url

logger = logging.getLogger(__name__)
PIXEL_DATA = "7FE00010"
# The media types of code streams (PS3.18 table 8.7.3-5).
_IMAGE_TYPES = {
    **{f"1.2.840.10008.1.2.4.{number}": "image/jpeg" for number in (50, 51, 57, 70)},
    **{f"1.2.840.10008.1.2.4.{number}": "image/jls" for number in (80, 81)},
    **{f"1.2.840.10008.1.2.4.{number}": "image/jp2" for number in (90, 91)},
    **{f"1.2.840.10008.1.2.4.{number}": "image/jpx" for number in (92, 93)},
    **{f"1.2.840.10008.1.2.4.{number}": "image/jphc" for number in (201, 202, 203)},
    "1.2.840.10008.1.2.5": "image/dicom-rle",
}


class UnreadableNow(APIException):
    """A stored file that cannot be sent as asked; answered with the reason."""

    status_code = 409


@dataclass(frozen=True)
class Asked:
    """What an address names: images of one open study, at least one, and who asks for them."""

    discloser: Discloser
    images: list[Image]

    @property
    def study(self) -> Study:
        return self.discloser.study


def asked(request: Request, benchmark: str, site: str, study: str, series: str = "", instance: str = "") -> Asked:
    """The images that the address names; Http404 when none of them is there and open to the caller."""
    found = open_study(request, study, scope_of(benchmark, site))
    images = list(images_named(found, series, instance))
    if not images:
        raise Http404(NOT_OPEN)
    return Asked(Discloser(acting_user(request), found), images)


class Metadata(DicomWebView):
    """The headers of a study, a series or an instance."""

    def get(
        self,
        request: Request,
        study: str,
        series: str = "",
        instance: str = "",
        benchmark: str = "",
        site: str = "",
    ) -> HttpResponse:
        what = asked(request, benchmark, site, study, series, instance)
        return dicom_json(request, _metadata(request, what))


class Frames(DicomWebView):
    """Frames of an instance, as they are stored or decoded."""

    def get(
        self,
        request: Request,
        study: str,
        series: str,
        instance: str,
        frames: str,
        benchmark: str = "",
        site: str = "",
    ) -> HttpResponse:
        what = asked(request, benchmark, site, study, series, instance)
        image = what.images[0]
        numbers = frame_numbers(frames, image)
        offer = chosen(request, _frame_offers(image, len(numbers)))
        with readable(what.discloser, image) as pixels:
            contents = [_frame(pixels, number, offer) for number in numbers]
        places = [f"{instance_url(request, image)}/frames/{number}" for number in numbers]
        return _frames_answer(offer, contents, places)


class BulkData(DicomWebView):
    """The pixels of an instance by the address that its metadata give for them, each frame a part."""

    def get(
        self,
        request: Request,
        study: str,
        series: str,
        instance: str,
        tag: str,
        benchmark: str = "",
        site: str = "",
    ) -> HttpResponse:
        what = asked(request, benchmark, site, study, series, instance)
        if tag.upper() != PIXEL_DATA:
            raise Http404("Pixel Data (7FE00010) alone is sent by itself; all else stands in the metadata.")
        image = what.images[0]
        offer = chosen(request, _frame_offers(image, 2))
        with readable(what.discloser, image) as pixels:
            contents = [_frame(pixels, number, offer) for number in range(1, pixels.frames + 1)]
        if not pixels.is_encapsulated:
            contents = [b"".join(contents)]
        return _frames_answer(
            offer, contents, [f"{instance_url(request, image)}/bulkdata/{PIXEL_DATA}"] * len(contents)
        )


def retrieve(
    request: Request, study: str, series: str = "", instance: str = "", benchmark: str = "", site: str = ""
) -> HttpResponseBase:
    """The instances that the address names, as DICOM files."""
    what = asked(request, benchmark, site, study, series, instance)
    offers = {image.pk: chosen(request, _instance_offers(image, is_alone=bool(instance))) for image in what.images}
    if instance:
        image = what.images[0]
        content = _instance(what.discloser, image, offers[image.pk])
        return _instance_answer(request, image, offers[image.pk], content)
    boundary = secrets.token_hex(16)
    response = StreamingHttpResponse(
        write_parts(_instance_parts(request, what, offers), boundary),
        content_type=f'{MULTIPART}; type="{DICOM}"; boundary={boundary}',
    )
    response["Cache-Control"] = "private, no-store"
    return response


@contextmanager
def told() -> Iterator[None]:
    """What reading and decoding a stored file raise becomes an answer with the reason."""
    try:
        yield
    except FileNotFoundError as error:
        raise UnreadableNow("The file is missing from the storage; import its original again.") from error
    except (PixelsMissingError, UnreadableFileError) as error:
        raise UnreadableNow(str(error)) from error


@contextmanager
def readable(discloser: Discloser, image: Image) -> Iterator[StoredPixels]:
    """The pixels of an image, its file open meanwhile; what cannot be read is answered with the reason."""
    with told(), discloser.opened_pixels(image) as pixels:
        yield pixels


def frame_numbers(text: str, image: Image) -> list[int]:
    """The frames that an address lists, from 1. Refused when it is no list; Http404 when the image has fewer."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise Refused(f"{text[:80]!r} is no list of frames; write their numbers from 1, as 1 or 1,2.")
    numbers = [int(part) for part in parts]
    if not all(1 <= number <= image.frames for number in numbers):
        raise Http404(f"The instance has the frames 1 to {image.frames}.")
    return numbers


def _sent_syntax(image: Image) -> str:
    """The transfer syntax that *as stored* means: the image's own where it is encapsulated and nothing of it is masked."""
    syntax = UID(image.transfer_syntax)
    is_kept = syntax.is_transfer_syntax and syntax.is_encapsulated and not image.mask
    return str(syntax) if is_kept else EXPLICIT_LITTLE


def _instance_offers(image: Image, *, is_alone: bool) -> list[Offer]:
    stored = _sent_syntax(image)
    kinds = [(MULTIPART, DICOM), *([(DICOM, "")] if is_alone else [])]
    return [
        Offer(name, inner, syntax, is_stored=syntax == stored)
        for name, inner in kinds
        for syntax in dict.fromkeys([stored, EXPLICIT_LITTLE])
    ]


def _frame_offers(image: Image, count: int) -> list[Offer]:
    stored = _sent_syntax(image)
    contents = [(OCTETS, stored), (OCTETS, EXPLICIT_LITTLE)]
    if stored in _IMAGE_TYPES:
        contents.insert(0, (_IMAGE_TYPES[stored], stored))
    contents = list(dict.fromkeys(contents))
    parts = [Offer(MULTIPART, kind, syntax, is_stored=syntax == stored) for kind, syntax in contents]
    alone = [Offer(kind, "", syntax, is_stored=syntax == stored) for kind, syntax in contents]
    return [*parts, *(alone if count == 1 else [])]


def _frame(pixels: StoredPixels, number: int, offer: Offer) -> bytes:
    return stored_frame(pixels, number - 1) if offer.is_stored else decoded_frame(pixels, number - 1)


def _frames_answer(offer: Offer, contents: list[bytes], places: list[str]) -> HttpResponse:
    content_type = f"{offer.content}; transfer-syntax={offer.syntax}"
    if offer.name != MULTIPART:
        response = HttpResponse(contents[0], content_type=content_type)
    else:
        boundary = secrets.token_hex(16)
        parts = (
            OutPart({"Content-Type": content_type, "Content-Location": place}, [content])
            for content, place in zip(contents, places, strict=True)
        )
        whole = f'{MULTIPART}; type="{offer.inner}"; boundary={boundary}'
        response = HttpResponse(b"".join(write_parts(parts, boundary)), content_type=whole)
    response["Cache-Control"] = "private, no-store"
    return response


def _instance(discloser: Discloser, image: Image, offer: Offer) -> bytes:
    with told(), discloser.opened(image) as disclosed:
        return dicom_file(disclosed.header, disclosed.pixels, as_stored=offer.is_stored)


def _instance_answer(request: Request, image: Image, offer: Offer, content: bytes) -> HttpResponse:
    if offer.name != MULTIPART:
        response = HttpResponse(content, content_type=f"{DICOM}; transfer-syntax={offer.syntax}")
    else:
        boundary = secrets.token_hex(16)
        body = b"".join(write_parts([_part(request, image, offer, content)], boundary))
        response = HttpResponse(body, content_type=f'{MULTIPART}; type="{DICOM}"; boundary={boundary}')
    response["Cache-Control"] = "private, no-store"
    return response


def _instance_parts(request: Request, what: Asked, offers: dict[int, Offer]) -> Iterator[OutPart]:
    """A part for each instance; one that cannot be read is left out, as the answer has begun by then, and logged."""
    for image in what.images:
        try:
            content = _instance(what.discloser, image, offers[image.pk])
        except UnreadableNow as refusal:
            logger.warning("image %s was left out of an answer: %s", image.pk, refusal.detail)
            continue
        yield _part(request, image, offers[image.pk], content)


def _part(request: Request, image: Image, offer: Offer, content: bytes) -> OutPart:
    headers = {
        "Content-Type": f"{DICOM}; transfer-syntax={offer.syntax}",
        "Content-Location": instance_url(request, image),
    }
    return OutPart(headers, [content])


def _metadata(request: Request, what: Asked) -> Iterable[JsonObject]:
    for image in what.images:
        with told(), what.discloser.opened(image) as disclosed:
            yield metadata_object(disclosed, f"{instance_url(request, image)}/bulkdata/{PIXEL_DATA}")


def metadata_object(disclosed: Disclosed, pixels_at: str) -> JsonObject:
    """The header in DICOM JSON; of the pixels, where they can be had."""
    header = disclosed.header
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in header:
            delattr(header, keyword)
    found: JsonObject = header.to_json_dict(suppress_invalid_tags=True)
    found.update(json_object({"AvailableTransferSyntaxUID": str(disclosed.available_syntax)}))
    is_native = disclosed.available_syntax == EXPLICIT_LITTLE
    is_wide = is_native and int(header.get("BitsAllocated") or 16) > 8
    found[PIXEL_DATA] = {"vr": "OW" if is_wide else "OB", "BulkDataURI": pixels_at}
    return dict(sorted(found.items()))
