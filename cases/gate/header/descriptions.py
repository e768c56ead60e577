"""Descriptions reduced to words of acquisition, so that neither a name nor the answer stays in one."""

import re
from collections.abc import Callable

from cases.gate.words import NAME, Word, kind_of, listed

_REGIONS = (
    "chest thorax abdomen pelvis skull head brain neck spine cervical thoracic lumbar sacral sacrum coccyx shoulder "
    "clavicle scapula humerus elbow forearm radius ulna wrist hand finger thumb hip femur knee patella tibia fibula "
    "ankle foot toe calcaneus ribs rib sternum heart lung lungs liver kidney breast extremity upper lower whole body"
)
_VIEWS = (
    "left right bilateral l r lt rt pa ap ll rl lat lateral frontal oblique decubitus axial sagittal coronal transverse "
    "ax sag cor tra obl lordotic portable mobile bedside upright erect supine prone standing sitting inspiration "
    "expiration apical skyline sunrise tunnel mortise odontoid flexion extension neutral swimmers"
)
_TECHNIQUES = (
    "xr cr dx dr ct mr mri us radiograph radiography film image images view views series study localizer localiser "
    "scout t1 t2 pd t1w t2w pdw flair stir tse fse se gre ge fl2d fl3d fl epi dwi adc dti swi tof mra mrv mprage space "
    "haste trufi fiesta vibe vista cube bold fatsat fs fat sat suppressed tirm irfse ir inversion recovery 2d 3d pre "
    "post contrast without with and or plus gd iv axials reformat mpr mip standard soft tissue bone window thin thick "
    "slice slices recon reconstruction routine low dose ref reference phase magnitude"
)
_COUNTS = "one two three four 1 2 3 4 1v 2v 3v 4v of the"
# Regions, views, techniques and their number: what a description may say of how a picture was taken.
ACQUISITION_WORDS = frozenset(" ".join((_REGIONS, _VIEWS, _TECHNIQUES, _COUNTS)).split())
_METHODS = listed("technique")  # words that say nothing of a finding, told or not
# Where a finding may be: they say half the answer beside a word that does not stay, as in "rib fracture left".
_WHERE = "left right bilateral l r lt rt upper lower whole apical rib ribs heart lung lungs"
_PLACES = frozenset(_WHERE.split())
_TIMES = frozenset(["pre", "post"])  # "post drain" is a finding, "post contrast" is none
_AGENTS = frozenset(["contrast", "gd", "iv", "fatsat", "fs"])
_TITLE = "dr"  # also a method
_MOST_NUMBERS = 2  # "series 2, 3 views"
_WORD = re.compile(r"[^\W_]+")


def cleaned(text: str, *, is_told: Callable[[str], bool] = lambda word: True) -> str:
    """The words of acquisition in ``text``, in their order and spelling, that may be told; empty where there are none.

    Where a word goes that is none of technique, it may have been a finding: the sides and places beside it go too.
    """
    words = _WORD.findall(text)
    low = [word.lower() for word in words]
    kept = [
        at for at, word in enumerate(low) if word in ACQUISITION_WORDS and is_told(word) and not _is_of_a_name(low, at)
    ]
    gone = [word for at, word in enumerate(low) if at not in kept and not word.isdigit()]
    if any(word not in _METHODS or not is_told(word) for word in gone):
        kept = [at for at in kept if not _is_of_a_finding(low, at)]
    if sum(low[at].isdigit() for at in kept) > _MOST_NUMBERS:
        kept = [at for at in kept if not low[at].isdigit()]  # figures of a number, one by one
    if {low[at] for at in kept} == {_TITLE}:
        return ""  # what was titled is gone
    return " ".join(words[at] for at in kept)


def _is_of_a_finding(words: list[str], at: int) -> bool:
    """Whether a word of acquisition may say where a finding is, or that something was done: "left", "post" of "post drain"."""
    return words[at] in _PLACES or (words[at] in _TIMES and not _AGENTS & set(words[at + 1 : at + 3]))


def _is_of_a_name(words: list[str], at: int) -> bool:
    """Whether a word of acquisition is a surname here: beside a first name, or beside "Dr" with nothing else told."""
    if not kind_of(words[at]) & Word.FAMILY:
        return False
    beside = [words[other] for other in (at - 1, at + 1) if 0 <= other < len(words)]
    if any(kind_of(word) & NAME and not kind_of(word) & Word.ORDINARY for word in beside):
        return True
    others = [word for word in words if word in ACQUISITION_WORDS and word not in {words[at], _TITLE}]
    return _TITLE in beside and not others


def is_acquisition(text: str) -> bool:
    """Whether every word of the text is one of acquisition."""
    words = _WORD.findall(text)
    return bool(words) and all(word.lower() in ACQUISITION_WORDS for word in words)
