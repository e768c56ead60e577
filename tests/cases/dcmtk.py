"""What dcmtk shows of a file: the reference of the exactness tests, where its tools are installed."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom import uid
from pydicom.dataset import FileDataset

from cases.adapters.derivation import Decoded
from cases.rendition import modality

TOOL = shutil.which("dcmj2pnm")
# What dcmtk decodes by itself without loss; pixels in another syntax are handed to it decoded.
DECODED_BY_DCMTK = frozenset(
    {uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.RLELossless,
     uid.DeflatedExplicitVRLittleEndian, uid.JPEGLossless, uid.JPEGLosslessSV1}
)  # fmt: skip


def screen_of(path: Path, image: Decoded, frame: int = 0) -> np.ndarray:
    """A frame, the first unless told, as dcmtk shows it: by the first VOI table, else the first window, else the range."""
    command = [str(TOOL), "--write-raw-pnm", "--no-overlays", "--frame", str(frame + 1), *_voi(image), str(path)]
    answer = subprocess.run(command, capture_output=True, timeout=120, check=True)
    return np.asarray(Image.open(io.BytesIO(answer.stdout)))


def _voi(image: Decoded) -> list[str]:
    scale = image.scale
    if image.is_colour:
        return []
    if scale.voi_tables:
        return ["--use-voi-lut", "1"]
    if scale.windows:
        return ["--use-window", "1"]
    low, high = sorted(map(float, modality(np.asarray(image.stored_range), scale)))
    return ["--set-window", str((low + high) / 2 + 0.5), str(high - low + 1)]


def uncompressed(dataset: FileDataset, pixels: np.ndarray, path: Path) -> Path:
    """The data set with these pixels, in a syntax that every tool reads."""
    dataset.PixelData = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<")).tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    # Implicit: elements of unknown type (UN) are then known by the dictionary.
    dataset.file_meta.TransferSyntaxUID = uid.ImplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    return path
