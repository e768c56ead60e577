"""Marks on the pictures: what a reader measured or pointed at, checked before it is stored (docs/reading.md)."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import DomainError
from labeling.drafts import is_storable

POINTS = {"length": 2, "angle": 3, "ellipse": 2, "box": 2, "point": 1}
CERTAINTIES = ("certain", "probable", "possible")
MOST_MARKS = 100
LONGEST_TEXT = 200


class MarkRefusedError(DomainError):
    """A mark does not fit the case's pictures or labels."""


@dataclass(frozen=True)
class Canvas:
    """The size of a picture in pixels, and its number of frames."""

    rows: int
    columns: int
    frames: int


def check_marks(raw: object, canvases: Mapping[int, Canvas], labels: Collection[str]) -> list[dict[str, Any]]:
    """The marks with their known fields only. ``canvases`` are the pictures of the case by id, ``labels`` its label keys.

    Points are in image pixels, the centre of the first at 0.5, 0.5. Raises MarkRefusedError, naming mark, field and value.
    """
    if not isinstance(raw, list):
        raise MarkRefusedError("Marks are a list of objects.")
    if len(raw) > MOST_MARKS:
        raise MarkRefusedError(f"A case has at most {MOST_MARKS} marks, but {len(raw)} came; delete some.")
    return [_mark(number, one, canvases, labels) for number, one in enumerate(raw, start=1)]


def _mark(number: int, raw: object, canvases: Mapping[int, Canvas], labels: Collection[str]) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise MarkRefusedError(f"Mark {number} is no object.")
    kind = _one_of(number, "kind", raw.get("kind"), POINTS)
    image = raw.get("image")
    if not isinstance(image, int) or image not in canvases:
        raise MarkRefusedError(f"Mark {number} lies on picture {image!r}, which is not of this case.")
    canvas = canvases[image]
    frame = raw.get("frame", 0)
    if type(frame) is not int or not 0 <= frame < canvas.frames:
        raise MarkRefusedError(f"Mark {number} lies on frame {frame!r}; picture {image} has {canvas.frames}.")
    label, certainty = raw.get("label"), raw.get("certainty")
    text = raw.get("text") or ""
    if not isinstance(text, str):
        raise MarkRefusedError(f"The text of mark {number} is no text.")
    if not is_storable(text):
        raise MarkRefusedError(f"The text of mark {number} holds a NUL character or half of a character; remove it.")
    return {
        "kind": kind,
        "image": image,
        "frame": frame,
        "points": _points(number, raw.get("points"), POINTS[kind], canvas),
        "label": None if label is None else _one_of(number, "label", label, labels),
        "certainty": None if certainty is None else _one_of(number, "certainty", certainty, CERTAINTIES),
        "text": text[:LONGEST_TEXT],
    }


def _one_of(number: int, field: str, value: object, allowed: Collection[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise MarkRefusedError(f"The {field} of mark {number} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def _points(number: int, raw: object, count: int, canvas: Canvas) -> list[list[float]]:
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) != count:
        raise MarkRefusedError(f"Mark {number} needs {count} points.")
    return [_point(number, one, canvas) for one in raw]


def _point(number: int, raw: object, canvas: Canvas) -> list[float]:
    if not isinstance(raw, Sequence) or isinstance(raw, str) or len(raw) != 2:
        raise MarkRefusedError(f"A point of mark {number} is not two numbers.")
    for value, limit in zip(raw, (canvas.columns, canvas.rows), strict=True):
        if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= limit:
            raise MarkRefusedError(
                f"A point of mark {number} lies outside its picture of {canvas.columns} × {canvas.rows} pixels."
            )
    return [round(float(value), 3) for value in raw]
