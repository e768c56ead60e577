"""Instances and pictures as they are sent: DICOM files (PS3.10), and what a screen can show."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cases.adapters.dicom import decoded
from cases.gate.header.deidentification import written
from cases.rendition import Window, render
from dicomweb.adapters.pixels import (
    StoredPixels,
    all_stored,
    decoded_array,
    decoded_frames,
    one_frame,
    room_for,
)
from dicomweb.adapters.stretches import Content, PixelsMissingError

_UNDEFINED_LENGTH = 0xFFFFFFFF
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_OFFSET_TABLES = (0x7FE00001, 0x7FE00002)
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}


@dataclass(frozen=True)
class Drawing:
    """How a picture is drawn: the window (None for the file's own), the size it has to fit into, the JPEG quality."""

    window: Window | None = None
    function: str = "LINEAR"
    size: tuple[int, int] | None = None
    quality: int = 90


def dicom_file(header: Dataset, pixels: StoredPixels, *, as_stored: bool) -> Content:
    """The instance as a DICOM file: its pixels as they are stored, or decoded to Explicit VR Little Endian. They come from
    the file, which is to stay open until all is sent, piece by piece or frame by frame: none of it is whole in memory.

    ``header`` is changed. Raises what decoding raises; after the first frame, as it is sent.
    """
    if as_stored and pixels.is_encapsulated and pixels.can_be_copied:
        start = _written(header, pixels.syntax) + _element_head(pixels.tag, "OB", _UNDEFINED_LENGTH)
        return _joined(start, all_stored(pixels), _SEQUENCE_END)
    for tag in _OFFSET_TABLES:
        if tag in header:
            del header[tag]
    is_native = not pixels.is_encapsulated and pixels.can_be_copied
    content = all_stored(pixels) if is_native else _decoded(header, pixels)
    vr = replace(pixels, header=header).native_vr  # of colours that were decoded, the header says another depth now
    padding = b"\0" * (content.length % 2)
    start = _written(header, ExplicitVRLittleEndian) + _element_head(pixels.tag, vr, content.length + len(padding))
    return _joined(start, content, padding)


def _element_head(tag: int, vr: str, length: int) -> bytes:
    """How Pixel Data, or floating-point ones, begin in Explicit VR Little Endian (PS3.5 7.1.2)."""
    return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, length)


def _joined(start: bytes, content: Content, end: bytes) -> Content:
    return Content(len(start) + content.length + len(end), chain([start], content.chunks, [end] if end else []))


def picture(pixels: StoredPixels, index: int, drawing: Drawing, media_type: str) -> bytes:
    """One frame (from 0) as a JPEG or PNG of 8 bits, with the file's window or the one that is asked for.

    Raises what decoding raises, see ``room_for``.
    """
    width, height = drawing.size or (0, 0)
    with room_for(pixels, 3 * width * height):
        return _picture(pixels, index, drawing, media_type)


def _picture(pixels: StoredPixels, index: int, drawing: Drawing, media_type: str) -> bytes:
    image = decoded(one_frame(pixels, index), decoded_array(pixels, index))
    levels: NDArray[np.uint8]
    if image.is_colour:
        levels = np.asarray(image.frames[0], dtype=np.uint8)
    else:
        scale = image.scale
        if drawing.window is not None:
            scale = replace(scale, windows=(drawing.window,), function=drawing.function, voi_tables=())
        levels = render(image.frames[0], scale)
    shown = Pillow.fromarray(levels)
    if drawing.size is not None:
        shown = _fitted(shown, drawing.size)
    buffer = io.BytesIO()
    shown.save(buffer, _FORMATS[media_type], quality=drawing.quality)
    return buffer.getvalue()


def _fitted(shown: Pillow.Image, size: tuple[int, int]) -> Pillow.Image:
    """Scaled, up or down, to the largest size that fits; never less than a pixel."""
    factor = min(size[0] / shown.width, size[1] / shown.height)
    target = max(1, round(shown.width * factor)), max(1, round(shown.height * factor))
    return shown.resize(target, Pillow.Resampling.BOX if factor < 1 else Pillow.Resampling.BILINEAR)


def _decoded(header: Dataset, pixels: StoredPixels) -> Content:
    """All frames, one after the other; the header is made to say how they lie now, as the first one tells."""
    frames = decoded_frames(pixels)
    first = next(frames)
    header.BitsAllocated = 8 * first.dtype.itemsize
    if first.ndim == 3:
        header.PlanarConfiguration = 0
        header.PhotometricInterpretation = "RGB"

    def chunks() -> Iterator[bytes]:
        for frame in chain([first], frames):
            if (frame.shape, frame.dtype) != (first.shape, first.dtype):
                raise PixelsMissingError("The frames of the stored file are not of one size.")
            yield np.ascontiguousarray(frame, dtype=frame.dtype.newbyteorder("<")).tobytes()

    return Content(pixels.frames * first.nbytes, chunks())


def _written(header: Dataset, syntax: UID) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = header.get("SOPClassUID") or UID("")
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    meta.TransferSyntaxUID = syntax
    header.file_meta = meta
    return written(header)
