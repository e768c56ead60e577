"""extract_labels --benchmark SLUG: findings and suggestions for every study that lacks them."""

from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand, progress_bar
from llm_extract.actions import PipelineChoice, create_extraction_run, extract_labels


class Command(ProductCommand):
    help = "Read every report of the benchmark's pool that lacks suggestions. Running it again does only what is left."
    example = "extract_labels --benchmark chest-radiograph"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--extractor", default="rules", help="backend that reads reports (default: rules)")
        parser.add_argument("--mapper", default="vocabulary", help="backend that maps findings to labels")
        parser.add_argument("--limit", type=int, help="stop after so many reports")

    def work(self, **options: Any) -> None:
        run = create_extraction_run(
            benchmark=benchmark_by_slug(options["benchmark"]),
            choice=PipelineChoice(extractor=options["extractor"], mapper=options["mapper"]),
            limit=options["limit"],
            by=None,
        )
        with progress_bar() as bar:
            line = bar.add_task("Reading reports", total=None)
            extract_labels(run_id=run.pk, progress=lambda done, total: bar.update(line, completed=done, total=total))
        run.refresh_from_db()
        counts = run.counts
        self.say(
            f"{counts.get('reports', 0)} reports read: {counts.get('with_findings', 0)} with suggested labels, "
            f"{counts.get('normal', 0)} normal, {counts.get('findings', 0)} findings. (Extraction run {run.pk})"
        )
