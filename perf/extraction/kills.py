"""A run that asks a model, killed again and again: is anything lost, is anything asked twice that was answered?

    python -m perf.extraction.kills [--reports 5000] [--kills 100] [--seed 7] [--json OUT.json]

Makes its own database and reports in a temporary folder (or uses an empty one named by DATABASE_URL), and a scripted
OpenAI-compatible server on loopback that reads reports as the rules engine does, each answer after a few milliseconds. A
worker process works the run; it gets SIGKILL at a random moment, and the next one takes the run up, as many times as
asked; then one works it to its end. The server's own record says what was answered completely, and how often.
"""

import argparse
import atexit
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

WORK = (sys.executable, "-m", "perf.extraction.kills", "--work")
DELAY = 0.01
LIVES = (0.05, 0.6)  # seconds a worker is let work before it is killed
SIDES = ("left", "right")
SIZES = ("small", "moderate", "large")


def main() -> int:
    """Prints the figures; exit code 1 when something was lost or asked twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--reports", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(options.work)
    os.environ["DATA_DIR"] = folder = tempfile.mkdtemp(prefix="kills-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the embedded database has ended
    figures = measure(options.reports, options.kills, options.seed)
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if figures["lost"] or figures["answered_twice"] else 0


def work(run_id: int) -> int:
    """A worker: takes up the run, whatever became of the one before."""
    start_django()
    from config.bootstrap import prepare_database

    prepare_database(["manage.py", "extract_labels"])
    from core.actions import requeue_interrupted_runs
    from core.models import Run
    from core.runs import register_run_kind
    from llm_extract.actions import extract_labels

    register_run_kind("extraction", dispatcher=lambda pk: None, page="llm_extract:run_detail")
    # Five dead workers fail a run, rightly; here they are killed on purpose.
    Run.objects.filter(pk=run_id).update(attempt=0)
    requeue_interrupted_runs()
    print("working", flush=True)
    extract_labels(run_id=run_id)
    return 0


def start_django() -> None:
    """The product, on its database: created and migrated where it is new."""
    import django

    django.setup()


def measure(n_reports: int, kills: int, seed: int) -> dict[str, Any]:
    """Works the run with its kills and returns what the server and the database say."""
    from django.core.management import call_command

    from config.bootstrap import prepare_database

    start_django()
    prepare_database(["manage.py", "migrate"])
    call_command("migrate", verbosity=0)
    call_command("create_benchmark", str(ROOT / "benchmarks" / "definitions" / "chest-radiograph.yaml"))
    from benchmarks.models import Benchmark
    from llm_extract.actions import PipelineChoice, create_extraction_run
    from llm_extract.actions.pipelines import scope_of
    from llm_extract.models import ModelAnswer, SuggestionSet
    from tests.fakes.llm_server import LlmServer
    from tests.llm_extract.clinical_server import clinical_answer, make_backend

    benchmark = Benchmark.objects.get(slug="chest-radiograph")
    import_reports(n_reports, seed)
    answer = clinical_answer(scope_of(benchmark.taxonomies.get()).labels)
    with LlmServer(answer=answer, delay_seconds=DELAY) as server:
        make_backend(server, concurrency=64)
        run = create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="fake"), by=None)
        began = time.monotonic()
        done_kills = kill_again_and_again(run.pk, kills, random.Random(seed))
        subprocess.run(
            [*WORK, str(run.pk)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.monotonic() - began
        answered = server.answered
        sent = len(server.chats)
    run.refresh_from_db()
    sets = SuggestionSet.objects.count()
    return {
        "reports": n_reports,
        "kills": done_kills,
        "run": run.state,
        "requests_sent": sent,
        "requests_answered": len(answered),
        "answered_twice": sum(count - 1 for count in answered.values()),
        "answers_stored": ModelAnswer.objects.count(),
        "reports_with_suggestions": sets,
        "lost": n_reports - sets + len(answered) - ModelAnswer.objects.count(),
        "seconds": round(seconds, 1),
    }


def import_reports(count: int, seed: int) -> None:
    """As many different reports, through the product's own import."""
    from django.core.management import call_command

    rng = random.Random(seed)
    path = Path(os.environ["DATA_DIR"]) / "reports.csv"
    lines = ["study_id,report_text"]
    for number in range(count):
        side, size = rng.choice(SIDES), rng.choice(SIZES)
        lines.append(f"K{number:05d},FINDINGS: {size} {side} pleural effusion of {number} ml. No pneumothorax.")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    call_command("import_studies", "-", "--benchmark", "chest-radiograph", "--site", "KILLS", "--reports", str(path))


def kill_again_and_again(run_id: int, kills: int, rng: random.Random) -> int:
    """Starts a worker, lets it work for a random while, kills it; so many times, or until the run is over."""
    from core.models import Run

    for done in range(kills):
        worker = subprocess.Popen(
            [*WORK, str(run_id)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if worker.stdout is not None:
            worker.stdout.readline()  # it has begun
        time.sleep(rng.uniform(*LIVES))
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        if Run.objects.get(pk=run_id).is_over:
            return done
    return kills


if __name__ == "__main__":
    sys.exit(main())
