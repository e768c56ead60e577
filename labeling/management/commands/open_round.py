"""open_round: deal the newest sample to readers."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.actions import ensure_reader
from accounts.models import Role, User
from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand
from labeling.actions import newest_sample, open_round
from labeling.adapters.csv_files import read_readers
from labeling.models import ShowReport
from labeling.queries import readers_of, same_round


class Command(ProductCommand):
    help = (
        "Open a reading round on the benchmark's newest sample: every study to the same number of distinct readers, "
        "loads equal to within one. The readers' file has the columns username,name,email[,site,max_reads]; readers it "
        "does not know become accounts without a password. The same call again finds the round it opened."
    )
    example = "open_round --benchmark chest-radiograph --readers readers.csv --reads-per-study 3 --seed 7"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, metavar="SLUG", help="the benchmark")
        parser.add_argument("--readers", required=True, metavar="FILE.csv|all", help="who reads; all = every reader")
        parser.add_argument("--reads-per-study", type=int, help="distinct readers of each study (default: definition)")
        parser.add_argument("--seed", type=int, default=0, help="the same seed deals the same way (default 0)")
        parser.add_argument("--show-report", choices=ShowReport.values, help="(default: the benchmark's definition)")
        parser.add_argument("--exclude-own-site", action="store_true", help="nobody reads studies of their own site")

    @transaction.atomic
    def work(self, **options: Any) -> None:
        benchmark = benchmark_by_slug(options["benchmark"])
        readers, max_reads = _readers(options["readers"])
        reading = benchmark.settings["reading"]
        settings: dict[str, Any] = {
            "sampling_run": newest_sample(benchmark),
            "readers": readers,
            "max_reads": max_reads,
            "reads_per_study": options["reads_per_study"] or reading["reads_per_study"],
            "show_report": options["show_report"] or reading["show_report"],
            "exclude_own_site": options["exclude_own_site"],
            "seed": options["seed"],
        }
        if same := same_round(**settings):
            self.say(f"{same} ({same.state}) has these settings and readers already; nothing was opened.")
            return
        opened = open_round(benchmark=benchmark, by=None, now=timezone.now(), **settings)
        loads = [item.total for item in readers_of(opened)]
        studies = opened.studies.count()
        self.say(
            f"{opened} is open: {studies} studies, {len(readers)} readers, {opened.reads_per_study} reads per study; "
            f"each reader has {min(loads)} to {max(loads)} cases."
        )


def _readers(source: str) -> tuple[list[User], dict[int, int]]:
    """The people and their caps: everybody who may read, or those of a roster (made where they lack)."""
    if source == "all":
        return list(User.objects.filter(role=Role.READER, is_active=True).order_by("username")), {}
    readers, caps = [], {}
    for row in read_readers(Path(source)):
        user = ensure_reader(username=row.username, name=row.name, email=row.email, site=row.site, by=None)
        readers.append(user)
        if row.max_reads is not None:
            caps[user.pk] = row.max_reads
    return readers, caps
