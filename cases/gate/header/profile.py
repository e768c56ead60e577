"""The attributes of DICOM PS3.15 Table E.1-1 and what the basic profile does to each.

The table is ``annex_e.csv``: tag, action and name as in edition 2026c, taken from the lists of dicom-anonymizer 2.1.0
(Kitware Europe, BSD-3-Clause). An ``x`` in a tag stands for any digit.
"""

import csv
from enum import Enum
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("annex_e.csv")


class Action(Enum):
    """What is done to an attribute."""

    KEEP = "K"
    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    CLEAN = "C"


# Where the table leaves the choice to the object's definition, the form that is valid whatever the type: a dummy for
# an attribute that must have a value, an empty one for an attribute that must be there.
_CHOICES = {
    "X": Action.REMOVE,
    "Z": Action.EMPTY,
    "D": Action.DUMMY,
    "U": Action.UID,
    "X/Z": Action.EMPTY,
    "X/D": Action.DUMMY,
    "Z/D": Action.DUMMY,
    "X/Z/D": Action.DUMMY,
    "X/Z/U*": Action.UID,
}
# The options that are used beside the basic profile, by tag. Retain Patient Characteristics: sex, age, size and weight.
RETAINED = frozenset({0x00100040, 0x00101010, 0x00101020, 0x00101030})
# Clean Descriptors: what was planned and taken, in words of acquisition alone; whatever else is said there goes.
CLEANED = frozenset({0x00081030, 0x0008103E, 0x00181030, 0x00180010, 0x001811BB})


@cache
def _table() -> tuple[dict[int, Action], tuple[tuple[int, int, Action], ...]]:
    exact: dict[int, Action] = {}
    masked: list[tuple[int, int, Action]] = []
    with _TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tag, action = row["tag"], _CHOICES[row["action"]]
            if "x" in tag:
                mask = int("".join("0" if digit == "x" else "F" for digit in tag), 16)
                masked.append((mask, int(tag.replace("x", "0"), 16), action))
            else:
                exact[int(tag, 16)] = action
    return exact, tuple(masked)


def attribute_count() -> int:
    """How many rows the table has."""
    exact, masked = _table()
    return len(exact) + len(masked)


def action_of(tag: int) -> Action:
    """What becomes of an attribute; KEEP for those the table does not list. Private ones (odd group) are removed."""
    if (tag >> 16) % 2:
        return Action.REMOVE
    if tag in RETAINED:
        return Action.KEEP
    if tag in CLEANED:
        return Action.CLEAN
    exact, masked = _table()
    found = exact.get(tag)
    if found is None:
        found = next((action for mask, value, action in masked if tag & mask == value), Action.KEEP)
    return found
