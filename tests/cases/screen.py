"""What the browser does with a frame file, in Python: the header alone decides how the values are shown."""

import base64

import numpy as np

from cases.frames import Frame


def shown(frame: Frame) -> np.ndarray:
    """The picture's bytes on the screen at one to one, by the rules of docs/pixels.md and nothing else."""
    header = frame.header
    if header["kind"] == "rgb":
        return frame.pixels
    lowest, highest = int(frame.pixels.min()), int(frame.pixels.max())
    table = levels(np.arange(lowest, highest + 1, dtype=float), header)
    return table[frame.pixels - lowest]


def levels(stored: np.ndarray, header: dict) -> np.ndarray:
    x = modality(stored, header)
    dark, bright = (255, 0) if header["inverted"] else (0, 255)
    if header["voiLuts"]:
        lut = header["voiLuts"][0]
        y = dark + look_up(lut, x) * ((bright - dark + 1) / 2 ** lut["bits"])
    elif header["windows"]:
        y = windowed(x, header["windows"][0], header["voiFunction"], dark, bright)
    else:
        low, high = sorted(modality(np.asarray(header["range"], dtype=float), header))
        whole = {"center": (low + high) / 2 + 0.5, "width": high - low + 1}
        y = windowed(x, whole, "LINEAR", dark, bright) if high > low else np.full_like(x, dark)
    low, high = header["padding"] or (1, 0)
    return np.where((stored >= low) & (stored <= high), 0, np.floor(np.clip(y, 0, 255))).astype(np.uint8)


def modality(stored: np.ndarray, header: dict) -> np.ndarray:
    if header["modalityLut"]:
        return look_up(header["modalityLut"], stored)
    return stored * header["slope"] + header["intercept"]


def look_up(lut: dict, x: np.ndarray) -> np.ndarray:
    data = np.frombuffer(base64.b64decode(lut["data"]), dtype="<u2").astype(float)
    return data[np.clip(np.floor(x) - lut["first"], 0, len(data) - 1).astype(int)]


def windowed(x: np.ndarray, window: dict, function: str, dark: int, bright: int) -> np.ndarray:
    center, width, spread = window["center"], window["width"], bright - dark
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            return dark + spread / (1 + np.exp(-4 * (x - center) / width))
    if function == "LINEAR":
        center, width = center - 0.5, width - 1
    if width <= 0:
        return np.where(x <= center, dark, bright).astype(float)
    y = bright - (center / width + 0.5) * spread + x * (spread / width)
    return np.where(x <= center - width / 2, dark, np.where(x > center + width / 2, bright, y))
