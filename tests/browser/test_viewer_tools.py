"""Each tool of the viewer by key, by button and by mouse; nothing is done that the corner does not say."""

import io
import json

import numpy as np
import pytest
from PIL import Image as Picture

from cases.frame_headers import Geometry
from cases.rendition import GreyScale, LookupTable, Window
from tests.browser.painted import places_of
from tests.browser.viewer_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)
RAMP = np.add.outer(np.arange(200), np.arange(160) * 20).astype(np.uint16)
SCALE = GreyScale(12, windows=(Window(1500, 3000, "Standard"), Window(500, 400, "Narrow")))


@pytest.fixture
def stage(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}).new_page())


@pytest.fixture
def one(stage):
    """One film of 160 × 200, one device pixel of which is one value step of 20 across."""
    stage.open(stage.picture(RAMP, SCALE, Geometry((0.25, 0.25), "PixelSpacing")))
    return stage


@pytest.fixture
def two(stage):
    frontal = stage.picture(RAMP, SCALE, Geometry((0.2, 0.2), "PixelSpacing"))
    lateral = stage.picture(RAMP, SCALE, Geometry((0.1, 0.1), "PixelSpacing"), name="Lateral", note="LL", rank=2)
    stage.open(frontal, lateral)
    return stage


def readout(stage, film=0) -> str:
    return stage.words("[data-readout]", film)


def flags(stage, film=0) -> str:
    return " ".join(stage.film(film).locator(".mark-flag").all_inner_texts())


def button(stage, name: str):
    return stage.page.get_by_role("button", name=name, exact=True)


def click(stage, name: str) -> None:
    stage.page.mouse.move(*stage.spot(0.5, 0.5))
    button(stage, name).click()
    stage.frame()


# ---- The window


def test_the_corner_says_view_window_and_zoom(one):
    assert one.words(".mark-tl") == "Frontal PA"
    assert readout(one) == "W 3000 L 1500   3.1:1"


def test_a_drag_across_changes_the_width_and_one_down_darkens(one):
    before = one.pixels()
    one.drag((0.5, 0.5), (0.7, 0.5))
    width, level = (int(part) for part in readout(one).split()[1:4:2])
    assert width > 3000
    assert level == 1500
    one.press("Space")
    assert np.array_equal(one.pixels(), before)
    one.drag((0.5, 0.5), (0.5, 0.7))
    assert one.pixels().mean() < before.mean()


def test_a_preview_has_no_window_to_change_and_says_so(stage):
    picture = stage.picture(RAMP, SCALE)
    stage.answers[picture["frameUrls"][0]].status = None
    stage.open(picture, stage="preview")
    before = stage.pixels()
    live = stage.page.locator("#live")
    for change in (lambda: stage.press("["), lambda: stage.press("}"), lambda: stage.drag((0.4, 0.4), (0.6, 0.6))):
        live.evaluate("(one) => (one.textContent = '')")
        change()
        assert live.inner_text() == "The preview has no window to change"
    assert np.array_equal(stage.pixels(), before)
    stage.let_go()
    stage.painted()
    stage.press("[")
    assert not np.array_equal(stage.pixels(), before)


@pytest.mark.parametrize("is_inverted", [False, True])
def test_brackets_darken_and_brighten_whatever_the_photometric_sense(stage, is_inverted):
    stage.open(stage.picture(RAMP, GreyScale(12, is_inverted=is_inverted, windows=(Window(1500, 3000),))))
    middle = stage.pixels().mean()
    stage.press("[")
    assert stage.pixels().mean() < middle
    stage.press("]", "]")
    assert stage.pixels().mean() > middle
    stage.press("Space", "}")
    assert readout(stage).startswith("W 2609 ")


def test_buttons_do_what_the_keys_do(one):
    for name, says in {
        "Darker": "W 3000 L 1650",
        "Brighter": "W 3000 L 1500",
        "Less contrast": "W 3450 L 1500",
        "More contrast": "W 3000 L 1500",
    }.items():
        click(one, name)
        assert readout(one).startswith(says), name
    click(one, "Invert")
    assert flags(one) == "INVERTED"
    assert button(one, "Invert").get_attribute("aria-pressed") == "true"
    click(one, "As it came")
    assert flags(one) == ""


