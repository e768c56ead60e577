"""The frame file: nothing is lost, whatever the pixels; and its bytes are those that docs/pixels.md promises."""

import json
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cases.frame_headers import Geometry, colour_header, grey_header
from cases.frames import Depth, FrameFileError, decode, encode_colour, encode_grey
from cases.rendition import GreyScale, LookupTable, Window, range_of, render
from tests.cases.screen import shown

SIDES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=70)


def encoded(pixels, **header) -> bytes:
    depth = Depth.of(int(pixels.min()), int(pixels.max()))
    assert depth is not None
    return encode_grey(pixels, depth, header)


def payload(data: bytes) -> bytes:
    length = struct.unpack_from("<I", data, 4)[0]
    start = (8 + length + 7) // 8 * 8
    assert not any(data[8 + length : start])
    return data[start:]


@example(np.array([[-(2**31)]], dtype=np.int32))
@given(st.sampled_from(["u1", "i1", "u2", "i2", "<i4", ">u2"]).flatmap(lambda kind: hnp.arrays(kind, SIDES)))
def test_any_grey_picture_comes_back_as_it_was(pixels):
    low = int(pixels.min())
    if int(pixels.max()) - low >= 2**16:
        assert Depth.of(low, int(pixels.max())) is None
        return
    assert (decode(encoded(pixels)).pixels == pixels).all()


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40).map(lambda shape: (*shape, 3))))
def test_any_coloured_picture_comes_back_as_it_was(pixels):
    frame = decode(encode_colour(pixels, {}))
    assert (frame.pixels == pixels).all()
    assert frame.header["kind"] == "rgb"


@given(st.integers(-(2**31), 2**31), st.integers(0, 2**17))
def test_the_depth_holds_the_whole_range_or_is_none(low, spread):
    depth = Depth.of(low, low + spread)
    if depth is None:
        assert spread >= 2**16
    else:
        assert low + depth.offset >= 0
        assert low + spread + depth.offset < 2**depth.bits


@pytest.mark.parametrize(
    ("low", "high", "bits", "offset"),
    [(0, 255, 8, 0), (0, 256, 16, 0), (-128, 127, 8, 128), (-1, 128, 16, 32768), (-32768, 32767, 16, 32768),
     (0, 65535, 16, 0), (70000, 70255, 16, -70000), (-1, 65534, 16, 1)],
)  # fmt: skip
def test_values_lie_in_the_least_depth(low, high, bits, offset):
    assert Depth.of(low, high) == Depth(bits, offset)


def test_sixteen_bits_are_stored_as_documented():
    pixels = np.array([[1000, 1003, 990], [900, 2000, 65535]], dtype=np.uint16)
    # foretold: 0, 1000, 1003 / 1000, (900 + 1003) >> 1 = 951, (2000 + 990) >> 1 = 1495
    # r: 1000, 3, -13 / -100, 1049, 64040 = -1496 (mod 2^16)
    folded = [2000, 6, 25, 199, 2098, 2991]
    data = encoded(pixels)
    assert data[:4] == b"CSF1"
    assert payload(data) == bytes([one & 255 for one in folded] + [one >> 8 for one in folded])


def test_eight_bits_have_no_high_bytes():
    pixels = np.array([[-128, 127], [0, -1]], dtype=np.int8)
    # u: 0, 255 / 128, 127; r: 0, -1 (mod 256) / 128 = -128, 127 - 191 = -64
    assert payload(encoded(pixels)) == bytes([0, 1, 255, 127])


def test_the_same_picture_has_the_same_bytes():
    pixels = np.arange(300, dtype=np.uint16).reshape(15, 20)
    header = grey_header(GreyScale(12), (0.0, 299.0), Geometry(), 0, 1)
    assert encoded(pixels, **header) == encoded(pixels.copy(), **header)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"CSF1",
        b"CSF2" + bytes(20),
        b"CSF1\x02\0\0\0{}",
        b"CSF1\x02\0\0\0no",
        encoded(np.ones((4, 4), np.uint8))[:-1],
    ],
)
def test_other_bytes_are_refused(data):
    with pytest.raises(FrameFileError):
        decode(data)


def test_the_header_says_all_that_a_screen_needs():
    table = LookupTable(-5, 12, (0, 7, 4095), "bone")
    scale = GreyScale(
        12, True, 2.0, -1.5, (Window(40.0, 400.0, "soft"),), "SIGMOID", LookupTable(0, 16, (1,)), (table,), padding=3
    )
    header = decode(
        encoded(np.zeros((2, 3), np.uint16), **grey_header(scale, (1.0, 9.0), Geometry((0.1, 0.2), "x"), 1, 4))
    ).header
    assert header == {
        "width": 3, "height": 2, "kind": "grey", "bits": 8, "offset": 0, "inverted": True, "slope": 2.0,
        "intercept": -1.5, "modalityLut": {"first": 0, "bits": 16, "data": "AQA="},
        "windows": [{"name": "soft", "center": 40.0, "width": 400.0}], "voiFunction": "SIGMOID",
        "voiLuts": [{"name": "bone", "first": -5, "bits": 12, "data": "AAAHAP8P"}], "range": [1.0, 9.0], "padding": [3, 3],
        "spacing": [0.1, 0.2], "spacingSource": "x", "spacingWords": "", "stretch": [2.0, 1.0], "frame": 1, "frames": 4,
    }  # fmt: skip
    assert list(header) == list(json.loads(json.dumps(header)))


def test_a_coloured_picture_has_the_same_keys():
    grey = decode(encoded(np.zeros((1, 1), np.uint8), **grey_header(GreyScale(8), (0.0, 1.0), Geometry(), 0, 1)))
    colour = decode(encode_colour(np.zeros((1, 1, 3), np.uint8), colour_header(Geometry(), 0, 1)))
    assert list(grey.header) == list(colour.header)


WINDOWS = st.tuples(st.floats(-2000, 70000), st.floats(1, 70000)).map(lambda pair: Window(*pair))
TABLES = st.tuples(
    st.integers(-100, 3000), st.integers(1, 16), st.lists(st.integers(0, 65535), min_size=1, max_size=40)
).map(lambda parts: LookupTable(parts[0], parts[1], tuple(parts[2])))
SCALES = st.builds(
    GreyScale,
    bits_stored=st.integers(1, 16),
    is_inverted=st.booleans(),
    slope=st.floats(-5, 5).filter(bool),
    intercept=st.floats(-2000, 2000),
    windows=st.lists(WINDOWS, max_size=2).map(tuple),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    modality_table=st.none() | TABLES,
    voi_tables=st.lists(TABLES, max_size=2).map(tuple),
    padding=st.none() | st.integers(-5, 300),
)


@given(st.sampled_from(["u1", "i1", "u2", "i2"]).flatmap(lambda kind: hnp.arrays(kind, SIDES)), SCALES)
def test_the_header_alone_shows_what_the_server_renders(pixels, scale):
    header = grey_header(scale, range_of(pixels, scale), Geometry(), 0, 1)
    assert (shown(decode(encoded(pixels, **header))) == render(pixels, scale)).all()
