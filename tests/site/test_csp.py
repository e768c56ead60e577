"""The strict Content-Security-Policy on every answer, and pages that need nothing it forbids."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from tests.site.crawl import fetch
from tests.site.walk import Address, addresses

pytestmark = pytest.mark.django_db
TEMPLATES = sorted(path for path in (settings.BASE_DIR / "templates").rglob("*.html") if path.is_file())
DATA_TYPES = frozenset({"application/json", "application/ld+json"})
SELF_ONLY = ("script-src", "style-src", "img-src", "font-src", "connect-src", "worker-src", "form-action")
NONE_ONLY = ("default-src", "base-uri", "frame-ancestors")


class Forbidden(HTMLParser):
    """Collects what the policy would stop: inline scripts, styles, handlers, and anything from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") not in DATA_TYPES):
            self.found.append(f"inline <{tag}>")
        for key, value in attributes:
            if key == "style" or key.startswith(("on", "hx-on")):
                self.found.append(f"<{tag} {key}=…>")
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {key}=javascript:…>")
            is_loaded = key == "src" or (
                tag == "link" and key == "href" and values.get("rel") in {"stylesheet", "icon"}
            )
            if is_loaded and re.match(r"(?:[a-z]+:)?//|data:", value or ""):
                self.found.append(f"<{tag} {key}={(value or '')[:40]}>")

    handle_startendtag = handle_starttag


def forbidden_in(html: str) -> list[str]:
    parser = Forbidden()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize(
    ("html", "is_found"),
    [
        ('<p style="color: red">', True),
        ("<script>alert(1)</script>", True),
        ("<style>p {}</style>", True),
        ('<a onclick="x()">', True),
        ('<img onerror="x()" src="/a.png">', True),
        ('<button hx-on:click="x()">', True),
        ('<a href="javascript:x()">', True),
        ('<script src="https://cdn.example/x.js"></script>', True),
        ('<img src="data:image/png;base64,AA">', True),
        ('<script src="/static/x.js" defer></script>', False),
        ('<script type="application/json">{"a": 1}</script>', False),
        ('<img src="/studies/images/1/preview/"><p class="style">', False),
        ('<a href="https://example.org/">', False),
    ],
)
def test_the_check_knows_what_the_policy_stops(html, is_found):
    assert bool(forbidden_in(html)) == is_found


def directives(header: str) -> dict[str, list[str]]:
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("role", ["anonymous", "reader", "contributor", "curator", "admin"])
@pytest.mark.parametrize("address", [one for one in addresses() if not one.route.startswith("api/")], ids=str)
def test_every_page_keeps_to_the_strict_policy(address: Address, role, clients, url_of):
    url = url_of(address)
    response = clients[role].get(url)
    policy = directives(response.headers["Content-Security-Policy"])
    assert all(policy[name] == ["'self'"] for name in SELF_ONLY), policy
    assert all(policy[name] == ["'none'"] for name in NONE_ONLY), policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    if response.headers.get("Content-Type", "").startswith("text/html"):
        assert forbidden_in(response.content.decode()) == []


def test_answers_of_the_api_and_refusals_keep_to_it_too(clients, world):
    for url in ("/api/v1/me", "/no-such-page/", "/people/"):
        assert "default-src 'none'" in clients["reader"].get(url).headers["Content-Security-Policy"]


def test_a_live_part_keeps_to_it(clients, world):
    for url in ("/", f"/studies/imports/{world.import_run.pk}/", f"/sampling/{world.sampling_run.pk}/"):
        page = fetch(clients["admin"], url, **{"HX-Request": "true"})
        assert page is not None
        assert forbidden_in(page.text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR / "templates")))
def test_no_template_holds_inline_script_or_style(path: Path):
    text = re.sub(r"{%\s*comment.*?%}.*?{%\s*endcomment\s*%}", "", path.read_text(), flags=re.S)
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"hx-on|javascript:|<style", text)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or any(f'type="{kind}"' in tag for kind in DATA_TYPES), tag
