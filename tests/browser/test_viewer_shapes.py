"""Pixels that are no squares are drawn in their true shape: nothing is lost of them, and all that lies on them stays right."""

import imagecodecs
import numpy as np
import pytest

from cases.adapters.dicom import read_dicom
from cases.frame_headers import Geometry
from cases.rendition import GreyScale, Window, render
from tests.browser.viewer_stage import Stage, with_header
from tests.cases.builders import dicom

pytestmark = pytest.mark.django_db(transaction=True)
RNG = np.random.default_rng(7)
NOISE = RNG.integers(0, 4096, (90, 120), dtype=np.uint16)
SCALE = GreyScale(12, windows=(Window(2000, 3000),))
HIGH, WIDE = Geometry((0.5, 0.25), "PixelSpacing"), Geometry((0.25, 0.5), "PixelSpacing")
# How a file tells that its pixels are twice as high as wide, and the other way round.
TALL = {
    "spacing": {"PixelSpacing": [0.5, 0.25]},
    "detector": {"ImagerPixelSpacing": [0.4, 0.2]},
    "ratio": {"PixelAspectRatio": [2, 1]},
    "zero spacing": {"PixelSpacing": [0, 0], "PixelAspectRatio": [6, 3]},
}
BROAD = {"spacing": {"PixelSpacing": [0.25, 0.5]}, "ratio": {"PixelAspectRatio": [1, 2]}}
FILES = [*((told, 0) for told in TALL.values()), *((told, 1) for told in BROAD.values())]  # fmt: skip


@pytest.fixture
def stage(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}).new_page())


