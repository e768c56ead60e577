"""Reads of the labeling room."""

from labeling.queries.case import Case, case_of, cases_of, last_read, suggested_keys
from labeling.queries.reader import RoundWork, history_of, may_view, next_slot, progress_of, slots_of, worklist
from labeling.queries.rounds import (
    ReaderProgress,
    RoundProgress,
    assignment_rows,
    progress,
    read_rows,
    readers_of,
    reads_by_day,
    reads_visible_to,
    rounds_with_counts,
    same_round,
    studies_of,
)

__all__ = [
    "Case",
    "ReaderProgress",
    "RoundProgress",
    "RoundWork",
    "assignment_rows",
    "case_of",
    "cases_of",
    "history_of",
    "last_read",
    "may_view",
    "next_slot",
    "progress",
    "progress_of",
    "read_rows",
    "readers_of",
    "reads_by_day",
    "reads_visible_to",
    "rounds_with_counts",
    "same_round",
    "slots_of",
    "studies_of",
    "suggested_keys",
    "worklist",
]
