"""The header of a frame file: all that a screen must know to show the picture exactly (docs/pixels.md)."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from cases.rendition import GreyScale, LookupTable

CALIBRATED = ("FIDUCIAL", "GEOMETRY")
MAGNIFIED = "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor"
UNSTATED = "PixelSpacing/unstated"
# What stands behind "mm" where a length is not one in the patient's plane.
_WORDS = {
    "ImagerPixelSpacing": " at detector",
    MAGNIFIED: " by stated magnification",
    "PixelSpacing/FIDUCIAL": " by an object of known size",
    "PixelSpacing/GEOMETRY": " by known geometry",
    UNSTATED: ", calibration unknown",
    "NominalScannedPixelSpacing": " on the film",
}


@dataclass(frozen=True)
class Geometry:
    """Millimetres per pixel, rows then columns, and what they come from (docs/pixels.md); None where nothing is known."""

    spacing: tuple[float, float] | None = None
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "spacing": list(self.spacing) if self.spacing else None,
            "spacingSource": self.source,
            "spacingWords": _WORDS.get(self.source, ""),
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
        "padding": scale.padding,
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
