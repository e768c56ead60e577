"""The courier process: questions in on its input, answers into the journal and then out on its output. No Django here.

It ends when its input ends, its worker dies or it is told to (SIGTERM, SIGINT, SIGHUP): it then sends nothing new, waits
for the answers on their way, writes them down and goes.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from llm_extract.adapters.courier.journal import Journal
from llm_extract.adapters.courier.lines import QuestionReader, answer_line
from llm_extract.adapters.endpoints import Endpoint
from llm_extract.adapters.openai_server import OpenAIServer
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import Question

LOOK_FOR_WORKER_SECONDS = 0.5
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Courier(asyncio.Protocol):
    """Reads its input as a protocol; every question is an asyncio task, bounded by the server's own pace."""

    def __init__(self) -> None:
        self.is_done = asyncio.Event()
        self.has_failed = False
        self._worker = os.getppid()
        self._received = bytearray()
        self._reader = QuestionReader()
        self._server: OpenAIServer | None = None
        self._journal: Journal | None = None
        self._output: asyncio.WriteTransport | None = None
        self._questions: set[asyncio.Task[None]] = set()
        self._ready: list[tuple[str, bytes]] = []
        self._is_stopping = False

    async def run(self) -> int:
        """The exit code, once everything on its way has come back."""
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self.stop)
        output, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout.buffer)
        self._output = output
        await loop.connect_read_pipe(lambda: self, sys.stdin.buffer)
        self._look_for_worker()
        await self.is_done.wait()
        while self._output.get_write_buffer_size() and not self._output.is_closing():
            await asyncio.sleep(0.01)
        if self._server:
            await self._server.close()
        return 1 if self.has_failed else 0

    def data_received(self, data: bytes) -> None:
        self._received += data
        if os.getppid() != self._worker:  # questions of a dead worker, left in the pipe
            self.stop()
        *lines, rest = bytes(self._received).split(b"\n")
        self._received[:] = rest
        for line in lines:
            self._take(json.loads(line))

    def eof_received(self) -> None:
        self.stop()

    def connection_lost(self, problem: Exception | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Nothing new is sent from now on."""
        self._is_stopping = True
        if self._server:
            self._server.stop()
        self._end_if_idle()

    def _take(self, record: dict[str, Any]) -> None:
        if "settings" in record:
            self._worker = record["worker"]
            if os.getppid() != self._worker:
                self.stop()
            settings, endpoint = (
                ServerSettings.from_record(record["settings"]),
                Endpoint.from_record(record["endpoint"]),
            )
            self._journal = Journal(Path(record["journal"]), record["segment_bytes"])
            self._server = OpenAIServer(settings, endpoint, self._journal)
        elif "stored" in record:
            if self._journal:
                self._journal.stored(record["stored"])
        elif (question := self._reader.question(record)) and not self._is_stopping:
            task = asyncio.get_running_loop().create_task(self._ask(question))
            self._questions.add(task)
            task.add_done_callback(self._question_over)

    async def _ask(self, question: Question) -> None:
        try:
            answer = await self._server.ask(question) if self._server else None
        except OSError as problem:  # the journal could not be written, so nothing was sent
            self._tell(self._in_trouble(problem))
            return
        if answer is None:
            return
        if not self._ready:  # those that come back in the same turn of the loop are written together
            asyncio.get_running_loop().call_soon(self._write_down)
        self._ready.append((answer.key, answer_line(answer)))

    def _question_over(self, task: asyncio.Task[None]) -> None:
        self._questions.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            # Only its kind: the text of an exception may hold what was asked.
            sys.stderr.write(f"The courier failed on a question with {type(problem).__name__}; it ends.\n")
            self.has_failed = True
            self.stop()
        self._end_if_idle()

    def _write_down(self) -> None:
        """Into the journal, then on to the worker."""
        keys, lines = [key for key, _ in self._ready], b"".join(line for _, line in self._ready)
        self._ready.clear()
        try:
            if self._journal:
                self._journal.append(lines, keys)
        except OSError as problem:
            lines += self._in_trouble(problem)
        self._tell(lines)
        self._end_if_idle()

    def _in_trouble(self, problem: OSError) -> bytes:
        """Sends nothing new; the line that says why."""
        self.stop()
        sentence = f"The courier cannot write its journal ({problem.strerror}); make room, then resume the run."
        return json.dumps({"trouble": sentence}).encode() + b"\n"

    def _tell(self, lines: bytes) -> None:
        if self._output and not self._output.is_closing():
            self._output.write(lines)

    def _end_if_idle(self) -> None:
        if self._is_stopping and not self._questions and not self._ready:
            self.is_done.set()

    def _look_for_worker(self) -> None:
        """The input stays open where another process inherited its other end, so the worker is looked for as well."""
        if os.getppid() != self._worker:
            self.stop()
        elif not self._is_stopping:
            asyncio.get_running_loop().call_later(LOOK_FOR_WORKER_SECONDS, self._look_for_worker)


async def main() -> int:
    """Runs a courier for the process's life."""
    return await Courier().run()


if __name__ == "__main__":
    code = asyncio.run(main())
    # Everything is written. Taking the SDK's thousand modules down one by one would keep the worker waiting.
    sys.stderr.flush()
    os._exit(code)
