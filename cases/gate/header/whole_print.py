"""Boxes that cover all that is printed where a line of text was found: the line to its end, words apart from it and weaker
ones, and the lines beside it. What is sharp along and across, stands in the line's row or next to it, and is about as high as
a few lines is taken for print: where a mask is to lie, a box too many is better than a date that is left.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cases.contribution import Region
from cases.gate.header.strokes import Levels, sharp_pixels

_MOST_LINES = 6  # of a block; what is higher is a picture, or a frame around one
_ALONG, _BESIDE = 12, 1.2  # letter heights: how far off in a line's row, and above or below it
_ROUNDS = 12  # of growing; each takes what is next to what was taken
Boxes = NDArray[np.int64]


def cover_print(found: Sequence[Region], levels: Levels, step: int) -> tuple[Region, ...]:
    """Boxes that hold those found, and the print beside them, with a margin of half a letter. ``levels``: the picture in pixels
    that are ``step`` of its own.
    """
    rows, columns = levels.shape
    # With its margin a box is twice as high as its letters.
    sizes = [min(one.width, one.height) / 2 / step for one in found]
    height = max(4, round(float(np.median(sizes))))
    labels, count = ndimage.label(_dilated(sharp_pixels(levels), height // 2, height))
    words = _boxes(labels, count, (height // 2, height))
    words = words[(words[:, 1] - words[:, 0]) <= _MOST_LINES * 1.5 * height]
    taken = np.zeros(len(words), dtype=np.bool_)
    met = np.array([[one.top, one.top + one.height, one.left, one.left + one.width] for one in found]) // step
    for _ in range(_ROUNDS):
        fresh = ~taken & _are_near(words, met, height)
        if not fresh.any():
            break
        taken |= fresh
        met = words[fresh]
    grown = [_with_margin(box, height, (rows, columns), step) for box in words[taken].tolist()]
    return (*found, *grown)


def _dilated(flags: NDArray[np.bool_], down: int, across: int) -> NDArray[np.bool_]:
    return np.asarray(ndimage.maximum_filter(flags.view(np.uint8), size=(2 * down + 1, 2 * across + 1)) > 0)


def _boxes(labels: NDArray[np.signedinteger], count: int, dilated: tuple[int, int]) -> Boxes:
    """Top, bottom, left and right of each, without what they were dilated by."""
    down, across = dilated
    found = [
        (rows.start + down, rows.stop - down, columns.start + across, columns.stop - across)
        for rows, columns in ndimage.find_objects(labels, count)
    ]
    boxes = np.array(found, dtype=np.int64).reshape(-1, 4)
    # At the picture's edge nothing could be dilated.
    boxes[:, 0] = np.where(boxes[:, 0] == down, 0, boxes[:, 0])
    boxes[:, 2] = np.where(boxes[:, 2] == across, 0, boxes[:, 2])
    boxes[:, 1] = np.where(boxes[:, 1] == labels.shape[0] - down, labels.shape[0], boxes[:, 1])
    boxes[:, 3] = np.where(boxes[:, 3] == labels.shape[1] - across, labels.shape[1], boxes[:, 3])
    return boxes


def _are_near(boxes: Boxes, others: Boxes, height: int) -> NDArray[np.bool_]:
    """Which of the boxes stand in the row of one of the others, or above or below it."""
    down = np.maximum(boxes[:, None, 0], others[None, :, 0]) - np.minimum(boxes[:, None, 1], others[None, :, 1])
    across = np.maximum(boxes[:, None, 2], others[None, :, 2]) - np.minimum(boxes[:, None, 3], others[None, :, 3])
    in_row = (down <= -0.3 * height) & (across <= _ALONG * height)
    beside = (down <= _BESIDE * height) & (across <= height)
    return np.asarray((in_row | beside).any(axis=1))


def _with_margin(box: Sequence[int], height: int, size: tuple[int, int], step: int) -> Region:
    margin = max(2, height // 2)
    top, left = max(0, box[0] - margin), max(0, box[2] - margin)
    bottom, right = min(size[0], box[1] + margin), min(size[1], box[3] + margin)
    return Region(left * step, top * step, (right - left) * step, (bottom - top) * step)
