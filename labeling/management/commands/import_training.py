"""import_training: worked cases that a round may begin with."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from benchmarks.queries import benchmark_by_slug
from core.commands import REFUSED, ProductCommand
from labeling.actions import create_training_set, import_training_cases


class Command(ProductCommand):
    help = (
        "Put worked cases into a training set of the benchmark, made where there is none of that name: "
        "study_id,labels,explanation[,site], labels as keys joined by semicolons. Importing a file twice changes "
        "nothing; a row that is refused is named with its line, the good ones are in, and the exit code is 1."
    )
    example = "import_training answers.csv --benchmark chest-radiograph --name Calibration"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the worked cases, a CSV file")
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark")
        parser.add_argument("--name", required=True, help="the training set's name")

    def work(self, **options: Any) -> int | None:
        benchmark, path, now = benchmark_by_slug(options["benchmark"]), options["file"], timezone.now()
        training_set = create_training_set(benchmark=benchmark, name=options["name"], by=None, now=now)
        done = import_training_cases(training_set=training_set, file=path, file_name=path.name, by=None, now=now)
        for _, sentence in done.problems:
            self.stderr.write(sentence)
        self.say(
            f"{training_set}: {done.added} cases added, {done.unchanged} unchanged, {len(done.problems)} rejected."
        )
        return REFUSED if done.problems else None
