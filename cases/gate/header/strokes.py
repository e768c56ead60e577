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

from cases.rendition import GreyScale, Summed, looked_up, render, step_for, summed

SIDE = 1100  # pixels: a larger picture is looked at as means of so many pixels that it is no larger than this
FINE_SIDE = 2200  # and where it may hold small print, as means of fewer
LEAST_HEIGHT, MOST_HEIGHT = 5, 64  # of a glyph, in pixels of the picture looked at; larger ones in coarser pictures
_COARSER = (1, 2, 4, 8)
_LEAST_NEW_HEIGHT = 24  # in a coarser picture: smaller glyphs were seen in the finer one
_WINDOW = 16  # pixels: no stroke is broader
_TILE = 16
_LEAST_RISE = 14  # of 256 levels
_SHARP = 0.4  # of the rise within two pixels
_FINE_SHARP = 24  # levels within two pixels, where a picture is looked at more finely
_FINE_SHARE = 0.02
_SOME = 4  # of so many rows one tells where a finer look is worth its while
_SHARP_SHARE = 0.04  # of the pixels of a neighbourhood, along and across each
_TONE = 0.7  # of the highest rise around: what a stroke reaches on the average
_EVEN = 0.12  # of its rise: how far the mean of a stroke is below its brightest pixel, where others around rise higher
_BEYOND = 48  # levels for the values on either side of the window
_FINER = 10  # times: as many levels for a value there, at most
_VALUES = 4096  # as many values are told apart
_LEAST_SIZE, _LEAST_FILL = 6, 0.12  # pixels of a mark; share of its box
_GROUPS = 40  # places that are looked at one by one
_TOUCHING = np.ones((3, 3))  # at a corner too
Levels = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Parts = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]
_NONE: Parts = np.zeros((0, 4), dtype=np.int64), np.zeros(0), np.zeros(0)


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


def marks_in(seen: Summed, scale: GreyScale, stored_range: tuple[float, float]) -> Iterator[Marks]:
    """The marks of a frame of stored values that is summed up to SIDE, brighter than their ground and darker, fine ones and
    coarse ones. What the window shows is looked at, and what lies on either side of it.
    """
    levels = _levels(seen, scale, stored_range)
    for coarser in _COARSER:
        if coarser > 1:
            levels = np.asarray(Image.fromarray(levels).reduce(2))
        if min(levels.shape) < LEAST_HEIGHT:
            return
        least = LEAST_HEIGHT if coarser == 1 else _LEAST_NEW_HEIGHT
        apart = _apart(levels)
        for tones in (levels, 255 - levels):
            found = _marks(tones, apart, seen.step * coarser, least)
            if found is not None:
                yield found


def fine_levels(frame: NDArray[np.generic], scale: GreyScale, stored_range: tuple[float, float]) -> tuple[Levels, int]:
    """A frame as the finer look has it, and how many of its own pixels one of it is."""
    seen = summed(frame, FINE_SIDE)
    return _levels(seen, scale, stored_range), seen.step


