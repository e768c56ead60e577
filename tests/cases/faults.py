"""Faults as they happen, for tests that import: a disk that is full, a run that is resumed after one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cases.actions import import_studies
from cases.models import ImportRun
from core.actions import resume_run
from tests.factories import make_user


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """A disk of its own at ``place``; skips the test where this process may mount none."""
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs root and the right to mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def resumed(run: ImportRun) -> ImportRun:
    """What a curator's click and a worker make of a failed run."""
    run.refresh_from_db()
    resume_run(run=run, by=make_user())
    return import_studies(run.pk)


def below_any_path(folder: Path) -> None:
    """Folders in folders until the path is longer than the system takes: one that cannot be listed, for root neither."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("n" * 240, dir_fd=here)
        deeper = os.open("n" * 240, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
