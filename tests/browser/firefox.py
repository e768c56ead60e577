"""A real Firefox as it is installed, driven by WebDriver BiDi: one process, a person's own cookies for each context."""

import base64
import io
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from tests.browser.bidi import BidiError, Connection

PATIENCE_S = 30.0
END_PATIENCE_S = 20.0
# Names of keys as the page sees them, and the characters that stand for them in WebDriver (§17.4.2, normalised keys).
KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008", "Tab": "\ue004", "Delete": "\ue017", "Space": " ",
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip
# Runs in every page before its own scripts: what breaks the security policy is said aloud, as Chromium's console does.
SAY_VIOLATIONS = """() => document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`Content Security Policy: ${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}`))"""

IS_SEEN = """(selector, text) => [...document.querySelectorAll(selector)].some((one) =>
    (one.checkVisibility() || getComputedStyle(one).display === "contents")
    && one.textContent.replace(/\\s+/g, " ").includes(text))"""


@contextmanager
def running_firefox(path: str, profile: Path) -> Iterator["Firefox"]:
    """A Firefox with an empty profile, ended afterwards."""
    command = [path, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        with Connection(f"{_address(process)}/session") as connection:
            yield Firefox(connection)
            connection.call("browser.close")
        process.wait(END_PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    """Where it listens, as it says itself. Its later words are of no interest, and few enough for the pipe."""
    said = []
    for line in process.stderr or ():
        said.append(line)
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
            return found[1]
    raise RuntimeError(f"Firefox did not start: {''.join(said)}")


class Firefox:
    """The running browser."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        connection.call("session.new", capabilities={})
        connection.call("script.addPreloadScript", functionDeclaration=SAY_VIOLATIONS)

    @contextmanager
    def new_page(self, base_url: str, *, width: int, height: int) -> Iterator["Page"]:
        """A page of a person's own: nobody else's cookies or storage."""
        person = self.connection.call("browser.createUserContext")["userContext"]
        context = self.connection.call("browsingContext.create", type="tab", userContext=person)["context"]
        page = Page(self.connection, context, person, base_url)
        with ExitStack() as stack:
            stack.callback(self.connection.call, "browser.removeUserContext", userContext=person)
            stack.enter_context(self.connection.listening("log.entryAdded", page.hear_log))
            stack.enter_context(self.connection.listening("network.responseCompleted", page.hear_answer))
            page.show_at(width, height)
            yield page


class Page:
    """One page, and what is heard of it: errors, violations of the policy and refused requests are ``complaints``."""

    def __init__(self, connection: Connection, context: str, person: str, base_url: str) -> None:
        self._connection, self._context, self._person, self._base_url = connection, context, person, base_url
        self.complaints: list[str] = []

    def hear_log(self, entry: dict[str, Any]) -> None:
        if entry["level"] == "error" and entry["source"].get("context") == self._context:
            self.complaints.append(f"{entry['type']}: {entry['text']}")

    def hear_answer(self, event: dict[str, Any]) -> None:
        status = event["response"]["status"]
        if status >= 400 and event["context"] == self._context:
            self.complaints.append(f"status of {status}: {event['request']['method']} {event['request']['url']}")

    def goto(self, path: str) -> None:
        self._call("browsingContext.navigate", url=self._base_url + path, wait="complete")

    def show_at(self, width: int, height: int, scale: float = 1) -> None:
        """In a window of this size in CSS pixels, on a display of this scale."""
        self._call("browsingContext.setViewport", viewport={"width": width, "height": height}, devicePixelRatio=scale)

    def set_cookie(self, name: str, value: str) -> None:
        host = re.sub(r"^https?://|[:/].*$", "", self._base_url)
        cookie = {"name": name, "value": {"type": "string", "value": value}, "domain": host, "path": "/"}
        partition = {"type": "storageKey", "userContext": self._person}
        self._connection.call("storage.setCookie", cookie=cookie, partition=partition)

    def evaluate(self, function: str, *args: Any) -> Any:
        """What the function of the page says to these arguments, both as JSON; a promise is awaited."""
        declaration = f"async (text) => JSON.stringify((await ({function})(...JSON.parse(text))) ?? null)"
        answer = self._connection.call(
            "script.callFunction",
            functionDeclaration=declaration,
            arguments=[{"type": "string", "value": json.dumps(args)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def wait_until(self, function: str, *args: Any) -> Any:
        """What the function says as soon as that is something; a page that goes away meanwhile is asked anew."""
        until = time.monotonic() + PATIENCE_S
        said: Any = None
        while time.monotonic() < until:
            try:
                if said := self.evaluate(function, *args):
                    return said
            except BidiError as error:
                said = error
            time.sleep(0.03)
        raise TimeoutError(f"{function} {args} still says {said!r}; the page: {self.text('body')}")

    def wait_for(self, selector: str, text: str = "") -> None:
        """Until such an element is seen, with these words in it; one without a box of its own counts as seen."""
        self.wait_until(IS_SEEN, selector, text)

    def text(self, selector: str) -> str:
        return str(self.evaluate("(selector) => document.querySelector(selector)?.innerText ?? ''", selector))

    def box(self, selector: str) -> dict[str, float]:
        """The element's place in the viewport: x, y, width, height."""
        return dict(self.evaluate("(selector) => document.querySelector(selector).getBoundingClientRect()", selector))

    def frame(self) -> None:
        """Until what was asked for is drawn."""
        self.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    # ---- Keys and pointer ----------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Each key down and up again: "1", "Enter", "Shift+N"."""
        for key in keys:
            held = [KEYS.get(name, name) for name in re.split(r"(?<=.)\+", key)]
            self._key_actions([("keyDown", name) for name in held] + [("keyUp", name) for name in reversed(held)])

    def type(self, text: str) -> None:
        self._key_actions([(kind, character) for character in text for kind in ("keyDown", "keyUp")])

    def click(self, selector: str) -> None:
        box = self.box(selector)
        self.drag((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))

    def drag(self, *points: tuple[float, float]) -> None:
        """The pointer down at the first point, over the others, and up at the last."""
        self._act(_stroke("mouse", "mouse", points))

    def touch(self, *fingers: Sequence[tuple[float, float]]) -> None:
        """Each finger down at its first point, all together over the others, and up at the last; as many points each."""
        self._act(*(_stroke("touch", f"finger {number}", points) for number, points in enumerate(fingers)))

    def move(self, x: float, y: float) -> None:
        step = {"type": "pointerMove", "x": round(x), "y": round(y)}
        self._act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [step]})

    def wheel(self, x: float, y: float, delta: int) -> None:
        turn = {"type": "scroll", "x": round(x), "y": round(y), "deltaX": 0, "deltaY": delta}
        self._act({"type": "wheel", "id": "wheel", "actions": [turn]})

    def _key_actions(self, keys: list[tuple[str, str]]) -> None:
        self._act({"type": "key", "id": "keyboard", "actions": [{"type": kind, "value": key} for kind, key in keys]})

    def _act(self, *sources: dict[str, Any]) -> None:
        self._call("input.performActions", actions=list(sources))

    # ---- What is seen --------------------------------------------------------------------------------------------------

    def screenshot(self, selector: str = "") -> np.ndarray:
        """What the browser paints, in the viewport or of one element, H×W×3."""
        clip = {}
        if selector:
            clip["clip"] = {"type": "box", **{side: self.box(selector)[side] for side in ("x", "y", "width", "height")}}
        data = self._call("browsingContext.captureScreenshot", **clip)["data"]
        return np.asarray(Pillow.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))

    # ---- The line ------------------------------------------------------------------------------------------------------

    @contextmanager
    def losing_answers(self, is_lost: Callable[[dict[str, Any]], bool]) -> Iterator[None]:
        """While this lasts, the answers to requests of which ``is_lost`` says so never arrive; the server has sent them."""

        def decide(event: dict[str, Any]) -> None:
            if event["isBlocked"] and event["context"] == self._context:
                verb = "network.failRequest" if is_lost(event["request"]) else "network.continueResponse"
                self._connection.send(verb, request=event["request"]["request"])

        with self._connection.listening("network.responseStarted", decide):
            phases = {"phases": ["responseStarted"], "contexts": [self._context]}
            intercept = self._connection.call("network.addIntercept", **phases)["intercept"]
            yield
            self._connection.call("network.removeIntercept", intercept=intercept)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._connection.call(method, context=self._context, **params)


def _stroke(kind: str, name: str, points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """A mouse or a finger down at the first point, over the others, and up at the last."""
    first, *others = ({"type": "pointerMove", "x": round(x), "y": round(y), "duration": 20} for x, y in points)
    actions = [first, {"type": "pointerDown", "button": 0}, *others, {"type": "pointerUp", "button": 0}]
    return {"type": "pointer", "id": name, "parameters": {"pointerType": kind}, "actions": actions}
