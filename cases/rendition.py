"""How stored values become the grey levels a person sees by default: DICOM PS3.3 C.11.1 and C.11.2, exactly.

Values are kept in float until the end; an inverted picture has its ends exchanged, and levels are rounded down last. With
dcmtk's order of operations this gives the same bytes as dcmtk does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_LOOKED_UP_AT_ONCE = 2**16  # pixels
_STRIP = 16  # rows of the result at once: they stay in the processor's cache


@dataclass(frozen=True)
class Window:
    """A window in output units of the modality transform; ``width`` is at least 1 for LINEAR, above 0 otherwise."""

    center: float
    width: float
    name: str = ""


@dataclass(frozen=True)
class LookupTable:
    """A DICOM lookup table: ``values[i]`` belongs to the input ``first + i``; inputs beyond take the ends."""

    first: int
    bits: int
    values: tuple[int, ...]
    name: str = ""

    def apply(self, inputs: FloatArray) -> FloatArray:
        """The table's entries for ``inputs``, which are rounded down to whole numbers."""
        index = np.clip(np.floor(inputs) - self.first, 0, len(self.values) - 1).astype(np.intp)
        entries: FloatArray = np.asarray(self.values, dtype=np.float64)[index]
        return entries


@dataclass(frozen=True)
class GreyScale:
    """All that turns stored values of one grey picture into grey levels."""

    bits_stored: int
    is_inverted: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    windows: tuple[Window, ...] = ()
    function: str = "LINEAR"
    modality_table: LookupTable | None = None
    voi_tables: tuple[LookupTable, ...] = ()
    padding: int | None = None
    padding_limit: int | None = None  # the other end of a range of padding

    @property
    def padded(self) -> tuple[int, int] | None:
        """The lowest and the highest stored value that is no part of the picture (PS3.3 C.7.5.1.1.2); None where all are."""
        if self.padding is None:
            return None
        limit = self.padding if self.padding_limit is None else self.padding_limit
        return min(self.padding, limit), max(self.padding, limit)

    @property
    def voi_table(self) -> LookupTable | None:
        """The table that is used by default: the first."""
        return self.voi_tables[0] if self.voi_tables else None

    @property
    def needs_range(self) -> bool:
        """Whether the values met become black and white, as neither a table nor a window says which."""
        return not self.voi_tables and not self.windows


def apply_window(
    values: FloatArray, window: Window, function: str = "LINEAR", dark: float = 0.0, bright: float = 255.0
) -> FloatArray:
    """Grey levels from ``dark`` to ``bright`` (an inverted picture has them exchanged), not yet rounded.

    PS3.3 C.11.2.1.2 LINEAR, C.11.2.1.3.1 SIGMOID, .2 LINEAR_EXACT. The order of the operations is dcmtk's: another one
    gives the same numbers but for the last bit, which decides where a level lies on the edge of two.
    """
    center, width = window.center, window.width
    spread = bright - dark
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            return np.asarray(dark + spread / (1.0 + np.exp(-4.0 * (values - center) / width)))
    if function == "LINEAR":
        center, width = center - 0.5, width - 1.0
    if width <= 0:
        return np.where(values <= center, dark, bright)
    levels = bright - (center / width + 0.5) * spread + values * (spread / width)
    return np.where(values <= center - width / 2, dark, np.where(values > center + width / 2, bright, levels))


