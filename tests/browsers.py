"""Finds a Chromium and a Firefox for the browser tests; `python -m tests.browsers` installs them as the machine allows."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FIREFOX = ("firefox-esr", "firefox")


def find_chromium() -> str | None:
    """The path of a Chromium that starts, or None. CHROMIUM in the environment comes first."""
    named = [os.environ.get("CHROMIUM"), *map(shutil.which, CHROMIUM)]
    return _first_that_starts(named) or _first_that_starts([_of_playwright()])


def find_firefox() -> str | None:
    """The path of a Firefox that starts, or None. FIREFOX in the environment comes first."""
    return _first_that_starts([os.environ.get("FIREFOX"), *map(shutil.which, FIREFOX)])


def _first_that_starts(paths: Iterable[str | None]) -> str | None:
    return next((path for path in paths if path and _starts(path)), None)


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


def _install(name: str, *packages: str) -> None:
    """Install the first of the system's packages that there is; the machine may refuse."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    _say(f"No {name} found; installing the system's package…")
    _try("apt-get", "update", "-qq")
    any(_try("apt-get", "install", "-y", "-qq", "--no-install-recommends", package) for package in packages)


def _try(*command: str) -> bool:
    settings = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    return subprocess.run(command, env=settings, check=False, **quiet).returncode == 0


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def _bring_chromium() -> None:
    if find_chromium() is None:
        _install("Chromium", "chromium")
    if find_chromium() is None:
        _say("No Chromium found; asking playwright for one…")
        _try(sys.executable, "-m", "playwright", "install", "chromium")
    if find_chromium() is None:
        _say(
            "No Chromium could be found or installed: the browser tests will be skipped. Install one (on Debian: "
            "apt-get install chromium) or name one in the environment variable CHROMIUM."
        )


def _bring_firefox() -> None:
    if find_firefox() is None:
        _install("Firefox", *FIREFOX)
    if find_firefox() is None:
        _say(
            "No Firefox could be found or installed: its tests will be skipped. Install one (on Debian: apt-get "
            "install firefox-esr) or name one in the environment variable FIREFOX."
        )


BROWSERS = {"chromium": _bring_chromium, "firefox": _bring_firefox}


def main(names: Sequence[str]) -> None:
    """Never fails: without a browser its tests are skipped, which CI does not allow and a person may."""
    for name in names or BROWSERS:
        BROWSERS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
