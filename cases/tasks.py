"""Imports, and frame files, in a worker."""

from celery import shared_task
from django.utils import timezone

from cases.actions import import_studies
from cases.actions.frames import derive_frames, derive_image
from core.errors import RunNotClaimableError


@shared_task(name="cases.import_studies")
def import_task(run_id: int) -> None:
    """Works one import off. A message that comes twice, or late, finds nothing to claim and ends."""
    try:
        import_studies(run_id)
    except RunNotClaimableError:
        return


@shared_task(name="cases.derive_frames")
def frame_run_task(run_id: int) -> None:
    """Works one run off that derives frames."""
    try:
        derive_frames(run_id, now=timezone.now)
    except RunNotClaimableError:
        return


@shared_task(name="cases.derive_image", soft_time_limit=600, time_limit=660)
def frames_task(image_id: int) -> None:
    """Derives the frames of one image for which somebody waits."""
    derive_image(image_id=image_id, now=timezone.now())
