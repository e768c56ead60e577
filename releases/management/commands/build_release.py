"""build_release --benchmark SLUG: consensus, selection, split, draft release; --freeze seals it."""

from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand, progress_bar
from releases.actions import build_release, create_build, freeze_release


class Command(ProductCommand):
    help = "Build a draft release from the newest round; with --freeze, seal it. The last line is the release's name."
    example = "build_release --benchmark chest-radiograph --released 100 --holdout 100 --seed 7 --freeze"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--released", type=int, help="studies to release (default: the benchmark's)")
        parser.add_argument("--holdout", type=int, help="studies to hold out (default: the benchmark's)")
        parser.add_argument("--seed", type=int, default=1, help="of the selection; the split has a secret of its own")
        parser.add_argument("--freeze", action="store_true", help="seal the release; it never changes after")

    def work(self, **options: Any) -> None:
        build = create_build(
            benchmark=benchmark_by_slug(options["benchmark"]),
            released=options["released"],
            holdout=options["holdout"],
            seed=options["seed"],
            by=None,
        )
        with progress_bar() as bar:
            bar.add_task("Selecting and splitting", total=None)
            release = build_release(run_id=build.pk)
        if options["freeze"] and release.is_draft:
            release = freeze_release(release=release, name=release.name, by=None)
        self.say(
            f"{release.n_eligible} studies eligible by {release.rule['text']}; {release.n_released} released, "
            f"{release.n_holdout} held out; {release.get_state_display().lower()}."
        )
        self.say(release.name)
