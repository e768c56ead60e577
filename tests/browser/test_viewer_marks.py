"""Marks lie on the picture, not on the screen; they measure in what the file says of its pixels, and reach the verdict's form."""

import numpy as np
import pytest

from cases.frame_headers import Geometry
from cases.rendition import GreyScale, Window
from tests.browser.viewer_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)
RNG = np.random.default_rng(3)
NOISE = RNG.integers(0, 4000, (300, 400), dtype=np.uint16)
SCALE = GreyScale(12, slope=2.0, intercept=-1000.0, windows=(Window(2000, 4000),))


@pytest.fixture
def stage(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}).new_page())


def opened(stage, geometry=None, **about):
    stage.open(stage.picture(NOISE, SCALE, geometry or Geometry()), **about)
    stage.press("*")  # one picture element to one screen pixel
    return stage


def corner(stage) -> tuple[float, float]:
    """Where the picture's first pixel begins on the page, at one to one."""
    box = stage.film().bounding_box()
    return box["x"] + np.floor(box["width"] / 2 - 200 + 0.5), box["y"] + np.floor(box["height"] / 2 - 150 + 0.5)


def draw(stage, key: str, *points) -> None:
    """By one drag from the first point to the second, and a click for each more."""
    x, y = corner(stage)
    mouse = stage.page.mouse
    stage.page.keyboard.press(key)
    mouse.move(x + points[0][0], y + points[0][1])
    mouse.down()
    for point in points[1:2]:
        mouse.move(x + point[0], y + point[1], steps=3)
    mouse.up()
    for point in points[2:]:
        mouse.move(x + point[0], y + point[1], steps=3)
        mouse.down()
        mouse.up()
    stage.frame()


LENGTHS = {
    "mm": (Geometry((0.5, 0.5), "PixelSpacing"), f"{np.hypot(50, 40):.1f} mm"),
    "at the detector": (Geometry((0.2, 0.2), "ImagerPixelSpacing"), f"{np.hypot(20, 16):.1f} mm at detector"),
    "magnified": (
        Geometry((0.2, 0.2), "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor"),
        f"{np.hypot(20, 16):.1f} mm by stated magnification",
    ),
    "calibrated": (
        Geometry((0.2, 0.2), "PixelSpacing/FIDUCIAL"), f"{np.hypot(20, 16):.1f} mm by an object of known size"
    ),
    "of a scanned film": (Geometry((0.2, 0.2), "NominalScannedPixelSpacing"), f"{np.hypot(20, 16):.1f} mm on the film"),
    "unknown": (Geometry(), f"{np.hypot(100, 80):.0f} px"),
}  # fmt: skip


@pytest.mark.parametrize("known", LENGTHS)
def test_a_length_says_what_it_knows(stage, known):
    geometry, words = LENGTHS[known]
    opened(stage, geometry)
    draw(stage, "l", (50, 60), (150, 140))
    assert stage.marks() == [
        {"kind": "length", "image": 1, "frame": 0, "points": [[50, 60], [150, 140]],
         "label": None, "certainty": None, "text": words}
    ]  # fmt: skip
    assert stage.page.locator("#live").inner_text() == f"Length {words}"
    assert stage.page.locator("[data-marks] li").all_inner_texts() == [f"Length, {words}"]


def test_an_angle_of_three_points(stage):
    opened(stage)
    draw(stage, "a", (100, 200), (100, 100), (200, 100))
    (mark,) = stage.marks()
    assert (mark["kind"], mark["text"], len(mark["points"])) == ("angle", "90.0°", 3)


@pytest.mark.parametrize("key", ["b", "e"])
def test_an_area_has_mean_and_sd_of_the_stored_values(stage, key):
    opened(stage, Geometry((0.5, 0.5), "PixelSpacing"))
    draw(stage, key, (40, 50), (140, 110))
    y, x = np.mgrid[0:300, 0:400] + 0.5
    inside = (x >= 40) & (x <= 140) & (y >= 50) & (y <= 110)
    if key == "e":
        inside = ((x - 90) / 50) ** 2 + ((y - 80) / 30) ** 2 <= 1
    values = NOISE[inside] * 2.0 - 1000
    area = 50 * 30 / 100 * (np.pi / 4 if key == "e" else 1)
    assert stage.marks()[0]["text"] == f"mean {values.mean():.0f}, SD {values.std(ddof=1):.0f}, {area:.1f} cm²"


