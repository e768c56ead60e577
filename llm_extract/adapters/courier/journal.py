"""The courier's journal: requests on disk before they are sent, answers before anybody is told of them, and a lock.

A journal is the file it is named by and, once that is full, numbered ones beside it. The first carries the lock, which a
worker takes and its courier inherits: it is held without a gap from before the courier starts until it has ended, however
it ends. A request in a journal that nobody writes any more, without its answer, is lost and may have been paid for. What
is written survives the death of every process, not the loss of power in the seconds before it.
"""

import contextlib
import fcntl
import json
import os
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import DomainError
from llm_extract.adapters.courier.lines import answer_in, attempt_in, refused_line, sent_line
from llm_extract.asking.protocol import Answer, Fault, LostRequest

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
        # Full segments by number, with how many answers there were at their end.
        self._full: deque[tuple[int, int]] = deque()
        self._on_their_way: defaultdict[str, list[int]] = defaultdict(list)  # the segments their lines are in
        self._open_in: Counter[int] = Counter()

    def append(self, lines: bytes, keys: Sequence[str]) -> None:
        """Writes the answers of these questions, whole lines or none. Raises OSError when the disk takes no more."""
        self._write(lines)
        self._written += len(keys)
        for key in keys:
            self._over(key)

    def sending(self, key: str, attempt: LostRequest) -> None:
        """Writes down that a request leaves now. Raises OSError when the disk takes no more: it must not be sent then."""
        self._write(sent_line(key, attempt))
        self._on_their_way[key].append(self._number)
        self._open_in[self._number] += 1

    def refused(self, key: str) -> None:
        """Writes down that the last request for a question came to nothing, and will be made again."""
        self._write(refused_line(key))
        self._over(key)

    def _over(self, key: str) -> None:
        if key in self._on_their_way:
            self._open_in[self._on_their_way[key].pop()] -= 1
            if not self._on_their_way[key]:
                del self._on_their_way[key]

    def _write(self, lines: bytes) -> None:
        if self._size >= self._segment_bytes:
            self._next_segment()
        try:
            write_all(self._file, lines)
        except OSError:
            os.ftruncate(self._file, self._size)  # no half line for the next to be glued to
            raise
        self._size += len(lines)

    def stored(self, count: int) -> None:
        """The first `count` answers written here are in the database: full segments of them go.

        One that has the line of a request still on its way stays until that is answered.
        """
        while self._full and self._full[0][1] <= count and not self._open_in[self._full[0][0]]:
            number, _ = self._full.popleft()
            path = _segment(self._path, number)
            if path == self._path:  # it carries the lock, so it stays, empty
                os.truncate(path, 0)
            else:
                path.unlink(missing_ok=True)

    def _next_segment(self) -> None:
        self._full.append((self._number, self._written))
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

    Requests of which nothing more was heard come last, as lost connections that say what they may have cost.
    Waits for a courier that is still at work, by default a little longer than one attempt may take, and raises
    CourierBusyError when it takes longer. Store the answers, then call `forget`. A line torn by a full disk or a lost
    power supply is passed over.
    """
    if not journal_path.exists():
        return
    with _holding(journal_path, _patience(journal_path) if patience_seconds is None else patience_seconds):
        yield from _with_worst_case(journal_path)
        for key, lost in lost_in(journal_path).items():
            yield Answer(key, "", Fault.CONNECTION, lost=tuple(lost))


def forget(journal_path: Path) -> None:
    """Removes a journal whose answers are stored. Raises CourierBusyError while a courier still writes it."""
    if not journal_path.exists():
        return
    with _holding(journal_path, patience_seconds=0.0):
        for path in reversed(segments(journal_path)):  # the one with the lock goes last
            path.unlink(missing_ok=True)


def answers_in(journal_path: Path) -> Iterator[Answer]:
    """The answers as far as they are written, without a look at the lock."""
    for record in _records(journal_path):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            if "key" in record:
                yield answer_in(record)


def _with_worst_case(journal_path: Path) -> Iterator[Answer]:
    """The answers, those that the server counted no tokens of with what the request took at most."""
    on_their_way: dict[str, tuple[int, int]] = {}
    for record in _records(journal_path):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            if "sent" in record:
                attempt = attempt_in(record)
                on_their_way[record["sent"]] = (attempt.input_tokens, attempt.output_tokens)
            elif "key" in record:
                answer, most = answer_in(record), on_their_way.pop(record["key"], None)
                yield answer if answer.usage or answer.lost else replace(answer, most=most)


def lost_in(journal_path: Path) -> dict[str, list[LostRequest]]:
    """The requests, by their question, that were sent and have no answer, as far as is written, without a look at the lock."""
    open_ones: defaultdict[str, list[LostRequest]] = defaultdict(list)
    for record in _records(journal_path):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            if "sent" in record:
                open_ones[record["sent"]].append(attempt_in(record))
            elif (key := str(record.get("key") or record.get("refused"))) in open_ones:
                open_ones[key].pop()
                if not open_ones[key]:
                    del open_ones[key]
    return open_ones


def segments(journal_path: Path) -> list[Path]:
    """The files of a journal, oldest first."""
    beside = journal_path.parent.glob(f"{journal_path.name}*")
    return sorted(
        (one for one in beside if _number_of(journal_path, one) >= 0), key=lambda one: _number_of(journal_path, one)
    )


def _records(journal_path: Path) -> Iterator[dict[str, Any]]:
    for path in segments(journal_path):
        with path.open("rb") as lines:
            for line in lines:
                with contextlib.suppress(ValueError):
                    record = json.loads(line)
                    if isinstance(record, dict):
                        yield record


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
