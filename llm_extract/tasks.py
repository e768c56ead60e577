"""The worker's door to extraction."""

from celery import shared_task

from core.errors import DomainError
from llm_extract.actions import extract_labels


@shared_task(name="llm_extract.extract_labels")
def extract_labels_task(run_id: int) -> None:
    """Works the run; a refusal stands on the run's page, so the worker lets it go."""
    try:
        extract_labels(run_id=run_id)
    except DomainError:
        return
