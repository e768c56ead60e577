"""Who sees which link in the navigation."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import include, path

from core.templatetags.nav import Link, current_url, resolve


def page(request):  # pragma: no cover - never called
    raise AssertionError


def room(name, *pages):
    return path(f"{name}/", include(([path(f"{url}/", page, name=url) for url in pages], name)))


urlpatterns = [
    room("labeling", "worklist", "round_list"),
    room("releases", "list"),
    room("accounts", "profile", "user_list"),
]


def render(tag: str, role: str | None, at: str = "/") -> str:
    request = RequestFactory().get(at)
    request.user = SimpleNamespace(
        is_authenticated=role is not None,
        role=role or "",
        get_full_name=lambda: "Dr. A. <b>",
        get_username=lambda: "ada",
    )
    return Template("{% load nav %}{% " + tag + " %}").render(Context({"request": request, "csrf_token": "t"}))


@pytest.fixture(autouse=True)
def urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize(
    ("role", "seen", "unseen"),
    [
        ("curator", ["Reading rounds", "Releases"], ["My reading", "People", "Administration"]),
        ("admin", ["Reading rounds", "Releases", "People", "Administration"], []),
        ("reader", [], ["Reading rounds", "Releases"]),
        (None, [], ["Reading rounds", "Releases"]),
    ],
)
def test_side_navigation_follows_the_role(role, seen, unseen):
    html = render("side_nav", role)
    assert all(text in html for text in seen)
    assert not any(text in html for text in unseen)


def test_a_link_appears_once_its_page_exists():
    assert "Sampling" not in render("side_nav", "admin")
    assert resolve((Link("sampling:run_list", "Sampling", "funnel"),)) == []


def test_the_current_room_is_marked_once():
    html = render("side_nav", "admin", "/labeling/round_list/12/")
    assert html.count('aria-current="page"') == 1
    assert '<a href="/labeling/round_list/" aria-current="page">' in html


@pytest.mark.parametrize(
    ("path_", "expected"),
    [
        ("/", "/"),
        ("/studies/1/", "/studies/"),
        ("/studies/imports/3/", "/studies/imports/"),
        ("/elsewhere/", ""),
    ],
)
def test_the_longest_fitting_address_is_current(path_, expected):
    assert current_url(path_, ["/", "/studies/", "/studies/imports/"]) == expected


def test_a_reader_finds_the_worklist_on_top():
    html = render("top_bar", "reader", "/labeling/worklist/")
    assert '<a href="/labeling/worklist/" aria-current="page">Worklist</a>' in html
    assert "popovertarget" not in html


def test_names_on_top_are_escaped():
    html = render("top_bar", "reader")
    assert "Dr. A. &lt;b&gt;" in html


def test_the_office_opens_its_navigation_as_a_sheet():
    assert 'popovertarget="side"' in render("top_bar", "curator")
    assert 'id="side"' in render("side_nav", "curator")


def test_a_visitor_sees_no_profile():
    html = render("top_bar", None)
    assert "Your profile" not in html
    assert "Worklist" not in html


def test_a_page_without_a_request_still_renders():
    assert "Countersign" in Template("{% load nav %}{% top_bar %}{% side_nav %}").render(Context({}))
