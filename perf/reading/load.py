"""Many readers at once, as plain HTTP clients: each sends a verdict every few seconds and fetches what its page would."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_S = 30


@dataclass
class Form:
    """A form of a page: where it goes, and its fields as they stand."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """What a reader's browser needs of a page or fragment: its forms by id, the JSON of its pictures, the next case's page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.images: dict[str, Any] = {}
        self.next = ""
        self._form: Form | None = None
        self._in_images = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Notes forms and their fields, and where the next case's page is."""
        given = {name: value or "" for name, value in attributes}
        self.next = given.get("data-next", self.next)
        if tag == "form":
            self._form = self.forms[given.get("id", "")] = Form(given.get("hx-post") or given.get("action", ""))
        elif tag == "input" and self._form is not None and given.get("name") and given.get("type") != "checkbox":
            self._form.fields[given["name"]] = given.get("value", "")
        self._in_images = given.get("id") == "case-images"

    def handle_endtag(self, tag: str) -> None:
        """A field behind a form's end belongs to no form."""
        if tag == "form":
            self._form = None
        self._in_images = False

    def handle_data(self, data: str) -> None:
        """Reads the pictures' JSON."""
        if self._in_images:
            self.images = json.loads(data)

    def pictures_ahead(self) -> list[str]:
        """Addresses of what the page fetches ahead: previews and lossless frames of the next cases."""
        images = [image for case in self.images.get("prefetch", ()) for image in case["images"]]
        return [url for image in images for url in (image["preview"], *image["frameUrls"][:1]) if url]


@dataclass
class Tally:
    """What the readers met."""

    verdict_ms: list[float] = field(default_factory=list)
    picture_ms: list[float] = field(default_factory=list)
    bytes: int = 0
    reconnected: int = 0
    errors: list[str] = field(default_factory=list)


class Reader(threading.Thread):
    """One reader: opens a case, then a verdict every ``pause_s`` seconds until ``ends`` (monotonic) or the list's end.

    As the page does, it fetches the next case's page once this one is painted, and tells the verdict's request so.
    """

    def __init__(self, address: str, cookie: str, case: int, *, begins: float, ends: float, pause_s: float) -> None:
        super().__init__(daemon=True)
        self.tally = Tally()
        self._cookie = f"sessionid={cookie}"
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT_S)
        self._fetched: set[str] = set()
        self._is_told = False  # the last answer brought only what the page fetched ahead lacked
        self._case, self._begins, self._ends, self._pause_s = case, begins, ends, pause_s

    def run(self) -> None:
        """The reader's day. Whatever goes wrong is noted and ends it."""
        try:
            time.sleep(max(0.0, self._begins - time.monotonic()))
            page = Page(self._ask("GET", f"/reading/case/{self._case}/"))
            ahead = self._look(page)
            while (form := page.forms.get("agree")) and (due := self._due()) < self._ends:
                time.sleep(max(0.0, due - time.monotonic()))
                began = time.perf_counter()
                text = self._ask("POST", form.action, form.fields | {"verdict": "agree_all"}, ahead=page.next)
                self.tally.verdict_ms.append(1000 * (time.perf_counter() - began))
                page = ahead if ahead and self._is_told else Page(text)
                ahead = self._look(page)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.tally.errors.append(f"{type(error).__name__}: {error}")
        finally:
            self._connection.close()

    def _due(self) -> float:
        """When the next verdict is given: in steps of the pause from this reader's own beginning.

        Counted from when the first pictures came, the readers who began together would give all their verdicts in one second.
        """
        since = max(0.0, time.monotonic() - self._begins)
        return self._begins + self._pause_s * (since // self._pause_s + 1)

    def _look(self, page: Page) -> Page | None:
        """Fetches ahead: the next case's page, and each picture once, as a browser that caches does."""
        ahead = Page(self._ask("GET", page.next)) if page.next else None
        for url in page.pictures_ahead():
            if url not in self._fetched:
                self._fetched.add(url)
                began = time.perf_counter()
                self._ask("GET", url, quiet=True)
                self.tally.picture_ms.append(1000 * (time.perf_counter() - began))
        return ahead

    def _ask(
        self, method: str, url: str, fields: dict[str, str] | None = None, *, ahead: str = "", quiet: bool = False
    ) -> str:
        headers = {"Cookie": self._cookie, "Accept-Encoding": "gzip", "HX-Request": "true"}
        body = None
        if fields is not None:
            token = fields.get("csrfmiddlewaretoken", "")
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token}
            body = urlencode(fields)
        if ahead:
            headers["X-Ahead"] = ahead
        answer = self._send(method, url, body, headers)
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie" and value.startswith("csrftoken="):
                self._cookie = f"{self._cookie.split('; csrftoken')[0]}; {value.split(';')[0]}"
        self._is_told = answer.getheader("X-Ahead") is not None
        data = answer.read()
        self.tally.bytes += len(data)
        if answer.status != 200:
            raise ValueError(f"{method} {url} was answered with {answer.status}")
        return "" if quiet else data.decode()

    def _send(self, method: str, url: str, body: str | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        """Sends a request; once more, as browsers do, where the server had closed the idle connection meanwhile."""
        try:
            self._connection.request(method, url, body=body, headers=headers)
            return self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()
            self.tally.reconnected += 1
            self._connection.request(method, url, body=body, headers=headers)
            return self._connection.getresponse()


def read_at_once(
    address: str, readers: dict[str, int], *, seconds: float, pause_s: float = 5.0, seed: int = 1
) -> Tally:
    """Lets all ``readers`` (session cookie → first case) read for ``seconds``; they begin spread over one pause."""
    rng = random.Random(seed)
    now = time.monotonic() + 0.5
    crowd = [
        Reader(address, cookie, case, begins=now + rng.uniform(0, pause_s), ends=now + seconds, pause_s=pause_s)
        for cookie, case in readers.items()
    ]
    for reader in crowd:
        reader.start()
    whole = Tally()
    for reader in crowd:
        reader.join(timeout=seconds + 2 * TIMEOUT_S)
        whole.verdict_ms += reader.tally.verdict_ms
        whole.picture_ms += reader.tally.picture_ms
        whole.bytes += reader.tally.bytes
        whole.reconnected += reader.tally.reconnected
        whole.errors += reader.tally.errors if not reader.is_alive() else ["a reader did not come to an end"]
    return whole
