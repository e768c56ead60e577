"""What a contribution is made of once it is read: plain values, before any of it becomes a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any

PATIENT_FIXED = "patient_fixed"  # the rule of a remark that tells what is sampled, and so is not told to a site
# What a contributor vouches for, once per contribution; the words are kept with it.
ATTESTATION = (
    "These studies and reports are de-identified as far as the site can do it, and the site may give them for this use "
    "under the agreement named."
)
_TOLD_TYPES = frozenset(
    [
        *("text/plain", "text/markdown", "text/html", "text/rtf", "text/xml"),
        *("application/pdf", "application/rtf", "application/xml", "application/hl7-v3+xml", "application/json"),
        *("application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        *("application/dicom", "image/jpeg", "image/png", "image/tiff", "model/stl"),
    ]
)
SHOWN_VALUE = 40  # characters; a longer value may be report text that slipped into another column


@dataclass(frozen=True)
class Problem:
    """One thing that was refused, or with ``is_warning`` taken in with a remark: where, which value, which rule."""

    kind: str
    where: str
    message: str
    line: int | None = None
    field: str = ""
    value: str = ""
    is_warning: bool = False


@dataclass(frozen=True)
class Terms:
    """The use-agreement a contribution comes under, who vouches for it, and in which words."""

    agreement: str = ""
    attested_by: str = ""
    statement: str = ""


NO_TERMS = Terms()


@dataclass(frozen=True)
class StudyFacts:
    """What a file says about its study; empty or None where it says nothing."""

    patient_id: str = ""
    study_uid: str = ""
    modality: str = ""
    body_part: str = ""
    view_position: str = ""
    age: int | None = None
    sex: str = ""
    manufacturer: str = ""
    study_date: date | None = None
    # Every name by which a FHIR report knows its patient, the surest first.
    names_of_patient: tuple[str, ...] = field(default=(), repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict)


class Naming(StrEnum):
    """How a site named a study: by an identifier that it gives as the study's, by where its files lie, or by the number of
    an examination, which is a patient's as much as a name is.
    """

    GIVEN = "given"
    FOLDER = "folder"
    NUMBER = "number"


@dataclass(frozen=True)
class ReportRow:
    """One report with its place in the file. ``site_code`` is empty for the site of the import, ``aliases`` are further
    names by which the site may know the study.
    """

    where: str
    line: int | None
    study_id: str
    text: str
    is_empty: bool
    facts: StudyFacts
    site_code: str = ""
    aliases: tuple[str, ...] = ()
    naming: Naming = Naming.GIVEN
    named: tuple[str, ...] = field(default=(), repr=False)  # who the header says the patient is: masked, never stored
    numbered: tuple[str, ...] = field(default=(), repr=False)  # and by which numbers: the same


@dataclass(frozen=True)
class SourceFile:
    """One file of a contribution: in a folder, or (``member``) inside a zip.

    ``name`` is the site's, and may name somebody: ``told_names`` has what people are told. ``study_id`` is set when the
    layout says which study it belongs to (``id_as_sent`` is what the site calls that, where it differs), ``hints`` are
    names by which the site may know it (its folder). ``about`` and what follows are what the layout's tables say of it.
    """

    name: str
    path: str
    member: str = ""
    study_id: str = ""
    patient_id: str = ""
    hints: tuple[str, ...] = ()
    about: StudyFacts = StudyFacts()
    view_position: str = ""
    series_description: str = ""
    naming: Naming = Naming.GIVEN
    id_as_sent: str = ""


@dataclass(frozen=True)
class FrameFiles:
    """The frame files that were written for an image, one digest per frame; or why there are none."""

    digests: tuple[str, ...] = ()
    stored_bytes: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Pictures:
    """What is derived from an image: two JPEG files, and the film and the frame files where they were wanted."""

    film: bytes = field(default=b"", repr=False)
    preview: bytes = field(default=b"", repr=False)
    thumbnail: bytes = field(default=b"", repr=False)
    frames: FrameFiles | None = None


@dataclass(frozen=True)
class PictureFiles:
    """The same once it lies in files: their digests; ``film_sha256`` and ``frames`` only where they were wanted."""

    film_sha256: str
    preview_sha256: str
    thumbnail_sha256: str
    frames: FrameFiles | None
    has_surplus: bool | None = None  # whether the pixels hold more than the picture


@dataclass(frozen=True)
class Region:
    """A box in a picture's own pixels, from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


