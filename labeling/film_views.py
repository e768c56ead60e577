"""Which view a picture shows, so what it is called and what it hangs left of; and which modalities are slices."""

import re
from dataclasses import dataclass

# Their series are volumes, one slice a file. All else stands alone: two films of a series are two things to look at.
SLICED = frozenset({"CT", "MR", "NM", "PT"})
# Films alone have views. A PNG without a header is taken for one; DR and XR are what people write for it.
_PROJECTIONS = frozenset(
    {"", "CF", "CR", "DF", "DR", "DS", "DX", "IO", "MG", "OT", "PX", "RF", "RG", "SC", "VF", "XA", "XR"}
)
# A decubitus film is frontal: its "left lateral" says how the patient lies.
_FRONTAL, _LATERAL = {"AP", "PA", "FRONTAL", "LLD", "RLD"}, {"LL", "RL", "LLAT", "RLAT", "LAT", "LATERAL"}
# What a description may say as well: other than in ViewPosition, LL may be a lower limb.
_FRONTAL_WORDS, _LATERAL_WORDS = {"AP", "PA", "FRONTAL"}, {"LAT", "LATERAL"}
_WORD = re.compile(r"[A-Z]+")
FRONTAL, UNKNOWN, LATERAL = 0, 1, 2
_SIDES = {"R": "Right", "L": "Left"}
_SIDE_WORDS = {"R": "R", "RT": "R", "RIGHT": "R", "L": "L", "LT": "L", "LEFT": "L"}
_MAMMOGRAMS = ("CC", "MLO")  # in the order in which they are read; any other comes after


@dataclass(frozen=True)
class View:
    """``name`` and ``note`` are what the picture is called by; a lower ``rank`` hangs further left (mammograms are below 0, the
    two sides of one view a pair). Pictures of one rank show one view, unless it is UNKNOWN.
    """

    rank: int
    name: str
    note: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} {self.note}".strip()

    @property
    def rank_beside(self) -> int:
        """Of what belongs beside it: the lateral film, or of a mammogram the other breast's."""
        return self.rank ^ 1 if self.rank < FRONTAL else LATERAL


def view_of(modality: str, position: str, description: str, side: str = "") -> View:
    """The view by the header's words: ``modality``, ViewPosition, the series' description and the laterality, each "" where
    it is not given.

    ViewPosition is believed whatever the description says, which is that of the whole series: it counts where there is
    no position, by its whole words, and says nothing where it names both views. Slices, ultrasound and the like are
    called by their modality and description.
    """
    if modality not in _PROJECTIONS:
        return View(UNKNOWN, modality, description)
    spoken, words = set(_WORD.findall(position.upper())), set(_WORD.findall(description.upper()))
    if modality == "MG":
        return _mammogram(position, spoken, words, side)
    if position.strip():
        return _named(spoken & _FRONTAL, spoken & _LATERAL, position)
    is_decubitus = any(word.startswith("DECUB") for word in words)
    return _named(words & _FRONTAL_WORDS, words & _LATERAL_WORDS if not is_decubitus else set(), "")


def _named(frontal: set[str], lateral: set[str], note: str) -> View:
    if bool(frontal) == bool(lateral):
        return View(UNKNOWN, "View", note)
    return View(FRONTAL, "Frontal", note) if frontal else View(LATERAL, "Lateral", note)


def _mammogram(position: str, spoken: set[str], words: set[str], side: str) -> View:
    """The right breast hangs left of the left one, both in one view; so the breasts lie back to back."""
    named = {view for view in _MAMMOGRAMS if words & {view, f"R{view}", f"L{view}"}}
    note = position or (named.pop() if len(named) == 1 else "")
    sides = {letter for word, letter in _SIDE_WORDS.items() if word in words}
    sides |= {word[0] for word in words if word[1:] in _MAMMOGRAMS and word[0] in _SIDES}
    letter = side if side in _SIDES else sides.pop() if not side and len(sides) == 1 else ""
    if not letter:
        return View(UNKNOWN, "View", note)
    place = next((n for n, view in enumerate(_MAMMOGRAMS) if view in (spoken or {note})), len(_MAMMOGRAMS))
    return View(2 * (place - len(_MAMMOGRAMS) - 1) + (letter == "L"), _SIDES[letter], note)
