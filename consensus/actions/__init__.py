"""The only writers of the consensus room."""

from consensus.actions.adjudication import (
    AdjudicationRefusedError,
    Dealt,
    deal_adjudications,
    record_adjudication,
    withdraw_adjudication,
)
from consensus.actions.agreement import LABEL_FIGURES, agreement_figures, compute_agreement, create_agreement_run

__all__ = [
    "LABEL_FIGURES",
    "AdjudicationRefusedError",
    "Dealt",
    "agreement_figures",
    "compute_agreement",
    "create_agreement_run",
    "deal_adjudications",
    "record_adjudication",
    "withdraw_adjudication",
]
