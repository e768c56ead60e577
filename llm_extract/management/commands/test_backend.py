"""test_backend NAME: asks a backend's server a tiny question and keeps the structured mode that works."""

from typing import Any

from django.core.management.base import CommandParser

from core.commands import ProductCommand
from llm_extract.actions.backends import try_connection
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models import Backend


class Command(ProductCommand):
    help = "Test a backend's connection: which structured mode works, how fast, and whether tokens are counted."
    example = "test_backend gpt-4o"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the backend's name")

    def work(self, **options: Any) -> int | None:
        backend = Backend.objects.filter(name=options["name"]).first()
        if backend is None:
            known = ", ".join(Backend.objects.values_list("name", flat=True)) or "none yet"
            raise ExtractionRefusedError(f"There is no backend {options['name']!r}; there are: {known}.")
        found = try_connection(backend=backend, by=None)
        self.say(found.sentence)
        return None if found.structured_mode else 1
