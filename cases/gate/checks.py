"""The named checks that every picture passes before anyone sees it: pure functions of what was read of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from cases.contribution import PRIVATE_CLASS, ImageFacts, Region


class Outcome(StrEnum):
    """What becomes of the study: it goes on with a remark, waits for a curator, or does not come in."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True)
class Found:
    """One finding of a check: which check, what follows, what it is, where (attributes, or boxes), and why it matters."""

    check: str
    outcome: Outcome
    what: str
    why: str
    where: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    frames: tuple[int, ...] = ()  # in which the boxes are, from 1


@dataclass(frozen=True)
class Asked:
    """What the benchmark takes."""

    modalities: tuple[str, ...] = ()
    body_part: str = ""


@dataclass(frozen=True)
class Kind:
    """What is stored of a picture that tells whether a benchmark takes it: each benchmark asks anew."""

    modality: str = ""
    is_dicom: bool = False
    body_parts: tuple[str, ...] = ()  # as said, and as described: words


# Image storage classes by the modality they are made for (PS3.4 B.5).
_CLASSES = {
    "CR": ("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1.1"),
    "DX": ("1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1.1"),
    "CT": ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"),
    "MR": ("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4"),
}
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
# Words for one region of the body; two values contradict each other when they are of different ones.
_REGIONS = (
    {"chest", "thorax", "lung", "lungs", "rib", "ribs", "sternum", "heart"},
    {"abdomen", "liver", "kidney"},
    {"head", "skull", "brain"},
    {"neck", "cspine", "cervical"},
    {"pelvis", "hip"},
    {"hand", "finger", "wrist", "thumb"},
    {"foot", "toe", "ankle"},
    {"knee", "patella"},
    {"elbow", "forearm"},
    {"shoulder", "clavicle", "scapula", "humerus"},
    {"lspine", "lumbar", "sacrum"},
    {"breast"},
)
_STRETCHES = 5  # of frames that are told
_SIDES = {"L": "L", "LT": "L", "LEFT": "L", "R": "R", "RT": "R", "RIGHT": "R"}
_OF_A_VIEW = {"LAT", "LATERAL", "DECUBITUS", "OBLIQUE", "OBL"}
_DIRECTIONS = {"PA", "AP", "LL", "RL"}
_FRONTAL, _LATERAL = {"PA", "AP", "FRONTAL"}, {"LL", "RL", "LAT", "LATERAL", "LLAT", "RLAT"}


def modality_fits(kind: Kind, asked: Asked) -> Found | None:
    """A DICOM file says its modality, which is one of the benchmark's. A new file of another one is refused before; a study
    that came for another benchmark may have one.
    """
    where = ("(0008,0060) Modality",)
    if not kind.modality and kind.is_dicom:
        why = (
            "It may be of another kind than the benchmark takes; captures often come so. Look at it: accept or reject."
        )
        return Found("modality", Outcome.QUARANTINE, "The file names no Modality", why, where)
    if not kind.modality or not asked.modalities or kind.modality in asked.modalities:
        return None
    what = f"The picture is of modality {kind.modality}, the benchmark takes {', '.join(asked.modalities)}"
    return Found("modality", Outcome.QUARANTINE, what, "It came for another benchmark. It may not belong here.", where)


def sop_class_fits(facts: ImageFacts) -> Found | None:
    """The SOP class is one of those made for the modality."""
    modality, kind = facts.study.modality, facts.gate.sop_class
    fitting = _CLASSES.get(modality)
    if not kind or fitting is None or kind in fitting:
        return None
    if kind.startswith(SECONDARY_CAPTURE):
        what = f"A secondary capture that calls itself {modality}"
        why = "Scanned films and screenshots come this way, with whatever was written on them."
        held = modality not in {"CR", "DX"} and facts.gate.burned_in != "NO"
        return Found("sop_class", Outcome.QUARANTINE if held else Outcome.PASS, what, why, ("(0008,0016) SOPClassUID",))
    told = "SOP class, a private one," if kind == PRIVATE_CLASS else f"SOP class {kind}"
    what = f"The {told} is not one of modality {modality}"
    why = "One of the two is wrong, so it is not known what the picture is."
    return Found("sop_class", Outcome.QUARANTINE, what, why, ("(0008,0016) SOPClassUID", "(0008,0060) Modality"))


def header_names_somebody(facts: ImageFacts) -> Found | None:
    """Attributes that name a person are found; what is shown of the picture is without them."""
    names = facts.gate.identifiers
    if not names:
        return None
    count = "1 attribute names" if len(names) == 1 else f"{len(names)} attributes name"
    why = "They are taken out of what is served; the original keeps them. De-identify at the source next time."
    return Found("header_identifiers", Outcome.PASS, f"{count} somebody, or may", why, names)


