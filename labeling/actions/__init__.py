"""The only writers of reading rounds and reads."""

from labeling.actions.imports import ImportedReads, import_reads
from labeling.actions.reads import open_case, record_read, withdraw_read
from labeling.actions.rounds import close_round, newest_sample, open_round, round_to_use

__all__ = [
    "ImportedReads",
    "close_round",
    "import_reads",
    "newest_sample",
    "open_case",
    "open_round",
    "record_read",
    "round_to_use",
    "withdraw_read",
]
