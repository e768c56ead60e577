"""axe-core finds nothing serious in any state of the reading room, whatever colours the system asks for."""

from importlib.resources import files

import pytest
from django.utils import timezone

from labeling.actions import close_round, take_cases
from labeling.models import Slot
from tests.browser.test_reading import add_pictures, at_case, desk, world  # noqa: F401 - the reader's screen at the first case
from tests.browser.test_reading_shared import chair, shown  # noqa: F401 - another reader's screen
from tests.browser.test_viewer_tools import RAMP, SCALE
from tests.browser.viewer_stage import Stage
from tests.labeling.test_leases import free_world

pytestmark = pytest.mark.django_db(transaction=True)
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def grave_faults(page) -> list[str]:
    """What axe-core calls serious or critical, in words."""
    page.evaluate(AXE)
    # Without its own copies of the style sheets, which it would lay into the page as inline styles where one imports
    # another: the policy forbids them, and only the rule about locked orientation looks at them.
    found = page.evaluate("axe.run(document, {preload: false})")["violations"]
    return [
        f"{one['id']}: {node['html']}: {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def assert_fit_for_everybody(page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert grave_faults(page) == [], scheme


def test_the_viewer(new_context):
    stage = Stage(new_context(viewport={"width": 1366, "height": 768}).new_page())
    broken = stage.picture(RAMP, SCALE) | {"problem": "Its pixels could not be read.", "frameUrls": [], "preview": None}
    stage.open(stage.picture(RAMP, SCALE, frames=[RAMP, RAMP], name="View"), broken)
    stage.page.mouse.move(*stage.spot(0.5, 0.5))
    assert_fit_for_everybody(stage.page)
    stage.press("l", "l")
    assert_fit_for_everybody(stage.page)


def test_a_case_on_its_way(new_context):
    stage = Stage(new_context(viewport={"width": 1366, "height": 768}).new_page())
    stage.open(stage.picture(RAMP, SCALE))
    coming = stage.picture(RAMP, SCALE)
    stage.hold(coming)
    stage.swap(stage.case(coming, case=2))
    stage.page.locator(".films[data-stale=Loading]").wait_for()
    assert_fit_for_everybody(stage.page)
    stage.let_go()
    stage.painted(2)


def test_four_viewports(new_context):
    stage = Stage(new_context(viewport={"width": 1366, "height": 768}).new_page())
    stage.open(*(stage.picture(RAMP, SCALE) for _ in range(4)))
    stage.press("i", "h", "m")
    assert_fit_for_everybody(stage.page)


def opened(key, title):
    """A list or a dialog that a key opens."""

    def reach(page, at) -> None:
        page.keyboard.press(key)
        page.get_by_text(title).first.wait_for()

    return reach


def connection_lost(page, at) -> None:
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.locator("#notice").get_by_text("Connection lost").wait_for()


def session_over(page, at) -> None:
    page.context.clear_cookies()
    page.keyboard.press("1")
    page.get_by_role("dialog", name="Signed out").wait_for()


def stored(page, at) -> None:
    page.keyboard.press("1")
    at_case(page, at, 1)
    page.locator("#undo").wait_for()


def all_done(page, at) -> None:
    for study in (1, 2):
        page.keyboard.press("1")
        at_case(page, at, study)
        page.wait_for_timeout(700)  # a verdict given in the moment in which the case appears is none
    page.keyboard.press("1")
    page.get_by_role("heading", name="All done").wait_for()


def round_closed(page, at) -> None:
    close_round(round_=at.round, by=None, now=timezone.now())
    page.keyboard.press("1")
    page.get_by_role("heading", name="is closed").wait_for()


STATES = {
    "as it opens": lambda page, at: None,
    "agree mostly": opened("2", "what would you change?"),
    "disagree": opened("3", "Disagree"),
    "cannot judge": opened("0", "Cannot judge: why?"),
    "help": opened("?", "Letters are ignored"),
    "guidelines": opened("g", "Guidelines"),
    "stored": stored,
    "connection lost": connection_lost,
    "session over": session_over,
    "all done": all_done,
    "round closed": round_closed,
}


@pytest.mark.parametrize("reach", STATES.values(), ids=STATES)
def test_the_case_page(desk, world, expected_complaints, reach):  # noqa: F811 - the same desk
    expected_complaints.extend(["ERR_INTERNET_DISCONNECTED", "htmx:", "status of 4", "Status Error Code 4"])
    desk.wait_for_load_state("networkidle")
    reach(desk, world)
    assert_fit_for_everybody(desk)


def test_a_case_that_is_gone(chair, transactional_db, data_dir, expected_complaints):  # noqa: F811 - the same chair
    expected_complaints.append("status of 4")
    at = free_world(n_studies=1, k=1)
    add_pictures(at.studies[0])
    page = chair(at.readers[0])
    page.get_by_role("link", name="Start reading").click()
    slot = Slot.objects.get(reader=at.readers[0])
    shown(page, slot)
    Slot.objects.filter(pk=slot.pk).update(leased_until=timezone.now() - timezone.timedelta(minutes=1))
    take_cases(reader=at.readers[1], round_=at.round, now=timezone.now())
    page.keyboard.press("1")
    page.get_by_role("heading", name="This case is not on your list any more").wait_for()
    assert_fit_for_everybody(page)
