"""draw_sample --benchmark SLUG --size N --seed S: a sampling run."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from core.adapters.tables import write_table
from core.commands import ProductCommand, progress_bar
from sampling.actions import create_sampling_run, draw, same_draw
from sampling.models import SamplingRun


class Command(ProductCommand):
    help = "Pick the studies worth an expert's time: one per patient, every label, normals kept, each with its reasons."
    example = "draw_sample --benchmark chest-radiograph --size 1000 --seed 7 --out sample.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--size", type=int, help="studies to pick (default: the benchmark's sample.size)")
        parser.add_argument("--seed", type=int, default=1, help="the same pool, size and seed give the same sample")
        parser.add_argument("--out", type=Path, help="also write study_id,rank,reasons,inclusion_probability,site here")

    def work(self, **options: Any) -> None:
        benchmark = benchmark_by_slug(options["benchmark"])
        size = options["size"] if options["size"] is not None else benchmark.settings["sample"]["size"]
        run = same_draw(benchmark=benchmark, size=size, seed=options["seed"])
        if run is not None:
            self.say(
                f"Sampling run {run.pk} drew these {run.done} studies already; nothing in the pool has changed since."
            )
        else:
            run = create_sampling_run(benchmark=benchmark, size=size, seed=options["seed"], by=None)
            with progress_bar() as bar:
                bar.add_task("Solving", total=None)
                draw(run_id=run.pk)
            run.refresh_from_db()
            self.say(f"{run.done} studies picked from {run.pool_size}. (Sampling run {run.pk})")
        for row in run.buckets:
            if row["group"] == "label" and row["have"] < row["target"]:
                self.say(f"  {row['name']}: {row['have']} of {row['target']}; the pool has {row['pool']}.")
        if options["out"]:
            self._write(options["out"], run)

    def _write(self, out: Path, run: SamplingRun) -> None:
        picks = run.sampled_studies.select_related("study__site").order_by("rank")
        rows = (
            (one.study.study_id, one.rank, "; ".join(one.reasons), one.inclusion_probability, one.study.site.code)
            for one in picks
        )
        count = write_table(out, ("study_id", "rank", "reasons", "inclusion_probability", "site"), rows)
        self.say(f"{count} rows written to {out}.")
