"""A STOW-RS body on its way in: each part into a file of its own, nothing of it whole in memory."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django.core.handlers.wsgi import LimitedStream
from pydicom.filereader import read_partial
from pydicom.tag import Tag

from cases.adapters.decoding import MAX_FILE_BYTES
from cases.adapters.deflated import unpacked
from cases.adapters.storage import storage_error
from cases.gate.header.limits import HeaderScan
from dicomweb.media_types import DICOM, MediaTypeError, parse_media_type
from dicomweb.multipart import Part, Readable, boundary_of, read_parts

MAX_INSTANCES = 5_000
_TAGS = ["SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"]
_UID_CHARACTERS = 64


class TooMuchError(ValueError):
    """A body beyond what is taken at once; the text is a sentence."""


class UnknownLengthError(ValueError):
    """A body whose end the web server cannot tell; the text is a sentence."""


@dataclass(frozen=True)
class Received:
    """One instance of a body. ``path`` holds its bytes, ``sha256`` is their digest; ``refusal`` is the kind of rule that it
    breaks, "" for none.
    """

    path: Path
    sop_class: str = ""
    sop_uid: str = ""
    series_uid: str = ""
    study_uid: str = ""
    sha256: str = ""
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
    StorageError. A part that is too large, or of another type, is passed over with its ``refusal``.
    """
    for number, part in enumerate(read_parts(body, boundary_of(content_type)), start=1):
        if number > MAX_INSTANCES:
            raise TooMuchError(f"The body holds more than {MAX_INSTANCES:,} instances; send them in several requests.")
        path = folder / f"{number:05}-{uuid.uuid4().hex}.dcm"  # no name by which a site may know a study
        if not _is_dicom(part):
            yield Received(path, refusal="media_type")
        elif digest := _write(part, path):
            yield _looked_at(path, digest)
        else:
            path.unlink()
            yield Received(path, refusal="too_large")


def _is_dicom(part: Part) -> bool:
    if not part.content_type:
        return True  # the type of the whole says what its parts are
    try:
        return parse_media_type(part.content_type).name == DICOM
    except MediaTypeError:
        return False


def _write(part: Part, path: Path) -> str:
    """The digest of the part, "" where it does not fit; what is beyond the limit is not written."""
    size, digest = 0, hashlib.sha256()
    try:
        with path.open("wb") as file:
            for chunk in part.chunks:
                size += len(chunk)
                if size > MAX_FILE_BYTES:
                    return ""
                file.write(chunk)
                digest.update(chunk)
    except OSError as error:
        raise storage_error(error.errno or 0) from error
    return digest.hexdigest()


def _looked_at(path: Path, digest: str) -> Received:
    """Which instance it says it is; the import judges whether it can be taken."""
    try:
        with path.open("rb") as file:
            plain = unpacked(file)
            if plain is None:
                return Received(path, sha256=digest)
            header = read_partial(plain, HeaderScan(stops=True), force=True, specific_tags=list(map(Tag, _TAGS)))
        values = [str(header.get(tag) or "")[:_UID_CHARACTERS] for tag in _TAGS]
    except Exception:  # noqa: BLE001 - a hostile file makes pydicom raise nearly anything
        return Received(path, sha256=digest)
    sop_class, sop_uid, series_uid, study_uid = values
    return Received(path, sop_class, sop_uid, series_uid, study_uid, digest)
