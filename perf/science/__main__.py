"""Every figure of sampling, assignment, agreement, selection and split, beside its target and the naive ways.

Run from the project's root: `python -m perf.science` (`--json` for a machine, `--only ROW` for some rows). Each row runs
in a process of its own, so that its peak memory is its own. Exit code 1 where a figure is short of its target.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from typing import Any

from perf.science.rows import ROWS, Check

TIMEOUT = 600
# Two threads at most, as on the machine the targets were set for; more only adds noise to the processor's time.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def main() -> int:
    """Measures the rows asked for and prints the table; 1 where any figure is short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(ROWS), help="measure these rows alone")
    parser.add_argument("--json", action="store_true", help="print one JSON object in place of the table")
    parser.add_argument("--row", choices=list(ROWS), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.row:
        print(json.dumps(measured(asked.row)))
        return 0
    found = []
    for name in asked.only or ROWS:
        row = in_own_process(name)
        found.append(row)
        if not asked.json:
            print_row(row)
    if asked.json:
        print(json.dumps({"rows": found}, indent=1))
    short = [check for row in found for check in row["checks"] if check["is_met"] is False]
    if not asked.json:
        print(f"\n{len(short)} figures are short of their target." if short else "\nEvery figure reaches its target.")
    return 1 if short else 0


def measured(name: str) -> dict[str, Any]:
    """One row, measured in this process, with the peak memory the process has taken."""
    row = ROWS[name]
    checks = row.work()
    # Kilobytes on Linux, bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    is_met = None if row.memory is None else peak <= row.memory
    checks.append(Check("peak memory", f"{peak:.0f} MB", f"<= {row.memory} MB" if row.memory else "", is_met))
    return {"row": name, "title": row.title, "checks": [asdict(check) for check in checks]}


def in_own_process(name: str) -> dict[str, Any]:
    """The same in a fresh process; a row that dies is reported as short."""
    done = subprocess.run(
        [sys.executable, "-m", "perf.science", "--row", name],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        env={**os.environ, **ENVIRONMENT},
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
        failed = Check("measured", f"the process ended with {done.returncode}", "a result", is_met=False)
        return {"row": name, "title": ROWS[name].title, "checks": [asdict(failed)]}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def print_row(row: dict[str, Any]) -> None:
    """The row's figures, one a line: figure, what was found, target, verdict."""
    print(f"\n{row['title']}  ({row['row']})")
    for check in row["checks"]:
        verdict = {True: "met", False: "SHORT", None: ""}[check["is_met"]]
        print(f"  {check['figure']:<52} {check['found']:<66} {check['target']:<22} {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
