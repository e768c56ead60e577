"""OHIF as npm has it beside the product: its study list shows our studies, and a film opens with its pixels.

Run from the project's root: `python -m perf.dicomweb.ohif` (`--screenshots FOLDER` keeps what was seen, `--ohif VERSION`
takes another). Fetches the built viewer with npm and a real film with pip into a scratch folder, serves the viewer on an
origin of its own with the `app-config.js` that stands in docs/dicomweb.md, and has a headless Chromium open two studies of
2500 × 3000, one uncompressed and one in HTJ2K. Exit code 1 where a study is not listed, not painted, or a request to us
fails. A development tool: nothing of OHIF ships.
"""

import argparse
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dicomweb_client.api import DICOMwebClient

from perf.dicomweb import SLUG, curator_token
from perf.reading.browser import chromium
from perf.reading.films import FRONTAL, dicom_of, enlarged, rolled
from perf.reading.world import ROOT, Sizes, World

VERSION = "3.13.2"
SITE = "ohif"
SYNTAXES = ("uncompressed", "HTJ2K")  # one study each
LEVELS = 64  # distinct ones, at least, of a film that is painted
_DOCUMENTED = "https://label.example.org/dicom-web"
_PATIENCE_MS = 120_000
# How many levels the largest picture on the page has; an empty viewport has one.
_PAINTED = """() => Math.max(0, ...[...document.querySelectorAll("canvas")].map((canvas) => {
  const context = canvas.width * canvas.height > 10_000 && canvas.getContext("2d");
  if (!context) return 0;
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const levels = new Set();
  for (let place = 0; place < data.length; place += 4) levels.add(data[place]);
  return levels.size;
}))"""


def main() -> int:
    """Says what the viewer shows of each study; 1 where that is not enough."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ohif", default=VERSION, metavar="VERSION", help="of @ohif/app")
    parser.add_argument("--screenshots", type=Path, help="a folder that takes what was seen")
    options = parser.parse_args()
    if shutil.which("npm") is None:
        parser.error("npm is not installed here; it fetches OHIF.")
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        viewer, site = stack.enter_context(served(fetched(scratch, options.ohif)))
        os.environ["DICOMWEB_ORIGINS"] = viewer
        world = World(scratch, Sizes(pairs=0, singles=0))
        _import(world)
        world.connect()
        stack.callback(world.disconnect)
        token = curator_token()
        root = f"{stack.enter_context(world.served(workers=1))}/dicom-web"
        (site / "app-config.js").write_text(app_config(f"{root}/{SLUG}/{SITE}"), encoding="utf-8")
        ours = DICOMwebClient(f"{root}/{SLUG}/{SITE}", headers={"Authorization": f"Bearer {token}"})
        patients = [one["00100020"]["Value"][0] for one in ours.search_for_studies()]
        seat = Seat(stack.enter_context(chromium()).person(viewer), root, token)
        shown = [seat.opens(patient, options.screenshots) for patient in sorted(patients)]
    for sentence in (*seat.said, *seat.faults):
        print(sentence)
    return 0 if len(shown) == len(SYNTAXES) and all(shown) and not seat.faults else 1


class Seat:
    """The viewer's page in a browser; ``faults`` are the requests to the product at ``root`` that failed."""

    def __init__(self, page: Any, root: str, token: str) -> None:
        self.page = page
        self.said: list[str] = []
        self.faults: list[str] = []
        page.on("dialog", lambda dialog: dialog.accept(token))
        page.on("response", lambda answer: self._look(root, answer.url, answer.status))
        page.on("requestfailed", lambda request: self._look(root, request.url, 0, str(request.failure)))

    def opens(self, patient: str, screenshots: Path | None) -> bool:
        """Whether the patient's study is listed, and painted once it is opened."""
        from playwright.sync_api import TimeoutError as TooLateError

        self.page.goto("/")
        try:
            row = self.page.get_by_text(patient).first
            row.wait_for(timeout=_PATIENCE_MS)
            self._keep(screenshots, f"{patient}-list")
            row.click()
            self.page.get_by_role("button", name="Basic Viewer").first.click()
            self.page.wait_for_function(f"({_PAINTED})() >= {LEVELS}", timeout=_PATIENCE_MS)
        except TooLateError as late:
            self._keep(screenshots, f"{patient}-late")
            self.said.append(f"{patient}: not shown. {late.message.splitlines()[0]}")
            return False
        self.page.wait_for_load_state("networkidle")
        self._keep(screenshots, f"{patient}-film")
        self.said.append(f"{patient}: listed, and painted with {self.page.evaluate(_PAINTED)} grey levels")
        return True

    def _look(self, root: str, url: str, status: int, failure: str = "") -> None:
        is_left = failure == "net::ERR_ABORTED"  # the viewer itself went on
        if url.startswith(root) and not 200 <= status < 300 and not is_left:
            self.faults.append(f"{status or failure}: {url.removeprefix(root)}")

    def _keep(self, folder: Path | None, name: str) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{name}.png")


def app_config(address: str) -> str:
    """The configuration that the documentation gives, with our address in the place of its example."""
    text = (ROOT / "docs/dicomweb.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```js\n(window\.config.*?)```", text, re.DOTALL)
    if _DOCUMENTED not in block:
        raise SystemExit(f"docs/dicomweb.md no longer names {_DOCUMENTED}; change it here too.")
    return str(block).replace(_DOCUMENTED, address)


def fetched(folder: Path, version: str) -> Path:
    """The built viewer, fetched with npm into ``folder``."""
    command = ["npm", "pack", "--silent", f"@ohif/app@{version}"]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=600)
    with tarfile.open(next(folder.glob("ohif-app-*.tgz"))) as archive:
        archive.extractall(folder / "ohif", filter="data")
    return folder / "ohif" / "package" / "dist"


@contextmanager
def served(site: Path) -> Iterator[tuple[str, Path]]:
    """The viewer on loopback: its address, and the folder that is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", site
    finally:
        server.shutdown()
        server.server_close()


class _Files(http.server.SimpleHTTPRequestHandler):
    """Files; the viewer's own page for every address that is none, as its router wants it."""

    def send_head(self) -> Any:
        """Sends the file, or the page."""
        if not Path(self.translate_path(self.path)).is_file():
            self.path = "/index.html"
        return super().send_head()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name it has above
        """Says nothing."""


def _import(world: World) -> None:
    """A study in each syntax, by the product's own command."""
    films = world.folder / "films"
    films.mkdir()
    pixels = enlarged(world.film, FRONTAL)
    for case, syntax in enumerate(SYNTAXES, 1):
        dicom_of(rolled(pixels, case), FRONTAL, case=case, folder=films, htj2k=syntax == "HTJ2K")
    world.manage("create_benchmark", str(ROOT / "benchmarks/definitions/chest-radiograph.yaml"))
    world.manage("import_studies", str(films), "--benchmark", SLUG, "--site", SITE)


if __name__ == "__main__":
    sys.exit(main())
