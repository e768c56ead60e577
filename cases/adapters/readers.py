"""Files in, decoded and kept: in processes of their own, so that a decoder that dies takes one file with it."""

import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from cases.adapters.decoding import Known, Order, decode, read_source
from cases.adapters.storage import DERIVED, ORIGINALS, keep
from cases.contribution import ImageFacts, Problem, SourceFile

PROCESSES = 2
IN_PLACE = 6  # so few files are decoded here: a process takes longer to start
SECONDS_PER_FILE = 300.0
_ROOT = Path(__file__).resolve().parents[2]
Answer = ImageFacts | Known | Problem


@dataclass(frozen=True)
class ReadFile:
    """One file with its picture's digests; its original and what was derived are in the storage."""

    source: SourceFile
    answer: Answer
    preview_sha256: str = ""
    thumbnail_sha256: str = ""


def read_files(
    files: Sequence[SourceFile], *, modalities: Sequence[str], site_code: str, known: frozenset[str]
) -> Iterator[ReadFile]:
    """Every file in order, decoded and kept; ``known`` holds ``known_key`` of what the site has, not decoded again."""
    orders = [Order(source, tuple(modalities), site_code) for source in files]
    if len(orders) <= IN_PLACE:
        for order in orders:
            answer, data = decode(order, known)
            yield _kept(order.source, answer, data)
        return
    with _Processes(min(PROCESSES, len(orders)), known) as processes:
        for order, (answer, data) in processes.answers(orders):
            yield _kept(order.source, answer, data)


def _kept(source: SourceFile, answer: Answer, data: bytes) -> ReadFile:
    if not isinstance(answer, ImageFacts):
        return ReadFile(source, answer)
    keep(ORIGINALS, data or read_source(source), answer.sha256)
    preview, thumbnail = keep(DERIVED, answer.preview), keep(DERIVED, answer.thumbnail)
    return ReadFile(source, replace(answer, preview=b"", thumbnail=b""), preview, thumbnail)


@dataclass
class _Process:
    """A decoding process, started when it is first asked, started anew after it died."""

    known: frozenset[str]
    process: "subprocess.Popen[bytes] | None" = None

    def ask(self, order: Order) -> tuple[Answer, bytes]:
        process = self._running()
        timer = threading.Timer(SECONDS_PER_FILE, process.kill)
        timer.start()
        try:
            _send(process.stdin, order)
            answer: tuple[Answer, bytes] = pickle.load(_pipe(process.stdout))  # noqa: S301 - our own process
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self.stop()
            message = "The decoder gave up on this file: it crashed, or took too long or too much memory."
            return Problem("decoder_died", order.source.name, message), b""
        finally:
            timer.cancel()
        return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cases.adapters.decoding_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
            )
            _send(self.process.stdin, self.known)
        return self.process

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - it was asked for
    return pipe


def _send(pipe: IO[bytes] | None, message: object) -> None:
    pickle.dump(message, _pipe(pipe), protocol=pickle.HIGHEST_PROTOCOL)
    _pipe(pipe).flush()


@dataclass
class _Processes:
    """A few decoding processes, each fed by a thread, answering in the order of the files."""

    count: int
    known: frozenset[str]
    _idle: "SimpleQueue[_Process]" = field(default_factory=SimpleQueue)
    _all: list[_Process] = field(default_factory=list)

    def __enter__(self) -> "_Processes":
        for _ in range(self.count):
            process = _Process(self.known)
            self._all.append(process)
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(self.count)
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in self._all:
            process.stop()

    def answers(self, orders: Sequence[Order]) -> Iterator[tuple[Order, tuple[Answer, bytes]]]:
        ahead = 4 * self.count  # files decoded before they are asked for; bounds the memory
        waiting: deque[tuple[Order, Future[tuple[Answer, bytes]]]] = deque()
        for order in orders:
            waiting.append((order, self._threads.submit(self._ask, order)))
            if len(waiting) >= ahead:
                first, answer = waiting.popleft()
                yield first, answer.result()
        for later, answer in waiting:
            yield later, answer.result()

    def _ask(self, order: Order) -> tuple[Answer, bytes]:
        process = self._idle.get()
        try:
            return process.ask(order)
        finally:
            self._idle.put(process)
