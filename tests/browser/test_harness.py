"""The browser tests' own ears: what a page does wrong is heard."""

import pytest

from tests.browser.conftest import _listen

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(chromium, live_server):
    """A page of the site, and what was heard of it."""
    context = chromium.new_context(base_url=live_server.url)
    page, complaints = context.new_page(), []
    _listen(page, complaints)
    page.goto("/account/login/")
    yield page, complaints
    context.close()


def test_sign_in_page_has_nothing_to_complain_about(heard):
    page, complaints = heard
    assert page.locator("form").count() >= 1
    assert complaints == []


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (
            "document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))",
            "Content Security",
        ),
        ("document.body.setAttribute('style', 'color: red')", "Content Security"),
        ("console.error('lost a verdict')", "lost a verdict"),
        ("setTimeout(() => { throw new Error('broken') })", "broken"),
        ("fetch('/no-such-page/')", "404"),
    ],
    ids=["inline script", "inline style", "console error", "exception", "missing file"],
)
def test_each_wrong_is_heard(heard, script, complaint):
    page, complaints = heard
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(300)
    assert any(complaint in text for text in complaints), complaints
