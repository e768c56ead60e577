"""What the canvas holds is what DICOM says: byte for byte at one to one, an average of areas when it shrinks."""

import hashlib
import io
import math
from dataclasses import replace
from fractions import Fraction

import imagecodecs
import numpy as np
import pytest
from PIL import Image as Pillow

from cases.adapters.derivation import Decoded, derive
from cases.adapters.dicom import read_dicom
from cases.frame_headers import Geometry
from cases.rendition import GreyScale, LookupTable, Window, render
from tests.browser.viewer_stage import Stage
from tests.cases.test_exactness import KNOWN, MADE, RAMP

pytestmark = pytest.mark.django_db(transaction=True)
RNG = np.random.default_rng(7)
UNSIGNED = RNG.integers(0, 4096, (61, 83), dtype=np.uint16)
SIGNED = RNG.integers(-1200, 2800, (64, 70), dtype=np.int16)
BYTES = RNG.integers(0, 256, (50, 60), dtype=np.uint8)
CURVE = LookupTable(100, 12, tuple(int(4095 * (n / 1999) ** 2.2) for n in range(2000)), "curve")
SQUARES = LookupTable(0, 16, tuple((n * n) // 300 for n in range(4096)))
KINDS = {
    "unsigned, range": (UNSIGNED, GreyScale(12)),
    "unsigned, window": (UNSIGNED, GreyScale(12, windows=(Window(2000, 1500),))),
    "a window of width 1": (UNSIGNED, GreyScale(12, windows=(Window(2000, 1),))),
    "signed": (SIGNED, GreyScale(16, windows=(Window(40, 400),))),
    "slope and intercept": (SIGNED, GreyScale(16, slope=3.774, intercept=-12.5, windows=(Window(900, 3000.5),))),
    "inverted": (UNSIGNED, GreyScale(12, is_inverted=True, windows=(Window(2000, 1500),))),
    "inverted range": (SIGNED, GreyScale(16, is_inverted=True)),
    "a VOI table": (UNSIGNED, GreyScale(12, windows=(Window(9, 9),), voi_tables=(CURVE,))),
    "a modality table": (UNSIGNED, GreyScale(12, modality_table=SQUARES, windows=(Window(20000, 30000),))),
    "sigmoid": (UNSIGNED, GreyScale(12, windows=(Window(2000, 900),), function="SIGMOID")),
    "linear exact": (UNSIGNED, GreyScale(12, windows=(Window(2000, 900),), function="LINEAR_EXACT")),
    "eight bits": (BYTES, GreyScale(8)),
    "eight bits, window": (BYTES, GreyScale(8, windows=(Window(128, 100),))),
    "sixteen bits": (RNG.integers(0, 65536, (40, 41), dtype=np.uint16), GreyScale(16)),
    "one row": (UNSIGNED[:1], GreyScale(12)),
    "one column": (UNSIGNED[:, :1], GreyScale(12)),
}  # fmt: skip


@pytest.fixture
def stage(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}).new_page())


def at_one_to_one(stage: Stage, picture: np.ndarray, expected: np.ndarray) -> None:
    canvas = stage.pixels().astype(int)
    if expected.ndim == 2:
        expected = np.repeat(expected[..., np.newaxis], 3, axis=2)
    h, w = expected.shape[:2]
    # the origin is rounded to whole pixels as the browser rounds: halves upwards
    top, left = (int(np.floor((canvas.shape[n] / 2 - expected.shape[n] / 2) + 0.5)) for n in (0, 1))
    assert np.array_equal(canvas[top : top + h, left : left + w], expected)
    canvas[top : top + h, left : left + w] = 0
    assert not canvas.any(), "around the picture is black"


def test_every_kind_of_grey_is_exact(stage):
    for case, (name, (pixels, scale)) in enumerate(KINDS.items()):
        data = stage.case(stage.picture(pixels, scale), case=case)
        if case == 0:
            stage.open(*data["images"], case=case)
        else:
            stage.swap(data)
            stage.painted(case)
        stage.press("*")
        try:
            at_one_to_one(stage, pixels, render(pixels, scale))
        except AssertionError as error:
            raise AssertionError(name) from error


