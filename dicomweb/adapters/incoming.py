"""A STOW-RS body on its way in: each part into a file of its own, nothing of it whole in memory."""

import errno
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pydicom
from django.core.handlers.wsgi import LimitedStream

from cases.adapters.decoding import MAX_FILE_BYTES
from dicomweb.media_types import DICOM, MediaTypeError, parse_media_type
from dicomweb.multipart import Part, Readable, boundary_of, read_parts

MAX_INSTANCES = 5_000
_TAGS = ["SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"]
_UID_CHARACTERS = 64


class TooMuchError(ValueError):
    """A body beyond what is taken at once; the text is a sentence."""


class NoRoomError(OSError):
    """The disk is full; the text is a sentence."""


class UnknownLengthError(ValueError):
    """A body whose end the web server cannot tell; the text is a sentence."""


@dataclass(frozen=True)
class Received:
    """One instance of a body. ``path`` holds its bytes; ``refusal`` is the kind of rule that it breaks, "" for none."""

    path: Path
    sop_class: str = ""
    sop_uid: str = ""
    series_uid: str = ""
    study_uid: str = ""
    refusal: str = ""


def body_of(environ: Mapping[str, Any]) -> Readable:
    """The request's body as the web server hands it on, chunked or not: Django's own reads nothing of a chunked one.

    Raises UnknownLengthError for a chunked body when the server does not mark where it ends (PEP 3333 leaves it open).
    """
    stream = cast(Readable, environ["wsgi.input"])
    length = str(environ.get("CONTENT_LENGTH") or "")
    if length.isdecimal():
        return cast(Readable, LimitedStream(cast(Any, stream), int(length)))
    if "chunked" not in str(environ.get("HTTP_TRANSFER_ENCODING", "")).lower():
        return cast(Readable, LimitedStream(cast(Any, stream), 0))
    if not environ.get("wsgi.input_terminated"):
        raise UnknownLengthError("This web server takes no chunked bodies; send a Content-Length.")
    return stream


def receive(body: Readable, content_type: str, folder: Path) -> Iterator[Received]:
    """Each part of the body, written into ``folder`` and its header looked at.

    Raises MultipartError where the body is no multipart/related message, TooMuchError beyond MAX_INSTANCES parts, and
    NoRoomError. A part that is too large, or of another type, is passed over with its ``refusal``.
    """
    for number, part in enumerate(read_parts(body, boundary_of(content_type)), start=1):
        if number > MAX_INSTANCES:
            raise TooMuchError(f"The body holds more than {MAX_INSTANCES:,} instances; send them in several requests.")
        path = folder / f"{number:05}.dcm"
        if not _is_dicom(part):
            yield Received(path, refusal="media_type")
        elif not _write(part, path):
            path.unlink()
            yield Received(path, refusal="too_large")
        else:
            yield _looked_at(path)


def _is_dicom(part: Part) -> bool:
    if not part.content_type:
        return True  # the type of the whole says what its parts are
    try:
        return parse_media_type(part.content_type).name == DICOM
    except MediaTypeError:
        return False


def _write(part: Part, path: Path) -> bool:
    """Whether the part fits; what is beyond the limit is not written."""
    size = 0
    try:
        with path.open("wb") as file:
            for chunk in part.chunks:
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    return False
                file.write(chunk)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            message = "The disk is full: nothing of this request is stored. Free some room and send it again."
            raise NoRoomError(message) from error
        raise
    return True


def _looked_at(path: Path) -> Received:
    """Which instance it says it is; the import judges whether it can be taken."""
    try:
        header = pydicom.dcmread(path, force=True, stop_before_pixels=True, specific_tags=_TAGS)
        values = [str(header.get(tag) or "")[:_UID_CHARACTERS] for tag in _TAGS]
    except Exception:  # noqa: BLE001 - a hostile file makes pydicom raise nearly anything
        return Received(path)
    return Received(path, *values)
