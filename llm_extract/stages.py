"""The two stages as protocols: one reads reports, one maps findings to labels; and what passes between them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from llm_extract.asking.protocol import Fault
from llm_extract.findings import LabelDefinition, LabelSuggestion, ReportFinding


@dataclass(frozen=True)
class Scope:
    """What the reports are about: the body part and the labels of the benchmark."""

    body_part: str
    labels: tuple[LabelDefinition, ...]


@dataclass(frozen=True, slots=True)
class ReportText:
    """A report to be read; `ref` is the caller's own number for it.

    `is_masked`: the text has been through today's masking already, which finds nobody named in it.
    """

    ref: int
    text: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the first stage made of one report: one reading per sample, the first of which counts, or a fault.

    `answers` are the keys of the model's answers it rests on, none for an engine without a model. `detail` says what was
    wrong in words that hold no report text. `lost` is how many findings of the first reading were left out because their
    quote is not in the report.
    """

    report: ReportText
    readings: tuple[tuple[ReportFinding, ...], ...] = ()
    fault: Fault | None = None
    detail: str = ""
    answers: tuple[str, ...] = ()
    lost: int = 0

    @property
    def findings(self) -> tuple[ReportFinding, ...]:
        """Of the first reading; none where there is a fault."""
        return self.readings[0] if self.readings else ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """What the second stage made of one report: one set of suggestions per reading, or a fault of either stage.

    `is_weighed` says that a model weighed options for it, which leaves no answers.
    """

    extracted: Extracted
    readings: tuple[tuple[LabelSuggestion, ...], ...] = ()
    fault: Fault | None = None
    detail: str = ""
    answers: tuple[str, ...] = ()
    is_weighed: bool = False

    @property
    def has_asked(self) -> bool:
        """Whether a model had a part in it; else it is the rules' own."""
        return self.is_weighed or bool(self.answers)


class Extractor(Protocol):
    """First stage: the findings of reports."""

    @property
    def name(self) -> str:
        """How a run names it."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its answers may."""
        ...

    def extract(self, reports: Iterable[ReportText]) -> Iterator[Extracted]:
        """One result per report, in any order; reports are taken as there is room. Bad content is a fault, never raised."""
        ...


class Mapper(Protocol):
    """Second stage: the labels that findings suggest."""

    @property
    def name(self) -> str:
        """How a run names it."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever its answers may."""
        ...

    def map(self, reports: Iterable[Extracted]) -> Iterator[Mapped]:
        """One result per report, in any order; at most one suggestion per label, none for what no finding speaks of.

        A report whose first stage failed comes back with that fault.
        """
        ...