def doubled(values: np.ndarray, axis: int) -> np.ndarray:
    """Twice as many along the axis: each a quarter of the nearer neighbour's and three of its own, the edge its own alone."""
    own = np.moveaxis(values.astype(np.int64), axis, 0)
    before, after = (np.concatenate(pair) for pair in ((own[:1], own[:-1]), (own[1:], own[-1:])))
    between = [(3 * own + other + 2) // 4 for other in (before, after)]
    return np.moveaxis(np.stack(between, axis=1).reshape(-1, *own.shape[1:]), 0, axis)


def stands_alone(stage: Stage, expected: np.ndarray) -> None:
    canvas = stage.pixels()
    assert np.array_equal(canvas, canvas[..., :1].repeat(3, axis=2))
    assert np.array_equal(stage.pixels(size=expected.shape)[..., 0], expected)
    assert np.count_nonzero(canvas.any(axis=2)) == np.count_nonzero(expected), "around the picture is black"


def of_file(stage: Stage, folder, told: dict) -> dict:
    """The picture of a DICOM file that tells this of its pixels, as the product derives and describes it."""
    facts = read_dicom(dicom(NOISE, WindowCenter=2000, WindowWidth=3000, **told), frames_in=folder)
    packed = (folder / f"{facts.pictures.frames.digests[0]}.zst").read_bytes()
    picture = stage.picture(NOISE, SCALE, stretch=facts.display["stretch"])
    stage.answers[picture["frameUrls"][0]].body = imagecodecs.zstd_decode(packed)
    stage.answers[picture["preview"]].body = facts.pictures.preview
    return picture


@pytest.mark.parametrize(("told", "axis"), FILES)
def test_at_one_to_one_each_pixel_is_one_of_the_screen_along_its_finer_side(stage, tmp_path, told, axis):
    stage.open(of_file(stage, tmp_path, told))
    stage.press("*")
    assert stage.words("[data-readout]").endswith(" 1:1")
    stands_alone(stage, render(doubled(NOISE, axis), SCALE))
    assert stage.words("[data-flags]") == ""


def test_turned_and_mirrored_it_keeps_its_shape(stage):
    stage.open(stage.picture(NOISE, SCALE, HIGH))
    expected = render(doubled(NOISE, 0), SCALE)
    stage.press("*")
    for key, turn in {"r": lambda a: np.rot90(a, -1), "h": np.fliplr, "v": np.flipud}.items():
        for _ in range(3):
            stage.press(key)
            expected = turn(expected)
            stands_alone(stage, expected)


@pytest.mark.parametrize(
    ("spacing", "stretch"),
    [((0.5, 0.25), None), ((0.2, 0.2001), None), ((0.5, 0.25), [1, 1])],
    ids=["older than the ratio", "older, as good as square", "the ratio itself"],
)
def test_a_file_that_is_older_than_the_ratio_opens_by_its_spacing(stage, spacing, stretch):
    picture = stage.picture(NOISE, SCALE, Geometry(spacing, "PixelSpacing"))
    answer = stage.answers[picture["frameUrls"][0]]
    answer.body = with_header(answer.body, stretch=stretch)
    stage.open(picture)
    stage.press("*")
    stands_alone(stage, render(doubled(NOISE, 0) if spacing[1] == 0.25 and not stretch else NOISE, SCALE))


def extent(stage: Stage, film: int = 0) -> list[int]:
    """First and last row, first and last column of the canvas on which something stands."""
    lit = stage.pixels(film).max(axis=2) > 40
    return [int(edge) for axis in (1, 0) for edge in np.flatnonzero(lit.any(axis=axis))[[0, -1]]]


@pytest.mark.parametrize("told", [TALL["spacing"], BROAD["ratio"]])
def test_the_preview_lies_where_the_picture_will(stage, tmp_path, told):
    picture = of_file(stage, tmp_path, told)
    stage.answers[picture["frameUrls"][0]].status = None
    stage.open(picture, stage="preview")
    before = extent(stage)
    stage.let_go()
    stage.painted()
    assert extent(stage) == pytest.approx(before, abs=1)
    high, wide = extent(stage)[1] - extent(stage)[0] + 1, extent(stage)[3] - extent(stage)[2] + 1
    ratio = 2 if told == TALL["spacing"] else 0.5
    assert high / wide == pytest.approx(ratio * 90 / 120, rel=0.01)


def test_shrunk_it_is_the_mean_over_areas(stage):
    """A picture of three times as many pixels across as down, of pixels three times as high as wide."""
    ramp = np.add.outer(np.arange(800), np.arange(2400)).astype(np.float64)
    pixels = (ramp + RNG.normal(0, 300, ramp.shape)).clip(0, 4095).astype(np.uint16)
    stage.open(stage.picture(pixels, GreyScale(12), Geometry((0.3, 0.1), "PixelSpacing")))
    top, bottom, left, right = extent(stage)
    held = stage.pixels()
    side = round(held.shape[0])
    assert (bottom - top + 1, right - left + 1) == (side, side)
    shown = held[:, held.shape[1] // 2 - side // 2 : held.shape[1] // 2 - side // 2 + side, 0].astype(float)
    levels = render(pixels, GreyScale(12)).astype(float)
    truth = areas(areas(levels, side).T, side).T
    assert np.sqrt(np.mean((shown - truth) ** 2)) <= 1.2


def areas(values: np.ndarray, count: int) -> np.ndarray:
    """The rows as ``count`` rows, each the mean of what lies under it."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), values.cumsum(axis=0)])
    edges = np.linspace(0, len(values), count + 1)
    at = np.stack([np.interp(edges, np.arange(len(sums)), column) for column in sums.T], axis=1)
    return np.diff(at, axis=0) * count / len(values)


def spot_of(stage: Stage) -> tuple[float, float]:
    """Where the brightest of the canvas stands, on the page."""
    box = stage.film().locator("canvas").first.bounding_box()
    rows, columns = np.nonzero(stage.pixels()[..., 0] > 200)
    return box["x"] + columns.mean() + 0.5, box["y"] + rows.mean() + 0.5


@pytest.mark.parametrize("turn", ["", "r", "h"])
def test_the_wheel_zooms_at_the_pointer_and_a_drag_moves_the_picture_along(stage, turn):
    pixels = np.full((90, 120), 100, np.uint16)
    pixels[30:32, 70:74] = 4095
    stage.open(stage.picture(pixels, GreyScale(12, windows=(Window(2048, 4096),)), HIGH))
    stage.press("*", *turn)
    x, y = spot_of(stage)
    stage.page.mouse.move(x, y)
    for notch in (-200, -200, 120):
        stage.page.mouse.wheel(0, notch)
        stage.frame()
        assert spot_of(stage) == pytest.approx((x, y), abs=1.5)
    stage.page.mouse.down(button="right")
    stage.page.mouse.move(x + 60, y - 40, steps=4)
    stage.page.mouse.up(button="right")
    stage.frame()
    assert spot_of(stage) == pytest.approx((x + 60, y - 40), abs=1.5)


def draw(stage: Stage, key: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one device pixel of the picture to another, counted from its first."""
    box = stage.film().bounding_box()
    x, y = box["x"] + np.floor(box["width"] / 2 - 60 + 0.5), box["y"] + np.floor(box["height"] / 2 - 90 + 0.5)
    stage.page.keyboard.press(key)
    stage.page.mouse.move(x + start[0], y + start[1])
    stage.page.mouse.down()
    stage.page.mouse.move(x + end[0], y + end[1], steps=3)
    stage.page.mouse.up()
    stage.frame()


MARKS = {
    "mm": (HIGH, "l", f"{np.hypot(40, 60) * 0.25:.1f} mm"),
    "pixels of the finer side": (Geometry(aspect=(2.0, 1.0)), "l", f"{np.hypot(40, 60):.1f} px"),
    "an area in mm": (HIGH, "b", f"{40 * 60 * 0.25**2 / 100:.1f} cm²"),
    "an area in pixels": (Geometry(aspect=(2.0, 1.0)), "b", f"{40 * 60} px²"),
}


@pytest.mark.parametrize(("geometry", "key", "words"), MARKS.values(), ids=MARKS)
def test_marks_are_kept_in_pixels_of_the_file_and_measure_what_is_seen(stage, geometry, key, words):
    stage.open(stage.picture(NOISE, SCALE, geometry))
    stage.press("*")
    draw(stage, key, (20, 40), (60, 100))
    (mark,) = stage.marks()
    assert mark["points"] == [[20, 20], [60, 50]]
    assert mark["text"].endswith(words)
    handles = [one.bounding_box() for one in stage.page.locator(".mark-handle").all()]
    middles = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in handles]
    assert np.subtract(*reversed(middles)) == pytest.approx((40, 60), abs=0.1)


@pytest.mark.parametrize("geometry", [HIGH, Geometry(aspect=(2.0, 1.0))], ids=["spacing", "ratio alone"])
def test_an_angle_is_that_which_is_seen(stage, geometry):
    stage.open(stage.picture(NOISE, SCALE, geometry))
    stage.press("*")
    draw(stage, "a", (60, 20), (20, 20))
    box = stage.film().bounding_box()
    x, y = box["x"] + np.floor(box["width"] / 2 - 60 + 0.5), box["y"] + np.floor(box["height"] / 2 - 90 + 0.5)
    stage.page.mouse.click(x + 60, y + 60)
    stage.frame()
    assert stage.marks()[0]["text"] == "45.0°"


def test_linked_to_another_a_millimetre_is_as_large_in_both_directions(stage):
    """Films of 30 × 45 mm: of square pixels, and of pixels twice as high as wide."""
    films = [
        stage.picture(np.full((rows, 120), 4000, np.uint16), SCALE, geometry, note=f"N{rows}")
        for rows, geometry in ((180, Geometry((0.25, 0.25), "PixelSpacing")), (90, HIGH))
    ]
    stage.open(*films)
    edges = [extent(stage, n) for n in (0, 1)]
    assert edges[0] == pytest.approx(edges[1], abs=1)
    stage.film(0).focus()
    for key in ("-", "-", "ArrowRight", "ArrowDown"):
        stage.press(key)
        edges = [extent(stage, n) for n in (0, 1)]
        assert edges[0] == pytest.approx(edges[1], abs=1), key


def test_the_magnifier_shows_the_same_shape(stage):
    pixels = np.full((90, 120), 100, np.uint16)
    pixels[40:50, 50:70] = 4095  # as high as wide
    stage.open(stage.picture(pixels, GreyScale(12, windows=(Window(2048, 4096),)), HIGH))
    stage.press("*", "m")
    stage.page.mouse.move(*stage.spot(0.5, 0.5))
    stage.frame()
    lit = stage.pixels(of=".lens")[..., 0] > 128
    assert (np.count_nonzero(lit.any(axis=1)), np.count_nonzero(lit.any(axis=0))) == (pytest.approx(40, abs=1),) * 2
