"""What a release holds, as plain data: the input of every export format."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LabelColumn:
    """One label of the taxonomy, in the taxonomy's order."""

    key: str
    name: str
    definition: str
    codes: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class CaseImage:
    """One picture of a case: the digest its bytes are kept under, and what it shows. Nothing of it names site or patient."""

    sha256: str
    view_position: str


@dataclass(frozen=True)
class Case:
    """One study under its random name, with its final labels."""

    case_id: str
    labels: frozenset[str]
    images: tuple[CaseImage, ...] = ()


@dataclass(frozen=True)
class ReleaseContent:
    """One partition of a release. Cases are in the order of their random names, which says nothing about them."""

    name: str
    title: str
    description: str
    version: int
    partition: str
    modality: tuple[str, ...]
    body_part: str
    taxonomy_version: str
    labels: tuple[LabelColumn, ...]
    rule: str
    commitment: str
    frozen_on: str
    cases: tuple[Case, ...]

    def row(self, case: Case) -> list[str | int]:
        """``case_id`` and one 0/1 per label, as in labels.csv."""
        return [case.case_id, *(int(label.key in case.labels) for label in self.labels)]