def test_presets_are_the_files_and_of_the_pictures_range(one):
    menu = one.page.get_by_label("Window preset")
    assert menu.locator("option").all_inner_texts() == [
        "As it came",
        "Lung",
        "Bone and spine",
        "Lines and tubes",
        "Equalised range",
        "Narrow",
        "Own window",
    ]
    menu.select_option(label="Narrow")
    one.frame()
    assert readout(one).startswith("W 400 L 500")
    one.press("Shift+2")
    assert "Lung" in one.page.locator("#live").inner_text()
    assert menu.input_value() == "1"
    one.press("[")
    assert menu.input_value() == "own"
    one.press("Shift+1")
    assert readout(one).startswith("W 3000 L 1500")


def test_every_preset_is_reached_by_keys_in_the_menu(one):
    """The menu keeps the focus, so that each arrow goes on from the last; beyond the fifth there are no keys of their own."""
    menu = one.page.get_by_label("Window preset")
    menu.focus()
    for name in ("Lung", "Bone and spine", "Lines and tubes", "Equalised range", "Narrow", "Narrow"):
        one.press("ArrowDown")
        assert one.page.evaluate("document.activeElement.matches('[data-presets]')")
        assert menu.evaluate("(menu) => menu.selectedOptions[0].text") == name
    assert readout(one).startswith("W 400 L 500"), "there is no window of one's own to choose"
    one.press("ArrowUp")
    assert not readout(one).startswith("W 400 L 500")


def test_a_preset_chosen_by_mouse_gives_the_focus_back(one):
    menu = one.page.get_by_label("Window preset")
    one.page.mouse.move(*one.spot(0.5, 0.5))
    menu.evaluate("(menu) => menu.addEventListener('mousedown', (event) => event.preventDefault())")  # no list opens
    menu.click()
    menu.evaluate("(menu) => { menu.focus({ focusVisible: false }); }")
    menu.select_option(label="Narrow")
    one.frame()
    assert one.page.evaluate("document.activeElement === document.body")
    one.press("[")
    assert readout(one).startswith("W 400 L 520")


PRESETS = {
    "Lung": (0, 0.55),
    "Bone and spine": (0.4, 1),
    "Lines and tubes": (0.25, 0.75),
    "Equalised range": (0, 1),
}


@pytest.mark.parametrize("is_inverted", [False, True])
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_shows_its_share_of_the_pictures_range_from_dark_to_bright(stage, name, is_inverted):
    scale = GreyScale(12, is_inverted=is_inverted, windows=(Window(1500, 3000),))
    stage.open(stage.picture(RAMP, scale))
    stage.page.get_by_label("Window preset").select_option(label=name)
    stage.frame()
    values = np.sort(RAMP, axis=None).astype(int)
    low, high = (values[int(share * (values.size - 1))] for share in (0.02, 0.98))
    dark, bright = (high, low) if is_inverted else (low, high)
    ends = [dark + (bright - dark) * share for share in PRESETS[name]]
    width, level = (int(part) for part in readout(stage).split()[1:4:2])
    assert (width, level) == (pytest.approx(abs(ends[1] - ends[0]), abs=1), pytest.approx(sum(ends) / 2, abs=1))


def test_the_first_drag_on_a_table_takes_the_window_that_comes_closest(stage):
    table = LookupTable(0, 12, tuple(min(4095, max(0, 2 * (n - 1000))) for n in range(4096)), "Chest")
    stage.open(stage.picture(RAMP, GreyScale(12, voi_tables=(table,))))
    assert readout(stage).startswith("Chest")
    before = stage.pixels().astype(int)
    stage.press("{", "}")
    assert readout(stage).startswith("W 204")
    assert abs(stage.pixels().astype(int) - before).max() < 8


def test_a_linear_exact_window_keeps_its_shape(stage):
    stage.open(stage.picture(RAMP, GreyScale(12, windows=(Window(1500, 3000),), function="LINEAR_EXACT")))
    before = stage.pixels()
    stage.press("{", "}")
    assert np.array_equal(stage.pixels(), before)


# ---- The place


