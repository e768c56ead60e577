"""demo: the whole chain on synthetic studies."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from core.commands import ProductCommand, progress_bar
from demo.story import STAGES, Login, Story


class Command(ProductCommand):
    help = "Make synthetic studies and run the real chain on them. Running it again changes nothing."
    example = "demo --seed 7"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=7, help="the same seed draws the same world (default: 7)")
        parser.add_argument("--studies", type=int, default=240, help="how many studies (default: 240)")
        parser.add_argument(
            "--scale", type=float, default=1.0, help="size of the films, for trying things (default: 1)"
        )
        parser.add_argument("--stage", choices=STAGES, help="only the chest benchmark, brought to this stage")

    def work(self, **options: Any) -> None:
        with progress_bar() as bar:
            line = bar.add_task("Drawing films", total=options["studies"])
            story = Story(
                seed=options["seed"],
                n_studies=options["studies"],
                scale=options["scale"],
                tell=self.say,
                keep=_keep,
                progress=lambda done, total: bar.update(line, completed=done, total=total),
            )
            if options["stage"]:
                story.until(options["stage"])
            else:
                story.whole()
        logins = _logins_file()
        if logins.exists():
            self.say(logins.read_text().rstrip())


def _logins_file() -> Path:
    """Where ``serve`` finds what it prints; passwords are made once and are this copy's own."""
    return Path(settings.DATA_DIR) / "demo_logins.txt"


def _keep(login: Login) -> None:
    with os.fdopen(os.open(_logins_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(_line(login))


def _line(login: Login) -> str:
    return f"  {login.role:<11} {login.username:<23} {login.password}\n"
