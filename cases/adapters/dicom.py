"""DICOM files: what is kept of the header, and the pixels. Hostile input ends in an UnreadableFileError, nothing else."""

import hashlib
import io
import logging
import math
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cases.adapters import codecs
from cases.adapters.derivation import Decoded, derive, masked
from cases.adapters.pictures import UnreadableFileError
from cases.adapters.spooling import SpoolError
from cases.contribution import GateFacts, ImageFacts, Region, StudyFacts
from cases.demographics import parse_age, parse_date, parse_sex
from cases.frame_headers import Geometry
from cases.gate.burned_in import text_regions
from cases.gate.checks import inferred_body_part, inferred_view
from cases.gate.descriptions import cleaned
from cases.gate.headers import descriptions, identifiers
from cases.gate.image_hash import image_hash
from cases.gate.technique import is_technique, words_of_technique
from cases.rendition import GreyScale, LookupTable, Window

MAX_DECODED_BYTES = 768 * 1024**2
# How a data set begins that has lost its preamble: group 0002 or 0008, in either byte order.
_BARE_STARTS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
MAGNIFICATION = "EstimatedRadiographicMagnificationFactor"
_PICTURE_TAGS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
IDENTITY_NOT_REMOVED = "PatientIdentityRemoved (0012,0062) is not YES, so nothing says that this was de-identified."

logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # it quotes header values
codecs.register()


def is_dicom(start: bytes) -> bool:
    """Whether a file may be DICOM by its first 132 bytes; one that lost its preamble counts."""
    return start[128:132] == b"DICM" or start.startswith(_BARE_STARTS)


