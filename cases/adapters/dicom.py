"""DICOM files: what is kept of the header, and the pixels. Hostile input ends in an UnreadableFileError, nothing else."""

import hashlib
import io
import logging
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cases.adapters import codecs
from cases.adapters.pictures import UnreadableFileError, derive
from cases.contribution import ImageFacts, StudyFacts
from cases.demographics import parse_age, parse_date, parse_sex
from cases.rendition import GreyScale, LookupTable, Window, render

MAX_DECODED_BYTES = 768 * 1024**2
# How a data set begins that has lost its preamble: group 0002 or 0008, in either byte order.
_BARE_STARTS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
_PICTURE_TAGS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
IDENTITY_NOT_REMOVED = "PatientIdentityRemoved (0012,0062) is not YES, so nothing says that this was de-identified."

logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # it quotes header values
codecs.register()


def is_dicom(start: bytes) -> bool:
    """Whether a file may be DICOM by its first 132 bytes; one that lost its preamble counts."""
    return start[128:132] == b"DICM" or start.startswith(_BARE_STARTS)


def read_dicom(data: bytes, *, modalities: Sequence[str] = ()) -> ImageFacts:
    """Header and picture of one file. Raises UnreadableFileError with the reason, never anything else.

    ``modalities``: those the benchmark takes (all when empty); the header is judged before any pixel is decoded.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = _parse(data)
            _refuse_unfit(dataset, modalities)
            return _facts(dataset, data)
        except UnreadableFileError:
            raise
        except MemoryError:
            raise UnreadableFileError("too_large", "The file does not fit into memory when it is decoded.") from None
        except Exception as error:
            message = f"The DICOM header cannot be understood ({type(error).__name__})."
            raise UnreadableFileError("unreadable", message) from error


def _parse(data: bytes) -> FileDataset:
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
    if _text(dataset, "BurnedInAnnotation", 16).upper() == "YES":
        message = "BurnedInAnnotation (0028,0301) is YES: names may be written in the picture. Clean it first."
        raise UnreadableFileError("burned_in", message, name="BurnedInAnnotation", value="YES")
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if not _text(dataset, keyword, 64):
            raise UnreadableFileError("missing", f"{keyword} is missing or empty.", name=keyword)


def _facts(dataset: FileDataset, data: bytes) -> ImageFacts:
    pixels = decode_pixels(dataset)
    frames = int(_number(dataset, "NumberOfFrames") or 1)
    is_colour = int(_number(dataset, "SamplesPerPixel") or 1) > 1
    first = pixels[0] if pixels.ndim == (4 if is_colour else 3) else pixels
    scale = grey_scale(dataset)
    levels = _colour_levels(first) if is_colour else render(first, scale)
    preview, thumbnail = derive(levels)
    is_removed = _text(dataset, "PatientIdentityRemoved", 16).upper() == "YES"
    return ImageFacts(
        study=study_facts(dataset),
        series_uid=_text(dataset, "SeriesInstanceUID", 64),
        series_description=_text(dataset, "SeriesDescription", 64),
        series_number=_whole(dataset, "SeriesNumber"),
        sop_uid=_text(dataset, "SOPInstanceUID", 64),
        sha256=hashlib.sha256(data).hexdigest(),
        pixel_sha256=hashlib.sha256(pixels.tobytes()).hexdigest(),
        transfer_syntax=str(dataset.file_meta.TransferSyntaxUID)[:64],
        instance_number=_whole(dataset, "InstanceNumber"),
        view_position=_text(dataset, "ViewPosition", 32),
        laterality=_text(dataset, "ImageLaterality", 8) or _text(dataset, "Laterality", 8),
        rows=int(first.shape[0]),
        columns=int(first.shape[1]),
        frames=max(1, frames),
        display=_display(dataset, scale, is_colour),
        preview=preview,
        thumbnail=thumbnail,
        accession=_text(dataset, "AccessionNumber", 64),
        remarks=() if is_removed else (IDENTITY_NOT_REMOVED,),
    )


def study_facts(dataset: Dataset) -> StudyFacts:
    """What the header says of the study. A value that breaks a rule counts as not given."""
    return StudyFacts(
        patient_id=_text(dataset, "PatientID", 120),
        study_uid=_text(dataset, "StudyInstanceUID", 64),
        modality=_text(dataset, "Modality", 16),
        body_part=_text(dataset, "BodyPartExamined", 64),
        view_position=_text(dataset, "ViewPosition", 32),
        age=_lenient(parse_age, _text(dataset, "PatientAge", 16)),
        sex=_lenient(parse_sex, _text(dataset, "PatientSex", 16)) or "",
        manufacturer=_text(dataset, "Manufacturer", 64),
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
    failure: Exception | None = None
    for plugin in ([codecs.PLUGIN] if codecs.is_available(syntax) else []) + [""]:
        try:
            return np.asarray(pixel_array(dataset, decoding_plugin=plugin))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - a hostile file makes decoders raise nearly anything
            failure = failure or error
    message = f"The pixels cannot be decoded ({getattr(syntax, 'name', syntax)}, {type(failure).__name__})."
    raise UnreadableFileError("undecodable", message, name="PixelData") from failure


def grey_scale(dataset: Dataset) -> GreyScale:
    """How this file's stored values become grey levels. Windows that break the standard's rule are left out."""
    photometric = _text(dataset, "PhotometricInterpretation", 32)
    shape = _text(dataset, "PresentationLUTShape", 16)
    function = _text(dataset, "VOILUTFunction", 16).upper() or "LINEAR"
    return GreyScale(
        bits_stored=_whole(dataset, "BitsStored") or 16,
        # Inverted once, whichever of the two says so; files that say both mean one inversion.
        is_inverted=photometric == "MONOCHROME1" or shape == "INVERSE",
        slope=_number(dataset, "RescaleSlope") or 1.0,
        intercept=_number(dataset, "RescaleIntercept") or 0.0,
        windows=_windows(dataset, function),
        function=function if function in {"LINEAR", "LINEAR_EXACT", "SIGMOID"} else "LINEAR",
        modality_table=_table(dataset, "ModalityLUTSequence"),
        voi_table=_table(dataset, "VOILUTSequence"),
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


def _table(dataset: Dataset, keyword: str) -> LookupTable | None:
    """The first lookup table of the sequence; None when there is none, or it is broken."""
    items = dataset.get(keyword)
    if not items:
        return None
    try:
        count, first, bits = (int(number) for number in items[0].LUTDescriptor)
        count = count or 65536
        data = items[0].LUTData
        if isinstance(data, bytes):
            data = np.frombuffer(data, dtype="<u2" if len(data) >= 2 * count else "u1").tolist()
        values = tuple(int(value) for value in data)[:count]
    except (AttributeError, TypeError, ValueError):
        return None
    return LookupTable(first, bits, values) if len(values) == count and 1 <= bits <= 16 else None


def _display(dataset: Dataset, scale: GreyScale, is_colour: bool) -> dict[str, Any]:
    spacing, source = _spacing(dataset)
    return {
        "photometric": _text(dataset, "PhotometricInterpretation", 32),
        "is_colour": is_colour,
        "is_inverted": scale.is_inverted and not is_colour,
        "bits_stored": scale.bits_stored,
        "is_signed": bool(_whole(dataset, "PixelRepresentation")),
        "slope": scale.slope,
        "intercept": scale.intercept,
        "voi_function": scale.function,
        "has_voi_table": scale.voi_table is not None,
        "windows": [{"center": one.center, "width": one.width, "name": one.name} for one in scale.windows],
        "spacing": spacing,
        "spacing_source": source,
    }


def _spacing(dataset: Dataset) -> tuple[list[float] | None, str]:
    """Millimetres per pixel, rows then columns, and where they come from; None where the file gives none or zero."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        numbers = _numbers(dataset, keyword)
        if len(numbers) == 2 and all(number > 0 for number in numbers):
            return numbers, keyword
    return None, ""


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
