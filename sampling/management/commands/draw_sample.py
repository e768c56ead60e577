"""draw_sample --benchmark SLUG --size N --seed S: a sampling run."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from benchmarks.queries import benchmark_by_slug
from core.adapters.tables import TableError, write_table
from core.commands import ProductCommand, file_to_write, progress_bar
from sampling.actions import SampleRefusedError, Wishes, create_sampling_run, draw, same_draw
from sampling.adapters.clusters import read_clusters, read_near_duplicates
from sampling.design import BucketRow
from sampling.models import SamplingRun
from sampling.planning import shortage


class Command(ProductCommand):
    help = "Pick the studies worth an expert's time: one per patient, every label, normals kept, each with its reasons."
    example = "draw_sample --benchmark chest-radiograph --size 1000 --seed 7 --out sample.csv"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--benchmark", required=True, help="slug of the benchmark")
        parser.add_argument("--size", type=int, help="studies to pick (default: the benchmark's sample.size)")
        parser.add_argument("--seed", type=int, default=1, help="the same pool, size and seed give the same sample")
        parser.add_argument("--keep", type=Path, metavar="FILE", help="studies to be picked in any case, one a line")
        parser.add_argument("--exclude", type=Path, metavar="FILE", help="studies to be left out, one a line")
        parser.add_argument(
            "--clusters", type=Path, metavar="FILE.csv", help="study_id,cluster[,site]: two of each wanted"
        )
        parser.add_argument(
            "--near-duplicates",
            type=Path,
            metavar="FILE.csv",
            help="study_id,cluster[,site] or study_id,image_hash[,site]: one of each at most",
        )
        parser.add_argument(
            "--target", action="append", default=[], metavar="LABEL=N", help="another target for a label (repeatable)"
        )
        parser.add_argument(
            "--out", type=file_to_write, help="also write study_id,rank,reasons,inclusion_probability,site here"
        )

    def work(self, **options: Any) -> None:
        benchmark = benchmark_by_slug(options["benchmark"])
        size = options["size"] if options["size"] is not None else benchmark.settings["sample"]["size"]
        wishes = _wishes(options)
        run = same_draw(benchmark=benchmark, size=size, seed=options["seed"], wishes=wishes)
        if run is not None:
            self.say(
                f"Sampling run {run.pk} drew these {run.done} studies already; nothing in the pool has changed since."
            )
        else:
            run = create_sampling_run(benchmark=benchmark, size=size, seed=options["seed"], wishes=wishes, by=None)
            with progress_bar() as bar:
                bar.add_task("Solving", total=None)
                draw(run_id=run.pk)
            run.refresh_from_db()
            self.say(f"{run.done} studies picked from {run.pool_size}. (Sampling run {run.pk})")
        for row in run.buckets:
            if row["group"] == "label" and (words := shortage(BucketRow(**row))):
                self.say(f"  {words}")
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


def _wishes(options: dict[str, Any]) -> Wishes:
    """The files and targets asked for. Refuses a target that is no number and a file that cannot be read."""
    targets = {}
    for text in options["target"]:
        key, _, number = text.partition("=")
        if not number.isdecimal():
            raise SampleRefusedError(f"--target {text} is not LABEL=N, such as pneumothorax=60.")
        targets[key] = int(number)
    clusters, near = options["clusters"], options["near_duplicates"]
    try:
        names = [
            path.read_text(encoding="utf-8").splitlines() if path else []
            for path in (options["keep"], options["exclude"])
        ]
        found = read_clusters(clusters, name=clusters.name) if clusters else {}
        groups = read_near_duplicates(near, name=near.name) if near else {}
    except (OSError, UnicodeDecodeError, TableError) as error:
        raise SampleRefusedError(f"A list of studies cannot be read: {error}") from error
    return Wishes(label_targets=targets, locked=names[0], excluded=names[1], clusters=found, near_duplicates=groups)
