"""import_gold FILE.csv --benchmark SLUG --name NAME: labels that people vouch for, to judge pipelines by."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from core.commands import REFUSED, ProductCommand
from llm_extract.actions import import_gold

SHOWN = 50


class Command(ProductCommand):
    help = (
        "Import a gold set: study_id[,site],label,status, or study_id[,site] and a column per label (1, 0, -1, empty). "
        "The same file under the same name again changes nothing; a refused row is named with its line."
    )
    example = "import_gold gold.csv --benchmark chest-radiograph --name radiologists-2026"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the labels, a CSV file")
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--name", required=True, help="name of the gold set, at most 80 characters")

    def work(self, **options: Any) -> int | None:
        path: Path = options["file"]
        done = import_gold(
            benchmark=benchmark_by_slug(options["benchmark"]),
            name=options["name"],
            file=path,
            file_name=path.name,
            by=None,
        )
        for row in done.refused[:SHOWN]:
            self.stderr.write(row.message)
        if len(done.refused) > SHOWN:
            self.stderr.write(f"… and {len(done.refused) - SHOWN} more.")
        labels = done.gold_set.labels
        became = "imported" if done.is_new else "unchanged"
        self.say(
            f"Gold set {done.gold_set}: {labels.values('study').distinct().count()} studies, {labels.count()} labels "
            f"{became}, {len(done.refused)} rows rejected."
        )
        return REFUSED if done.refused else None
