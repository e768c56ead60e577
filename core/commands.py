"""What every command of ours shares: exit codes, progress on a terminal, refusals as one sentence."""

import sys
from argparse import RawDescriptionHelpFormatter
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
