"""PNG and JPEG files, and the small pictures derived from any image."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

PREVIEW_SIDE = 2048  # pixels, the longer side
THUMBNAIL_SIDE = 256
MAX_PIXELS = 120_000_000
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
Pixels = NDArray[np.uint8]


class UnreadableFileError(ValueError):
    """A file that cannot be taken in: ``kind`` is the short key of the rule, the text is a whole sentence."""

    def __init__(self, kind: str, reason: str, *, name: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.kind, self.reason, self.name, self.value = kind, reason, name, value


@dataclass(frozen=True)
class Picture:
    """A decoded PNG or JPEG: ``pixels`` as stored (H×W or H×W×3), ``levels`` as shown."""

    pixels: NDArray[np.generic]
    levels: Pixels
    bits: int
    kind: str


def is_picture(start: bytes) -> bool:
    """Whether the first bytes of a file are those of a PNG or a JPEG."""
    return start.startswith((PNG, JPEG))


def read_picture(data: bytes) -> Picture:
    """Decodes a PNG or JPEG of any mode. Raises UnreadableFileError.

    Colours whose channels are equal become grey; transparency is laid on black, 16-bit greys are kept for the
    original and shown over their own range.
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
        deep = np.asarray(image).astype(np.float64)
        low, high = float(deep.min()), float(deep.max())
        spread = (deep - low) * 255.0 / (high - low) if high > low else np.zeros_like(deep)
        return Picture(np.asarray(image), np.floor(spread).astype(np.uint8), 16, kind)
    if image.mode in {"L", "1"}:
        grey = np.asarray(image.convert("L"))
        return Picture(grey, grey, 8, kind)
    if "A" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, (0, 0, 0, 255)), layer)
    colour = np.asarray(image.convert("RGB"))
    is_grey = bool((colour[..., 0] == colour[..., 1]).all() and (colour[..., 1] == colour[..., 2]).all())
    levels = np.ascontiguousarray(colour[..., 0]) if is_grey else colour
    return Picture(levels, levels, 8, kind)


def derive(levels: Pixels) -> tuple[bytes, bytes]:
    """The preview (full size, the longer side at most 2,048 pixels) and the thumbnail (256) as JPEG files.

    JPEG rather than lossy WebP: it keeps all 256 grey levels (WebP's are squeezed into 16–235), and is written eight
    times as fast.
    """
    image = Image.fromarray(levels)
    preview = _shrunk(image, PREVIEW_SIDE)
    return _jpeg(preview, 92), _jpeg(_shrunk(preview, THUMBNAIL_SIDE), 85)


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    longest = max(image.size)
    if longest <= side:
        return image
    size = (max(1, round(image.width * side / longest)), max(1, round(image.height * side / longest)))
    return image.resize(
        size, Image.Resampling.BOX if longest > 3 * side else Image.Resampling.HAMMING, reducing_gap=2.0
    )


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()