@pytest.mark.parametrize(
    ("side", "words"), [(6, "9.0 mm² at detector"), (18, "81.0 mm² at detector"), (20, "1.0 cm² at detector")]
)
def test_an_area_below_a_square_centimetre_is_in_square_millimetres(stage, side, words):
    opened(stage, Geometry((0.5, 0.5), "ImagerPixelSpacing"))
    draw(stage, "b", (40, 50), (40 + side, 50 + side))
    assert stage.marks()[0]["text"].endswith(f", {words}")


def test_a_point_says_its_value(stage):
    opened(stage)
    draw(stage, "o", (30, 40))
    assert stage.marks()[0]["points"] == [[30, 40]]
    assert stage.marks()[0]["text"] == f"value {NOISE[40, 30] * 2.0 - 1000:.0f}"


def test_two_clicks_draw_without_a_drag(stage):
    opened(stage)
    x, y = corner(stage)
    stage.page.keyboard.press("l")
    stage.page.mouse.click(x + 20, y + 30)
    stage.page.mouse.move(x + 60, y + 30)
    stage.page.mouse.click(x + 120, y + 30)
    stage.frame()
    assert stage.marks()[0]["text"] == "100 px"


@pytest.fixture
def tablet(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}, has_touch=True).new_page())


def tap(stage, *points) -> None:
    """By a finger, which never moves over the picture."""
    x, y = corner(stage)
    for point in points:
        stage.page.touchscreen.tap(x + point[0], y + point[1])
    stage.frame()


TAPS = {
    "length": ("l", [(20, 30), (120, 30)], "100 px"),
    "length, the first point twice": ("l", [(20, 30), (20, 30), (120, 30)], "100 px"),
    "angle": ("a", [(100, 200), (100, 100), (200, 100)], "90.0°"),
    "angle, the second point twice": ("a", [(100, 200), (100, 100), (100, 100), (200, 100)], "90.0°"),
    "box": ("b", [(20, 30), (120, 80)], "5000 px²"),
}


@pytest.mark.parametrize("what", TAPS)
def test_taps_alone_draw_a_mark(tablet, what):
    key, points, words = TAPS[what]
    opened(tablet)
    tablet.press(key)
    tap(tablet, *points)
    (mark,) = tablet.marks()
    assert mark["points"] == [list(point) for point in dict.fromkeys(points)]
    assert mark["text"].endswith(words)


def test_an_angles_first_arm_is_dragged_and_its_last_point_tapped(tablet):
    opened(tablet)
    draw(tablet, "a", (100, 200), (100, 100))
    tap(tablet, (200, 100))
    (mark,) = tablet.marks()
    assert (mark["points"], mark["text"]) == ([[100, 200], [100, 100], [200, 100]], "90.0°")


def test_escape_gives_up_a_mark_that_is_being_drawn(stage):
    opened(stage)
    x, y = corner(stage)
    stage.page.keyboard.press("l")
    stage.page.mouse.click(x + 20, y + 30)
    stage.press("Escape")
    assert stage.marks() == []
    assert stage.page.locator("#viewer").get_attribute("data-tool") == "window"


def test_marks_are_made_moved_and_removed_by_keys_alone(stage):
    opened(stage)
    stage.press("l", "l")  # asked for twice: in the middle
    (mark,) = stage.marks()
    (ax, ay), (bx, by) = mark["points"]
    assert ay == by
    assert 170 < bx - ax < 190
    stage.press("ArrowRight", "ArrowDown")
    assert stage.marks()[0]["points"] == [[ax + 1, ay + 1], [bx + 1, by + 1]]
    stage.press("Shift+ArrowRight")
    assert stage.marks()[0]["points"][0] == [ax + 1, ay + 1]
    assert stage.marks()[0]["points"][1] == [bx + 2, by + 1]
    stage.press("Delete")
    assert stage.marks() == []


@pytest.mark.parametrize(("key", "count"), [("a", 3), ("l", 2), ("b", 2), ("o", 1)])
def test_each_point_of_a_mark_is_reached_with_tab_and_moved_by_arrows(stage, key, count):
    opened(stage)
    stage.press(key, key)
    for n in range(count):
        before = stage.marks()[0]["points"]
        assert len(before) == count
        stage.press("Tab")
        assert stage.page.evaluate("document.activeElement.getAttribute('aria-label')") == f"Point {n + 1}"
        stage.press("ArrowRight", "ArrowRight", "ArrowDown")
        before[n] = [before[n][0] + 2, before[n][1] + 1]
        assert stage.marks()[0]["points"] == before
    stage.press("Delete")
    assert stage.marks() == []


