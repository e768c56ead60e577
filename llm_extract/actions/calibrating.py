"""The only writer of calibrations: a trial's curve, kept for the version it was learnt from."""

from typing import Any

from django.db import transaction

from accounts.models import User
from core.actions import record_event
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models import Calibration, Trial
from llm_extract.trust.calibration import FORMAT


@transaction.atomic
def keep_calibration(*, trial: Trial, by: User | None) -> Calibration:
    """Keeps the curve a trial's confidence was fitted with; pages then show the calibrated confidence beside the stated.

    The newest kept for a version stands. Refuses a trial whose curve is kept already, and one without a curve.
    """
    Trial.objects.select_for_update(of=("self",)).get(pk=trial.pk)
    if Calibration.objects.filter(trial=trial).exists():
        raise ExtractionRefusedError(f"The calibration of trial {trial.pk} is kept already.")
    fitted: dict[str, Any] = trial.scores.get("reliability", {}).get("confidence", {})
    curve = fitted.get("curve")
    if not curve:
        why = fitted.get("undefined") or "it is not finished"
        raise ExtractionRefusedError(
            f"Trial {trial.pk} has no curve to keep: {why}. Try the version on a larger gold set."
        )
    judged = {name: fitted[name] for name in ("before", "after")}
    kept = Calibration.objects.create(trial=trial, curve={"curve": {"format": FORMAT, **curve}, **judged})
    record_event(verb="calibration.kept", subject=kept, by=by, data={"trial": trial.pk, "version": trial.version})
    return kept
