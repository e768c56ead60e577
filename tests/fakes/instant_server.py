"""The cheapest OpenAI-compatible server there can be: one answer, made once, to whatever is asked; for measuring clients.

    python -m tests.fakes.instant_server --text '{"findings": []}'

prints its URL and answers until its input ends. It reads no body, only how long it is, so that what is left of a machine
is its client's. HTTP/1.1 with keep-alive; for anything that must fail or differ
there is `llm_server`.
"""

import argparse
import asyncio
import contextlib
import gc
import sys

from tests.fakes.llm_replies import said

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # a TCP server's transports write

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        while (end := end_of_request(received)) is not None and end <= len(received):
            received = received[end:]
            if self._transport:
                self._transport.write(self._reply)
        self._received = received


def end_of_request(received: bytes) -> int | None:
    """Where the first request ends; None where its head is not whole yet."""
    head_end = received.find(HEAD_END)
    if head_end < 0:
        return None
    head = received[:head_end].lower()
    place = head.find(LENGTH)
    if place < 0:
        return head_end + len(HEAD_END)
    line_end = head.find(b"\r", place)
    length = head[place + len(LENGTH) : line_end if line_end >= 0 else None]
    return head_end + len(HEAD_END) + int(length)


def whole_reply(text: str) -> bytes:
    """A completion that says the text, as the bytes of a response."""
    payload = said(text).payload()
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-length: {len(payload)}\r\ncontent-type: application/json\r\nx-request-id: req_fake"
    )
    return head.encode() + HEAD_END + payload


async def _serve(reply: bytes, port: int) -> None:
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Line(reply), "127.0.0.1", port, backlog=512)
    sys.stdout.write(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1\n")
    sys.stdout.flush()
    gc.freeze()
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Gives one answer at once to everything, on loopback, until its input ends."
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--text", default="{}", help="the answer to everything")
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(whole_reply(arguments.text), arguments.port))


if __name__ == "__main__":
    main()
