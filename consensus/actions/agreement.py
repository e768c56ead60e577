"""The only writers of agreement runs."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.models import User
from consensus.agreement_table import label_agreement, reader_pairs, verdict_agreement
from consensus.models import AgreementRun
from consensus.outcomes import VERDICTS
from consensus.queries import RatingTable, newest_agreement, rating_table
from consensus.reader_accuracy import reader_accuracy
from core.actions import record_event, working_on
from labeling.models import ReadingRound

BOOTSTRAP_SEED = 20260115
METHOD = 3  # how the figures are computed: raised with every change that the same reads would show
LABEL_FIGURES = ("prevalence", "raw_agreement", "positive_agreement", "krippendorff_alpha", "fleiss_kappa", "gwet_ac1")


@transaction.atomic
def create_agreement_run(*, round_: ReadingRound, by: User | None) -> AgreementRun:
    """A queued run that computes every agreement figure of the round as it stands."""
    run = AgreementRun.objects.create(
        kind="agreement", round=round_, created_by=by, params={"seed": BOOTSTRAP_SEED, "method_version": METHOD}
    )
    record_event(verb="agreement.asked", subject=run, by=by, data={"round": round_.pk})
    return run


def compute_agreement(*, run_id: int) -> AgreementRun:
    """Works a queued run: the figures with bootstrap intervals over patients. The same reads give the same figures.

    When the newest finished run of the round used the very same reads, its figures are taken over.
    """
    with working_on(run_id) as handle:
        run = AgreementRun.objects.select_related("round__benchmark", "round__taxonomy").get(pk=run_id)
        handle.start(1)
        table = rating_table(run.round)
        before = newest_agreement(run.round)
        # Figures of a run before readers were judged are not all there are now, and others were computed otherwise.
        same = before is not None and before.reads_sha256 == table.sha256 and "readers" in before.result
        same = same and before is not None and before.params.get("method_version") == METHOD
        result = before.result if before is not None and same else agreement_figures(table)
        AgreementRun.objects.filter(pk=run_id).update(result=result, reads_sha256=table.sha256)
        handle.advance(1, studies=len(table.patients), reads=table.n_reads)
    run.refresh_from_db()
    return run


def agreement_figures(table: RatingTable) -> dict[str, Any]:
    """The contract's JSON: counts, the figures of the verdicts and of each label; each pair of readers, and each reader."""
    if not table.n_reads:
        return {
            "n_studies": len(table.patients),
            "n_readers": 0,
            "n_reads": 0,
            "eligible": 0,
            "verdict": {},
            "labels": {},
            "pairs": [],
            "readers": [],
        }
    verdicts = verdict_agreement(table.verdicts, table.patients, BOOTSTRAP_SEED)
    labels = label_agreement(table.marks, table.labels, table.patients, BOOTSTRAP_SEED)
    pairs = reader_pairs(table.verdicts, table.readers, len(VERDICTS))
    readers = reader_accuracy(table.marks, table.readers, table.patients, BOOTSTRAP_SEED)
    return {
        "n_studies": len(table.patients),
        "n_readers": len(table.readers),
        "n_reads": table.n_reads,
        "eligible": table.n_eligible,
        "verdict": asdict(verdicts),
        "labels": {key: asdict(figures) for key, figures in labels.items()},
        "pairs": [asdict(pair) for pair in pairs],
        "readers": [asdict(one) for one in readers],
    }
