"""The worker's door to sampling."""

from celery import shared_task

from core.errors import DomainError
from sampling.actions import draw, work_plan


@shared_task(name="sampling.draw")
def draw_task(run_id: int) -> None:
    """Works the run; a refusal stands on the run's page, so the worker lets it go."""
    try:
        draw(run_id=run_id)
    except DomainError:
        return


@shared_task(name="sampling.plan")
def plan_task(run_id: int) -> None:
    """The same for a plan."""
    try:
        work_plan(run_id=run_id)
    except DomainError:
        return
