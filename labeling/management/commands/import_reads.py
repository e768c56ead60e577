"""import_reads: verdicts from other tools."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from benchmarks.queries import benchmark_by_slug
from core.commands import REFUSED, ProductCommand
from labeling.actions import import_reads
from labeling.adapters.csv_files import read_reads

_SHOWN = 50


class Command(ProductCommand):
    help = (
        "Import verdicts into the benchmark's newest round: study_id,reader,verdict,corrections,comment,submitted_at"
        "[,site], corrections as +key;-key. Importing a file twice changes nothing; a row that is refused is named with "
        "its line, the good ones are in, and the exit code is 1."
    )
    example = "import_reads verdicts.csv --benchmark chest-radiograph --create-round"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the verdicts, a CSV file")
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark")
        parser.add_argument("--round", type=int, metavar="N", help="the round's number (default: the newest)")
        parser.add_argument(
            "--create-round",
            action="store_true",
            help="open a round that fits the file; unknown readers become accounts",
        )

    def work(self, **options: Any) -> int | None:
        benchmark = benchmark_by_slug(options["benchmark"])
        path = options["file"]
        rows, refused = read_reads(path)
        done = import_reads(
            benchmark=benchmark,
            rows=rows,
            number=options["round"],
            create=options["create_round"],
            by=None,
            now=timezone.now(),
        )
        problems = sorted((*refused, *done.problems), key=lambda problem: problem.line)
        for problem in problems[:_SHOWN]:
            self.stderr.write(f"{path.name}, line {problem.line}: {problem.message}")
        if len(problems) > _SHOWN:
            self.stderr.write(f"… and {len(problems) - _SHOWN} more.")
        where = f" into {done.round}" if done.round else ""
        self.say(f"Reads{where}: {done.imported} imported, {done.unchanged} unchanged, {len(problems)} rejected.")
        return REFUSED if problems else None
