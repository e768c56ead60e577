"""Frame files, derived in a worker: of one image for which a reader waits, or of all that a benchmark lacks."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from benchmarks.models import Benchmark
from cases.actions.gate import look_again
from cases.adapters.derivation import CODINGS
from cases.adapters.readers import StoredOriginal, derive_stored
from cases.adapters.storage import DERIVED, FRAMES, is_kept
from cases.contribution import FrameFiles, ImageFacts, PictureFiles, Problem, Region
from cases.frames import FORMAT_VERSION
from cases.models import FrameRun, FrameSet, Image
from core.actions import record_event, working_on
from core.errors import DomainError
from core.models import RunState
from core.runs import dispatch

Progress = Callable[[int, int | None], None]
CURRENT = Q(frame_set__version=FORMAT_VERSION)
_LOOKED_AT = Q(has_surplus__isnull=False)  # by today's rules of the gate


class FramesRefusedError(DomainError):
    """What was asked cannot be derived."""


def derive_image(*, image_id: int, now: datetime) -> FrameSet:
    """Derives one image's frames, unless they are there, files and all; in a decoding process, as at intake."""
    image = Image.objects.select_related("frame_set").get(pk=image_id)
    frames: FrameSet | None = getattr(image, "frame_set", None)
    if frames is not None and frames.is_current and all(map(_is_stored, frames.digests)):
        return frames
    for _, derived in derive_stored([_original(image)]):
        if (made := _store(image, derived, now)) is not None:
            return made
    raise FramesRefusedError(f"Image {image_id} was masked while it was decoded, or gave no answer; ask again.")


def create_frame_run(
    *,
    benchmark: Benchmark,
    studies: Iterable[int] | None = None,
    by: User | None = None,
    unhurried: bool = False,
) -> FrameRun | None:
    """A queued run that derives the frames of every image of these studies (by primary key), or of the whole pool;
    ``unhurried`` where everything else goes first.

    None when nothing is missing. The caller dispatches it (``core.runs.dispatch``) or works it off at once
    (``derive_frames``). Refuses nothing.
    """
    wanted = None if studies is None else sorted(set(studies))
    params: dict[str, object] = {} if wanted is None else {"studies": wanted}
    if unhurried:
        params["unhurried"] = True
    if not _missing(benchmark, wanted).exists():
        return None
    with transaction.atomic():
        run = FrameRun.objects.create(kind="frames", benchmark=benchmark, params=params, created_by=by)
        record_event(verb="frames.asked", subject=run, by=by, data={"benchmark": benchmark.pk})
    return run


def make_frames_soon(*, benchmark: Benchmark, studies: Iterable[int], by: User | None = None) -> FrameRun | None:
    """Has the frames that these studies lack derived when nobody else needs the processor: by a run that waits for its
    worker already, which takes them on, or by one of their own. None when none is missing.
    """
    wanted = set(studies)
    if not _missing(benchmark, sorted(wanted)).exists():
        return None
    with transaction.atomic():
        waiting = FrameRun.objects.filter(benchmark=benchmark, state=RunState.QUEUED, params__unhurried=True)
        # One that a worker claims in this moment is locked, and passed over.
        run = waiting.select_for_update(skip_locked=True).order_by("-pk").first()
        if run is not None:
            run.params["studies"] = sorted(wanted.union(run.params["studies"]))
            run.save(update_fields=["params"])
            return run
        run = create_frame_run(benchmark=benchmark, studies=wanted, by=by, unhurried=True)
    if run is not None:
        dispatch(run)
    return run


def make_films(*, studies: Iterable[int], now: datetime) -> list[Problem]:
    """Derives the films that pictures of these studies lack, and the frames of those that lack them too, before it returns: a
    release takes them. Returns why there are none of some pictures, which stay as they are.

    Each is stored by itself, and the same bytes make the same file: it may be killed, repeated, and run twice at once. Raises
    StorageError when nothing can be written.
    """
    lacking = Image.objects.past_the_gate().filter(series__study__in=list(studies), film_sha256="")
    images = {
        one.pk: one for one in lacking.exclude(preview_sha256="", mask=[]).select_related("frame_set").order_by("pk")
    }
    refused = []
    for original, derived in _films_of(images.values()):
        if isinstance(derived, Problem):
            refused.append(derived)
        else:
            _store(images[original.key], derived, now)
    return refused


def restore_pictures(digests: Iterable[str]) -> list[str]:
    """Makes pictures that a release holds and the storage has lost again, from their originals; those that are not the same
    bytes again, or whose image has others today, stay lost and are returned. No row changes.
    """
    lost = [digest for digest in digests if not is_kept(DERIVED, digest)]
    if not lost:
        return []
    images = Image.objects.filter(Q(film_sha256__in=lost) | Q(preview_sha256__in=lost)).select_related("frame_set")
    for _ in _films_of(list(images)):
        pass  # kept under their digests
    return [digest for digest in lost if not is_kept(DERIVED, digest)]


