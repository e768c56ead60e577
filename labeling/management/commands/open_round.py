"""open_round: deal the newest sample to readers."""

from argparse import BooleanOptionalAction
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.actions import ensure_reader
from accounts.models import Role, User
from benchmarks.models import Benchmark
from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand
from labeling.actions import ControlArms, ReadingRules, Training, arms_of, newest_sample, open_round
from labeling.adapters.csv_files import read_readers
from labeling.models import ShowReport, TrainingSet
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
        parser.add_argument(
            "--hide-suggestions-fraction",
            type=float,
            metavar="F",
            help="extra reads without suggestions, per read, 0 to 1 (default: definition)",
        )
        parser.add_argument(
            "--seeded-error-fraction",
            type=float,
            metavar="F",
            help="extra reads with a planted wrong suggestion, per read, 0 to 1 (default: definition)",
        )
        parser.add_argument(
            "--repeat-fraction",
            type=float,
            metavar="F",
            help="extra reads of a reader's own earlier cases, per read, 0 to 0.5 (default: definition)",
        )
        parser.add_argument("--training-set", metavar="NAME", help="worked cases that every reader gets first")
        parser.add_argument("--require-training", action="store_true", help="no other case opens before they are done")
        parser.add_argument("--training-pass-mark", type=int, metavar="PERCENT", help="how many must end at the answer")
        parser.add_argument(
            "--semi-collaborative",
            action=BooleanOptionalAction,
            help="others' verdicts appear once one's own is in (default: definition)",
        )
        parser.add_argument("--require-corrections", action="store_true", help="2 and 3 need a label struck or added")
        parser.add_argument("--require-comment", action="store_true", help="2 and 3 need a comment")
        parser.add_argument("--may-be-bare", action="store_true", help="2 and 3 need neither a label nor a comment")
        parser.add_argument(
            "--open-to-all", action="store_true", help="no dealing: each reader takes the next case, on loan"
        )
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
        arms = _arms(arms_of(benchmark), options)
        training = _training(benchmark, options)
        rules = ReadingRules(
            options["semi_collaborative"],
            options["require_corrections"],
            options["require_comment"],
            options["open_to_all"],
            options["may_be_bare"],
        )
        columns: dict[str, Any] = {**asdict(arms), **training.settings, **rules.settings(benchmark)}
        if same := same_round(**settings, **columns):
            self.say(f"{same} ({same.state}) has these settings and readers already; nothing was opened.")
            return
        settings |= {"arms": arms, "training": training, "rules": rules}
        opened = open_round(benchmark=benchmark, by=None, now=timezone.now(), **settings)
        studies = opened.studies.to_read().count()
        if opened.is_open_to_all:
            self.say(
                f"{opened} is open to {_of(len(readers), 'reader')}: {_studies(studies)}, "
                f"{_of(opened.reads_per_study, 'read')} per study; each reader takes the next case."
            )
            return
        loads = [item.total for item in readers_of(opened)]
        extra = opened.slots.controls().count()
        self.say(
            f"{opened} is open: {_studies(studies)}, {_of(len(readers), 'reader')}, "
            f"{_of(opened.reads_per_study, 'read')} per study; "
            f"each reader has {'' if min(loads) == max(loads) else f'{min(loads)} to '}{_of(max(loads), 'case')}"
            + (" after those of the training" if opened.training_set_id else "")
            + (f", and {_of(extra, 'extra read')} that never count are mixed in." if extra else ".")
        )


def _of(count: int, one: str) -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"


def _studies(count: int) -> str:
    return "1 study" if count == 1 else f"{count} studies"


def _training(benchmark: Benchmark, options: dict[str, Any]) -> Training:
    name = options["training_set"]
    found = TrainingSet.objects.filter(benchmark=benchmark, name=name).first() if name else None
    if name and found is None:
        raise CommandError(
            f"The benchmark {benchmark.slug} has no training set {name!r}; make it with import_training."
        )
    return Training(found, options["require_training"], options["training_pass_mark"])


def _arms(arms: ControlArms, options: dict[str, Any]) -> ControlArms:
    """The definition's control arms with those given on the command line; CommandError outside their range."""
    given = {}
    for field, most in (("hide_suggestions_fraction", 1), ("seeded_error_fraction", 1), ("repeat_fraction", 0.5)):
        if (value := options[field]) is None:
            continue
        if not 0 <= value <= most:
            raise CommandError(f"--{field.replace('_', '-')} is {value:g}; it must be from 0 to {most:g}.")
        given[field] = value
    return replace(arms, **given)


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
