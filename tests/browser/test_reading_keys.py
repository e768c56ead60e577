"""Keys of the reading room while something else on the page has the focus: what acts on Enter itself is no verdict."""

import pytest

from labeling.models import Arm, Read, Slot
from tests.browser.test_control_arms import sit_down
from tests.browser.test_reading import UNSEEN_MS, add_pictures, at_case, desk, world
from tests.labeling.conftest import make_world

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def from_scratch(new_context, log_in, transactional_db, data_dir):
    """A case whose list is always open, with its report beside it."""
    world = make_world(n_studies=2, show_report="always")
    for study in world.studies:
        add_pictures(study)
    Slot.objects.filter(pk=world.slot().pk).update(arm=Arm.NO_SUGGESTIONS, position=0)
    return sit_down(new_context, log_in, world, world.slot())


def test_enter_that_folds_the_report_of_a_case_from_scratch_stores_nothing(from_scratch):
    from_scratch.locator("#report summary").focus()
    from_scratch.keyboard.press("Enter")
    assert from_scratch.locator("#report p").is_hidden()
    from_scratch.wait_for_timeout(UNSEEN_MS)
    assert not Read.objects.exists()


@pytest.mark.parametrize("key", ["1", "2", "3"])
def test_a_verdict_key_says_that_a_case_from_scratch_has_nothing_to_judge(from_scratch, key):
    from_scratch.wait_for_timeout(UNSEEN_MS)
    from_scratch.keyboard.press(key)
    assert "tick what you see" in from_scratch.locator("#notice").inner_text()
    from_scratch.keyboard.press("q")
    from_scratch.keyboard.press("Enter")
    from_scratch.locator("#notice").get_by_text("stored").wait_for()
    assert Read.objects.count() == 1


def test_all_keys_are_on_a_small_screen_at_once(desk):
    desk.keyboard.press("?")
    assert desk.locator("#help").evaluate("(help) => help.scrollHeight <= help.clientHeight")


@pytest.mark.parametrize("menu", ["[data-presets]", ".mark-editor [name=label]", ".mark-editor [name=certainty]"])
def test_enter_in_a_menu_of_the_viewer_stores_nothing(desk, world, menu):
    desk.keyboard.press("2")
    desk.keyboard.press("q")
    if "mark" in menu:
        desk.keyboard.press("o")
        desk.keyboard.press("o")  # a point in the middle, with the menus that say what it marks
    desk.locator(menu).evaluate("(menu) => { menu.disabled = false; menu.focus(); }")  # these pictures have no window
    desk.keyboard.press("Enter")
    desk.wait_for_timeout(UNSEEN_MS)
    assert not Read.objects.exists()
    desk.keyboard.press("Escape")
    desk.locator("#corrections textarea").focus()
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert Read.objects.count() == 1
