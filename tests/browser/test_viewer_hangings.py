"""Up to four pictures side by side: hanging, linking in millimetres, and the whole screen for them."""

import itertools
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from cases.frame_headers import Geometry
from cases.rendition import GreyScale, Window
from tests.browser.viewer_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)
RAMP = np.add.outer(np.arange(200), np.arange(160) * 20).astype(np.uint16)
SCALE = GreyScale(12, windows=(Window(1500, 3000),))
COARSE, FINE = Geometry((0.8, 0.8), "PixelSpacing"), Geometry((0.4, 0.4), "PixelSpacing")


@pytest.fixture
def stage(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}).new_page())


def views(stage, n: int) -> list[dict]:
    return [stage.picture(RAMP + 400 * view, SCALE, note=f"N{view}") for view in range(n)]


def zoom(stage, film: int) -> float:
    """Device pixels of one image pixel, as the forms record it."""
    stage.page.evaluate("document.dispatchEvent(new Event('submit'))")
    return stage.page.evaluate(
        "n => JSON.parse(document.querySelector('input[name=display]').value).pictures[n].zoom", film
    )


@pytest.mark.parametrize(("n", "columns"), [(3, 2), (4, 2)])
def test_three_and_four_pictures_hang_in_a_square_and_each_takes_keys(stage, n, columns):
    stage.open(*views(stage, n))
    boxes = [film.bounding_box() for film in stage.page.locator(".film").all()]
    assert len(boxes) == n
    assert len({round(box["x"]) for box in boxes}) == columns
    assert len({round(box["y"]) for box in boxes}) == 2
    for film in range(n):
        middle = stage.pixels(film)[20:-20]
        assert middle.max() > 100, "it is drawn"
        stage.film(film).focus()
        stage.press("i")
        assert "INVERTED" in stage.film(film).inner_text()
    thumbs = stage.page.locator("button.thumb[aria-current]")
    assert thumbs.count() == n


def test_p_goes_from_two_to_four_and_back(stage):
    images = views(stage, 4)
    hangings = [{"name": "Current", "images": [0, 1]}, {"name": "All views", "images": [0, 1, 2, 3]}]
    stage.open(*images, hangings=hangings)
    films = stage.page.locator(".film")
    for count in (4, 2, 4):
        stage.press("p")
        expect(films).to_have_count(count)
        stage.painted()
        assert all(stage.pixels(n)[20:-20].max() > 100 for n in range(count))


def test_one_of_four_takes_the_whole_width_and_gives_it_back(stage):
    stage.open(*views(stage, 4))
    before = [zoom(stage, n) for n in range(4)]
    stage.film(3).focus()
    stage.press("f")
    assert stage.page.locator(".film:visible").count() == 1
    stage.press("f")
    assert [zoom(stage, n) for n in range(4)] == before


@pytest.fixture
def compared(stage):
    """The current film and its prior, of pixels half as large."""
    current = stage.picture(RAMP, SCALE, COARSE)
    prior = stage.picture(RAMP[:160, :120], SCALE, FINE, prior=1)
    lateral = stage.picture(RAMP, SCALE, COARSE, name="Lateral", rank=2)
    both = {"name": "Both", "images": [0, 2, 1]}
    stage.open(current, prior, lateral, hangings=[{"name": "Current and prior", "images": [0, 1]}, both])
    return stage


def test_current_and_prior_show_a_millimetre_alike_from_the_start(compared):
    assert zoom(compared, 0) == pytest.approx(2 * zoom(compared, 1), rel=1e-3)
    before = zoom(compared, 1)
    compared.page.mouse.move(*compared.spot(0.5, 0.5))
    compared.page.mouse.wheel(0, -40)
    compared.frame()
    assert zoom(compared, 1) == pytest.approx(before * 1.105, rel=0.01), "the first notch does not jump"
    assert zoom(compared, 0) == pytest.approx(2 * zoom(compared, 1), rel=1e-3)
    compared.press(".")
    assert zoom(compared, 1) == pytest.approx(before, rel=1e-3)


