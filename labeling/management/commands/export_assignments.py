"""export_assignments: who reads what."""

from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand, file_to_write
from labeling.actions import round_to_use
from labeling.adapters.csv_files import ASSIGNMENTS_HEADER, write_rows
from labeling.queries import assignment_rows


class Command(ProductCommand):
    help = "Write who reads what in the benchmark's newest round: study_id,reader,position (and site where ambiguous)."
    example = "export_assignments --benchmark chest-radiograph --out assignments.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark")
        parser.add_argument("--round", type=int, metavar="N", help="the round's number (default: the newest)")
        parser.add_argument("--out", required=True, type=file_to_write, metavar="FILE.csv", help="the file to write")

    def work(self, **options: Any) -> None:
        round_ = round_to_use(benchmark_by_slug(options["benchmark"]), options["round"])
        rows = list(assignment_rows(round_, user=None))
        count = write_rows(options["out"], ASSIGNMENTS_HEADER, rows)
        self.say(f"{count} assignments of {round_} written to {options['out']}.")
