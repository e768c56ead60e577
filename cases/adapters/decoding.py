"""One file of a contribution, read and decoded. No database, no Django: it runs in processes of its own."""

import hashlib
import lzma
import zipfile
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from cases.adapters.derivation import Decoded, derive, masked
from cases.adapters.dicom import is_dicom, read_dicom
from cases.adapters.dicom_reports import may_be_report, read_dicom_report
from cases.adapters.pictures import UnreadableFileError, is_picture, pixel_digest, read_picture
from cases.adapters.spooling import SpoolError, link_whole, write_whole
from cases.contribution import (
    GateFacts,
    ImageFacts,
    PictureFiles,
    Pictures,
    Printed,
    Problem,
    Region,
    ReportRow,
    SourceFile,
    StudyFacts,
    told_by_layout,
)
from cases.frame_headers import Geometry
from cases.gate.header.burned_in import printed_in
from cases.gate.header.image_hash import image_hash
from cases.rendition import GreyScale

MAX_FILE_BYTES = 512 * 1024**2
MAX_RATIO = 200  # how many times larger a zip's member may become, once it is larger than the next
RATIO_FREE_BYTES = 64 * 1024**2
_VIEWS = {"frontal": "frontal", "lateral": "lateral", "pa": "PA", "ap": "AP", "ll": "LL", "lat": "lateral"}

# What a damaged zip or disk raises.
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True)
class Order:
    """What to read: a file of a contribution. ``frames_in`` is the folder that takes its frame files, ``pictures_in`` the one
    that takes its JPEG files (the film for releases among them ``with_film``), ``original_in`` the one that takes its bytes,
    "" for none; the boxes of ``mask`` are black in all that is derived. ``sha256`` is the digest of a file that the product
    wrote itself and nobody changes: it is not made again, and the original is this very file under another name.
    ``with_text``: with the lines of text in its pixels, which need not be looked for in a picture that is known.
    """

    source: SourceFile
    modalities: tuple[str, ...] = ()
    site_code: str = ""
    frames_in: str = ""
    pictures_in: str = ""
    original_in: str = ""
    sha256: str = ""
    mask: tuple[Region, ...] = ()
    with_film: bool = False
    with_text: bool = True
    max_characters: int = 100_000  # of a report

    @property
    def folder(self) -> Path | None:
        return Path(self.frames_in) if self.frames_in else None


@dataclass(frozen=True)
class Look:
    """Files of which only the digests are wanted."""

    sources: tuple[SourceFile, ...]


@dataclass(frozen=True)
class Known:
    """The site has this very file already."""

    sha256: str


@dataclass(frozen=True)
class Stuck:
    """What was derived could not be written, which is no fault of the file: ``code`` is the system's reason (errno)."""

    code: int


def known_key(sha256: str, study_id: str) -> str:
    """How a stored file is recognised: a DICOM file by its bytes, a picture by its bytes and the study it lies in."""
    return f"{sha256}:{study_id}"


def read_source(source: SourceFile) -> bytes:
    """The file's bytes. Raises UnreadableFileError when it is too large, cannot be read, or is a bomb."""
    try:
        if source.member:
            return _read_member(_archive(source.path), source.member)
        path = Path(source.path)
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise _too_large(size)
        return path.read_bytes()
    except _BROKEN as error:
        message = f"The file cannot be read ({type(error).__name__})."
        raise UnreadableFileError("unreadable", message) from error


