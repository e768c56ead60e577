"""Locks on files that vanish with the process that holds them, and waiting for a thing to become true."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


class LockedError(Exception):
    """Somebody else holds the lock."""


@contextlib.contextmanager
def locked(path: Path, kind: int, patience_s: float) -> Iterator[None]:
    """Hold the lock (`kind`: LOCK_SH or LOCK_EX) for the length of a block. Raises LockedError as `take_lock` does."""
    lock = take_lock(path, kind, patience_s)
    try:
        yield
    finally:
        os.close(lock)


def take_lock(path: Path, kind: int, patience_s: float) -> int:
    """A file descriptor that holds the lock until it is closed; programs started later do not inherit it.

    Raises LockedError, which names the file, when somebody else keeps it for longer than `patience_s` seconds.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def taken() -> bool:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    if wait_until(taken, patience_s):
        return lock
    os.close(lock)
    raise LockedError(
        f"Another process has held {path} for {patience_s:.0f} s; wait until it has started or stopped the database, "
        f"or end it."
    )


def wait_until(condition: Callable[[], bool], patience_s: float) -> bool:
    """Whether the condition has come true within `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    pause = 0.005
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    return True
