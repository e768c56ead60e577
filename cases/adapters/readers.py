"""Files in, decoded and kept: an import's, and those whose pictures are derived anew."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from cases.adapters.decoders import Answer, DecodingProcesses
from cases.adapters.decoding import Known, Look, Order, Stuck, known_key
from cases.adapters.derivation import CODINGS
from cases.adapters.sources import refuse_if_gone
from cases.adapters.storage import DERIVED, FRAMES, ORIGINALS, adopt, keep, local_copy, spool, storage_error
from cases.contribution import FrameFiles, ImageFacts, Pictures, Problem, Region, SourceFile

PROCESSES = 2
# Files that are worked on before the first of them is taken, so that nobody waits while others are stored: as many as
# their pixels leave room for, in memory and on the disk, by those of the latest one.
_LEAST_AHEAD, _MOST_AHEAD, _PIXELS_AHEAD = 8, 100, 64 * 1024**2
_LOOKED_AT = 32  # files whose digests are asked for at once
S = TypeVar("S")
A = TypeVar("A")
KnownKeys = Callable[[Sequence[str]], frozenset[str]]


@dataclass(frozen=True)
class KeptPictures:
    """Digests of what was derived from an image and lies in the storage; ``frames`` only where they were wanted."""

    film_sha256: str
    preview_sha256: str
    thumbnail_sha256: str
    frames: FrameFiles | None


@dataclass(frozen=True)
class ReadFile:
    """One file with its picture's digests; its original and what was derived are in the storage."""

    source: SourceFile
    answer: Answer | Known
    pictures: KeptPictures | None = None


@dataclass(frozen=True)
class StoredOriginal:
    """An image that is stored already: what the caller knows it by, its original's digest, its mask."""

    key: int
    sha256: str
    mask: tuple[Region, ...] = ()


def read_files(
    files: Sequence[SourceFile],
    *,
    root: Path,
    modalities: Sequence[str],
    site_code: str,
    known: KnownKeys | None = None,
    with_frames: bool = False,
    max_characters: int = 100_000,
) -> Generator[ReadFile]:
    """Every file in order, decoded and kept. Those that the site has are not decoded again: ``known`` tells the
    ``known_key`` of what it has of some digests; without it nothing is known.

    Raises SourceGoneError when ``root``, where they lie, is gone in the middle, and StorageError when nothing can be
    written.
    """
    with spool() as folder, DecodingProcesses(min(PROCESSES, len(files))) as processes:
        order = partial(
            Order,
            modalities=tuple(modalities),
            site_code=site_code,
            frames_in=str(folder) if with_frames else "",
            original_in=str(folder),
            max_characters=max_characters,
        )

        def ask(file: SourceFile, has: Known | None) -> Callable[[], Answer | Known]:
            return (lambda: has) if has else processes.decode(order(file)).result

        asked = ((file, ask(file, has)) for file, has in _looked_up(files, known, processes))
        for source, answer in _answers(asked):
            if isinstance(answer, Problem):
                refuse_if_gone(root, source, answer)
            if isinstance(answer, ImageFacts):
                adopt(ORIGINALS, folder / answer.sha256)
                yield ReadFile(source, replace(answer, pictures=Pictures()), _kept(answer.pictures, folder))
            else:
                yield ReadFile(source, answer)


def _looked_up(
    files: Sequence[SourceFile], known: KnownKeys | None, processes: DecodingProcesses
) -> Iterator[tuple[SourceFile, Known | None]]:
    """Every file, with what the site has of it; the digests of the next files are made meanwhile."""
    if known is None:
        yield from ((file, None) for file in files)
        return
    some = (tuple(files[start : start + _LOOKED_AT]) for start in range(0, len(files), _LOOKED_AT))
    looks = ((sources, processes.digests(Look(sources)).result) for sources in some)
    for sources, digests in _answers(looks, most=4):
        keys = known([digest for digest in digests if digest])
        for source, digest in zip(sources, digests, strict=True):
            is_known = known_key(digest, "") in keys or known_key(digest, source.study_id) in keys
            yield source, Known(digest) if is_known else None


def derive_stored(images: Sequence[StoredOriginal]) -> Iterator[tuple[StoredOriginal, KeptPictures | Problem]]:
    """The pictures and frame files of stored images, derived anew and kept, in order; or why there are none.

    Raises StorageError when nothing can be written.
    """
    with spool() as folder, DecodingProcesses(min(PROCESSES, len(images))) as processes:
        asked = ((image, processes.decode(_stored_order(image, folder)).result) for image in images)
        for image, answer in _answers(asked):
            if isinstance(answer, ImageFacts):
                yield image, _kept(answer.pictures, folder)
            elif isinstance(answer, Problem):
                yield image, answer


def _stored_order(image: StoredOriginal, folder: Path) -> Order:
    source = SourceFile(f"image {image.key}", str(local_copy(ORIGINALS, image.sha256, folder)))
    return Order(source, frames_in=str(folder), mask=image.mask)


def _answers(asked: Iterable[tuple[S, Callable[[], A]]], most: int = 0) -> Iterator[tuple[S, A]]:
    """What was asked with its answer, in order; some are asked before the first is waited for."""
    most = most or _MOST_AHEAD
    waiting: deque[tuple[S, Callable[[], A]]] = deque()
    ahead = min(_LEAST_AHEAD, most)
    for one in asked:
        waiting.append(one)
        while len(waiting) >= ahead:
            source, answer = _answered(*waiting.popleft())
            if isinstance(answer, ImageFacts):
                pixels = answer.rows * answer.columns * answer.frames
                ahead = max(_LEAST_AHEAD, min(most, _PIXELS_AHEAD // max(1, pixels)))
            yield source, answer
    while waiting:
        yield _answered(*waiting.popleft())


def _answered(asked: S, wait: Callable[[], A]) -> tuple[S, A]:
    answer = wait()
    if isinstance(answer, Stuck):
        raise storage_error(answer.code)
    return asked, answer


def _kept(pictures: Pictures, folder: Path) -> KeptPictures:
    frames = pictures.frames
    for digest in frames.digests if frames else ():
        for coding in CODINGS:
            path = folder / f"{digest}.{coding}"
            if path.exists():  # the same frame may come twice
                adopt(FRAMES, path)
    return KeptPictures(
        keep(DERIVED, pictures.film), keep(DERIVED, pictures.preview), keep(DERIVED, pictures.thumbnail), frames
    )
