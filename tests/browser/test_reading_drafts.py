"""Drafts of two tabs, of a page that is left, and of a session that ended under a draft alone."""

import pytest
from django.contrib.sessions.models import Session

from labeling.models import Draft, Read
from tests.browser.test_reading import at_case, desk, world
from tests.browser.test_reading_desk import saved, sign_in, with_password

__all__ = ["desk", "with_password", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
NEWER = "A newer draft of this case was saved at"


def comment(page, words: str, key: str = "2") -> None:
    page.keyboard.press(key)
    page.locator("#corrections textarea").fill(words)


@pytest.fixture
def late(desk, world, expected_complaints):
    """A second tab, opened before the first one saved a draft: its own was not stored over that."""
    expected_complaints.append("status of 409")
    tab = desk.context.new_page()
    tab.goto(f"/reading/case/{world.slot().pk}/")
    at_case(tab, world, 0)
    comment(desk, "of the first tab")
    saved(desk).wait_for()
    comment(tab, "of the second tab", "3")
    tab.locator("#notice").get_by_text(NEWER).wait_for()
    return tab


def kept() -> str:
    return Draft.objects.get().content["comment"]


def test_a_second_tab_is_told_of_the_newer_draft_and_keeps_its_own(late, world):
    assert kept() == "of the first tab"
    assert "not saved" in late.locator("#saved").inner_text()
    late.reload()
    at_case(late, world, 0)
    late.locator("#notice").get_by_text(NEWER).wait_for()
    assert late.locator("#corrections textarea").input_value() == "of the second tab"
    assert kept() == "of the first tab"


def test_the_reader_may_keep_their_own_and_the_first_tab_is_told_then(late, desk):
    late.get_by_role("button", name="Keep mine").click()
    saved(late).wait_for()
    assert kept() == "of the second tab"
    assert late.locator("#notice").inner_text().strip() == ""
    desk.locator("#corrections textarea").fill("of the first tab again")
    desk.locator("#notice").get_by_text(NEWER).wait_for()
    assert kept() == "of the second tab"


def test_the_reader_may_take_the_newer_one(late, world):
    late.get_by_role("button", name="Show that one").click()
    late.wait_for_function("document.querySelector('#corrections textarea').value === 'of the first tab'")
    at_case(late, world, 0)
    late.locator("#corrections textarea").fill("of both")
    saved(late).wait_for()
    assert kept() == "of both"


@pytest.fixture
def judged(desk, world):
    """A tab with a draft of its own, and another that was open before and gave a verdict since."""
    other = desk.context.new_page()
    other.goto(f"/reading/case/{world.slot().pk}/")
    at_case(other, world, 0)
    comment(desk, "of the first tab", "3")
    saved(desk).wait_for()
    other.keyboard.press("1")
    at_case(other, world, 1)
    return desk


SAID = "You said Agree all of this case at"


def test_a_tab_whose_case_was_judged_in_another_is_told_when_its_reader_comes_back(judged, world):
    assert SAID not in judged.locator("#notice").inner_text()
    judged.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    judged.locator("#notice").get_by_text(SAID).wait_for()
    assert "What you enter here is kept as a draft" in judged.locator("#live").inner_text()
    assert judged.locator("#corrections textarea").input_value() == "of the first tab"
    assert (kept(), [read.verdict for read in Read.objects.all()]) == ("of the first tab", ["agree_all"])


def test_a_tab_whose_case_was_judged_in_another_is_told_as_more_is_entered(judged, world):
    judged.locator("#corrections textarea").fill("of the first tab, on")
    judged.locator("#notice").get_by_text(SAID).wait_for()
    assert kept() == "of the first tab, on"


def test_what_was_entered_before_another_tabs_verdict_is_there_later_and_can_be_stored(judged, world):
    judged.locator("#next").click()
    at_case(judged, world, 1)
    judged.keyboard.press("Shift+N")
    at_case(judged, world, 0)
    assert judged.locator("#corrections textarea").input_value() == "of the first tab"
    assert "You said Agree all. A new verdict replaces it." in judged.locator("#notice").inner_text()
    judged.locator("#corrections textarea").press("Enter")
    at_case(judged, world, 1)
    standing = Read.objects.current().get()
    assert (standing.verdict, standing.comment, Draft.objects.count()) == ("disagree", "of the first tab", 0)


@pytest.fixture
def closed(desk, world, expected_complaints):
    """A tab with a draft of its own, and another that was open before and closed the case without a verdict since."""
    expected_complaints.append("status of 410")
    other = desk.context.new_page()
    other.goto(f"/reading/case/{world.slot().pk}/")
    at_case(other, world, 0)
    comment(desk, "of the first tab", "3")
    saved(desk).wait_for()
    for key in ("0", "q", "Enter"):
        other.keyboard.press(key)
    at_case(other, world, 1)
    return desk, other


CLOSED = "You closed this case at"


def test_a_tab_whose_case_was_closed_in_another_is_told_and_keeps_its_draft(closed, world):
    first, _ = closed
    first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    first.locator("#notice").get_by_text(CLOSED).wait_for()
    assert "(image quality), in another tab or on another device" in first.locator("#live").inner_text()
    assert first.locator("#corrections textarea").input_value() == kept() == "of the first tab"


def test_what_is_entered_after_another_tab_closed_the_case_is_told_of_and_stored_once_that_is_taken_back(closed, world):
    first, other = closed
    first.locator("#corrections textarea").fill("of the first tab, on")
    first.locator("#notice").get_by_text(CLOSED).wait_for()
    assert first.locator("#saved").inner_text() == "not saved"
    assert kept() == "of the first tab"
    other.keyboard.press("u")
    at_case(other, world, 0)
    first.locator("#corrections textarea").fill("of the first tab, to the end")
    saved(first).wait_for()
    first.locator("#notice").get_by_text("taken back meanwhile").wait_for()
    assert kept() == "of the first tab, to the end"


def test_once_the_closing_is_taken_back_the_tab_says_so_and_no_longer_that_the_case_is_closed(closed, world):
    first, other = closed
    comes_back, notice = "document.dispatchEvent(new Event('visibilitychange'))", first.locator("#notice")
    first.evaluate(comes_back)
    notice.get_by_text(CLOSED).wait_for()
    assert "bar-warn" in first.locator(".bar").get_attribute("class")
    other.keyboard.press("u")
    at_case(other, world, 0)
    first.evaluate(comes_back)
    notice.get_by_text("taken back meanwhile").wait_for()
    assert CLOSED not in notice.inner_text()
    assert "taken back meanwhile" in first.locator("#live").inner_text()
    assert "bar-warn" not in first.locator(".bar").get_attribute("class")
    assert "notice-warn" not in notice.get_attribute("class")


def test_what_the_server_says_of_a_draft_stays_while_nothing_was_done_elsewhere(desk, expected_complaints):
    expected_complaints.append("status of 409")
    desk.route(
        "**/draft/", lambda route: route.fulfill(status=409, json={"error": "Too long.", "says": "draft-refused"})
    )
    comment(desk, "hm", "2")
    notice = desk.locator("#notice")
    notice.get_by_text("Too long.").wait_for()
    with desk.expect_response("**/loan/"):
        desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    desk.wait_for_timeout(200)
    assert notice.inner_text() == "Too long."


def test_who_takes_a_closing_back_is_told_of_the_other_tabs_draft_and_may_have_what_they_closed_it_with(closed, world):
    _, other = closed
    other.keyboard.press("u")
    at_case(other, world, 0)
    assert "Shown is a draft of another tab" in other.locator("#notice").inner_text()
    assert other.locator("#corrections textarea").input_value() == "of the first tab"
    assert other.locator("#cannot input:checked").count() == 0
    other.get_by_role("link", name="what you closed it with").click()
    other.locator("#cannot input:checked").wait_for()
    at_case(other, world, 0)
    assert other.locator("#cannot input:checked").input_value() == "image_quality"
    assert kept() == "of the first tab"
    other.keyboard.press("Enter")
    at_case(other, world, 1)
    assert Draft.objects.count() == 0


def test_an_answer_to_a_draft_that_was_lost_makes_no_newer_one(desk, world, expected_complaints):
    expected_complaints.append("ERR_")
    lost = []

    def lose(route):
        if lost:
            return route.fallback()
        lost.append(route.fetch())
        return route.abort()

    desk.route("**/draft/", lose)
    comment(desk, "hm")
    desk.locator("#saved").get_by_text("kept here").wait_for()
    desk.locator("#corrections textarea").fill("hm, no")
    saved(desk).wait_for()
    assert kept() == "hm, no"


def test_a_page_that_is_left_saves_its_draft(desk):
    comment(desk, "in a hurry")
    desk.goto("about:blank")  # long before the two seconds
    for _ in range(50):
        if Draft.objects.exists():
            break
        desk.wait_for_timeout(100)
    assert kept() == "in a hurry"


def test_a_session_that_ends_under_a_draft_is_signed_in_again_and_the_draft_is_stored(desk, with_password, world):
    comment(desk, "hm")
    Session.objects.all().delete()
    sign_in(desk, world.readers[0].username)
    saved(desk).wait_for()
    assert (kept(), Read.objects.exists()) == ("hm", False)


@pytest.mark.parametrize(
    "html",
    [
        "<input>",
        "<input type=search>",
        "<input type=number>",
        "<select><option>1<option>n</select>",
        "<textarea></textarea>",
        "<p contenteditable>words</p>",
    ],
)
def test_keys_are_ignored_in_every_kind_of_input(desk, world, html):
    desk.evaluate(
        """(html) => {
          document.querySelector(".panel-body").insertAdjacentHTML("afterbegin", html);
          document.querySelector(".panel-body > :first-child").focus();
        }""",
        html,
    )
    for key in ("1", "n", "2", "i"):
        desk.keyboard.press(key)
    desk.wait_for_timeout(300)
    assert not Read.objects.exists()
    assert desk.locator("#corrections").is_hidden()
    assert desk.locator(f"#viewer[data-case='{world.slot().pk}']").count() == 1
    assert desk.locator(".mark-flag", has_text="INVERTED").count() == 0


def test_the_loan_is_renewed_by_the_clock(desk, world):
    desk.clock.install()
    desk.goto(f"/reading/case/{world.slot().pk}/")
    desk.locator("#agree").wait_for()
    with desk.expect_response("**/loan/") as renewed:
        desk.clock.fast_forward("05:01")
    assert renewed.value.status == 204
