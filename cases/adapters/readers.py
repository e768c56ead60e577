"""Files in, decoded and kept: an import's, and those whose pictures are derived anew."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from cases.adapters.decoders import Answer, DecodingProcesses
from cases.adapters.decoding import Known, Look, Order, Stuck, known_key, picture_name
from cases.adapters.derivation import CODINGS
from cases.adapters.sources import refuse_if_gone
from cases.adapters.storage import DERIVED, FRAMES, ORIGINALS, adopt, local_copy, spool, storage_error
from cases.contribution import ImageFacts, PictureFiles, Problem, Region, SourceFile

PROCESSES = 2
# Files that are worked on before the first of them is taken, so that nobody waits while others are stored: as many as
# their pixels leave room for, in memory and on the disk, by those of the latest one.
_LEAST_AHEAD, _MOST_AHEAD, _PIXELS_AHEAD = 8, 100, 64 * 1024**2
_LOOKED_AT = 32  # files whose digests are asked for at once
S = TypeVar("S")
A = TypeVar("A")
KnownKeys = Callable[[Sequence[str]], frozenset[str]]


@dataclass(frozen=True)
class ReadFile:
    """One file with its picture's digests; its original and what was derived are in the storage."""

    source: SourceFile
    answer: Answer | Known
    pictures: PictureFiles | None = None


@dataclass(frozen=True)
class StoredOriginal:
    """An image that is stored already: what the caller knows it by, its original's digest, its mask, whether it passed
    the gate by today's rules, so that no text is looked for in it again, and whether its frames are wanted.
    """

    key: int
    sha256: str
    mask: tuple[Region, ...] = ()
    is_known: bool = True
    with_frames: bool = True


@dataclass(eq=False)
class Decoding:
    """The desk at which the files of one import are decoded: its processes, the folder that takes what comes of them, and
    what every order to them says.

    Files that are still arriving can be begun here, before anybody reads them. They are the product's own then: whoever
    wrote them made their digest, and nobody changes them any more.
    """

    folder: Path
    processes: DecodingProcesses
    order: Callable[..., Order]
    known: KnownKeys | None = None
    _digests: dict[str, str] = field(default_factory=dict)  # by the path of each file that is the product's own
    _begun: "dict[str, tuple[SourceFile, Future[Answer]]]" = field(default_factory=dict)

    def begin(self, source: SourceFile, sha256: str) -> None:
        """Takes note of a file's digest, and decodes it at once: unless the site has it, or a few wait already."""
        self._digests[source.path] = sha256
        waiting = sum(not answer.done() for _, answer in self._begun.values())
        if waiting < _LEAST_AHEAD and not self._has([source], [sha256])[0]:
            self._begun[source.path] = source, self.processes.decode(self._order(source))

    def ask(self, source: SourceFile) -> Callable[[], Answer]:
        """Waits for what becomes of a file."""
        begun, answer = self._begun.pop(source.path, (None, None))
        return answer.result if answer and begun == source else self.processes.decode(self._order(source)).result

    def look_up(self, files: Sequence[SourceFile]) -> Iterator[tuple[SourceFile, Known | None]]:
        """Every file, with what the site has of it; the digests of the next files are made meanwhile."""
        if self.known is None:
            yield from ((file, None) for file in files)
            return
        some = (tuple(files[start : start + _LOOKED_AT]) for start in range(0, len(files), _LOOKED_AT))
        for sources, digests in _answers(((sources, self._look(sources)) for sources in some), most=4):
            for source, digest, is_known in zip(sources, digests, self._has(sources, digests), strict=True):
                yield source, Known(digest) if is_known else None

    def _look(self, sources: tuple[SourceFile, ...]) -> Callable[[], Sequence[str]]:
        made = [self._digests.get(one.path, "") for one in sources]
        return (lambda: made) if all(made) else self.processes.digests(Look(sources)).result

    def _has(self, sources: Sequence[SourceFile], digests: Sequence[str]) -> list[bool]:
        keys = self.known([digest for digest in digests if digest]) if self.known else frozenset()
        return [
            any(known_key(digest, name) in keys for name in ("", source.study_id, source.id_as_sent))
            for source, digest in zip(sources, digests, strict=True)
        ]

    def _order(self, source: SourceFile) -> Order:
        return self.order(source, sha256=self._digests.get(source.path, ""))


