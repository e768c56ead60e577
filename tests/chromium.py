"""Finds a Chromium for the browser tests; `python -m tests.chromium` installs one the way the machine allows."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium() -> str | None:
    """The path of a Chromium that starts, or None. CHROMIUM in the environment comes first."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[str]:
    named = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in NAMES), _of_playwright()]
    return (path for path in named if path)


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _install() -> None:
    """Try the system's package, then playwright's download; each may be refused by the machine."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _say("No Chromium found; installing the system's package…")
        _try("apt-get", "update", "-qq")
        _try("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    if find_chromium() is None:
        _say("No Chromium found; asking playwright for one…")
        _try(sys.executable, "-m", "playwright", "install", "chromium")


def _try(*command: str) -> None:
    settings = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def main() -> None:
    """Never fails: without a browser its tests are skipped, which CI does not allow and a person may."""
    if find_chromium() is None:
        _install()
    if find_chromium() is None:
        _say(
            "No Chromium could be found or installed: the browser tests will be skipped. Install one (on Debian: "
            "apt-get install chromium) or name one in the environment variable CHROMIUM."
        )


if __name__ == "__main__":
    main()
