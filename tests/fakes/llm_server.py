"""A scripted OpenAI-compatible server on loopback: fast, exact about what it sent, and able to fail in every known way.

    with LlmServer(answer=lambda body: {"finding": "effusion"}) as server:
        ServerSettings(base_url=server.base_url, model="fake")

`answer` gets the body of a chat request and gives the model's text, a dict (sent as JSON text) or a whole `Reply`; a
`Reply` in its place is sent to everybody unread. Replies in `script` are sent first, one per chat request. As a process:
`python -m tests.fakes.llm_server` prints its URL and answers until its input ends.
"""

import argparse
import asyncio
import contextlib
import hashlib
import importlib
import json
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tests.fakes.llm_batches import BatchRoom
from tests.fakes.llm_replies import Reply, error, said

Answer = Callable[[dict[str, Any]], Mapping[str, Any] | str | Reply]
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass
class Request:
    """One request as it came. `is_answered` once every byte of the reply is with the operating system."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes = field(repr=False)
    query: str = ""
    is_answered: bool = False

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.raw)


class LlmServer:
    """The server in a thread of its own, for the length of a `with`."""

    def __init__(
        self,
        answer: Answer | Reply = said("{}"),  # noqa: B008 - a frozen value
        *,
        script: Iterable[Reply] = (),
        delay_seconds: float = 0.0,
        is_recording: bool = True,
        models: Iterable[str] = ("fake-model",),
    ) -> None:
        self.answer = answer
        self.script = deque(script)
        self.delay_seconds = delay_seconds
        self.is_recording = is_recording
        self.models = tuple(models)
        self.requests: list[Request] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.batches = BatchRoom(self._reply_to)
        self.port = 0
        self.lines: set[asyncio.BaseTransport] = set()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.root_url}/v1"

    @property
    def chats(self) -> list[Request]:
        """The chat requests, in the order they came."""
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

    @property
    def answered(self) -> Counter[str]:
        """How often a request of each digest got its whole answer."""
        if self._loop.is_running():  # what it is in the middle of writing down comes first
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop).result(10)
        return Counter(request.digest for request in self.chats if request.is_answered)

    async def start(self, port: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Line(self), "127.0.0.1", port, backlog=512)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hangs up on everybody."""
        if self._listener:
            self._listener.close()
        for transport in list(self.lines):
            transport.abort()  # type: ignore[attr-defined]  # a TCP server's transports can
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def reply(self, request: Request) -> Reply:
        """What a request gets. A broken `answer` is a 500 that says so."""
        if request.path.endswith("/chat/completions"):
            if self.script:
                return self.script.popleft()
            return self.answer if isinstance(self.answer, Reply) else self._reply_to(request.body)
        if request.path.endswith("/models"):
            entries = [{"id": name, "object": "model", "created": 1, "owned_by": "fake"} for name in self.models]
            return Reply({"object": "list", "data": entries})
        kind = request.headers.get("content-type", "")
        return self.batches.reply(request.method, request.path, kind, request.raw) or error(404, "Not Found")

    def _reply_to(self, body: dict[str, Any]) -> Reply:
        if isinstance(self.answer, Reply):
            return self.answer
        try:
            given = self.answer(body)
        except Exception as problem:  # noqa: BLE001 - a server answers whatever happens to it
            return error(500, f"The test's own answer failed: {problem!r}")
        if isinstance(given, Reply):
            return given
        return said(given if isinstance(given, str) else json.dumps(given), model=body.get("model", "fake-model"))


class _Line(asyncio.Protocol):
    """One connection: HTTP/1.1 with keep-alive, one request at a time."""

    def __init__(self, server: LlmServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._is_busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a TCP server's transports read and write
        self._server.lines.add(transport)

    def connection_lost(self, problem: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._server.lines.discard(self._transport)
        self._leave()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        first, *lines = bytes(self._received[:head_end]).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        end = head_end + 4 + int(headers.get("content-length", "0"))
        if len(self._received) < end:
            return
        method, path, _ = first.split(" ")
        path, _, query = path.partition("?")
        request = Request(method, path, headers, bytes(self._received[head_end + 4 : end]), query)
        del self._received[:end]
        self._take(request)

    def _take(self, request: Request) -> None:
        server = self._server
        self._is_busy = True
        server.in_flight += 1
        server.most_in_flight = max(server.most_in_flight, server.in_flight)
        if server.is_recording:
            server.requests.append(request)
        reply = server.reply(request)
        delay = reply.delay_seconds + server.delay_seconds
        if delay:
            self._timer = asyncio.get_running_loop().call_later(delay, self._send, request, reply)
        else:
            self._send(request, reply)

    def _send(self, request: Request, reply: Reply) -> None:
        transport = self._transport
        self._leave()
        if transport is None or transport.is_closing():
            return
        if reply.is_dropped:
            transport.abort()
            return
        payload = reply.payload()
        headers = {"content-type": "application/json", "x-request-id": "req_fake"} | dict(reply.headers)
        lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Said')}", f"content-length: {len(payload)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        transport.write(head + (payload[: len(payload) // 2] if reply.is_cut else payload))
        if reply.is_cut:
            transport.close()
        else:
            request.is_answered = transport.get_write_buffer_size() == 0 and not transport.is_closing()

    def _leave(self) -> None:
        if self._is_busy:
            self._is_busy = False
            self._server.in_flight -= 1


async def _serve(server: LlmServer, port: int) -> None:
    await server.start(port)
    sys.stdout.write(f"{server.base_url}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers chat requests on loopback until its input ends.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--text", default="{}", help="the answer to everything")
    parser.add_argument("--answer", help="module:function that answers instead")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    arguments = parser.parse_args()
    answer: Answer | Reply = said(arguments.text)
    if arguments.answer:
        module, _, name = arguments.answer.partition(":")
        answer = getattr(importlib.import_module(module), name)
    elif isinstance(answer, Reply):
        answer = Reply(answer.payload())  # encoded once
    server = LlmServer(answer, delay_seconds=arguments.delay, is_recording=False)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(server, arguments.port))


if __name__ == "__main__":
    main()
