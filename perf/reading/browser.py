"""A Chromium of the benchmark's own: started afresh, its memory read from the system, its complaints heard."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browsers import find_chromium

WINDOW = {"width": 1600, "height": 1000}
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--enable-unsafe-swiftshader",  # WebGL without a GPU, which the peer's usual way of drawing needs
]


class Browser:
    """A running Chromium."""

    def __init__(self, running: Any, mark: str) -> None:
        self._running = running
        self._mark = mark
        self.complaints: list[str] = []

    def person(self, address: str, cookie: str = "") -> Any:
        """A person's own page (cookies and cache apart from everyone else's) at the window's size."""
        context = self._running.new_context(viewport=WINDOW, device_scale_factor=1, base_url=address, locale="en-GB")
        context.set_default_timeout(60_000)
        if cookie:
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        return page

    def _hear(self, said: Any) -> None:
        """Errors on the console; violations of the security policy are among them."""
        if said.type == "error":
            self.complaints.append(f"console: {said.text}")

    def memory_mb(self) -> dict[str, float]:
        """Resident memory by kind of process: browser, renderer, gpu-process, utility."""
        sizes: dict[str, float] = {}
        for pid in _family(_first_process(self._mark)):
            kind, size = _kind_and_size(pid)
            sizes[kind] = sizes.get(kind, 0.0) + size
        return sizes


@contextmanager
def chromium() -> Iterator[Browser]:
    """Starts one, has it draw a first page, ends it."""
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    if path is None:
        raise SystemExit("No Chromium was found; `python -m tests.browsers` tries to install one.")
    mark = f"--reading-benchmark={os.getpid()}-{time.monotonic_ns()}"
    flags = [*FLAGS, mark, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            # What is timed is a page that was never seen, not a browser that has just been started.
            first = running.new_page()
            first.goto("data:text/html,<p>A page of no one's</p>")
            first.context.close()
            yield Browser(running, mark)
        finally:
            running.close()


def _first_process(mark: str) -> int:
    """The browser process: the oldest that was started with the mark."""
    wanted = mark.encode()
    pids = [
        int(entry.name) for entry in Path("/proc").glob("[0-9]*") if wanted in _read(entry / "cmdline").split(b"\0")
    ]
    return min(pids)


def _family(first: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        if found := re.search(rb"\) \S (\d+) ", _read(entry / "stat")):
            children.setdefault(int(found[1]), []).append(int(entry.name))
    family = [first]
    for pid in family:  # grows while it is walked
        family += children.get(pid, [])
    return family


def _kind_and_size(pid: int) -> tuple[str, float]:
    named = re.search(rb"--type=([a-z-]+)", _read(Path(f"/proc/{pid}/cmdline")))
    resident = re.search(rb"VmRSS:\s+(\d+)", _read(Path(f"/proc/{pid}/status")))
    return named[1].decode() if named else "browser", int(resident[1]) / 1024 if resident else 0.0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it ended meanwhile
