"""How fast one server is asked: so many at once, so many requests and tokens a minute, slower after it complained."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

BURST = 0.05  # of a minute's allowance that may be spent at once: any minute then stays within the allowance


class Bucket:
    """An allowance per minute, spent in the order of asking; a spender is told how long to wait."""

    def __init__(self, per_minute: float, now: float) -> None:
        self._capacity = max(1.0, per_minute * BURST)
        self._per_second = max(per_minute - self._capacity, per_minute / 2) / 60
        self._left, self._at = self._capacity, now

    def spend(self, amount: float, now: float) -> float:
        """Seconds until `amount` may be used. It is spent already, so that who asks next waits longer."""
        self._left = min(self._capacity, self._left + (now - self._at) * self._per_second)
        self._at = now
        self._left -= amount
        return max(0.0, -self._left / self._per_second)

    def give_back(self, amount: float) -> None:
        """What was spent on an estimate and not used (negative: used beyond it)."""
        self._left = min(self._capacity, self._left + amount)


class Pace:
    """Shared by all questions to one server. `stop` ends every wait, so that nothing new is sent."""

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._most = concurrency
        self._allowed = float(concurrency)
        self._requests = Bucket(requests_per_minute, clock()) if requests_per_minute else None
        self._tokens = Bucket(tokens_per_minute, clock()) if tokens_per_minute else None
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._quiet_until = 0.0
        self._slowed_at = 0.0
        self._stopping = asyncio.Event()

    @property
    def allowed(self) -> int:
        """How many may be in flight now."""
        return max(1, int(self._allowed))

    async def turn(self, tokens: int) -> bool:
        """Waits for a turn to send one request; False when it was told to stop first. `leave` must follow a True."""
        while not self._stopping.is_set() and self._in_flight >= self.allowed:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter
        if self._stopping.is_set():
            return False
        self._in_flight += 1
        wait = self._spend(tokens)
        while wait > 0 and await self.sleep(wait):
            wait = self._quiet_until - self._clock()
        if self._stopping.is_set():
            self.leave()
            return False
        return True

    def _spend(self, tokens: int) -> float:
        now = self._clock()
        waits = [self._quiet_until - now]
        if self._requests:
            waits.append(self._requests.spend(1, now))
        if self._tokens:
            waits.append(self._tokens.spend(tokens, now))
        return max(waits)

    def leave(self, unused_tokens: int = 0) -> None:
        """The request is over; what it did not use of its estimate is there for others."""
        self._in_flight -= 1
        if self._tokens and unused_tokens:
            self._tokens.give_back(unused_tokens)
        self._wake()

    def went_well(self) -> None:
        """Additive increase: one more at once after about as many answers as are in flight."""
        if self._allowed < self._most:
            self._allowed = min(float(self._most), self._allowed + 1 / self._allowed)

    def slow_down(self, sent_at: float, wait_seconds: float | None) -> None:
        """The server complained of a request sent at `sent_at`: half as many, once per wave, and quiet as long as it asked."""
        now = self._clock()
        if wait_seconds:
            self._quiet_until = max(self._quiet_until, now + wait_seconds)
        if sent_at >= self._slowed_at:
            self._allowed, self._slowed_at = max(1.0, self._allowed / 2), now

    async def sleep(self, seconds: float) -> bool:
        """Waits; False at once when told to stop."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False

    def stop(self) -> None:
        """Nothing new is sent from now on."""
        self._stopping.set()
        self._wake()

    def _wake(self) -> None:
        free = len(self._waiting) if self._stopping.is_set() else self.allowed - self._in_flight
        while self._waiting and free > 0:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                free -= 1