def text_is_burned_in(facts: ImageFacts) -> Found | None:
    """Text in the pixels: by the header's word, or by what lines of print look like in any frame."""
    printed = facts.gate.printed
    told = []
    if facts.gate.burned_in == "YES":
        told.append("BurnedInAnnotation is YES: names may be written in the picture")
    if printed.regions:
        count = len(printed.regions)
        what = "What looks like a line of text" if count == 1 else f"What looks like text in {count} places"
        told.append(what if facts.frames == 1 else f"{what}, {_frames_told(printed.frames, facts.frames)}")
    if printed.unseen:
        told.append(f"Text was looked for in the first {printed.seen:,} frames of {facts.frames:,}; look at the others")
    if not told:
        return None
    why = "A name in the pixels stays whatever is done to the header. Look at it: accept, mask, or reject."
    where = ("(0028,0301) BurnedInAnnotation",) if facts.gate.burned_in == "YES" else ()
    return Found("burned_in", Outcome.QUARANTINE, ". ".join(told), why, where, printed.regions, printed.frames)


def _frames_told(frames: tuple[int, ...], count: int) -> str:
    """The frames in words, neighbours as a stretch; the first few stretches."""
    stretches: list[list[int]] = []
    for frame in frames:
        if stretches and frame == stretches[-1][1] + 1:
            stretches[-1][1] = frame
        else:
            stretches.append([frame, frame])
    told = [str(first) if first == last else f"{first} to {last}" for first, last in stretches[:_STRETCHES]]
    more = f" and {len(stretches) - _STRETCHES:,} more stretches" if len(stretches) > _STRETCHES else ""
    name = "frame" if len(frames) == 1 else "frames"
    return f"{name} {', '.join(told)}{more} of {count:,}"


def picture_stands_alone(facts: ImageFacts) -> Found | None:
    """The stored pixels hold the picture and nothing beside it."""
    if not facts.gate.surplus:
        return None
    what = f"The stored pixels hold more than the picture: {'; '.join(facts.gate.surplus)}"
    why = "What may be written there no screen shows. It is sent decoded, without that; the original keeps it."
    return Found("surplus", Outcome.PASS, what, why, ("(7FE0,0010) PixelData",))


def body_part_fits(kind: Kind, asked: Asked) -> Found | None:
    """The body part, as said and as described, is the benchmark's."""
    ours = _regions_of(asked.body_part)
    other = next((part for part in kind.body_parts if not _may_be_of(ours, _regions_of(part))), "")
    if not other:
        return None
    what = f"The picture is of {other.lower()[:40]}, the benchmark of {asked.body_part.lower()}"
    where = ("(0018,0015) BodyPartExamined", "(0008,103E) SeriesDescription")
    return Found("body_part", Outcome.QUARANTINE, what, "It may not belong here.", where)


def body_part_agrees(facts: ImageFacts) -> Found | None:
    """The body part that the header says is one that the description names, where it names any."""
    said, described = facts.study.body_part or facts.gate.body_part, described_parts(facts.gate.descriptions)
    if _may_be_of(_regions_of(said), _regions_of(described)):
        return None
    what = f"BodyPartExamined is {said.lower()[:40]}, the description says {described.lower()[:40]}"
    where = ("(0018,0015) BodyPartExamined", "(0008,103E) SeriesDescription")
    why = "The part that is stored is the header's; it may be wrong."
    return Found("body_part_described", Outcome.PASS, what, why, where)


def view_agrees(facts: ImageFacts) -> Found | None:
    """View position and description do not contradict each other."""
    view, words = facts.view_position.upper(), _words_of_views(facts.gate.descriptions)
    other = _other_views(view, words)
    if not other:
        return None
    what = f"ViewPosition is {view}, the description says {' '.join(sorted(other)).lower()}"
    where = ("(0018,5101) ViewPosition", "(0008,103E) SeriesDescription")
    return Found("view", Outcome.PASS, what, "The view that is stored is the header's; it may be wrong.", where)


def view_is_the_tables(facts: ImageFacts) -> Found | None:
    """The view that a table beside the pictures gives does not contradict the file's own."""
    return tabled_view_agrees(facts.view_position, facts.gate.tabled_view)


def tabled_view_agrees(view: str, tabled: str) -> Found | None:
    """The view that is stored of a picture and the one that a table gives do not contradict each other."""
    if not _other_views(view.upper(), _words_of_views(tabled)):
        return None
    what = f"The file says view {view.upper()}, the table beside it {tabled.upper()}"
    where = ("(0018,5101) ViewPosition", "ViewPosition of the table")
    return Found("view_in_table", Outcome.PASS, what, "The view that is stored is the file's; it may be wrong.", where)


def _other_views(view: str, words: set[str]) -> set[str]:
    """The words of a description that name another view than this one; none where it names this one too."""
    named = words & _DIRECTIONS
    if view in _DIRECTIONS and named and view not in named:
        return named
    own, other = (_FRONTAL, _LATERAL) if view in _FRONTAL else (_LATERAL, _FRONTAL)
    return set() if view not in own or words & own else words & other


