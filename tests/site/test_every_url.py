"""Every address of the site, as every role, by every method: who gets in is what the view states, and nothing breaks."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse

from tests.site.walk import ANYONE, Address, addresses, roles_of, stores

pytestmark = pytest.mark.django_db  # each test in a savepoint of the world's transaction
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
REFUSED = frozenset({401, 403, 404, 405})
# What reading a page may write, and why.
WRITTEN_BY_READING = {
    "django_session": "the session itself: messages shown once, where to go after signing in",
    "labeling_slot": "when a case was put on the screen, by the server's clock",
}
EVERY = pytest.mark.parametrize("address", addresses(), ids=str)


class WrittenTables:
    """Collects the tables that SQL inserts into, updates or deletes from."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        words = str(sql).replace('"', "").split()
        match [word.upper() for word in words[:2]]:
            case ["INSERT", "INTO"] | ["DELETE", "FROM"]:
                self.tables.add(words[2])
            case ["UPDATE", _]:
                self.tables.add(words[1])
        return execute(sql, params, many, context)


def ask(client: Any, method: str, url: str) -> tuple[int, set[str], str]:
    """Status, written tables and place of redirection; what it changed is rolled back, in the browser too."""
    written, cookies = WrittenTables(), deepcopy(client.cookies)
    with transaction.atomic():
        with connection.execute_wrapper(written):
            response = client.generic(method, url, content_type="application/x-www-form-urlencoded")
            if response.streaming:
                list(response.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response.status_code, written.tables, response.headers.get("Location", "")


@pytest.fixture(scope="module")
def answers(clients, url_of) -> Callable[[Address], dict[tuple[str, str], tuple[int, set[str], str]]]:
    """What each role gets by each method at an address, asked once."""

    @cache
    def at(address: Address) -> dict[tuple[str, str], tuple[int, set[str], str]]:
        url = url_of(address)
        return {(role, method): ask(client, method, url) for role, client in clients.items() for method in METHODS}

    return at


@EVERY
def test_every_view_states_who_may_open_it(address: Address):
    roles_of(address)


@EVERY
def test_every_address_lets_in_whom_it_states_and_nobody_else(address: Address, answers):
    roles = roles_of(address)
    wrong = []
    for (role, method), (status, _, place) in answers(address).items():
        if status >= 500:
            wrong.append(f"{method} as {role} breaks with {status}")
        elif roles is None:
            if status != 404 and not place.startswith("/account/login/"):
                wrong.append(f"{method} as {role} gives {status} on a closed page")
        elif role == "contributor" and method == "POST" and stores(address):
            # An empty body: refused as no body at the own address, whatever it holds anywhere else.
            if status not in ({400, 415} if "<slug:site>" in address.route else {403}):
                wrong.append(f"POST as contributor gives {status}")
        elif role not in roles and not is_refusal(role, status, place):
            wrong.append(f"{method} as {role} gives {status} {place}")
        elif is_let_in(address, role, roles, method) and status in {401, 403}:
            wrong.append(f"{method} as {role} is refused with {status} though the view states otherwise")
    assert not wrong, f"{address.route}: " + "; ".join(wrong)


def is_refusal(role: str, status: int, place: str) -> bool:
    """Anonymous people go to the sign-in page or are refused; others are refused."""
    return status in REFUSED or (role == "anonymous" and status == 302 and place.startswith("/account/login/"))


def is_let_in(address: Address, role: str, roles: frozenset[str], method: str) -> bool:
    """Whether the stated rule promises this person an answer. Sessions write to the API with a token of the form only."""
    is_ours = not address.is_of_allauth and not (address.is_api and method not in SAFE_METHODS)
    return role in roles and roles != ANYONE and is_ours


@EVERY
def test_nothing_is_written_by_reading(address: Address, answers):
    written = {
        f"{method} as {role} writes {table}"
        for (role, method), (_, tables, _) in answers(address).items()
        if method in SAFE_METHODS
        for table in tables - set(WRITTEN_BY_READING)
    }
    assert not written, f"{address.route}: {written}"


@pytest.mark.parametrize("address", [one for one in addresses() if one.parameters and not one.is_of_allauth], ids=str)
def test_ids_that_do_not_exist_are_not_found_or_refused(address: Address, clients, world):
    values = {
        key: 999_999_999 if key.endswith("pk") or key == "frame" else "nothing-here" for key in address.parameters
    }
    url = reverse(address.name, kwargs=values)
    for role, client in clients.items():
        for method in ("GET", "POST"):
            status, _, place = ask(client, method, url)
            is_empty_list = address.is_api and status == 200 and client.get(url).json()["count"] == 0
            is_closed = status == 410 or is_empty_list or is_refusal(role, status, place)
            assert is_closed, f"{method} {url} as {role} gives {status}"


def test_the_walk_meets_pages_and_api():
    names = {address.name for address in addresses()}
    assert {"accounts:user_list", "me", "schema", "account_login"} <= names
    assert len(names) > 60
