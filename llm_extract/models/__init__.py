"""Rows of the extraction room: backends and answers, runs, findings and suggestions, and the bench."""

from llm_extract.models.backends import Backend, BackendKind, ModelAnswer, Promotion, Prompt, Stage, StructuredMode
from llm_extract.models.bench import (
    BarredVersion,
    Calibration,
    GoldLabel,
    GoldSet,
    StressTrial,
    Trial,
    TrialStudy,
    TrialSuggestion,
)
from llm_extract.models.runs import ExtractionRun, FailedReport, PipelineRun
from llm_extract.models.suggestions import (
    Extraction,
    Finding,
    FindingStatus,
    Suggestion,
    SuggestionSet,
    SuggestionSource,
)

__all__ = [
    "Backend",
    "BackendKind",
    "BarredVersion",
    "Calibration",
    "Extraction",
    "ExtractionRun",
    "FailedReport",
    "Finding",
    "FindingStatus",
    "GoldLabel",
    "GoldSet",
    "ModelAnswer",
    "PipelineRun",
    "Promotion",
    "Prompt",
    "Stage",
    "StressTrial",
    "StructuredMode",
    "Suggestion",
    "SuggestionSet",
    "SuggestionSource",
    "Trial",
    "TrialStudy",
    "TrialSuggestion",
]
