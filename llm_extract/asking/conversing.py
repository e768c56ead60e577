"""Putting many reports' questions to one model as a stream: lazily, in any order, follow-ups included, memory flat."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from typing import Generic, Protocol, TypeVar

from llm_extract.asking.protocol import HOPELESS, UNSENT, Answer, Fault, Model, Question

# So many finished reports may wait, and so long, for the model to answer something else before the asking pauses to hand them on.
_MOST_WAITING = 512
_LONGEST_WAIT_SECONDS = 2.0


class Inquiry(Protocol):
    """What is asked about one report."""

    def questions(self) -> Sequence[Question]:
        """The first questions; none where there is nothing to ask."""
        ...

    def take(self, answer: Answer) -> Question | None:
        """Takes an answer and returns a question that follows from it, if any."""
        ...

    @property
    def is_done(self) -> bool:
        """Whether every question is answered."""
        ...

    def abandon(self, fault: Fault) -> None:
        """The model stopped answering: what is still open has this fault."""
        ...


One = TypeVar("One", bound=Inquiry)


class Conversations(Generic[One]):
    """Many inquiries with one model.

    The model takes questions as it has room, perhaps from a thread of its own; an inquiry is begun only when its first question
    is taken. A model that has taken a question and never answers it, or stops taking them, ends the stream: what it was asked
    is abandoned, what it was not asked is left alone.
    """

    def __init__(self, model: Model, inquiries: Iterable[One], clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._inquiries = iter(inquiries)
        self._next: deque[tuple[One, Question]] = deque()
        self._open: dict[str, deque[One]] = {}
        self._finished: deque[One] = deque()
        self._lock = Lock()
        self._clock = clock
        self._waiting_since = 0.0
        self._stopped_by = Fault.CONNECTION
        self._has_taken_all = True

    def finished(self) -> Iterator[One]:
        """Yield each inquiry once it is done."""
        while True:
            yield from self._without_questions()
            if not self._next:
                return
            self._has_taken_all = False
            for answer in self._model.ask(self._questions()):
                self._take(answer)
                yield from self._drained()
            yield from self._drained()
            yield from self._abandoned()
            if not self._has_taken_all:
                return

    def _without_questions(self) -> Iterator[One]:
        """Yield what needs no asking, up to the first inquiry that does."""
        while not self._next and self._begin():
            yield from self._drained()
        yield from self._drained()

    def _begin(self) -> bool:
        """Begin the next inquiry, if there is one."""
        try:
            inquiry = next(self._inquiries)
        except StopIteration:
            return False
        questions = inquiry.questions()
        if not questions:
            self._finish(inquiry)
        self._next.extend((inquiry, question) for question in questions)
        return True

    def _questions(self) -> Iterator[Question]:
        """Yield questions as the model takes them: follow-ups first."""
        while True:
            while not self._next:
                if self._should_hand_on() or not self._begin():
                    self._has_taken_all = True
                    return
            inquiry, question = self._next.popleft()
            with self._lock:
                self._open.setdefault(question.key, deque()).append(inquiry)
            yield question

    def _take(self, answer: Answer) -> None:
        """Hand an answer to the inquiry that asked; an answer nobody asked for is dropped."""
        with self._lock:
            waiting = self._open.get(answer.key)
            if not waiting:
                return
            inquiry = waiting.popleft()
            if not waiting:
                del self._open[answer.key]
        if answer.fault in HOPELESS | UNSENT:
            self._stopped_by = answer.fault
        following = inquiry.take(answer)
        if following is not None:
            self._next.appendleft((inquiry, following))
        elif inquiry.is_done:
            self._finish(inquiry)

    def _finish(self, inquiry: One) -> None:
        if not self._finished:
            self._waiting_since = self._clock()
        self._finished.append(inquiry)

    def _should_hand_on(self) -> bool:
        """Say whether finished inquiries have waited enough."""
        waiting = len(self._finished)
        return waiting >= _MOST_WAITING or (waiting > 0 and self._clock() - self._waiting_since > _LONGEST_WAIT_SECONDS)

    def _drained(self) -> Iterator[One]:
        while self._finished:
            yield self._finished.popleft()

    def _abandoned(self) -> Iterator[One]:
        """Yield what was begun and will not be answered; all that is open, once the model takes no more."""
        with self._lock:
            left = {id(one): one for waiting in self._open.values() for one in waiting}
            self._open.clear()
            if not self._has_taken_all:
                left |= {id(one): one for one, _ in self._next}
            self._next = deque((one, question) for one, question in self._next if id(one) not in left)
        for inquiry in left.values():
            inquiry.abandon(self._stopped_by)
            yield inquiry