def laterality_agrees(facts: ImageFacts) -> Found | None:
    """Laterality, ImageLaterality and the description say the same side."""
    sides = {side for side in facts.gate.lateralities if side in {"L", "R"}}
    told = inferred_laterality("", facts.gate.descriptions)
    if len(sides) == 1 and told and told not in sides:
        what = f"The header says side {sides.pop()}, the description {told}"
        places = ("(0020,0060) Laterality", "(0020,0062) ImageLaterality", "(0008,103E) SeriesDescription")
        return Found(
            "laterality", Outcome.PASS, what, "The side that is stored is the header's; it may be wrong.", places
        )
    if len(sides) < 2:
        return None
    where = ("(0020,0060) Laterality", "(0020,0062) ImageLaterality")
    return Found("laterality", Outcome.PASS, "Laterality and ImageLaterality name two sides", "One is wrong.", where)


Check = Callable[[ImageFacts], Found | None]
CHECKS: tuple[Check, ...] = (
    sop_class_fits,
    header_names_somebody,
    text_is_burned_in,
    picture_stands_alone,
    body_part_agrees,
    view_agrees,
    view_is_the_tables,
    laterality_agrees,
)
# What every benchmark asks whose pool the study is to enter.
FITS: tuple[Callable[[Kind, Asked], Found | None], ...] = (modality_fits, body_part_fits)
# Names of all checks, those that need the database too, as people read them.
SEEN = "seen"  # no check of ours: a curator's own eyes
CHECK_NAMES = {
    "modality": "Modality",
    "sop_class": "SOP class",
    "header_identifiers": "Names in the header",
    "burned_in": "Text in the pixels",
    "surplus": "Beside the picture",
    "body_part": "Body part",
    "body_part_described": "Body part and description",
    "view": "View",
    "view_in_table": "View and table",
    "laterality": "Side",
    "duplicate": "Same pixels",
    "near_duplicate": "Much alike",
    "report_text": "Names in the report",
    SEEN: "Seen by a curator",
}


def examine(facts: ImageFacts) -> tuple[Found, ...]:
    """What the checks find in one picture, in their order, whichever benchmark it is for."""
    return tuple(found for check in CHECKS if (found := check(facts)) is not None)


def unfit(kind: Kind, asked: Asked) -> tuple[Found, ...]:
    """Why a benchmark may not take a picture."""
    return tuple(found for check in FITS if (found := check(kind, asked)) is not None)


def parts_of(facts: ImageFacts) -> tuple[str, ...]:
    """The parts of the body that a picture is of: as the header or a table says, and as the description names them."""
    said = facts.study.body_part or facts.gate.body_part
    return tuple(dict.fromkeys(part for part in (said, described_parts(facts.gate.descriptions)) if part))


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The one that decides."""
    return max(outcomes, key=list(Outcome).index, default=Outcome.PASS)


def inferred_view(facts_view: str, descriptions: str) -> str:
    """The view by the header, else the only one that the description names; empty when it names none or several."""
    if facts_view:
        return facts_view
    words = _words_of_views(descriptions)
    named = sorted(words & {"PA", "AP", "LL", "RL"}) or sorted(words & {"LATERAL", "FRONTAL"})
    is_both = bool(words & _FRONTAL) and bool(words & _LATERAL)
    return "" if is_both or len(named) != 1 else named[0] if len(named[0]) == 2 else named[0].lower()


def _words_of_views(descriptions: str) -> set[str]:
    """The words; without "lateral" where it says how the patient lies, as on a decubitus film, which is frontal."""
    words = set(descriptions.upper().split())
    return words - _LATERAL if any(word.startswith("DECUB") for word in words) else words


def inferred_laterality(said: str, descriptions: str) -> str:
    """The side by the header, else the only one that the description names. A side that names a view ("left lateral") is no
    part's side.
    """
    if said:
        return said
    words = [*descriptions.upper().split(), ""]
    sides = {_SIDES[word] for word, after in pairwise(words) if word in _SIDES and after not in _OF_A_VIEW}
    return sides.pop() if len(sides) == 1 else ""


def inferred_body_part(said: str, descriptions: str) -> str:
    """The body part by the header, else the only region that the description names."""
    if said:
        return said
    return described_parts(descriptions).split()[0] if len(_regions_of(descriptions)) == 1 else ""


def described_parts(descriptions: str) -> str:
    """The words of a description that name parts of the body, each once, in capitals; at most 64 characters."""
    words = [word for word in descriptions.lower().split() if _regions_of(word)]
    return " ".join(dict.fromkeys(words)).upper()[:64]


def _may_be_of(ours: set[int], theirs: set[int]) -> bool:
    """Whether two sayings of a part have a region in common, or one of them says none that is known."""
    return not ours or not theirs or bool(ours & theirs)


def _regions_of(text: str) -> set[int]:
    words = set(text.lower().replace("_", " ").split())
    return {number for number, region in enumerate(_REGIONS) if words & region}
