"""WADO-RS (PS3.18 10.4): instances, metadata, frames and bulk data."""

import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from pydicom.pixels.utils import get_expected_length
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts.access import acting_user
from cases.adapters.pictures import UnreadableFileError
from cases.models import Image, Study
from dicomweb.adapters.files import dicom_file
from dicomweb.adapters.pixels import StoredPixels, decoded_frame, native_pixels, sent_syntax, stored_frame
from dicomweb.adapters.room import NoRoomError
from dicomweb.adapters.stretches import Content, PixelsMissingError
from dicomweb.answers import JsonObject, json_object
from dicomweb.disclosure import Disclosed, Discloser
from dicomweb.media_types import DICOM, EXPLICIT_LITTLE, MULTIPART, OCTETS, Offer
from dicomweb.multipart import OutPart, message_length, write_parts
from dicomweb.queries import images_named
from dicomweb.views.base import NOT_OPEN, Address, DicomWebView, Refused, chosen, dicom_json
from dicomweb.views.search import instance_url, root_of

logger = logging.getLogger(__name__)
MAX_DECODED = 128 * 1024**2  # bytes of one answer of decoded frames
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


class Busy(APIException):
    """Too many are asking for large pictures; answered with the reason, and to be asked again."""

    status_code = 503
    wait = 60  # seconds, told as Retry-After


@dataclass(frozen=True)
class Asked:
    """What an address names: images of one open study, at least one, and who asks for them."""

    discloser: Discloser
    images: list[Image]

    @property
    def study(self) -> Study:
        return self.discloser.study


def asked(request: Request, address: Address) -> Asked:
    """The images that the address names; Http404 when none of them is there and open to the caller."""
    user = acting_user(request)
    names = (address.study, address.series, address.instance)
    images = images_named(user, *names, benchmark=address.benchmark, site=address.site)
    if not images:
        raise Http404(NOT_OPEN)
    return Asked(Discloser(user, images[0].series.study), images)


class Metadata(DicomWebView):
    """The headers of a study, a series or an instance."""

    def get(self, request: Request, **names: str) -> HttpResponse:
        return dicom_json(request, _metadata(request, asked(request, Address(**names))))


class Frames(DicomWebView):
    """Frames of an instance, as they are stored or decoded."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        address = Address(**names)
        what = asked(request, address)
        image = what.images[0]
        numbers = frame_numbers(address.frames, image)
        offer = chosen(request, _frame_offers(image, len(numbers)))
        place = f"{instance_url(root_of(request), image)}/frames"
        with ExitStack() as opened:
            pixels = opened.enter_context(readable(what.discloser, image))
            refuse_too_many(pixels, len(numbers), offer)
            parts = [_Part(f"{place}/{number}", _frame(pixels, number, offer)) for number in numbers]
            return _frames_answer(offer, parts, opened.pop_all())


class BulkData(DicomWebView):
    """The pixels of an instance by the address that its metadata give for them: native ones whole, else each frame a part."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        address = Address(**names)
        what = asked(request, address)
        image = what.images[0]
        offer = chosen(request, _frame_offers(image, 2))
        place = f"{instance_url(root_of(request), image)}/bulkdata/{address.tag.upper()}"
        with ExitStack() as opened:
            pixels = opened.enter_context(readable(what.discloser, image))
            if address.tag.upper() != f"{pixels.tag:08X}":
                raise Http404(
                    f"The pixels ({pixels.tag:08X}) alone are sent by themselves; all else is in the metadata."
                )
            numbers = range(1, pixels.frames + 1)
            refuse_too_many(pixels, pixels.frames, offer)
            contents = (
                [_frame(pixels, number, offer) for number in numbers]
                if pixels.is_encapsulated
                else [native_pixels(pixels)]
            )
            return _frames_answer(offer, [_Part(place, content) for content in contents], opened.pop_all())


def retrieve(request: Request, address: Address) -> HttpResponseBase:
    """The instances that the address names, as DICOM files."""
    what = asked(request, address)
    is_alone = bool(address.instance)
    offers = {image.pk: chosen(request, _instance_offers(image, is_alone=is_alone)) for image in what.images}
    if is_alone:
        return _instance_answer(request, what.discloser, what.images[0], offers[what.images[0].pk])
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
    except NoRoomError as error:
        raise Busy(str(error)) from error


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
    if len(set(numbers)) < len(numbers):
        raise Refused("A frame is listed twice; write each number once.")
    if not all(1 <= number <= image.frames for number in numbers):
        raise Http404(f"The instance has the frames 1 to {image.frames}.")
    return numbers


def refuse_too_many(pixels: StoredPixels, count: int, offer: Offer) -> None:
    """Frames that are decoded are made before the answer begins: more than ``MAX_DECODED`` of them are refused."""
    if offer.is_stored and pixels.can_be_copied:
        return
    size = count * get_expected_length(pixels.header) // pixels.frames
    if count > 1 and size > MAX_DECODED:
        raise Refused(
            f"{count} frames are {size / 1024**2:,.0f} MB decoded, and {MAX_DECODED // 1024**2} are sent at once; "
            "ask for fewer, or for them as they are stored."
        )


def _instance_offers(image: Image, *, is_alone: bool) -> list[Offer]:
    stored = str(sent_syntax(image.transfer_syntax, is_decoded=image.is_sent_decoded))
    kinds = [(MULTIPART, DICOM), *([(DICOM, "")] if is_alone else [])]
    return [
        Offer(name, inner, syntax, is_stored=syntax == stored)
        for name, inner in kinds
        for syntax in dict.fromkeys([stored, EXPLICIT_LITTLE])
    ]


