"""export_findings --benchmark SLUG --format jsonl|radgraph|lunguage --out FILE: the findings, for other tools."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import User
from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand, file_to_write
from llm_extract.actions import note_sealed_export
from llm_extract.views.formats import FINDING_FORMATS, FORMATS


class Command(ProductCommand):
    help = "Write the findings of the newest extraction of every study in the pool, as JSON lines, RadGraph or Lunguage style."
    example = "export_findings --benchmark chest-radiograph --format radgraph --out findings.jsonl"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--format", choices=FINDING_FORMATS, default="jsonl", help="default: jsonl")
        parser.add_argument("--out", type=file_to_write, required=True, help="the file to write")
        parser.add_argument(
            "--admin", help="username of the admin who wants a sealed holdout too; the audit trail says so"
        )

    def work(self, **options: Any) -> None:
        benchmark = benchmark_by_slug(options["benchmark"])
        with_sealed = options["admin"] is not None
        if with_sealed:
            note_sealed_export(benchmark=benchmark, by=User.objects.filter(username=options["admin"]).first())
        count = write_lines(options["out"], FORMATS[options["format"]].lines(benchmark, with_sealed))
        self.say(f"{count} lines written to {options['out']}.")


def write_lines(path: Path, lines: Any) -> int:
    """Writes lines and returns how many; the file appears whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    count = 0
    with partial.open("w", encoding="utf-8", newline="") as file:
        for line in lines:
            file.write(line)
            count += 1
    partial.replace(path)
    return count
