"""extract_labels --benchmark SLUG: findings and suggestions for every study that lacks them."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import CommandError, CommandParser

from benchmarks.queries import benchmark_by_slug
from core.commands import ProductCommand, progress_bar
from llm_extract.actions import (
    PipelineChoice,
    create_extraction_run,
    ensure_shipped_prompts,
    extract_labels,
    retry_failures,
)
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models import ExtractionRun, Prompt, Stage
from llm_extract.queries.money import spend_of


class Command(ProductCommand):
    help = "Read every report of the benchmark's pool that lacks suggestions. Running it again does only what is left."
    example = "extract_labels --benchmark chest-radiograph"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--extractor", default="rules", help="backend that reads reports (default: rules)")
        parser.add_argument("--mapper", default="vocabulary", help="backend that maps findings to labels")
        parser.add_argument("--limit", type=int, help="stop after so many reports")
        parser.add_argument("--extractor-prompt", metavar="NAME[:VERSION]", help="instead of the promoted one")
        parser.add_argument(
            "--further-prompt",
            action="append",
            metavar="NAME[:VERSION]",
            help="reads every report too; may be repeated",
        )
        parser.add_argument("--mapper-prompt", metavar="NAME[:VERSION]", help="instead of the promoted one")
        parser.add_argument("--samples", type=int, default=1, help="how often each report is read, 1 to 9")
        parser.add_argument("--map-all", action="store_true", help="the mapper's model maps every finding")
        parser.add_argument("--in-batches", action="store_true", help="by the server's Batch API, within a day")
        parser.add_argument("--max-cost", type=money, help="stop before this cost, in the backend's currency")
        parser.add_argument("--max-tokens", type=int, help="stop before so many tokens")
        parser.add_argument("--max-requests", type=int, help="stop before so many requests")
        parser.add_argument(
            "--retry", type=int, metavar="RUN", help="only the reports on which this run failed, as it was"
        )

    def work(self, **options: Any) -> int | None:
        for name in ("limit", "samples", "max_tokens", "max_requests"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(
                    f"--{name.replace('_', '-')} is {options[name]}; it must be 1 or more.", returncode=2
                )
        run = _run(options)
        with progress_bar() as bar:
            line = bar.add_task("Reading reports", total=None)
            extract_labels(run_id=run.pk, progress=lambda done, total: bar.update(line, completed=done, total=total))
        run.refresh_from_db()
        counts = run.counts
        self.say(
            f"{counts.get('reports', 0)} reports read: {counts.get('with_findings', 0)} with suggested labels, "
            f"{counts.get('normal', 0)} normal, {counts.get('findings', 0)} findings. (Extraction run {run.pk})"
        )
        if failed := counts.get("failed", 0):
            self.say(
                f"{failed} reports could not be read; the run's page says why. Ask anew with: extract_labels --benchmark "
                f"{options['benchmark']} --retry {run.pk}"
            )
        if run.uses_models:
            self.say(f"Spent: {spend_of(run).sentence}.")
        if run.state == "paused":
            self.say(run.message)
        return 1 if failed or run.state == "paused" else None


def _run(options: dict[str, Any]) -> ExtractionRun:
    """A new run as asked, or one over the failures of an earlier one."""
    benchmark = benchmark_by_slug(options["benchmark"])
    if options["retry"] is None:
        return create_extraction_run(benchmark=benchmark, choice=_choice(options), limit=options["limit"], by=None)
    failed = ExtractionRun.objects.filter(pk=options["retry"], benchmark=benchmark).first()
    if failed is None:
        raise ExtractionRefusedError(
            f"{benchmark} has no extraction run {options['retry']}; its page names its number."
        )
    return retry_failures(run=failed, by=None)


def money(text: str) -> Decimal:
    """An amount of money, 0 or more."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError from None
    if not amount.is_finite() or amount < 0:
        raise ValueError
    return amount


def _choice(options: dict[str, Any]) -> PipelineChoice:
    return PipelineChoice(
        extractor=options["extractor"],
        mapper=options["mapper"],
        extractor_prompt=_prompt(Stage.EXTRACT, options["extractor_prompt"]),
        mapper_prompt=_prompt(Stage.MAP, options["mapper_prompt"]),
        further_prompts=tuple(one for name in options["further_prompt"] or () if (one := _prompt(Stage.EXTRACT, name))),
        samples=options["samples"],
        maps_all=options["map_all"],
        in_batches=options["in_batches"],
        max_cost=options["max_cost"],
        max_tokens=options["max_tokens"],
        max_requests=options["max_requests"],
    )


def _prompt(stage: Stage, wanted: str | None) -> Prompt | None:
    """The prompt named, in its newest version unless one is given. Raises ExtractionRefusedError naming those there are."""
    if not wanted:
        return None
    ensure_shipped_prompts()
    name, _, version = wanted.partition(":")
    found = Prompt.objects.filter(stage=stage, name=name)
    if version:
        found = found.filter(version=int(version) if version.isascii() and version.isdigit() else 0)
    prompt = found.order_by("-version").first()
    if prompt is None:
        known = ", ".join(f"{one.name}:{one.version}" for one in Prompt.objects.filter(stage=stage))
        raise ExtractionRefusedError(f"There is no prompt {wanted!r} for this stage; there are: {known}.")
    return prompt
