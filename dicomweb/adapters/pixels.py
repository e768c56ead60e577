"""Pixels of a stored file: found without reading the rest, frame by frame, as stored or decoded.

A native picture (PS3.5 8.1.1) is always sent in little endian, whatever it is stored in; of an encapsulated one
``encapsulated`` finds the frames.
"""

import io
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian

from cases.adapters.deflated import unpacked
from cases.adapters.derivation import masked
from cases.adapters.dicom import decode_pixels
from cases.adapters.frame_groups import of_frame
from cases.contribution import Region
from cases.gate.header import door
from dicomweb.adapters.encapsulated import encapsulated_frame, encapsulated_items
from dicomweb.adapters.room import MAX_FRAME, room
from dicomweb.adapters.stretches import Content, PixelsMissingError, Stretch, copied

_LONG_VRS = {b"OB", b"OW", b"OF", b"OD", b"UN"}
_UNDEFINED = 0xFFFFFFFF
PIXEL_DATA = 0x7FE00010
# What stands in its place of floating-point numbers (PS3.3 C.7.6.24 and C.7.6.25), and how it is written.
_FLOATING_POINT = {0x7FE00008: "OF", 0x7FE00009: "OD"}
# What says how pixels are coded and shown.
_PICTURE = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "BitsAllocated"),
    *("BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit"),
    *(
        "PresentationLUTShape",
        "RescaleSlope",
        "RescaleIntercept",
        "WindowCenter",
        "WindowWidth",
        "VOILUTFunction",
        "ModalityLUTSequence",
        "VOILUTSequence",
    ),
    *(
        f"{colour}PaletteColorLookupTable{part}"
        for colour in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
    ),
)
_MAX_HEADER = 64 * 1024**2  # bytes in front of the pixels; an import that took a file decoded it, so this is a belt


@dataclass(frozen=True)
class StoredPixels:
    """Where the pixels of an open file lie. ``header`` is all in front of them; ``length`` is None when encapsulated.

    What lies in a box of the ``mask`` is never sent: with one, every frame is decoded and the boxes are filled. So are
    the pixels of a file that ``has_surplus``: that holds more than the picture, or may do so.
    """

    file: BinaryIO
    header: Dataset
    syntax: UID
    offset: int
    length: int | None
    mask: tuple[Region, ...] = ()
    has_surplus: bool = False
    tag: int = PIXEL_DATA

    @property
    def is_encapsulated(self) -> bool:
        return self.syntax.is_encapsulated

    @property
    def sent_syntax(self) -> UID:
        """The transfer syntax in which the stored bytes can be sent as they are."""
        return sent_syntax(self.syntax, is_decoded=self.is_decoded)

    @property
    def is_decoded(self) -> bool:
        """Whether no byte of the pixels is sent as it is stored."""
        return bool(self.mask) or self.has_surplus

    @property
    def can_be_copied(self) -> bool:
        """Whether the bytes of the file are those of an answer in ``sent_syntax``."""
        return not self.is_decoded and self.syntax != ExplicitVRBigEndian

    @property
    def native_vr(self) -> str:
        """How the pixels are written where they are not encapsulated."""
        return _FLOATING_POINT.get(self.tag) or ("OW" if int(self.header.get("BitsAllocated") or 16) > 8 else "OB")

    @property
    def frames(self) -> int:
        try:
            return max(1, int(self.header.get("NumberOfFrames") or 1))
        except (TypeError, ValueError):
            return 1


def sent_syntax(syntax: str, *, is_decoded: bool) -> UID:
    """The transfer syntax that *as stored* means of an instance in ``syntax``: its own where it is encapsulated, unless
    it is sent decoded alone.
    """
    uid = UID(syntax)
    is_kept = uid.is_transfer_syntax and uid.is_encapsulated and not is_decoded
    return uid if is_kept else ExplicitVRLittleEndian


def find_pixels(
    file: BinaryIO, syntax: str, mask: tuple[Region, ...] = (), *, has_surplus: bool = False
) -> StoredPixels:
    """The header of a stored file, and where its pixels begin. ``syntax`` is the one it was imported with.

    Raises PixelsMissingError when there are none.
    """
    if syntax == DeflatedExplicitVRLittleEndian:
        plain = unpacked(file)
        if plain is None:
            raise PixelsMissingError(
                "The stored file is deflated and unpacks to more than is sent; its original is kept."
            )
        file, syntax = plain, ExplicitVRLittleEndian
    header = pydicom.dcmread(file, force=True, stop_before_pixels=True)
    start = file.tell()
    head = file.read(12)
    is_big = syntax == ExplicitVRBigEndian
    order: Literal["big", "little"] = "big" if is_big else "little"
    tag = int.from_bytes(head[:2], order) << 16 | int.from_bytes(head[2:4], order)
    if len(head) < 8 or tag not in {PIXEL_DATA, *_FLOATING_POINT} or start > _MAX_HEADER:
        raise PixelsMissingError("The stored file holds no pixels where its header ends.")
    is_explicit = head[4:6] in _LONG_VRS
    length = int.from_bytes(head[8:12] if is_explicit else head[4:8], order)
    offset = start + (12 if is_explicit else 8)
    length_told = None if length == _UNDEFINED else length
    return StoredPixels(file, header, UID(syntax), offset, length_told, mask, has_surplus, tag)


