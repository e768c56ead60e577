"""While a case opens nothing of the one before is shown, asked for again or changed: what comes up is the new case."""

import numpy as np
import pytest

from cases.rendition import GreyScale, Window, render
from tests.browser.viewer_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)
SCALE = GreyScale(12, windows=(Window(1000, 2000),))
OLD, NEW = 1800, 200
LATE_MS = 400


def plain(value: int) -> np.ndarray:
    return np.full((150, 120), value, np.uint16)


@pytest.fixture
def stage(new_context):
    return Stage(new_context(viewport={"width": 1200, "height": 700}).new_page())


def assert_new_case(stage) -> None:
    """The second case's picture hangs, as it came and exact."""
    stage.painted(2)
    assert stage.film().get_attribute("data-picture") == str(stage.count)
    assert set(np.unique(stage.pixels())) <= {0, render(plain(NEW), SCALE)[0, 0]}
    assert stage.page.locator(".film").count() == 1
    assert stage.words("[data-flags]") == ""


def begin_to_open(stage) -> None:
    """The next case is on its way: its picture does not come until it is let go."""
    coming = stage.picture(plain(NEW), SCALE)
    stage.hold(coming)
    stage.swap(stage.case(coming, case=2))
    stage.page.locator(".films[data-stale]").wait_for()


@pytest.fixture
def opening(stage):
    """A case of two stacked frames and a second picture in two hangings, and the next one on its way."""
    stacked = stage.picture(plain(OLD), SCALE, frames=[plain(OLD), plain(OLD - 100)])
    hangings = [{"name": "One", "images": [0]}, {"name": "Both", "images": [0, 1]}]
    stage.open(stacked, stage.picture(plain(OLD - 200), SCALE), hangings=hangings)
    stage.page.wait_for_timeout(300)  # the second frame is fetched, and could be put up at once
    begin_to_open(stage)
    return stage


@pytest.mark.parametrize("key", ["ArrowDown", "PageDown", "PageUp", "p", "c", "i", "h", "+", "]", "Shift+2", "m", "o"])
def test_no_key_acts_on_the_case_that_is_left(opening, key):
    for _ in range(3):
        opening.page.keyboard.press(key)
        opening.page.wait_for_timeout(150)
    opening.let_go()
    assert_new_case(opening)


def test_a_series_that_plays_stops_when_its_case_is_left(stage):
    frames = [plain(OLD - 50 * n) for n in range(4)]
    stage.open(stage.picture(frames[0], SCALE, frames=frames))
    stage.press("c")
    begin_to_open(stage)
    stage.page.wait_for_timeout(500)
    stage.let_go()
    assert_new_case(stage)


@pytest.mark.parametrize("how", ["wheel", "drag", "thumbnail"])
def test_no_pointer_acts_on_the_case_that_is_left(opening, how):
    x, y = opening.spot(0.5, 0.5)
    if how == "thumbnail":
        opening.page.locator(".strip .thumb").nth(1).click()
    elif how == "drag":
        opening.drag((0.4, 0.4), (0.6, 0.6))
    else:
        opening.page.mouse.move(x, y)
        opening.page.mouse.wheel(0, 100)
    opening.page.wait_for_timeout(150)
    opening.let_go()
    assert_new_case(opening)


def test_no_mark_on_the_case_that_is_left_reaches_the_forms_of_the_next(opening):
    opening.page.evaluate(
        "() => { window.told = 0; document.addEventListener('viewer:marks', () => (window.told += 1)); }"
    )
    opening.press("o", "o")
    assert (opening.marks(), opening.page.evaluate("told")) == ([], 0)
    opening.let_go()
    assert_new_case(opening)
    assert opening.marks() == []


def test_a_mark_in_the_making_is_not_kept_for_the_next_case(stage):
    stage.open(stage.picture(plain(OLD), SCALE))
    stage.press("l")
    stage.page.mouse.move(*stage.spot(0.3, 0.3))
    stage.page.mouse.down()
    stage.page.mouse.move(*stage.spot(0.6, 0.6), steps=3)
    begin_to_open(stage)
    stage.page.mouse.up()
    assert stage.marks() == []
    stage.let_go()
    assert_new_case(stage)
    assert stage.marks() == []


