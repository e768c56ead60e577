"""DICOMweb's figures: a search in 50,000 studies, frames, metadata and storing 15 MB instances; Orthanc's beside them.

Run from the project's root: `python -m perf.dicomweb` (`--studies`, `--instances` and `--requests` for other sizes,
`--folder` keeps the world). The films are RG1 of `pydicom-data` at 2500 × 3000 in 12 bits, one another than the next. The
product runs as `serve` does, with two web processes, and is asked over loopback by dicomweb-client and one kept
connection. Where Orthanc and its DICOMweb plugin are installed (Debian: orthanc, orthanc-dicomweb) the same is asked of it,
and the two send each other a study. Exit code 1 where a figure is short of its target.
"""

import argparse
import http.client
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import imagecodecs
import pydicom
from dicomweb_client.api import DICOMwebClient
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLSLossless

from perf.dicomweb import SLUG, curator_token
from perf.dicomweb.peer import Orthanc, peer
from perf.reading.films import FRONTAL, dicom_of, enlarged, rolled
from perf.reading.world import ROOT, Sizes, World

QIDO_MS, FRAME_MS = 25.0, 15.0
PACKED_BYTES = 10_000_000
AT_ONCE = 4  # instances of a STOW request
STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
JSON = "application/dicom+json"


@dataclass
class Figures:
    """Prints each figure as it comes; remembers whether one was short."""

    is_short: bool = False

    def say(self, name: str, theirs: str, found: str, most: float | None = None, value: float = 0.0) -> None:
        short = most is not None and value > most
        self.is_short |= short
        target = f"  (target {most:g} ms){'  SHORT OF ITS TARGET' if short else ''}" if most is not None else ""
        print(f"{name:44} {theirs:10} {found}{target}", flush=True)

    def timed(self, name: str, whose: str, ask: Callable[[], int], requests: int, most: float | None = None) -> None:
        times, size = [], 0
        for _ in range(requests):
            start = time.perf_counter()
            size = ask()
            times.append(1000 * (time.perf_counter() - start))
        middle = statistics.median(times)
        found = f"p50 {middle:7.1f} ms  fastest {min(times):7.1f} ms  {size / 1000:,.0f} kB"
        self.say(name, whose, found, most, middle)


def main() -> int:
    """Makes the world, serves it, and asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=50_000, help="studies that a search finds its page among")
    parser.add_argument("--instances", type=int, default=20, help="instances of 15 MB that are stored")
    parser.add_argument("--requests", type=int, default=50, help="requests of each kind")
    parser.add_argument("--folder", type=Path, help="keeps the world here, to be used again")
    options = parser.parse_args()
    figures = Figures()
    with ExitStack() as stack:
        scratch = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = World(scratch, Sizes(pairs=0, singles=0))
        world.manage("create_benchmark", str(ROOT / "benchmarks/definitions/chest-radiograph.yaml"))
        world.connect()
        stack.callback(world.disconnect)
        secret = curator_token()
        _rows(options.studies)
        files = _films(world, options.instances)
        address = stack.enter_context(world.served(workers=2))
        ours = DICOMwebClient(
            f"{address}/dicom-web/{SLUG}/perf", headers={"Authorization": f"Bearer {secret}"}, timeout=600
        )
        orthanc = stack.enter_context(peer(scratch, address, secret))
        if orthanc is None:
            print("Orthanc is not installed here: its figures, and sending to and fro, are left out.")
        _search(figures, ours, orthanc, options)
        _store(figures, "ours", ours, files)
        if orthanc is not None:
            _store(figures, "Orthanc", orthanc.client, files)
        for whose, client in [("ours", ours), *([("Orthanc", orthanc.client)] if orthanc else [])]:
            _retrieve(figures, whose, client, options.requests)
        if orthanc is not None:
            _to_and_fro(figures, ours, orthanc)
    return 1 if figures.is_short else 0


def _rows(count: int) -> None:
    """So many studies of a series and two images each, by rows: no search reads a file."""
    from benchmarks.models import Benchmark
    from cases.models import Image, Patient, PoolEntry, Series, Site, Study

    site, _ = Site.objects.get_or_create(code="many")
    missing = count - Study.objects.filter(site=site).count()
    if missing <= 0:
        return
    benchmark = Benchmark.objects.get(slug=SLUG)
    names = [f"M{number:07}" for number in range(count - missing, count)]
    patients = Patient.objects.bulk_create([Patient(site=site, pseudonym=name) for name in names], batch_size=5000)
    studies = Study.objects.bulk_create(
        [
            Study(
                site=site, patient=patient, study_id=patient.pseudonym, study_uid=f"1.2.7.{patient.pk}", modality="DX"
            )
            for patient in patients
        ],
        batch_size=5000,
    )
    PoolEntry.objects.bulk_create([PoolEntry(benchmark=benchmark, study=one) for one in studies], batch_size=5000)
    series = Series.objects.bulk_create(
        [Series(study=one, series_uid=f"{one.study_uid}.1", modality="DX", number=1, is_dicom=True) for one in studies],
        batch_size=5000,
    )
    common = {"rows": 3000, "columns": 2500, "transfer_syntax": "1.2.840.10008.1.2.1"}
    images = [
        Image(
            series=one, sop_uid=f"{one.series_uid}.{number}", sha256=f"{one.pk:064x}", instance_number=number, **common
        )
        for one in series
        for number in (1, 2)
    ]
    Image.objects.bulk_create(images, batch_size=5000)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _films(world: World, count: int) -> list[pydicom.FileDataset]:
    """Instances of 15 MB, and one of JPEG-LS at the end; no two runs send the same ones."""
    folder = world.folder / "films"
    folder.mkdir(exist_ok=True)
    pixels = enlarged(world.film, FRONTAL)
    first = int(time.time()) % 1_000_000 * 100
    files = [
        pydicom.dcmread(dicom_of(rolled(pixels, first + number), FRONTAL, case=first + number, folder=folder))
        for number in range(count + 1)
    ]
    packed = files[-1]
    packed.PixelData = encapsulate([bytes(imagecodecs.jpegls_encode(rolled(pixels, first + count)))])
    packed["PixelData"].VR = "OB"
    packed.file_meta.TransferSyntaxUID = JPEGLSLossless
    return files


def _getter(client: DICOMwebClient, path: str, accept: str) -> Callable[[], int]:
    """Asks the address below the client's base over one kept connection; how many bytes came."""
    parts = urlsplit(client.base_url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=600)
    headers = {"Accept": accept, **{k: v for k, v in client._session.headers.items() if k == "Authorization"}}

    def ask() -> int:
        connection.request("GET", f"{parts.path}/{path}", headers=headers)
        response = connection.getresponse()
        size = len(response.read())
        if response.status != http.HTTPStatus.OK:
            raise SystemExit(f"{client.base_url}/{path} answered {response.status}.")
        return size

    return ask