def test_zoom_by_wheel_leaves_the_point_under_the_pointer(one):
    x, y = one.spot(0.6, 0.4)
    before = one.page.screenshot(clip={"x": x - 1, "y": y - 1, "width": 2, "height": 2})
    assert before
    one.page.mouse.move(x, y)
    grey = at(one, x, y)
    one.page.mouse.wheel(0, -300)
    one.frame()
    assert readout(one).endswith("6.7:1")
    assert abs(at(one, x, y) - grey) <= 2


def at(stage, x: float, y: float) -> int:
    box = stage.film().bounding_box()
    return int(stage.pixels()[round(y - box["y"]), round(x - box["x"]), 0])


def test_zoom_by_key_and_button(one):
    one.press("*")
    assert readout(one).endswith(" 1:1")
    one.press("+", "=")
    assert readout(one).endswith("1.6:1")
    click(one, "Zoom out")
    assert readout(one).endswith("1.3:1")
    click(one, "One to one")
    assert readout(one).endswith(" 1:1")
    click(one, "Fit into the frame")
    assert readout(one).endswith("3.1:1")


def test_one_to_one_is_said_of_the_exact_zoom_alone(one):
    one.press("*")
    assert readout(one).endswith("   1:1")
    one.page.mouse.move(*one.spot(0.5, 0.5))
    one.page.mouse.wheel(0, -10)
    one.frame()
    assert readout(one).endswith("≈ 1:1")


@pytest.mark.parametrize("how", ["right", "middle", "shift", "tool", "keys", "buttons"])
def test_pan(one, how):
    one.press("*")
    before = one.pixels()
    if how in ("right", "middle"):
        one.drag((0.5, 0.5), (0.6, 0.55), button=how)
    elif how == "shift":
        one.page.keyboard.down("Shift")
        one.drag((0.5, 0.5), (0.6, 0.55))
        one.page.keyboard.up("Shift")
    elif how == "tool":
        one.press("d")
        one.drag((0.5, 0.5), (0.6, 0.55))
    elif how == "keys":
        one.press("ArrowRight", "ArrowDown")
    else:
        click(one, "Move right")
        click(one, "Move down, or one frame on")
    after = one.pixels()
    dy, dx = np.argwhere(after[..., 0])[0] - np.argwhere(before[..., 0])[0]
    assert dx > 20
    assert dy > 20
    assert "W 3000 L 1500" in readout(one)


def test_flips_and_turns_are_said_aloud(one):
    one.press("h")
    assert flags(one) == "FLIPPED"
    one.press("r")
    assert flags(one) == "FLIPPED ROTATED 90°"
    one.press("Space", "r")
    assert flags(one) == "ROTATED 90°"
    one.press("r", "h")
    assert flags(one) == "FLIPPED ROTATED 180°"
    one.press("Space", "v")
    assert flags(one) == "FLIPPED ROTATED 180°"
    one.press("i")
    assert flags(one).startswith("INVERTED FLIPPED")


def test_the_magnifier_follows_the_pointer(one):
    lens = one.film().locator(".lens")
    assert lens.is_hidden()
    one.press("m")
    one.page.mouse.move(*one.spot(0.5, 0.5))
    first = lens.bounding_box()
    one.page.mouse.move(*one.spot(0.6, 0.5))
    assert lens.bounding_box()["x"] > first["x"] + 50
    one.press("Escape")
    assert lens.is_hidden()


