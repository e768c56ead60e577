"""Small files for the tests of imports: DICOM, PNG, CSV; and an import in one line."""

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from cases.actions import create_import_run, import_studies
from cases.models import Image, ImportRun, Patient, PoolEntry, Report, Series, Study
from cases.queries import site_key

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
RAMP = np.arange(16 * 16, dtype="<u2").reshape(16, 16) * 16  # 0 to 4080 in 12 bits


def dicom(pixels=RAMP, *, study=1, series=1, instance=1, drop=(), syntax=ExplicitVRLittleEndian, **tags) -> bytes:
    """A DX file; ``tags`` override or add elements by keyword, ``drop`` takes elements away."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1.1"
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    values = {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "SOPInstanceUID": f"1.2.3.{study}.{series}.{instance}",
        "SeriesInstanceUID": f"1.2.3.{study}.{series}",
        "StudyInstanceUID": f"1.2.3.{study}",
        "Modality": "DX",
        "PatientID": f"P{study}",
        "PatientIdentityRemoved": "YES",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "SamplesPerPixel": 1 if pixels.ndim == 2 else 3,
        "PhotometricInterpretation": "MONOCHROME2" if pixels.ndim == 2 else "RGB",
        "BitsAllocated": 8 * pixels.dtype.itemsize,
        "BitsStored": 12 if pixels.dtype.itemsize == 2 else 8,
        "HighBit": 11 if pixels.dtype.itemsize == 2 else 7,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
    }
    if pixels.ndim == 3:
        values["PlanarConfiguration"] = 0
    for name, value in {**values, **tags}.items():
        if name not in drop:
            setattr(dataset, name, value)
    meta.MediaStorageSOPInstanceUID = values["SOPInstanceUID"]
    if "PixelData" not in drop:
        is_packed = UID(syntax).is_encapsulated
        dataset.PixelData = encapsulate([pixels.tobytes()]) if is_packed else pixels.tobytes()
        dataset["PixelData"].VR = "OB" if is_packed else "OW"
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def bare(content: bytes) -> bytes:
    """The same file without preamble and meta header."""
    length = int.from_bytes(content[140:144], "little")  # FileMetaInformationGroupLength, the first element
    return content[144 + length :]


def big_endian(content: bytes) -> bytes:
    """The same film of 16 bits in Explicit VR Big Endian."""
    dataset = dcmread(io.BytesIO(content))
    dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    copy = Dataset(dataset)
    copy.file_meta, copy.preamble = dataset.file_meta, b"\0" * 128
    buffer = io.BytesIO()
    dcmwrite(buffer, copy, implicit_vr=False, little_endian=False, enforce_file_format=True)
    return buffer.getvalue()


def png(value: int = 120, size=(12, 10), mode: str = "L") -> bytes:
    """A picture of one grey level, or of ``mode``."""
    buffer = io.BytesIO()
    Pillow.new(mode, size, value).save(buffer, "PNG")
    return buffer.getvalue()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Writes files below the folder, by relative name."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def reports_csv(path: Path, rows, header=("study_id", "report_text")) -> Path:
    """A CSV file of reports."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def take_in(benchmark, source=None, *, reports=None, site="north", layout="auto") -> ImportRun:
    """Imports at once, as a command does."""
    run = create_import_run(
        benchmark=benchmark,
        site_code=site,
        source=str(source) if source else "",
        reports_source=str(reports) if reports else "",
        layout=layout,
    )
    return import_studies(run.pk)


def patient(name: str, site: str = "north") -> str:
    """What a patient of the site is called here."""
    return site_key(site).patient(name)


def by_uid(uid: str, site: str = "north") -> str:
    """What a study is called here that the site calls by its StudyInstanceUID."""
    return site_key(site).study(uid)


def outcome(run: ImportRun) -> tuple[int, int, int]:
    """Imported, unchanged, rejected."""
    return run.counts["imported"], run.counts["unchanged"], run.counts["rejected"]


def rules(run: ImportRun) -> list[str]:
    """The broken rules, remarks left out, in order."""
    return list(run.problems.filter(is_warning=False).values_list("kind", flat=True))


def remarks(run: ImportRun) -> list[str]:
    return list(run.problems.filter(is_warning=True).values_list("kind", flat=True))


def everything() -> dict[str, int]:
    """How many rows of each kind there are."""
    return {model.__name__: model.objects.count() for model in (Study, Patient, Series, Image, Report, PoolEntry)}
