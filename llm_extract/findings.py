"""What the extractor says of a report: findings with their evidence, and the labels they suggest."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Whether the report says that the observation is there."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"


class Laterality(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Severity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class Change(StrEnum):
    """Against the prior examination."""

    NEW = "new"
    WORSE = "worse"
    STABLE = "stable"
    BETTER = "better"
    RESOLVED = "resolved"


class Temporality(StrEnum):
    CURRENT = "current"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """One observation in one report; `evidence` is exactly `text[start:end]`, the sentence it was read from.

    `observation` is the vocabulary's key, `name` its words. `certainty_words` are the report's own ("may represent").
    """

    observation: str
    name: str
    status: Status
    start: int
    end: int
    evidence: str
    section: str = "body"
    certainty_words: str | None = None
    location: str | None = None
    laterality: Laterality | None = None
    severity: Severity | None = None
    change: Change | None = None
    temporality: Temporality = Temporality.CURRENT
    is_device: bool = False


@dataclass(frozen=True, slots=True)
class LabelDefinition:
    """One label of a benchmark's taxonomy, as the mapper needs it."""

    key: str
    name: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class LabelSuggestion:
    """A label proposed for a study: `findings` are indexes into the findings it rests on, strongest first.

    `confidence` is in 0..1 and says how plainly the report states `status`; it is not a calibrated probability;
    None where the source gives none.
    """

    label: str
    status: Status
    confidence: float | None
    findings: tuple[int, ...]
    reason: str
    evidence: str
