"""No verdict is taken on a case whose pictures never appeared, and no film of the case before stands under its labels."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error

from labeling.models import Read
from tests.browser.test_reading import UNSEEN_MS, at_case, desk, verdicts, world

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
NOT_THERE = "The pictures of this case are not there yet."


@pytest.fixture
def hanging(desk, world):
    """The desk at the first case; of all others no preview is answered, and each frame is still being made."""
    desk.held, desk.is_dead = [], True
    own = [str(pk) for pk in world.studies[0].series.get().images.values_list("pk", flat=True)]

    def hold(route):
        if not desk.is_dead or any(f"/images/{pk}/" in route.request.url for pk in own):
            return route.fallback()
        if "frame" in route.request.url:
            return route.fulfill(status=202, headers={"Retry-After": "1"})
        return desk.held.append(route)

    desk.route("**/images/**", hold)
    # The page asks for the next cases' previews before it is loaded, so "load" waits for what is held here.
    desk.reload(wait_until="domcontentloaded")
    at_case(desk, world, 0)
    desk.evaluate(
        """() => document.addEventListener("htmx:afterSwap", () => setTimeout(() => {
          window.sight = getComputedStyle(document.querySelector(".film > canvas")).visibility;
        }), { once: true })"""
    )
    desk.keyboard.press("1")
    desk.locator(f"#case[data-case='{world.slot(0, 1).pk}']").wait_for(state="attached")
    return desk


def let_go(desk) -> None:
    """The line answers again, what was asked before too, unless nobody waits for it any more."""
    desk.is_dead = False
    for route in desk.held:
        with suppress(Error):
            route.continue_()


def test_no_key_and_no_click_is_a_verdict_before_the_pictures_are_there(hanging, world):
    for _ in range(4):
        hanging.wait_for_timeout(UNSEEN_MS)
        hanging.keyboard.press("1")
    hanging.locator("#agree button").click()
    assert hanging.locator("#live").inner_text() == NOT_THERE
    hanging.keyboard.press("3")
    hanging.locator("#corrections textarea").fill("nothing to see")
    hanging.locator("#corrections textarea").press("Enter")
    hanging.wait_for_timeout(UNSEEN_MS)
    assert verdicts(world) == ["agree_all", "", ""]
    let_go(hanging)
    at_case(hanging, world, 1)
    hanging.locator("#corrections textarea").press("Enter")
    at_case(hanging, world, 2)
    assert verdicts(world) == ["agree_all", "disagree", ""]
    assert [read.shown["display"]["case"] for read in Read.objects.order_by("pk")] == [
        world.slot(0, 0).pk,
        world.slot(0, 1).pk,
    ]


def test_a_key_pressed_as_the_pictures_come_was_meant_for_something_else(hanging, world):
    hanging.wait_for_timeout(UNSEEN_MS)
    hanging.evaluate(
        """() => {
          const how = { key: "1", bubbles: true, cancelable: true };
          const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", how));
          document.addEventListener("viewer:painted", () => setTimeout(press, 50), { once: true });
        }"""
    )
    let_go(hanging)
    at_case(hanging, world, 1)
    assert verdicts(world) == ["agree_all", "", ""]


def test_the_old_film_is_out_of_sight_at_once(hanging):
    assert hanging.evaluate("window.sight") == "hidden"


def test_a_case_without_pictures_can_be_judged(desk, world):
    world.studies[1].series.get().images.all().delete()
    desk.reload()
    at_case(desk, world, 0)
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.keyboard.press("1")
    at_case(desk, world, 2)
    assert verdicts(world) == ["agree_all", "agree_all", ""]


def test_pictures_that_were_lost_on_the_way_are_not_judged_but_may_be_given_back(desk, world, expected_complaints):
    expected_complaints.append("ERR_FAILED")
    desk.route("**/images/**", lambda route: route.abort())
    desk.reload()
    desk.locator("#viewer[data-painted=lost]").wait_for(state="attached")
    desk.wait_for_timeout(UNSEEN_MS)
    desk.keyboard.press("1")
    desk.locator("#agree button").click()
    assert desk.locator("#live").inner_text() == NOT_THERE
    assert verdicts(world) == ["", "", ""]
    for key in ("5", "q", "Enter"):
        desk.keyboard.press(key)
    desk.locator(f"#case[data-case='{world.slot(0, 1).pk}']").wait_for(state="attached")
    desk.unroute("**/images/**")
    desk.reload()
    at_case(desk, world, 1)
    desk.keyboard.press("1")
    at_case(desk, world, 2)
    assert verdicts(world) == ["", "agree_all", ""]