def test_a_tools_button_pressed_by_keyboard_puts_a_mark_in_the_middle(stage):
    opened(stage)
    stage.page.get_by_role("button", name="Ellipse", exact=True).focus()
    stage.press("Enter")
    assert stage.marks()[0]["kind"] == "ellipse"


def test_a_mark_is_moved_by_its_line_and_changed_by_its_ends(stage):
    opened(stage)
    draw(stage, "l", (50, 60), (150, 60))
    x, y = corner(stage)
    mouse = stage.page.mouse
    for start, end in (((100, 60), (120, 90)), ((170, 90), (200, 90))):
        mouse.move(x + start[0], y + start[1])
        mouse.down()
        mouse.move(x + end[0], y + end[1], steps=3)
        mouse.up()
    stage.frame()
    assert stage.marks()[0]["points"] == [[70, 90], [200, 90]]
    assert stage.marks()[0]["text"] == "130 px"


def test_a_mark_belongs_to_a_label_with_a_certainty(stage):
    opened(stage)
    draw(stage, "b", (50, 60), (90, 90))
    editor = stage.page.locator(".mark-editor")
    editor.get_by_label("Mark of").select_option(label="Nodule")
    assert (stage.marks()[0]["label"], stage.marks()[0]["certainty"]) == ("nodule", "certain")
    editor.get_by_label("Certainty").select_option("probable")
    assert stage.marks()[0]["certainty"] == "probable"
    assert stage.page.locator("g.mark").get_attribute("aria-label").startswith("Box, Nodule, probable: mean")
    editor.get_by_role("button", name="Done").click()
    assert editor.is_hidden()
    stage.page.locator("g.mark").focus()
    assert editor.is_visible()
    editor.get_by_role("button", name="Delete").click()
    assert stage.marks() == []


def test_all_the_words_of_a_mark_are_on_the_film(stage):
    opened(stage)
    for top, right in ((60, 340), (160, 390), (260, 60)):
        draw(stage, "e", (right - 40, top), (right, top + 30))
        stage.page.locator(".mark-editor").get_by_label("Mark of").select_option(label="Pleural effusion")
    film = stage.film().bounding_box()
    boxes = [text.bounding_box() for text in stage.page.locator("g.mark text").all()]
    assert len(boxes) == 3
    for words in boxes:
        assert words["width"] > 250
        assert film["x"] <= words["x"]
        assert words["x"] + words["width"] <= film["x"] + film["width"]


def test_marks_stay_on_the_picture_when_it_turns_and_grows(stage):
    opened(stage)
    draw(stage, "o", (30, 40))
    before = stage.marks()
    cross = stage.page.locator("g.mark .mark-shape")
    x, y = corner(stage)
    box = cross.bounding_box()
    assert abs(box["x"] + box["width"] / 2 - x - 30) <= 1
    assert abs(box["y"] + box["height"] / 2 - y - 40) <= 1
    stage.press("Escape", "h")
    box = cross.bounding_box()
    assert abs(box["x"] + box["width"] / 2 - x - 370) <= 1
    assert stage.marks() == before


def test_stored_marks_come_back_and_another_cases_do_not(stage):
    kept = {
        "kind": "length",
        "image": 1,
        "frame": 0,
        "points": [[10, 10], [30, 10]],
        "label": "effusion",
        "certainty": "possible",
        "text": "20 px",
    }
    opened(stage, marks=[kept])
    assert stage.marks() == [kept]
    assert stage.page.locator("g.mark").count() == 1
    stage.swap(stage.case(stage.picture(NOISE, SCALE), case=2))
    stage.painted(2)
    assert stage.marks() == []
    assert stage.page.locator("g.mark").count() == 0


def test_the_same_case_swapped_again_keeps_its_marks(stage):
    opened(stage)
    draw(stage, "l", (50, 60), (150, 60))
    stage.page.evaluate("document.querySelector('input[name=marks]').value = ''")
    stage.swap(stage.first)
    assert len(stage.marks()) == 1


def test_a_mark_that_is_dragged_or_pushed_to_the_edge_keeps_its_shape(stage):
    opened(stage)
    draw(stage, "l", (250, 60), (350, 100))
    x, y = corner(stage)
    stage.page.mouse.move(x + 300, y + 80)
    stage.page.mouse.down()
    stage.page.mouse.move(x + 520, y + 400, steps=5)
    stage.page.mouse.up()
    stage.frame()
    assert stage.marks()[0]["points"] == [[300, 260], [400, 300]]
    assert stage.marks()[0]["text"] == "108 px"
    for key in ("ArrowRight", "ArrowDown"):
        stage.press(key)
    assert stage.marks()[0]["points"] == [[300, 260], [400, 300]]
    stage.press("ArrowLeft", "Shift+ArrowLeft")
    assert stage.marks()[0]["points"] == [[299, 260], [398, 300]]