def test_the_canvas_shows_of_each_made_file_what_dcmtk_shows(stage, tmp_path):
    """Files of every rule, PresentationLUTShape × MONOCHROME1 and 2 among them: the digests are those of dcmtk's screens."""
    assert {"MONOCHROME1, INVERSE", "MONOCHROME1, IDENTITY", "MONOCHROME2, INVERSE", "MONOCHROME2, IDENTITY"} <= set(
        MADE
    )
    shown = {}
    for case, (name, content) in enumerate(MADE.items()):
        (tmp_path / name).mkdir()
        frames = read_dicom(content, frames_in=tmp_path / name).pictures.frames
        picture = stage.picture(np.zeros(RAMP.shape, np.uint16))
        packed = (tmp_path / name / f"{frames.digests[0]}.zst").read_bytes()
        stage.answers[picture["frameUrls"][0]].body = imagecodecs.zstd_decode(packed)
        if case == 0:
            stage.open(picture, case=case)
        else:
            stage.swap(stage.case(picture, case=case))
            stage.painted(case)
        stage.press("*")
        screen = stage.pixels(size=RAMP.shape)
        assert (screen == screen[..., :1]).all(), name
        shown[name] = hashlib.sha256(screen[..., 0].tobytes()).hexdigest()[:16]
    assert shown == KNOWN


def test_colours_are_shown_as_they_are(stage):
    pixels = RNG.integers(0, 256, (40, 52, 3), dtype=np.uint8)
    stage.open(stage.picture(pixels))
    stage.press("*")
    at_one_to_one(stage, pixels, pixels)


def test_turned_and_mirrored_pictures_are_exact(stage):
    stage.open(stage.picture(UNSIGNED, GreyScale(12)))
    expected = render(UNSIGNED, GreyScale(12))
    stage.press("*")
    for key, turn in {"r": lambda a: np.rot90(a, -1), "h": np.fliplr, "v": np.flipud}.items():
        for _ in range(3):
            stage.press(key)
            expected = turn(expected)
            at_one_to_one(stage, UNSIGNED, expected)


def test_inverting_turns_before_it_rounds(stage):
    scale = GreyScale(12, windows=(Window(2000, 1500),))
    stage.open(stage.picture(UNSIGNED, scale))
    stage.press("*", "i")
    at_one_to_one(stage, UNSIGNED, render(UNSIGNED, GreyScale(12, is_inverted=True, windows=scale.windows)))


def test_padding_is_black_even_inverted(stage):
    pixels = np.where(RNG.random((30, 30)) < 0.3, 0, UNSIGNED[:30, :30] + 1).astype(np.uint16)
    scale = GreyScale(12, is_inverted=True, padding=0)
    stage.open(stage.picture(pixels, scale))
    stage.press("*")
    at_one_to_one(stage, pixels, np.where(pixels == 0, 0, render(pixels, scale)))


def test_a_range_of_padding_is_black_inverted_or_not(stage):
    pixels = UNSIGNED[:60, :60] // 40  # 0 to 102: most values of the range are met
    scale = GreyScale(12, is_inverted=True, windows=(Window(50, 100),), padding=63, padding_limit=40)
    stage.open(stage.picture(pixels, scale))
    stage.press("*")
    at_one_to_one(stage, pixels, render(pixels, scale))
    stage.press("i")
    at_one_to_one(stage, pixels, render(pixels, replace(scale, is_inverted=False)))


def film(height: int, width: int) -> np.ndarray:
    """Something like a film: smooth shapes, ribs and noise."""
    y, x = np.mgrid[0:height, 0:width]
    shape = 1800 + 900 * np.sin(x / 90) * np.cos(y / 70) + 300 * (np.sin(y / 6) > 0.6)
    return np.clip(shape + RNG.normal(0, 90, shape.shape), 0, 4095).astype(np.uint16)


def averaged(pixels: np.ndarray, box: tuple[float, float, int, int]) -> np.ndarray:
    """True area averages: the picture spread over the box (left, top, width, height) of the canvas."""

    def weights(size: int, count: int, zoom: float) -> np.ndarray:
        edges = np.arange(count + 1)[:, None] / zoom
        index = np.arange(size)[None]
        share = np.clip(np.minimum(edges[1:], index + 1) - np.maximum(edges[:-1], index), 0, None)
        return share / share.sum(axis=1, keepdims=True)

    zoom, _, count_x, count_y = box
    return weights(pixels.shape[0], count_y, zoom) @ pixels @ weights(pixels.shape[1], count_x, zoom).T


