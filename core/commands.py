"""What every command of ours shares: exit codes, progress on a terminal, refusals as one sentence."""

import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.errors import DomainError

REFUSED = 1


class ProductCommand(BaseCommand):
    """Exit code 0 done, 1 refused or some rows rejected, 2 bad usage. ``example`` is shown by ``--help``.

    Subclasses implement ``work(**options)`` and return the exit code, or None for 0.
    """

    example = ""
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        epilog = f"Example:\n  python manage.py {self.example}" if self.example else None
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=epilog, **kwargs
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            code = self.work(**options)
        except DomainError as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        if code:
            self.stdout.flush()
            sys.exit(code)

    def work(self, **options: Any) -> int | None:
        """Does the work; returns the exit code."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """One line on standard output."""
        self.stdout.write(text)


def file_to_write(text: str) -> Path:
    """An argument that names a file to be written, into a folder that is there: said before the work rather than after it.

    A folder is never made, as a slip of the pen would make one unseen.
    """
    path = Path(text)
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"there is no folder {path.parent}; make it, or name another file.")
    if path.is_dir():
        raise ArgumentTypeError(f"{path} is a folder; name a file in it.")
    return path


def progress_bar() -> Progress:
    """A progress bar on standard error that shows only on a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
