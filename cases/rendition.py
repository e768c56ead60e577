"""How stored values become the grey levels a person sees by default: DICOM PS3.3 C.11.1 and C.11.2, exactly.

Values are kept in float until the end; an inverted picture is inverted first and rounded down after, which gives the
same bytes as dcmtk does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


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
    voi_table: LookupTable | None = None
    padding: int | None = None


def apply_window(values: FloatArray, window: Window, function: str = "LINEAR") -> FloatArray:
    """Grey levels 0 to 255, not yet rounded (PS3.3 C.11.2.1.2 LINEAR, C.11.2.1.3.1 SIGMOID, .2 LINEAR_EXACT)."""
    center, width = window.center, window.width
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            return np.asarray(255.0 / (1.0 + np.exp(-4.0 * (values - center) / width)))
    if function == "LINEAR_EXACT":
        levels = ((values - center) / width + 0.5) * 255.0
    elif width <= 1:
        return np.where(values <= center - 0.5, 0.0, 255.0)
    else:
        levels = ((values - (center - 0.5)) / (width - 1.0) + 0.5) * 255.0
    return np.clip(levels, 0.0, 255.0)


def render(pixels: NDArray[np.generic], scale: GreyScale) -> NDArray[np.uint8]:
    """The default picture of ``pixels`` (any shape, integers or floats): uint8 of the same shape.

    The modality transform, then the VOI lookup table if there is one, else the first window, else the whole range: of
    the stored bits for 8-bit pictures, of the values met for deeper ones, padding left out.
    """
    if pixels.dtype.kind not in "iu" or pixels.dtype.itemsize > 2:
        return _levels(pixels.astype(np.float64), scale, _range_of(pixels, scale))
    # Every value a pixel can have, in the order of its bit pattern: one table look-up per pixel instead of float maths.
    native = np.ascontiguousarray(pixels).astype(pixels.dtype.newbyteorder("="), copy=False)
    unsigned = np.dtype(f"u{native.dtype.itemsize}")
    domain = np.arange(2 ** (8 * native.dtype.itemsize), dtype=unsigned).view(native.dtype)
    table = _levels(domain.astype(np.float64), scale, _range_of(native, scale))
    return np.asarray(table[native.view(unsigned)])


def _range_of(pixels: NDArray[np.generic], scale: GreyScale) -> tuple[float, float]:
    """The stored values that become black and white where no window says so."""
    if scale.bits_stored <= 8 and pixels.dtype.kind == "u":
        return 0.0, float(2**scale.bits_stored - 1)
    kept = pixels[pixels != scale.padding] if scale.padding is not None else pixels
    if not kept.size:
        return 0.0, 1.0
    return float(kept.min()), float(kept.max())


def _levels(stored: FloatArray, scale: GreyScale, stored_range: tuple[float, float]) -> NDArray[np.uint8]:
    values = _modality(stored, scale)
    if scale.voi_table is not None:
        levels = scale.voi_table.apply(values) * 255.0 / (2**scale.voi_table.bits - 1)
    elif scale.windows:
        levels = apply_window(values, scale.windows[0], scale.function)
    else:
        ends = _modality(np.asarray(stored_range), scale)
        low, high = float(ends.min()), float(ends.max())
        levels = (values - low) * 255.0 / (high - low) if high > low else np.zeros_like(values)
    levels = np.clip(levels, 0.0, 255.0)
    if scale.is_inverted:
        levels = 255.0 - levels
    floored: NDArray[np.uint8] = np.floor(levels).astype(np.uint8)
    return floored


def _modality(stored: FloatArray, scale: GreyScale) -> FloatArray:
    if scale.modality_table is not None:
        return scale.modality_table.apply(stored)
    return stored * scale.slope + scale.intercept
