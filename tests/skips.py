"""A skipped test is a test that did not run: with FAIL_ON_SKIPS set, only those in allowed_skips.txt may be skipped.

Each line of that file is `PATTERN  # reason`; the pattern is matched against the test's id as in `fnmatch`.
"""

import os
from fnmatch import fnmatchcase
from pathlib import Path

ALLOWED = Path(__file__).with_name("allowed_skips.txt")
_refused: list[str] = []


def allowed_patterns(text: str) -> list[str]:
    """The patterns of the file's text. Raises ValueError on a line without a reason."""
    patterns = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        pattern, _, reason = line.partition("#")
        if not reason.strip():
            raise ValueError(f"{ALLOWED.name}, line {number}: {pattern.strip()!r} has no reason; write it after a #.")
        patterns.append(pattern.strip())
    return patterns


def is_allowed(test_id: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(test_id, pattern) for pattern in patterns)


def _note(report) -> None:
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    if not is_allowed(report.nodeid, allowed_patterns(ALLOWED.read_text(encoding="utf-8"))):
        _refused.append(report.nodeid)


def pytest_runtest_logreport(report) -> None:
    _note(report)


def pytest_collectreport(report) -> None:
    _note(report)


def pytest_sessionfinish(session) -> None:
    if os.environ.get("FAIL_ON_SKIPS") and _refused and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter) -> None:
    if os.environ.get("FAIL_ON_SKIPS") and _refused:
        terminalreporter.section("skipped without leave", red=True)
        for test_id in sorted(set(_refused)):
            terminalreporter.line(f"{test_id}: mend what it needs, or add it to tests/{ALLOWED.name} with a reason")
