"""How fast a great many small studies come in, how fast the same come in again, and what memory that takes.

    python -m perf.intake [--instances 2000] [--folder FOLDER] [--json OUT.json]

Makes DICOM files (two a study, a full header of a DX film, 16 × 16 pixels of noise in 12 bits, another in each file),
imports the folder by the product's own action into its own database in a temporary folder (or an empty one named by
DATABASE_URL), and imports it again. "Header-only" means that the pixels are next to nothing: nothing of an import is left
out. Each file is read, hashed, parsed, decoded, looked at by the gate, its original kept, its two JPEG files and both
codings of its frame file derived and kept, and its rows written. Exit code 1 where a figure is short.
"""

import argparse
import atexit
import io
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian

from perf.processor_time import of_process, of_tree

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
FIRST, AGAIN = 250.0, 1000.0  # instances a second that are asked for
MOST_GROWTH = 0.15  # of the memory from half of the way to its end
INSTANCES_A_STUDY = 2
SIDE = 16
_MARKS = (0.1, 0.5, 1.0)
_BIGGEST = 9_000_000  # numbers have seven digits, so that every file has the same length
_NUMBER = 1_000_000


@dataclass
class Watch:
    """Looks at an import while it works: memory of its process, and of its decoding processes, along the way."""

    total: int
    started: float = field(default_factory=time.perf_counter)
    memory: dict[str, float] = field(default_factory=dict)
    decoders: dict[str, float] = field(default_factory=dict)

    def look(self, done: int, _total: int | None) -> None:
        """To be called after each batch."""
        for mark in _MARKS:
            name = f"{mark:.0%}"
            if name not in self.memory and done >= mark * self.total:
                self.memory[name] = _mib(os.getpid())
                self.decoders[name] = max((_mib(pid) for pid in _children()), default=0.0)

    @property
    def growth(self) -> float:
        """How much more the process holds at the end than half of the way, as a share."""
        return self.memory["100%"] / self.memory["50%"] - 1 if len(self.memory) == len(_MARKS) else 0.0


@dataclass(frozen=True)
class Figure:
    """One import of the folder."""

    name: str
    instances: int
    seconds: float
    target: float
    counts: dict[str, int]
    memory: dict[str, float]
    decoders: dict[str, float]
    growth: float
    own_ms: float
    all_ms: float
    database_ms: float

    @property
    def rate(self) -> float:
        return self.instances / self.seconds

    @property
    def is_met(self) -> bool:
        return self.rate >= self.target and self.growth <= MOST_GROWTH

    def __str__(self) -> str:
        memory = ", ".join(f"{value:.0f} MB at {name}" for name, value in self.memory.items())
        decoders = ", ".join(f"{value:.0f}" for value in self.decoders.values())
        short = "" if self.is_met else "  SHORT OF ITS TARGET"
        return (
            f"{self.name}: {self.instances:,} instances in {self.seconds:.1f} s, {self.rate:,.0f}/s "
            f"(target {self.target:,.0f}){short}\n"
            f"  {self.counts}\n"
            f"  memory {memory}; the larger decoding process {decoders} MB\n"
            f"  processor time an instance: {self.own_ms:.2f} ms here, {self.all_ms - self.own_ms:.2f} ms decoding, "
            f"{self.database_ms:.2f} ms in the database"
        )


