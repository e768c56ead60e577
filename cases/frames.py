"""The frame file: one picture without loss, in the form that a browser undoes fastest. docs/pixels.md describes it.

Each pixel is foretold by the mean of its left and upper neighbours; what remains is small, and its low and high bytes
lie in planes of their own, so that the plain coding of HTTP (zstd or gzip) packs it as well as the codecs of the trade.
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"CSF1"
FORMAT_VERSION = 2  # of the bytes and of how they are derived; a new one makes new addresses
_ALIGNED = 8  # the payload begins at a multiple of it
_ROWS_AT_ONCE = 64  # a strip of a wide film stays in the processor's cache
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


def address_digest(original_sha256: str) -> str:
    """What stands in a frame's address: it changes with the original's bytes and with the format, and never else."""
    return hashlib.sha256(f"{MAGIC.decode()}/{FORMAT_VERSION}/{original_sha256}".encode()).hexdigest()


def encode_grey(values: NDArray[np.generic], depth: Depth, header: Mapping[str, Any]) -> bytes:
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


def encode_colour(values: NDArray[np.uint8], header: Mapping[str, Any]) -> bytes:
    """The frame file of H×W×3 red, green and blue."""
    about = {"kind": "rgb", "bits": 8, "offset": 0, **header}
    return _file(values.shape, about, [np.ascontiguousarray(values[..., plane]) for plane in range(3)])


def decode(data: bytes) -> Frame:
    """Takes a frame file apart, slowly and surely: what every other decoder is held to. Raises FrameFileError."""
    if data[:4] != MAGIC or len(data) < 8:
        raise FrameFileError("The bytes do not begin with CSF1.")
    length = struct.unpack_from("<I", data, 4)[0]
    try:
        header = json.loads(data[8 : 8 + length].decode())
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
    return Frame(header, _restored(residuals).astype(np.int32) - depth.offset)


def _file(shape: tuple[int, ...], about: Mapping[str, Any], planes: list[Unsigned]) -> bytes:
    header = json.dumps({"width": shape[1], "height": shape[0], **about}, separators=(",", ":"), allow_nan=False)
    start = MAGIC + struct.pack("<I", len(header.encode())) + header.encode()
    start += bytes(_aligned(len(start)) - len(start))
    return start + b"".join(_packed(plane) for plane in planes)


def _aligned(length: int) -> int:
    return -(-length // _ALIGNED) * _ALIGNED


def _packed(values: Unsigned) -> bytes:
    """The residuals' low bytes, row by row; then, of 16-bit values, the high bytes."""
    height, width = values.shape
    size = values.dtype.itemsize
    out = np.empty((size, height, width), dtype=np.uint8)
    for top in range(0, height, _ROWS_AT_ONCE):
        bottom = min(height, top + _ROWS_AT_ONCE)
        residuals = _residuals(values[top:bottom], values[top - 1] if top else None)
        if size == 1:
            out[0, top:bottom] = residuals
        else:
            out[0, top:bottom] = residuals & 0xFF
            out[1, top:bottom] = residuals >> 8
    return out.tobytes()


def _residuals(strip: Unsigned, above: Unsigned | None) -> Unsigned:
    """What the neighbours do not foretell, signs folded in (0, -1, 1, -2 … become 0, 1, 2, 3 …), modulo the word."""
    difference = np.empty_like(strip)
    north = strip[:-1]
    inner = difference if above is not None else difference[1:]
    current = strip if above is not None else strip[1:]
    if above is not None:
        north = np.concatenate([above[np.newaxis], north])
    else:
        difference[0, 0] = strip[0, 0]
        difference[0, 1:] = strip[0, 1:] - strip[0, :-1]
    inner[:, 0] = current[:, 0] - north[:, 0]
    west, north = current[:, :-1], north[:, 1:]
    # Half of the sum, rounded down, without a wider word: the common bits and half of the differing ones.
    inner[:, 1:] = current[:, 1:] - ((west & north) + ((west ^ north) >> 1))
    signed = difference.view(f"i{strip.dtype.itemsize}")
    folded: Unsigned = ((signed << 1) ^ (signed >> (8 * strip.dtype.itemsize - 1))).view(strip.dtype)
    return folded


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
