"""The header of a frame file: all that a screen must know to show the picture exactly (docs/pixels.md)."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from cases.rendition import GreyScale, LookupTable

CALIBRATED = ("FIDUCIAL", "GEOMETRY")
MAGNIFIED = "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor"
UNSTATED = "PixelSpacing/unstated"
_ROUNDING = (
    0.01  # spacings that differ by less are one, written with few figures: such a picture is shown pixel by pixel
)
_MOST_STRETCHED = 100.0  # beyond it the file is wrong, and nothing can be seen of a picture that is a line
# What stands behind "mm" where a length is not one in the patient's plane.
_WORDS = {
    "ImagerPixelSpacing": " at detector",
    MAGNIFIED: " by stated magnification",
    "PixelSpacing/FIDUCIAL": " by an object of known size",
    "PixelSpacing/GEOMETRY": " by known geometry",
    UNSTATED: ", calibration unknown",
    "NominalScannedPixelSpacing": " on the film",
}


def stretch_of(high: float, wide: float) -> tuple[float, float]:
    """How many times as wide and as high as along its finer side a pixel of this height and width (both above 0, in any
    unit) is drawn: one of the two is 1, both are for squares.
    """
    ratio = high / wide
    if abs(ratio - 1) <= _ROUNDING or not 1 / _MOST_STRETCHED <= ratio <= _MOST_STRETCHED:
        return 1.0, 1.0
    return max(1.0, 1 / ratio), max(1.0, ratio)


@dataclass(frozen=True)
class Geometry:
    """Millimetres per pixel, rows then columns, and what they come from (docs/pixels.md); None where nothing is known.
    ``aspect`` is what else tells the shape of a pixel: its height and width in a unit that nobody knows.
    """

    spacing: tuple[float, float] | None = None
    source: str = ""
    aspect: tuple[float, float] = (1.0, 1.0)

    @property
    def stretch(self) -> tuple[float, float]:
        """How the picture is drawn, as ``stretch_of`` has it."""
        return stretch_of(*(self.spacing or self.aspect))

    def as_json(self) -> dict[str, Any]:
        return {
            "spacing": list(self.spacing) if self.spacing else None,
            "spacingSource": self.source,
            "spacingWords": _WORDS.get(self.source, ""),
            "stretch": list(self.stretch),
        }


def grey_header(
    scale: GreyScale, stored_range: tuple[float, float], geometry: Geometry, frame: int, frames: int
) -> dict[str, Any]:
    """What ``encode_grey`` takes as its header; ``stored_range`` is what ``rendition.range_of`` gave."""
    return {
        "inverted": scale.is_inverted,
        "slope": scale.slope,
        "intercept": scale.intercept,
        "modalityLut": None if scale.modality_table is None else _table(scale.modality_table),
        "windows": [{"name": one.name, "center": one.center, "width": one.width} for one in scale.windows],
        "voiFunction": scale.function,
        "voiLuts": [{"name": one.name, **_table(one)} for one in scale.voi_tables],
        "range": list(stored_range),
        "padding": None if scale.padded is None else list(scale.padded),
        **geometry.as_json(),
        "frame": frame,
        "frames": frames,
    }


def colour_header(geometry: Geometry, frame: int, frames: int) -> dict[str, Any]:
    """The same keys for a picture in colours, which is shown as it is."""
    return grey_header(GreyScale(bits_stored=8), (0.0, 255.0), geometry, frame, frames)


def _table(table: LookupTable) -> dict[str, Any]:
    data = np.asarray(table.values, dtype="<u2").tobytes()
    return {"first": table.first, "bits": table.bits, "data": base64.b64encode(data).decode()}
