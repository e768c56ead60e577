"""The worker's doors to building and exporting releases."""

from celery import shared_task

from core.errors import DomainError
from releases.actions import build_release, work_export


@shared_task(name="releases.build")
def build_task(run_id: int) -> None:
    """Works the build; a refusal stands on the run's page, so the worker lets it go."""
    try:
        build_release(run_id=run_id)
    except DomainError:
        return


@shared_task(name="releases.export")
def export_task(run_id: int) -> None:
    """Works the export; a refusal stands on the run's page, so the worker lets it go."""
    try:
        work_export(run_id=run_id)
    except DomainError:
        return