def read_dicom(
    data: bytes,
    *,
    sha256: str = "",
    modalities: Sequence[str] = (),
    frames_in: Path | None = None,
    mask: Sequence[Region] = (),
) -> ImageFacts:
    """Header and picture of one file, whose digest is ``sha256`` where the caller has it. Raises UnreadableFileError with
    the reason, SpoolError where a frame file cannot be written, and never anything else.

    ``modalities``: those the benchmark takes (all when empty); the header is judged before any pixel is decoded.
    ``frames_in``: the folder that takes the frame files; without it none are made. The boxes of ``mask`` are black in
    all that is derived.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = parse(data)
            _refuse_unfit(dataset, modalities)
            sha256 = sha256 or hashlib.sha256(data).hexdigest()
            return _facts(dataset, sha256, frames_in, mask)
        except (UnreadableFileError, SpoolError):
            raise
        except MemoryError:
            raise UnreadableFileError("too_large", "The file does not fit into memory when it is decoded.") from None
        except Exception as error:
            message = f"The DICOM header cannot be understood ({type(error).__name__})."
            raise UnreadableFileError("unreadable", message) from error


def parse(data: bytes) -> FileDataset:
    """The file with its header; raises UnreadableFileError."""
    has_preamble = data[128:132] == b"DICM"
    try:
        dataset = pydicom.dcmread(io.BytesIO(data), force=not has_preamble)
    except Exception as error:
        message = f"The file cannot be read as DICOM ({type(error).__name__})."
        raise UnreadableFileError("unreadable", message) from error
    if not len(dataset):
        raise UnreadableFileError("unreadable", "The file cannot be read as DICOM: it holds no data.")
    if not getattr(dataset, "file_meta", None) or "TransferSyntaxUID" not in dataset.file_meta:
        _guess_syntax(dataset)
    return dataset


def _guess_syntax(dataset: FileDataset) -> None:
    """A bare data set is in the default syntax, or in the one it was evidently read with."""
    if not getattr(dataset, "file_meta", None):
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
    is_implicit, is_little = dataset.original_encoding
    explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit


def _refuse_unfit(dataset: Dataset, modalities: Sequence[str]) -> None:
    modality = _text(dataset, "Modality", 16)
    if modalities and modality not in modalities:
        has = f"Modality is {modality!r}" if modality else "The file names no Modality (0008,0060)"
        message = f"{has}; the benchmark takes {', '.join(modalities)}."
        raise UnreadableFileError("modality", message, name="Modality", value=modality)
    if not any(tag in dataset for tag in _PICTURE_TAGS):
        raise UnreadableFileError("no_picture", "The file holds no picture (no Pixel Data element).")
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if not _text(dataset, keyword, 64):
            raise UnreadableFileError("missing", f"{keyword} is missing or empty.", name=keyword)


def _facts(dataset: FileDataset, sha256: str, frames_in: Path | None, mask: Sequence[Region]) -> ImageFacts:
    pixels = decode_pixels(dataset)
    image = decoded(dataset, pixels)
    image = replace(image, frames=masked(image.frames, mask))
    gate = _gate_facts(dataset, image)
    is_removed = _text(dataset, "PatientIdentityRemoved", 16).upper() == "YES"
    return ImageFacts(
        study=replace(study_facts(dataset), view_position=_view(dataset, gate), body_part=gate.body_part),
        series_uid=_text(dataset, "SeriesInstanceUID", 64),
        series_description=cleaned(_text(dataset, "SeriesDescription", 64)),
        series_number=_whole(dataset, "SeriesNumber"),
        sop_uid=_text(dataset, "SOPInstanceUID", 64),
        sha256=sha256,
        pixel_sha256=hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest(),
        transfer_syntax=str(dataset.file_meta.TransferSyntaxUID)[:64],
        instance_number=_whole(dataset, "InstanceNumber"),
        view_position=_view(dataset, gate),
        laterality=_text(dataset, "ImageLaterality", 8) or _text(dataset, "Laterality", 8),
        rows=int(image.frames.shape[1]),
        columns=int(image.frames.shape[2]),
        frames=len(image.frames),
        display=_display(dataset, image),
        pictures=derive(image, frames_in),
        accession=_text(dataset, "AccessionNumber", 64),
        gate=gate,
        remarks=() if is_removed else (IDENTITY_NOT_REMOVED,),
    )


def _gate_facts(dataset: FileDataset, image: Decoded) -> GateFacts:
    words, levels = descriptions(dataset), image.shown
    return GateFacts(
        sop_class=_text(dataset, "SOPClassUID", 64),
        identifiers=identifiers(dataset),
        burned_in=_text(dataset, "BurnedInAnnotation", 16).upper(),
        text_regions=text_regions(levels),
        image_hash=image_hash(levels),
        descriptions=words,
        body_part=inferred_body_part(_text(dataset, "BodyPartExamined", 64), words),
        lateralities=(_text(dataset, "Laterality", 8), _text(dataset, "ImageLaterality", 8)),
    )


def _view(dataset: Dataset, gate: GateFacts) -> str:
    return inferred_view(_text(dataset, "ViewPosition", 32), gate.descriptions)


def study_facts(dataset: Dataset) -> StudyFacts:
    """What the header says of the study. A value that breaks a rule counts as not given."""
    return StudyFacts(
        patient_id=_text(dataset, "PatientID", 120),
        study_uid=_text(dataset, "StudyInstanceUID", 64),
        modality=_text(dataset, "Modality", 16),
        body_part=_technical(dataset, "BodyPartExamined", 64),
        view_position=_technical(dataset, "ViewPosition", 32),
        age=_lenient(parse_age, _text(dataset, "PatientAge", 16)),
        sex=_lenient(parse_sex, _text(dataset, "PatientSex", 16)) or "",
        manufacturer=words_of_technique(_text(dataset, "Manufacturer", 64)),
        study_date=_lenient(parse_date, _text(dataset, "StudyDate", 32)),
    )


def decode_pixels(dataset: FileDataset) -> NDArray[np.generic]:
    """All frames as stored, colours as RGB: frames × H × W (× 3), the first axis only when there are several.

    Raises UnreadableFileError when they do not decode, or would take more than MAX_DECODED_BYTES.
    """
    sizes = [_number(dataset, name) or 0 for name in ("Rows", "Columns")]
    more = [_number(dataset, name) or 1 for name in ("SamplesPerPixel", "NumberOfFrames")]
    expected = math.prod([*sizes, *more]) * (_number(dataset, "BitsAllocated") or 8) / 8
    if not 0 < expected <= MAX_DECODED_BYTES:
        message = f"The picture is {sizes[1]:g} × {sizes[0]:g} pixels, {more[1]:g} frames: " + (
            f"more than {MAX_DECODED_BYTES // 1024**2} MiB when decoded."
            if expected > 0
            else "there is nothing to see."
        )
        raise UnreadableFileError("size", message, name="Rows")
    syntax = dataset.file_meta.TransferSyntaxUID
    dataset.file_meta.TransferSyntaxUID = codecs.decoded_as(syntax)
    try:
        return _pixels(dataset)
    except MemoryError:
        raise
    except Exception as error:
        message = f"The pixels cannot be decoded ({getattr(syntax, 'name', syntax)}, {type(error).__name__})."
        raise UnreadableFileError("undecodable", message, name="PixelData") from error
    finally:
        dataset.file_meta.TransferSyntaxUID = syntax


def _pixels(dataset: FileDataset) -> NDArray[np.generic]:
    """By our decoder where it has one for the syntax; else, and where it fails, by any of pydicom's."""
    if codecs.is_available(dataset.file_meta.TransferSyntaxUID):
        try:
            return np.asarray(pixel_array(dataset, decoding_plugin=codecs.PLUGIN))
        except MemoryError:
            raise
        except Exception as first:  # noqa: BLE001 - a hostile file makes decoders raise nearly anything
            try:
                return np.asarray(pixel_array(dataset))
            except Exception:  # noqa: BLE001 - the first reason is the better one
                raise first from None
    return np.asarray(pixel_array(dataset))


