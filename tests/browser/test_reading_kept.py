"""A tab that ends before the server has what was said in it, and a tab that no longer knows what was said."""

import pytest

from labeling.models import Draft, Read
from tests.browser.test_reading import UNSEEN_MS, at_case, desk, verdicts, world
from tests.browser.test_reading_twice import LABELS, ticked, with_labels

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def offline(desk, expected_complaints):
    """The reader's screen at the first case, its line dead; and what the browser asked of its reader."""
    expected_complaints.extend(["ERR_INTERNET_DISCONNECTED", "htmx:"])
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.context.set_offline(True)
    return desk, asked


def closed_for(page, world, study: int = 0):
    """Closes the tab, and shows the case in a new one once the line is back."""
    new = page.context.new_page()
    page.close(run_before_unload=True)
    new.wait_for_timeout(UNSEEN_MS)
    page.context.set_offline(False)
    new.goto(f"/reading/case/{world.slot(0, study).pk}/")
    at_case(new, world, study)
    return new


def left_behind(page) -> list[str]:
    return page.evaluate("Object.keys(localStorage)")


def test_a_verdict_outlives_its_tab(offline, world):
    page, asked = offline
    with_labels(page, "3")
    page.locator("#corrections textarea").press("Enter")
    page.locator("#notice").get_by_text("Connection lost").wait_for()
    new = closed_for(page, world)
    assert asked == ["beforeunload"]
    assert not Read.objects.exists()
    new.locator("#notice").get_by_text("No answer came to a verdict of yours on this case: Disagree").wait_for()
    new.locator("[data-resend]").click()
    at_case(new, world, 1)
    read = Read.objects.get()
    assert (read.verdict, read.comment, read.corrections.count()) == ("disagree", "small one", len(LABELS))
    assert left_behind(new) == []


def test_a_draft_outlives_its_tab(offline, world):
    page, asked = offline
    with_labels(page)
    page.locator("#saved").get_by_text("kept here").wait_for()
    new = closed_for(page, world)
    assert asked == ["beforeunload"]
    assert (ticked(new), new.locator("#corrections textarea").input_value()) == (LABELS, "small one")
    new.locator("#saved").get_by_text("draft saved").wait_for()
    assert (Draft.objects.get().content["comment"], left_behind(new)) == ("small one", [])


def test_a_tab_that_holds_nothing_closes_without_a_question(desk, world):
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    with_labels(desk)
    desk.locator("#saved").get_by_text("draft saved").wait_for()
    new = desk.context.new_page()
    desk.close(run_before_unload=True)
    new.wait_for_timeout(UNSEEN_MS)
    assert asked == []


def test_nothing_of_one_reader_stays_for_the_next(offline, world, log_in):
    page, _ = offline
    with_labels(page)
    page.locator("#saved").get_by_text("kept here").wait_for()
    new = page.context.new_page()
    page.close(run_before_unload=True)
    page.context.set_offline(False)
    new.goto("/reading/")
    assert left_behind(new) == [f"draft:{world.readers[0].pk}:{world.slot().pk}"]
    log_in(page.context, world.readers[1])
    new.goto("/reading/")
    new.get_by_role("link", name="Start reading").click()
    new.locator("#viewer[data-painted]").wait_for()
    assert left_behind(new) == []


def test_signing_out_leaves_nothing_on_the_device(offline, world):
    page, _ = offline
    with_labels(page)
    page.locator("#saved").get_by_text("kept here").wait_for()
    new = page.context.new_page()
    page.close(run_before_unload=True)
    page.context.set_offline(False)
    new.goto("/reading/")
    assert left_behind(new) != []
    new.get_by_text("Sign out").first.click()
    new.get_by_label("Password").wait_for()
    assert left_behind(new) == []


def test_a_minute_without_any_line_ends_with_one_verdict(new_context, log_in, world, expected_complaints):
    """Nothing gets through, verdicts, drafts, pictures and pages; the page's clock runs faster than ours."""
    expected_complaints.extend(["ERR_", "htmx:"])
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, world.readers[0])
    page = context.new_page()
    page.clock.install()
    page.goto(f"/reading/case/{world.slot().pk}/")
    at_case(page, world, 0)
    tried = []
    page.on("requestfailed", lambda request: tried.append((request.method, request.url.rstrip("/").rsplit("/")[-1])))
    context.set_offline(True)
    with_labels(page)
    page.clock.run_for(5_000)
    page.locator("#saved").get_by_text("kept here").wait_for()
    page.locator("#corrections textarea").press("Enter")
    page.locator("#notice").get_by_text("Connection lost").wait_for()
    for _ in range(12):
        page.clock.run_for(5_000)
        page.wait_for_timeout(50)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.locator("#notice").get_by_text("Connection lost").wait_for()
    assert tried.count(("POST", str(world.slot().pk))) >= 6
    assert ("POST", "draft") in tried
    assert not Read.objects.exists()
    assert not Draft.objects.exists()
    context.set_offline(False)
    page.clock.run_for(5_000)
    at_case(page, world, 1)
    read = Read.objects.get()
    assert (read.verdict, read.comment, read.corrections.count()) == ("agree_mostly", "small one", len(LABELS))
    assert (Draft.objects.count(), left_behind(page)) == (0, [])


# ---- Two tabs --------------------------------------------------------------------------------------------------------------


def test_an_undo_in_one_tab_takes_back_no_verdict_of_another(desk, world, expected_complaints):
    expected_complaints.append("status of 422")
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    other = desk.context.new_page()
    other.goto(f"/reading/case/{world.slot().pk}/")
    at_case(other, world, 0)
    with_labels(other, "3")
    other.locator("#corrections textarea").press("Enter")
    at_case(other, world, 1)
    desk.bring_to_front()
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    assert "You already said Disagree of this case" in desk.locator("#notice").inner_text()
    assert desk.url.endswith(f"/case/{world.slot().pk}/")
    assert (verdicts(world), Read.objects.count()) == (["disagree", "", ""], 2)
    desk.keyboard.press("1")  # it may still be changed, knowingly
    at_case(desk, world, 1)
    desk.keyboard.press("u")
    at_case(desk, world, 0)
    assert "Disagree, stands again" in desk.locator("#notice").inner_text()
    assert verdicts(world) == ["disagree", "", ""]
