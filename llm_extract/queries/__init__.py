"""Reads of the extraction room."""

from llm_extract.queries.runs import (
    FailureCount,
    LabelCount,
    Spending,
    failed_reports_of,
    failure_counts,
    label_counts,
    reports_digest,
    reports_lacking_suggestions,
    reports_with_suggestions,
    run_with_failures_of,
    spending,
)
from llm_extract.queries.suggestions import (
    newest_sets,
    newest_sets_of_pool,
    study_findings,
    study_suggestion_sets,
    suggestion_rows,
    suggestions_visible_to,
)

__all__ = [
    "FailureCount",
    "LabelCount",
    "Spending",
    "failed_reports_of",
    "failure_counts",
    "label_counts",
    "newest_sets",
    "newest_sets_of_pool",
    "reports_digest",
    "reports_lacking_suggestions",
    "reports_with_suggestions",
    "run_with_failures_of",
    "spending",
    "study_findings",
    "study_suggestion_sets",
    "suggestion_rows",
    "suggestions_visible_to",
]
