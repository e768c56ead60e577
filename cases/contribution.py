"""What a contribution is made of once it is read: plain values, before any of it becomes a row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

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
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportRow:
    """One report with its place in the file. ``site_code`` is empty for the site of the import."""

    where: str
    line: int | None
    study_id: str
    text: str
    is_empty: bool
    facts: StudyFacts
    site_code: str = ""


@dataclass(frozen=True)
class SourceFile:
    """One file of a contribution: in a folder, or (``member``) inside a zip.

    ``name`` is what people are told; ``study_id`` is set when the layout says which study it belongs to, ``hints`` are
    names by which the site may know it (its folder).
    """

    name: str
    path: str
    member: str = ""
    study_id: str = ""
    patient_id: str = ""
    hints: tuple[str, ...] = ()


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
    preview: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)
    accession: str = ""
    remarks: tuple[str, ...] = ()


def shown(value: str) -> str:
    """A refused value as people are told it: short ones in full, longer ones by their length alone."""
    return value if len(value) <= SHOWN_VALUE else f"({len(value):,} characters)"
