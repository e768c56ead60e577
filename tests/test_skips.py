"""The list of tests that may be skipped."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import allowed_patterns, is_allowed

ROOT = Path(__file__).parents[1]


def test_pattern_with_reason_is_read():
    assert allowed_patterns("# heading\n\ntests/perf/*  # needs the real films\n") == ["tests/perf/*"]


def test_pattern_without_reason_is_refused():
    with pytest.raises(ValueError, match=r"line 1.*has no reason"):
        allowed_patterns("tests/perf/*\n")


@pytest.mark.parametrize(
    ("test_id", "allowed"), [("tests/perf/test_x.py::test_y", True), ("tests/core/test_x.py::test_y", False)]
)
def test_only_listed_tests_may_be_skipped(test_id, allowed):
    assert is_allowed(test_id, ["tests/perf/*"]) is allowed


@pytest.mark.parametrize(("flag", "code"), [("", 0), ("1", 1)])
def test_unlisted_skip_fails_the_run_only_when_asked(tmp_path, flag, code):
    (tmp_path / "conftest.py").write_text(
        "from tests.skips import *  # noqa\nfrom tests.skips import pytest_runtest_logreport, pytest_sessionfinish\n"
    )
    (tmp_path / "test_it.py").write_text("import pytest\ndef test_a(): pytest.skip('no')\ndef test_b(): pass\n")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:xdist", "-c", "/dev/null", "--rootdir", ".", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "FAIL_ON_SKIPS": flag, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code, result.stdout
    assert ("skipped without leave" in result.stdout) is bool(flag)
