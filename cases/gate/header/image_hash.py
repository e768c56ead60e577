"""A picture's fingerprint that survives another size, window or encoding: a difference hash of 256 bits (dHash)."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 16  # bits a row and rows
NEAR_BITS = 10  # of 256: as many may differ between two encodings of one picture
BANDS = 11  # one more than the bits that may differ: of two near hashes at least one band is equal
_DULL_BITS = 3  # a band with fewer ones or zeros than this is background, the same in every picture


def image_hash(levels: NDArray[np.uint8]) -> str:
    """64 hexadecimal digits: whether each of 16 × 16 cells is brighter than its left neighbour. ``levels`` is H×W or H×W×3."""
    picture = Image.fromarray(levels)
    grey = picture if picture.mode == "L" else picture.convert("L")
    cells = np.asarray(grey.resize((SIDE + 1, SIDE), Image.Resampling.BOX), dtype=np.int16)
    return np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes().hex()


def distance(one: str, other: str) -> int:
    """How many of the 256 bits differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def bands(digest: str) -> list[int]:
    """The hash in BANDS numbers, dull ones left out: two hashes at most NEAR_BITS apart share one, if they share any
    that is not dull. To be looked up by equality.
    """
    bits = f"{int(digest, 16):0256b}" if digest else ""
    width = 23  # 11 bands of 23 bits and one of 3, which is left out: pigeonhole holds with 11
    pieces = [bits[number * width : (number + 1) * width] for number in range(BANDS)] if bits else []
    return [
        number << 32 | int(piece, 2)
        for number, piece in enumerate(pieces)
        if _DULL_BITS <= piece.count("1") <= width - _DULL_BITS
    ]
