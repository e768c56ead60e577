"""Every figure of extraction, by one command: quality, stress, speed, overhead, kills.

    python -m perf.extraction --data ../shared/data [--quick]

Runs the modules of this package one after the other and ends with a table of what was met; exit code 1 where anything was
short. On two idle cores it takes some twenty minutes, most of them the hundred kills; `--quick` makes ten kills.
"""

import argparse
import subprocess
import sys
import time


def main() -> int:
    """Runs all and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the folder that holds reports_openi/ and reports_misc/")
    parser.add_argument("--quick", action="store_true", help="ten kills of five hundred reports")
    options = parser.parse_args()
    kills = ["--reports", "500", "--kills", "10"] if options.quick else []
    steps = {
        "quality of the rules, probes, NegEx, speed of the pure stage": [
            "quality",
            "--data",
            options.data,
        ],
        "stress set": ["stress", "--data", f"{options.data}/reports_openi"],
        "a whole run of the rules, rows written": ["rate", "--data", options.data],
        "a run that asks a model, against a bare loop": ["run_overhead"],
        "the courier alone, against a bare loop": ["overhead"],
        "a run killed again and again": ["kills", *kills],
    }
    results = {}
    for name, (module, *arguments) in steps.items():
        command = ["-m", f"perf.extraction.{module}", *arguments]
        print(f"\n== {name}: python {' '.join(command)}", flush=True)
        began = time.monotonic()
        code = subprocess.run([sys.executable, *command], check=False).returncode
        results[name] = (code, time.monotonic() - began)
    print()
    for name, (code, seconds) in results.items():
        print(f"{'met' if code == 0 else 'SHORT':<6} {seconds:>5.0f} s  {name}")
    return int(any(code for code, _ in results.values()))


if __name__ == "__main__":
    sys.exit(main())
