"""The frame file: one picture without loss, in the form that a browser undoes fastest. docs/pixels.md describes it.

Each pixel is foretold by the mean of its left and upper neighbours; what remains is small, and its low and high bytes
lie in planes of their own, so that the plain coding of HTTP (zstd or gzip) packs it as well as the codecs of the trade.
"""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"CSF1"
FORMAT_VERSION = 3  # of the bytes and of how they are derived; a new one makes new addresses
_ALIGNED = 8  # the payload begins at a multiple of it
_ROWS_AT_ONCE = 64  # a strip of a wide film stays in the processor's cache
Mask = Sequence[Sequence[int]]  # boxes: left, top, width, height
Unsigned = NDArray[np.uint16] | NDArray[np.uint8]


class FrameFileError(ValueError):
    """Bytes that are no frame file, or pixels that no frame file can hold."""


@dataclass(frozen=True)
class Depth:
    """How grey values lie in the file: as unsigned numbers of ``bits`` (8 or 16), each ``offset`` above its value."""

    bits: int
    offset: int

    @classmethod
    def of(cls, lowest: int, highest: int) -> "Depth | None":
        """The shallowest depth that holds every whole number between the two; None where 16 bits are too few.

        Unsigned values keep their number, signed ones are moved by half the range, others by as much as it takes.
        """
        for bits in (8, 16):
            half = 2 ** (bits - 1)
            if lowest >= 0 and highest < 2 * half:
                return cls(bits, 0)
            if -half <= lowest and highest < half:
                return cls(bits, half)
        return cls(16, -lowest) if highest - lowest < 2**16 else None


@dataclass(frozen=True)
class Frame:
    """A frame file taken apart: ``pixels`` are the values as stored, H×W in int32, or H×W×3 in uint8."""

    header: dict[str, Any]
    pixels: NDArray[np.generic]


def address_digest(original_sha256: str, mask: Mask = ()) -> str:
    """What stands in a frame's address: it changes with the original's bytes, with the format and with what is masked, so that
    no browser shows what it kept of a picture before it was masked; and never else.
    """
    return _digest_in(FORMAT_VERSION, original_sha256, mask)


def is_address_of_before(digest: str, original_sha256: str, mask: Mask = ()) -> bool:
    """Whether the digest stood in a frame's address under an earlier format, or before more was masked: a page that was opened
    before then asks for it.
    """
    less = (_digest_in(FORMAT_VERSION, original_sha256, mask[:count]) for count in range(len(mask)))
    older = (_digest_in(version, original_sha256) for version in range(1, FORMAT_VERSION))
    return digest in {*less, *older}


def _digest_in(version: int, original_sha256: str, mask: Mask = ()) -> str:
    masked = f"/{[list(box) for box in mask]}" if mask else ""
    return hashlib.sha256(f"{MAGIC.decode()}/{version}/{original_sha256}{masked}".encode()).hexdigest()


def file_digest(file: memoryview, pixel_sha256: str) -> str:
    """What a frame file is called: the SHA-256 of its header and of the digest of the pixels that it is made of. So it changes
    with either, and no byte is hashed once more for it.
    """
    header = bytes(file[: 8 + int(struct.unpack_from("<I", file, 4)[0])])
    return hashlib.sha256(header + pixel_sha256.encode()).hexdigest()


def encode_grey(values: NDArray[np.generic], depth: Depth, header: Mapping[str, Any]) -> memoryview:
    """The frame file of H×W whole numbers that fit ``depth``. ``header`` gives the rest of the display's facts."""
    word: np.dtype[Any] = np.dtype(np.uint8 if depth.bits == 8 else np.uint16)
    if values.dtype == word and not depth.offset:
        unsigned = values
    elif values.dtype.itemsize <= 2:  # arithmetic that wraps around is exact, as every value fits
        unsigned = values.astype(word) + word.type(depth.offset)
    else:
        unsigned = (values.astype(np.int64) + depth.offset).astype(word)
    about = {"kind": "grey", "bits": depth.bits, "offset": depth.offset, **header}
    return _file(values.shape, about, [np.ascontiguousarray(unsigned)])


def encode_colour(values: NDArray[np.uint8], header: Mapping[str, Any]) -> memoryview:
    """The frame file of H×W×3 red, green and blue."""
    about = {"kind": "rgb", "bits": 8, "offset": 0, **header}
    return _file(values.shape, about, [np.ascontiguousarray(values[..., plane]) for plane in range(3)])


