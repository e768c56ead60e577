"""Nothing is lost, nothing is stored twice: drafts, two tabs, dead lines, ended sessions, cases given back, own keys."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.sessions.models import Session
from django.utils import timezone

from labeling.actions import record_read
from labeling.models import CannotJudge, Draft, Read, ReadingKeys, Slot
from tests import factories
from tests.browser.test_reading import UNSEEN_MS, add_pictures, at_case, desk, verdicts, world
from tests.labeling.conftest import make_world

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "a long enough password"
OPENERS = {
    "Agree mostly": "Agree mostly: what would you change?",
    "Disagree": "Disagree: what would you change?",
    "Cannot judge": "Cannot judge: why?",
}
# Whether a person sees the middle of each of these: nothing lies over it, and it is on the screen.
SEEN = """(elements) => elements.map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const there = document.elementFromPoint(x + width / 2, y + height / 2);
  return width > 0 && Boolean(there) && (element.contains(there) || there.contains(element) && there.matches("label, li"));
})"""


@pytest.fixture
def with_password(world, expected_complaints):
    """Readers who can sign in; what the viewer asks for while nobody is signed in is refused."""
    expected_complaints.append("status of 4")
    for reader in world.readers:
        reader.set_password(PASSWORD)
        reader.save()
    return world


def sign_in(page, username: str) -> None:
    dialog = page.get_by_role("dialog", name="Signed out")
    dialog.get_by_label("User name or email").fill(username)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()


def saved(page):
    return page.locator("#saved").get_by_text("draft saved")


def test_key_zero_asks_why_closes_the_case_and_u_takes_it_back(desk, world):
    world.round.readers.create(reader=factories.make_user(username="late"))
    desk.keyboard.press("0")
    desk.get_by_text("Cannot judge: why?").wait_for()
    desk.keyboard.press("q")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert "closed, image quality" in desk.locator("#notice").inner_text()
    assert Slot.objects.get(replaces__isnull=False).reader.username == "late"
    desk.keyboard.press("u")
    desk.locator("#notice").get_by_text("taken back").wait_for()
    assert world.slot().state == "pending"
    assert CannotJudge.objects.get().undone_at is not None


def test_another_reason_needs_words_and_keeps_the_list_open(desk, world, expected_complaints):
    expected_complaints.append("status of 422")
    desk.keyboard.press("0")
    desk.keyboard.press("r")
    desk.keyboard.press("Enter")
    desk.locator("#notice").get_by_text("few words").wait_for()
    desk.locator("#cannot textarea").fill("upside down")
    desk.keyboard.press("Enter")
    desk.locator("#notice").get_by_text("closed, another reason").wait_for()


def test_what_is_entered_is_saved_by_itself_and_there_on_another_device(desk, world, new_context, log_in):
    desk.keyboard.press("3")
    desk.keyboard.press("w")
    desk.locator("#corrections textarea").fill("Film of another person")
    saved(desk).wait_for()
    assert not Read.objects.exists()
    other = new_context()
    log_in(other, world.readers[0])
    page = other.new_page()
    page.goto(f"/reading/case/{world.slot().pk}/")
    at_case(page, world, 0)
    assert page.locator("#corrections textarea").input_value() == "Film of another person"
    assert page.get_by_role("checkbox", name="Pneumothorax").is_checked()
    page.keyboard.press("Enter")
    at_case(page, world, 1)
    assert (verdicts(world)[0], Draft.objects.count()) == ("disagree", 0)


def test_a_draft_waits_in_the_tab_while_the_line_is_dead(desk, world, expected_complaints):
    expected_complaints.append("ERR_INTERNET_DISCONNECTED")
    desk.context.set_offline(True)
    desk.keyboard.press("2")
    desk.locator("#corrections textarea").fill("hm")
    desk.locator("#saved").get_by_text("kept here").wait_for()
    desk.context.set_offline(False)
    saved(desk).wait_for()
    assert Draft.objects.get().content["comment"] == "hm"


def test_going_on_does_not_overtake_a_verdict_that_waits(desk, world, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:"])
    desk.context.set_offline(True)
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Connection lost").wait_for()
    desk.keyboard.press("n")
    desk.context.set_offline(False)
    desk.locator(f"#case[data-case='{world.slot(0, 1).pk}']").wait_for(state="attached")
    assert verdicts(world) == ["agree_all", "", ""]


def test_leaving_for_another_case_keeps_the_draft(desk, world):
    desk.keyboard.press("2")
    desk.locator("#corrections textarea").fill("hm")
    desk.locator("#next").click()
    at_case(desk, world, 1)
    desk.keyboard.press("Shift+N")
    at_case(desk, world, 0)
    assert desk.locator("#corrections textarea").input_value() == "hm"


def test_a_second_tab_with_another_verdict_is_told_what_was_said(desk, world, expected_complaints):
    expected_complaints.append("status of 422")
    second = desk.context.new_page()
    second.goto(f"/reading/case/{world.slot().pk}/")
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    second.keyboard.press("3")
    second.keyboard.press("w")
    second.keyboard.press("Enter")
    second.locator("#notice").get_by_text("You already said Agree all").wait_for()
    assert (verdicts(world)[0], Read.objects.count()) == ("agree_all", 1)
    second.locator("#corrections").get_by_role("button", name="Store").click()
    at_case(second, world, 1)
    assert (verdicts(world)[0], Read.objects.count()) == ("disagree", 2)


def test_a_server_that_died_and_a_page_that_was_closed_lose_nothing(desk, world, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:"])
    desk.route(
        "**/reading/case/*/", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
    )
    desk.keyboard.press("1")
    desk.locator("#notice").get_by_text("Connection lost").wait_for()
    desk.unroute("**/reading/case/*/")
    desk.reload()
    desk.locator("#notice").get_by_text("No answer came to a verdict of yours on this case: Agree all").wait_for()
    assert not Read.objects.exists()
    desk.get_by_role("button", name="Store it now").click()
    at_case(desk, world, 1)
    assert (verdicts(world)[0], Read.objects.count()) == ("agree_all", 1)


def test_an_ended_session_signs_in_in_place_and_sends_the_verdict(desk, with_password, world):
    desk.evaluate("window.same = true")
    Session.objects.all().delete()
    desk.keyboard.press("1")
    sign_in(desk, world.readers[0].username)
    at_case(desk, world, 1)
    assert desk.evaluate("window.same") is True
    assert verdicts(world) == ["agree_all", "", ""]


def test_a_wrong_password_is_told_and_the_verdict_still_waits(desk, with_password, world):
    Session.objects.all().delete()
    desk.keyboard.press("1")
    sign_in(desk, "nobody")
    desk.locator("#sign-in-error").get_by_text("not correct").wait_for()
    sign_in(desk, world.readers[0].username)
    at_case(desk, world, 1)
    assert verdicts(world) == ["agree_all", "", ""]


def test_pictures_refused_for_want_of_a_session_come_after_signing_in(desk, with_password, world):
    Session.objects.all().delete()
    told = desk.locator("#viewer .film-problem", has_text="Your session has ended")
    told.nth(1).wait_for()  # the full pictures are still being asked for: both viewports are refused and say so
    desk.keyboard.press("1")
    sign_in(desk, world.readers[0].username)
    at_case(desk, world, 1)
    assert not told.first.is_visible()
    assert verdicts(world) == ["agree_all", "", ""]


def test_a_different_person_inherits_neither_draft_nor_verdict(desk, with_password, world):
    desk.keyboard.press("2")
    desk.locator("#corrections textarea").fill("PRIVATE")
    Session.objects.all().delete()
    desk.locator("#corrections").get_by_role("button", name="Store").click()
    sign_in(desk, world.readers[1].username)
    desk.get_by_role("heading", name="Your reading").wait_for()
    assert not Read.objects.exists()
    desk.get_by_role("link", name="Start reading").click()
    assert "PRIVATE" not in desk.content()
    assert not Draft.objects.filter(reader=world.readers[1]).exists()


def test_a_second_factor_is_asked_for_on_a_page_of_its_own(desk, with_password, world):
    TOTP.activate(world.readers[0], generate_totp_secret())
    Session.objects.all().delete()
    desk.keyboard.press("1")
    sign_in(desk, world.readers[0].username)
    desk.get_by_text("Your account has a second factor").wait_for()
    assert "/2fa/" in desk.get_by_role("link", name="Open that page").get_attribute("href")


def test_guidelines_are_a_key_away_and_never_over_the_pictures(desk):
    desk.keyboard.press("g")
    guide = desk.get_by_role("dialog", name="Guidelines")
    guide.wait_for()
    box, films = guide.bounding_box(), desk.locator(".films").bounding_box()
    assert box["x"] >= films["x"] + films["width"] - 1
    assert "Pleural effusion" in guide.inner_text()
    desk.keyboard.press("Escape")
    assert guide.is_hidden()


def test_own_keys_are_set_by_pressing_them_and_work(desk, world):
    desk.goto("/reading/keys/")
    desk.get_by_label("Agree all, stored at once").focus()
    desk.keyboard.press("n")
    assert "is also" in desk.locator("#key-conflict").inner_text()
    desk.keyboard.press("y")
    assert desk.locator("#key-conflict").inner_text() == ""
    desk.get_by_role("button", name="Store keys").click()
    desk.get_by_text("Your keys are stored").wait_for()
    desk.goto(f"/reading/case/{world.slot().pk}/")
    at_case(desk, world, 0)
    desk.keyboard.press("1")
    desk.keyboard.press("?")
    assert desk.get_by_role("dialog", name="Keys").get_by_role("row", name="Agree all").inner_text().startswith("Y")
    desk.keyboard.press("Escape")
    assert not Read.objects.exists()
    desk.keyboard.press("y")
    at_case(desk, world, 1)
    assert verdicts(world)[0] == "agree_all"


@pytest.mark.parametrize(("key", "shift", "kept"), [("-", False, "6"), ("6", True, "Shift+6"), ("^", True, "Shift+6")])
def test_an_own_key_of_the_row_of_digits_is_kept_by_its_digit_on_every_keyboard(desk, key, shift, kept):
    desk.goto("/reading/keys/")
    field = desk.get_by_label("Invert", exact=True)
    how = {"key": key, "code": "Digit6", "shiftKey": shift, "bubbles": True, "cancelable": True}
    field.evaluate("(field, how) => field.dispatchEvent(new KeyboardEvent('keydown', how))", how)
    assert field.input_value() == kept


def test_single_keys_switched_off_do_nothing_and_buttons_still_work(desk, world):
    ReadingKeys.objects.create(user=world.readers[0], has_single_keys=False)
    desk.reload()
    at_case(desk, world, 0)
    desk.keyboard.press("2")
    assert desk.locator("#corrections").is_hidden()
    desk.get_by_role("button", name="Agree mostly").click()
    desk.keyboard.press("w")
    assert not desk.get_by_role("checkbox", name="Pneumothorax").is_checked()


@pytest.mark.parametrize(("verdict", "words"), OPENERS.items())
@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_a_focused_button_opens_its_list(desk, verdict, words, key):
    desk.get_by_role("button", name=verdict).focus()
    desk.keyboard.press(key)
    desk.get_by_text(words).wait_for()
    assert desk.get_by_role("button", name=verdict).get_attribute("aria-pressed") == "true"


FOCUSED = "document.activeElement.dataset.verdict ?? document.activeElement.id"


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_after_a_verdict_by_its_button_the_focus_is_on_the_same_button(desk, world, key):
    desk.locator(".verdict[data-verdict=cannot_judge]").focus()
    desk.keyboard.press("Shift+Tab")
    desk.keyboard.press("Shift+Tab")
    desk.keyboard.press("Shift+Tab")
    assert desk.evaluate(FOCUSED) == "agree_all"
    for study in (1, 2):
        desk.keyboard.press(key)
        at_case(desk, world, study)
        assert desk.evaluate(FOCUSED) == "agree_all"
    desk.locator("#previous").focus()
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    assert desk.evaluate(FOCUSED) == "previous"
    assert verdicts(world) == ["agree_all", "agree_all", ""]


def test_after_a_verdict_by_the_mouse_space_is_no_verdict(desk, world):
    desk.get_by_role("button", name="Agree all").click()
    at_case(desk, world, 1)
    desk.keyboard.press("Space")
    desk.wait_for_timeout(UNSEEN_MS)
    assert verdicts(world) == ["agree_all", "", ""]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (2160, 3840), (390, 844), (360, 740)])
def test_bar_pictures_and_verdicts_fit_every_screen(desk, world, width, height):
    desk.set_viewport_size({"width": width, "height": height})
    desk.locator("#next").click()
    at_case(desk, world, 1)
    assert desk.locator("#previous").is_visible()
    for what in (".bar :is(a, button)", ".tools :is(button, select):visible", ".verdict"):
        assert all(desk.locator(what).evaluate_all(SEEN)), what
    for what in (".verdict", ".films"):
        for box in (one.bounding_box() for one in desk.locator(what).all()):
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width + 1
            assert box["y"] + box["height"] <= height + 1
            assert min(box["width"], box["height"]) >= 24
    assert desk.evaluate("document.documentElement.scrollWidth") <= width
    desk.keyboard.press("0")
    assert all(desk.locator("#cannot > .actions *").evaluate_all(SEEN)), "what closes the case is in sight"


def test_a_case_without_the_line_of_a_minute_ends_with_one_verdict(desk, world, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:"])
    tries = []

    def fail(route):
        if route.request.method != "POST" or len(tries) > 1:
            return route.fallback()
        tries.append(1)
        return route.abort("timedout")

    desk.route("**/reading/case/*/", fail)
    desk.keyboard.press("1")
    at_case(desk, world, 1)  # it went out again by itself
    assert (len(tries), Read.objects.count()) == (2, 1)


def test_others_verdicts_come_after_ones_own_and_can_be_answered(new_context, log_in, transactional_db, data_dir):
    world = make_world(n_studies=2, semi_collaborative=True)
    add_pictures(world.studies[0])
    record_read(slot=world.slot(1), verdict="disagree", comment="I see two", by=world.readers[1], now=timezone.now())
    context = new_context(viewport={"width": 1366, "height": 768})
    log_in(context, world.readers[0])
    page = context.new_page()
    page.goto(f"/reading/case/{world.slot().pk}/")
    assert "I see two" not in page.content()
    page.wait_for_timeout(UNSEEN_MS)
    page.keyboard.press("1")
    page.get_by_role("link", name="what others said").click()
    page.get_by_text("I see two").wait_for()
    page.wait_for_timeout(UNSEEN_MS)
    page.keyboard.press("3")
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    page.locator("#notice").get_by_text("Disagree stored").wait_for()
    first, second = Read.objects.filter(slot=world.slot()).order_by("pk")
    assert ("others" in first.shown, "others" in second.shown) == (False, True)


def test_enter_in_the_comment_leaves_no_draft_on_the_next_case(desk, world):
    desk.keyboard.press("2")
    desk.keyboard.press("w")
    desk.locator("#corrections textarea").click()
    desk.keyboard.type("hm")
    desk.keyboard.press("Enter")
    at_case(desk, world, 1)
    desk.wait_for_timeout(2500)  # longer than a draft waits
    assert desk.locator("#corrections").is_hidden()
    assert "draft" not in desk.locator("#saved").inner_text()
    assert (verdicts(world)[0], Draft.objects.count()) == ("agree_mostly", 0)
    desk.keyboard.press("u")
    at_case(desk, world, 0)


def test_a_verdict_with_a_comment_is_sent_however_long_signing_in_takes(desk, with_password, world):
    desk.keyboard.press("2")
    desk.keyboard.press("w")
    desk.locator("#corrections textarea").click()
    desk.keyboard.type("hm")
    Session.objects.all().delete()
    desk.keyboard.press("Enter")
    desk.get_by_role("dialog", name="Signed out").wait_for()
    desk.wait_for_timeout(2500)  # the draft would be saved meanwhile
    sign_in(desk, world.readers[0].username)
    at_case(desk, world, 1)
    assert (verdicts(world)[0], Read.objects.get().comment) == ("agree_mostly", "hm")
    assert not Draft.objects.exists()


def test_a_list_that_is_only_opened_is_no_draft(desk, world):
    desk.keyboard.press("2")
    desk.keyboard.press("3")
    desk.wait_for_timeout(2500)
    assert desk.locator("#saved").inner_text() == ""
    assert not Draft.objects.exists()
    desk.keyboard.press("w")
    saved(desk).wait_for()
    assert Draft.objects.get().content["verdict"] == "disagree"


def test_what_is_entered_and_taken_away_again_leaves_no_draft(desk, world):
    desk.keyboard.press("2")
    desk.keyboard.press("w")
    saved(desk).wait_for()
    desk.keyboard.press("w")
    desk.keyboard.press("Escape")
    desk.locator("#saved").get_by_text("not saved yet").wait_for()
    saved(desk).wait_for()
    assert not Draft.objects.exists()
