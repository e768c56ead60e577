"""What a whole run costs over a bare loop: reports in, rows out, against the same questions asked with the SDK alone.

    python -m perf.extraction.run_overhead [--reports 3000] [--rounds 7] [--at-once 64] [--json OUT.json]

Makes its own database in a temporary folder (or uses an empty one named by DATABASE_URL) and an instant server in a process
of its own, the same for both. The bare loop is `AsyncOpenAI` as its documentation uses it behind a semaphore of 64, every
answer parsed as JSON; it sends exactly the messages and schema the run sends, and its start (the SDK's imports) is not
counted. The run is the product's: masking, prompts, caps, courier, answers kept, quotes grounded, second opinion, guards,
suggestions stored; the start and end of run and courier are part of its time. Both are tried on a few reports first. Every
round does both, in turn the one and the other first, and the figure is the median of the rounds' ratios.

Beside the clock stands the processor time per report: of the bare loop, of the worker, the courier and PostgreSQL together,
and of the server, which counts for neither. On two cores it is their sum that decides; PostgreSQL's is read from /proc, and
is left out where there is none or where DATABASE_URL names a server elsewhere.
"""

import argparse
import asyncio
import atexit
import gc
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from perf import processor_time
from perf.extraction.overhead import Instant, ask_bare, instant_server

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TARGET = 0.90
WARM_UP = 100
FINDING: dict[str, Any] = {
    "observation": "Pleural effusion",
    "status": "present",
    "certainty_words": None,
    "location": None,
    "laterality": "left",
    "severity": "mild",
    "size": None,
    "change": None,
    "temporality": "current",
    "section": "findings",
    "is_device": False,
    "sentences": [1],
    "quote": "small left pleural effusion",
}
ANSWER = json.dumps({"findings": [FINDING]})
FILLER = "The lungs are clear otherwise. The heart is of normal size. No pneumothorax. The bones are unremarkable."


@dataclass(frozen=True)
class Cost:
    """What one side took for a round's reports, in seconds: by the clock, and of the processor by process."""

    wall: float
    worker: float
    courier: float
    database: float
    server: float

    @property
    def processor(self) -> float:
        """Of all but the server."""
        return self.worker + self.courier + self.database


@dataclass(frozen=True)
class Round:
    """Both sides on `count` reports."""

    count: int
    bare: Cost
    run: Cost

    @property
    def ratio(self) -> float:
        """The run's throughput over the bare loop's."""
        return self.bare.wall / self.run.wall

    @property
    def line(self) -> str:
        """As a line of the table; processor times in ms per report."""
        bare, run = self.bare, self.run
        parts = (run.worker, run.courier, run.database, run.processor, bare.processor, run.server, bare.server)
        return (
            f"{self.count / bare.wall:>8.0f} {self.count / run.wall:>7.0f} {self.ratio:>6.2f}  "
            + " ".join(f"{1000 * part / self.count:>8.2f}" for part in parts)
            + f" {run.processor / bare.processor:>6.2f}"
        )


HEAD = (
    f"{'round':>5} {'bare/s':>8} {'run/s':>7} {'ratio':>6}  {'worker':>8} {'courier':>8} {'database':>8} {'run':>8} {'bare':>8}"
    f" {'its srv':>8} {'srv':>8} {'ratio':>6}   (processor time in ms per report)"
)


