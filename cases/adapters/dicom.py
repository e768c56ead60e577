"""DICOM files: what is kept of the header, and the pixels. Hostile input ends in an UnreadableFileError, nothing else."""

import hashlib
import io
import logging
import math
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import iter_pixels, pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cases.adapters import codecs
from cases.adapters.deflated import unpacked
from cases.adapters.derivation import Decoded, derive, masked
from cases.adapters.frame_groups import is_enhanced, of_frames
from cases.adapters.pictures import UnreadableFileError, pixel_digest
from cases.adapters.spooling import SpoolError
from cases.adapters.surplus import beside_the_frames, within_bits_stored
from cases.contribution import GateFacts, ImageFacts, Printed, Region, StudyFacts
from cases.demographics import parse_age, parse_date, parse_sex
from cases.frame_headers import CALIBRATED, MAGNIFIED, UNSTATED, Geometry
from cases.gate.checks import inferred_body_part, inferred_laterality, inferred_view
from cases.gate.header import door
from cases.gate.header.burned_in import printed_in
from cases.gate.header.descriptions import cleaned
from cases.gate.header.headers import descriptions, identifiers
from cases.gate.header.image_hash import image_hash
from cases.gate.header.limits import HeaderScan, HeaderTooLargeError, refuse_too_large
from cases.rendition import GreyScale, LookupTable, Window

MAX_DECODED_BYTES = 768 * 1024**2
# How a data set begins that has lost its preamble: group 0002 or 0008, in either byte order.
_BARE_STARTS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
MAGNIFICATION = "EstimatedRadiographicMagnificationFactor"
_OF_THE_PICTURE = ("ImagerPixelSpacing", "NominalScannedPixelSpacing")
_PROJECTIONS = frozenset({"CR", "DX", "IO", "MG", "PX", "RF", "RG", "XA"})
# As they lie, since unused bits are looked at before they go.
_as_it_lies = partial(pixel_array, view_only=True, correct_unused_bits=False)
_each_as_it_lies = partial(iter_pixels, view_only=True, correct_unused_bits=False)
_PICTURE_TAGS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
IDENTITY_NOT_REMOVED = "PatientIdentityRemoved (0012,0062) is not YES, so nothing says that this was de-identified."