@lru_cache(maxsize=2)
def _archive(path: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.flag_bits & 1:
        raise UnreadableFileError("encrypted", "The file is encrypted in the zip; pack it without a password.")
    if info.file_size > MAX_FILE_BYTES:
        raise _too_large(info.file_size)
    if info.file_size > RATIO_FREE_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
        message = f"The file grows more than {MAX_RATIO} times when it is unpacked, as a zip bomb does."
        raise UnreadableFileError("bomb", message)
    with archive.open(info) as file:
        data = file.read(info.file_size + 1)  # a header may lie about the size
    if len(data) > info.file_size:
        raise UnreadableFileError("bomb", "The file is larger than the zip says.")
    return data


def _too_large(size: int) -> UnreadableFileError:
    message = f"The file has {size / 1024**2:,.0f} MiB; at most {MAX_FILE_BYTES // 1024**2} are taken."
    return UnreadableFileError("too_large", message)


def digests(look: Look) -> tuple[str, ...]:
    """The SHA-256 of each file, "" for one that cannot be read."""
    return tuple(_digest(source) for source in look.sources)


def _digest(source: SourceFile) -> str:
    try:
        return hashlib.sha256(read_source(source)).hexdigest()
    except (UnreadableFileError, MemoryError):
        return ""


def decode(order: Order) -> ImageFacts | ReportRow | Problem | Stuck:
    """The picture or report, or why it is refused; what the order's folders were to take lies in them then, the original
    under its digest, the JPEG files as ``picture_name`` says.
    """
    source = order.source
    try:
        data = read_source(source)
        if may_be_report(data):
            return read_dicom_report(data, source, order.max_characters)
        sha256 = order.sha256 or hashlib.sha256(data).hexdigest()
        facts = told_by_layout(source, _decode(order, data, sha256))
        if order.original_in:
            _keep_original(order, data, Path(order.original_in) / sha256)
        if order.pictures_in:
            facts = replace(facts, pictures=Pictures(), files=_written(facts, Path(order.pictures_in)))
    except UnreadableFileError as error:
        return Problem(error.kind, source.name, error.reason, field=error.name, value=error.value)
    except SpoolError as error:
        return Stuck(error.code)
    return facts


def _keep_original(order: Order, data: bytes, path: Path) -> None:
    if order.sha256 and not order.source.member:
        link_whole(Path(order.source.path), path, data)
    else:
        write_whole(path, data)


def picture_name(sha256: str) -> str:
    """The name under which a derived JPEG file lies in ``pictures_in``, beside an original that may have its digest."""
    return f"{sha256}.jpg"


def _written(facts: ImageFacts, folder: Path) -> PictureFiles:
    pictures = facts.pictures

    def write(content: bytes) -> str:
        if not content:
            return ""
        digest = hashlib.sha256(content).hexdigest()
        write_whole(folder / picture_name(digest), content)
        return digest

    film, preview, thumbnail = (write(one) for one in (pictures.film, pictures.preview, pictures.thumbnail))
    return PictureFiles(film, preview, thumbnail, pictures.frames, has_surplus=bool(facts.gate.surplus))


def _decode(order: Order, data: bytes, sha256: str) -> ImageFacts:
    if is_picture(data[:8]):
        return _picture(order, data, sha256)
    if is_dicom(data[:132]):
        return read_dicom(
            data,
            sha256=sha256,
            modalities=order.modalities,
            frames_in=order.folder,
            mask=order.mask,
            with_film=order.with_film,
            with_text=order.with_text,
        )
    if not data:
        raise UnreadableFileError("empty", "The file is empty.")
    raise UnreadableFileError("format", "The file is not DICOM, PNG or JPEG.")


def _picture(order: Order, data: bytes, sha256: str) -> ImageFacts:
    """A PNG or JPEG belongs to the study the layout says; its UIDs are made from the study's name and its bytes."""
    picture = read_picture(data)
    source = order.source
    view = view_in_name(source.name)
    pixels = masked(picture.pixels[np.newaxis], order.mask)
    image = Decoded(pixels, GreyScale(picture.bits), Geometry())
    return ImageFacts(
        study=StudyFacts(patient_id=source.patient_id, view_position=view),
        series_uid=made_uid(f"{order.site_code}/{source.id_as_sent or source.study_id}".encode()),
        series_description="",
        series_number=None,
        sop_uid=made_uid(data),
        sha256=sha256,
        pixel_sha256=pixel_digest(picture.pixels),
        transfer_syntax="",
        instance_number=None,
        view_position=view,
        laterality="",
        rows=int(picture.pixels.shape[0]),
        columns=int(picture.pixels.shape[1]),
        frames=1,
        display={
            "photometric": "RGB" if picture.pixels.ndim == 3 else "MONOCHROME2",
            "is_colour": picture.pixels.ndim == 3,
            "is_inverted": False,
            "bits_stored": picture.bits,
            "is_signed": False,
            "slope": 1.0,
            "intercept": 0.0,
            "voi_function": "LINEAR",
            "has_voi_table": False,
            "windows": [],
            "spacing": None,
            "spacing_source": "",
            "stretch": [1.0, 1.0],
            "format": picture.kind,
        },
        pictures=derive(image, order.folder, with_film=order.with_film),
        gate=GateFacts(
            printed=printed_in(image.frames, image.scale, image.stored_range, image.sums)
            if order.with_text
            else Printed(),
            image_hash=image_hash(image.small),
        ),
    )


def made_uid(content: bytes) -> str:
    """A UID under 2.25 (ITU-T X.667) made of the content's SHA-256, so that the same content has the same UID."""
    return f"2.25.{int(hashlib.sha256(content).hexdigest()[:32], 16)}"


def view_in_name(name: str) -> str:
    """The view that a file's name tells of: "patient1_lateral.png" is lateral. Empty when it tells of none."""
    words = Path(name).stem.lower().replace("-", "_").replace(" ", "_").split("_")
    return next((_VIEWS[word.rstrip("0123456789")] for word in words if word.rstrip("0123456789") in _VIEWS), "")