@contextmanager
def decoding(
    *,
    modalities: Sequence[str],
    site_code: str,
    known: KnownKeys | None = None,
    with_frames: bool = False,
    max_characters: int = 100_000,
) -> Iterator[Decoding]:
    """A desk for the files of one import. ``known`` tells the ``known_key`` of what the site has of some digests, which
    is not decoded again; without it nothing is known.
    """
    with spool() as folder, DecodingProcesses(PROCESSES) as processes:
        order = partial(
            Order,
            modalities=tuple(modalities),
            site_code=site_code,
            frames_in=str(folder) if with_frames else "",
            pictures_in=str(folder),
            original_in=str(folder),
            max_characters=max_characters,
        )
        processes.start()
        yield Decoding(folder, processes, order, known)


def read_files(files: Sequence[SourceFile], *, root: Path, desk: Decoding) -> Generator[ReadFile]:
    """Every file in order, decoded and kept; those that the site has are not decoded again.

    Raises SourceGoneError when ``root``, where they lie, is gone in the middle, and StorageError when nothing can be
    written.
    """

    def ask(file: SourceFile, has: Known | None) -> Callable[[], Answer | Known]:
        return (lambda: has) if has else desk.ask(file)

    for source, answer in _answers((file, ask(file, has)) for file, has in desk.look_up(files)):
        if isinstance(answer, Problem):
            refuse_if_gone(root, source, answer)
        if isinstance(answer, ImageFacts):
            adopt(ORIGINALS, desk.folder / answer.sha256, answer.sha256)
            yield ReadFile(source, answer, _kept(answer, desk.folder))
        else:
            yield ReadFile(source, answer)


def derive_stored(
    images: Sequence[StoredOriginal], *, unhurried: bool = False, with_films: bool = False
) -> Iterator[tuple[StoredOriginal, ImageFacts | Problem]]:
    """What is read of stored images once more, in order, their pictures and frame files derived anew and kept (``files``); or
    why there are none.

    ``with_films``: with the films that a release takes. ``unhurried``: one after the other, and whoever else wants the
    processor goes first. Raises StorageError when nothing can be written.
    """
    count = 1 if unhurried else min(PROCESSES, len(images))
    with spool() as folder, DecodingProcesses(count, unhurried) as processes:
        asked = ((image, processes.decode(_stored_order(image, folder, with_films)).result) for image in images)
        for image, answer in _answers(asked):
            if isinstance(answer, ImageFacts):
                _kept(answer, folder)
                yield image, answer
            elif isinstance(answer, Problem):
                yield image, answer


def _stored_order(image: StoredOriginal, folder: Path, with_film: bool) -> Order:
    source = SourceFile(f"image {image.key}", str(local_copy(ORIGINALS, image.sha256, folder)))
    return Order(
        source,
        frames_in=str(folder) if image.with_frames else "",
        pictures_in=str(folder),
        mask=image.mask,
        with_film=with_film,
        with_text=not image.is_known,
    )


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


def _kept(facts: ImageFacts, folder: Path) -> PictureFiles:
    """Moves what was derived into the storage. The same picture may come twice: it is there already then."""
    files = facts.files
    assert files is not None  # noqa: S101 - every order of this module asks for them
    for digest in filter(None, (files.film_sha256, files.preview_sha256, files.thumbnail_sha256)):
        adopt(DERIVED, folder / picture_name(digest), digest)
    for digest in files.frames.digests if files.frames else ():
        for coding in CODINGS:
            name = f"{digest}.{coding}"
            adopt(FRAMES, folder / name, name)
    return files
