"""Files in, decoded and kept: an import's, and those whose pictures are derived anew."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cases.adapters.decoders import Answer, DecodingProcesses
from cases.adapters.decoding import Order, read_source
from cases.adapters.derivation import CODINGS
from cases.adapters.storage import DERIVED, FRAMES, ORIGINALS, adopt, keep, local_copy, spool
from cases.contribution import FrameFiles, ImageFacts, Pictures, Problem, Region, SourceFile

PROCESSES = 2


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
    answer: Answer
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
    modalities: Sequence[str],
    site_code: str,
    known: frozenset[str],
    with_frames: bool = False,
    max_characters: int = 100_000,
) -> Iterator[ReadFile]:
    """Every file in order, decoded and kept; ``known`` holds ``known_key`` of what the site has, not decoded again."""
    with spool() as folder:
        frames_in = str(folder) if with_frames else ""
        orders = (
            Order(source, tuple(modalities), site_code, frames_in, max_characters=max_characters) for source in files
        )
        for order, (answer, data) in _answers(orders, len(files), known):
            if not isinstance(answer, ImageFacts):
                yield ReadFile(order.source, answer)
                continue
            keep(ORIGINALS, data or read_source(order.source), answer.sha256)
            yield ReadFile(order.source, replace(answer, pictures=Pictures()), _kept(answer.pictures, folder))


def derive_stored(images: Sequence[StoredOriginal]) -> Iterator[tuple[StoredOriginal, KeptPictures | Problem]]:
    """The pictures and frame files of stored images, derived anew and kept, in order; or why there are none."""
    with spool() as folder:
        orders = (
            Order(
                SourceFile(f"image {one.key}", str(local_copy(ORIGINALS, one.sha256, folder))),
                frames_in=str(folder),
                mask=one.mask,
            )
            for one in images
        )
        answers = _answers(orders, len(images), frozenset())
        for image, (_, (answer, _data)) in zip(images, answers, strict=True):
            if isinstance(answer, ImageFacts):
                yield image, _kept(answer.pictures, folder)
            elif isinstance(answer, Problem):
                yield image, answer


def _answers(
    orders: Iterable[Order], count: int, known: frozenset[str]
) -> Iterator[tuple[Order, tuple[Answer, bytes]]]:
    with DecodingProcesses(min(PROCESSES, count), known) as processes:
        yield from processes.answers(orders)


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
