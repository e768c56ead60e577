"""A frame as a picture of all its values, for whoever decides what stands in it: nothing lies outside of a window."""

import gzip
import io

import numpy as np
from PIL import Image

from cases.frames import decode

_SIDE = 1536  # pixels, the longer side
_QUALITY = 88


def frame_picture(stored: bytes) -> bytes:
    """A JPEG of a frame file that was kept as gzip: grey values from the lowest to the highest, colours as they are.

    Raises FrameFileError where the bytes are no frame file.
    """
    pixels = decode(gzip.decompress(stored)).pixels
    if pixels.ndim == 2:
        lowest, highest = int(pixels.min()), int(pixels.max())
        pixels = np.interp(pixels.astype(np.int64), (lowest, max(highest, lowest + 1)), (0, 255)).astype(np.uint8)
    picture = Image.fromarray(np.ascontiguousarray(pixels, dtype=np.uint8))
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()
