"""Decoding in processes of its own, so that a decoder that dies takes one file with it; they are kept for a while."""

import atexit
import os
import pickle
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import LifoQueue
from typing import IO, Any, TypeVar

from cases.adapters.decoding import Look, Order, Stuck
from cases.adapters.decoding_process import IDLE_S
from cases.contribution import ImageFacts, Problem, ReportRow

SECONDS_PER_FILE = 300.0
KEPT = 2  # idle processes that wait for the next import or reader: starting one takes a second
_ROOT = Path(__file__).resolve().parents[2]
_HURRIED, _UNHURRIED = "cases.adapters.decoding_process", "cases.adapters.unhurried_process"
Answer = ImageFacts | ReportRow | Problem | Stuck
Digests = tuple[str, ...]
T = TypeVar("T")


@dataclass(eq=False)
class _Process:
    """A decoding process, started when it is first asked, started anew after it died. One that is ``unhurried`` leaves
    the processor to everybody else.
    """

    unhurried: bool = False
    process: "subprocess.Popen[bytes] | None" = None
    last_asked: float = 0.0

    def decode(self, order: Order) -> Answer:
        """The process's answer; a Problem in its place when it died of the file."""
        answer: Answer | None = self.ask(order)
        message = "The decoder gave up on this file: it crashed, or took too long or too much memory."
        return answer or Problem("decoder_died", order.source.name, message)

    def digests(self, look: Look) -> Digests:
        """The digest of each file, "" where there is none to be had."""
        answer: Digests | None = self.ask(look)
        return answer or ("",) * len(look.sources)

    def ask(self, asked: Order | Look) -> Any:
        """The process's answer, or None when it died of it; the next one that is asked finds a new process."""
        process = self.start()
        try:
            _send(process.stdin, asked)
            if not _answers_within(_pipe(process.stdout), SECONDS_PER_FILE):
                process.kill()
            return pickle.load(_pipe(process.stdout))  # noqa: S301 - our own process
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self.stop()
            return None
        finally:
            self.last_asked = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether it is certain not to end by itself before it gets another order."""
        return self.process is not None and time.monotonic() - self.last_asked < IDLE_S / 2

    def start(self) -> "subprocess.Popen[bytes]":
        """The process, running: it reads what it needs while its first order is still being written."""
        if not self.is_fresh:  # none yet, or one that was not asked for so long that it may have ended by itself
            self.stop()
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-m", _UNHURRIED if self.unhurried else _HURRIED],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
            )
            self.last_asked = time.monotonic()
        return self.process

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - it was asked for
    return pipe


def _answers_within(pipe: IO[bytes], seconds: float) -> bool:
    """Whether an answer, or the process's end, comes in time."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def _send(pipe: IO[bytes] | None, message: object) -> None:
    pickle.dump(message, _pipe(pipe), protocol=pickle.HIGHEST_PROTOCOL)
    _pipe(pipe).flush()


class _Waiting:
    """The idle processes of this process; those of the parent of a fork are not touched."""

    def __init__(self) -> None:
        self._lock, self._owner = threading.Lock(), os.getpid()
        self._idle: list[_Process] = []

    def take(self, unhurried: bool) -> _Process:
        with self._lock:
            if self._owner != os.getpid():
                self._owner, self._idle = os.getpid(), []
            for process in [one for one in self._idle if one.unhurried == unhurried]:
                self._idle.remove(process)
                if process.is_fresh:
                    return process
                process.stop()
        return _Process(unhurried)

    def give_back(self, process: _Process) -> None:
        with self._lock:
            if process.is_fresh and sum(one.unhurried == process.unhurried for one in self._idle) < KEPT:
                self._idle.append(process)
                return
        process.stop()

    def stop(self) -> None:
        if self._owner == os.getpid():
            for process in self._idle:
                process.stop()
            self._idle = []


_waiting = _Waiting()
atexit.register(_waiting.stop)


@dataclass
class DecodingProcesses:
    """A few decoding processes, each fed by a thread. What is asked is answered later: in the order it was asked, if the
    answers are waited for in that order.
    """

    count: int
    unhurried: bool = False  # behind everybody who waits for the processor
    _idle: "LifoQueue[_Process]" = field(default_factory=LifoQueue)  # one that runs is asked before one is started
    _all: list[_Process] = field(default_factory=list)

    def __enter__(self) -> "DecodingProcesses":
        self._all = [_waiting.take(self.unhurried) for _ in range(self.count)]
        for process in sorted(self._all, key=lambda one: one.is_fresh):
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(max(1, self.count))
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        busy = set(self._all)
        while not self._idle.empty():
            process = self._idle.get()
            busy.discard(process)
            _waiting.give_back(process)
        for process in busy:  # nobody waits for its answer any more
            process.stop()

    def start(self) -> None:
        """Starts them all, where they would else be started one by one as orders come. Call it before the first."""
        for process in self._all:
            process.start()

    def pids(self) -> list[int]:
        """Process ids of those that run."""
        return [process.pid for one in self._all if (process := one.process) is not None]

    def decode(self, order: Order) -> "Future[Answer]":
        """What becomes of one file."""
        return self._threads.submit(self._with_process, lambda process: process.decode(order))

    def digests(self, look: Look) -> "Future[Digests]":
        """The digests of some files."""
        return self._threads.submit(self._with_process, lambda process: process.digests(look))

    def _with_process(self, ask: Callable[[_Process], T]) -> T:
        process = self._idle.get()
        try:
            return ask(process)
        finally:
            self._idle.put(process)