@pytest.mark.parametrize("key", ["*", "."])
def test_the_magnifier_shows_everything_twice_as_large(one, key):
    one.press(key, "m")
    one.page.mouse.move(*one.spot(0.5, 0.5))
    one.frame()
    film, lens = (
        pixels[pixels.shape[0] // 2, pixels.shape[1] // 2 - 40 : pixels.shape[1] // 2 + 40, 0]
        for pixels in (one.pixels(), one.pixels(of=".lens"))
    )
    step = [np.polyfit(np.arange(80), greys, 1)[0] for greys in (film, lens)]
    assert step[0] > 0.3
    assert step[1] == pytest.approx(step[0] / 2, rel=0.05)


@pytest.mark.parametrize("ratio", [1, 1.25, 1.5, 1.75, 2])
def test_the_magnifier_is_sharp_at_every_scale_of_the_screen(new_context, ratio):
    """Its canvas lies on whole device pixels, one for each of its own; at a scale of 1 the screen is looked at too.

    At others the browser only pretends to have such a screen, and lays canvases on whole pixels of the page.
    """
    stage = Stage(new_context(viewport={"width": 1201, "height": 703}, device_scale_factor=ratio).new_page())
    stage.open(stage.picture(np.random.default_rng(7).integers(0, 4096, (400, 401), dtype=np.uint16), SCALE))
    stage.press("m")
    stage.page.mouse.move(*stage.spot(0.4321, 0.5123))
    stage.frame()
    lens = stage.film().locator(".lens")
    assert lens.evaluate("(lens) => getComputedStyle(lens).borderWidth") == "0px", "a border would squeeze the canvas"
    held, box = stage.pixels(of=".lens"), lens.bounding_box()
    left, top, width, height = (box[side] * ratio for side in ("x", "y", "width", "height"))
    assert (width, height) == (pytest.approx(held.shape[1], abs=0.05), pytest.approx(held.shape[0], abs=0.05))
    assert (left, top) == (pytest.approx(round(left), abs=0.05), pytest.approx(round(top), abs=0.05))
    if ratio == 1:
        screen = np.asarray(Picture.open(io.BytesIO(stage.page.screenshot())).convert("RGB"))
        assert places_of(held[40:-40, 40:-40], screen) == 1  # the square within the circle


def test_one_picture_in_full_width_and_back(two):
    width = two.film().bounding_box()["width"]
    two.press("f")
    assert two.film().bounding_box()["width"] > 1.9 * width
    assert two.film(1).is_hidden()
    two.page.mouse.dblclick(*two.spot(0.5, 0.5))
    assert two.film(1).is_visible()
    assert two.pixels().shape[1] == round(width)


def test_the_cursor_is_hidden_while_the_window_is_dragged(one):
    one.page.mouse.move(*one.spot(0.5, 0.5))
    one.page.mouse.down()
    assert one.film().evaluate("film => getComputedStyle(film).cursor") == "none"
    one.page.mouse.up()
    assert one.film().evaluate("film => getComputedStyle(film).cursor") == "crosshair"


# ---- Several viewports


def test_focus_chooses_the_viewport_that_keys_act_on(two):
    two.film(1).focus()
    two.press("i")
    assert (flags(two, 0), flags(two, 1)) == ("", "INVERTED")


def test_zoom_is_linked_in_millimetres_when_asked(two):
    click(two, "Link zoom and place")
    two.film(0).focus()
    two.press("*")
    assert readout(two, 0).endswith(" 1:1")
    assert readout(two, 1).endswith("1:2"), "half the pixel size: half the zoom shows the same millimetres"
    click(two, "Link zoom and place")
    two.press("+")
    assert readout(two, 1).endswith("1:2")


def test_place_is_linked_in_millimetres(two):
    click(two, "Link zoom and place")
    two.film(0).focus()
    two.press("*")
    before = [first_seen(two, n) for n in (0, 1)]
    two.press("ArrowRight", "ArrowDown")
    for n in (0, 1):  # 40 pixels of the screen are 8 mm in both, 40 pixels of the one film and 80 of the other
        assert first_seen(two, n) - before[n] == pytest.approx([40, 40], abs=1)


def first_seen(stage, film: int = 0) -> np.ndarray:
    """Row and column of the canvas where the picture begins."""
    return np.argwhere(stage.pixels(film)[..., 0])[0]


def test_the_window_is_linked_within_a_series_only(stage):
    first = stage.picture(RAMP, SCALE)
    same = stage.picture(RAMP, SCALE, series=first["series"])
    other = stage.picture(RAMP, SCALE)
    stage.open(first, same, other)
    stage.film(0).focus()
    stage.press("[")
    assert [readout(stage, n).split("   ")[0] for n in range(3)] == ["W 3000 L 1650", "W 3000 L 1650", "W 3000 L 1500"]


def test_p_cycles_the_hangings(stage):
    images = [
        stage.picture(RAMP, SCALE),
        stage.picture(RAMP, SCALE, name="Lateral", rank=2),
        stage.picture(RAMP, SCALE, prior=1),
    ]
    hangings = [{"name": "Current", "images": [0, 1]}, {"name": "Current and prior", "images": [0, 2]}]
    stage.open(*images, hangings=hangings)
    names = stage.page.locator(".film .mark-tl")
    assert names.all_inner_texts() == ["Frontal PA", "Lateral PA"]
    stage.press("p")
    stage.page.get_by_text("Prior Frontal PA").first.wait_for()
    assert names.all_inner_texts() == ["Frontal PA", "Prior Frontal PA"]
    assert button(stage, "Link zoom and place").get_attribute("aria-pressed") == "true", "the same view is linked"
    stage.press("p")
    stage.page.locator(".film .mark-tl", has_text="Lateral").wait_for()


def test_thumbnails_hang_in_the_current_viewport(stage):
    images = [stage.picture(RAMP + n, SCALE, note=f"N{n}") for n in range(3)]
    stage.open(*images, hangings=[{"name": "Current", "images": [0, 1]}])
    thumbs = stage.page.locator("button.thumb")
    assert [thumb.get_attribute("aria-current") for thumb in thumbs.all()] == ["true", "true", None]
    stage.film(1).focus()
    thumbs.nth(2).click()
    stage.page.locator(".film .mark-tl", has_text="N2").wait_for()
    assert [thumb.get_attribute("aria-current") for thumb in thumbs.all()] == ["true", None, "true"]
    stage.press("PageUp")
    stage.page.locator(".film .mark-tl", has_text="N1").wait_for()


# ---- Stacks


@pytest.fixture
def stack(stage):
    slices = [(RAMP + 100 * n).astype(np.uint16) for n in range(5)]
    stage.open(stage.picture(RAMP, SCALE, frames=slices, name="View", note="", rank=1))
    return stage


def place(stage) -> str:
    return stage.words("[data-place]")


def test_wheel_and_arrows_step_through_a_stack(stack):
    assert place(stack) == "1 of 5"
    stack.page.mouse.move(*stack.spot(0.5, 0.5))
    stack.page.mouse.wheel(0, 100)
    stack.page.get_by_text("2 of 5").wait_for()
    stack.press("ArrowDown")
    stack.page.get_by_text("3 of 5").wait_for()
    stack.press("[")
    stack.press("ArrowUp")
    stack.page.get_by_text("2 of 5").wait_for()
    assert readout(stack).startswith("W 3000 L 1650"), "the window stays while one scrolls"
    zoom = float(readout(stack).split()[-1].removesuffix(":1"))
    stack.page.keyboard.down("Control")
    stack.page.mouse.wheel(0, -300)
    stack.page.keyboard.up("Control")
    stack.frame()
    assert float(readout(stack).split()[-1].removesuffix(":1")) == pytest.approx(zoom * np.exp(300 / 400), abs=0.15)
    assert place(stack) == "2 of 5"


def test_what_begins_no_stack_is_scrolled_to_in_the_one_before(stage):
    images = [stage.picture(RAMP, SCALE, name="MR", note="", rank=1, begins=n in (0, 3)) for n in range(5)]
    stage.open(*images, hangings=[{"name": "Current", "images": [2, 3]}])
    assert [stage.words("[data-place]", n) for n in (0, 1)] == ["3 of 3", "1 of 2"]
    assert stage.page.locator(".strip .thumb").count() == 2


TURNED = """deltas => {
  const film = document.querySelector(".film");
  for (const deltaY of deltas) film.dispatchEvent(new WheelEvent("wheel", { deltaY, bubbles: true, cancelable: true }));
}"""


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([2] * 10, "2 of 5"),  # one touch of a trackpad
        ([2] * 25, "3 of 5"),
        ([100] * 3, "4 of 5"),  # a wheel turned fast: each notch is a step
        ([53] * 3, "4 of 5"),
        ([4], "2 of 5"),  # a wheel turned slowly, as some systems tell it
        ([30, 30, -10, 30], "2 of 5"),  # to and fro
    ],
)
def test_a_step_is_a_notch_of_the_wheel_or_a_stretch_of_the_trackpad(stack, deltas, expected):
    stack.page.mouse.move(*stack.spot(0.5, 0.5))
    stack.page.wait_for_timeout(300)
    stack.page.evaluate(TURNED, deltas)
    stack.page.wait_for_timeout(300)
    assert place(stack) == expected


