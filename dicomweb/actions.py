"""Storing what a STOW-RS request brought: by an import like any other, at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions import create_import_run, import_studies
from cases.adapters.storage import spool
from cases.models import Image, ImportRun
from core.errors import DomainError, NotAllowedError
from dicomweb.adapters.incoming import Received, receive
from dicomweb.multipart import Readable

# Failure reasons of PS3.18 table I.2-2, by the kind of rule that a file breaks.
PROCESSING_FAILURE, NOT_SUPPORTED, OUT_OF_RESOURCES, NO_MATCH, NOT_UNDERSTOOD = 0x0110, 0x0122, 0xA700, 0xA900, 0xC000
_REASONS = {
    **dict.fromkeys(["modality", "no_picture", "sop_class"], NOT_SUPPORTED),
    **dict.fromkeys(["too_large", "size"], OUT_OF_RESOURCES),
    **dict.fromkeys(["missing", "study", "image_differs"], NO_MATCH),
    **dict.fromkeys(["unreadable", "undecodable", "format", "empty", "media_type"], NOT_UNDERSTOOD),
}


class NothingReceivedError(DomainError):
    """A body without a single part."""


@dataclass(frozen=True)
class Stored:
    """An instance that is stored now, or was already, with its row."""

    received: Received
    image: Image


@dataclass(frozen=True)
class Refused:
    """An instance that is not stored, and the failure reason."""

    received: Received
    reason: int


@dataclass(frozen=True)
class Outcome:
    """What became of a request's instances; ``run`` is the import, None when there was nothing to import."""

    run: ImportRun | None
    stored: tuple[Stored, ...]
    refused: tuple[Refused, ...]


def store_instances(
    *, body: Readable, content_type: str, benchmark: Benchmark, site_code: str, study_uid: str = "", by: User
) -> Outcome:
    """Takes the instances of a multipart body in by an import of their own, and says what became of each.

    The import decodes in processes of its own and applies every rule of an import; what is stored already is stored.
    With ``study_uid`` only instances of that study are taken. Refuses anyone but curators (NotAllowedError), a body
    without parts (NothingReceivedError), and what ``receive`` and ``create_import_run`` refuse.
    """
    if not by.is_curator:
        raise NotAllowedError("Only curators and admins store studies; your account has another role.")
    with spool() as folder:
        received = [_checked(one, study_uid) for one in receive(body, content_type, folder)]
        if not received:
            raise NothingReceivedError("The body holds no instance; send each as a part of type application/dicom.")
        for one in received:
            if one.refusal:
                one.path.unlink(missing_ok=True)
        run = None
        if not all(one.refusal for one in received):
            run = create_import_run(
                benchmark=benchmark, site_code=site_code, source=str(folder), layout="folder", by=by
            )
            run = import_studies(run.pk)
        return _outcome(run, received)


def _checked(received: Received, study_uid: str) -> Received:
    if study_uid and not received.refusal and received.study_uid != study_uid:
        return Received(received.path, received.sop_class, received.sop_uid, refusal="study")
    return received


def _outcome(run: ImportRun | None, received: Sequence[Received]) -> Outcome:
    broken = {} if run is None else dict(run.problems.filter(is_warning=False).values_list("where", "kind"))
    images = {} if run is None else _images(run, received)
    stored, refused = [], []
    for one in received:
        kind = one.refusal or next((kind for where, kind in broken.items() if Path(where).name == one.path.name), "")
        image = images.get((one.series_uid, one.sop_uid))
        if kind or image is None:
            refused.append(Refused(one, _REASONS.get(kind, PROCESSING_FAILURE)))
        else:
            stored.append(Stored(one, image))
    return Outcome(run, tuple(stored), tuple(refused))


def _images(run: ImportRun, received: Sequence[Received]) -> dict[tuple[str, str], Image]:
    rows = Image.objects.filter(series__study__site=run.site, sop_uid__in=[one.sop_uid for one in received])
    return {(image.series.series_uid, image.sop_uid): image for image in rows.select_related("series__study")}
