"""Reads of calibrations: the curve that puts a version's stated confidence right."""

import json

from llm_extract.models import Calibration
from llm_extract.trust.calibration import Curve, curve_from_json


def curve_of(version: str) -> Curve | None:
    """The newest curve kept for a pipeline version; None where none was."""
    kept = Calibration.objects.filter(trial__version=version).order_by("-pk").values_list("curve", flat=True).first()
    return curve_from_json(json.dumps(kept["curve"])) if version and kept else None