def test_pictures_that_begin_no_stack_belong_to_the_one_before(stage):
    images = [stage.picture(RAMP, SCALE, name="CT", note="", rank=1, series=9, begins=n == 0) for n in range(3)]
    stage.open(*images, hangings=[{"name": "Current", "images": [0]}])
    assert place(stage) == "1 of 3"


def test_cine_plays_and_stops(stack):
    stack.page.get_by_label("Frames a second").select_option("25")
    stack.page.get_by_text("4 of 5").wait_for()
    stack.page.get_by_text("1 of 5").wait_for()
    assert button(stack, "Play the frames").get_attribute("aria-pressed") == "true"
    stack.press("c")
    assert button(stack, "Play the frames").get_attribute("aria-pressed") == "false"


def test_frames_a_second_are_as_many_as_chosen(stack):
    stack.page.evaluate(
        """() => { window.pauses = []; const own = window.setInterval;
        window.setInterval = (act, pause) => { pauses.push(pause); return own(act, pause); }; }"""
    )
    stack.press("c", "c")
    for rate in ("25", "2"):
        stack.page.get_by_label("Frames a second").select_option(rate)
    stack.press("c", "c")
    assert stack.page.evaluate("pauses") == [100, 40, 500, 500]


# ---- Fingers


def touch(stage, kind: str, *points) -> None:
    stage.touch.send(
        "Input.dispatchTouchEvent",
        {"type": kind, "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]},
    )


@pytest.fixture
def tablet(new_context):
    stage = Stage(new_context(viewport={"width": 1200, "height": 700}, has_touch=True).new_page())
    stage.touch = stage.page.context.new_cdp_session(stage.page)
    stage.open(stage.picture(RAMP, SCALE))
    return stage


def test_two_fingers_pinch_and_move(tablet):
    x, y = tablet.spot(0.5, 0.5)
    touch(tablet, "touchStart", (x - 50, y), (x + 50, y))
    for step in range(1, 6):
        touch(tablet, "touchMove", (x - 50 - 10 * step, y), (x + 50 + 10 * step, y))
    touch(tablet, "touchEnd")
    tablet.frame()
    assert readout(tablet).startswith("W 3000 L 1500")
    assert 6 <= float(readout(tablet).split()[-1].split(":")[0]) <= 6.6


def test_two_fingers_side_by_side_pan(tablet):
    tablet.press("*")
    before = first_seen(tablet)
    x, y = tablet.spot(0.5, 0.5)
    touch(tablet, "touchStart", (x - 50, y), (x + 50, y))
    for step in range(1, 6):
        touch(tablet, "touchMove", (x - 50 + 12 * step, y + 8 * step), (x + 50 + 12 * step, y + 8 * step))
    touch(tablet, "touchEnd")
    tablet.frame()
    assert readout(tablet).endswith("1:1")
    assert first_seen(tablet) - before == pytest.approx([40, 60], abs=3)


def test_one_finger_sets_the_window(tablet):
    x, y = tablet.spot(0.5, 0.5)
    touch(tablet, "touchStart", (x, y))
    touch(tablet, "touchMove", (x, y + 60))
    touch(tablet, "touchEnd")
    tablet.frame()
    assert int(readout(tablet).split()[3]) > 1500


# ---- For everybody


def test_every_button_has_a_name_and_is_large_enough(stage):
    stage.open(stage.picture(RAMP, SCALE, frames=[RAMP, RAMP], name="View"), stage.picture(RAMP, SCALE))
    controls = stage.page.locator("#viewer :is(button, select):visible")
    facts = controls.evaluate_all(
        "all => all.map(one => [one.getAttribute('aria-label') || one.innerText || one.name, one.clientWidth, one.clientHeight])"
    )
    assert len(facts) > 25
    assert all(name and width >= 22 and height >= 22 for name, width, height in facts), facts


def test_keys_stand_in_the_titles(one):
    assert button(one, "Invert").get_attribute("title") == "Invert (I)"


def test_state_is_valid_json_for_the_forms(one):
    assert json.loads(one.page.locator("input[name=marks]").input_value()) == []