def render(
    pixels: NDArray[np.generic], scale: GreyScale, stored_range: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """The default picture of ``pixels`` (any shape, integers or floats): uint8 of the same shape.

    The modality transform, then the VOI lookup table if there is one, else the first window, else the whole range:
    ``stored_range`` where it is given (that of all frames), else ``range_of`` the pixels. Where nothing ``needs_range``
    none is looked for.
    """
    stored_range = stored_range or (range_of(pixels, scale) if scale.needs_range else (0.0, 1.0))
    is_small = pixels.size < 2**16  # fewer pixels than the table below has entries
    if is_small or pixels.dtype.kind not in "iu" or pixels.dtype.itemsize > 2:
        return _levels(pixels.astype(np.float64), scale, stored_range)
    # Every value a pixel can have, in the order of its bit pattern: one table look-up per pixel instead of float maths.
    native = np.ascontiguousarray(pixels).astype(pixels.dtype.newbyteorder("="), copy=False)
    unsigned = np.dtype(f"u{native.dtype.itemsize}")
    domain = np.arange(2 ** (8 * native.dtype.itemsize), dtype=unsigned).view(native.dtype)
    table = _levels(domain.astype(np.float64), scale, stored_range)
    return looked_up(table, native.view(unsigned))


def looked_up(table: NDArray[np.uint8], indices: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.uint8]:
    """``table[indices]`` in a third of the time: a strip at a time, whose wider indices stay in the processor's cache.
    Every index is one of the table's, so that clipping, which spares numpy a look at each, changes none.
    """
    flat, found = indices.reshape(-1), np.empty(indices.size, dtype=np.uint8)
    wider = np.empty(_LOOKED_UP_AT_ONCE, dtype=np.intp)
    for start in range(0, flat.size, _LOOKED_UP_AT_ONCE):
        strip = slice(start, min(flat.size, start + _LOOKED_UP_AT_ONCE))
        places = wider[: strip.stop - start]
        places[:] = flat[strip]
        np.take(table, places, out=found[strip], mode="clip")
    return found.reshape(indices.shape)


@dataclass(frozen=True)
class Summed:
    """Every ``step`` by ``step`` pixels as one number: ``times`` their mean, rounded down."""

    sums: NDArray[Any]
    times: float
    step: int


def step_for(shape: Sequence[int], side: int) -> int:
    """How many pixels of a frame's side are one where neither side is to be longer than ``side``."""
    return max(1, -(-max(shape) // side))


def summed(frame: NDArray[np.generic], side: int = 0, *, step: int = 0) -> Summed:
    """An H×W frame of which neither side is longer than ``side`` then, or whose squares of ``step`` pixels are one; the
    last rows and columns that fill no whole square are left out. Unsigned numbers of 16 bits at most become such numbers,
    others floats.

    Sums keep thin strokes as far above the noise as they were, and are as good as means.
    """
    step = step or step_for(frame.shape, side)
    rows, columns = (size // step for size in frame.shape)
    is_short = frame.dtype.kind in "bu" and frame.dtype.itemsize <= 2
    if step == 1:
        return Summed(frame if is_short else frame.astype(np.float64), 1.0, step)
    sums = np.empty((rows, columns), dtype=np.uint16 if is_short else np.float64)
    # What 16 bits cannot hold of the sums is left out, along rows and then along columns.
    more = (step - 1).bit_length()
    bits = int(frame.max()).bit_length() + more if is_short else 0
    spare = max(0, bits - 16), max(0, min(16, bits) + more - 16) if is_short else 0
    for top in range(0, rows, _STRIP):
        lines = frame[top * step : min(rows, top + _STRIP) * step, : columns * step].reshape(-1, step, columns * step)
        # Along memory first: twice as fast.
        joined = _sum([lines[:, line] for line in range(step)], spare[0], sums.dtype)
        sums[top : top + _STRIP] = _sum([joined[:, start::step] for start in range(step)], spare[1], sums.dtype)
    return Summed(sums, step**2 / 2.0 ** sum(spare), step)


def render_means(seen: Summed, scale: GreyScale, stored_range: tuple[float, float] | None = None) -> NDArray[np.uint8]:
    """The default picture of the means of a frame of unsigned numbers, see ``render``."""
    values = np.arange(int(seen.sums.max()) + 1) / seen.times
    return looked_up(render(values, scale, stored_range), seen.sums)


def _sum(parts: Sequence[NDArray[Any]], spare: int, word: "np.dtype[Any]") -> NDArray[Any]:
    if spare:
        parts = [part >> spare for part in parts]
    total: NDArray[Any] = np.add(parts[0], parts[1], dtype=word)
    for part in parts[2:]:
        total += part
    return total


def range_of(pixels: NDArray[np.generic], scale: GreyScale) -> tuple[float, float]:
    """The stored values that become black and white where no window says so: of the stored bits for 8-bit pictures, of
    the values met for deeper ones, padding left out.
    """
    if scale.bits_stored <= 8 and pixels.dtype.kind == "u":
        return 0.0, float(2**scale.bits_stored - 1)
    kept = pixels if scale.padded is None else pixels[~is_padding(pixels, scale.padded)]
    if not kept.size:
        return 0.0, 1.0
    return float(kept.min()), float(kept.max())


def _levels(stored: FloatArray, scale: GreyScale, stored_range: tuple[float, float]) -> NDArray[np.uint8]:
    values = modality(stored, scale)
    dark, bright = (255.0, 0.0) if scale.is_inverted else (0.0, 255.0)
    if scale.voi_table is not None:
        # dcmtk's step: every level has as many entries, and an inverted table ends at 1.
        levels = dark + scale.voi_table.apply(values) * ((bright - dark + 1.0) / 2**scale.voi_table.bits)
    elif scale.windows:
        levels = apply_window(values, scale.windows[0], scale.function, dark, bright)
    else:
        levels = _spread(values, modality(np.asarray(stored_range), scale), dark, bright)
    floored: NDArray[np.uint8] = np.floor(np.clip(levels, 0.0, 255.0)).astype(np.uint8)
    if scale.padded is not None:
        floored[is_padding(stored, scale.padded)] = 0  # whichever end of the window is dark
    return floored


def is_padding(stored: NDArray[Any], padded: tuple[int, int]) -> NDArray[np.bool_]:
    """Which of these stored values are no part of the picture."""
    low, high = padded
    found: NDArray[np.bool_] = stored == low if low == high else (stored >= low) & (stored <= high)
    return found


def _spread(values: FloatArray, ends: FloatArray, dark: float, bright: float) -> FloatArray:
    """The range as the LINEAR window it is, so that the bytes are those of any tool that is given that window."""
    low, high = float(ends.min()), float(ends.max())
    if high <= low:
        return np.full_like(values, dark)
    return apply_window(values, Window((low + high) / 2 + 0.5, high - low + 1), "LINEAR", dark, bright)


def modality(stored: FloatArray, scale: GreyScale) -> FloatArray:
    """Stored values in output units: by the modality table if there is one, else the rescale (PS3.3 C.11.1)."""
    if scale.modality_table is not None:
        return scale.modality_table.apply(stored)
    return stored * scale.slope + scale.intercept
