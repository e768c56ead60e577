"""create_benchmark FILE.yaml: load or update a definition."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from benchmarks.actions import load_benchmark
from benchmarks.adapters.yaml_file import read_definition
from benchmarks.definition import DefinitionError
from core.commands import REFUSED, ProductCommand


class Command(ProductCommand):
    help = "Load or update a benchmark's definition. A changed taxonomy becomes a new version; the same file changes nothing."
    example = "create_benchmark benchmarks/definitions/chest-radiograph.yaml"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the definition, a YAML file")

    def work(self, **options: Any) -> None:
        try:
            definition = read_definition(options["file"])
        except DefinitionError as error:
            raise CommandError(str(error), returncode=REFUSED) from error
        loaded = load_benchmark(definition=definition, by=None)
        if loaded.is_new:
            did = "created"
        elif loaded.is_new_taxonomy:
            did = f"updated to taxonomy version {loaded.taxonomy.version}"
        else:
            did = "updated" if loaded.is_changed else "unchanged"
        self.say(f"Benchmark {loaded.benchmark.slug} {did}: {len(definition.labels)} labels.")
