"""The worker's side of the courier: a `Model` whose answers are on disk before they are handed on."""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DomainError
from llm_extract.adapters.courier.journal import SEGMENT_BYTES, answers_in, head_line, lock_journal, lost_in, write_all
from llm_extract.adapters.courier.lines import QuestionWriter, answer_in
from llm_extract.adapters.endpoints import endpoint_of
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import Answer, Fault, Question

ROOT = Path(__file__).resolve().parents[3]
LEAST_AHEAD = 8
MOST_AGAIN = 1024
MOST_RESTARTS = 3
PIPE_BYTES = 2**20
READ_BYTES = 2**18
LONGEST_FILLING_SECONDS = 0.02
PATIENCE_AT_CLOSE = 5.0


class CourierError(DomainError):
    """The courier can no longer keep its promise."""


@dataclass
class _Asked:
    """A question on its way, and how often it was asked for."""

    question: Question
    times: int = 1


class CourierModel:
    """Implements `Model` for a server. One at a time per journal; not for several threads.

    At most twice the settings' concurrency are on their way: those in flight, and as many waiting in the courier. The same
    question asked again meanwhile waits for the same answer, up to MOST_AGAIN times in all. A
    courier that dies is replaced, at most MOST_RESTARTS times in a row without an answer; then what is on its way comes
    back with Fault.CONNECTION. Requests that were in flight when it died come back so too, each with what it may have cost,
    as it is for whoever holds the caps to say whether they are made again; what it had not sent yet is asked of the next.
    """

    def __init__(self, settings: ServerSettings, journal_path: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        settings.key()  # a missing one is said here rather than by a process that ends at once
        self._settings = settings
        self._path = journal_path.absolute()
        self._segment_bytes = segment_bytes
        self._room = settings.concurrency + max(LEAST_AHEAD, settings.concurrency)
        self._asked: dict[str, _Asked] = {}
        self._again = 0
        self._told: set[str] = set()  # lost requests, by their own ids
        self._process: subprocess.Popen[bytes] | None = None
        self._writer = QuestionWriter()
        self._torn = b""
        self._handed_on = 0
        self._is_whole = True  # every answer of this courier was handed on
        self._restarts = 0
        self._trouble = ""

    @property
    def name(self) -> str:
        """The model's name at its server."""
        return self._settings.model

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """See Model. Raises CourierBusyError when another courier has the journal, CourierError when it cannot be written.

        An answer to a question of an earlier call that was not read to its end stays in the journal, for `recover`.
        """
        source = iter(questions)
        self._abandon()
        is_dry = False
        while not (is_dry and not self._asked):
            is_dry = is_dry or not self._fill(source)
            if self._asked:
                yield from self._receive()
        if self._trouble:
            raise CourierError(self._trouble)

    def stored(self) -> None:
        """Everything handed on so far is in the database: the courier may shorten its journal."""
        if self._process and self._is_whole:
            self._send(json.dumps({"stored": self._handed_on}).encode() + b"\n")

    def close(self) -> None:
        """Lets the courier end. It ends at once when nothing is in flight, else by itself, with the answers journaled."""
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        process.stdin.close()
        until = time.monotonic() + PATIENCE_AT_CLOSE
        while process.poll() is None and time.monotonic() < until and self._drop_output(process.stdout.fileno()):
            pass
        process.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.0 if self._asked else PATIENCE_AT_CLOSE)

    def _drop_output(self, descriptor: int) -> bool:
        """Takes what nobody reads any more, so that the courier can end; False at its end."""
        readable, _, _ = select.select([descriptor], [], [], 0.05)
        return not readable or bool(os.read(descriptor, READ_BYTES))

    def _abandon(self) -> None:
        if self._asked:
            self._is_whole = False
            self._asked.clear()
            self._again = 0

    def _fill(self, source: Iterator[Question]) -> bool:
        """Sends questions while there is room; False when there are no more.

        A source may be slow (it may wait for another model), so answers that are there are not kept waiting for it.
        """
        started = time.monotonic()
        while len(self._asked) < self._room and self._again < MOST_AGAIN and not self._trouble:
            question = next(source, None)
            if question is None:
                return False
            if question.key in self._asked:
                self._asked[question.key].times += 1
                self._again += 1
            else:
                self._asked[question.key] = _Asked(question)
                self._send_question(question)
            if time.monotonic() - started > LONGEST_FILLING_SECONDS and self._has_news():
                break
        return not self._trouble

    def _send_question(self, question: Question) -> None:
        if self._process is None:
            self._start()
        self._send(self._writer.lines(question))

    def _send(self, data: bytes) -> None:
        """A courier that has died shows at the next reading."""
        process = self._process
        with contextlib.suppress(BrokenPipeError):
            if process and process.stdin:
                write_all(process.stdin.fileno(), data)

    def _has_news(self) -> bool:
        descriptor = self._process.stdout.fileno() if self._process and self._process.stdout else None
        return descriptor is not None and bool(select.select([descriptor], [], [], 0)[0])

    def _receive(self) -> Iterator[Answer]:
        """The answers that are there, at least one line of them waited for."""
        stdout = self._process.stdout if self._process else None
        data = os.read(stdout.fileno(), READ_BYTES) if stdout else b""
        if not data:
            yield from self._after_death()
            return
        *lines, self._torn = (self._torn + data).split(b"\n")
        for line in lines:
            record = json.loads(line)
            if "trouble" in record:
                self._trouble = record["trouble"]
            else:
                self._restarts = 0
                self._handed_on += 1
                yield from self._hand_on(answer_in(record))

    def _hand_on(self, answer: Answer) -> Iterator[Answer]:
        asked = self._asked.pop(answer.key, None)
        self._again -= asked.times - 1 if asked else 0
        for _ in range(asked.times if asked else 0):
            yield answer

    def _after_death(self) -> Iterator[Answer]:
        """The courier ended with questions on their way: what it wrote down is handed on, what it had not sent asked anew."""
        self._end_process()
        for answer in answers_in(self._path):
            yield from self._hand_on(answer)
        for key, requests in lost_in(self._path).items():
            lost = tuple(one for one in requests if one.id not in self._told)
            if key in self._asked and lost:
                self._told.update(one.id for one in lost)
                yield from self._hand_on(Answer(key, "", Fault.CONNECTION, lost=lost))
        self._restarts += 1
        if self._trouble or self._restarts > MOST_RESTARTS:
            left = list(self._asked)
            for key in left:
                yield from self._hand_on(Answer(key, "", Fault.CONNECTION))
            return
        for asked in list(self._asked.values()):
            self._send_question(asked.question)

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process:
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
            process.wait()

    def _start(self) -> None:
        """A fresh courier. The lock is taken here and inherited, so that it is never free while questions are in the pipe."""
        descriptor = lock_journal(self._path)
        try:
            if os.fstat(descriptor).st_size == 0:
                os.write(descriptor, head_line(self._settings.as_record()))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "llm_extract.adapters.courier"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                cwd=ROOT,
                start_new_session=True,  # a signal to the worker's group does not reach it
                pass_fds=(descriptor,),
                pipesize=PIPE_BYTES,
            )
        finally:
            os.close(descriptor)
        self._writer, self._torn, self._handed_on = QuestionWriter(), b"", 0
        self._is_whole = True
        self._send(json.dumps(self._head()).encode() + b"\n")

    def _head(self) -> dict[str, Any]:
        return {
            "settings": self._settings.as_record(),
            "endpoint": endpoint_of(self._settings).as_record(),  # without the key, which is in the environment alone
            "journal": str(self._path),
            "segment_bytes": self._segment_bytes,
            "worker": os.getpid(),
        }