def main() -> int:
    """Prints the figures; 1 where one is short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instances", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where the files are made; made ones are used again")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="intake-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)  # after the embedded database has ended
    os.environ["DATA_DIR"] = str(Path(scratch) / "data")
    folder = asked.folder or Path(scratch) / "files"
    make_files(folder, asked.instances)
    figures = measure(folder, asked.instances)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the importing process: {peak:.0f} MB")
    if asked.json:
        rows = [{**asdict(one), "rate": one.rate, "is_met": one.is_met} for one in figures]
        asked.json.write_text(json.dumps({"figures": rows, "peak": peak}) + "\n", "utf-8")
    return 0 if all(one.is_met for one in figures) else 1


def make_files(folder: Path, count: int) -> None:
    """``count`` files below the folder, two a study, a thousand studies a folder; those that are there stay."""
    if count > _BIGGEST:
        raise SystemExit(f"At most {_BIGGEST:,} instances can be made.")
    template, dice = _template(), np.random.default_rng(7)
    for number in range(count):
        study, view = divmod(number, INSTANCES_A_STUDY)
        place = folder / f"{study // 1000:04}" / f"{study:07}"
        path = place / f"{view}.dcm"
        pixels = dice.integers(0, 4096, SIDE * SIDE, dtype=np.uint16)
        if not path.exists():
            place.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_filled(template, study, view, pixels.tobytes()))


def _template() -> bytes:
    """One file; its numbers stand where every other file has its own, at the same length."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    values: dict[str, Any] = {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "StudyInstanceUID": f"1.2.826.0.1.3680043.10.1.{_NUMBER}",
        "SeriesInstanceUID": f"1.2.826.0.1.3680043.10.2.{_NUMBER}.8",
        "SOPInstanceUID": f"1.2.826.0.1.3680043.10.3.{_NUMBER}.8",
        "PatientID": f"P{_NUMBER}",
        "AccessionNumber": f"A{_NUMBER}",
        "StudyDate": "20200101",
        "StudyTime": "101500",
        "Modality": "DX",
        "Manufacturer": "Made up",
        "ManufacturerModelName": "Model 1",
        "StudyDescription": "Chest",
        "SeriesDescription": "Chest",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "PatientAge": "045Y",
        "PatientSex": "F",
        "PatientIdentityRemoved": "YES",
        "KVP": "120",
        "ExposureTime": "10",
        "ImagerPixelSpacing": [0.15, 0.15],
        "PatientOrientation": ["L", "F"],
        "InstanceNumber": 1,
        "Rows": SIDE,
        "Columns": SIDE,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 12,
        "HighBit": 11,
        "PixelRepresentation": 0,
        "WindowCenter": "2048",
        "WindowWidth": "4096",
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "PixelData": bytes(2 * SIDE * SIDE),
    }
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    for name, value in values.items():
        setattr(dataset, name, value)
    dataset["PixelData"].VR = "OW"
    meta.MediaStorageSOPInstanceUID = values["SOPInstanceUID"]
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _filled(template: bytes, study: int, view: int, pixels: bytes) -> bytes:
    header = template[: -len(pixels)].replace(f"{_NUMBER}.8".encode(), f"{_NUMBER}.{view}".encode())
    return header.replace(str(_NUMBER).encode(), str(_NUMBER + study).encode()) + pixels


def measure(folder: Path, count: int) -> list[Figure]:
    """The folder imported, and imported again; prints each figure as it is there."""
    import django

    django.setup()
    from django.core.management import call_command

    from config.bootstrap import prepare_database

    prepare_database(["manage.py", "migrate"])
    call_command("migrate", verbosity=0)
    from benchmarks.models import Benchmark

    if not Benchmark.objects.exists():
        call_command("create_benchmark", str(ROOT / "benchmarks" / "definitions" / "chest-radiograph.yaml"))
    site = f"made-{os.getpid()}"
    figures = []
    for name, target in (("intake", FIRST), ("the same again", AGAIN)):
        figures.append(_import(folder, count, site, name, target))
        print(figures[-1], flush=True)
    return figures


def _import(folder: Path, count: int, site: str, name: str, target: float) -> Figure:
    from django.db import connection

    from benchmarks.models import Benchmark
    from cases.actions import create_import_run, import_studies

    run = create_import_run(benchmark=Benchmark.objects.all()[0], site_code=site, source=str(folder))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    own, everything, database = of_process(os.getpid()), of_tree(os.getpid()), of_process(backend)
    watch = Watch(count)
    run = import_studies(run.pk, watch.look)
    seconds = time.perf_counter() - watch.started
    spent = [
        1000 * (now - then) / count
        for now, then in (
            (of_process(os.getpid()), own),
            (of_tree(os.getpid()), everything),
            (of_process(backend), database),
        )
    ]
    return Figure(name, count, seconds, target, dict(run.counts), watch.memory, watch.decoders, watch.growth, *spent)


def _children() -> Iterator[int]:
    for task in Path("/proc/self/task").glob("*"):
        yield from map(int, (task / "children").read_text().split())


def _mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


if __name__ == "__main__":
    sys.exit(main())