# ---- Several pictures


def mark(image: int, points, *, kind="length", frame=0) -> dict:
    return {"kind": kind, "image": image, "frame": frame, "points": points, "label": None, "certainty": None,
            "text": ""}  # fmt: skip


def drawn(stage, film: int = 0) -> int:
    return stage.film(film).locator("g.mark").count()


def places(stage) -> list[tuple[int, int]]:
    return [(each["image"], each["frame"]) for each in stage.marks()]


def test_marks_on_two_pictures_in_one_frame(stage):
    """Each is seen with its own picture; what is drawn on the second is neither lost nor in the way of the first."""
    lateral = stage.picture(NOISE, SCALE, name="Lateral", rank=2)
    stage.open(lateral, stage.picture(NOISE, SCALE), hangings=[{"name": "Current", "images": [0]}])
    stage.press("*")
    draw(stage, "l", (50, 60), (150, 60))
    for key in ("Escape", "PageDown"):
        stage.press(key)
    stage.press("*")
    assert drawn(stage) == 0
    draw(stage, "l", (50, 60), (150, 100))
    assert places(stage) == [(1, 0), (2, 0)]
    assert [each["text"] for each in stage.marks()] == ["100 px", "108 px"]
    assert drawn(stage) == 1
    stage.press("Escape", "e", "e")
    assert places(stage) == [(1, 0), (2, 0), (2, 0)]
    assert drawn(stage) == 2
    stage.press("Escape", "PageUp")
    assert drawn(stage) == 1
    assert stage.page.locator("[data-marks] li").count() == 3


def test_marks_on_slices_of_a_stack(stage):
    slices = [NOISE + n for n in range(4)]
    stage.open(stage.picture(NOISE, SCALE, frames=slices))
    stage.press("*")
    for n in range(3):
        draw(stage, "l", (50, 60), (150, 60 + 10 * n))
        stage.press("Escape", "ArrowDown")
    assert places(stage) == [(1, 0), (1, 1), (1, 2)]
    seen = []
    for _ in range(3):
        seen.append(drawn(stage))
        stage.press("ArrowUp")
    assert seen == [0, 1, 1]
    assert drawn(stage) == 1


def test_stored_marks_on_slices_are_shown_at_each_look(stage):
    stored = [mark(1, [[10, 10], [30, 10]], frame=n) for n in (1, 3)]
    stage.open(stage.picture(NOISE, SCALE, frames=[NOISE + n for n in range(5)]), marks=stored)
    for _ in range(2):
        seen = [drawn(stage)]
        for _ in range(4):
            stage.press("ArrowDown")
            seen.append(drawn(stage))
        assert seen == [0, 1, 0, 1, 0]
        for _ in range(4):
            stage.press("ArrowUp")


def test_arrows_step_through_a_stack_once_the_chosen_mark_is_on_another_slice(stage):
    stage.open(stage.picture(NOISE, SCALE, frames=[NOISE + n for n in range(4)]))
    stage.press("l", "l")
    stage.page.mouse.move(*stage.spot(0.5, 0.9))
    stage.page.mouse.wheel(0, 100)
    stage.frame()
    before = stage.marks()
    stage.press("ArrowDown")
    assert stage.words("[data-place]") == "3 of 4"
    assert stage.marks() == before


def test_marks_hang_with_their_pictures(stage):
    """Current beside prior, then frontal beside lateral and back."""
    images = [stage.picture(NOISE, SCALE, note=f"N{n}", rank=n) for n in range(3)]
    hangings = [{"name": "Both", "images": [0, 1]}, {"name": "Turned", "images": [2, 0]}]
    stage.open(*images, hangings=hangings, marks=[mark(1, [[10, 10], [90, 90]]), mark(3, [[10, 10], [30, 10]])])
    assert [drawn(stage, n) for n in (0, 1)] == [1, 0]
    stage.press("p")
    stage.page.locator(".film .mark-tl", has_text="N2").wait_for()
    stage.painted()
    assert [drawn(stage, n) for n in (0, 1)] == [1, 1]
    stage.film(0).focus()
    stage.press("e", "e")
    assert places(stage) == [(1, 0), (3, 0), (3, 0)]
    assert [drawn(stage, n) for n in (0, 1)] == [2, 1]
    stage.press("Escape", "p")
    stage.page.locator(".film .mark-tl", has_text="N1").wait_for()
    stage.painted()
    assert [drawn(stage, n) for n in (0, 1)] == [1, 0]


