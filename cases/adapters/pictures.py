"""PNG and JPEG files."""

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

MAX_PIXELS = 120_000_000
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class UnreadableFileError(ValueError):
    """A file that cannot be taken in: ``kind`` is the short key of the rule, the text is a whole sentence."""

    def __init__(self, kind: str, reason: str, *, name: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.kind, self.reason, self.name, self.value = kind, reason, name, value


@dataclass(frozen=True)
class Picture:
    """A decoded PNG or JPEG: ``pixels`` as stored (H×W, or H×W×3 in 8 bits), of so many ``bits``."""

    pixels: NDArray[np.generic]
    bits: int
    kind: str


def is_picture(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a PNG or a JPEG."""
    return start.startswith((PNG, JPEG))


def pixel_digest(pixels: NDArray[np.generic]) -> str:
    """SHA-256 of decoded pixels, in the order of bytes of little-endian files whichever they come in: a copy in the other
    order has the same picture.
    """
    return hashlib.sha256(np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<")).data).hexdigest()


def read_picture(data: bytes) -> Picture:
    """Decodes a PNG or JPEG of any mode. Raises UnreadableFileError.

    Colours whose channels are equal become grey; transparency is laid on black, 16-bit greys keep their
    values.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            _refuse_huge(image)
            kind = str(image.format)
            image.load()
            return _interpret(image, kind)
    except UnreadableFileError:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        MemoryError,
    ) as error:
        raise UnreadableFileError("undecodable", f"The picture cannot be decoded ({type(error).__name__}).") from error


def _refuse_huge(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        message = f"The picture has {image.width} × {image.height} pixels; at most {MAX_PIXELS:,} are taken."
        raise UnreadableFileError("too_large", message)


def _interpret(image: Image.Image, kind: str) -> Picture:
    if image.mode.startswith("I") or image.mode == "F":
        return Picture(np.asarray(image), 16, kind)
    if image.mode in {"L", "1"}:
        return Picture(np.asarray(image.convert("L")), 8, kind)
    if "A" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, (0, 0, 0, 255)), layer)
    colour = np.asarray(image.convert("RGB"))
    is_grey = bool((colour[..., 0] == colour[..., 1]).all() and (colour[..., 1] == colour[..., 2]).all())
    return Picture(np.ascontiguousarray(colour[..., 0]) if is_grey else colour, 8, kind)