def _search(figures: Figures, ours: DICOMwebClient, orthanc: Orthanc | None, options: argparse.Namespace) -> None:
    everything = DICOMwebClient(ours.base_url.replace("/perf", "/many"), session=ours._session)
    name = f"QIDO, 24 of {options.studies:,} studies"
    for offset in (0, options.studies // 2):
        ask = _getter(everything, f"studies?limit=24&offset={offset}", JSON)
        figures.timed(f"{name}, from {offset:,}", "ours", ask, options.requests, QIDO_MS)
    figures.timed(
        "QIDO by modality, 24",
        "ours",
        _getter(everything, "studies?ModalitiesInStudy=D*&limit=24", JSON),
        options.requests,
    )
    if orthanc is not None:
        print("(Orthanc is not filled with as many; its search is timed below, in what it has by then.)")


def _store(figures: Figures, whose: str, client: DICOMwebClient, files: list[pydicom.FileDataset]) -> None:
    many, packed = files[:-1], files[-1]
    client.store_instances([packed])  # before the clock starts: whatever it is that answers has started by then
    start = time.perf_counter()
    for batch in _batches(many):
        answer = client.store_instances(batch)
        if answer.get("FailedSOPSequence"):
            raise SystemExit(f"{whose} refused an instance: {answer.FailedSOPSequence}")
    seconds = time.perf_counter() - start
    size = len(many) * 15.0
    figures.say(
        f"STOW of {len(many)} × 15 MB", whose, f"{len(many) / seconds:.2f} instances/s  {size / seconds:.0f} MB/s"
    )


def _batches(files: list[pydicom.FileDataset]) -> Iterator[list[pydicom.FileDataset]]:
    for first in range(0, len(files), AT_ONCE):
        yield files[first : first + AT_ONCE]


def _retrieve(figures: Figures, whose: str, client: DICOMwebClient, requests: int) -> None:
    figures.timed("QIDO, 24 of what was stored", whose, _getter(client, "studies?limit=24", JSON), requests)
    paths = {}
    for one in client.search_for_instances():
        uids = [one[tag]["Value"][0] for tag in ("0020000D", "0020000E", "00080018")]
        path = "studies/{}/series/{}/instances/{}".format(*uids)
        is_packed = _getter(client, f"{path}/frames/1", STORED)() < PACKED_BYTES
        paths["JPEG-LS" if is_packed else "uncompressed"] = path
    for kind, path in sorted(paths.items()):
        most = FRAME_MS if whose == "ours" else None
        figures.timed(f"frame as stored, {kind}", whose, _getter(client, f"{path}/frames/1", STORED), requests, most)
        figures.timed(f"metadata of an instance, {kind}", whose, _getter(client, f"{path}/metadata", JSON), requests)


def _to_and_fro(figures: Figures, ours: DICOMwebClient, orthanc: Orthanc) -> None:
    """Orthanc sends us a study that it has, and fetches one of ours."""
    start = time.perf_counter()
    sent = orthanc.send_to_us(orthanc.studies()[:1])
    figures.say("Orthanc sends a study", "both", f"{sent} instances in {time.perf_counter() - start:.2f} s")
    study = ours.search_for_studies(limit=1)[0]["0020000D"]["Value"][0]
    start = time.perf_counter()
    orthanc.fetch_from_us(study)
    found = orthanc.client.search_for_instances(study)
    figures.say("Orthanc fetches a study", "both", f"{len(found)} instances in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    sys.exit(main())
