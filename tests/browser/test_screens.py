"""Screens small and tall: every tool in sight, frontal beside lateral or above it, and what is said beside what is seen."""

import pytest

from tests.browser.test_reading import at_case, desk, world
from tests.browser.test_reading_desk import SEEN
from tests.browser.test_viewer_tools import RAMP, SCALE
from tests.browser.viewer_stage import Stage

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 720), (1024, 768), (2160, 3840)])
def test_all_tools_of_two_stacks_and_two_hangings_are_in_sight(new_context, width, height):
    stage = Stage(new_context(viewport={"width": width, "height": height}).new_page())
    stacks = [stage.picture(RAMP, SCALE, frames=[RAMP] * 3, name="View", rank=1) for _ in range(2)]
    stage.open(*stacks, hangings=[{"name": "Current", "images": [0, 1]}, {"name": "One", "images": [0]}])
    stage.page.mouse.move(*stage.spot(0.5, 0.5))
    stage.frame()
    tools = stage.page.locator(".tools :is(button, select):visible")
    assert tools.count() > 30
    assert all(tools.evaluate_all(SEEN))
    boxes = [one.bounding_box() for one in tools.all()]
    assert min(min(box["width"], box["height"]) for box in boxes) >= 24
    assert len({round(box["y"]) for box in boxes}) == 1 or width < 1366, "one row, where there is room"


def test_on_a_tall_screen_frontal_is_above_lateral_and_the_verdicts_are_near(desk, world):
    desk.set_viewport_size({"width": 2160, "height": 3840})
    places = []
    for study in (1, 2):
        desk.keyboard.press("n")
        at_case(desk, world, study)
        frontal, lateral = (desk.locator(".film").nth(n).bounding_box() for n in range(2))
        assert frontal["y"] + frontal["height"] <= lateral["y"]
        assert frontal["x"] == lateral["x"]
        suggested, verdicts = (desk.locator(what).first.bounding_box() for what in (".suggestions", ".verdicts"))
        middle = frontal["y"] + frontal["height"]
        assert suggested["y"] > middle - 700
        assert verdicts["y"] + verdicts["height"] < middle + 700
        places.append(verdicts)
    assert places[0] == places[1]
