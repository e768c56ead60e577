"""Writes a drawn film as a DICOM Part 10 file: DX Image Storage - For Presentation (PS3.3 A.26)."""

import uuid
from pathlib import Path

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from demo.phantom import Film
from demo.world import Study

_NAMESPACE = uuid.UUID("7d0ad1c6-8d0b-5a0e-9a53-6f1c2f0c7a11")
_SYNTAX = {
    "plain": ExplicitVRLittleEndian,
    "rle": RLELossless,
    "jpegls": JPEGLSLossless,
    "jpeg2000": JPEG2000Lossless,
}
_VIEWS = {  # SNOMED CT codes of CID 4010
    "PA": ("272479007", "postero-anterior"),
    "AP": ("399348003", "antero-posterior"),
    "LL": ("399173006", "left lateral"),
}


def uid_of(*parts: object) -> UID:
    """A UID under 2.25 that is the same for the same parts (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(_NAMESPACE, '/'.join(str(p) for p in parts)).int}")


def write_film(path: Path, study: Study, film: Film, number: int, *, transfer: str | None = None) -> Path:
    """Writes `film` as the study's image `number` (from 1) in the site's, or the given, transfer syntax."""
    is_inverted = study.site.photometric == "MONOCHROME1"
    pixels = film.stored(bits=study.site.bits_stored, is_inverted=is_inverted)
    kind = transfer or study.site.transfer
    dataset = FileDataset(str(path), {}, preamble=b"\0" * 128, file_meta=_meta(study, number, _SYNTAX[kind]))
    _describe_patient(dataset, study)
    _describe_study(dataset, study, film, number)
    _describe_image(dataset, study, film, pixels)
    _describe_display(dataset, study, pixels)
    encoded = encode(pixels, kind)
    dataset.PixelData = encapsulate([encoded]) if kind != "plain" else encoded
    dataset["PixelData"].VR = "OB" if kind != "plain" else "OW"
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def encode(pixels: NDArray[np.uint16], kind: str) -> bytes:
    """The pixels (rows, columns) as one frame: "plain", "rle", "jpegls" or "jpeg2000", all of them lossless."""
    if kind == "plain":
        return pixels.astype("<u2").tobytes()
    if kind == "rle":
        return _rle(pixels)
    if kind == "jpegls":
        return bytes(imagecodecs.jpegls_encode(pixels, level=0))
    return bytes(imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="j2k", reversible=True))


def _rle(pixels: NDArray[np.uint16]) -> bytes:
    """PS3.5 annex G: one PackBits segment for the high bytes, one for the low, each row on its own."""
    segments = []
    for plane in (pixels >> 8, pixels & 0xFF):
        rows = plane.astype(np.uint8)
        segment = b"".join(bytes(imagecodecs.packbits_encode(row)) for row in rows)
        segments.append(segment + b"\0" * (len(segment) % 2))
    offsets = [2, 64, 64 + len(segments[0]), *[0] * 13]
    return np.array(offsets, dtype="<u4").tobytes() + b"".join(segments)


def _meta(study: Study, number: int, syntax: UID) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = uid_of(study.study_id, study.seed, "image", number)
    meta.TransferSyntaxUID = syntax
    meta.ImplementationClassUID = uid_of("implementation")
    return meta


def _describe_patient(dataset: Dataset, study: Study) -> None:
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = ""
    dataset.PatientID = study.patient.pseudonym
    dataset.PatientBirthDate = ""
    dataset.PatientSex = study.patient.sex
    dataset.PatientAge = f"{study.age:03d}Y"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "Synthetic study; no patient exists"
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"


def _describe_study(dataset: Dataset, study: Study, film: Film, number: int) -> None:
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = uid_of(study.study_id, study.seed, "image", number)
    dataset.StudyInstanceUID = uid_of(study.study_id, study.seed, "study")
    dataset.SeriesInstanceUID = uid_of(study.study_id, study.seed, "series", number)
    dataset.StudyID = study.study_id
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = dataset.AcquisitionDate = study.study_date
    dataset.StudyTime = dataset.ContentTime = ""
    dataset.Modality = "DX"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.SeriesNumber = dataset.InstanceNumber = number
    dataset.StudyDescription = "Chest radiograph"
    dataset.SeriesDescription = "Chest lateral" if film.view == "LL" else f"Chest {film.view}"
    dataset.Manufacturer = study.site.manufacturer
    dataset.ManufacturerModelName = study.site.model


def _describe_image(dataset: Dataset, study: Study, film: Film, pixels: NDArray[np.uint16]) -> None:
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.BodyPartExamined = "CHEST"
    dataset.AnatomicRegionSequence = Sequence([_code("816094009", "Chest")])
    dataset.ViewPosition = film.view
    dataset.ViewCodeSequence = Sequence([_code(*_VIEWS[film.view])])
    dataset.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence()
    dataset.ImageLaterality = "U"
    dataset.PatientOrientation = ["P", "F"] if film.view == "LL" else ["L", "F"]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = study.site.photometric
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = 16
    dataset.BitsStored = study.site.bits_stored
    dataset.HighBit = study.site.bits_stored - 1
    dataset.PixelRepresentation = 0
    dataset.ImagerPixelSpacing = dataset.PixelSpacing = [round(film.pitch, 5)] * 2
    dataset.PixelAspectRatio = [1, 1]
    dataset.DetectorType = "SCINTILLATOR"
    dataset.DetectorConfiguration = "AREA"
    dataset.KVP = "90" if film.view == "AP" else "120"
    dataset.AcquisitionContextSequence = Sequence()
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"


def _describe_display(dataset: Dataset, study: Study, pixels: NDArray[np.uint16]) -> None:
    is_inverted = study.site.photometric == "MONOCHROME1"
    dataset.PresentationLUTShape = "INVERSE" if is_inverted else "IDENTITY"
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = 1 if is_inverted else -1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = 0, 1, "US"
    low, high = (int(v) for v in np.percentile(pixels[::7, ::7], (1, 99.5)))
    dataset.WindowCenter, dataset.WindowWidth = (low + high) // 2, max(2, high - low)
    dataset.VOILUTFunction = "LINEAR"


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return item