PRIVATE_CLASS = "private"  # in the place of a SOP class that is none of the standard's: its figures may be a person's


@dataclass(frozen=True)
class Printed:
    """What looks like lines of text in an image: a box for each place, in whichever frames, and those frames, from 1."""

    regions: tuple[Region, ...] = ()
    frames: tuple[int, ...] = ()
    seen: int = 1  # of its frames, from the first; the others were not looked at
    unseen: int = 0


@dataclass(frozen=True)
class GateFacts:
    """What the gate's checks must know of a picture beside what is stored: tags and places, never a patient's values."""

    sop_class: str = ""
    identifiers: tuple[str, ...] = ()  # attributes that name somebody, as "(0010,0010) PatientName"
    burned_in: str = ""  # BurnedInAnnotation
    printed: Printed = Printed()
    image_hash: str = ""
    descriptions: str = ""  # words of acquisition alone
    body_part: str = ""
    lateralities: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()  # what the stored pixels hold beside the picture, in words; never what it says
    tabled_view: str = ""  # what the layout's table says that the view is


@dataclass(frozen=True)
class ImageFacts:
    """One decoded picture and what is kept of its header."""

    study: StudyFacts
    series_uid: str
    series_description: str
    series_number: int | None
    sop_uid: str
    sha256: str
    pixel_sha256: str
    transfer_syntax: str
    instance_number: int | None
    view_position: str
    laterality: str
    rows: int
    columns: int
    frames: int
    display: dict[str, Any]
    pictures: Pictures = field(repr=False)
    files: PictureFiles | None = None
    accession: str = ""
    bits_allocated: int | None = None
    gate: GateFacts = GateFacts()
    remarks: tuple[str, ...] = ()


def filled(facts: StudyFacts, more: StudyFacts) -> StudyFacts:
    """The facts, with what they leave empty taken from ``more``."""
    names = [one.name for one in fields(StudyFacts) if one.name != "metadata"]
    gaps = {name: getattr(more, name) for name in names if getattr(facts, name) in {None, ""}}
    return replace(facts, **gaps, metadata={**more.metadata, **facts.metadata})


def told_by_layout(source: SourceFile, facts: ImageFacts) -> ImageFacts:
    """What a file says of itself, with the gaps filled by what its layout says of it.

    For a picture without a header the layout's view stands before the one guessed from the name. A series' name in the
    layout's table stands before the header's, since it is the one the data set is known by.
    """
    is_guessed = not facts.transfer_syntax
    view = (
        (source.view_position or facts.view_position) if is_guessed else (facts.view_position or source.view_position)
    )
    patient_id = source.patient_id or facts.study.patient_id  # one name of the patient for pictures and reports
    study = filled(replace(facts.study, view_position=view, patient_id=patient_id), source.about)
    return replace(
        facts,
        study=study,
        view_position=view,
        series_description=source.series_description or facts.series_description,
        gate=replace(facts.gate, tabled_view=source.view_position),
    )


def shown(value: str) -> str:
    """A refused value as people are told it: short ones in full, longer ones by their length alone."""
    return value if len(value) <= SHOWN_VALUE else hidden(value)


def told_type(kind: str) -> str:
    """A media type as people are told it: one of those that reports come in, else that it is another."""
    return kind if kind in _TOLD_TYPES else "another type" if kind else "nothing"


def hidden(value: str) -> str:
    """A value that is not told, by its length."""
    return f"({len(value):,} characters)"


def is_hidden(part: str) -> bool:
    """Whether a part of a name hides a file, or a folder and all in it: what systems put beside people's own files."""
    return (part.startswith(".") and part != "..") or part == "__MACOSX"