def test_the_drawn_picture_is_of_that_size_too(compared):
    rows = [np.flatnonzero(compared.pixels(n)[:, :, 0].max(axis=1)) for n in (0, 1)]
    tall = [found[-1] - found[0] + 1 for found in rows]
    assert tall[1] / tall[0] == pytest.approx(160 * 0.4 / (200 * 0.8), rel=0.02)


def test_beside_a_prior_a_lateral_zooms_along_and_keeps_its_place(compared):
    compared.press("p")
    expect(compared.page.locator(".film")).to_have_count(3)
    compared.painted()
    before = zoom(compared, 1)
    compared.film(0).focus()
    compared.press("+")
    assert zoom(compared, 1) == pytest.approx(1.25 * before, rel=1e-3)
    lateral = compared.pixels(1)
    compared.press("ArrowLeft")
    assert np.array_equal(compared.pixels(1), lateral), "a frontal film is moved, not the lateral one"


def test_full_screen_by_key_and_by_button(stage):
    stage.open(*views(stage, 2))
    is_full = "() => Boolean(document.fullscreenElement)"
    button = stage.page.get_by_role("button", name="Full screen", exact=True)
    assert stage.page.evaluate(is_full) is False
    stage.press("Shift+F")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert stage.page.evaluate(is_full) is True
    stage.press("Shift+F")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert stage.page.evaluate(is_full) is False
    stage.page.mouse.move(*stage.spot(0.5, 0.5))
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def test_words_of_marks_keep_apart(stage):
    marks = [
        {"kind": "length", "image": 1, "frame": 0, "points": [[20, 60 + n], [90, 60 + n]], "label": None,
         "certainty": None, "text": ""}
        for n in range(4)
    ]  # fmt: skip
    stage.open(stage.picture(RAMP, SCALE, COARSE), marks=marks)
    boxes = [text.bounding_box() for text in stage.page.locator("g.mark text").all()]
    assert len(boxes) == 4
    tops = sorted(box["y"] for box in boxes)
    assert all(after - before >= 14 for before, after in itertools.pairwise(tops)), tops


def test_keys_of_hangings_stand_in_the_titles(stage):
    stage.open(*views(stage, 2))
    assert re.search(r"\(Shift\+F\)", stage.page.get_by_role("button", name="Full screen").get_attribute("title"))


# ---- Screens that are taller than wide


@pytest.mark.parametrize(
    ("width", "height", "is_stacked"),
    [(2160, 3840, True), (1200, 1920, True), (1366, 768, False), (1000, 999, False), (900, 901, True)],
)
def test_two_hang_one_above_the_other_on_a_screen_taller_than_wide(new_context, width, height, is_stacked):
    stage = Stage(new_context(viewport={"width": width, "height": height}).new_page())
    stage.open(*views(stage, 2))
    first, second = (stage.film(n).bounding_box() for n in (0, 1))
    films = stage.page.locator(".films").bounding_box()
    if is_stacked:
        assert (first["x"], first["width"]) == (second["x"], second["width"])
        assert first["width"] >= films["width"] - 4
        assert first["y"] + first["height"] < second["y"] < first["y"] + first["height"] + 4
    else:
        assert (first["y"], first["height"]) == (second["y"], second["height"])
    assert first["height"] == pytest.approx(second["height"], abs=1)
    before = [zoom(stage, n) for n in (0, 1)]
    stage.film(0).focus()
    stage.press("f")
    box = stage.film(0).bounding_box()
    assert (box["width"], box["height"]) == (
        pytest.approx(films["width"], abs=4),
        pytest.approx(films["height"], abs=1),
    )
    stage.press("f")
    assert [zoom(stage, n) for n in (0, 1)] == before


