"""Derives the frame files that a benchmark's studies lack."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from benchmarks.queries import benchmark_by_slug
from cases.actions.frames import create_frame_run, derive_frames
from core.commands import REFUSED, ProductCommand, progress_bar

_SHOWN = 20


class Command(ProductCommand):
    help = (
        "Derive the frame files that the viewer shows, for every image of a benchmark's pool that lacks them, and put "
        "what came in before the gate's checks of today through them. Stopped and run again, it does what is "
        "left. Exit code 1 when an image has none; the run's page says why."
    )
    example = "derive_frames --benchmark chest-radiograph"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark whose pool is meant")

    def work(self, **options: Any) -> int | None:
        run = create_frame_run(benchmark=benchmark_by_slug(options["benchmark"]))
        if run is None:
            self.say("Every image has its frames; nothing to do.")
            return None
        with progress_bar() as bar:
            line = bar.add_task("Deriving frames", total=None)
            run = derive_frames(
                run.pk, now=timezone.now, progress=lambda done, total: bar.update(line, completed=done, total=total)
            )
        for one in run.problems.all()[:_SHOWN]:
            self.say(f"{one.where}: {one.message}")
        derived, refused = run.counts.get("derived", 0), run.counts.get("refused", 0)
        self.say(f"{derived} derived, {refused} without frames (run {run.pk}).")
        return REFUSED if refused or run.state != "succeeded" else None