def stored_frame(pixels: StoredPixels, index: int) -> Content:
    """One frame (from 0) as it is stored: a code stream, or native pixels in little endian. The file is to stay open
    until all of it is sent.

    Raises PixelsMissingError when the file ends before it.
    """
    if not pixels.can_be_copied:
        return Content.of(decoded_frame(pixels, index))
    content = _of_stream(pixels, index) if pixels.is_encapsulated else _native_frame(pixels, index)
    return Content.of(decoded_frame(pixels, index)) if content is None else content


def native_pixels(pixels: StoredPixels) -> Content:
    """All frames of a picture that is not encapsulated, one after the other, in little endian. See ``stored_frame``."""
    if pixels.can_be_copied and pixels.length is not None:
        if pixels.file.seek(0, io.SEEK_END) < pixels.offset + pixels.length:
            raise PixelsMissingError("The file ends before its pixels do.")
        length = min(
            pixels.length, get_expected_length(pixels.header)
        )  # what stands behind the last pixel is no picture
        return copied(pixels.file, [Stretch(pixels.offset, length)], padding=length % 2)
    content = b"".join(_little_endian(frame) for frame in decoded_frames(pixels))
    return Content.of(content + b"\0" * (len(content) % 2))


def _native_frame(pixels: StoredPixels, index: int) -> Content | None:
    """A frame that is not encapsulated; None where its last byte holds pixels of the next."""
    bits = get_expected_length(pixels.header, unit="pixels") // pixels.frames * _bits(pixels.header)
    if bits % 8:
        return None
    size = get_expected_length(pixels.header) // pixels.frames
    start = pixels.offset + index * size
    if pixels.file.seek(0, io.SEEK_END) < start + size:
        raise PixelsMissingError(f"The file ends before frame {index + 1}.")
    return copied(pixels.file, [Stretch(start, size)], padding=size % 2)


def _of_stream(pixels: StoredPixels, index: int) -> Content:
    return encapsulated_frame(pixels.file, pixels.offset, pixels.header, pixels.frames, index)


def decoded_frames(pixels: StoredPixels) -> Iterator[NDArray[np.generic]]:
    """Every frame decoded: H × W, or H × W × 3 in red, green and blue."""
    for index in range(pixels.frames):
        with room_for(pixels):
            frame = decoded_array(pixels, index)
        yield frame


def room_for(pixels: StoredPixels, drawn: int = 0) -> AbstractContextManager[None]:
    """Room to decode one frame in, and for so many bytes drawn of it: this is no worker, whose memory and time are bounded.

    Raises PixelsMissingError where a frame is larger than is decoded here; NoRoomError, once entered, where others
    take too long.
    """
    sizes = [door.number(pixels.header, name) or 1 for name in ("Rows", "Columns", "SamplesPerPixel")]
    size = int(math.prod(sizes) * max(8.0, door.number(pixels.header, "BitsAllocated") or 8) / 8)
    if size > MAX_FRAME:
        raise PixelsMissingError(
            f"A frame of the stored file is {size / 1024**2:,.0f} MiB decoded, and at most {MAX_FRAME // 1024**2} are "
            f"decoded when asked{_instead(pixels)}."
        )
    return room.lent(size + drawn)


def _instead(pixels: StoredPixels) -> str:
    """What can be done about a frame that is not decoded when asked."""
    if not pixels.is_decoded:
        return "; ask for it as it is stored"
    if pixels.mask:
        return ". A curator masked a part of it, so it is not sent as it is stored; the product's own viewer shows it"
    return (
        ". It holds more than its picture, or nobody looked for that yet, so it is not sent as it is stored: run "
        "`derive_frames`, then ask again; the product's own viewer shows it in any case"
    )


def decoded_array(pixels: StoredPixels, index: int) -> NDArray[np.generic]:
    """One frame (from 0) decoded, the boxes of the mask filled; in room for it."""
    found: NDArray[np.generic] = masked(decode_pixels(one_frame(pixels, index))[np.newaxis], pixels.mask)[0]
    return found


def decoded_frame(pixels: StoredPixels, index: int) -> bytes:
    """The pixels of one frame (from 0), decoded, in little endian; colours as red, green and blue, pixel by pixel."""
    with room_for(pixels):
        content = _little_endian(decoded_array(pixels, index))
    return content + b"\0" * (len(content) % 2)


def _little_endian(array: NDArray[np.generic]) -> bytes:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()


def all_stored(pixels: StoredPixels) -> Content:
    """The whole value of Pixel Data as it is stored; of an encapsulated one its items without the delimiter at the end.
    See ``stored_frame``.
    """
    if pixels.length is not None:
        return native_pixels(pixels)
    return encapsulated_items(pixels.file, pixels.offset)


def one_frame(pixels: StoredPixels, index: int) -> pydicom.FileDataset:
    """A data set that holds this frame (from 0) alone and what says how it is drawn. Its pixels are not masked."""
    dataset = pydicom.FileDataset("", {}, file_meta=FileMetaDataset())
    dataset.file_meta.TransferSyntaxUID = pixels.syntax
    header = of_frame(pixels.header, index)
    for keyword in _PICTURE:
        if keyword in header:
            dataset[keyword] = header[keyword]
    dataset.NumberOfFrames = 1
    if pixels.is_encapsulated:
        dataset.PixelData = encapsulate([b"".join(_of_stream(pixels, index).chunks)])
        dataset["PixelData"].VR = "OB"
        return dataset
    content = _native_frame(pixels, index)
    if content is None:
        message = "Its pixels are of single bits, which are not sent frame by frame."
        raise PixelsMissingError(message)
    dataset.add_new(pixels.tag, pixels.native_vr, b"".join(content.chunks))
    return dataset


def _bits(header: Dataset) -> int:
    return int(header.BitsAllocated)
