"""The films of the reading benchmark: two views of 2500 × 3000 made of a real chest film, no two cases alike.

The film is RG1 of the PyPI package `pydicom-data` (MIT), a computed radiograph of a chest. It is enlarged, given the grain
of a detector and rolled another way for each case, so that no two share bytes or look alike, and all compress alike:
`frontal` has 12 bits and is MONOCHROME2, `lateral` has 14 bits and is MONOCHROME1 (a view to load; its anatomy is the same).
"""

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, HTJ2KLossless

Pixels = NDArray[np.uint16]
WIDTH, HEIGHT = 2500, 3000
FILM = "data_store/data/RG1_UNCR.dcm"
PACKAGE = "pydicom-data==1.0.0"


@dataclass(frozen=True)
class View:
    """How one of the two views is stored; ``grain`` is the deviation of its noise in stored values."""

    name: str
    position: str
    bits: int
    photometric: str
    grain: float


_ROWS, _COLUMNS = 16, 17  # cells of the gate's image hash

FRONTAL = View("frontal", "PA", 12, "MONOCHROME2", 4.0)
LATERAL = View("lateral", "LL", 14, "MONOCHROME1", 10.0)


def real_film(folder: Path) -> Path:
    """The real film, fetched with pip into ``folder`` unless it lies there."""
    path = folder / FILM
    if not path.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=300)
        with zipfile.ZipFile(next(folder.glob("pydicom_data-*.whl"))) as wheel:
            wheel.extract(FILM, folder)
    return path


def enlarged(film: Path, view: View, *, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """The film as ``height`` × ``width`` stored values of the view: enlarged, with grain, dark side as the view has it."""
    source = dcmread(film).pixel_array.astype(np.float32)
    values = _stretched(_stretched(source, height).T, width).T
    values *= (2**view.bits * 0.9) / float(values.max())
    if view.photometric == "MONOCHROME2":  # the film itself is MONOCHROME1
        values = 2**view.bits * 0.95 - values
    values += np.random.default_rng(view.bits).normal(0, view.grain, values.shape).astype(np.float32)
    return np.clip(np.rint(values), 0, 2**view.bits - 1).astype(np.uint16)


def _stretched(values: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """Linear interpolation along the first axis to ``rows`` rows."""
    places = np.linspace(0, len(values) - 1, rows, dtype=np.float32)
    below = np.minimum(places.astype(np.intp), len(values) - 2)
    part = (places - below)[:, None]
    return np.asarray(values[below] * (1 - part) + values[below + 1] * part, dtype=np.float32)


def rolled(pixels: Pixels, case: int) -> Pixels:
    """The pixels of one case: mirrored, and shifted round by whole cells of the gate's image hash, so that it takes no
    two of the first thousand for one picture; no two of all share bytes.
    """
    height, width = pixels.shape
    mirrored = case // (_ROWS * _COLUMNS) % 4
    down = height * (case % _ROWS) // _ROWS + case // (4 * _ROWS * _COLUMNS)
    right = width * (case // _ROWS % _COLUMNS) // _COLUMNS
    turned = pixels[:: -1 if mirrored & 2 else 1, :: -1 if mirrored & 1 else 1]
    return np.roll(turned, (down, right), axis=(0, 1))


def study_uid(case: int) -> str:
    """The StudyInstanceUID of a case."""
    return f"2.25.{9_000_000 + case}"


def dicom_of(pixels: Pixels, view: View, *, case: int, folder: Path, htj2k: bool = False) -> Path:
    """Writes the DICOM file of one view of a case into ``folder``; the file's place."""
    uid = UID(study_uid(case))
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = HTJ2KLossless if htj2k else ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid, UID(f"{uid}.{view.bits}")
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(f"{uid}.{view.bits}.1")
    dataset.PatientID, dataset.PatientName, dataset.PatientIdentityRemoved = f"P{case}", "", "YES"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "DX", "CHEST", view.position
    dataset.StudyDate, dataset.StudyTime, dataset.AccessionNumber = "", "", ""
    dataset.SeriesNumber, dataset.InstanceNumber = view.bits, 1
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, view.bits, view.bits - 1
    dataset.PhotometricInterpretation = view.photometric
    dataset.WindowCenter, dataset.WindowWidth = 2 ** (view.bits - 1), 2**view.bits
    dataset.ImagerPixelSpacing = [0.139, 0.139]
    if htj2k:
        dataset.PixelData = _encapsulated(pixels)
        dataset["PixelData"].is_undefined_length = True
    else:
        dataset.PixelData = pixels.tobytes()
    path = folder / f"{case:04d}-{view.name}{'-htj2k' if htj2k else ''}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def _encapsulated(pixels: Pixels) -> bytes:
    import imagecodecs
    from pydicom.encaps import encapsulate

    return encapsulate([bytes(imagecodecs.htj2k_encode(pixels, reversible=True))])
