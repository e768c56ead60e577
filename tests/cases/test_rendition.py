"""The default picture, against values worked out from PS3.3 C.11.2 by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rendition import GreyScale, LookupTable, Window, apply_window, range_of, render


def levels(values, window, function="LINEAR"):
    return apply_window(np.asarray(values, dtype=float), window, function).tolist()


@pytest.mark.parametrize(
    ("window", "values", "expected"),
    [
        # C.11.2.1.2.1, the standard's own example: c=2048, w=4096 maps 0..4095 onto the whole range.
        (Window(2048, 4096), [-1, 0, 4095, 4096], [0, 0, 255, 255]),
        (Window(2048, 1), [2047, 2048], [0, 255]),
        (Window(0, 100), [-50, 49], [0, 255]),
        (Window(0, 100), [-0.5], [127.5]),
    ],
)
def test_linear_window_follows_the_standard(window, values, expected):
    assert levels(values, window) == pytest.approx(expected)


def test_linear_exact_window_has_no_half_pixel_shift():
    assert levels([0, 2048, 4096], Window(2048, 4096), "LINEAR_EXACT") == pytest.approx([0, 127.5, 255])


def test_sigmoid_window_is_half_at_its_centre_and_never_overflows():
    low, middle, high = levels([-1e9, 100, 1e9], Window(100, 50), "SIGMOID")
    assert (low, middle, high) == pytest.approx((0, 127.5, 255))


def test_grey_levels_are_rounded_down():
    pixels = np.array([[1]], dtype=np.uint8)
    assert render(pixels, GreyScale(8, windows=(Window(1.5, 3),)))[0, 0] == 127  # 127.5


def test_inversion_comes_before_rounding_down():
    pixels = np.array([[1]], dtype=np.uint8)
    inverted = GreyScale(8, is_inverted=True, windows=(Window(1.25, 3),))
    # y = (1 - 0.75) / 2 + 0.5 = 0.625 -> 159.375; 255 - 159.375 = 95.625 -> 95, while 255 - floor(y) were 96
    assert render(pixels, inverted)[0, 0] == 95


def test_without_a_window_eight_bits_are_shown_as_they_are():
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert (render(pixels, GreyScale(8)) == pixels).all()


def test_without_a_window_deep_pictures_use_the_range_met_without_padding():
    pixels = np.array([[0, 100, 200, 300]], dtype=np.uint16)
    assert render(pixels, GreyScale(12, padding=0)).tolist() == [[0, 0, 127, 255]]


@pytest.mark.parametrize(("value", "limit"), [(63, 40), (40, 63)])
@pytest.mark.parametrize("is_inverted", [False, True])
def test_all_values_of_a_padding_range_are_black_and_count_for_no_range(value, limit, is_inverted):
    pixels = np.array([[39, 40, 50, 63, 64, 164]], dtype=np.uint16)
    scale = GreyScale(12, is_inverted, padding=value, padding_limit=limit)
    assert range_of(pixels[:, 1:], scale) == (64, 164)
    ends = [255, 0] if is_inverted else [0, 255]
    assert render(pixels[:, 1:], scale).tolist() == [[0, 0, 0, *ends]]
    windowed = replace(scale, windows=(Window(20, 2),))
    assert render(pixels, windowed).tolist() == [[ends[1], 0, 0, 0, ends[1], ends[1]]]
    alone = GreyScale(12, padding=value)
    assert alone.padded == (value, value)
    assert GreyScale(12, padding_limit=limit).padded is None


def test_a_constant_picture_is_black_and_no_error():
    assert render(np.full((2, 2), 7, dtype=np.uint16), GreyScale(12)).tolist() == [[0, 0], [0, 0]]


def test_rescale_moves_the_window_into_hounsfield_units():
    pixels = np.array([[-1000, 24, 1048]], dtype=np.int16)
    scale = GreyScale(16, slope=1.0, intercept=-24.0, windows=(Window(0.5, 2049),))
    assert render(pixels, scale).tolist() == [[0, 127, 255]]


def test_signed_and_unsigned_pixels_of_the_same_values_look_the_same():
    values = [[0, 50, 100]]
    scale = GreyScale(16, windows=(Window(50, 100),))
    assert (render(np.array(values, np.int16), scale) == render(np.array(values, np.uint16), scale)).all()


def test_voi_table_wins_over_the_window():
    table = LookupTable(first=10, bits=8, values=(0, 200, 255))
    pixels = np.array([[0, 10, 11, 12, 99]], dtype=np.uint16)
    scale = GreyScale(12, windows=(Window(1, 1),), voi_tables=(table,))
    assert render(pixels, scale).tolist() == [[0, 0, 200, 255, 255]]


def test_modality_table_replaces_the_rescale():
    table = LookupTable(first=0, bits=16, values=(0, 1000, 4095))
    scale = GreyScale(12, windows=(Window(2048, 4096),), modality_table=table)
    assert render(np.array([[0, 1, 2]], dtype=np.uint16), scale).tolist() == [[0, 62, 255]]


def test_big_endian_pixels_are_read_as_the_numbers_they_are():
    values = np.array([[0, 1000, 4095]])
    scale = GreyScale(12, windows=(Window(2048, 4096),))
    assert (render(values.astype(">u2"), scale) == render(values.astype("<u2"), scale)).all()


def test_float_pixels_are_rendered_too():
    assert render(np.array([[0.0, 0.5, 1.0]]), GreyScale(32)).tolist() == [[0, 127, 255]]


@given(
    st.integers(-3000, 3000),
    st.floats(1.0, 6000),
    st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    st.booleans(),
)
def test_table_and_float_ways_give_the_same_picture(center, width, function, is_inverted):
    pixels = np.linspace(-2048, 2047, 64).astype(np.int16).reshape(8, 8)
    scale = GreyScale(16, is_inverted, 1.5, -10.0, (Window(center, width),), function)
    assert (render(pixels, scale) == render(pixels.astype(np.int32), scale)).all()


@given(st.integers(-500, 4600), st.floats(1.0, 6000))
def test_brighter_values_never_look_darker(center, width):
    pixels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    shown = render(pixels, GreyScale(12, windows=(Window(center, width),))).ravel().astype(int)
    assert (np.diff(shown) >= 0).all()
