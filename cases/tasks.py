"""Imports in a worker."""

from celery import shared_task

from cases.actions import import_studies
from core.errors import RunNotClaimableError


@shared_task(name="cases.import_studies")
def import_task(run_id: int) -> None:
    """Works one import off. A message that comes twice, or late, finds nothing to claim and ends."""
    try:
        import_studies(run_id)
    except RunNotClaimableError:
        return
