"""deal_in: readers who come late take over some of what the others have not read."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.actions import ensure_reader
from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand
from labeling.actions import deal_in_reader, round_to_use
from labeling.adapters.csv_files import read_readers


class Command(ProductCommand):
    help = (
        "Deal late readers into an open round: each takes over pending reads of the others until what is left to read is "
        "level. Verdicts and cases that somebody has begun stay. The readers' file is that of open_round; readers it does "
        "not know become accounts without a password. The same call again moves nothing."
    )
    example = "deal_in --benchmark chest-radiograph --readers late.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark")
        parser.add_argument("--readers", required=True, metavar="FILE.csv", help="who comes late")
        parser.add_argument("--round", type=int, metavar="N", help="the round's number (default: the newest)")

    @transaction.atomic
    def work(self, **options: Any) -> None:
        round_ = round_to_use(benchmark_by_slug(options["benchmark"]), options["round"])
        for row in read_readers(Path(options["readers"])):
            reader = ensure_reader(username=row.username, name=row.name, email=row.email, site=row.site, by=None)
            done = deal_in_reader(round_=round_, reader=reader, max_reads=row.max_reads, by=None, now=timezone.now())
            self.say(f"{reader.username} got {done.words}.")
