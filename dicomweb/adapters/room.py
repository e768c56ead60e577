"""Room for decoded pixels in a process that answers requests: so many bytes at once, whoever waits for more."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MAX_FRAME = 128 * 1024**2  # bytes of one decoded frame: four times a large film
AT_ONCE = 256 * 1024**2  # bytes of decoded frames; decoding and drawing need about four times as many
WAITS_S = 20.0  # for those who came before


class NoRoomError(Exception):
    """Others are being decoded for too long already; the text is a sentence."""


class Room:
    """So many bytes, lent to threads."""

    def __init__(self, size: int) -> None:
        self._size = self._free = size
        self._changed = threading.Condition()

    @contextmanager
    def lent(self, size: int, seconds: float = WAITS_S) -> Iterator[None]:
        """Waits until so many bytes are free, all for what would take more, and holds them. Raises NoRoomError after
        ``seconds``.
        """
        size = min(size, self._size)
        with self._changed:
            if not self._changed.wait_for(lambda: self._free >= size, seconds):
                raise NoRoomError("Large pictures are being decoded for others; ask again in a minute.")
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()


room = Room(AT_ONCE)
