"""A tab that ends before the server has what was said in it, and a tab that no longer knows what was said."""

import pytest
from django.utils import timezone

from labeling.actions import close_round
from labeling.models import Draft, Read, Slot, SlotState
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


@pytest.fixture
def unsent(offline, world):
    """Another verdict on a case that is read already waits on the device; a new tab, its line back, all cases read."""
    page, _ = offline
    page.context.set_offline(False)
    for study in range(3):
        at_case(page, world, study)
        page.keyboard.press("1")
    page.get_by_text("All done").wait_for()
    page.goto(f"/reading/case/{world.slot().pk}/")
    at_case(page, world, 0)
    page.context.set_offline(True)
    page.keyboard.press("5")
    page.keyboard.press("q")
    page.keyboard.press("Enter")
    page.locator("#notice").get_by_text("Connection lost").wait_for()
    new = page.context.new_page()
    with page.expect_event("close"):  # before its line is back, or it would send the verdict yet
        page.close(run_before_unload=True)
    page.context.set_offline(False)
    return new


STORED, NOT_STORED = "Your verdicts are stored.", "A verdict on this device is not stored yet"


def test_the_end_of_a_list_tells_of_a_verdict_that_waits_here_and_leads_to_it(unsent, world):
    unsent.goto(f"/reading/done/{world.round.pk}/")
    unsent.get_by_role("link", name=NOT_STORED).wait_for()
    assert unsent.get_by_text(STORED).is_hidden()
    unsent.get_by_role("link", name=NOT_STORED).click()
    at_case(unsent, world, 0)
    unsent.locator("[data-resend]").click()
    unsent.get_by_text("All done").wait_for()
    unsent.get_by_text(STORED).wait_for()
    assert unsent.get_by_role("link", name=NOT_STORED).is_hidden()
    unsent.goto("/reading/")
    unsent.get_by_text("All done").wait_for()
    unsent.wait_for_function("document.cookie.includes('zone=')")  # once the page's script has run
    assert unsent.get_by_text(NOT_STORED).is_hidden()


def test_the_worklist_tells_of_a_verdict_that_waits_here_and_sign_out_asks_first(unsent, world):
    unsent.goto("/reading/")
    unsent.get_by_text(NOT_STORED).wait_for()
    unsent.get_by_role("button", name="Sign out").click()
    unsent.get_by_text("Signing out deletes it.").wait_for()
    assert unsent.get_by_text("Verdicts you have given are stored").is_hidden()
    assert left_behind(unsent) != []
    unsent.get_by_role("link", name="Open its case").click()
    at_case(unsent, world, 0)
    unsent.locator("#notice").get_by_text("No answer came to a verdict of yours").wait_for()
    unsent.goto("/account/logout/")
    unsent.get_by_role("button", name="Sign out and delete it").click()
    unsent.get_by_label("Password").wait_for()
    assert left_behind(unsent) == []


@pytest.mark.parametrize("how", ["closed", "gone"])
def test_a_verdict_that_can_never_be_stored_is_told_once_and_removed(how, unsent, world):
    if how == "closed":
        close_round(round_=world.round, by=None, now=timezone.now())
    else:
        Slot.objects.filter(pk=world.slot().pk).update(state=SlotState.CLOSED)
    unsent.goto("/reading/")
    unsent.get_by_text(NOT_STORED).wait_for()
    unsent.get_by_role("link", name="Open its case").click()
    unsent.get_by_text("A verdict on this case waited on this device.").wait_for()
    assert left_behind(unsent) == []
    unsent.reload()
    unsent.wait_for_function("document.querySelector('[data-lost]')")
    assert unsent.get_by_text("A verdict on this case waited on this device.").is_hidden()
    unsent.get_by_role("link", name="Worklist").click()
    unsent.wait_for_function("document.cookie.includes('zone=')")
    assert unsent.get_by_text(NOT_STORED).is_hidden()


@pytest.mark.parametrize("how", ["closed", "gone"])
def test_a_verdict_that_comes_too_late_is_told_with_what_was_said(how, offline, world, expected_complaints):
    page, _ = offline
    with_labels(page, "3")
    page.locator("#corrections textarea").press("Enter")
    page.locator("#notice").get_by_text("Connection lost").wait_for()
    if how == "closed":
        close_round(round_=world.round, by=None, now=timezone.now())
    else:
        Slot.objects.filter(pk=world.slot().pk).update(state=SlotState.CLOSED)
    page.context.set_offline(False)
    told = page.get_by_text("Your verdict was not stored. It was Disagree:")
    told.wait_for()
    assert told.inner_text().endswith("It was Disagree: Pleural effusion struck, Cardiomegaly added. small one")
    assert page.get_by_text("waited on this device").is_hidden()
    assert not Read.objects.exists()
    page.goto("/reading/")
    page.wait_for_function("document.cookie.includes('zone=')")
    assert page.get_by_text(NOT_STORED).is_hidden()
    if how == "closed":
        kept = page.evaluate("[...Object.keys(sessionStorage), ...Object.keys(localStorage)]")
        assert [name for name in kept if name.startswith(("draft:", "waiting:"))] == []


def test_what_waits_of_one_reader_is_not_told_to_another(unsent, world, log_in):
    log_in(unsent.context, world.readers[1])
    unsent.goto("/reading/")
    unsent.wait_for_function("document.cookie.includes('zone=')")
    assert unsent.get_by_text(NOT_STORED).is_hidden()
    unsent.get_by_role("button", name="Sign out").click()
    unsent.get_by_label("Password").wait_for()


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
