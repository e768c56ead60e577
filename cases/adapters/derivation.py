"""What is derived from decoded pixels: pictures in 8 bits, and the frame files that a viewer shows."""

import io
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import imagecodecs
import numpy as np
from isal import igzip_lib
from numpy.typing import NDArray
from PIL import Image

from cases.adapters.pictures import pixel_digest
from cases.adapters.spooling import write_whole
from cases.contribution import FrameFiles, Pictures, Region
from cases.frame_headers import Geometry, colour_header, grey_header
from cases.frames import Depth, encode_colour, encode_grey, file_digest
from cases.gate.header.strokes import SIDE
from cases.rendition import GreyScale, Summed, is_padding, range_of, render, render_means, summed

FILM_SIDE, PREVIEW_SIDE, THUMBNAIL_SIDE = 2048, 768, 256  # pixels, the longer side
FILM_QUALITY, THUMBNAIL_QUALITY = 92, 85
# A preview is painted before anything else has come, over a slow line too: two of them are 15 ms at 20 Mbit/s. The best
# quality that fits is taken. It stands for a second, until the film itself is here.
PREVIEW_BYTES = 20_000
PREVIEW_QUALITIES = (92, 84, 76, 68, 60, 50, 40, 30)
_ROWS_AT_ONCE = 64  # a strip of a wide film stays in the processor's cache
_FIRST_HALVED = 1.9  # a picture at least twice as many times larger is halved before it is resampled
# Both codings of HTTP at a fast level: a slower one packs residuals hardly better. isal needs a quarter of the time of
# ISA-L for gzip, a fraction of Python's own time; zstd comes with imagecodecs. Noise repeats nothing worth pointing back at
# but its neighbours: a window of 128 bytes takes half the time of 32 KiB for 12 bits, and packs as well.
_GZIP_WINDOW_BITS = 7
CODINGS: dict[str, Callable[[memoryview], bytes]] = {
    "zst": lambda content: bytes(imagecodecs.zstd_encode(cast(Any, content), level=1)),
    "gz": lambda content: igzip_lib.compress(content, 1, igzip_lib.COMP_GZIP, hist_bits=_GZIP_WINDOW_BITS),
}
Pixels = NDArray[np.generic]


@dataclass(frozen=True)
class Decoded:
    """All frames of one image: F×H×W as stored, or F×H×W×3 in 8 bits, and how they are to be shown: the first one, and each
    where they differ.
    """

    frames: Pixels
    scale: GreyScale
    geometry: Geometry
    per_frame: tuple[tuple[GreyScale, Geometry], ...] = ()

    def shown_by(self, number: int) -> tuple[GreyScale, Geometry]:
        """How the frame, from 0, is to be shown."""
        return self.per_frame[number] if self.per_frame else (self.scale, self.geometry)

    @property
    def is_colour(self) -> bool:
        return self.frames.ndim == 4

    @cached_property
    def stored_range(self) -> tuple[float, float]:
        """The values that become black and white where no window says so, the same for all frames."""
        return range_of(self.frames, self.scale)

    @cached_property
    def shown(self) -> NDArray[np.uint8]:
        """The first frame as it is shown by default: H×W or H×W×3."""
        if self.is_colour:
            return np.ascontiguousarray(self.frames[0], dtype=np.uint8)
        return render(self.frames[0], self.scale, self._range)

    @cached_property
    def sums(self) -> Summed | None:
        """The first frame summed up, as text is looked for in it; None in colours."""
        return None if self.is_colour else summed(self.frames[0], SIDE)

    @cached_property
    def means(self) -> NDArray[np.uint8] | None:
        """The first frame of a large grey film as it is shown by default, by the means of the very squares of pixels that it
        is summed up by; None of others. A small picture of them is nearer to the mean over areas than one of every
        pixel's rounded level, for a fifth of the time. Of padding no mean may be taken: a film that has some is not one of them.
        """
        has_table = self.scale.voi_table or self.scale.modality_table  # of any shape: a mean's entry says nothing
        if self.sums is None or has_table or max(self.geometry.stretch) > 1 or self.sums.sums.dtype.kind != "u":
            return None
        step = self.sums.step
        # With more rows or columns left over than one, the picture would be moved by more than a quarter of its pixels.
        if (
            step == 1
            or max(self.sums.sums.shape) < PREVIEW_SIDE
            or max(size % step for size in self.frames.shape[1:]) > 1
        ):
            return None
        if self.scale.padded is not None and is_padding(self.frames[0], self.scale.padded).any():
            return None
        return render_means(self.sums, self.scale, self._range)

    @property
    def small(self) -> NDArray[np.uint8]:
        """What small pictures are made of: the means, or all pixels."""
        return self.shown if self.means is None else self.means

    @property
    def _range(self) -> tuple[float, float] | None:
        return self.stored_range if self.scale.needs_range else None


def masked(frames: Pixels, mask: Sequence[Region]) -> Pixels:
    """The frames (F×H×W, or F×H×W×3) with every box of the mask filled; themselves without.

    By zero, or in pixels with a sign by their lowest value: neither says what stood there.
    """
    if not mask:
        return frames
    frames = frames.copy()
    fill = 0 if frames.dtype.kind == "u" else frames.min()
    for box in mask:
        frames[:, box.top : box.top + box.height, box.left : box.left + box.width] = fill
    return frames


