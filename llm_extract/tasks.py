"""The worker's door to extraction and its bench."""

from collections.abc import Callable
from typing import Any

from celery import shared_task

from core.errors import DomainError
from llm_extract.actions.runs import extract_labels
from llm_extract.actions.stress import run_stress_trial
from llm_extract.actions.trials import run_trial


@shared_task(name="llm_extract.extract_labels")
def extract_labels_task(run_id: int) -> None:
    """Works an extraction run."""
    _work(extract_labels, run_id)


@shared_task(name="llm_extract.run_trial")
def run_trial_task(run_id: int) -> None:
    """Works a trial on a gold set."""
    _work(run_trial, run_id)


@shared_task(name="llm_extract.run_stress_trial")
def run_stress_trial_task(run_id: int) -> None:
    """Works a stress trial."""
    _work(run_stress_trial, run_id)


def _work(action: Callable[..., Any], run_id: int) -> None:
    """Runs the action; a refusal stands on the run's page, so the worker lets it go."""
    try:
        action(run_id=run_id)
    except DomainError:
        return
