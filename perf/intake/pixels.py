"""What pixels cost: decoding and deriving by transfer syntax, the size of what is derived, and serving a frame.

Run from the project's root: `python -m perf.intake.pixels` (`--serve` for the web server's milliseconds too: a minute;
`--folder` keeps the films). The film is RG1 of `pydicom-data`, enlarged to 2500 × 3000 in 12 and in 14 bits, see
`perf.reading.films`. Rates are of the processor's time of one core; exit code 1 where a figure is short of its target.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import imagecodecs
import numpy as np
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID, HTJ2KLossless, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from cases.adapters.decoding_process import hold_memory
from cases.adapters.dicom import read_dicom
from perf.reading.films import FRONTAL, LATERAL, Pixels, View, dicom_of, enlarged, real_film
from perf.reading.world import PAIRS, Sizes, World

TRIES = 5
LEAST, LEAST_J2K = 4.0, 0.5  # images a second and core
REQUESTS = 200
Encode = Callable[[Pixels], bytes]
ENCODERS: dict[UID, Encode] = {
    HTJ2KLossless: lambda pixels: bytes(imagecodecs.htj2k_encode(pixels, reversible=True)),
    JPEGLosslessSV1: lambda pixels: bytes(imagecodecs.ljpeg_encode(pixels)),
    JPEGLSLossless: lambda pixels: bytes(imagecodecs.jpegls_encode(pixels)),
    JPEG2000Lossless: lambda pixels: bytes(
        imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", reversible=True, level=0)
    ),
}


@dataclass(frozen=True)
class Row:
    """One syntax and view: seconds of one core for an image, and the sizes of what was derived."""

    syntax: str
    bits: int
    seconds: float
    sizes: dict[str, int]

    @property
    def is_met(self) -> bool:
        return 1 / self.seconds >= (LEAST_J2K if self.syntax.startswith("JPEG 2000") else LEAST)

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} {size / 1000:,.0f} kB" for name, size in self.sizes.items())
        short = "" if self.is_met else "  SHORT OF ITS TARGET"
        return f"{self.syntax:45} {self.bits:2} bits  {1000 * self.seconds:6.0f} ms  {1 / self.seconds:5.2f}/s  {sizes}{short}"


def main() -> int:
    """Prints the figures; 1 where one is short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="serve frames from a scratch world and time requests")
    parser.add_argument("--folder", type=Path, help="where films and world are kept between runs")
    asked = parser.parse_args()
    hold_memory()  # as the processes do that decode an import
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        rows = [row for view in (FRONTAL, LATERAL) for row in _rows(folder, view)]
        if asked.serve:
            _serve(folder / "world", real_film(folder))
    return 0 if all(row.is_met for row in rows) else 1


def _rows(folder: Path, view: View) -> list[Row]:
    pixels = enlarged(real_film(folder), view)
    plain = dicom_of(pixels, view, case=0, folder=folder)
    rows = []
    for syntax, content in [("uncompressed", plain.read_bytes()), *_compressed(plain, pixels, folder)]:
        rows.append(_measured(syntax, view.bits, content))
        print(rows[-1], flush=True)
    return rows


def _compressed(plain: Path, pixels: Pixels, folder: Path) -> list[tuple[str, bytes]]:
    found = []
    for syntax in (RLELossless, *ENCODERS):
        dataset = dcmread(plain)
        if syntax == RLELossless:
            dataset.compress(RLELossless, encoding_plugin="pydicom")
        else:
            dataset.PixelData = encapsulate([ENCODERS[syntax](pixels)])
            dataset["PixelData"].VR = "OB"
            dataset.file_meta.TransferSyntaxUID = syntax
        path = folder / "compressed.dcm"
        dataset.save_as(path, enforce_file_format=True)
        found.append((syntax.name, path.read_bytes()))
    return found


def _measured(syntax: str, bits: int, content: bytes) -> Row:
    """The fastest of some tries: whatever else the machine does only makes it slower."""
    fastest, sizes = float("inf"), {}
    for _ in range(TRIES):
        with tempfile.TemporaryDirectory() as folder:
            start = time.process_time()
            pictures = read_dicom(content, frames_in=Path(folder)).pictures
            fastest = min(fastest, time.process_time() - start)
            assert pictures.frames is not None  # noqa: S101 - asked for
            (digest,) = pictures.frames.digests
            sizes = {one: (Path(folder) / f"{digest}.{one}").stat().st_size for one in ("zst", "gz")}
            sizes |= {one: len(getattr(pictures, one)) for one in ("preview", "thumbnail")}
    return Row(syntax, bits, fastest, sizes)


# ---- Serving ---------------------------------------------------------------------------------------------------------


def _serve(folder: Path, film: Path) -> None:
    """A reader's requests over one kept connection to the product as `serve` runs it, on loopback."""
    world = World(folder, Sizes(pairs=2, singles=1, readers=3), film)
    world.make()
    world.open_rounds(seed=int(time.time()))
    world.connect()
    from cases.queries.pictures import viewer_images
    from labeling.models import Slot

    slot = Slot.objects.filter(reader__username__startswith="walk", round__benchmark__slug=PAIRS).latest(
        "round_id", "order"
    )
    assert slot.reader is not None  # noqa: S101 - dealt to somebody
    image = viewer_images([slot.round_study.study_id])[slot.round_study.study_id][0]
    cookie = {"Cookie": f"sessionid={world.session_of(slot.reader.username)}"}
    with world.served(workers=2) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        etag = _timed("frame, zstd", connection, image.frame_urls[0], {**cookie, "Accept-Encoding": "zstd"})
        _timed("frame, gzip", connection, image.frame_urls[0], {**cookie, "Accept-Encoding": "gzip"})
        known = {**cookie, "Accept-Encoding": "zstd", "If-None-Match": etag}
        _timed("frame the browser has (304)", connection, image.frame_urls[0], known)
        _timed("preview", connection, image.preview_url, cookie)


def _timed(name: str, connection: http.client.HTTPConnection, url: str, headers: dict[str, str]) -> str:
    times, size, etag = [], 0, ""
    for _ in range(REQUESTS):
        start = time.perf_counter()
        connection.request("GET", url, headers=headers)
        response = connection.getresponse()
        size = len(response.read())
        times.append(1000 * (time.perf_counter() - start))
        if response.status not in {200, 304}:
            raise SystemExit(f"{url} answered {response.status}.")
        etag = response.headers["ETag"]
    p50, p95 = statistics.median(times), float(np.quantile(times, 0.95))
    print(
        f"{name:28} {size / 1e6:6.2f} MB  fastest {min(times):5.1f} ms  p50 {p50:5.1f} ms  p95 {p95:5.1f} ms  (n = {REQUESTS})",
        flush=True,
    )
    return etag


if __name__ == "__main__":
    sys.exit(main())