def derive(
    image: Decoded, folder: Path | None = None, digest: Callable[[], str] | None = None, *, with_film: bool = False
) -> Pictures:
    """The preview and thumbnail of an image; with ``folder`` the frame files too, written there as ``<sha256>.<coding>``;
    the film for releases where it is wanted. ``digest`` gives the ``pixel_digest`` of the only frame, where the caller
    makes it anyway.

    JPEG rather than lossy WebP: it keeps all 256 grey levels (WebP's are squeezed into 16–235), and is written thirty
    times as fast.
    """
    stretch = image.geometry.stretch
    preview = _preview(image)  # not of the film, so that it is the same file with and without one
    return Pictures(
        film=_jpeg(_shrunk(image.shown, FILM_SIDE, stretch), FILM_QUALITY) if with_film else b"",
        preview=_small_jpeg(preview),
        thumbnail=_jpeg(_shrunk(np.asarray(preview), THUMBNAIL_SIDE), THUMBNAIL_QUALITY),
        frames=None if folder is None else _write_frames(image, folder, digest),
    )


def _write_frames(image: Decoded, folder: Path, digest: Callable[[], str] | None) -> FrameFiles:
    depth, problem = _depth(image)
    if depth is None:
        return FrameFiles(problem=problem)
    digests, stored = [], 0
    for frame, content in zip(image.frames, _frame_files(image, depth), strict=True):
        digests.append(file_digest(content, digest() if digest else pixel_digest(frame)))
        for coding, encode in CODINGS.items():
            stored += write_whole(folder / f"{digests[-1]}.{coding}", encode(content))
    return FrameFiles(tuple(digests), stored)


def _depth(image: Decoded) -> tuple[Depth | None, str]:
    """The depth that holds all frames, or the sentence why there is none."""
    if image.is_colour:
        return Depth(8, 0), ""
    if image.frames.dtype.kind not in "iub":
        return (
            None,
            "The pixels are floating-point numbers, which have no exact form for a screen; the preview is shown.",
        )
    highest = int(image.frames.max())
    lowest = min(highest, 0) if image.frames.dtype.kind == "u" and highest < 2**16 else int(image.frames.min())
    depth = Depth.of(lowest, highest)
    steps = highest - lowest + 1
    return depth, f"The pixels span {steps:,} values, a screen takes at most 65,536; the preview is shown."


def _frame_files(image: Decoded, depth: Depth) -> Iterator[memoryview]:
    count, stored_range = len(image.frames), image.stored_range
    for number, frame in enumerate(image.frames):
        scale, geometry = image.shown_by(number)
        if image.is_colour:
            yield encode_colour(frame.astype(np.uint8), colour_header(geometry, number, count))
        else:
            header = grey_header(scale, stored_range, geometry, number, count)
            yield encode_grey(frame, depth, header)


def _preview(image: Decoded) -> Image.Image:
    if image.means is None:
        return _shrunk(image.shown, PREVIEW_SIDE, image.geometry.stretch)
    size = _size(image.frames.shape[1:], PREVIEW_SIDE)
    return Image.fromarray(image.means).resize(size, Image.Resampling.BILINEAR)


def _shrunk(levels: NDArray[np.uint8], side: int, stretch: tuple[float, float] = (1.0, 1.0)) -> Image.Image:
    """At most ``side`` pixels on the longer side; every pixel counts by its area, and is drawn in its true shape."""
    height, width = levels.shape[0] * stretch[1], levels.shape[1] * stretch[0]
    longest = max(height, width)
    kept = min(side, longest)
    size = (max(1, round(width * kept / longest)), max(1, round(height * kept / longest)))
    if max(stretch) > 1:
        return Image.fromarray(levels).resize(size, Image.Resampling.BILINEAR)  # weighs areas where it shrinks
    if longest <= side:
        return Image.fromarray(levels)
    if longest <= 2 * side:
        return Image.fromarray(_paired(levels, *size))
    return Image.fromarray(levels).resize(size, Image.Resampling.BOX, reducing_gap=_FIRST_HALVED)


def _size(shape: tuple[int, ...], side: int) -> tuple[int, int]:
    """Width and height of an H×W picture whose longer side is to become so long."""
    height, width = (max(1, round(length * side / max(shape[:2]))) for length in shape[:2])
    return width, height


def _paired(levels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Each row and then each column the mean of the one or two that it stands for: in a third of the time of a resampling
    that weighs any number of them.
    """
    (top, bottom), (left, right) = _ends(levels.shape[0], height), _ends(levels.shape[1], width)
    paired = np.empty((height, width, *levels.shape[2:]), dtype=np.uint8)
    for first in range(0, height, _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        strip = _mean(levels.take(top[rows], axis=0, mode="clip"), levels.take(bottom[rows], axis=0, mode="clip"))
        paired[rows] = _mean(strip.take(left, axis=1, mode="clip"), strip.take(right, axis=1, mode="clip"))
    return paired


def _ends(size: int, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first and the last of the ``size`` rows or columns that each of ``count`` stands for."""
    edges = (np.arange(count + 1) * size + count // 2) // count
    return edges[:-1], edges[1:] - 1


def _mean(ones: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rounded up, in no wider word: all their bits, less half of those in which they differ. Both are overwritten."""
    differing = ones ^ others
    ones |= others
    ones -= np.right_shift(differing, 1, out=differing)
    return ones


def _small_jpeg(image: Image.Image) -> bytes:
    """In the best quality that fits, which is looked for by halves; in the least one where none does."""
    made: dict[int, bytes] = {}

    def fits(quality: int) -> bool:
        made[quality] = _jpeg(image, quality, optimize=True)  # a tenth smaller for a third of a millisecond
        return len(made[quality]) <= PREVIEW_BYTES

    best = bisect_left(PREVIEW_QUALITIES, True, key=fits)
    return made[PREVIEW_QUALITIES[min(best, len(PREVIEW_QUALITIES) - 1)]]


def _jpeg(image: Image.Image, quality: int, *, optimize: bool = False) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0, optimize=optimize)
    return buffer.getvalue()
