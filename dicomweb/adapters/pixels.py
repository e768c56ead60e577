"""Pixels of a stored file: found without reading the rest, frame by frame, as stored or decoded.

A native picture (PS3.5 8.1.1) is always sent in little endian, whatever it is stored in; an encapsulated one (annex A.4)
as its fragments joined, by the extended offset table, the basic one or the fragments themselves.
"""

import io
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Literal, NamedTuple

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame, parse_basic_offsets
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian

from cases.adapters.code_streams import STREAM_BEGINS, beside_the_picture
from cases.adapters.derivation import masked
from cases.adapters.dicom import decode_pixels
from cases.adapters.frame_groups import of_frame
from cases.contribution import Region
from cases.gate.header import door
from dicomweb.adapters.deflated import unpacked
from dicomweb.adapters.room import MAX_FRAME, room

_LONG_VRS = {b"OB", b"OW", b"OF", b"OD", b"UN"}
_UNDEFINED = 0xFFFFFFFF
_FRAGMENT, _DELIMITER, _ITEM_BYTES = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0", 8
_CHUNK = 256 * 1024  # what stays in a processor's cache on its way from the file to the line
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


class PixelsMissingError(ValueError):
    """A file whose pixels are not where its header says; the text is a sentence."""


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


@dataclass(frozen=True)
class Content:
    """Bytes on their way out, how many they are, and the pieces they come in. What lies in a file is read as it is sent."""

    length: int
    chunks: Iterable[bytes]

    @classmethod
    def of(cls, content: bytes) -> "Content":
        return cls(len(content), [content])


def stored_frame(pixels: StoredPixels, index: int) -> Content:
    """One frame (from 0) as it is stored: a code stream, or native pixels in little endian. The file is to stay open
    until all of it is sent.

    Raises PixelsMissingError when the file ends before it.
    """
    if not pixels.can_be_copied:
        return Content.of(decoded_frame(pixels, index))
    content = _encapsulated_frame(pixels, index) if pixels.is_encapsulated else _native_frame(pixels, index)
    return Content.of(decoded_frame(pixels, index)) if content is None else content


def native_pixels(pixels: StoredPixels) -> Content:
    """All frames of a picture that is not encapsulated, one after the other, in little endian. See ``stored_frame``."""
    if pixels.can_be_copied and pixels.length is not None:
        if pixels.file.seek(0, io.SEEK_END) < pixels.offset + pixels.length:
            raise PixelsMissingError("The file ends before its pixels do.")
        length = min(
            pixels.length, get_expected_length(pixels.header)
        )  # what stands behind the last pixel is no picture
        return _copied(pixels.file, [_Stretch(pixels.offset, length)], padding=length % 2)
    content = b"".join(_little_endian(frame) for frame in decoded_frames(pixels))
    return Content.of(content + b"\0" * (len(content) % 2))


class _Stretch(NamedTuple):
    """Bytes of a file: where they begin, and how many they are."""

    start: int
    length: int


def _copied(
    file: BinaryIO, stretches: Sequence[_Stretch], padding: int = 0, blanks: Sequence[_Stretch] = ()
) -> Content:
    return Content(sum(one.length for one in stretches) + padding, _read(file, stretches, padding, blanks))


def _read(
    file: BinaryIO, stretches: Sequence[_Stretch], padding: int, blanks: Sequence[_Stretch] = ()
) -> Iterator[bytes]:
    """The stretches' bytes, zeros where they lie in one of the ``blanks``."""
    for start, length in stretches:
        place, end = start, start + length
        while place < end:
            file.seek(place)  # several frames of an answer share the file
            chunk = file.read(min(_CHUNK, end - place))
            if not chunk:
                raise PixelsMissingError("The file was cut off while it was sent.")
            yield _blanked(chunk, place, blanks)
            place += len(chunk)
    if padding:
        yield b"\0" * padding


def _blanked(chunk: bytes, place: int, blanks: Sequence[_Stretch]) -> bytes:
    """A chunk that lies at ``place`` of its file, with zeros for what of it lies in a blank."""
    for start, length in blanks:
        begin, end = max(start, place) - place, min(start + length, place + len(chunk)) - place
        if begin < end:
            chunk = chunk[:begin] + b"\0" * (end - begin) + chunk[end:]
    return chunk


def _beside_the_picture(file: BinaryIO, fragments: Sequence[_Stretch]) -> list[_Stretch]:
    """Where comments and the like lie in the file, of the code stream that the fragments make together."""

    def read(place: int, count: int) -> bytes:
        return b"".join(_read(file, list(_parts(fragments, place, count)), 0))

    return [part for begin, end in beside_the_picture(read) for part in _parts(fragments, begin, end - begin)]


