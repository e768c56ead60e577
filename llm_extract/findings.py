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


class Grounding(StrEnum):
    """How a finding's evidence was found in the report."""

    EXACT = "exact"  # the quote stands in the report letter by letter
    NORMALIZED = "normalized"  # but for case, spaces and punctuation


@dataclass(frozen=True, slots=True)
class ReportFinding:
    """One observation in one report; `evidence` is exactly `text[start:end]`, the sentence it was read from.

    `observation` is the vocabulary's key, `name` its words. `certainty_words` are the report's own ("may represent"),
    `size` too ("3 mm").
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
    size: str | None = None
    grounding: Grounding = Grounding.EXACT


@dataclass(frozen=True, slots=True)
class LabelDefinition:
    """One label of a benchmark's taxonomy, as the mapper needs it."""

    key: str
    name: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()
    exclusive: bool = False


class Flag(StrEnum):
    """A reason not to take a suggestion at its word; flags raise the difficulty of a study."""

    CONTRADICTED = "contradicted"  # its own sentence says otherwise
    UNSUPPORTED = "unsupported"  # no finding, or no sentence that speaks of the label
    RULES_DISAGREE = "rules_disagree"  # the second opinion says otherwise
    SAMPLES_DISAGREE = "samples_disagree"  # asked again, the model said otherwise
    SECTIONS_DISAGREE = "sections_disagree"  # findings and impression contradict each other
    INSTRUCTED = "instructed"  # the text it rests on speaks to a machine


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
    flags: tuple[Flag, ...] = ()
    agreement: float | None = None  # share of the readings that say so, where there were several
    second_opinion: str = ""  # what the rules say beside a model: a status, or "none"
