"""Text burned into a picture, found by its shape: a line of marks of one height, as bright or as dark as the picture gets.

A rule of thumb without a character in it: it finds lines of printed text, not handwriting, and takes a side marker of one or
two letters for what it is. What it finds, a person confirms.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cases.contribution import Region

LEAST_MARKS = 5  # glyphs on one line: "L", "AP" and "PA" are none
_LOWEST, _HIGHEST = 6, 64  # of a glyph, in pixels of the picture looked at
_SIDE = 1100  # pixels: larger pictures are looked at in steps
_BRIGHT, _DARK = 240, 12


@dataclass(frozen=True)
class _Mark:
    """The box of one connected stroke."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top


def text_regions(levels: NDArray[np.uint8]) -> tuple[Region, ...]:
    """The lines of text in a picture of 256 grey levels (H×W, or H×W×3), each as a box in its pixels with a margin."""
    grey = levels if levels.ndim == 2 else levels.max(axis=2)
    step = max(1, -(-max(grey.shape) // _SIDE))
    small = grey[::step, ::step] if step == 1 else _brightest(grey, step)
    found = [box for mask in (small >= _BRIGHT, grey[::step, ::step] <= _DARK) for box in _lines(mask)]
    return tuple(_region(box, step, grey.shape) for box in found)


def _brightest(grey: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Every ``step`` × ``step`` pixels as their brightest, so that a thin stroke stays."""
    rows, columns = (size - size % step for size in grey.shape)
    lines = grey[:rows, :columns].reshape(rows // step, step, columns).max(axis=1)  # along memory first: twice as fast
    return np.asarray(np.maximum.reduce([lines[:, start::step] for start in range(step)]))


def _lines(mask: NDArray[np.bool_]) -> list[_Mark]:
    set_rows, set_columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not set_rows.size:
        return []
    above, beside = int(set_rows[0]), int(set_columns[0])  # nothing is looked for around what is set
    labels, count = ndimage.label(
        mask[above : set_rows[-1] + 1, beside : set_columns[-1] + 1], structure=np.ones((3, 3))
    )
    if count > 20_000:  # noise, not print
        return []
    marks = []
    for number, place in enumerate(ndimage.find_objects(labels), start=1):
        rows, columns = place
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if not _LOWEST <= height <= _HIGHEST or width > 1.6 * height:
            continue
        size = np.count_nonzero(
            labels[place] == number
        )  # of the few that are left: counting all costs as much as finding
        if size >= 6 and size / (height * width) >= 0.12:
            marks.append(_Mark(above + rows.start, above + rows.stop, beside + columns.start, beside + columns.stop))
    return _joined(marks)


def _joined(marks: list[_Mark]) -> list[_Mark]:
    """Marks of one height side by side become lines; lines of too few marks are dropped."""
    lines: list[list[_Mark]] = []
    for mark in sorted(marks, key=lambda one: one.left):
        line = next((one for one in reversed(lines) if _continues(one[-1], mark)), None)
        if line is None:
            lines.append([mark])
        else:
            line.append(mark)
    return [_box(line) for line in lines if len(line) >= LEAST_MARKS and _is_print(line)]


def _continues(last: _Mark, mark: _Mark) -> bool:
    height = max(last.height, mark.height)
    overlap = min(last.bottom, mark.bottom) - max(last.top, mark.top)
    is_near = -0.3 * height <= mark.left - last.right <= 1.2 * height
    return is_near and overlap >= 0.6 * min(last.height, mark.height) and height <= 1.8 * min(last.height, mark.height)


def _is_print(line: list[_Mark]) -> bool:
    """Whether the marks stand on one line: their feet hardly differ, and capitals are half as high again."""
    heights = np.array([mark.height for mark in line])
    feet = np.array([mark.bottom for mark in line])
    median = float(np.median(heights))
    on_line = np.abs(feet - np.median(feet)) <= 0.2 * median + 1
    as_high = np.abs(heights - median) <= 0.5 * median + 1
    return bool(np.mean(on_line & as_high) >= 0.8)


def _box(line: list[_Mark]) -> _Mark:
    return _Mark(
        min(mark.top for mark in line),
        max(mark.bottom for mark in line),
        min(mark.left for mark in line),
        max(mark.right for mark in line),
    )


def _region(box: _Mark, step: int, shape: tuple[int, ...]) -> Region:
    margin = box.height // 2
    left, top = max(0, (box.left - margin) * step), max(0, (box.top - margin) * step)
    right = min(shape[1], (box.right + margin) * step)
    bottom = min(shape[0], (box.bottom + margin) * step)
    return Region(left, top, right - left, bottom - top)