def _parts(fragments: Sequence[_Stretch], place: int, count: int) -> Iterator[_Stretch]:
    """Where so many bytes of joined fragments lie in their file."""
    for start, length in fragments:
        if place < length and count > 0:
            taken = min(count, length - place)
            yield _Stretch(start + place, taken)
            count -= taken
        place = max(0, place - length)


def _native_frame(pixels: StoredPixels, index: int) -> Content | None:
    """A frame that is not encapsulated; None where its last byte holds pixels of the next."""
    bits = get_expected_length(pixels.header, unit="pixels") // pixels.frames * _bits(pixels.header)
    if bits % 8:
        return None
    size = get_expected_length(pixels.header) // pixels.frames
    start = pixels.offset + index * size
    if pixels.file.seek(0, io.SEEK_END) < start + size:
        raise PixelsMissingError(f"The file ends before frame {index + 1}.")
    return _copied(pixels.file, [_Stretch(start, size)], padding=size % 2)


def _encapsulated_frame(pixels: StoredPixels, index: int) -> Content:
    """An encapsulated frame: its fragments by the offset tables (PS3.5 A.4), or by their number. Where neither says which
    they are, one has to look into them for the ends of code streams.
    """
    pixels.file.seek(pixels.offset)
    extended = _extended_offsets(pixels.header)
    try:
        basic = parse_basic_offsets(pixels.file)
        first = pixels.file.tell()
        if extended or basic:
            fragments = _told_fragments(pixels.file, first, index, basic, extended)
        else:
            fragments = list(_fragments(pixels.file, first))
            if pixels.frames not in {1, len(fragments)}:
                pixels.file.seek(pixels.offset)
                return Content.of(_without_comments(get_frame(pixels.file, index, number_of_frames=pixels.frames)))
            fragments = fragments if pixels.frames == 1 else [fragments[index]]
        return _copied(pixels.file, fragments, blanks=_beside_the_picture(pixels.file, fragments))
    except (IndexError, ValueError, struct.error) as error:
        raise PixelsMissingError(f"Frame {index + 1} is not where the file's offset table says.") from error


def _without_comments(stream: bytes) -> bytes:
    blanks = [_Stretch(begin, end - begin) for begin, end in beside_the_picture(lambda at, n: stream[at : at + n])]
    return _blanked(stream, 0, blanks)


def _told_fragments(
    file: BinaryIO, first: int, index: int, basic: list[int], extended: tuple[bytes, bytes] | None
) -> list[_Stretch]:
    """The fragments of a frame by the extended offset table, else by the basic one; ``first`` is where the first begins."""
    if extended:
        offset, length = (struct.unpack_from("<Q", table, 8 * index)[0] for table in extended)
        return [_Stretch(first + offset + _ITEM_BYTES, length)]
    end = first + basic[index + 1] if index + 1 < len(basic) else None
    return list(_fragments(file, first + basic[index], end))


def _fragments(file: BinaryIO, start: int, end: int | None = None) -> Iterator[_Stretch]:
    """Where the fragments lie from an item on, until ``end`` or the sequence's delimiter; of one that is cut off, what is
    there. Raises ValueError at what is no item.
    """
    size = file.seek(0, io.SEEK_END)
    while start < (size if end is None else min(end, size)):
        file.seek(start)
        head = file.read(_ITEM_BYTES)
        if head[:4] == _DELIMITER:
            return
        length = int.from_bytes(head[4:], "little")
        if head[:4] != _FRAGMENT or len(head) < _ITEM_BYTES or length == _UNDEFINED:
            raise ValueError("no item of a fragment")
        start += _ITEM_BYTES
        yield _Stretch(start, min(length, size - start))
        start += length


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
    try:
        fragments = list(_fragments(pixels.file, pixels.offset))
    except ValueError as error:
        raise PixelsMissingError("The items of the stored pixels are damaged.") from error
    end = sum(fragments[-1]) if fragments else pixels.offset
    blanks = [part for one in _streams(pixels.file, fragments) for part in _beside_the_picture(pixels.file, one)]
    return _copied(pixels.file, [_Stretch(pixels.offset, end - pixels.offset)], blanks=blanks)


def _streams(file: BinaryIO, fragments: Sequence[_Stretch]) -> Iterator[list[_Stretch]]:
    """The fragments of each code stream: one begins where a fragment begins as a stream does."""
    stream: list[_Stretch] = []
    for fragment in fragments[1:]:  # the first is the table of offsets
        file.seek(fragment.start)
        if stream and file.read(2) in STREAM_BEGINS:
            yield stream
            stream = []
        stream.append(fragment)
    if stream:
        yield stream


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
        dataset.PixelData = encapsulate([b"".join(_encapsulated_frame(pixels, index).chunks)])
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


def _extended_offsets(header: Dataset) -> tuple[bytes, bytes] | None:
    if "ExtendedOffsetTable" not in header or "ExtendedOffsetTableLengths" not in header:
        return None
    return header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths
