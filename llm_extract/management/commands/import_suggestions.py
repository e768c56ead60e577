"""import_suggestions FILE.csv --benchmark SLUG: suggestions from another tool."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from benchmarks.queries import benchmark_by_slug, current_taxonomy, labels_by_key
from cases.actions import get_or_create_site
from core.adapters.tables import BadRow, TableError, read_table
from core.commands import REFUSED, ProductCommand
from llm_extract.actions import import_suggestions
from llm_extract.suggestion_rows import RefusedRow, SuggestionRow, parse_row

SHOWN = 50


class Command(ProductCommand):
    help = (
        "Import suggestions: study_id,label,status,confidence,evidence[,site,patient_id]. A study with nothing suggested "
        "is one row with an empty label. Importing a file twice changes nothing; a refused row is named with its line."
    )
    example = "import_suggestions suggestions.csv --benchmark chest-radiograph --site north"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the suggestions, a CSV file")
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument(
            "--site",
            help="site of rows that name none; studies that their site does not know are made, without images or report",
        )

    def work(self, **options: Any) -> int | None:
        benchmark = benchmark_by_slug(options["benchmark"])
        labels = labels_by_key(current_taxonomy(benchmark))
        path: Path = options["file"]
        try:
            rows = list(
                read_table(
                    path,
                    name=path.name,
                    required=("study_id", "label", "status"),
                    optional=("confidence", "evidence", "site", "patient_id"),
                )
            )
        except TableError as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        bad = [RefusedRow(row.line, row.column, row.value, row.message) for row in rows if isinstance(row, BadRow)]
        parsed = [parse_row(row.line, row.cells, labels) for row in rows if not isinstance(row, BadRow)]
        done = import_suggestions(
            benchmark=benchmark,
            rows=[row for row in parsed if isinstance(row, SuggestionRow)],
            site=get_or_create_site(code=options["site"]) if options["site"] else None,
            by=None,
        )
        refused = sorted([*bad, *(r for r in parsed if isinstance(r, RefusedRow)), *done.refused], key=lambda r: r.line)
        for row in refused[:SHOWN]:
            self.stderr.write(f"{path.name}, line {row.line}: {row.message}")
        if len(refused) > SHOWN:
            self.stderr.write(f"… and {len(refused) - SHOWN} more.")
        made = f" ({done.new_studies} new studies)" if done.new_studies else ""
        self.say(
            f"Suggestions: {done.imported} studies imported{made}, {done.unchanged} unchanged, {len(refused)} rows rejected."
        )
        return REFUSED if refused else None