def main() -> int:
    """Print throughputs and ratios; 1 where the ratio is short of its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    os.environ["DATA_DIR"] = folder = tempfile.mkdtemp(prefix="overhead-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the embedded database has ended
    rounds = measure(options.reports, options.rounds, options.at_once)
    print(HEAD)
    for number, one in enumerate(rounds, start=1):
        print(f"{number:>5} {one.line}")
    ratio = statistics.median(one.ratio for one in rounds)
    processor = statistics.median(one.run.processor / one.bare.processor for one in rounds)
    print(f"median ratio {ratio:.1%}: {'reached' if ratio >= TARGET else 'short of'} the target of {TARGET:.0%}")
    print(f"median processor time of a run, server apart: {processor:.2f} times that of the bare loop")
    if options.json:
        figures = {"ratio": ratio, "processor": processor, "target": TARGET, "rounds": [asdict(one) for one in rounds]}
        options.json.write_text(json.dumps(figures) + "\n", "utf-8")
    return 0 if ratio >= TARGET else 1


def measure(count: int, rounds: int, at_once: int) -> list[Round]:
    """Both sides in every round, in turn the one and the other first, after a few reports to warm up."""
    import logging

    import django

    django.setup()
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for every request would slow the bare loop
    from django.core.management import call_command

    from config.bootstrap import prepare_database

    prepare_database(["manage.py", "migrate"])
    call_command("migrate", verbosity=0)
    call_command("create_benchmark", str(ROOT / "benchmarks" / "definitions" / "chest-radiograph.yaml"))
    measured = []
    with instant_server(ANSWER) as server:
        one_round(WARM_UP, 0, at_once, server)
        for number in range(1, rounds + 1):
            measured.append(one_round(count, number, at_once, server))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"round {number}: peak memory so far {peak:.0f} MB", flush=True)
    return measured


def one_round(count: int, number: int, at_once: int, server: Instant) -> Round:
    """Fresh reports, asked by both sides."""
    import_reports(count, number)
    questions = questions_of(count, number)
    sides: dict[str, Callable[[], object]] = {
        "bare": lambda: asyncio.run(ask_bare(server.url, questions, at_once, lambda answer: None)),
        "run": lambda: run_once(server.url, at_once),
    }
    order = ("bare", "run") if number % 2 else ("run", "bare")
    costs = {name: cost_of(sides[name], server) for name in order}
    return Round(count, costs["bare"], costs["run"])


def cost_of(work: Callable[[], object], server: Instant) -> Cost:
    """What some work takes."""
    gc.collect()
    before, began = _processor_times(server), time.perf_counter()
    work()
    wall = time.perf_counter() - began
    after = _processor_times(server)
    return Cost(wall, *(late - early for early, late in zip(before, after, strict=True)))


def _processor_times(server: Instant) -> tuple[float, float, float, float]:
    """Seconds so far: worker, couriers that have ended, database, server."""
    from django.conf import settings

    from core.adapters.embedded_postgres import EmbeddedPostgres

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    postmaster = None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(settings.DATA_DIR).server_pid()
    return (
        time.process_time(),
        children.ru_utime + children.ru_stime,
        processor_time.of_tree(postmaster) if postmaster else 0.0,
        processor_time.of_process(server.pid),
    )


def text_of(number: int, part: int) -> str:
    """The report of one study; no two are alike, nor are they once masked (six digits in a row would be an identifier)."""
    return f"FINDINGS: There is a small left pleural effusion. {FILLER} Image {number % 1000} of series {number // 1000}.{part}."


def import_reports(count: int, part: int) -> None:
    """A round's reports, through the product's own import."""
    from django.core.management import call_command

    path = Path(os.environ["DATA_DIR"]) / "reports.csv"
    lines = ["study_id,report_text", *(f"P{part}-{number},{text_of(number, part)}" for number in range(count))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    call_command("import_studies", "-", "--benchmark", "chest-radiograph", "--site", "PERF", "--reports", str(path))


def questions_of(count: int, part: int) -> list[Any]:
    """The very questions a run asks of these reports."""
    from benchmarks.models import Benchmark
    from llm_extract.actions.pipelines import scope_of
    from llm_extract.asking.extracting import ModelExtractor
    from llm_extract.asking.options import AskingOptions
    from llm_extract.asking.prompts import Stage, shipped_prompt
    from llm_extract.rules.vocabulary import vocabulary_for
    from llm_extract.stages import ReportText
    from tests.llm_extract.scripted_models import ScriptedModel

    scope = scope_of(Benchmark.objects.get().taxonomies.get())
    model = ScriptedModel(lambda question: ANSWER)
    prompts = (shipped_prompt(Stage.EXTRACT, "findings"),)
    extractor = ModelExtractor(model, prompts, scope, vocabulary_for(scope.body_part), AskingOptions())
    list(extractor.extract(ReportText(number, text_of(number, part)) for number in range(count)))
    if len({question.key for question in model.asked}) != count:
        raise SystemExit("Some of the reports lead to the same question, which a run asks only once.")
    return model.asked


def run_once(url: str, at_once: int) -> None:
    """A run over the reports that lack suggestions."""
    from benchmarks.models import Benchmark
    from llm_extract.actions import PipelineChoice, create_extraction_run, extract_labels
    from llm_extract.models import Backend, ModelAnswer

    Backend.objects.get_or_create(
        name="instant",
        defaults={
            "model": "fake",
            "base_url": url,
            "structured_mode": "json_schema",
            "concurrency": at_once,
            "price_input": 1,
            "price_output": 1,
        },
    )
    run = create_extraction_run(benchmark=Benchmark.objects.get(), choice=PipelineChoice(extractor="instant"), by=None)
    extract_labels(run_id=run.pk)
    run.refresh_from_db()
    asked = ModelAnswer.objects.filter(run_id=run.pk).count()
    if run.counts["failed"] or run.state != "succeeded" or asked != run.counts["reports"]:
        raise SystemExit(f"The run ended as {run.state}: {asked} answers, {run.counts} {run.message}")


if __name__ == "__main__":
    sys.exit(main())