def test_a_picture_that_hangs_twice_has_its_marks_in_both_frames(stage):
    stage.open(*(stage.picture(NOISE, SCALE, note=f"N{n}", rank=n) for n in range(2)))
    stage.film(0).focus()
    stage.press("PageDown", "l", "l")
    assert places(stage) == [(2, 0)]
    assert [drawn(stage, n) for n in (0, 1)] == [1, 1]
    assert stage.page.evaluate("document.querySelector('.film').contains(document.activeElement)")
    stage.press("Delete")
    assert [drawn(stage, n) for n in (0, 1)] == [0, 0]


def test_marks_of_both_pictures_come_back_with_the_case(stage):
    """After a verdict the next case comes, and the one before is opened again with what was stored."""
    picture, lateral = (stage.picture(NOISE, SCALE, note=f"N{n}", rank=n) for n in range(2))
    other = stage.picture(NOISE, SCALE)
    stage.open(picture, lateral, hangings=[{"name": "Current", "images": [0]}])
    for key in ("l", "e"):
        stage.press(key, key, "Escape", "PageDown")
    stored = stage.marks()
    assert places(stage) == [(1, 0), (2, 0)]
    stage.swap(stage.case(other, case=2))
    stage.painted(2)
    assert (stage.marks(), drawn(stage)) == ([], 0)
    stage.press("o", "o", "Escape")
    assert places(stage) == [(3, 0)]
    stage.swap(stage.first | {"marks": stored})
    stage.painted(1)
    assert stage.marks() == stored
    for _ in range(2):
        assert drawn(stage) == 1
        stage.press("PageDown")


@pytest.mark.parametrize("how", ["picture", "case"])
def test_a_mark_begun_on_a_picture_that_went_is_given_up(stage, how):
    opened(stage)
    if how == "picture":
        stage.swap(stage.case(stage.picture(NOISE, SCALE), stage.picture(NOISE, SCALE), case=2,
                              hangings=[{"name": "Current", "images": [0]}]))  # fmt: skip
        stage.painted(2)
        stage.press("*")
    x, y = corner(stage)
    stage.press("l")
    stage.page.mouse.click(x + 20, y + 30)
    if how == "picture":
        stage.press("PageDown")
    else:
        stage.swap(stage.case(stage.picture(NOISE, SCALE), case=3))
        stage.painted(3)
    stage.press("*")
    stage.page.mouse.click(x + 50, y + 60)
    stage.page.mouse.click(x + 90, y + 60)
    stage.frame()
    (made,) = stage.marks()
    assert (made["image"], made["points"]) == (3 if how == "picture" else 2, [[50, 60], [90, 60]])


def test_a_mark_begun_on_a_picture_of_a_case_that_went_is_given_up_in_silence(stage):
    stage.open(stage.picture(NOISE, SCALE), stage.picture(NOISE, SCALE), hangings=[{"name": "Both", "images": [0, 1]}])
    box = stage.film(1).bounding_box()
    stage.press("a")
    stage.page.mouse.click(box["x"] + 200, box["y"] + 300)
    stage.swap(stage.case(stage.picture(NOISE, SCALE), case=2))
    stage.painted(2)
    for step in range(3):
        stage.page.mouse.move(box["x"] + 210 + step, box["y"] + 310)
    assert stage.marks() == []


@pytest.mark.parametrize("key", ["o", "l"])
def test_a_mark_begun_beside_the_picture_begins_at_its_edge(stage, key):
    opened(stage)
    x, y = corner(stage)
    stage.press(key)
    stage.page.mouse.move(x - 40, y + 50)
    stage.page.mouse.down()
    stage.page.mouse.move(x + 100, y + 50, steps=3)
    stage.page.mouse.up()
    stage.frame()
    assert stage.marks()[0]["points"][0] == [0, 50]


def test_a_case_opens_with_all_pictures_of_its_hanging(stage):
    both = [{"name": "Both", "images": [0, 1]}]
    stage.open(stage.picture(NOISE, SCALE), stage.picture(NOISE, SCALE), hangings=both)
    stage.press("f")
    assert not stage.film(0).is_visible() or not stage.film(1).is_visible()
    stage.swap(stage.case(stage.picture(NOISE, SCALE), stage.picture(NOISE, SCALE), case=2, hangings=both))
    stage.painted(2)
    assert stage.film(0).is_visible()
    assert stage.film(1).is_visible()
