"""Numbers of a header: how a picture was made or lies in the patient takes few figures, a patient's number takes many.

PS3.15 Annex E leaves nearly all numeric attributes alone, and a number of six figures in one of them may be anybody's record
number, or a date. So each is bounded: what nobody measures so, goes; what is measured keeps the figures that mean something.
"""

import math
from collections.abc import Sequence
from typing import Any

from pydicom.datadict import dictionary_has_tag

BOUND = 100_000  # of any number that is kept as it is: series, instances, times, doses, places in millimetres
_FIGURES = 5  # of a measurement: nobody sets a tube, or weighs, more finely
# In millionths, so large: rounded the more.
_IN_MILLIONTHS = frozenset({0x00181153, 0x00188150, 0x00188151})
_FIGURES_OF_MILLIONTHS, _BOUND_OF_MILLIONTHS = 3, 100_000_000
# Where a picture lies and what its pixels mean: to be computed with, so not rounded.
_EXACT = frozenset(
    {0x00180050, 0x00180088, 0x00181114, 0x00181164, 0x00181110, 0x00181111, 0x00182010, 0x00200032, 0x00200037}
    | {0x00201041, 0x00280030, 0x00281050, 0x00281051, 0x00281052, 0x00281053, 0x00409224, 0x00409225, 0x30020011}
    | {0x3004000C}
)
WHOLE = frozenset({"IS", "US", "SS", "UL", "SL", "UV", "SV"})
DECIMAL = frozenset({"DS", "FL", "FD"})
NUMBERS = WHOLE | DECIMAL | {"AT"}


def bounded(tag: int, vr: str, values: Sequence[Any]) -> list[Any] | None:
    """The values as they may be told, in their order; None where one of them is beyond what the attribute can mean.

    ``vr`` is one of NUMBERS. Raises what making a number of a broken value raises.
    """
    if vr == "AT":
        return list(values) if all(dictionary_has_tag(int(value)) for value in values) else None
    numbers = [float(value) for value in values]
    is_of_millionths = tag in _IN_MILLIONTHS
    bound = _BOUND_OF_MILLIONTHS if is_of_millionths else BOUND
    if not all(math.isfinite(one) and abs(one) < bound for one in numbers):
        return None
    if is_of_millionths:
        numbers = [_rounded(one, _FIGURES_OF_MILLIONTHS) for one in numbers]
    elif vr in DECIMAL and tag not in _EXACT:
        numbers = [_rounded(one, _FIGURES) for one in numbers]
    return [int(one) for one in numbers] if vr in WHOLE else numbers


def is_plausible(number: float) -> bool:
    """Whether a count or a place in an order, such as SeriesNumber, may be told."""
    return abs(number) < BOUND


def _rounded(number: float, figures: int) -> float:
    return float(f"{number:.{figures}g}")
