"""agreement --benchmark SLUG --out FILE.json: every agreement figure with its interval."""

import json
from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from consensus.actions import compute_agreement, create_agreement_run
from consensus.queries import newest_round
from core.commands import ProductCommand, file_to_write, progress_bar


class Command(ProductCommand):
    help = "Compute how far the readers of the newest round agree, on verdicts and on each label, with 95 % intervals."
    example = "agreement --benchmark chest-radiograph --out agreement.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--out", type=file_to_write, required=True, help="the JSON file to write")

    def work(self, **options: Any) -> None:
        round_ = newest_round(benchmark_by_slug(options["benchmark"]))
        run = create_agreement_run(round_=round_, by=None)
        with progress_bar() as bar:
            bar.add_task("Computing agreement", total=None)
            run = compute_agreement(run_id=run.pk)
        options["out"].write_text(json.dumps(run.result, indent=2) + "\n", encoding="utf-8")
        result = run.result
        self.say(
            f"{result['n_reads']} reads of {result['n_studies']} studies by {result['n_readers']} readers; "
            f"{result['eligible']} studies eligible. Written to {options['out']}."
        )
