"""The courier's journal: answers on disk before anybody is told of them, and a lock that says whether it still writes.

A journal is the file it is named by and, once that is full, numbered ones beside it. The first carries the lock, which a
worker takes and its courier inherits: it is held without a gap from before the courier starts until it has ended, however
it ends. What is written survives the death of every process, not the loss of power in the seconds before it.
"""

import fcntl
import json
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import DomainError
from llm_extract.adapters.courier.lines import answer_in
from llm_extract.asking.protocol import Answer

SEGMENT_BYTES = 8 * 2**20
POLL_SECONDS = 0.05
LONGEST_HEAD = 40  # bytes; no answer is that short
# A courier whose worker is gone sends nothing new, so it ends within one attempt's time.
PATIENCE_BEYOND_TIMEOUT = 20.0
DEFAULT_PATIENCE = 300.0


class CourierBusyError(DomainError):
    """A courier still writes this journal."""


class Journal:
    """The writing end. Its lock is held by whoever made it."""

    def __init__(self, path: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._path = path
        self._segment_bytes = segment_bytes
        self._number = _first_free_number(path)
        self._file = self._open()
        self._size = os.fstat(self._file).st_size
        self._written = 0
        self._full: deque[tuple[Path, int]] = deque()  # full segments, with how many answers there were at their end

    def append(self, lines: bytes, count: int) -> None:
        """Writes whole lines or none. Raises OSError when the disk takes no more."""
        if self._size >= self._segment_bytes:
            self._next_segment()
        try:
            write_all(self._file, lines)
        except OSError:
            os.ftruncate(self._file, self._size)  # no half line for the next to be glued to
            raise
        self._size += len(lines)
        self._written += count

    def stored(self, count: int) -> None:
        """The first `count` answers written here are in the database: full segments of them go."""
        while self._full and self._full[0][1] <= count:
            path, _ = self._full.popleft()
            if path == self._path:  # it carries the lock, so it stays, empty
                os.truncate(path, 0)
            else:
                path.unlink(missing_ok=True)

    def _next_segment(self) -> None:
        self._full.append((_segment(self._path, self._number), self._written))
        os.close(self._file)
        self._number += 1
        self._file, self._size = self._open(), 0

    def _open(self) -> int:
        return os.open(_segment(self._path, self._number), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def lock_journal(path: Path) -> int:
    """The descriptor of the journal's first file, made where it is missing, with the lock on it.

    Raises CourierBusyError while somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise CourierBusyError(
                f"A courier still writes the journal {path.name}: it waits for answers that were asked by a worker "
                "that is gone. It ends by itself; try again in a few minutes."
            ) from None
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # forgotten between opening and locking


def head_line(settings_record: dict[str, Any]) -> bytes:
    """What a journal begins with: how long its courier may still be at work after its worker is gone."""
    return json.dumps({"timeout_seconds": settings_record["timeout_seconds"]}).encode() + b"\n"


def recover(journal_path: Path, patience_seconds: float | None = None) -> Iterator[Answer]:
    """The answers in a journal, oldest first, once its courier has ended; nothing where there is no journal.

    Waits for a courier that is still at work, by default a little longer than one attempt may take, and raises
    CourierBusyError when it takes longer. Store the answers, then call `forget`. A line torn by a full disk or a lost
    power supply is passed over.
    """
    if not journal_path.exists():
        return
    with _holding(journal_path, _patience(journal_path) if patience_seconds is None else patience_seconds):
        yield from answers_in(journal_path)


def forget(journal_path: Path) -> None:
    """Removes a journal whose answers are stored. Raises CourierBusyError while a courier still writes it."""
    if not journal_path.exists():
        return
    with _holding(journal_path, patience_seconds=0.0):
        for path in reversed(segments(journal_path)):  # the one with the lock goes last
            path.unlink(missing_ok=True)


def answers_in(journal_path: Path) -> Iterator[Answer]:
    """The answers as far as they are written, without a look at the lock."""
    for path in segments(journal_path):
        with path.open("rb") as lines:
            for line in lines:
                answer = _answer_of(line)
                if answer is not None:
                    yield answer


def segments(journal_path: Path) -> list[Path]:
    """The files of a journal, oldest first."""
    beside = journal_path.parent.glob(f"{journal_path.name}*")
    return sorted(
        (one for one in beside if _number_of(journal_path, one) >= 0), key=lambda one: _number_of(journal_path, one)
    )


def _answer_of(line: bytes) -> Answer | None:
    try:
        record = json.loads(line)
        return answer_in(record) if isinstance(record, dict) and "key" in record else None
    except (ValueError, TypeError, KeyError):
        return None


def _segment(journal_path: Path, number: int) -> Path:
    return journal_path if number == 0 else journal_path.with_name(f"{journal_path.name}.{number}")


def _first_free_number(journal_path: Path) -> int:
    """A courier writes into files of its own, so that it can remove them without a thought for an earlier one's answers."""
    there = segments(journal_path)
    if there == [journal_path] and journal_path.stat().st_size <= LONGEST_HEAD:
        return 0
    return max((_number_of(journal_path, one) for one in there), default=-1) + 1


def _number_of(journal_path: Path, path: Path) -> int:
    """0 for the first file, -1 for one that is no part of the journal."""
    if path == journal_path:
        return 0
    number = path.name.removeprefix(f"{journal_path.name}.")
    return int(number) if number.isdecimal() else -1


def _patience(journal_path: Path) -> float:
    with journal_path.open("rb") as file:
        try:
            return float(json.loads(file.readline())["timeout_seconds"]) + PATIENCE_BEYOND_TIMEOUT
        except (ValueError, TypeError, KeyError):
            return DEFAULT_PATIENCE


@contextmanager
def _holding(journal_path: Path, patience_seconds: float) -> Iterator[None]:
    """The lock, waited for."""
    until = time.monotonic() + patience_seconds
    while True:
        try:
            descriptor = lock_journal(journal_path)
            break
        except CourierBusyError:
            if time.monotonic() >= until:
                raise
            time.sleep(POLL_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Every byte, however many writes it takes."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
