"""imagecodecs as a decoder of pydicom: RLE, JPEG lossless, 12-bit JPEG, JPEG-LS, JPEG 2000 and HTJ2K."""

import imagecodecs
import numpy as np
from pydicom import uid
from pydicom.pixels.decoders.base import DecodeRunner, get_decoder

PLUGIN = "imagecodecs"
_JPEG = (uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1)
_JPEG_LS = (uid.JPEGLSLossless, uid.JPEGLSNearLossless)
_JPEG_2000 = (uid.JPEG2000Lossless, uid.JPEG2000)
_HTJ2K = (uid.HTJ2K, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL)
_RLE = (uid.RLELossless,)
# Retired, and unknown to pydicom's decoders: the JPEG stream itself says which process it is (PS3.5-2001 A.4.1).
_RETIRED = {uid.UID(f"1.2.840.10008.1.2.4.{number}") for number in (52, 53, 54, 55, 56)}
SYNTAXES = (*_RLE, *_JPEG, *_JPEG_LS, *_JPEG_2000, *_HTJ2K)
DECODER_DEPENDENCIES: dict[uid.UID, tuple[str, ...]] = dict.fromkeys(SYNTAXES, ("imagecodecs",))


def is_available(syntax: str) -> bool:
    """Whether this module decodes the transfer syntax; pydicom asks."""
    return syntax in SYNTAXES


def decoded_as(syntax: uid.UID) -> uid.UID:
    """The syntax whose decoder takes the pixels: the syntax itself, but for retired ones."""
    return uid.JPEGExtended12Bit if syntax in _RETIRED else syntax


def decode_frame(source: bytes, runner: DecodeRunner) -> bytes | memoryview:
    """One frame's pixels as little-endian bytes; tells ``runner`` how they lie. Raises what imagecodecs raises."""
    syntax = runner.transfer_syntax
    if syntax in _RLE:
        return _run_lengths(source, runner)
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
    return np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<")).data.cast("B")


def _run_lengths(source: bytes, runner: DecodeRunner) -> bytes:
    """RLE (PS3.5 annex G): a run-length coded plane for each byte of each sample, the highest byte first."""
    if runner.bits_allocated not in {8, 16} or runner.samples_per_pixel != 1:
        raise NotImplementedError("colours and deep pixels are left to pydicom")
    planes = imagecodecs.dicomrle_decode(source, dtype=f"<u{runner.bits_allocated // 8}")
    runner.set_option("planar_configuration", 0)
    return bytes(planes)


def register() -> None:
    """Makes pydicom offer the plugin for every syntax it decodes; safe to call again."""
    for syntax in SYNTAXES:
        decoder = get_decoder(syntax)
        if PLUGIN not in decoder.available_plugins:
            decoder.add_plugin(PLUGIN, (__name__, "decode_frame"))
