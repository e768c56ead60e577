"""How fast a whole run of the embedded engine is, rows written: reports in the database in, suggestions in the database out.

    python -m perf.extraction.rate --data ../shared/data [--rounds 3] [--json OUT.json]

Makes its own database in a temporary folder (or uses an empty one named by DATABASE_URL), imports the Open-i reports by the
product's own command, and times `extract_labels` over all of them; each round is a new benchmark on fresh studies.
"""

import argparse
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

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TARGET = 400


def main() -> int:
    """Print reports per second; 1 where they are short of the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds reports_openi/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ["DATA_DIR"] = folder = tempfile.mkdtemp(prefix="rate-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the embedded database has ended
    rates = measure(options.data / "reports_openi" / "indiana_reports.csv", options.rounds)
    rate = statistics.median(rates)
    print("reports/s by round: " + ", ".join(f"{one:.0f}" for one in rates))
    verdict = "reached" if rate >= TARGET else f"short of {TARGET}"
    print(f"a whole run, rows written: median {rate:.0f} reports/s: {verdict} (target {TARGET})")
    if options.json:
        options.json.write_text(json.dumps({"rate": rate, "target": TARGET, "rounds": rates}) + "\n", "utf-8")
    return 0 if rate >= TARGET else 1


def measure(reports: Path, rounds: int) -> list[float]:
    """Reports per second of each round."""
    import django

    django.setup()
    from django.core.management import call_command

    from config.bootstrap import prepare_database

    prepare_database(["manage.py", "migrate"])
    call_command("migrate", verbosity=0)
    call_command("create_benchmark", str(ROOT / "benchmarks" / "definitions" / "chest-radiograph.yaml"))
    from benchmarks.models import Benchmark
    from llm_extract.actions import create_extraction_run, extract_labels

    rates = []
    for number in range(rounds):
        where = ["--benchmark", "chest-radiograph", "--site", f"OPENI{number}", "--layout", "openi"]
        try:
            call_command("import_studies", "-", *where, "--reports", str(reports), verbosity=0)
        except SystemExit as refused:  # the file has empty reports, which the import warns of
            if refused.code not in {0, 1}:
                raise
        run = create_extraction_run(benchmark=Benchmark.objects.get(), by=None)
        started, used = time.perf_counter(), time.process_time()
        extract_labels(run_id=run.pk)
        used, took = time.process_time() - used, time.perf_counter() - started
        run.refresh_from_db()
        rates.append(run.done / took)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        own = f"{1000 * used / run.done:.2f} ms of processor time a report, PostgreSQL's apart"
        print(f"round {number + 1}: {rates[-1]:.0f} reports/s; {own}; peak memory so far {peak:.0f} MB")
    return rates


if __name__ == "__main__":
    sys.exit(main())
