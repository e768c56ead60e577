"""A `Model` over the Batch API: many questions at a time, answered within a day, usually for half the price.

Each request file stays in its folder until its answers are stored. Whoever takes up the folder sends it again, which the
server's record of the digest makes harmless, and reads the same answers: nothing is paid for twice. Where its batch ended
before its time, only what that left unanswered is sent.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import Answer, Fault, Question

if TYPE_CHECKING:  # brings the SDK along, half a second that only a run in batches should pay
    from llm_extract.adapters.batch_files import BatchState, RequestFile

QUESTIONS_AT_A_TIME = 10_000
POLL_SECONDS = 30.0
Tell = Callable[[str], None]


class BatchModel:
    """Sends questions in batches and waits for each. ``tell`` hears how far it is, and may raise to stop the waiting."""

    def __init__(
        self,
        settings: ServerSettings,
        folder: Path,
        tell: Tell,
        *,
        at_a_time: int = QUESTIONS_AT_A_TIME,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        from llm_extract.adapters.batch_files import BatchDesk

        self._settings, self._folder, self._tell = settings, folder, tell
        self._at_a_time, self._sleep = at_a_time, sleep
        self._desk = BatchDesk(settings)
        self._handed_on: list[Path] = []

    @property
    def name(self) -> str:
        """The model's name at its server."""
        return self._settings.model

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """See Model. Raises BatchError where a batch cannot be sent or read; what was asked stays in the folder."""
        from llm_extract.adapters.batch_files import write_request_files

        source = iter(questions)
        while batch := list(islice(source, self._at_a_time)):
            times = Counter(question.key for question in batch)
            distinct = list({question.key: question for question in batch}.values())
            for file in write_request_files(distinct, self._settings, self._folder / _next_name(self._folder)):
                for answer in self._answered(file):
                    yield from [answer] * times.pop(answer.key, 0)
                self._handed_on.append(file.path)
            for key in times.elements():  # named by no line of what came back
                yield Answer(key, "", Fault.SERVER_ERROR)

    def left_behind(self) -> Iterator[Answer]:
        """Answers to the files an earlier worker left in the folder: sent already or not, they are waited for."""
        for path in sorted(self._folder.glob("*/requests-*.jsonl")):
            yield from self._answered(_file_at(path))
            self._handed_on.append(path)

    def stored(self) -> None:
        """All that was handed on is in the database: files read to their end may go."""
        for path in self._handed_on:
            for one in path.parent.glob(f"*{path.name}"):  # what was left of it as well
                one.unlink(missing_ok=True)
            if path.parent.exists() and not any(path.parent.iterdir()):
                path.parent.rmdir()
        self._handed_on.clear()

    def taken_back(self, *, is_waiting: bool) -> Iterator[Answer]:
        """Ends the batches of the files in the folder; yields what they had answered by then, which is paid for.

        Files whose batches are over, or that were never sent, are handed on. A batch may take minutes to end: where that is
        not waited for, its file stays for whoever comes next.
        """
        for path in sorted(self._folder.glob("*/requests-*.jsonl")):
            are_over = True
            for one in sorted(path.parent.glob(f"*{path.name}")):
                for state in self._desk.sent(_file_at(one)):
                    is_over = self._is_ended(state, is_waiting=is_waiting)
                    are_over = are_over and is_over
                    if is_over:
                        yield from filter(_is_paid, self._desk.answers(state.batch_id, self._folder / "answers"))
            if are_over:
                self._handed_on.append(path)

    def _is_ended(self, state: "BatchState", *, is_waiting: bool) -> bool:
        batch = state.batch_id
        if not state.is_over and state.status != "cancelling":
            self._desk.cancel(batch)
            state = self._desk.state(batch)
        while is_waiting and not state.is_over:
            self._tell(f"Waiting for batch {batch} of a cancelled run to end, so that its answers are not paid twice.")
            self._sleep(POLL_SECONDS)
            state = self._desk.state(batch)
        if is_waiting:
            self._tell("")
        return state.is_over

    def close(self) -> None:
        """Closes the connections; batches go on at the server, and their files stay for whoever goes on."""
        self._desk.close()

    def _answered(self, file: "RequestFile") -> Iterator[Answer]:
        from llm_extract.adapters.batch_files import BatchError, rest_of

        earlier = self._desk.sent(file)
        if earlier and all(state.is_in_vain for state in earlier):
            answered = set()
            for state in earlier:
                for answer in filter(_is_paid, self._desk.answers(state.batch_id, self._folder / "answers")):
                    answered.add(answer.key)
                    yield answer
            if len(answered) == file.requests:
                return
            if answered:
                yield from self._answered(rest_of(file, answered))
                return
        batch = self._desk.send(file)
        while not (state := self._desk.state(batch)).is_over:
            self._tell(f"Batch {batch}: {state.completed} of {state.total or file.requests} answered.")
            self._sleep(POLL_SECONDS)
        if state.sentence:
            raise BatchError(f"Batch {batch}: {state.sentence}")
        self._tell("")
        yield from self._desk.answers(batch, self._folder / "answers")


def _is_paid(answer: Answer) -> bool:
    return answer.fault is None or answer.usage is not None


def _next_name(folder: Path) -> str:
    """A folder of its own for each lot, so that files left behind are never written over."""
    taken = [int(path.name) for path in folder.glob("[0-9]*") if path.name.isdigit()]
    return f"{max(taken, default=0) + 1:04}"


def _file_at(path: Path) -> "RequestFile":
    from llm_extract.adapters.batch_files import RequestFile

    digest, requests = hashlib.sha256(), 0
    with path.open("rb") as lines:
        for line in lines:
            digest.update(line)
            requests += 1
    return RequestFile(path, requests, digest.hexdigest())