def _films_of(images: Collection[Image]) -> Iterator[tuple[StoredOriginal, ImageFacts | Problem]]:
    """From the originals: undoing a frame file's predictions takes longer than most decoders do."""
    if not images:
        return iter(())
    wanted = [replace(_original(one), with_frames=not _has_frames(one)) for one in images]
    return derive_stored(wanted, with_films=True)


def _has_frames(image: Image) -> bool:
    frames: FrameSet | None = getattr(image, "frame_set", None)
    return frames is not None and frames.is_current


def make_frames_ready(*, benchmark: Benchmark, studies: Iterable[int], by: User | None = None) -> FrameRun | None:
    """Sends a worker for the frames that these studies lack, before their readers come; None when none is missing."""
    run = create_frame_run(benchmark=benchmark, studies=studies, by=by)
    if run is not None:
        dispatch(run)
    return run


def derive_frames(run_id: int, *, now: Callable[[], datetime], progress: Progress | None = None) -> FrameRun:
    """Works a queued run off and returns it; safe to kill and to repeat: an image that has its frames is left alone.

    ``progress(done, total)`` is called after every image. Raises RunNotClaimableError when the run is not queued. An
    image without frames is a problem of the run; its counts are ``derived`` and ``refused``.
    """
    with working_on(run_id) as handle:
        run = FrameRun.objects.select_related("benchmark").get(pk=run_id)
        images = {one.pk: one for one in _missing(run.benchmark, run.params.get("studies"))}
        handle.start(len(images))
        originals = [_original(one) for one in images.values()]
        for original, derived in derive_stored(originals, unhurried=bool(run.params.get("unhurried"))):
            with transaction.atomic():
                frames = _store(images[original.key], derived, now())
                problem = frames.problem if frames else "The image was masked while it was decoded; derive it again."
                if problem:
                    handle.problem(kind="no_frames", where=f"image {original.key}", message=problem)
                handle.advance(1, **{"refused" if problem else "derived": 1})
            if progress:
                progress(handle.done, len(images))
    run.refresh_from_db()
    return run


def store_frame_set(image: Image, files: FrameFiles, now: datetime) -> FrameSet:
    """Stores what became of an image's frames; call it inside a transaction."""
    frames, _ = FrameSet.objects.update_or_create(image=image, defaults=_frame_values(files, now))
    return frames


def frame_set(image: Image, files: FrameFiles, now: datetime) -> FrameSet:
    """The same of a new image, not stored yet."""
    return FrameSet(image=image, **_frame_values(files, now))


def _frame_values(files: FrameFiles, now: datetime) -> dict[str, Any]:
    return {
        "version": FORMAT_VERSION,
        "digests": list(files.digests),
        "stored_bytes": files.stored_bytes,
        "problem": files.problem[:500],
        "derived_at": now,
    }


def picture_fields(pictures: PictureFiles | None) -> dict[str, Any]:
    """The image's fields that name its derived pictures, and what was seen beside the picture when they were made."""
    if pictures is None:
        return {}
    fields = {name: getattr(pictures, name) for name in ("preview_sha256", "thumbnail_sha256", "has_surplus")}
    return fields | ({"film_sha256": pictures.film_sha256} if pictures.film_sha256 else {})


@transaction.atomic
def _store(image: Image, derived: ImageFacts | Problem, now: datetime) -> FrameSet | None:
    """An image whose pictures are not there, or at whose pixels nobody looked yet by today's rules, gets today's; and what the
    gate finds in the pixels then is recorded. None, and nothing is stored, where a curator changed its mask since ``image`` was
    read: what was derived shows what may be seen no more.
    """
    derived_from = image.mask
    image = Image.objects.select_for_update(no_key=True, of=("self",)).select_related("series__study").get(pk=image.pk)
    if image.mask != derived_from:
        return None
    if isinstance(derived, Problem):
        return store_frame_set(image, FrameFiles(problem=derived.message), now)
    files = derived.files
    assert files is not None  # noqa: S101 - every order for a stored image asks for them
    if files.film_sha256 or not image.preview_sha256 or image.has_surplus is None:
        Image.objects.filter(pk=image.pk).update(**picture_fields(files))
    if image.has_surplus is None:
        look_again(image=image, facts=derived)
    if files.frames is None and _has_frames(image):
        return image.frame_set
    return store_frame_set(image, files.frames or FrameFiles(problem="The frames were not derived."), now)


def _original(image: Image) -> StoredOriginal:
    mask = tuple(Region(*box) for box in image.mask)
    return StoredOriginal(image.pk, image.sha256, mask, is_known=image.has_surplus is not None)


def _is_stored(digest: str) -> bool:
    return all(is_kept(FRAMES, f"{digest}.{coding}") for coding in CODINGS)


def _missing(benchmark: Benchmark, studies: list[int] | None) -> QuerySet[Image]:
    """The images whose frames are not there in today's format, or whose pixels nobody looked at yet, each study's together."""
    images = Image.objects.filter(series__study__pool_entries__benchmark=benchmark).exclude(CURRENT & _LOOKED_AT)
    if studies is not None:
        images = images.filter(series__study__in=studies)
    return images.order_by("series__study", "pk")
