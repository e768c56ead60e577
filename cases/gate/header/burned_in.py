"""Text burned into a picture, found by its shape: a line of strokes of one tone and one height that stand on one foot.

A rule of thumb without a character in it: it finds lines of printed text, level or upright, not handwriting, and takes a
side marker of one or two letters for what it is. What it finds, a person confirms.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cases.contribution import Printed, Region
from cases.gate.header.strokes import FINE_SIDE, MOST_HEIGHT, SIDE, Marks, fine_levels, fine_marks_in, marks_in
from cases.gate.header.whole_print import cover_print
from cases.rendition import GreyScale, Summed, step_for, summed

LEAST_MARKS = 5  # glyphs on one line: "L", "AP" and "PA" are none
FRAMES_LOOKED_AT = 10_000  # of one image; how many pixels there are at most, decoding says
MOST_REGIONS = 50  # as many as a curator may mask
_HAIR = 12  # times as high as wide: no letter is so thin, but for one that is a bar
_COLOURS = GreyScale(8)


@dataclass(frozen=True)
class _Mark:
    """The box of one connected stroke, its mean level, and how far that is from its ground."""

    top: int
    bottom: int
    left: int
    right: int
    tone: float
    rise: float

    @property
    def height(self) -> int:
        return self.bottom - self.top


def printed_in(
    frames: NDArray[np.generic], scale: GreyScale, stored_range: tuple[float, float], first: Summed | None = None
) -> Printed:
    """The lines of text in F×H×W stored values or F×H×W×3 levels: in every frame, but in FRAMES_LOOKED_AT at most. ``first``
    is the first of them summed up to SIDE, where the caller has it.
    """
    regions: dict[Region, None] = {}
    met = []
    for number, frame in enumerate(frames[:FRAMES_LOOKED_AT], start=1):
        if found := text_regions(frame, scale, stored_range, first if number == 1 else None):
            met.append(number)
            regions |= dict.fromkeys(found)
    seen = min(len(frames), FRAMES_LOOKED_AT)
    return Printed(_apart(regions), tuple(met), seen, len(frames) - seen)


def _apart(regions: Iterable[Region]) -> tuple[Region, ...]:
    """The boxes without those that lie in another; where there are very many, the one box that holds them all."""
    kept: list[Region] = []
    for one in sorted(regions, key=lambda box: -box.width * box.height):
        if not any(_holds(other, one) for other in kept):
            kept.append(one)
        if len(kept) > MOST_REGIONS:
            return (_around(list(regions)),)
    return tuple(sorted(kept, key=lambda box: (box.top, box.left)))


def _holds(outer: Region, inner: Region) -> bool:
    return (
        outer.left <= inner.left
        and outer.top <= inner.top
        and inner.left + inner.width <= outer.left + outer.width
        and inner.top + inner.height <= outer.top + outer.height
    )


def _around(regions: Sequence[Region]) -> Region:
    left, top = min(one.left for one in regions), min(one.top for one in regions)
    right = max(one.left + one.width for one in regions)
    bottom = max(one.top + one.height for one in regions)
    return Region(left, top, right - left, bottom - top)


def text_regions(
    frame: NDArray[np.generic],
    scale: GreyScale = _COLOURS,
    stored_range: tuple[float, float] = (0.0, 255.0),
    seen: Summed | None = None,
) -> tuple[Region, ...]:
    """The lines of text in one frame of stored values (H×W) or colours (H×W×3), each as a box in its pixels with a margin."""
    if frame.ndim == 3:
        first, *others = (np.ascontiguousarray(frame[..., plane]) for plane in range(3))
        planes = [first, *(one for one in others if not np.array_equal(one, first))]  # many colours are greys
        return tuple(dict.fromkeys(one for plane in planes for one in text_regions(plane)))
    seen = seen or summed(frame, SIDE)
    found = [*marks_in(seen, scale, stored_range)]
    if step_for(frame.shape, FINE_SIDE) < seen.step:
        found += fine_marks_in(frame, scale, stored_range)
    regions = tuple(dict.fromkeys(_region(box, marks.step, frame.shape) for marks in found for box in _lines(marks)))
    return cover_print(regions, *fine_levels(frame, scale, stored_range)) if regions else ()


def _lines(marks: Marks) -> Iterator[_Mark]:
    """The lines among the marks: of print that stands level, and of print on its side."""
    for is_upright in (False, True):
        boxes = marks.boxes[:, [2, 3, 0, 1]] if is_upright else marks.boxes
        heights, widths = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]
        is_glyph = (heights >= marks.least_height) & (heights <= MOST_HEIGHT) & (widths <= 1.6 * heights)
        found = zip(
            boxes[is_glyph].tolist(), marks.tones[is_glyph].tolist(), marks.rises[is_glyph].tolist(), strict=True
        )
        for line in _joined([_Mark(one[0], one[1], one[2], one[3], tone, rise) for one, tone, rise in found]):
            whole = _extended(line, marks.levels.T if is_upright else marks.levels)
            yield _upright(whole) if is_upright else whole


def _extended(line: _Mark, levels: NDArray[np.uint8]) -> _Mark:
    """The line with what stands on in its tone on either side: letters that were no marks are of it all the same."""
    above = levels[line.top : line.bottom].astype(np.int16) - int(line.tone)
    is_tone, is_ground = np.abs(above) <= 0.25 * line.rise, above <= -0.5 * line.rise
    least = max(2, int(0.15 * line.height))
    # A letter has its ground in its column too: without any, the ground is of the tone there.
    is_letter = (np.count_nonzero(is_tone, axis=0) >= least) & (np.count_nonzero(is_ground, axis=0) >= least)
    places = np.flatnonzero(is_letter)
    reach = max(1, int(1.2 * line.height))
    left, right = line.left, line.right
    for place in places[places < left][::-1].tolist():
        if left - place > reach:
            break
        left = place
    for place in places[places >= right].tolist():
        if place - right > reach:
            break
        right = place + 1
    return replace(line, left=left, right=right)


def _upright(line: _Mark) -> _Mark:
    return replace(line, top=line.left, bottom=line.right, left=line.top, right=line.bottom)


def _joined(marks: list[_Mark]) -> Iterator[_Mark]:
    """Marks of one height and tone side by side become lines; lines of too few marks are dropped."""
    lines: list[list[_Mark]] = []
    within_reach: list[list[_Mark]] = []
    for mark in sorted(marks, key=lambda one: one.left):
        within_reach = [line for line in within_reach if mark.left - line[-1].right <= 1.2 * MOST_HEIGHT]
        line = next((one for one in reversed(within_reach) if _continues(one[-1], mark)), None)
        if line is None:
            lines.append([mark])
            within_reach.append(lines[-1])
        else:
            line.append(mark)
    return (_box(line) for line in lines if len(line) >= LEAST_MARKS and _is_print(line))


def _continues(last: _Mark, mark: _Mark) -> bool:
    height, lower = max(last.height, mark.height), min(last.height, mark.height)
    overlap = min(last.bottom, mark.bottom) - max(last.top, mark.top)
    is_near = -0.3 * height <= mark.left - last.right <= 1.2 * height
    is_alike = height <= 1.8 * lower and abs(last.tone - mark.tone) <= 0.4 * max(last.rise, mark.rise)
    return is_near and is_alike and overlap >= 0.6 * lower


def _is_print(line: list[_Mark]) -> bool:
    """Whether the marks are of one tone and stand on one line: their feet (or, on its side or its head, their heads) hardly
    differ, and capitals are half as high again. Streaks, as a lossy code leaves them where nothing is, are no print: bars
    alone say nothing.
    """
    if all(_HAIR * (mark.right - mark.left) < mark.height for mark in line):
        return False
    heights = np.array([mark.height for mark in line])
    tones = np.quantile([mark.tone for mark in line], [0.1, 0.9])
    if tones[1] - tones[0] > 0.35 * np.median([mark.rise for mark in line]):
        return False
    median = float(np.median(heights))
    is_as_high = np.abs(heights - median) <= 0.5 * median + 1
    edges = (np.array([mark.bottom for mark in line]), np.array([mark.top for mark in line]))
    on_line = (np.abs(edge - np.median(edge)) <= 0.2 * median + 1 for edge in edges)
    return any(bool(np.mean(one & is_as_high) >= 0.8) for one in on_line)


def _box(line: list[_Mark]) -> _Mark:
    return _Mark(
        min(mark.top for mark in line),
        max(mark.bottom for mark in line),
        min(mark.left for mark in line),
        max(mark.right for mark in line),
        line[0].tone,
        line[0].rise,
    )


def _region(box: _Mark, step: int, shape: tuple[int, ...]) -> Region:
    margin = min(box.height, box.right - box.left) // 2
    left, top = max(0, (box.left - margin) * step), max(0, (box.top - margin) * step)
    right = min(shape[1], (box.right + margin) * step)
    bottom = min(shape[0], (box.bottom + margin) * step)
    return Region(left, top, right - left, bottom - top)