# The work on one picture is long stretches outside of Python's lock: where a core is free, as for the last film of many,
# they go side by side.
_beside = ThreadPoolExecutor(2)

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
    with_film: bool = False,
    with_text: bool = True,
) -> ImageFacts:
    """Header and picture of one file, whose digest is ``sha256`` where the caller has it. Raises UnreadableFileError with
    the reason, SpoolError where a frame file cannot be written, and never anything else.

    ``modalities``: those the benchmark takes (all when empty); the header is judged before any pixel is decoded.
    ``frames_in``: the folder that takes the frame files; without it none are made. The boxes of ``mask`` are black in
    all that is derived. ``with_film``: with the film that a release takes. ``with_text``: with the lines of text in the pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = parse(data)
            refuse_too_large(dataset)
            _refuse_unfit(dataset, modalities)
            sha256 = sha256 or hashlib.sha256(data).hexdigest()
            study = study_facts(dataset, modalities)
            return _facts(dataset, study, sha256, frames_in, mask, with_film=with_film, with_text=with_text)
        except (UnreadableFileError, SpoolError):
            raise
        except HeaderTooLargeError as error:
            raise UnreadableFileError("header_size", str(error)) from None
        except MemoryError:
            raise UnreadableFileError("too_large", "The file does not fit into memory when it is decoded.") from None
        except Exception as error:
            message = f"The DICOM header cannot be understood ({type(error).__name__})."
            raise UnreadableFileError("unreadable", message) from error


def parse(data: bytes) -> FileDataset:
    """The file with its header; raises UnreadableFileError."""
    try:
        dataset = _read(data)
    except HeaderTooLargeError as error:
        raise UnreadableFileError("header_size", str(error)) from None
    except UnreadableFileError:
        raise
    except Exception as error:
        message = f"The file cannot be read as DICOM ({type(error).__name__})."
        raise UnreadableFileError("unreadable", message) from error
    if not len(dataset):
        raise UnreadableFileError("unreadable", "The file cannot be read as DICOM: it holds no data.")
    if not getattr(dataset, "file_meta", None) or "TransferSyntaxUID" not in dataset.file_meta:
        _guess_syntax(dataset)
    return dataset


def _read(data: bytes) -> FileDataset:
    """The file as pydicom reads it, a deflated one within bounds."""
    file = io.BytesIO(data)
    plain = unpacked(file)
    if plain is None:
        message = (
            "The file is deflated, and grows when it is unpacked beyond its picture, as a zip bomb does, or does not say where "
            "its data begin."
        )
        raise UnreadableFileError("bomb", message)
    if plain is file:
        return read_partial(file, HeaderScan(), force=data[128:132] != b"DICM")
    meta = read_partial(io.BytesIO(data[: 144 + int.from_bytes(data[140:144], "little")]))
    dataset = read_dataset(plain, is_implicit_VR=False, is_little_endian=True, stop_when=HeaderScan())
    whole = FileDataset(plain, dataset, meta.preamble, meta.file_meta, is_implicit_VR=False, is_little_endian=True)
    whole.set_original_encoding(False, True, dataset.get("SpecificCharacterSet"))
    return whole


def _guess_syntax(dataset: FileDataset) -> None:
    """A bare data set is in the default syntax, or in the one it was evidently read with."""
    if not getattr(dataset, "file_meta", None):
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
    is_implicit, is_little = dataset.original_encoding
    explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit


def _refuse_unfit(dataset: Dataset, modalities: Sequence[str]) -> None:
    modality = door.modality(dataset, modalities)
    # One that says none is held by the gate: it may be of any.
    if modalities and modality not in modalities and door.is_given(dataset, "Modality"):
        has = f"Modality is {modality!r}" if modality else "Modality (0008,0060) is none that DICOM knows"
        message = f"{has}; the benchmark takes {', '.join(modalities)}."
        raise UnreadableFileError("modality", message, name="Modality", value=modality)
    if not any(tag in dataset for tag in _PICTURE_TAGS):
        raise UnreadableFileError("no_picture", "The file holds no picture (no Pixel Data element).")
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if not door.uid(dataset, keyword):
            has = "is no UID: a UID is numbers with dots between them"
            has = has if door.is_given(dataset, keyword) else "is missing or empty"
            raise UnreadableFileError("missing", f"{keyword} {has}.", name=keyword)


def _facts(
    dataset: FileDataset,
    study: StudyFacts,
    sha256: str,
    frames_in: Path | None,
    mask: Sequence[Region],
    *,
    with_film: bool,
    with_text: bool,
) -> ImageFacts:
    pixels, unused_bits = decode_looking(dataset)
    surplus = tuple(filter(None, (unused_bits, beside_the_frames(dataset))))
    image = decoded(dataset, pixels)
    image = replace(image, frames=masked(image.frames, mask))
    digest = _beside.submit(pixel_digest, pixels)
    levels = image.small  # before two ask for it
    is_film = len(image.frames) == 1 and not image.is_colour and not mask  # whose frame is what the digest is of
    pictures = _beside.submit(derive, image, frames_in, digest.result if is_film else None, with_film=with_film)
    printed = _printed(image) if with_text else Printed()
    gate = replace(_gate_facts(dataset, levels), printed=printed, surplus=surplus)
    is_removed = bool(door.one_of(dataset, "PatientIdentityRemoved", {"YES"}))
    return ImageFacts(
        study=replace(study, view_position=_view(dataset, gate), body_part=gate.body_part),
        series_uid=door.uid(dataset, "SeriesInstanceUID"),
        series_description=door.described(dataset, "SeriesDescription", 64, cleaned),
        series_number=door.count(dataset, "SeriesNumber"),
        sop_uid=door.uid(dataset, "SOPInstanceUID"),
        sha256=sha256,
        pixel_sha256=digest.result(),
        transfer_syntax=door.uid(dataset.file_meta, "TransferSyntaxUID"),
        instance_number=door.count(dataset, "InstanceNumber"),
        view_position=_view(dataset, gate),
        laterality=inferred_laterality(
            door.term(dataset, "ImageLaterality", 8) or door.term(dataset, "Laterality", 8), gate.descriptions
        ),
        rows=int(image.frames.shape[1]),
        columns=int(image.frames.shape[2]),
        frames=len(image.frames),
        display=_display(dataset, image),
        pictures=pictures.result(),
        accession=door.identifier(dataset, "AccessionNumber", 64),
        bits_allocated=door.whole(dataset, "BitsAllocated"),
        gate=gate,
        remarks=() if is_removed else (IDENTITY_NOT_REMOVED,),
    )


def _gate_facts(dataset: FileDataset, levels: NDArray[np.uint8]) -> GateFacts:
    words = descriptions(dataset)
    return GateFacts(
        sop_class=door.sop_class(dataset),
        identifiers=identifiers(dataset),
        burned_in=door.one_of(dataset, "BurnedInAnnotation", {"YES", "NO"}),
        image_hash=image_hash(levels),
        descriptions=words,
        body_part=inferred_body_part(door.body_part(dataset), words),
        lateralities=(door.term(dataset, "Laterality", 8), door.term(dataset, "ImageLaterality", 8)),
    )


def _printed(image: Decoded) -> Printed:
    stored_range = image.stored_range if image.scale.needs_range and not image.is_colour else (0.0, 255.0)
    return printed_in(image.frames, image.scale, stored_range, image.sums)


def _view(dataset: Dataset, gate: GateFacts) -> str:
    """Of films alone the descriptions tell it: in a series of slices "AP" may be how it was encoded."""
    said = door.view(dataset)
    is_film = door.modality(dataset) in _PROJECTIONS | {"", "OT"}
    return inferred_view(said, gate.descriptions) if is_film else said


def study_facts(dataset: Dataset, modalities: Sequence[str] = ()) -> StudyFacts:
    """What the header says of the study. A value that breaks a rule counts as not given; ``modalities`` may be others than
    the standard's.
    """
    return StudyFacts(
        patient_id=door.identifier(dataset, "PatientID", 120),
        study_uid=door.uid(dataset, "StudyInstanceUID"),
        modality=door.modality(dataset, modalities),
        body_part=door.body_part(dataset),
        view_position=door.view(dataset),
        age=door.parsed(dataset, "PatientAge", parse_age),
        sex=door.parsed(dataset, "PatientSex", parse_sex) or "",
        manufacturer=door.maker(dataset),
        study_date=door.parsed(dataset, "StudyDate", parse_date),
    )


def decode_pixels(dataset: FileDataset) -> NDArray[np.generic]:
    """All frames as stored, colours as RGB: frames × H × W (× 3), the first axis only when there are several. They may be
    the very bytes of the file, which nobody writes to.

    Raises UnreadableFileError when they do not decode, or would take more than MAX_DECODED_BYTES.
    """
    return decode_looking(dataset)[0]


def decode_looking(dataset: FileDataset) -> tuple[NDArray[np.generic], str]:
    """The same, and what stood in bits that are not the picture's (``within_bits_stored``)."""
    sizes = [door.number(dataset, name) or 0 for name in ("Rows", "Columns")]
    more = [door.number(dataset, name) or 1 for name in ("SamplesPerPixel", "NumberOfFrames")]
    expected = math.prod([*sizes, *more]) * (door.number(dataset, "BitsAllocated") or 8) / 8
    if not 0 < expected <= MAX_DECODED_BYTES:
        message = f"The picture is {sizes[1]:.12g} × {sizes[0]:.12g} pixels, {more[1]:.12g} frames: " + (
            f"more than {MAX_DECODED_BYTES // 1024**2} MiB when decoded."
            if expected > 0
            else "there is nothing to see."
        )
        raise UnreadableFileError("size", message, name="Rows")
    syntax = dataset.file_meta.TransferSyntaxUID
    dataset.file_meta.TransferSyntaxUID = codecs.decoded_as(syntax)
    try:
        return within_bits_stored(_pixels(dataset), dataset)
    except MemoryError:
        raise
    except Exception as error:
        message = f"The pixels cannot be decoded ({door.syntax_name(str(syntax))}, {type(error).__name__})."
        raise UnreadableFileError("undecodable", message, name="PixelData") from error
    finally:
        dataset.file_meta.TransferSyntaxUID = syntax


