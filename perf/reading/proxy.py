"""A slow line on this machine: a TCP proxy on loopback with a rate and a delay, each way, shared by all connections.

The browser's own throttling does not reach every worker's requests; a proxy slows whatever asks.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

PIECE = 16 * 1024


@dataclass(frozen=True)
class Line:
    """A line's rate each way, and its round trip (half of it each way). ``mbit`` 0 is as fast as it goes."""

    mbit: float
    round_trip_ms: float = 0.0

    @property
    def words(self) -> str:
        return f"{self.mbit:g} Mbit/s and {self.round_trip_ms:g} ms"


class Direction:
    """One way of the line: pieces leave one after another at its rate, and arrive a delay later."""

    def __init__(self, line: Line) -> None:
        self._seconds_a_byte = 8 / (line.mbit * 1e6) if line.mbit else 0.0
        self._delay = line.round_trip_ms / 2000
        self._free_at = 0.0

    def arrival(self, size: int, now: float) -> float:
        """When a piece of ``size`` bytes that is sent ``now`` has arrived; the line is busy until it has left."""
        self._free_at = max(self._free_at, now) + size * self._seconds_a_byte
        return self._free_at + self._delay


class SlowLine:
    """The proxy, in an event loop of its own thread."""

    def __init__(self, address: str, line: Line) -> None:
        parts = urlsplit(address)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._up, self._down = Direction(line), Direction(line)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved_at = time.monotonic()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @contextmanager
    def opened(self) -> Iterator[str]:
        """Listens on a free port; the address to use in place of the server's."""
        self._thread.start()
        serving = asyncio.start_server(self._carry, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            asyncio.run_coroutine_threadsafe(self._close(server), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)

    def wait_until_quiet(self, seconds: float = 0.7, patience_s: float = 120.0) -> None:
        """Returns once nothing has moved for so long: what is fetched ahead has arrived. Raises TimeoutError."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() - self._moved_at < seconds:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The line was not quiet within {patience_s:.0f} s.")
            time.sleep(0.05)

    async def _close(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a server's callback runs in one
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):  # the line is closed, or nobody answers
            there_reader, there_writer = await asyncio.open_connection(*self._target)
            there, back = self._pass_on(reader, there_writer, self._up), self._pass_on(there_reader, writer, self._down)
            await asyncio.gather(there, back)
        writer.close()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: Direction) -> None:
        """What comes in goes out at the line's pace; at most some pieces are on their way, so that nothing piles up."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)
        sending = asyncio.create_task(self._deliver(under_way, sink))
        try:
            while piece := await source.read(PIECE):
                self._moved_at = time.monotonic()
                await under_way.put((way.arrival(len(piece), self._loop.time()), piece))
                await self._not_too_far(way)
        except ConnectionError:
            pass  # the browser closes connections it no longer wants
        finally:
            await under_way.put((0.0, b""))
            await sending

    async def _not_too_far(self, way: Direction) -> None:
        """Waits while the line is booked ahead, so that connections take turns."""
        ahead = way.arrival(0, self._loop.time()) - self._loop.time() - way._delay
        if ahead > 0.02:
            await asyncio.sleep(ahead - 0.01)

    async def _deliver(self, under_way: "asyncio.Queue[tuple[float, bytes]]", sink: asyncio.StreamWriter) -> None:
        try:
            while (parcel := await under_way.get())[1]:
                await asyncio.sleep(max(0.0, parcel[0] - self._loop.time()))
                sink.write(parcel[1])
                await sink.drain()
        except ConnectionError:
            while (await under_way.get())[1]:  # nobody listens any more: what still comes is dropped
                pass
        finally:
            sink.close()
