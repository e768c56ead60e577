"""Jobs for the tests of the worker; a worker started with `--include tests.config.jobs` knows them."""

import time
from pathlib import Path

from celery import shared_task

from core.actions import working_on
from core.runs import register_run_kind


@shared_task(name="tests.note")
def note(path: str, word: str, wait_for: str = "") -> None:
    """Append `word` to the file, say so in `word.started` first, and end once `wait_for` exists."""
    Path(f"{path}.{word}.started").touch()
    while wait_for and not Path(wait_for).exists():
        time.sleep(0.05)
    with Path(path).open("a") as file:
        file.write(f"{word}\n")


@shared_task(name="tests.wait")
def wait(run_id: int) -> None:
    """A run that ends once the file named in its parameters exists."""
    with working_on(run_id) as run:
        run.start(1)
        from core.models import Run

        path = Path(Run.objects.get(pk=run_id).params["wait_for"])
        while not path.exists():
            time.sleep(0.05)
        run.advance(1)


register_run_kind("waiting", dispatcher=wait.delay, page="none")