def sharp_pixels(levels: Levels) -> Flags:
    """The pixels that stand between two that are far apart, where there are many such, along and across."""
    tiles = -(-levels.shape[0] // _TILE), -(-levels.shape[1] // _TILE)
    apart = _apart(levels)
    are_many = _by_pixel(_are_many(apart, np.full(tiles, _FINE_SHARP, np.uint8), _FINE_SHARE), levels.shape)
    is_far = np.repeat(np.maximum(*apart) >= 2 * _FINE_SHARP, 2, axis=0)[: levels.shape[0]]
    return np.asarray(is_far & are_many)


def _levels(seen: Summed, scale: GreyScale, stored_range: tuple[float, float], beyond: int = _BEYOND) -> Levels:
    """256 levels of which the window takes the middle, and what no screen shows by default either end, ``beyond`` of them."""
    lowest, highest = float(seen.sums.min()), float(seen.sums.max())
    if not np.isfinite([lowest, highest]).all() or highest <= lowest:
        return np.zeros(seen.sums.shape, dtype=np.uint8)
    is_whole = seen.sums.dtype.kind in "bu"
    steps = int(highest - lowest) if is_whole else _VALUES
    told = min(steps, _VALUES)
    table = _spread(render(np.linspace(lowest, highest, told + 1) / seen.times, scale, stored_range), beyond)
    if not is_whole:
        return np.asarray(table[((seen.sums - lowest) * (told / (highest - lowest))).astype(np.intp)])
    of_each = np.arange(steps + 1) * told // steps
    table = np.concatenate([np.zeros(int(lowest), dtype=np.uint8), table[of_each]])
    return looked_up(table, seen.sums.astype(np.uint16, copy=False))


def _spread(shown: Levels, beyond: int) -> Levels:
    """The levels of rising values, with a slope of their own where all below, or all above, are shown as one: so many levels
    at most, and told little finer than what is shown, or noise would stand out as print.
    """
    changes = np.flatnonzero(shown[1:] != shown[:-1])
    count = shown.size
    first, last = (int(changes[0]), int(changes[-1]) + 1) if changes.size else (0, 0)
    if not changes.size:
        return np.linspace(0, 255, count).astype(np.uint8)
    is_falling = shown[first] > shown[last]
    inside = (255 - shown if is_falling else shown).astype(np.float64)
    finest = _FINER * 255 / max(1, last - first)
    below, above = (min(float(beyond), finest * values) for values in (first, count - 1 - last))
    spread = below + inside * ((255 - below - above) / 255)
    spread[:first] = spread[first] - below + np.arange(first) * (below / max(1, first))
    spread[last + 1 :] = spread[last] + (1 + np.arange(count - 1 - last)) * (above / max(1, count - 1 - last))
    return np.clip(spread, 0, 255).astype(np.uint8)


def _rise(levels: Levels, into: Levels) -> Levels:
    """How far each pixel stands above what is left once nothing narrower than the window is (a white top-hat)."""
    ground, spare = levels, (np.empty_like(levels), np.empty_like(levels))
    for reduce, is_ahead in ((np.minimum, True), (np.maximum, False)):
        for axis in (0, 1):
            ground, spare = _running(ground, reduce, axis, spare, is_ahead=is_ahead)
    return np.subtract(levels, ground, out=into)


def _running(
    values: Levels, reduce: "np.ufunc", axis: int, spare: tuple[Levels, Levels], *, is_ahead: bool
) -> tuple[Levels, tuple[Levels, Levels]]:
    """The least or greatest of a window along an axis, in as many steps as its length has bits, and what is spare then:
    each step writes into the one array of two that does not hold what it reads.
    """
    into, other = spare
    reach = 1
    while reach < _WINDOW:
        near = (slice(None, -reach), slice(reach, None)) if is_ahead else (slice(reach, None), slice(None, -reach))
        alone = slice(-reach, None) if is_ahead else slice(None, reach)  # whose window ends with the picture
        here, there, ends = ((one, slice(None)) if axis == 0 else (slice(None), one) for one in (*near, alone))
        reduce(values[here], values[there], out=into[here])
        into[ends] = values[ends]
        values, (into, other), reach = into, (other, into), 2 * reach
    return values, (into, other)


def _marks(levels: Levels, apart: tuple[Levels, Levels], step: int, least_height: int) -> Marks | None:
    """Those that are brighter than their ground."""
    found = list(_parts(levels, apart))
    return Marks.joined(found, levels, step, least_height) if found else None


def fine_marks_in(frame: NDArray[np.generic], scale: GreyScale, stored_range: tuple[float, float]) -> Iterator[Marks]:
    """The marks of an H×W frame as means of so many pixels that it is no larger than FINE_SIDE, where many pixels stand between
    two that are far apart: small print is drawn too thin for the coarser look, and so little else is sharp that the rest is
    neither summed nor looked at.
    """
    step = step_for(frame.shape, FINE_SIDE)
    rows, columns = (size // step for size in frame.shape)
    if min(rows, columns) < LEAST_HEIGHT:
        return
    levels, places = np.zeros((rows, columns), dtype=np.uint8), []
    for here in _places(_may_be_sharp(frame, step, scale, stored_range)):
        seen = summed(frame[tuple(slice(one.start * step, one.stop * step) for one in here)], step=step)
        levels[here] = _levels(seen, scale, stored_range, beyond=0)
        places += _sharp_places(levels[here], here)
    for tones in (levels, 255 - levels):
        found = [part for place in places for part in _parts_at(tones, place)]
        if found:
            yield Marks.joined(found, tones, step, LEAST_HEIGHT)


def _may_be_sharp(frame: NDArray[np.generic], step: int, scale: GreyScale, stored_range: tuple[float, float]) -> Flags:
    """The tiles around which, along some of their rows, pixels stand between two that are far apart."""
    rows = frame.shape[0] // step
    some = frame[: rows * step].reshape(rows, step, frame.shape[1])[::_SOME].reshape(-1, frame.shape[1])
    # Beyond the window the noise of each pixel is as sharp as print.
    levels = _levels(summed(some, step=step), scale, stored_range, beyond=0)
    height = _TILE // _SOME
    flags = _in_tiles(levels.shape, height)
    ahead, behind = levels[:, 2:], levels[:, :-2]
    apart = np.maximum(ahead, behind) - np.minimum(ahead, behind)
    flags[: levels.shape[0], 1 : levels.shape[1] - 1] = apart >= _FINE_SHARP
    counted = _around(_by_tile(flags, np.add, height).astype(np.uint16), np.add)
    return np.asarray(counted >= 0.5 * _FINE_SHARE * (3 * _TILE) ** 2 / _SOME)


def _sharp_places(levels: Levels, here: tuple[slice, slice]) -> list[tuple[slice, slice]]:
    """Where in the picture, of which these are the levels ``here``, it is sharp along and across, with some room around."""
    tiles = -(-levels.shape[0] // _TILE), -(-levels.shape[1] // _TILE)
    is_sharp = _are_many(_apart(levels), np.full(tiles, _FINE_SHARP, dtype=np.uint8), _FINE_SHARE)
    top, left = here[0].start, here[1].start
    return [
        (slice(top + down.start, top + down.stop), slice(left + across.start, left + across.stop))
        for down, across in _places(is_sharp)
    ]


def _places(are_sharp: Flags) -> list[tuple[slice, slice]]:
    """The rows and columns of each group of such tiles, with two around it; of all in one where the groups are too many."""
    groups, count = ndimage.label(_around(_around(are_sharp, np.logical_or), np.logical_or))
    rows, columns = are_sharp.shape
    found = ndimage.find_objects(groups) if count <= _GROUPS else [(slice(0, rows), slice(0, columns))]
    return [
        (slice(down.start * _TILE, down.stop * _TILE), slice(across.start * _TILE, across.stop * _TILE))
        for down, across in found
    ]


def _parts_at(levels: Levels, here: tuple[slice, slice]) -> Iterator[Parts]:
    """Those of one place alone."""
    place = np.ascontiguousarray(levels[here])
    for boxes, tones, rises in _parts(place, _apart(place)):
        yield boxes + np.repeat((here[0].start, here[1].start), 2), tones, rises


def _parts(levels: Levels, apart: tuple[Levels, Levels]) -> Iterator[Parts]:
    by_tiles = _in_tiles(levels.shape)
    rise = _rise(levels, by_tiles[: levels.shape[0], : levels.shape[1]])
    highest = _around(_by_tile(by_tiles, np.maximum), np.maximum)
    is_risen = highest >= _LEAST_RISE
    if not is_risen.any():
        return
    is_sharp = is_risen & _is_sharp(apart, np.where(is_risen, highest, 255))
    if not is_sharp.any():
        return
    groups, count = ndimage.label(_around(is_sharp, np.logical_or))
    heights = _by_pixel(np.where(groups > 0, highest, np.uint8(255)), rise.shape)
    whole = slice(0, groups.shape[0]), slice(0, groups.shape[1])
    places = ndimage.find_objects(groups) if count <= _GROUPS else [whole]
    for place in places:
        yield _connected(levels, rise, heights, place)


def _connected(levels: Levels, rise: Levels, heights: Levels, tiles: tuple[slice, ...]) -> Parts:
    """What rises half as high as anything around, in connected pieces that have one tone."""
    down, across = (slice(one.start * _TILE, one.stop * _TILE) for one in tiles)
    levels, rise, heights = (one[down, across] for one in (levels, rise, heights))
    is_stroke = rise > heights >> 1
    labels, count = ndimage.label(is_stroke, structure=_TOUCHING)
    if not count:
        return _NONE
    places = np.flatnonzero(is_stroke)
    pieces = labels.reshape(-1)[places]
    # Piece by piece, in each from the top down.
    order = np.argsort(pieces.astype(np.uint16) if count < 2**16 else pieces, kind="stable")
    rows, columns = np.divmod(places[order], labels.shape[1])
    sizes = np.bincount(pieces, minlength=count + 1)[1:]
    ends = np.cumsum(sizes)
    begins = ends - sizes
    tones_met, rises_met = levels[rows, columns], rise[rows, columns]
    rises = np.add.reduceat(rises_met, begins, dtype=np.int64) / sizes
    tones = np.add.reduceat(tones_met, begins, dtype=np.int64) / sizes
    highest = heights[rows[ends - 1], columns[ends - 1]]
    brightest = np.maximum.reduceat(tones_met, begins)
    is_even = (rises >= _TONE * highest) | (brightest - tones <= _EVEN * rises)
    left, right = np.minimum.reduceat(columns, begins), np.maximum.reduceat(columns, begins) + 1
    boxes = np.stack([rows[begins], rows[ends - 1] + 1, left, right], axis=1)
    fills = sizes / ((boxes[:, 1] - boxes[:, 0]) * (right - left))
    kept = (sizes >= _LEAST_SIZE) & is_even & (fills >= _LEAST_FILL)
    boxes += np.repeat((down.start, across.start), 2)
    return boxes[kept], tones[kept], rises[kept]


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
    return _are_many(apart, np.maximum(heights * _SHARP, 1).astype(np.uint8), _SHARP_SHARE)


def _are_many(apart: tuple[Levels, Levels], least: Levels, share: float) -> Flags:
    """The tiles around which such a share of the pixels stands between two that are so far apart, along and across."""
    rows, columns = apart[0].shape
    by_pixel = np.repeat(np.repeat(least, _TILE // 2, axis=0), _TILE, axis=1)[:rows, :columns]
    flags = _in_tiles((rows, columns), _TILE // 2)
    are_many = np.ones(least.shape, dtype=np.bool_)
    for one in apart:
        np.greater_equal(one, by_pixel, out=flags[:rows, :columns].view(np.bool_))
        counted = _around(_by_tile(flags, np.add, _TILE // 2).astype(np.uint16), np.add)
        are_many &= counted >= share * (3 * _TILE) ** 2 / 2
    return are_many


def _in_tiles(shape: tuple[int, ...], height: int = _TILE) -> Levels:
    """Room for so many rows and columns, and zeros for what the last tiles lack."""
    return np.zeros((-(-shape[0] // height) * height, -(-shape[1] // _TILE) * _TILE), dtype=np.uint8)


def _by_tile(values: Levels, reduce: "np.ufunc", height: int = _TILE) -> Levels:
    """Whole tiles of so many rows; a sum of flags fits a byte."""
    rows, columns = values.shape[0] // height, values.shape[1] // _TILE
    lines = reduce.reduce(values.reshape(rows, height, columns * _TILE), axis=1, dtype=np.uint8)
    # Along memory: many short sums take five times as long.
    across = np.ascontiguousarray(lines.reshape(rows, columns, _TILE).transpose(2, 0, 1))
    return np.asarray(reduce.reduce(across, axis=0, dtype=np.uint8))


def _around(tiles: NDArray[Any], combine: Callable[..., Any]) -> NDArray[Any]:
    """Each tile with its eight neighbours: with those above and below, and all of these with those beside them."""
    found = tiles
    for here, there in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        alone, found = found, found.copy()
        combine(found[here], alone[there], out=found[here])
        combine(found[there], alone[here], out=found[there])
    return found


def _by_pixel(tiles: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return np.repeat(np.repeat(tiles, _TILE, axis=0), _TILE, axis=1)[: shape[0], : shape[1]]
