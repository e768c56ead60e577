"""What a whole run costs over a bare loop: reports in, rows out, against the same questions asked with the SDK alone.

    python perf/extraction_run_overhead.py [--reports 4000] [--rounds 3] [--at-once 64] [--json OUT.json]

Makes its own database in a temporary folder (or uses an empty one named by DATABASE_URL) and an instant server in a process
of its own. The bare loop is `AsyncOpenAI` as its documentation uses it behind a semaphore of 64, every answer parsed as
JSON; it sends exactly the messages and schema the run sends. The run is the product's: masking, prompts, caps, courier, answers
kept, quotes grounded, second opinion, guards, suggestions stored. Rounds alternate. Its start and end are part of its time.
"""

import argparse
import asyncio
import atexit
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from perf.extraction_overhead import ask_bare, instant_server  # noqa: E402 - the path to the product comes first

TARGET = 0.90
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


def main() -> int:
    """Print throughputs and ratios; 1 where the ratio is short of its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    os.environ["DATA_DIR"] = folder = tempfile.mkdtemp(prefix="overhead-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the embedded database has ended
    rounds = measure(options.reports, options.rounds, options.at_once)
    ratios = [run / bare for bare, run in rounds]
    print(f"{'round':>5} {'bare loop/s':>12} {'run/s':>8} {'ratio':>6}")
    for number, (bare, run) in enumerate(rounds, start=1):
        print(f"{number:>5} {bare:>12.0f} {run:>8.0f} {run / bare:>6.2f}")
    ratio = statistics.median(ratios)
    print(f"median ratio {ratio:.1%}: {'reached' if ratio >= TARGET else 'short of'} the target of {TARGET:.0%}")
    if options.json:
        options.json.write_text(json.dumps({"ratio": ratio, "target": TARGET, "rounds": rounds}) + "\n", "utf-8")
    return 0 if ratio >= TARGET else 1


def measure(count: int, rounds: int, at_once: int) -> list[tuple[float, float]]:
    """Alternating rounds: reports per second of the bare loop and of the run."""
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
    with instant_server(ANSWER) as url:
        for number in range(rounds):
            import_reports(count, number)
            questions = questions_of(count, number)
            bare = asyncio.run(ask_bare(url, questions, at_once, lambda answer: None))
            run = run_once(url, at_once)
            measured.append((count / bare, count / run))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"round {number + 1}: peak memory so far {peak:.0f} MB")
    return measured


def text_of(number: int, part: int) -> str:
    """The report of one study; no two are alike."""
    return f"FINDINGS: There is a small left pleural effusion. {FILLER} Measured {number + 100_000 * part} ml."


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
    return model.asked


def run_once(url: str, at_once: int) -> float:
    """Seconds the run takes for the reports that lack suggestions."""
    from benchmarks.models import Benchmark
    from llm_extract.actions import PipelineChoice, create_extraction_run, extract_labels
    from llm_extract.models import Backend

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
    started = time.perf_counter()
    extract_labels(run_id=run.pk)
    seconds = time.perf_counter() - started
    run.refresh_from_db()
    if run.counts["failed"] or run.state != "succeeded":
        raise SystemExit(f"The run ended as {run.state}: {run.counts} {run.message}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
