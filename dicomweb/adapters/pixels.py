"""Pixels of a stored file: found without reading the rest, frame by frame, as stored or decoded.

A native picture (PS3.5 8.1.1) is always sent in little endian, whatever it is stored in; an encapsulated one (annex A.4)
as its fragments joined, by the extended offset table, the basic one or the fragments themselves.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian

from cases.adapters.derivation import masked
from cases.adapters.dicom import decode_pixels
from cases.contribution import Region

_LONG_VRS = {b"OB", b"OW", b"OF", b"OD", b"UN"}
_UNDEFINED = 0xFFFFFFFF
_PIXEL_TAGS = (0x7FE00010, 0x7FE00008, 0x7FE00009)
# What says how pixels are coded and shown.
_PICTURE = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated"),
    *("BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "PresentationLUTShape", "RescaleSlope"),
    *("RescaleIntercept", "WindowCenter", "WindowWidth", "VOILUTFunction", "ModalityLUTSequence", "VOILUTSequence"),
    *(
        f"{colour}PaletteColorLookupTable{part}"
        for colour in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
    ),
)
_MAX_HEADER = 64 * 1024**2  # bytes in front of the pixels; an import that took a file decoded it, so this is a belt


class PixelsMissingError(ValueError):
    """A file whose pixels are not where its header says; the text is a sentence."""


@dataclass(frozen=True)
class StoredPixels:
    """Where the pixels of an open file lie. ``header`` is all in front of them; ``length`` is None when encapsulated.

    What lies in a box of the ``mask`` is never sent: with one, every frame is decoded and the boxes are filled.
    """

    file: BinaryIO
    header: Dataset
    syntax: UID
    offset: int
    length: int | None
    mask: tuple[Region, ...] = ()

    @property
    def is_encapsulated(self) -> bool:
        return self.syntax.is_encapsulated

    @property
    def sent_syntax(self) -> UID:
        """The transfer syntax in which the stored bytes can be sent as they are."""
        return self.syntax if self.is_encapsulated and not self.mask else ExplicitVRLittleEndian

    @property
    def can_be_copied(self) -> bool:
        """Whether the bytes of the file are those of an answer in ``sent_syntax``."""
        return not self.mask and self.syntax != ExplicitVRBigEndian

    @property
    def frames(self) -> int:
        try:
            return max(1, int(self.header.get("NumberOfFrames") or 1))
        except (TypeError, ValueError):
            return 1


def find_pixels(file: BinaryIO, syntax: str, mask: tuple[Region, ...] = ()) -> StoredPixels:
    """The header of a stored file, and where its pixels begin. ``syntax`` is the one it was imported with.

    Raises PixelsMissingError when there are none.
    """
    if syntax == DeflatedExplicitVRLittleEndian:
        file = _inflated(file)
        syntax = ExplicitVRLittleEndian
    header = pydicom.dcmread(file, force=True, stop_before_pixels=True)
    start = file.tell()
    head = file.read(12)
    is_big = syntax == ExplicitVRBigEndian
    order: Literal["big", "little"] = "big" if is_big else "little"
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    if len(head) < 8 or tag not in _PIXEL_TAGS or start > _MAX_HEADER:
        raise PixelsMissingError("The stored file holds no pixels where its header ends.")
    is_explicit = head[4:6] in _LONG_VRS
    length = int.from_bytes(head[8:12] if is_explicit else head[4:8], order)
    offset = start + (12 if is_explicit else 8)
    return StoredPixels(file, header, UID(syntax), offset, None if length == _UNDEFINED else length, mask)


def stored_frame(pixels: StoredPixels, index: int) -> bytes:
    """The bytes of one frame (from 0) as they are stored: a code stream, or native pixels in little endian.

    Raises PixelsMissingError when the file ends before them.
    """
    if not pixels.can_be_copied:
        return decoded_frame(pixels, index)
    return _copied_frame(pixels, index)


def _copied_frame(pixels: StoredPixels, index: int) -> bytes:
    if pixels.is_encapsulated:
        pixels.file.seek(pixels.offset)
        offsets = _extended_offsets(pixels.header)
        try:
            return get_frame(pixels.file, index, number_of_frames=pixels.frames, extended_offsets=offsets)
        except ValueError as error:
            raise PixelsMissingError(f"Frame {index + 1} is not where the file's offset table says.") from error
    bits = get_expected_length(pixels.header, unit="pixels") // pixels.frames * _bits(pixels.header)
    if bits % 8:
        return decoded_frame(pixels, index)
    size = get_expected_length(pixels.header) // pixels.frames
    pixels.file.seek(pixels.offset + index * size)
    content = pixels.file.read(size)
    if len(content) != size:
        raise PixelsMissingError(f"The file ends before frame {index + 1}.")
    return content + b"\0" * (size % 2)


def decoded_frames(pixels: StoredPixels) -> Iterator[NDArray[np.generic]]:
    """Every frame decoded: H × W, or H × W × 3 in red, green and blue."""
    for index in range(pixels.frames):
        yield decoded_array(pixels, index)


def decoded_array(pixels: StoredPixels, index: int) -> NDArray[np.generic]:
    """One frame (from 0) decoded, the boxes of the mask filled."""
    found: NDArray[np.generic] = masked(decode_pixels(one_frame(pixels, index))[np.newaxis], pixels.mask)[0]
    return found


def decoded_frame(pixels: StoredPixels, index: int) -> bytes:
    """The pixels of one frame (from 0), decoded, in little endian; colours as red, green and blue, pixel by pixel."""
    array = decoded_array(pixels, index)
    content = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
    return content + b"\0" * (len(content) % 2)


def all_stored(pixels: StoredPixels) -> bytes:
    """The whole value of Pixel Data as it is stored; of an encapsulated one its items without the delimiter at the end."""
    pixels.file.seek(pixels.offset)
    if pixels.length is not None:
        return pixels.file.read(pixels.length)
    items = io.BytesIO()
    while True:
        head = pixels.file.read(8)
        if len(head) < 8 or head[:4] == b"\xfe\xff\xdd\xe0":
            return items.getvalue()
        items.write(head)
        items.write(pixels.file.read(int.from_bytes(head[4:], "little")))


def one_frame(pixels: StoredPixels, index: int) -> pydicom.FileDataset:
    """A data set that holds this frame (from 0) alone and what says how it is drawn. Its pixels are not masked."""
    dataset = pydicom.FileDataset("", {}, file_meta=FileMetaDataset())
    dataset.file_meta.TransferSyntaxUID = pixels.syntax
    for keyword in _PICTURE:
        if keyword in pixels.header:
            dataset[keyword] = pixels.header[keyword]
    if pixels.is_encapsulated:
        dataset.NumberOfFrames = 1
        dataset.PixelData = encapsulate([_copied_frame(pixels, index)])
        dataset["PixelData"].VR = "OB"
        return dataset
    size, bits = get_expected_length(pixels.header), _bits(pixels.header)
    if bits % 8:
        message = "Its pixels are of single bits, which are not sent frame by frame."
        raise PixelsMissingError(message)
    size //= pixels.frames
    pixels.file.seek(pixels.offset + index * size)
    content = pixels.file.read(size)
    if len(content) != size:
        raise PixelsMissingError(f"The file ends before frame {index + 1}.")
    dataset.NumberOfFrames = 1
    dataset.PixelData = content + b"\0" * (size % 2)
    dataset["PixelData"].VR = "OW" if bits > 8 else "OB"
    return dataset


def _bits(header: Dataset) -> int:
    return int(header.BitsAllocated)


def _extended_offsets(header: Dataset) -> tuple[bytes, bytes] | None:
    if "ExtendedOffsetTable" not in header or "ExtendedOffsetTableLengths" not in header:
        return None
    return header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths


def _inflated(file: BinaryIO) -> BinaryIO:
    """A deflated file written out, so that one can seek in it."""
    dataset = pydicom.dcmread(file, force=True)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dataset.save_as(buffer, implicit_vr=False, little_endian=True)
    buffer.seek(0)
    return buffer
