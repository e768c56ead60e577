"""The pictures themselves: previews, thumbnails and frame files, each asked for by somebody who may see the study."""

from http import HTTPStatus

from django.core.cache import cache
from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.access import curator_only, reader_or_curator
from cases.adapters.frame_pictures import frame_picture
from cases.adapters.storage import DERIVED, FRAMES, open_kept
from cases.frames import address_digest, is_address_of_before
from cases.models import FrameSet, Image
from cases.queries.pictures import current_frames, viewable_image
from cases.tasks import frames_task

_FOREVER = "private, max-age=31536000, immutable"
# Today's picture under an address of before, asked for by a page that was open while it was made anew.
_NOT_KEPT = "private, no-store"
ASK_AGAIN_S = 60
_NOT_OPEN = "There is no such picture, or it is not open to you."


@reader_or_curator
@require_safe
def image_preview(request: HttpRequest, pk: int, sha256: str = "") -> HttpResponseBase:
    """The small picture that a screen paints first."""
    return _picture(request, pk, sha256, "preview_sha256")


@reader_or_curator
@require_safe
def image_thumbnail(request: HttpRequest, pk: int, sha256: str = "") -> HttpResponseBase:
    """The picture, 256 pixels at most."""
    return _picture(request, pk, sha256, "thumbnail_sha256")


@reader_or_curator
@require_safe
def image_frame(request: HttpRequest, pk: int, digest: str, frame: int) -> HttpResponseBase:
    """Every pixel of one frame (docs/pixels.md), coded as the browser unpacks it; 202 while a worker still makes it."""
    image = viewable_image(request.user, pk)
    if image is None or frame >= image.frames:
        raise Http404(_NOT_OPEN)
    is_todays = digest == address_digest(image.sha256, image.mask)
    if not is_todays and not is_address_of_before(digest, image.sha256, image.mask):
        raise Http404(_NOT_OPEN)
    frames = _frames_or_answer(image)
    if isinstance(frames, HttpResponse):
        return frames
    coding, suffix = ("zstd", "zst") if _accepts_zstd(request) else ("gzip", "gz")
    stored = frames.digests[frame]
    response = _file(request, FRAMES, f"{stored}.{suffix}", f'"{stored}-{suffix}"', "application/octet-stream")
    if response is None:
        return _not_yet(image)
    if response.status_code == HTTPStatus.OK:
        response["Content-Encoding"] = coding
    if not is_todays:
        response["Cache-Control"] = _NOT_KEPT
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@curator_only
@require_safe
def frame_whole(request: HttpRequest, pk: int, frame: int) -> HttpResponseBase:
    """One frame over all its values as a JPEG, for whoever decides about a finding in it; 202 while a worker makes it."""
    image = viewable_image(request.user, pk)
    if image is None or not 1 <= frame <= image.frames:
        raise Http404(_NOT_OPEN)
    frames = _frames_or_answer(image)
    if isinstance(frames, HttpResponse):
        return frames
    try:
        with open_kept(FRAMES, f"{frames.digests[frame - 1]}.gz") as file:
            content = frame_picture(file.read())
    except FileNotFoundError:
        return _not_yet(image)
    headers = {"Cache-Control": "private, max-age=3600", "Vary": "Cookie"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


def _frames_or_answer(image: Image) -> FrameSet | HttpResponse:
    """The image's frames; while there are none, the answer in their place."""
    frames = current_frames(image)
    if frames is None:
        return _not_yet(image)
    if frames.problem:
        return HttpResponse(frames.problem, status=HTTPStatus.GONE, content_type="text/plain; charset=utf-8")
    return frames


def _picture(request: HttpRequest, pk: int, sha256: str, name: str) -> HttpResponseBase:
    """A derived picture for those who may see its study; 404 for everyone else, so that nothing tells it is there."""
    image = viewable_image(request.user, pk)
    stored = str(getattr(image, name, ""))
    if not stored:
        raise Http404(_NOT_OPEN)
    response = _file(request, DERIVED, stored, f'"{stored}"', "image/jpeg")
    if response is None:
        raise Http404("The picture's file is missing from the storage; import its original again.")
    if sha256 and sha256 != stored:
        response["Cache-Control"] = _NOT_KEPT
    return response


def _file(request: HttpRequest, folder: str, name: str, etag: str, content_type: str) -> HttpResponseBase | None:
    """The stored bytes, or 304 where the browser has them; None where they are missing from the storage."""
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        try:
            file = open_kept(folder, name)
        except FileNotFoundError:
            return None
        response = _whole(request, file, content_type)
    response["ETag"] = etag
    response["Cache-Control"] = _FOREVER
    response["Vary"] = "Cookie"
    return response


def _whole(request: HttpRequest, file: "File[bytes]", content_type: str) -> HttpResponseBase:
    if request.method == "HEAD":
        with file:
            return HttpResponse(content_type=content_type, headers={"Content-Length": str(file.size)})
    return FileResponse(file, content_type=content_type)


def _not_yet(image: Image) -> HttpResponse:
    """Sends a worker (once a minute while somebody waits; a second one finds nothing to do) and asks to come back."""
    if cache.add(f"frames-asked-for:{image.pk}", 1, ASK_AGAIN_S):
        frames_task.delay(image.pk)
    headers = {"Retry-After": "1", "Cache-Control": "no-store"}
    return HttpResponse(status=HTTPStatus.ACCEPTED, headers=headers, content_type="text/plain; charset=utf-8")


def _accepts_zstd(request: HttpRequest) -> bool:
    for part in request.headers.get("Accept-Encoding", "").split(","):
        name, *parameters = (word.strip().lower() for word in part.split(";"))
        if name == "zstd":
            return not any(one.startswith("q=0") and not one.strip("q=0.") for one in parameters)
    return False