def shown_and_box(stage, size: tuple[int, int]) -> tuple[np.ndarray, tuple[float, float, int, int]]:
    """The grey levels of the part of the canvas that the picture takes where it fits, and that part for ``averaged``."""
    canvas = stage.pixels()[..., 0].astype(float)
    zoom = min(canvas.shape[0] / size[0], canvas.shape[1] / size[1])
    left = int(np.floor(canvas.shape[1] / 2 - size[1] * zoom / 2 + 0.5))
    top = int(np.floor(canvas.shape[0] / 2 - size[0] * zoom / 2 + 0.5))
    columns = min(int(np.ceil(size[1] * zoom - 1e-6)), canvas.shape[1] - left)
    rows = min(int(np.ceil(size[0] * zoom - 1e-6)), canvas.shape[0] - top)
    return canvas[top : top + rows, left : left + columns], (zoom, zoom, columns, rows)


@pytest.mark.parametrize("size", [(1200, 1000), (2001, 1503), (700, 640)])
def test_a_smaller_picture_averages_areas(stage, size):
    pixels = film(*size)
    scale = GreyScale(12, windows=(Window(1900, 2600),))
    stage.open(stage.picture(pixels, scale))
    shown, box = shown_and_box(stage, size)
    truth = render(averaged(pixels.astype(float), box), scale)
    error = np.sqrt(np.mean((shown - truth) ** 2))
    assert error <= 1.2, error


PADDED = {
    "at the top of 12 bits": GreyScale(12, windows=(Window(1900, 2600),), padding=4095),
    "a range at the top": GreyScale(12, windows=(Window(1900, 2600),), padding=3900, padding_limit=4095),
    "at the bottom, MONOCHROME1": GreyScale(12, windows=(Window(1900, 2600),), padding=0, is_inverted=True),
    "a range at the bottom, MONOCHROME1": GreyScale(
        12, windows=(Window(1900, 2600),), padding=0, padding_limit=60, is_inverted=True
    ),
    "below zero": GreyScale(16, windows=(Window(1900, 2600),), padding=-2000),
}


