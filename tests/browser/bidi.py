"""A small client of WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), the protocol that browsers have in common."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 60.0  # a busy machine is no bug
Listener = Callable[[dict[str, Any]], None]


class BidiError(Exception):
    """What the browser refused: its word for it, and what it said besides."""


class Connection(AbstractContextManager["Connection"]):
    """One line to the browser: commands are answered in turn, events reach their listeners while somebody waits."""

    def __init__(self, address: str) -> None:
        self._opening = connect(address, max_size=None, open_timeout=PATIENCE_S, proxy=None)
        self._listeners: dict[str, list[Listener]] = {}
        self._numbers = itertools.count(1)
        self._socket: ClientConnection

    def __enter__(self) -> Self:
        self._socket = self._opening.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opening.__exit__(kind, error, trace)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a command. Raises BidiError where the browser refuses it, TimeoutError where it says nothing."""
        number = self.send(method, **params)
        until = time.monotonic() + PATIENCE_S
        while True:
            message = json.loads(self._socket.recv(timeout=max(0.0, until - time.monotonic())))
            if message["type"] == "event":
                self._tell(message)
            elif message["id"] == number:
                return _result(method, message)

    def send(self, method: str, **params: Any) -> int:
        """Sends a command whose answer nobody waits for; its number."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        return number

    @contextmanager
    def listening(self, event: str, listener: Listener) -> Iterator[None]:
        """While this lasts, ``listener`` is called with the params of each such event that comes before an answer."""
        if event not in self._listeners:
            self.call("session.subscribe", events=[event])
        listeners = self._listeners.setdefault(event, [])
        listeners.append(listener)
        try:
            yield
        finally:
            listeners.remove(listener)

    def _tell(self, message: dict[str, Any]) -> None:
        for listener in list(self._listeners.get(message["method"], ())):
            listener(message["params"])


def _result(method: str, message: dict[str, Any]) -> dict[str, Any]:
    if message["type"] == "error":
        raise BidiError(f"{method}: {message['error']}: {message['message']}")
    return dict(message["result"])
