"""Reads of the consensus room."""

from consensus.queries.quality import BiasReads, ReaderReads, bias_reads, reader_reads
from consensus.queries.reads import (
    NoRoundError,
    RatingTable,
    RoundOutcome,
    RoundReads,
    eligible_count,
    newest_agreement,
    newest_round,
    outcomes_of_round,
    rating_table,
    reads_of_round,
    round_studies_visible_to,
    rule_of,
    rules_to_compare,
)

__all__ = [
    "BiasReads",
    "NoRoundError",
    "RatingTable",
    "ReaderReads",
    "RoundOutcome",
    "RoundReads",
    "bias_reads",
    "eligible_count",
    "newest_agreement",
    "newest_round",
    "outcomes_of_round",
    "rating_table",
    "reader_reads",
    "reads_of_round",
    "round_studies_visible_to",
    "rule_of",
    "rules_to_compare",
]