def _pixels(dataset: FileDataset) -> NDArray[np.generic]:
    """By our decoder where it has one for the syntax; else, and where it fails, by any of pydicom's."""
    if codecs.is_available(dataset.file_meta.TransferSyntaxUID):
        try:
            return _by_our_decoder(dataset)
        except MemoryError:
            raise
        except Exception as first:  # noqa: BLE001 - a hostile file makes decoders raise nearly anything
            try:
                return np.asarray(_as_it_lies(dataset))
            except Exception:  # noqa: BLE001 - the first reason is the better one
                raise first from None
    return np.asarray(_as_it_lies(dataset))


def _by_our_decoder(dataset: FileDataset) -> NDArray[np.generic]:
    """A film, which is one frame, is taken as the decoder gives it; frames are copied into one array."""
    if (door.number(dataset, "NumberOfFrames") or 1) == 1:
        frames = _each_as_it_lies(dataset, decoding_plugin=codecs.PLUGIN)
        only = np.asarray(next(frames))
        is_whole = 8 * only.dtype.itemsize == door.whole(dataset, "BitsAllocated") and next(frames, None) is None
        if is_whole:
            return only
    return np.asarray(_as_it_lies(dataset, decoding_plugin=codecs.PLUGIN))


def decoded(dataset: Dataset, pixels: NDArray[np.generic]) -> Decoded:
    """The pixels frame by frame with all that says how they are shown; palettes become colours."""
    is_colour = int(door.number(dataset, "SamplesPerPixel") or 1) > 1
    if door.one_of(dataset, "PhotometricInterpretation", door.PHOTOMETRIC) == "PALETTE COLOR" and not is_colour:
        pixels, is_colour = apply_color_lut(pixels, dataset), True
        if pixels.dtype.itemsize == 2:
            pixels = np.asarray(pixels, dtype=np.uint16) >> 8
    frames = pixels if pixels.ndim == (4 if is_colour else 3) else pixels[np.newaxis]
    shown = tuple((grey_scale(one), _geometry(one)) for one in of_frames(dataset, len(frames)))
    per_frame = shown if any(one != shown[0] for one in shown) else ()
    return Decoded(_colour_levels(frames) if is_colour else frames, *shown[0], per_frame)


