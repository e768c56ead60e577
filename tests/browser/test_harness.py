"""The browser tests' own ears: what a page does wrong is heard."""

import re

import pytest

from tests.browser.conftest import IS_WRITTEN, _listen

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


@pytest.mark.skipif(IS_WRITTEN, reason="the written scripts were asked for")
def test_pages_run_the_scripts_that_ship(heard):
    page, _ = heard
    loaded = page.evaluate("() => performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)")
    named = [path for path in loaded if path.endswith((".js", ".css"))]
    assert named
    assert all(re.search(r"\.[0-9a-f]{12}\.(js|css)$", path) for path in named), named


# What a page may do wrong, and what is heard of it.
WRONGS = {
    "inline script": (
        "document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))",
        "Content Security",
    ),
    "inline style": ("document.body.setAttribute('style', 'color: red')", "Content Security"),
    "console error": ("console.error('lost a verdict')", "lost a verdict"),
    "exception": ("setTimeout(() => { throw new Error('broken') })", "broken"),
    "missing file": ("fetch('/no-such-page/')", "404"),
}


@pytest.mark.parametrize(("script", "complaint"), WRONGS.values(), ids=WRONGS)
def test_each_wrong_is_heard(heard, script, complaint):
    page, complaints = heard
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(300)
    assert any(complaint in text for text in complaints), complaints


def test_each_wrong_is_heard_in_firefox(firefox, live_server):
    with firefox.new_page(live_server.url, width=800, height=600) as page:
        page.goto("/account/login/")
        assert page.complaints == []
        for script, complaint in WRONGS.values():
            page.complaints.clear()
            page.evaluate(f"() => {{ {script} }}")
            page.wait_until("() => new Promise((done) => setTimeout(done, 300, true))")
            assert any(complaint in text for text in page.complaints), (script, page.complaints)
