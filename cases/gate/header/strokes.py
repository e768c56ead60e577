"""Strokes of one tone in a picture: what print is made of, however bright it is, and little else is.

A stroke is what an opening (or closing) by a square takes away. How far it stands out is told by the place it stands in:
within a neighbourhood of some 48 pixels, print rises to its tone within a pixel or two and keeps it, along and across.
Anatomy rises slowly, noise keeps no tone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from cases.rendition import GreyScale, render

SIDE = 1100  # pixels: a larger picture is looked at as means of so many pixels that it is no larger than this
LEAST_HEIGHT, MOST_HEIGHT = 5, 64  # of a glyph, in pixels of the picture looked at; larger ones in coarser pictures
_COARSER = (1, 2, 4, 8)
_LEAST_NEW_HEIGHT = 24  # in a coarser picture: smaller glyphs were seen in the finer one
_WINDOW = 16  # pixels: no stroke is broader
_TILE = 16
_LEAST_RISE = 14  # of 256 levels
_SHARP = 0.5  # of the rise within two pixels
_SHARP_SHARE = 0.04  # of the pixels of a neighbourhood, along and across each
_TONE = 0.7  # of the highest rise around: what a stroke reaches on the average
_EVEN = 0.12  # of its rise: how far the mean of a stroke is below its brightest pixel, where others around rise higher
_BEYOND = 48  # levels for the values on either side of the window
_VALUES = 4096  # as many values are told apart
_LEAST_SIZE, _LEAST_FILL = 6, 0.12  # pixels of a mark; share of its box
_GROUPS = 40  # places that are looked at one by one
_TOUCHING = np.ones((3, 3))  # at a corner too
_STRIP = 16  # rows of the result at once: they stay in the processor's cache
Levels = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Parts = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Marks:
    """Connected strokes of one polarity: boxes (top, bottom, left, right; N×4) in pixels that are ``step`` of the
    picture's, tones (mean levels) and rises (levels above the ground, or below it).
    """

    boxes: NDArray[np.int64]
    tones: NDArray[np.float64]
    rises: NDArray[np.float64]
    levels: Levels  # of the picture they were found in, bright strokes brighter
    step: int
    least_height: int

    @classmethod
    def joined(cls, parts: Sequence[Parts], levels: Levels, step: int, least_height: int) -> "Marks":
        """Those of several places."""
        boxes, tones, rises = (np.concatenate(one) for one in zip(*parts, strict=True))
        return cls(boxes, tones, rises, levels, step, least_height)

    def __len__(self) -> int:
        return len(self.boxes)


def marks_in(frame: NDArray[np.generic], scale: GreyScale, stored_range: tuple[float, float]) -> Iterator[Marks]:
    """The marks of an H×W frame of stored values, brighter than their ground and darker, fine ones and coarse ones. What the
    window shows is looked at, and what lies on either side of it.
    """
    step = max(1, -(-max(frame.shape) // SIDE))
    levels = _levels(_summed(frame, step), scale, stored_range)
    for coarser in _COARSER:
        if coarser > 1:
            levels = np.asarray(Image.fromarray(levels).reduce(2))
        if min(levels.shape) < LEAST_HEIGHT:
            return
        least = LEAST_HEIGHT if coarser == 1 else _LEAST_NEW_HEIGHT
        apart = _apart(levels)
        for tones in (levels, 255 - levels):
            found = _marks(tones, apart, step * coarser, least)
            if found is not None:
                yield found


@dataclass(frozen=True)
class _Summed:
    """Every so many by so many pixels as one number: ``times`` their mean, rounded down."""

    sums: NDArray[Any]
    times: float


def _summed(frame: NDArray[np.generic], step: int) -> _Summed:
    """Sums keep thin strokes as far above the noise as they were, and are as good as means."""
    rows, columns = (size // step for size in frame.shape)
    is_short = frame.dtype.kind in "bu" and frame.dtype.itemsize <= 2
    if step == 1:
        return _Summed(frame if is_short else frame.astype(np.float64), 1.0)
    sums = np.empty((rows, columns), dtype=np.uint16 if is_short else np.float64)
    # What 16 bits cannot hold of the sums is left out, along rows and then along columns.
    more = (step - 1).bit_length()
    bits = int(frame.max()).bit_length() + more if is_short else 0
    spare = max(0, bits - 16), max(0, min(16, bits) + more - 16) if is_short else 0
    for top in range(0, rows, _STRIP):
        lines = frame[top * step : min(rows, top + _STRIP) * step, : columns * step].reshape(-1, step, columns * step)
        summed = _sum(
            [lines[:, line] for line in range(step)], spare[0], sums.dtype
        )  # along memory first: twice as fast
        sums[top : top + _STRIP] = _sum([summed[:, start::step] for start in range(step)], spare[1], sums.dtype)
    return _Summed(sums, step**2 / 2.0 ** sum(spare))


def _sum(parts: Sequence[NDArray[Any]], spare: int, word: "np.dtype[Any]") -> NDArray[Any]:
    if spare:
        parts = [part >> spare for part in parts]
    total: NDArray[Any] = np.add(parts[0], parts[1], dtype=word)
    for part in parts[2:]:
        total += part
    return total


def _levels(seen: _Summed, scale: GreyScale, stored_range: tuple[float, float]) -> Levels:
    """256 levels of which the window takes the middle, and what no screen shows by default either end."""
    lowest, highest = float(seen.sums.min()), float(seen.sums.max())
    if not np.isfinite([lowest, highest]).all() or highest <= lowest:
        return np.zeros(seen.sums.shape, dtype=np.uint8)
    is_whole = seen.sums.dtype.kind in "bu"
    steps = int(highest - lowest) if is_whole else _VALUES
    told = min(steps, _VALUES)
    table = _spread(render(np.linspace(lowest, highest, told + 1) / seen.times, scale, stored_range))
    if not is_whole:
        return np.asarray(table[((seen.sums - lowest) * (told / (highest - lowest))).astype(np.intp)])
    of_each = np.arange(steps + 1) * told // steps
    table = np.concatenate([np.zeros(int(lowest), dtype=np.uint8), table[of_each]])
    return np.asarray(np.take(table, seen.sums.astype(np.uint16, copy=False), mode="clip"))


def _spread(shown: Levels) -> Levels:
    """The levels of rising values, with a slope of their own where all below, or all above, are shown as one."""
    changes = np.flatnonzero(shown[1:] != shown[:-1])
    count = shown.size
    first, last = (int(changes[0]), int(changes[-1]) + 1) if changes.size else (0, 0)
    if not changes.size:
        return np.linspace(0, 255, count).astype(np.uint8)
    is_falling = shown[first] > shown[last]
    inside = (255 - shown if is_falling else shown).astype(np.float64)
    below, above = _BEYOND if first else 0, _BEYOND if last < count - 1 else 0
    spread = below + inside * ((255 - below - above) / 255)
    spread[:first] = spread[first] - below + np.arange(first) * (below / max(1, first))
    spread[last + 1 :] = spread[last] + (1 + np.arange(count - 1 - last)) * (above / max(1, count - 1 - last))
    return np.clip(spread, 0, 255).astype(np.uint8)


def _rise(levels: Levels) -> Levels:
    """How far each pixel stands above what is left once nothing narrower than the window is (a white top-hat)."""
    ground = _running(_running(levels, np.minimum, 0, is_ahead=True), np.minimum, 1, is_ahead=True)
    ground = _running(_running(ground, np.maximum, 0, is_ahead=False), np.maximum, 1, is_ahead=False)
    return levels - ground


def _running(values: Levels, reduce: "np.ufunc", axis: int, *, is_ahead: bool) -> Levels:
    """The least or greatest of a window along an axis, in as many steps as its length has bits."""
    reach = 1
    while reach < _WINDOW:
        near = (slice(None, -reach), slice(reach, None)) if is_ahead else (slice(reach, None), slice(None, -reach))
        here, there = ((one, slice(None)) if axis == 0 else (slice(None), one) for one in near)
        into = values.copy()
        reduce(values[here], values[there], out=into[here])
        values, reach = into, 2 * reach
    return values


def _marks(levels: Levels, apart: tuple[Levels, Levels], step: int, least_height: int) -> Marks | None:
    """Those that are brighter than their ground."""
    rise = _rise(levels)
    highest = _around(_by_tile(rise, np.maximum), np.maximum)
    is_risen = highest >= _LEAST_RISE
    if not is_risen.any():
        return None
    is_sharp = is_risen & _is_sharp(apart, np.where(is_risen, highest, 255))
    if not is_sharp.any():
        return None
    groups, count = ndimage.label(_around(is_sharp, np.logical_or))
    heights = _by_pixel(np.where(groups > 0, highest, np.uint8(255)), rise.shape)
    whole = slice(0, groups.shape[0]), slice(0, groups.shape[1])
    places = ndimage.find_objects(groups) if count <= _GROUPS else [whole]
    found = [_connected(levels, rise, heights, place) for place in places]
    return Marks.joined(found, levels, step, least_height)


def _connected(levels: Levels, rise: Levels, heights: Levels, tiles: tuple[slice, ...]) -> Parts:
    """What rises half as high as anything around, in connected pieces that have one tone."""
    down, across = (slice(one.start * _TILE, one.stop * _TILE) for one in tiles)
    place = down, across
    levels, rise, heights = levels[place], rise[place], heights[place]
    labels, count = ndimage.label(rise > heights >> 1, structure=_TOUCHING)
    flat = labels.ravel()
    places = np.flatnonzero(flat)
    of = flat[places]
    sizes = np.bincount(of, minlength=count + 1)
    rises = np.bincount(of, weights=rise.ravel()[places], minlength=count + 1) / np.maximum(sizes, 1)
    tones = np.bincount(of, weights=levels.ravel()[places], minlength=count + 1) / np.maximum(sizes, 1)
    highest, brightest = np.zeros(count + 1), np.zeros(count + 1)
    highest[of] = heights.ravel()[places]
    np.maximum.at(brightest, of, levels.ravel()[places].astype(np.float64))
    is_even = (rises >= _TONE * highest) | (brightest - tones <= _EVEN * rises)
    kept = np.flatnonzero((sizes >= _LEAST_SIZE) & is_even)
    numbers = np.zeros(count + 1, dtype=np.int32)
    numbers[kept] = np.arange(1, kept.size + 1)
    spans = ndimage.find_objects(numbers[labels]) if kept.size else []
    boxes = np.array([(*_span(rows), *_span(columns)) for rows, columns in spans], dtype=np.int64).reshape(-1, 4)
    fills = sizes[kept] / ((boxes[:, 1] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 2]))
    is_full = fills >= _LEAST_FILL
    boxes += np.repeat((place[0].start, place[1].start), 2)
    return boxes[is_full], tones[kept][is_full], rises[kept][is_full]


def _span(part: slice) -> tuple[int, int]:
    return int(part.start), int(part.stop)


def _apart(levels: Levels) -> tuple[Levels, Levels]:
    """How far each pixel's neighbours are apart, those beside it and those above and below: of every other row."""
    found = []
    for ahead, behind, middle in (
        (levels[::2, 2:], levels[::2, :-2], np.s_[:, 1:-1]),
        (levels[2::2], levels[:-2:2], np.s_[: (levels.shape[0] - 1) // 2]),
    ):
        apart = np.zeros((-(-levels.shape[0] // 2), levels.shape[1]), dtype=np.uint8)
        apart[middle] = np.maximum(ahead, behind) - np.minimum(ahead, behind)
        found.append(apart)
    return found[0], found[1]


def _is_sharp(apart: tuple[Levels, Levels], heights: Levels) -> Flags:
    """The tiles around which many pixels stand between two that differ by much of the rise, along and across."""
    least = np.maximum(heights * _SHARP, 1).astype(np.uint8)
    by_pixel = np.repeat(np.repeat(least, _TILE // 2, axis=0), _TILE, axis=1)[: apart[0].shape[0], : apart[0].shape[1]]
    is_sharp = np.ones(heights.shape, dtype=np.bool_)
    for one in apart:
        counted = _around(_by_tile((one >= by_pixel).view(np.uint8), np.add, _TILE // 2).astype(np.uint16), np.add)
        is_sharp &= counted >= _SHARP_SHARE * (3 * _TILE) ** 2 / 2
    return is_sharp


def _by_tile(values: Levels, reduce: "np.ufunc", height: int = _TILE) -> Levels:
    """Tiles of so many rows; a sum of flags fits a byte."""
    rows, columns = -(-values.shape[0] // height), -(-values.shape[1] // _TILE)
    spare = (rows * height - values.shape[0], columns * _TILE - values.shape[1])
    if any(spare):
        values = np.pad(values, ((0, spare[0]), (0, spare[1])))
    lines = reduce.reduce(values.reshape(rows, height, columns * _TILE), axis=1, dtype=np.uint8)
    return np.asarray(reduce.reduce(lines.reshape(rows, columns, _TILE), axis=2, dtype=np.uint8))


def _around(tiles: NDArray[Any], combine: Callable[..., Any]) -> NDArray[Any]:
    """Each tile with its eight neighbours."""
    padded = np.pad(tiles, 1)
    found = tiles.copy()
    rows, columns = tiles.shape
    for down in range(3):
        for across in range(3):
            if (down, across) != (1, 1):
                combine(found, padded[down : down + rows, across : across + columns], out=found)
    return found


def _by_pixel(tiles: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return np.repeat(np.repeat(tiles, _TILE, axis=0), _TILE, axis=1)[: shape[0], : shape[1]]