def grey_scale(dataset: Dataset) -> GreyScale:
    """How stored values become grey levels by what stands on the top level (``of_frames``). Windows that break the standard's
    rule are left out.
    """
    photometric = door.one_of(dataset, "PhotometricInterpretation", door.PHOTOMETRIC)
    shape = door.one_of(dataset, "PresentationLUTShape", {"IDENTITY", "INVERSE"})
    function = door.one_of(dataset, "VOILUTFunction", {"LINEAR", "LINEAR_EXACT", "SIGMOID"}) or "LINEAR"
    return GreyScale(
        bits_stored=door.whole(dataset, "BitsStored") or 16,
        # Inverted once: the shape decides where there is one, and files that say it twice mean one inversion.
        is_inverted=shape == "INVERSE" or (shape != "IDENTITY" and photometric == "MONOCHROME1"),
        slope=door.number(dataset, "RescaleSlope") or 1.0,
        intercept=door.number(dataset, "RescaleIntercept") or 0.0,
        windows=_windows(dataset, function),
        function=function,
        modality_table=next(iter(_tables(dataset, "ModalityLUTSequence")), None),
        voi_tables=_tables(dataset, "VOILUTSequence"),
        padding=door.whole(dataset, "PixelPaddingValue"),
        padding_limit=door.whole(dataset, "PixelPaddingRangeLimit"),
    )


