"""export_suggestions --benchmark SLUG --out FILE.csv: the newest suggestions, for other tools."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import User
from benchmarks.queries import benchmark_by_slug
from core.adapters.tables import write_table
from core.commands import ProductCommand, file_to_write
from llm_extract.actions import note_sealed_export
from llm_extract.queries import suggestion_rows


class Command(ProductCommand):
    help = "Write the newest suggestions of every study in the pool as CSV (study_id,label,status,confidence,evidence,site)."
    example = "export_suggestions --benchmark chest-radiograph --out suggestions.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--out", type=file_to_write, required=True, help="the file to write")
        parser.add_argument(
            "--admin", help="username of the admin who wants a sealed holdout too; the audit trail says so"
        )

    def work(self, **options: Any) -> None:
        benchmark = benchmark_by_slug(options["benchmark"])
        with_sealed = options["admin"] is not None
        if with_sealed:
            note_sealed_export(benchmark=benchmark, by=User.objects.filter(username=options["admin"]).first())
        rows = (
            (study_id, label, status, confidence, evidence, site)
            for study_id, site, label, status, confidence, evidence in suggestion_rows(
                benchmark, with_sealed=with_sealed
            )
        )
        header = ("study_id", "label", "status", "confidence", "evidence", "site")
        count = write_table(options["out"], header, rows)
        self.say(f"{count} rows written to {options['out']}.")
