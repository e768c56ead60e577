"""What is said when a request does not arrive: of each kind what is true, and no more."""

import pytest

from tests.browser.test_reading import at_case, desk, verdicts, world

__all__ = ["desk", "world"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def second(desk, world):
    """The desk at the second case; of the first one *Agree all* is stored."""
    desk.keyboard.press("1")
    at_case(desk, world, 1)
    return desk


def told(desk, words: str) -> str:
    desk.locator("#notice").get_by_text(words).wait_for()
    return desk.locator("#notice").inner_text()


def test_a_case_asked_for_on_a_dead_line_is_no_verdict(second, world, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:"])
    second.context.set_offline(True)
    second.keyboard.press("Shift+N")
    assert "verdict" not in told(second, "Connection lost. The case you asked for is not here yet")
    second.context.set_offline(False)
    at_case(second, world, 0)
    assert verdicts(world) == ["agree_all", "", ""]


def test_an_undo_on_a_dead_line_is_told_as_one(second, world, expected_complaints):
    expected_complaints.extend(["ERR_", "htmx:"])
    second.context.set_offline(True)
    second.keyboard.press("u")
    assert "verdict" not in told(second, "Connection lost. Your undo has had no answer yet")
    assert verdicts(world)[0] == "agree_all"
    second.context.set_offline(False)
    at_case(second, world, 0)
    assert verdicts(world)[0] == ""


@pytest.mark.parametrize(
    ("key", "method", "words"),
    [
        ("1", "POST", "The server could not store your verdict. It is kept here."),
        ("u", "POST", "The server could not take it back. It still stands."),
        ("Shift+N", "GET", "The server could not show that case."),
    ],
)
def test_a_server_that_fails_is_told_by_what_was_asked(second, expected_complaints, key, method, words):
    expected_complaints.extend(["status of 500", "Status Error Code 500"])
    second.route(
        "**/reading/case/**",
        lambda route: route.fulfill(status=500) if route.request.method == method else route.fallback(),
    )
    second.keyboard.press(key)
    told(second, words)
