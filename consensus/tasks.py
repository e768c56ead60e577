"""The worker's door to the agreement figures."""

from celery import shared_task

from consensus.actions import compute_agreement
from core.errors import DomainError


@shared_task(name="consensus.compute_agreement")
def compute_agreement_task(run_id: int) -> None:
    """Works the run; a refusal stands on the run's page, so the worker lets it go."""
    try:
        compute_agreement(run_id=run_id)
    except DomainError:
        return
