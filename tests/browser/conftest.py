"""A real Chromium and a real Firefox on the live server; a page that errs, or breaks its own policy, fails the test."""

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as product_settings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import OperationalError, connections
from django.test import Client, TransactionTestCase, override_settings
from django.test.testcases import _StaticFilesHandler
from PIL import Image as Picture
from pytest_django.live_server_helper import LiveServer

from tests.browser.firefox import Firefox, Page, running_firefox
from tests.browsers import find_chromium, find_firefox
from tests.emptying import empty_tables

# playwright's synchronous interface runs an event loop in this thread, where Django would refuse to use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

RESULTS = Path(product_settings.BASE_DIR) / "var" / "test-results"
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Lets the fixtures below know whether the test failed."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


# `STATIC=written make test ARGS=…` serves the scripts as they are written, for a stack trace that names things.
IS_WRITTEN = os.environ.get("STATIC") == "written"
HOW_TO_READ = "(Names are short as they ship; run it with STATIC=written in the environment for those in the source.)"
SHIPPED = {"BACKEND": "config.static_files.ModuleStaticFilesStorage"}


@pytest.fixture(scope="session")
def static_root(tmp_path_factory) -> Path:
    """The static files as a deployment collects them: joined, tight, under hashed names."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder, STORAGES=product_settings.STORAGES | {"staticfiles": SHIPPED}):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture(autouse=True)
def shipped_files(request, data_dir, settings) -> None:
    """Pages name the files that users get, so that every test runs what they run."""
    if not IS_WRITTEN:
        settings.STATIC_ROOT = request.getfixturevalue("static_root")
        settings.STORAGES = settings.STORAGES | {"staticfiles": SHIPPED}


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """The product's server, which sends collected files as well as pages."""
    with pytest.MonkeyPatch.context() as patch:
        if not IS_WRITTEN:
            patch.setattr("django.contrib.staticfiles.handlers.StaticFilesHandler", _StaticFilesHandler)
        # A thread for each line of a browser, which keeps its lines: none may hold a connection to the database meanwhile.
        patch.setitem(connections["default"].settings_dict, "CONN_MAX_AGE", 0)
        server = LiveServer("localhost")
        yield server
        server.stop()


_running: list = []  # tests/e2e lends these fixtures, and a second browser could not start beside the first


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """The browser, started once per worker."""
    if _running:
        yield _running[0]
        return
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on this machine; `python -m tests.browsers` tries to install one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        _running.append(browser)
        yield browser
        _running.clear()
        browser.close()


@pytest.fixture
def expected_complaints() -> list[str]:
    """Patterns of complaints a test provokes on purpose: append to it, e.g. "status of 403"."""
    return []


@pytest.fixture
def new_context(chromium, live_server, request, expected_complaints) -> Iterator:
    """Makes browser contexts (each a person's own cookies) whose pages may not err; `new_context(viewport=…)`."""
    contexts, heard = [], []

    def make(**options):
        context = chromium.new_context(base_url=live_server.url, **({"locale": "en-GB"} | options))
        context.set_default_timeout(30_000)  # a slow machine is no bug
        context.on("page", lambda page: _listen(page, heard))
        contexts.append(context)
        return context

    yield make
    complaints = [text for text in heard if not any(re.search(known, text) for known in expected_complaints)]
    if request.node.stash.get(FAILED, False) or complaints:
        _keep_pictures(contexts, request.node.name)
    for context in contexts:
        context.close()
    _let_requests_end()
    if complaints:
        pytest.fail("\n".join(["the browser complained:", *complaints, HOW_TO_READ]), pytrace=False)


@pytest.fixture(scope="session")
def firefox(tmp_path_factory) -> Iterator[Firefox]:
    """The other browser, started once per worker that needs it."""
    path = find_firefox()
    if path is None:
        pytest.skip("no Firefox on this machine; `python -m tests.browsers firefox` tries to install one")
    with running_firefox(path, tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest.fixture
def firefox_page(firefox, live_server, request, expected_complaints) -> Iterator[Page]:
    """One page of one anonymous person in Firefox, which may not err."""
    with firefox.new_page(live_server.url, width=1366, height=768) as page:
        yield page
        page.frame()
        complaints = [
            text for text in page.complaints if not any(re.search(known, text) for known in expected_complaints)
        ]
        if request.node.stash.get(FAILED, False) or complaints:
            RESULTS.mkdir(parents=True, exist_ok=True)
            Picture.fromarray(page.screenshot()).save(RESULTS / f"{_file_name(request.node.name)}.png")
    _let_requests_end()
    if complaints:
        pytest.fail("\n".join(["Firefox complained:", *complaints, HOW_TO_READ]), pytrace=False)


@pytest.fixture
def page(new_context):
    """One page of one anonymous person."""
    return new_context().new_page()


@pytest.fixture
def log_in(live_server):
    """Signs a user in: `log_in(context, user)` gives the context that user's session, beside those of others."""

    def sign(context, user) -> None:
        context.add_cookies([{**session_cookie(user), "url": live_server.url}])

    return sign


def session_cookie(user) -> dict[str, str]:
    """Name and value of the cookie of a session that is this user's."""
    client = Client()  # a second person in the same client would end the first one's session
    client.force_login(user)
    name = product_settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


_moves: list[None] = []  # one for each request that came or went
_busy: set[threading.Thread] = set()  # of the server: each has a request before it


def _note_start(**_: object) -> None:
    _moves.append(None)
    _busy.add(threading.current_thread())


def _note_end(**_: object) -> None:
    _moves.append(None)
    _busy.discard(threading.current_thread())


request_started.connect(_note_start, weak=False)
request_finished.connect(_note_end, weak=False)


def _let_requests_end(quiet: float = 0.2, patience: float = 15.0) -> None:
    """Waits until the server has no request, and none came or went for a moment: a page that closes may still save a draft."""
    until, since, seen = time.monotonic() + patience, time.monotonic(), len(_moves)
    own = threading.current_thread()
    while time.monotonic() < until and time.monotonic() - since < quiet:
        time.sleep(0.02)
        if seen != len(_moves) or any(thread.is_alive() and thread is not own for thread in list(_busy)):
            since, seen = time.monotonic(), len(_moves)


@pytest.fixture(scope="session", autouse=True)
def patient_emptying() -> Iterator[None]:
    """A late request (a page that closes saves a draft) may cross the emptying of the tables; then they are emptied after it."""

    def empty_again(case: TransactionTestCase) -> None:
        try:
            empty_tables(case)
        except OperationalError:  # each waited for the other
            _let_requests_end()
            empty_tables(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_again)
        yield


def _listen(page, complaints: list[str]) -> None:
    """Console errors (violations of the security policy are among them) and exceptions of the page's scripts."""
    page.on("console", lambda message: message.type == "error" and complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))


def _keep_pictures(contexts, test_name: str) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages):
        page.screenshot(path=RESULTS / f"{_file_name(test_name)}-{number}.png", full_page=True)


def _file_name(test_name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", test_name)