def decoded(dataset: Dataset, pixels: NDArray[np.generic]) -> Decoded:
    """The pixels frame by frame with all that says how they are shown; palettes become colours."""
    is_colour = int(_number(dataset, "SamplesPerPixel") or 1) > 1
    if _text(dataset, "PhotometricInterpretation", 32) == "PALETTE COLOR" and not is_colour:
        pixels, is_colour = apply_color_lut(pixels, dataset), True
        if pixels.dtype.itemsize == 2:
            pixels = np.asarray(pixels, dtype=np.uint16) >> 8
    frames = pixels if pixels.ndim == (4 if is_colour else 3) else pixels[np.newaxis]
    return Decoded(_colour_levels(frames) if is_colour else frames, grey_scale(dataset), _geometry(dataset))


def grey_scale(dataset: Dataset) -> GreyScale:
    """How this file's stored values become grey levels. Windows that break the standard's rule are left out."""
    photometric = _text(dataset, "PhotometricInterpretation", 32)
    shape = _text(dataset, "PresentationLUTShape", 16)
    function = _text(dataset, "VOILUTFunction", 16).upper() or "LINEAR"
    return GreyScale(
        bits_stored=_whole(dataset, "BitsStored") or 16,
        # Inverted once: the shape decides where there is one, and files that say it twice mean one inversion.
        is_inverted=shape == "INVERSE" or (shape != "IDENTITY" and photometric == "MONOCHROME1"),
        slope=_number(dataset, "RescaleSlope") or 1.0,
        intercept=_number(dataset, "RescaleIntercept") or 0.0,
        windows=_windows(dataset, function),
        function=function if function in {"LINEAR", "LINEAR_EXACT", "SIGMOID"} else "LINEAR",
        modality_table=next(iter(_tables(dataset, "ModalityLUTSequence")), None),
        voi_tables=_tables(dataset, "VOILUTSequence"),
        padding=_whole(dataset, "PixelPaddingValue"),
    )


def _windows(dataset: Dataset, function: str) -> tuple[Window, ...]:
    centers, widths = _numbers(dataset, "WindowCenter"), _numbers(dataset, "WindowWidth")
    names = dataset.get("WindowCenterWidthExplanation") or []
    names = [names] if isinstance(names, str) else list(names)
    names += [""] * len(centers)
    least = 0.0 if function in {"SIGMOID", "LINEAR_EXACT"} else 1.0
    return tuple(
        Window(center, width, _clean(name, 64))
        for center, width, name in zip(centers, widths, names, strict=False)
        if width > 0 and width >= least
    )


