"""imagecodecs as a decoder of pydicom: JPEG lossless, 12-bit JPEG, JPEG-LS, JPEG 2000 and HTJ2K."""

import imagecodecs
import numpy as np
from pydicom import uid
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder

PLUGIN = "imagecodecs"
_JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1)
_JPEG_LS = (uid.JPEGLSLossless, uid.JPEGLSNearLossless)
_JPEG_2000 = (uid.JPEG2000Lossless, uid.JPEG2000)
_HTJ2K = (uid.HTJ2K, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL)
SYNTAXES = (*_JPEG, *_JPEG_LS, *_JPEG_2000, *_HTJ2K)
DECODER_DEPENDENCIES: dict[uid.UID, tuple[str, ...]] = dict.fromkeys(SYNTAXES, ("imagecodecs",))


def is_available(syntax: str) -> bool:
    """Whether this module decodes the transfer syntax; pydicom asks."""
    return syntax in SYNTAXES


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes:
    """One frame's pixels as little-endian bytes; tells ``runner`` how they lie. Raises what imagecodecs raises."""
    syntax = runner.transfer_syntax
    if syntax in _JPEG:
        if runner.samples_per_pixel != 1:
            raise NotImplementedError("colour JPEG is decoded by Pillow, which keeps its colour space")
        pixels = imagecodecs.jpeg_decode(source)
    elif syntax in _JPEG_LS:
        pixels = imagecodecs.jpegls_decode(source)
    else:
        pixels = imagecodecs.htj2k_decode(source) if syntax in _HTJ2K else imagecodecs.jpeg2k_decode(source)
        if str(runner.photometric_interpretation) in {"YBR_ICT", "YBR_RCT"}:
            runner.set_option("photometric_interpretation", "RGB")
    runner.set_option("bits_allocated", 8 * pixels.dtype.itemsize)
    runner.set_option("planar_configuration", 0)
    return bytes(np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<")).tobytes())


def register() -> None:
    """Makes pydicom offer the plugin for every syntax it decodes; safe to call again."""
    for syntax in SYNTAXES:
        decoder = get_decoder(syntax)
        if PLUGIN not in decoder.available_plugins:
            decoder.add_plugin(PLUGIN, (__name__, "decode_frame"))
