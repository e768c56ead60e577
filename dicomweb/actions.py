"""Storing what a STOW-RS request brought: by an import like any other, at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions import create_import_run, decoding_for, import_studies
from cases.actions.frames import make_frames_soon
from cases.adapters.layouts.plain import with_study
from cases.adapters.storage import spool
from cases.contribution import SourceFile
from cases.models import Image, ImportRun, Site
from cases.queries.contributors import membership_for
from cases.queries.keys import refuse_another_key
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


def refuse_to_store(user: User, benchmark_slug: str, site_code: str) -> None:
    """Raises NotAllowedError unless this person may store here: curators anywhere, contributors at their site's address."""
    if user.is_contributor:
        membership_for(user, benchmark_slug, site_code)
    elif not user.is_curator:
        raise NotAllowedError(
            "Only curators, admins and a site's contributors store studies; your account has another role."
        )


def store_instances(
    *, body: Readable, content_type: str, benchmark: Benchmark, site_code: str, study_uid: str = "", by: User
) -> Outcome:
    """Takes the instances of a multipart body in by an import of their own, and says what became of each.

    The import decodes in processes of its own, the first files while others are still on their way, and applies every
    rule of an import; what is stored already is stored. Only the frame files, which a viewer asks for, are left to a
    worker: all else is done and committed before this returns.
    With ``study_uid`` only instances of that study are taken. Refuses readers, contributors of another site or benchmark
    (NotAllowedError), a body without parts (NothingReceivedError), and what ``receive``, ``create_import_run`` and
    ``import_studies`` refuse: after a StorageError nothing of the request is kept but what an earlier batch of it stored.
    """
    refuse_to_store(by, benchmark.slug, site_code)
    refuse_another_key(site_code)
    with spool() as folder, decoding_for(benchmark=benchmark, site_code=site_code, with_frames=False) as desk:
        received = []
        for one in (_checked(one, study_uid) for one in receive(body, content_type, folder)):
            received.append(one)
            if one.refusal:
                one.path.unlink(missing_ok=True)
            else:
                desk.begin(with_study(SourceFile(one.path.name, str(one.path))), one.sha256)
        if not received:
            raise NothingReceivedError("The body holds no instance; send each as a part of type application/dicom.")
        run = None
        if any(not one.refusal for one in received) and not _is_rubbish(received, site_code):
            run = create_import_run(
                benchmark=benchmark, site_code=site_code, source=str(folder), layout="folder", by=by
            )
            run = import_studies(run.pk, desk=desk)
        outcome = _outcome(run, received)
    if settings.DERIVE_FRAMES_AT_INTAKE and outcome.stored:
        make_frames_soon(benchmark=benchmark, studies={one.image.series.study_id for one in outcome.stored}, by=by)
    return outcome


def _is_rubbish(received: Sequence[Received], site_code: str) -> bool:
    """Whether nothing of it says which study it is of, where the site is unknown: an import would leave it behind, empty."""
    return not any(one.study_uid for one in received) and not Site.objects.filter(code=site_code).exists()


def _checked(received: Received, study_uid: str) -> Received:
    if study_uid and not received.refusal and received.study_uid != study_uid:
        return Received(received.path, received.sop_class, received.sop_uid, refusal="study")
    return received


def _outcome(run: ImportRun | None, received: Sequence[Received]) -> Outcome:
    broken = {} if run is None else dict(run.problems.filter(is_warning=False).values_list("where", "kind"))
    images = {} if run is None else _images(run, received)
    stored, refused = [], []
    for one in received:
        kind = one.refusal or ("" if run else "missing" if one.sop_uid else "unreadable")
        kind = kind or next((kind for where, kind in broken.items() if Path(where).name == one.path.name), "")
        # What is stored in another series counts as stored, where the import found it the same.
        image = images.get((one.series_uid, one.sop_uid)) or images.get(("", one.sop_uid))
        if kind or image is None:
            refused.append(Refused(one, _REASONS.get(kind, PROCESSING_FAILURE)))
        else:
            stored.append(Stored(one, image))
    return Outcome(run, tuple(stored), tuple(refused))


def _images(run: ImportRun, received: Sequence[Received]) -> dict[tuple[str, str], Image]:
    rows = Image.objects.filter(series__study__site=run.site, sop_uid__in=[one.sop_uid for one in received])
    found = {}
    for image in rows.select_related("series__study"):
        found[image.series.series_uid, image.sop_uid] = found["", image.sop_uid] = image
    return found
