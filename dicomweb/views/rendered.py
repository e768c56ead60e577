"""Pictures for a screen: rendered instances and frames (PS3.18 10.4.1.1.3), and thumbnails (10.4.1.1.4)."""

import logging
import re
import secrets
from collections.abc import Iterator

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from cases.adapters.storage import DERIVED, open_kept
from cases.models import Image
from cases.rendition import Window
from dicomweb.adapters.files import Drawing, picture
from dicomweb.media_types import MULTIPART, Offer
from dicomweb.multipart import OutPart, write_parts
from dicomweb.views.base import Address, DicomWebView, Refused, chosen
from dicomweb.views.retrieve import Asked, UnreadableNow, asked, frame_numbers, readable
from dicomweb.views.search import instance_url, root_of

logger = logging.getLogger(__name__)
_PICTURES = (Offer("image/jpeg"), Offer("image/png"))
_PARTS = tuple(Offer(MULTIPART, offer.name) for offer in _PICTURES)
MAX_TOGETHER = 200  # frames of one answer: each is decoded and drawn for it
_FUNCTIONS = {"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}
_MAX_SIDE = 8192  # pixels
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?", re.ASCII)


class Rendered(DicomWebView):
    """One frame as a JPEG or PNG picture."""

    def get(self, request: Request, **names: str) -> HttpResponse:
        address = Address(**names)
        what = asked(request, address)
        image = what.images[0]
        number = _one_frame(address.frames, image)
        offer = chosen(request, _PICTURES)
        drawing = _drawing(request)
        with readable(what.discloser, image) as pixels:
            content = picture(pixels, number - 1, drawing, offer.name)
        return _sent(content, offer.name)


class RenderedTogether(DicomWebView):
    """All frames of all instances of a study or a series as JPEG or PNG pictures, each a part; one alone may come as itself."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        what = asked(request, Address(**names))
        count = sum(image.frames for image in what.images)
        if count > MAX_TOGETHER:
            message = (
                f"{count:,} frames would be drawn, and {MAX_TOGETHER} are at once; ask for each series or instance."
            )
            raise Refused(message)
        offer = chosen(request, (*_PARTS, *(_PICTURES if count == 1 else ())))
        drawing = _drawing(request)
        if offer.name != MULTIPART:
            with readable(what.discloser, what.images[0]) as pixels:
                return _sent(picture(pixels, 0, drawing, offer.name), offer.name)
        boundary = secrets.token_hex(16)
        parts = _parts(what, drawing, offer.inner, root_of(request))
        response = StreamingHttpResponse(
            write_parts(parts, boundary), content_type=f'{MULTIPART}; type="{offer.inner}"; boundary={boundary}'
        )
        response["Cache-Control"] = "private, no-store"
        return response


def _parts(what: Asked, drawing: Drawing, media_type: str, root: str) -> Iterator[OutPart]:
    """A part for each frame, drawn as it is sent; what cannot be is left out, as the answer has begun by then, and logged."""
    for image in what.images:
        place = instance_url(root, image)
        for index in range(image.frames):
            try:
                with readable(what.discloser, image) as pixels:
                    content = picture(pixels, index, drawing, media_type)
            except UnreadableNow as refusal:
                logger.warning("image %s was left out of an answer: %s", image.pk, refusal.detail)
                break
            headers = {"Content-Type": media_type, "Content-Location": f"{place}/frames/{index + 1}/rendered"}
            yield OutPart(headers, [content])


class Thumbnail(DicomWebView):
    """The small picture that was derived at import: of an instance, or of the first of a series or a study."""

    def get(self, request: Request, **names: str) -> HttpResponse:
        address = Address(**names)
        what = asked(request, address)
        if address.frames:
            _one_frame(address.frames, what.images[0])
        chosen(request, _PICTURES[:1])
        image = next((one for one in what.images if one.thumbnail_sha256), None)
        if image is None:
            raise Http404("There is no thumbnail: the picture was not decoded.")
        with open_kept(DERIVED, image.thumbnail_sha256) as file:
            return _sent(file.read(), "image/jpeg")


def _sent(content: bytes, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Cache-Control"] = "private, no-store"
    return response


def _one_frame(frames: str, image: Image) -> int:
    if not frames and image.frames > 1:
        raise Refused(f"The instance has {image.frames} frames; ask for one of them, as frames/1/rendered.")
    numbers = frame_numbers(frames or "1", image)
    if len(numbers) != 1:
        raise Refused("One frame is drawn at a time; ask for each by itself.")
    return numbers[0]


def _drawing(request: Request) -> Drawing:
    """How the query wants it drawn (PS3.18 8.3.5): ``window``, ``viewport`` and ``quality``; others mean nothing here."""
    query = request.query_params
    window, function = _window(query.get("window", ""))
    return Drawing(window, function, _size(query.get("viewport", "")), _quality(query.get("quality", "")))


def _window(text: str) -> tuple[Window | None, str]:
    if not text:
        return None, "LINEAR"
    center, width, function, *more = [*text.split(","), *[""] * (2 - text.count(","))]
    is_number = _NUMBER.fullmatch(center) and _NUMBER.fullmatch(width)
    known = _FUNCTIONS.get(function or "linear")
    if not is_number or more or known is None or float(width) < (1 if known == "LINEAR" else 1e-9):
        message = f"window is {text[:80]!r}; it is center,width,function, as 40,400,linear (or linear-exact, sigmoid)."
        raise Refused(message)
    return Window(float(center), float(width)), known


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d{1,5}),(\d{1,5})", text, re.ASCII)
    if match is None or not all(1 <= int(side) <= _MAX_SIDE for side in match.groups()):
        message = f"viewport is {text[:80]!r}; it is width,height in pixels, each from 1 to {_MAX_SIDE}, as 512,512."
        raise Refused(message)
    return int(match[1]), int(match[2])


def _quality(text: str) -> int:
    if not text:
        return 90
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not 1 <= int(text) <= 100:
        raise Refused(f"quality is {text[:80]!r}; it must be a whole number from 1 to 100.")
    return int(text)