@pytest.mark.parametrize("how", ["by itself", "as the line is back", "by its button"])
def test_a_picture_asked_for_again_does_not_hang_under_the_next_case(stage, how, expected_complaints):
    expected_complaints.append("status of 503")
    lost = stage.picture(plain(OLD), SCALE)
    stage.answers[lost["frameUrls"][0]].status = 503
    stage.open(lost)
    begin_to_open(stage)
    stage.answers[lost["frameUrls"][0]].status = 200
    if how == "by itself":
        stage.page.wait_for_timeout(2500)  # a lost picture is asked for after two seconds
    elif how == "as the line is back":
        stage.page.evaluate("dispatchEvent(new Event('online'))")
    else:  # as the page does once somebody has signed in
        stage.page.evaluate("document.querySelector('.film-problem [data-again]').click()")
    stage.page.wait_for_timeout(300)
    stage.let_go()
    assert_new_case(stage)
    stage.page.wait_for_timeout(2500)
    assert_new_case(stage)


def test_a_picture_asked_for_again_leaves_the_one_that_was_chosen_meanwhile(stage, expected_complaints):
    expected_complaints.append("status of 503")
    lost, other = stage.picture(plain(OLD), SCALE), stage.picture(plain(NEW), SCALE)
    stage.answers[lost["frameUrls"][0]].status = 503
    stage.open(lost, other, hangings=[{"name": "One", "images": [0]}])
    stage.hold(other)
    stage.press("PageDown")
    stage.page.evaluate("dispatchEvent(new Event('online'))")
    stage.page.wait_for_timeout(300)
    stage.let_go()
    stage.page.locator(f".film[data-picture='{other['id']}']").wait_for()


def test_a_hanging_on_its_way_is_the_one_that_comes(stage):
    pictures = [stage.picture(plain(value), SCALE) for value in (OLD, NEW, 1000)]
    stage.hold(pictures[1])
    stage.open(*pictures, hangings=[{"name": "One", "images": [0]}, {"name": "Other", "images": [1]}])
    stage.press("p", "PageUp")
    stage.let_go()
    stage.page.locator(f".film[data-picture='{pictures[1]['id']}']").wait_for()
    stage.painted()
    assert stage.film().get_attribute("data-picture") == str(pictures[1]["id"])


SPOKEN = """() => { window.spoken = []; const live = document.getElementById('live');
    new MutationObserver(() => spoken.push(live.textContent)).observe(live, { childList: true }); }"""


def words_on_the_films(stage) -> str | None:
    return stage.page.locator(".films").get_attribute("data-stale")


def test_pictures_that_are_late_are_said_to_be_loading_once(stage):
    stage.open(stage.picture(plain(OLD), SCALE))
    stage.page.evaluate(SPOKEN)
    begin_to_open(stage)
    stage.page.wait_for_timeout(LATE_MS + 400)
    assert (words_on_the_films(stage), stage.page.evaluate("spoken")) == ("Loading", ["Loading"])
    stage.let_go()
    assert_new_case(stage)
    assert (words_on_the_films(stage), stage.page.evaluate("spoken")) == (None, ["Loading"])


def test_a_case_that_comes_in_time_says_nothing_of_loading(stage):
    first, coming = stage.picture(plain(OLD), SCALE), stage.picture(plain(NEW), SCALE)
    stage.open(first, prefetch=[{"case": 2, "images": [coming]}])
    stage.page.wait_for_timeout(600)
    stage.page.evaluate(SPOKEN)
    stage.swap(stage.case(coming, case=2))
    assert_new_case(stage)
    stage.page.wait_for_timeout(LATE_MS + 200)
    assert (words_on_the_films(stage), stage.page.evaluate("spoken")) == (None, [])


def test_going_back_in_time_says_nothing_of_loading(stage):
    stage.open(stage.picture(plain(OLD), SCALE))
    stage.page.evaluate(SPOKEN)
    begin_to_open(stage)
    stage.swap(stage.first)
    stage.page.wait_for_timeout(LATE_MS + 200)
    assert (words_on_the_films(stage), stage.page.evaluate("spoken")) == (None, [])


def test_while_a_case_opens_what_hung_is_told_as_the_case_before(stage):
    stage.open(stage.picture(plain(OLD), SCALE))
    begin_to_open(stage)
    stage.page.evaluate("document.querySelector('form').dispatchEvent(new Event('submit', { bubbles: true }))")
    assert '"case":1' in stage.page.locator("input[name=display]").input_value()