def decode(data: bytes | memoryview) -> Frame:
    """Takes a frame file apart, slowly and surely: what every other decoder is held to. Raises FrameFileError."""
    if data[:4] != MAGIC or len(data) < 8:
        raise FrameFileError("The bytes do not begin with CSF1.")
    length = struct.unpack_from("<I", data, 4)[0]
    try:
        header = json.loads(bytes(data[8 : 8 + length]).decode())
        shape = header["height"], header["width"]
        depth, kind = Depth(header["bits"], header["offset"]), header["kind"]
    except (ValueError, KeyError, TypeError) as error:
        raise FrameFileError("The header is no JSON object with width, height, kind, bits and offset.") from error
    planes = 3 if kind == "rgb" else depth.bits // 8
    payload = np.frombuffer(data, dtype=np.uint8, offset=_aligned(8 + length))
    if payload.size != planes * shape[0] * shape[1]:
        raise FrameFileError(f"The payload has {payload.size} bytes; {planes * shape[0] * shape[1]} are due.")
    parts = payload.reshape(planes, *shape)
    if kind == "rgb":
        return Frame(header, np.stack([_restored(plane) for plane in parts], axis=-1))
    residuals = parts[0] if depth.bits == 8 else parts[0] | (parts[1].astype(np.uint16) << 8)
    return Frame(header, (_restored(residuals).astype(np.int64) - depth.offset).astype(np.int32))


def _file(shape: tuple[int, ...], about: Mapping[str, Any], planes: list[Unsigned]) -> memoryview:
    header = json.dumps({"width": shape[1], "height": shape[0], **about}, separators=(",", ":"), allow_nan=False)
    start = MAGIC + struct.pack("<I", len(header.encode())) + header.encode()
    start += bytes(_aligned(len(start)) - len(start))
    file = np.empty(len(start) + sum(plane.nbytes for plane in planes), dtype=np.uint8)
    file[: len(start)] = np.frombuffer(start, dtype=np.uint8)
    end = len(start)
    for plane in planes:
        begin, end = end, end + plane.nbytes
        _pack(plane, file[begin:end].reshape(plane.itemsize, *plane.shape))
    return file.data


def _aligned(length: int) -> int:
    return -(-length // _ALIGNED) * _ALIGNED


def _pack(values: Unsigned, into: NDArray[np.uint8]) -> None:
    """Puts the residuals' low bytes, row by row, and those of 16-bit values' high bytes into their planes."""
    height, width = values.shape
    foretold = np.empty((_ROWS_AT_ONCE, width), dtype=values.dtype)
    residuals = np.empty_like(foretold)
    for top in range(0, height, _ROWS_AT_ONCE):
        rows = slice(top, min(height, top + _ROWS_AT_ONCE))
        strip = residuals[: rows.stop - top]
        _foretell(values, rows, foretold)
        np.subtract(values[rows], foretold[: len(strip)], out=strip)
        _fold(strip, foretold[: len(strip)])
        into[0, rows] = strip  # an assignment keeps the low bits
        if len(into) > 1:
            into[1, rows] = np.right_shift(strip, 8, out=strip)


def _foretell(values: Unsigned, rows: slice, into: Unsigned) -> None:
    """What their neighbours say of the values in these rows."""
    into = into[: rows.stop - rows.start]
    if rows.start == 0:
        into[0, 0] = 0
        into[0, 1:] = values[0, :-1]
        rows, into = slice(1, rows.stop), into[1:]
    if not len(into):
        return
    above, west = values[rows.start - 1 : rows.stop - 1], values[rows, :-1]
    north, mean = above[:, 1:], into[:, 1:]
    into[:, 0] = above[:, 0]
    if values[rows.start - 1 : rows.stop].max() <= np.iinfo(values.dtype).max // 2:
        np.right_shift(np.add(west, north, out=mean), 1, out=mean)
    else:  # the sum may need a wider word: the common bits, and half of the differing ones
        np.right_shift(np.bitwise_xor(west, north, out=mean), 1, out=mean)
        np.add(mean, west & north, out=mean)


def _fold(residuals: Unsigned, spare: Unsigned) -> None:
    """Folds the signs in, modulo the word: 0, -1, 1, -2 … become 0, 1, 2, 3 …; ``spare`` is overwritten."""
    word = f"i{residuals.itemsize}"
    signed, signs = residuals.view(word), spare.view(word)
    np.right_shift(signed, 8 * residuals.itemsize - 1, out=signs)
    np.bitwise_xor(np.left_shift(signed, 1, out=signed), signs, out=signed)


def _restored(folded: NDArray[Any]) -> NDArray[Any]:
    """The values of which ``folded`` are the residuals; works along the diagonals, whose pixels are independent."""
    height, width = folded.shape
    word = folded.dtype.type
    residuals = (folded >> 1) ^ (np.zeros_like(folded) - (folded & word(1)))
    values = np.zeros_like(residuals)
    for diagonal in range(height + width - 1):
        rows = np.arange(max(0, diagonal - width + 1), min(height, diagonal + 1))
        columns = diagonal - rows
        west = values[rows, columns - 1].astype(np.uint32)
        north = values[rows - 1, columns].astype(np.uint32)
        foretold = np.where(rows == 0, west, np.where(columns == 0, north, (west + north) >> 1))
        if not diagonal:
            foretold[:] = 0
        values[rows, columns] = residuals[rows, columns] + foretold.astype(folded.dtype)
    return np.asarray(values)