def padded(size: tuple[int, int], scale: GreyScale) -> tuple[np.ndarray, np.ndarray]:
    """A film within a slanting frame of padding, with a hole in it; and where it is picture."""
    pixels = film(*size).clip(100, 3800).astype(np.int16 if scale.padded[0] < 0 else np.uint16)
    y, x = np.mgrid[0 : size[0], 0 : size[1]]
    far = abs(x - size[1] / 2 + y / 9) < size[1] * 0.33
    is_picture = far & (y > size[0] // 10) & ((x - size[1] / 2) ** 2 + (y - size[0] / 2) ** 2 > 40**2)
    values = RNG.integers(scale.padded[0], scale.padded[1] + 1, size)
    return np.where(is_picture, pixels, values).astype(pixels.dtype), is_picture


def truth_of(pixels, is_picture, box, scale: GreyScale) -> np.ndarray:
    """What is picture averaged over its area, and as much of it as is none black."""
    share = averaged(is_picture.astype(float), box)
    means = averaged(np.where(is_picture, pixels, 0).astype(float), box) / np.maximum(share, 1e-9)
    return render(means, replace(scale, padding=None)) * share


@pytest.mark.parametrize("kind", PADDED)
@pytest.mark.parametrize("size", [(1200, 1000), (2001, 1503), (700, 640)])
def test_padding_has_no_part_in_the_averages(stage, kind, size):
    scale = PADDED[kind]
    pixels, is_picture = padded(size, scale)
    stage.open(stage.picture(pixels, scale))
    for key, scale_shown in ((".", scale), ("i", replace(scale, is_inverted=not scale.is_inverted))):
        stage.press(key)
        shown, box = shown_and_box(stage, size)
        truth = truth_of(pixels, is_picture, box, scale_shown)
        error = np.sqrt(np.mean((shown - truth) ** 2))
        assert error <= 1.2, error
        assert (shown - truth).max() <= 12, "a false bright line"


def test_padding_stays_black_where_a_picture_grows(stage):
    scale = GreyScale(12, windows=(Window(1000, 2000),), padding=4095)
    pixels = np.full((200, 160), 1000, np.uint16)
    pixels[:60] = pixels[:, :40] = 4095
    stage.open(stage.picture(pixels, scale))
    assert set(np.unique(stage.pixels())) <= set(range(128)), "no brighter than the picture"
    assert 126 <= stage.pixels().max() <= 127


def test_a_preview_treats_padding_as_the_canvas_does():
    """The first small picture, which the server made, has no bright line either."""
    scale = GreyScale(12, windows=(Window(2000, 4000),), padding=4095)
    pixels = np.full((2000, 1800), 4095, np.uint16)
    pixels[203:1801, 201:1603] = 1000
    image = Decoded(pixels[np.newaxis], scale, Geometry())
    shown = np.asarray(Pillow.open(io.BytesIO(derive(image).preview)))
    assert shown.max() <= render(np.full((1, 1), 1000, np.uint16), scale)[0, 0] + 12, "JPEG alone may add something"


def test_what_is_measured_and_offered_knows_no_padding(stage):
    scale = GreyScale(12, windows=(Window(2000, 4000),), padding=0)
    pixels = film(300, 400).clip(100, 4000).astype(np.uint16)
    pixels[::2] = 0
    stage.open(stage.picture(pixels, scale))
    plain = stage.picture(pixels[1::2], scale)
    looks = []
    for case in (1, 2):
        stage.page.get_by_label("Window preset").select_option(label="Equalised range")
        stage.frame()
        looks.append(stage.words("[data-readout]").split("   ")[0])
        if case == 1:
            stage.press("b", "b")
            (mark,) = stage.marks()
            left, right = (point[0] for point in mark["points"])
            top, bottom = (point[1] for point in mark["points"])
            y, x = np.mgrid[0:300, 0:400] + 0.5
            values = pixels[(x >= left) & (x <= right) & (y >= top) & (y <= bottom) & (pixels > 0)]
            assert mark["text"].startswith(f"mean {values.mean():.0f}, SD {values.std(ddof=1):.0f}, ")
            stage.press("Delete")
            stage.swap(stage.case(plain, case=2))
            stage.painted(2)
    width, level = zip(*([int(part) for part in look.split()[1:4:2]] for look in looks), strict=True)
    assert width[0] == pytest.approx(width[1], rel=0.02)
    assert level[0] == pytest.approx(level[1], rel=0.02)


@pytest.mark.parametrize("is_inverted", [False, True])
@pytest.mark.parametrize("window", [Window(2000, 900), Window(700.5, 1), Window(1234.25, 333.5)])
def test_a_linear_exact_window_follows_the_standards_formula(stage, window, is_inverted):
    """PS3.3 C.11.2.1.3.2, in fractions: nothing is rounded before the level is. A level that is a whole number may lose its last
    bit to the order of the operations (docs/pixels.md), and be one lower.
    """
    center, width = Fraction(window.center), Fraction(window.width)
    exact = np.empty(UNSIGNED.shape, object)
    for place, value in np.ndenumerate(UNSIGNED):
        x = int(value)
        share = Fraction(0) if x <= center - width / 2 else (x - center) / width + Fraction(1, 2)
        exact[place] = 255 * (1 - min(share, 1) if is_inverted else min(share, 1))
    scale = GreyScale(12, windows=(window,), function="LINEAR_EXACT", is_inverted=is_inverted)
    stage.open(stage.picture(UNSIGNED, scale))
    stage.press("*")
    shown = stage.pixels(size=UNSIGNED.shape)[..., 0]
    levels = np.array([[math.floor(level) for level in row] for row in exact])
    is_whole = np.array([[level.denominator == 1 for level in row] for row in exact])
    assert np.array_equal(np.where(is_whole, levels, shown), levels)
    assert set(np.unique(levels - shown)) <= {0, 1}
    linear = render(UNSIGNED, replace(scale, function="LINEAR"))
    assert window.width == 1 or not np.array_equal(linear, levels), "which LINEAR is not"


def test_from_four_times_on_pixels_are_squares(stage):
    pixels = UNSIGNED[:20, :20]
    stage.open(stage.picture(pixels, GreyScale(12)))
    stage.press("*")
    for _ in range(7):
        stage.press("+")  # 1.25 ** 7 = 4.8
    canvas = stage.pixels()[..., 0]
    assert set(np.unique(canvas)) <= {0, *np.unique(render(pixels, GreyScale(12)))}