def _windows(dataset: Dataset, function: str) -> tuple[Window, ...]:
    centers, widths = door.numbers(dataset, "WindowCenter"), door.numbers(dataset, "WindowWidth")
    names = door.several(dataset, "WindowCenterWidthExplanation", 64) + [""] * len(centers)
    least = 0.0 if function in {"SIGMOID", "LINEAR_EXACT"} else 1.0
    return tuple(
        Window(center, width, name)
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
    return LookupTable(first, bits, values, door.technical(item, "LUTExplanation", 64)) if is_whole else None


def _display(dataset: Dataset, image: Decoded) -> dict[str, Any]:
    scale, geometry = image.scale, image.geometry
    return {
        "photometric": door.one_of(dataset, "PhotometricInterpretation", door.PHOTOMETRIC),
        "is_colour": image.is_colour,
        "is_inverted": scale.is_inverted and not image.is_colour,
        "bits_stored": scale.bits_stored,
        "is_signed": bool(door.whole(dataset, "PixelRepresentation")),
        "slope": scale.slope,
        "intercept": scale.intercept,
        "voi_function": scale.function,
        "has_voi_table": scale.voi_table is not None,
        "windows": [{"center": one.center, "width": one.width, "name": one.name} for one in scale.windows],
        "spacing": list(geometry.spacing) if geometry.spacing else None,
        "spacing_source": geometry.source,
        "stretch": list(geometry.stretch),
    }


def _geometry(dataset: Dataset) -> Geometry:
    """The spacing that may be measured with: calibrated or in the patient's plane, else at the detector (projected
    back where the file tells its magnification), else of the scanned film. Zero means that nobody knows; then
    PixelAspectRatio alone tells the shape of a pixel.
    """
    for keyword in ("PixelSpacing", *_OF_THE_PICTURE):
        if (spacing := _spacing(dataset, keyword)) is None:
            continue
        source = _calibration(dataset, spacing) if keyword == "PixelSpacing" else keyword
        magnification = door.number(dataset, MAGNIFICATION) or 1.0
        if source == "ImagerPixelSpacing" and magnification > 1:
            return Geometry((spacing[0] / magnification, spacing[1] / magnification), MAGNIFIED)
        return Geometry(spacing, source)
    return Geometry(aspect=_spacing(dataset, "PixelAspectRatio") or (1.0, 1.0))


def _calibration(dataset: Dataset, spacing: tuple[float, float]) -> str:
    """What a PixelSpacing means, by the Basic Pixel Spacing Calibration Macro (PS3.3 10.7.1).

    Where no type of calibration is told and it repeats the spacing of the detector or of the scanned film, it is that
    one, uncalibrated. Of a projection that repeats neither nobody says in which plane it holds, but in functional groups,
    where it is one in the patient (C.7.6.16.2.1).
    """
    told = door.one_of(dataset, "PixelSpacingCalibrationType", CALIBRATED)
    if told:
        return f"PixelSpacing/{told}"
    for keyword in _OF_THE_PICTURE:
        other = _spacing(dataset, keyword)
        if other and all(math.isclose(one, same, rel_tol=1e-6) for one, same in zip(spacing, other, strict=True)):
            return keyword
    return UNSTATED if door.modality(dataset) in _PROJECTIONS and not is_enhanced(dataset) else "PixelSpacing"


def _spacing(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    """A pixel's height and width, both above 0."""
    numbers = door.numbers(dataset, keyword)
    return (numbers[0], numbers[1]) if len(numbers) == 2 and min(numbers) > 0 else None


def _colour_levels(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels[..., :3], dtype=np.uint8)
    top = float(np.max(pixels)) or 1.0
    return np.floor(pixels[..., :3].astype(np.float64) * (255.0 / top)).clip(0, 255).astype(np.uint8)
