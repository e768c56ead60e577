"""The only writers of reading rounds and reads."""

from labeling.actions.cannot_judge import cannot_judge, deal_waiting, decide_hold, undo_cannot_judge
from labeling.actions.drafts import save_draft
from labeling.actions.hand_over import HandedOver, hand_over
from labeling.actions.imports import ImportedReads, import_reads
from labeling.actions.keys import set_keys
from labeling.actions.late_reader import DealtIn, deal_in_reader
from labeling.actions.leases import renew_loans, take_cases
from labeling.actions.reads import open_ahead, open_case, record_read, reveal, withdraw_read
from labeling.actions.rounds import (
    ControlArms,
    ReadingRules,
    Training,
    arms_of,
    close_round,
    newest_sample,
    open_round,
    round_to_use,
)
from labeling.actions.training import (
    ImportedAnswers,
    TrainingRefusedError,
    add_training_case,
    create_training_set,
    import_training_cases,
    remove_training_case,
)

__all__ = [
    "ControlArms",
    "DealtIn",
    "HandedOver",
    "ImportedAnswers",
    "ImportedReads",
    "ReadingRules",
    "Training",
    "TrainingRefusedError",
    "add_training_case",
    "arms_of",
    "cannot_judge",
    "close_round",
    "create_training_set",
    "deal_in_reader",
    "deal_waiting",
    "decide_hold",
    "hand_over",
    "import_reads",
    "import_training_cases",
    "newest_sample",
    "open_ahead",
    "open_case",
    "open_round",
    "record_read",
    "remove_training_case",
    "renew_loans",
    "reveal",
    "round_to_use",
    "save_draft",
    "set_keys",
    "take_cases",
    "undo_cannot_judge",
    "withdraw_read",
]
