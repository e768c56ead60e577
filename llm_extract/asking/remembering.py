"""A model with a memory: what was answered before is not asked again, and what is answered is kept before it is used."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from threading import Lock
from typing import Protocol

from llm_extract.asking.protocol import HOPELESS, TRANSIENT, UNSENT, Answer, Model, Question

# Faults that say nothing of the question: asked again, it may well be answered.
NOT_KEPT = TRANSIENT | HOPELESS | UNSENT
# So many known answers may wait for the model to answer something else before they are handed on.
_MOST_WAITING = 256
# So many may wait for an answer that another has asked for.
_MOST_ASKING_AGAIN = 512


class AnswerStore(Protocol):
    """Where answers are kept by the key of their question."""

    def known(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """The answers there are. One with a fault may be left out, to have it asked again."""
        ...

    def keep(self, answers: Sequence[Answer]) -> None:
        """Stores answers for good; keys that are there already stay as they were.

        Of one with a fault of NOT_KEPT only the requests that were lost or came to nothing are stored.
        """
        ...


class RememberingModel:
    """Answers from the store where it can, asks the model for the rest, and keeps what comes back; see Model.

    Questions are looked up `lookup_size` at a time, so as many are taken ahead. Answers are kept in batches of up to
    `keep_size`, or once the last keeping was `keep_seconds` ago, always before they are passed on: a slow model's answers are
    kept one by one, a fast one's together. The store is called from the thread that takes the answers, and from the one in
    which the model takes its questions.
    """

    def __init__(
        self,
        model: Model,
        store: AnswerStore,
        *,
        lookup_size: int = 64,
        keep_size: int = 64,
        keep_seconds: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._store, self._clock = model, store, clock
        self._lookup_size, self._keep_size, self._keep_seconds = lookup_size, keep_size, keep_seconds

    @property
    def name(self) -> str:
        """The model's own."""
        return self._model.name

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """See Model."""
        return _Asking(
            self._model, self._store, questions, (self._lookup_size, self._keep_size, self._keep_seconds), self._clock
        ).answers()

    def close(self) -> None:
        """Closes the model."""
        self._model.close()


class _Asking:
    """One stream of questions under way."""

    def __init__(
        self,
        model: Model,
        store: AnswerStore,
        questions: Iterable[Question],
        bounds: tuple[int, int, float],
        clock: Callable[[], float],
    ) -> None:
        self._model, self._store, self._source, self._clock = model, store, iter(questions), clock
        self._lookup_size, self._keep_size, self._keep_seconds = bounds
        self._known: deque[Answer] = deque()
        self._unknown: deque[Question] = deque()
        self._askers: dict[str, int] = {}
        self._asking_again = 0
        self._lock = Lock()
        self._buffer: list[Answer] = []
        self._kept_at = clock() - self._keep_seconds
        self._has_taken_all = True

    def answers(self) -> Iterator[Answer]:
        """Yield one answer per question, known ones as soon as they are looked up."""
        try:
            while True:
                while not self._unknown and self._look_up():
                    yield from self._drain()
                yield from self._drain()
                if not self._unknown:
                    return
                self._has_taken_all = False
                for answer in self._model.ask(self._unanswered()):
                    self._buffer.append(answer)
                    if len(self._buffer) >= self._keep_size or self._clock() - self._kept_at >= self._keep_seconds:
                        yield from self._kept()
                    yield from self._drain()
                yield from self._kept()
                if not self._has_taken_all:
                    return
        finally:
            self._keep()

    def _look_up(self) -> bool:
        """Look up the next questions; say whether there were any."""
        batch = list(islice(self._source, self._lookup_size))
        if not batch:
            return False
        known = self._store.known(list(dict.fromkeys(question.key for question in batch)))
        for question in batch:
            if question.key in known:
                self._known.append(known[question.key])
            elif self._is_first(question):
                self._unknown.append(question)
        return True

    def _is_first(self, question: Question) -> bool:
        """Note who asks; say whether nobody is waiting for the same answer already."""
        with self._lock:
            self._askers[question.key] = self._askers.get(question.key, 0) + 1
            is_first = self._askers[question.key] == 1
            self._asking_again += not is_first
        return is_first

    def _unanswered(self) -> Iterator[Question]:
        """Yield what the model has to be asked, until there is nothing left or too much waits to be handed on."""
        while True:
            while not self._unknown:
                has_many = len(self._known) >= _MOST_WAITING or self._asking_again >= _MOST_ASKING_AGAIN
                if has_many or not self._look_up():
                    self._has_taken_all = True
                    return
            yield self._unknown.popleft()

    def _drain(self) -> Iterator[Answer]:
        while self._known:
            yield self._known.popleft()

    def _kept(self) -> Iterator[Answer]:
        """Keep what has come in, then yield it, once for each that asked."""
        for answer in self._keep():
            with self._lock:
                askers = self._askers.pop(answer.key, 1)
                self._asking_again -= askers - 1
            for _ in range(askers):
                yield answer

    def _keep(self) -> list[Answer]:
        """Store what has come in; return it."""
        arrived, self._buffer = self._buffer, []
        worth = [answer for answer in arrived if answer.fault not in NOT_KEPT or answer.lost or answer.refused]
        if worth:
            self._store.keep(worth)
        self._kept_at = self._clock()
        return arrived
