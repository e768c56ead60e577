"""export_reads: the standing verdicts of a round."""

from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand, file_to_write
from labeling.actions import round_to_use
from labeling.adapters.csv_files import CONTROL_COLUMNS, MARKS_HEADER, READS_HEADER, write_rows
from labeling.queries import mark_rows, read_rows


class Command(ProductCommand):
    help = (
        "Write the standing verdicts of the benchmark's newest round: study_id,reader,verdict,corrections,comment,"
        "submitted_at (and site where ambiguous). Studies of a frozen holdout are left out."
    )
    example = "export_reads --benchmark chest-radiograph --out reads.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark")
        parser.add_argument("--round", type=int, metavar="N", help="the round's number (default: the newest)")
        parser.add_argument("--out", required=True, type=file_to_write, metavar="FILE.csv", help="the file to write")

        parser.add_argument(
            "--with-controls",
            action="store_true",
            help="also the reads that never count, and on each row arm, planted and site",
        )

        parser.add_argument(
            "--marks", type=file_to_write, metavar="FILE.csv", help="also write what was marked on the pictures"
        )

    def work(self, **options: Any) -> None:
        round_ = round_to_use(benchmark_by_slug(options["benchmark"]), options["round"])
        rows = list(read_rows(round_, user=None, with_controls=options["with_controls"]))
        header = (*READS_HEADER, *CONTROL_COLUMNS) if options["with_controls"] else READS_HEADER
        count = write_rows(options["out"], header, rows)
        self.say(f"{count} reads of {round_} written to {options['out']}.")
        if options["marks"]:
            count = write_rows(options["marks"], MARKS_HEADER, list(mark_rows(round_, user=None)))
            self.say(f"{count} marks written to {options['marks']}.")