def _tables(dataset: Dataset, keyword: str) -> tuple[LookupTable, ...]:
    """The lookup tables of the sequence; broken ones are left out."""
    try:
        found = [_table(item) for item in dataset.get(keyword) or ()]
    except (AttributeError, TypeError, ValueError):
        return ()
    return tuple(table for table in found if table is not None)


def _table(item: Dataset) -> LookupTable | None:
    try:
        count, first, bits = (int(number) for number in item.LUTDescriptor)
        count = count or 65536
        data = item.LUTData
        if isinstance(data, bytes):
            data = np.frombuffer(data, dtype="<u2" if len(data) >= 2 * count else "u1").tolist()
        values = tuple(int(value) for value in data)[:count]
    except (AttributeError, TypeError, ValueError):
        return None
    is_whole = len(values) == count and 1 <= bits <= 16 and min(values) >= 0 and max(values) < 2**16
    return LookupTable(first, bits, values, _text(item, "LUTExplanation", 64)) if is_whole else None


def _display(dataset: Dataset, image: Decoded) -> dict[str, Any]:
    scale, geometry = image.scale, image.geometry
    return {
        "photometric": _text(dataset, "PhotometricInterpretation", 32),
        "is_colour": image.is_colour,
        "is_inverted": scale.is_inverted and not image.is_colour,
        "bits_stored": scale.bits_stored,
        "is_signed": bool(_whole(dataset, "PixelRepresentation")),
        "slope": scale.slope,
        "intercept": scale.intercept,
        "voi_function": scale.function,
        "has_voi_table": scale.voi_table is not None,
        "windows": [{"center": one.center, "width": one.width, "name": one.name} for one in scale.windows],
        "spacing": list(geometry.spacing) if geometry.spacing else None,
        "spacing_source": geometry.source,
    }


def _geometry(dataset: Dataset) -> Geometry:
    """The spacing that may be measured with: calibrated or in the patient's plane, else at the detector (projected
    back where the file tells its magnification), else of the scanned film. Zero means that nobody knows.
    """
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        numbers = _numbers(dataset, keyword)
        if len(numbers) == 2 and all(number > 0 for number in numbers):
            spacing = numbers[0], numbers[1]
            magnification = _number(dataset, MAGNIFICATION) or 1.0
            if keyword == "ImagerPixelSpacing" and magnification > 1:
                return Geometry((spacing[0] / magnification, spacing[1] / magnification), f"{keyword}/{MAGNIFICATION}")
            return Geometry(spacing, keyword)
    return Geometry()


def _colour_levels(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels[..., :3], dtype=np.uint8)
    top = float(np.max(pixels)) or 1.0
    return np.floor(pixels[..., :3].astype(np.float64) * (255.0 / top)).clip(0, 255).astype(np.uint8)


def _lenient(parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def _clean(value: object, limit: int) -> str:
    return "".join(char for char in str(value) if char.isprintable()).strip()[:limit]


def _text(dataset: Dataset, keyword: str, limit: int) -> str:
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return ""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        value = value[0] if len(value) else ""
    return _clean(value, limit)


def _technical(dataset: Dataset, keyword: str, limit: int) -> str:
    """The text of an attribute of technique; empty where it names somebody, as it is shown and exported."""
    text = _text(dataset, keyword, limit)
    return text if is_technique(text) else ""


def _numbers(dataset: Dataset, keyword: str) -> list[float]:
    try:
        value = dataset.get(keyword)
        several = value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
        numbers = [float(one) for one in several if one is not None and str(one).strip()]
    except Exception:  # noqa: BLE001 - one broken element must not hide the others
        return []
    return [number for number in numbers if math.isfinite(number)]


def _number(dataset: Dataset, keyword: str) -> float | None:
    numbers = _numbers(dataset, keyword)
    return numbers[0] if numbers else None


def _whole(dataset: Dataset, keyword: str) -> int | None:
    number = _number(dataset, keyword)
    return int(number) if number is not None and abs(number) < 2**31 else None
