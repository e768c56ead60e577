"""A server that really stops: the verdict waits in the page, which says so, and is stored once when the server is back."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as product_settings

from labeling.models import Read
from tests.browser.conftest import session_cookie
from tests.browser.test_reading import at_case, verdicts, world
from tests.dicomweb.server import environment

__all__ = ["world"]
pytestmark = pytest.mark.django_db(transaction=True)
END_PATIENCE_S = 30


class Server:
    """`manage.py serve` on the test's database and files, always on one port; it can be frozen and killed."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "manage.py", "serve", "--workers", "1", "--jobs", "1", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=product_settings.BASE_DIR, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )  # fmt: skip
        assert self.process.stdout.readline().strip() == self.address

    def signal(self, number: int) -> None:
        """To it and every process it has started."""
        for pid in _family(self.process.pid):
            os.kill(pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait(END_PATIENCE_S)


def _family(pid: int) -> list[int]:
    children = [
        int(child) for part in Path(f"/proc/{pid}/task").glob("*/children") for child in part.read_text().split()
    ]
    return [pid, *(one for child in children for one in _family(child))]


@pytest.fixture
def server(world) -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    if server.process.poll() is None:
        server.kill()


@pytest.fixture
def desk(server, world, new_context):
    """The reader's screen at the first case, from that server."""
    context = new_context(viewport={"width": 1366, "height": 768})
    context.add_cookies([{**session_cookie(world.readers[0]), "url": server.address}])
    page = context.new_page()
    page.goto(f"{server.address}/reading/case/{world.slot().pk}/")
    at_case(page, world, 0)
    return page


def told(page) -> None:
    """The page says plainly what has become of the verdict."""
    page.locator("#notice").get_by_text("Your verdict is kept here, not stored yet; trying again.").wait_for()


@pytest.mark.slow
def test_a_verdict_outlives_a_server_that_is_killed_before_it_answers(server, desk, world, expected_complaints):
    expected_complaints.extend(["ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "htmx:"])
    server.signal(signal.SIGSTOP)  # it takes the request and never answers
    with desk.expect_request(lambda request: request.method == "POST" and "/case/" in request.url):
        desk.keyboard.press("1")
    server.kill()
    told(desk)
    desk.locator("[data-retry]").click()  # there is nobody to answer now
    told(desk)
    assert not Read.objects.exists()
    server.start()
    at_case(desk, world, 1)  # it went out again by itself
    assert (verdicts(world), Read.objects.count()) == (["agree_all", "", ""], 1)
