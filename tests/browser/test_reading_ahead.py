"""The page of the next case is fetched while this one is read, and filled by the answer to the verdict."""

import pytest
from django.contrib.sessions.models import Session

from tests.browser.test_reading import at_case, desk, verdicts, world

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ahead(desk, world):
    """The desk once the second case's page is here."""
    answers = []
    desk.on("response", lambda answer: answers.append(answer) if "/reading/case/" in answer.url else None)
    with desk.expect_response(lambda answer: answer.url.endswith(f"?ahead={world.slot().pk}")):
        desk.reload()
    at_case(desk, world, 0)
    answers.clear()
    return answers


def test_the_answer_to_a_verdict_is_what_the_fetched_page_lacks(desk, world, ahead):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert ahead[0].headers["x-ahead"] == "1"
    assert len(ahead[0].body()) < 2_000
    assert "Agree all stored" in desk.locator("#notice").inner_text()
    assert desk.locator(".bar").inner_text().split("\n")[0].startswith("2 of 3")
    assert "1 read" in desk.locator(".bar").inner_text()
    assert "saved" in desk.locator("#saved").inner_text()
    assert f"/{world.slot(0, 1).pk}/?stored=" in desk.url
    desk.keyboard.press("u")
    desk.locator("#notice").get_by_text("taken back").wait_for()
    assert verdicts(world)[0] == ""


def test_going_back_in_the_browser_shows_the_case_before(desk, world, ahead):
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    desk.go_back()
    at_case(desk, world, 0)
    desk.locator("#notice").get_by_text("You said Agree all").wait_for()


def test_going_to_and_fro_fetches_it_anew(desk, world, ahead):
    desk.keyboard.press("n")
    at_case(desk, world, 1)
    desk.keyboard.press("2")
    desk.locator("#corrections textarea").fill("hm")
    desk.locator("#saved").get_by_text("draft saved").wait_for()
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    desk.locator("#previous").click()
    at_case(desk, world, 0)
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert desk.locator("#corrections textarea").input_value() == "hm"


def test_a_verdict_that_comes_before_the_page_brings_the_case_whole(desk, world):
    desk.route("**/*?ahead=*", lambda route: None)  # never answered
    desk.reload()
    at_case(desk, world, 0)
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    assert verdicts(world)[0] == "agree_all"


def test_a_whole_list_is_read_so_to_its_end(desk, world):
    for place in range(3):
        at_case(desk, world, place)
        desk.keyboard.press("1")
    desk.get_by_text("All done").wait_for()
    assert verdicts(world) == ["agree_all"] * 3


def test_the_page_held_ahead_goes_on_after_a_sign_in_with_the_new_token(desk, world, ahead, expected_complaints):
    expected_complaints.append("status of 403")
    reader = world.readers[0]
    reader.set_password("a long pass phrase")
    reader.save()
    Session.objects.all().delete()
    desk.keyboard.press("1")
    desk.locator("#signed-out[open]").wait_for()
    desk.locator("#sign-in [name=login]").fill(reader.username)
    desk.locator("#sign-in [name=password]").fill("a long pass phrase")
    statuses = []
    desk.on("response", lambda answer: statuses.append(answer.status) if answer.request.method == "POST" else None)
    desk.keyboard.press("Enter")
    for study in (1, 2):
        at_case(desk, world, study)
        desk.keyboard.press("1")
    desk.get_by_text("All done").wait_for()
    assert verdicts(world) == ["agree_all"] * 3
    assert 403 not in statuses