def _frame_offers(image: Image, count: int) -> list[Offer]:
    stored = str(sent_syntax(image.transfer_syntax, is_decoded=image.is_sent_decoded))
    contents = [(OCTETS, stored), (OCTETS, EXPLICIT_LITTLE)]
    if stored in _IMAGE_TYPES:
        contents.insert(0, (_IMAGE_TYPES[stored], stored))
    contents = list(dict.fromkeys(contents))
    parts = [Offer(MULTIPART, kind, syntax, is_stored=syntax == stored) for kind, syntax in contents]
    alone = [Offer(kind, "", syntax, is_stored=syntax == stored) for kind, syntax in contents]
    return [*parts, *(alone if count == 1 else [])]


def _frame(pixels: StoredPixels, number: int, offer: Offer) -> Content:
    return stored_frame(pixels, number - 1) if offer.is_stored else Content.of(decoded_frame(pixels, number - 1))


@dataclass(frozen=True)
class _Part:
    """A frame, and the address it has."""

    place: str
    content: Content


@dataclass(frozen=True)
class _Sending:
    """The pieces of an answer; what they are read from is closed once it is sent, or the line is lost."""

    chunks: Iterable[bytes]
    opened: ExitStack

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        self.opened.close()


def _frames_answer(offer: Offer, parts: Sequence[_Part], opened: ExitStack) -> StreamingHttpResponse:
    """The frames, read from the file as they are sent: none of them is ever whole in memory."""
    content_type = f"{offer.content}; transfer-syntax={offer.syntax}"
    if offer.name != MULTIPART:
        whole, length, chunks = content_type, parts[0].content.length, parts[0].content.chunks
    else:
        boundary = secrets.token_hex(16)
        out = [
            OutPart({"Content-Type": content_type, "Content-Location": part.place}, part.content.chunks)
            for part in parts
        ]
        whole = f'{MULTIPART}; type="{offer.inner}"; boundary={boundary}'
        lengths = [part.content.length for part in parts]
        length = message_length(zip(out, lengths, strict=True), boundary)
        chunks = write_parts(out, boundary)
    headers = {"Cache-Control": "private, no-store", "Content-Length": str(length)}
    return StreamingHttpResponse(_Sending(chunks, opened), content_type=whole, headers=headers)


@contextmanager
def _instance(discloser: Discloser, image: Image, offer: Offer) -> Iterator[Content]:
    """The instance as a DICOM file, its stored file open meanwhile; what cannot be read is answered with the reason."""
    with told(), discloser.opened(image) as disclosed:
        yield dicom_file(disclosed.header, disclosed.pixels, as_stored=offer.is_stored)


def _instance_answer(request: Request, discloser: Discloser, image: Image, offer: Offer) -> StreamingHttpResponse:
    with ExitStack() as opened:
        content = opened.enter_context(_instance(discloser, image, offer))
        length, chunks = content.length, content.chunks
        content_type = f"{DICOM}; transfer-syntax={offer.syntax}"
        if offer.name == MULTIPART:
            boundary = secrets.token_hex(16)
            part = _part(request, image, offer, content.chunks)
            length = message_length([(part, length)], boundary)
            chunks = write_parts([part], boundary)
            content_type = f'{MULTIPART}; type="{DICOM}"; boundary={boundary}'
        headers = {"Cache-Control": "private, no-store", "Content-Length": str(length)}
        return StreamingHttpResponse(_Sending(chunks, opened.pop_all()), content_type=content_type, headers=headers)


def _instance_parts(request: Request, what: Asked, offers: dict[int, Offer]) -> Iterator[OutPart]:
    """A part for each instance; one that cannot be read is left out, as the answer has begun by then, and logged."""
    for image in what.images:
        with ExitStack() as opened:
            try:
                content = opened.enter_context(_instance(what.discloser, image, offers[image.pk]))
            except UnreadableNow as refusal:
                logger.warning("image %s was left out of an answer: %s", image.pk, refusal.detail)
                continue
            yield _part(request, image, offers[image.pk], content.chunks)


def _part(request: Request, image: Image, offer: Offer, chunks: Iterable[bytes]) -> OutPart:
    headers = {
        "Content-Type": f"{DICOM}; transfer-syntax={offer.syntax}",
        "Content-Location": instance_url(root_of(request), image),
    }
    return OutPart(headers, chunks)


def _metadata(request: Request, what: Asked) -> Iterable[JsonObject]:
    for image in what.images:
        with told(), what.discloser.opened(image) as disclosed:
            yield metadata_object(disclosed, f"{instance_url(root_of(request), image)}/bulkdata")


def metadata_object(disclosed: Disclosed, bulk_data_at: str) -> JsonObject:
    """The header in DICOM JSON; of the pixels, where they can be had."""
    header, pixels = disclosed.header, disclosed.pixels
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in header:
            delattr(header, keyword)
    found: JsonObject = header.to_json_dict(suppress_invalid_tags=True)
    found.update(json_object({"AvailableTransferSyntaxUID": str(disclosed.available_syntax)}))
    is_native = disclosed.available_syntax == EXPLICIT_LITTLE
    tag, vr = f"{pixels.tag:08X}", replace(pixels, header=header).native_vr if is_native else "OB"
    found[tag] = {"vr": vr, "BulkDataURI": f"{bulk_data_at}/{tag}"}
    return dict(sorted(found.items()))
