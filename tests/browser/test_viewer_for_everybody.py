"""axe-core finds nothing serious: films alone, a mark being edited, the label list open, a picture missing."""

from importlib.resources import files

import pytest

from tests.browser.test_reading import desk, world  # noqa: F401 - the reader's screen at the first case
from tests.browser.test_viewer_tools import RAMP, SCALE
from tests.browser.viewer_stage import Stage

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


def test_the_viewer(new_context):
    stage = Stage(new_context(viewport={"width": 1366, "height": 768}).new_page())
    broken = stage.picture(RAMP, SCALE) | {"problem": "Its pixels could not be read.", "frameUrls": [], "preview": None}
    stage.open(stage.picture(RAMP, SCALE, frames=[RAMP, RAMP], name="View"), broken)
    stage.page.mouse.move(*stage.spot(0.5, 0.5))
    assert grave_faults(stage.page) == []
    stage.press("l", "l")
    assert grave_faults(stage.page) == []


def test_the_case_page_with_its_list_open(desk):  # noqa: F811 - the same desk
    assert grave_faults(desk) == []
    desk.keyboard.press("2")
    assert grave_faults(desk) == []
