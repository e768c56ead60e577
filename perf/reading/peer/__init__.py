"""The peer: Cornerstone3D on the same films, bundled with npm and esbuild in a scratch folder that is deleted after.

A development tool of this benchmark alone: nothing of it ships, and only our own driver lies beside this file. Its films
come from a plain server on loopback, uncompressed there (its quickest form: nothing to decode), as HTJ2K over the slow line. Its
verdict is an empty POST, answered at once.
"""

import functools
import gzip
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perf.reading.films import FRONTAL, LATERAL, dicom_of, enlarged, rolled

HERE = Path(__file__).parent
MODES = {"Cornerstone3D GPU path": "gpu", "Cornerstone3D CPU mode": "cpu"}
CASES = 4  # distinct films of each view; more cases are asked for by another address of the same bytes
AXE = "node_modules/axe-core/axe.min.js"


def missing_tools() -> list[str]:
    """Which of node and npm this machine lacks."""
    return [name for name in ("node", "npm") if shutil.which(name) is None]


def bundle(folder: Path) -> Path:
    """Installs the pinned packages into ``folder`` and bundles the driver; the folder to serve."""
    for name in ("package.json", "driver.js", "index.html", "build.mjs"):
        shutil.copy(HERE / name, folder / name)
    site = folder / "site"
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
    for command in (install, ["node", "build.mjs", str(folder), str(site)]):
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, timeout=600)
    for script in site.glob("*.js"):
        (site / f"{script.name}.gz").write_bytes(gzip.compress(script.read_bytes(), 9))
    return site


def films(site: Path, film: Path) -> None:
    """Puts the films of some cases beside the bundle, uncompressed and as HTJ2K."""
    for view in (FRONTAL, LATERAL):
        pixels = enlarged(film, view)
        for case in range(1, CASES + 1):
            for htj2k in (False, True):
                dicom_of(rolled(pixels, case), view, case=case, folder=site, htj2k=htj2k)


def shipped_kb(site: Path) -> float:
    """Kilobytes of its scripts, gzipped; its WebAssembly left out."""
    return sum(path.stat().st_size for path in site.glob("*.js.gz")) / 1000


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The bundle and its films on loopback; the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files; scripts gzipped, as a web server would send them; films are never kept by the browser's cache."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """A verdict: taken, nothing done."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(204)
        self.end_headers()

    def send_head(self) -> Any:
        """Sends the gzipped twin of a script."""
        if self.path.endswith(".js"):
            self.path += ".gz"
        return super().send_head()

    def guess_type(self, path: Any) -> str:
        return "text/javascript" if str(path).endswith(".js.gz") else super().guess_type(path)

    def end_headers(self) -> None:
        """Adds what the content is packed with, and how long it may be kept."""
        if self.path.endswith(".js.gz"):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "no-store" if ".dcm" in self.path else "max-age=3600")
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name it has above
        """Says nothing."""


class Seat:
    """The peer's page in a browser."""

    def __init__(self, page: Any, mode: str) -> None:
        self.page = page
        self._case = 0
        page.goto(f"/?mode={mode}", wait_until="commit")
        page.wait_for_function("() => globalThis.peer")
        self.ready_ms = float(page.evaluate("peer.ready"))

    def urls(self, *, htj2k: bool = False, views: int = 2) -> list[str]:
        """Addresses of the films of a case that was not asked for before."""
        self._case += 1
        file = f"{(self._case - 1) % CASES + 1:04d}"
        end = "-htj2k.dcm" if htj2k else ".dcm"
        return [f"/{file}-{view.name}{end}?case={self._case}" for view in (FRONTAL, LATERAL)[:views]]

    def show(self, urls: list[str], *, verdict: bool = False) -> float:
        """Milliseconds until the films are painted, after a verdict was taken if there is one."""
        return float(self.page.evaluate("([urls, verdict]) => peer.show(urls, verdict)", [urls, verdict]))

    def prefetch(self, urls: list[str]) -> None:
        """Fetches and decodes the films of a coming case."""
        self.page.evaluate("urls => peer.prefetch(urls)", urls)

    def drag(self, seconds: float) -> float:
        """Frames a second while the window of the first film changes in every frame."""
        return float(self.page.evaluate("seconds => peer.drag(seconds)", seconds))