def test_marks_and_linked_zoom_where_two_hang_one_above_the_other(new_context):
    stage = Stage(new_context(viewport={"width": 1200, "height": 1920}).new_page())
    stage.open(*views(stage, 2))
    stage.film(0).focus()
    stage.press("*", "+")
    assert zoom(stage, 1) == pytest.approx(zoom(stage, 0), rel=0.01)
    stage.drag((0.3, 0.5), (0.6, 0.5), button="right", film=1)
    for n in (0, 1):
        stage.press("l")
        stage.drag((0.45, 0.5), (0.55, 0.5), film=n)
        stage.press("Escape")
    assert [each["image"] for each in stage.marks()] == [1, 2]
    assert [stage.film(n).locator("g.mark").count() for n in (0, 1)] == [1, 1]
    stage.film(0).focus()
    for n in (0, 1):  # a film, then its marks
        assert stage.page.evaluate("n => document.querySelectorAll('.film')[n] === document.activeElement", n)
        stage.press("Tab")
        assert stage.page.evaluate("document.activeElement.matches('g.mark')")
        stage.press("Escape")
        stage.film(1).focus()


# ---- A picture comes back as it was left


def left_changed(stage) -> tuple:
    stage.press("h", "i", "[", "+")
    return as_it_is(stage)


def as_it_is(stage, film: int = 0) -> tuple:
    flags = stage.film(film).locator(".mark-flag").all_inner_texts()
    return flags, stage.words("[data-readout]", film)


def turn(stage, key: str, note: str) -> None:
    """To another picture of the study, until it is there."""
    stage.press(key)
    stage.page.locator(".film .mark-tl", has_text=note).wait_for()
    stage.painted()


def test_a_picture_comes_back_as_it_was_left_within_the_case(stage):
    images = views(stage, 2)
    stage.open(*images, hangings=[{"name": "Current", "images": [0]}])
    fresh = as_it_is(stage)
    left = left_changed(stage)
    before = stage.pixels()
    assert left[0] == ["INVERTED", "FLIPPED"]
    turn(stage, "PageDown", "N1")
    assert as_it_is(stage) == fresh, "another picture is as it came"
    stage.press("r")
    turn(stage, "PageUp", "N0")
    assert as_it_is(stage) == left
    assert np.array_equal(stage.pixels(), before)
    turn(stage, "PageDown", "N1")
    assert as_it_is(stage)[0] == ["ROTATED 90°"]
    turn(stage, "PageUp", "N0")
    stage.press("Space")
    turn(stage, "PageDown", "N1")
    turn(stage, "PageUp", "N0")
    assert as_it_is(stage) == fresh, "what was undone stays undone"
    left_changed(stage)
    stage.swap(stage.case(views(stage, 1)[0], case=2))
    stage.painted(2)
    stage.swap(stage.first)
    stage.painted(1)
    assert as_it_is(stage) == fresh, "another case was between"


def test_a_picture_comes_back_as_it_was_left_after_another_hanging(stage):
    hangings = [{"name": "One", "images": [0, 1]}, {"name": "Other", "images": [2, 0]}]
    stage.open(*views(stage, 3), hangings=hangings)
    stage.film(0).focus()
    left = left_changed(stage)
    turn(stage, "p", "N2")
    assert as_it_is(stage, 1)[0] == left[0]
    assert as_it_is(stage, 0)[0] == []
    stage.film(1).focus()
    stage.press("h")
    turn(stage, "p", "N1")
    assert as_it_is(stage, 0)[0] == ["INVERTED"]
    assert as_it_is(stage, 1)[0] == []


def test_a_stack_comes_back_as_it_was_left(stage):
    stack = stage.picture(RAMP, SCALE, frames=[RAMP, RAMP + 50, RAMP + 90], note="Stack")
    stage.open(stack, *views(stage, 1), hangings=[{"name": "Current", "images": [0]}])
    stage.press("ArrowDown")
    left = left_changed(stage)
    turn(stage, "PageDown", "N0")
    turn(stage, "PageUp", "Stack")
    assert as_it_is(stage) == left


def test_paging_in_a_study_of_one_picture_changes_nothing(stage):
    stage.open(*views(stage, 1))
    left = left_changed(stage)
    for key in ("PageDown", "PageUp"):
        stage.press(key)
        assert as_it_is(stage) == left
