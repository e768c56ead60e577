"""Caps held while asking: the worst case of a question is set aside before it is sent, and what it used is booked after."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from threading import Lock

from llm_extract.asking.protocol import UNPAID, Answer, Fault, Model, Question, Sending
from llm_extract.trust.costs import FREE, Ledger, Price, Reservation, reserve_for

# So often a question is asked again whose connection was lost.
MOST_TRIES_AGAIN = 3


class CappedModel:
    """A model whose questions pass a run's ledger. The first that no longer fits a cap is answered with OVER_CAP,
    and so are those that would be asked again.

    Questions that only wait for reservations to be settled are held back until those are. One whose connection was lost is
    asked again as a question of its own: the lost request stays booked at its worst case, and the next has to fit beside
    it. Where requests are capped, so is one that came to nothing: every request that leaves was reserved before. Both
    stages of a run share the ledger; ``lock`` guards it.
    """

    def __init__(self, model: Model, ledger: Ledger, lock: Lock, price: Price | None) -> None:
        self._model, self._ledger, self._lock, self._price = model, ledger, lock, price or FREE
        self._held: Question | None = None
        self._booked: dict[str, tuple[int, Decimal]] = {}
        self._asked: dict[str, Question] = {}
        self._again: deque[Question] = deque()
        self._before: dict[str, Answer] = {}  # what came of earlier tries, with all their requests

    @property
    def name(self) -> str:
        """See Model."""
        return self._model.name

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """See Model. Ends early at a cap: the questions not taken are left alone."""
        coming = iter(questions)
        while True:
            for answer in self._model.ask(self._affordable(coming)):
                self._book(answer)
                if (told := self._told(answer)) is not None:
                    yield told
            held = self._held
            if held is None and self._again:
                continue
            if held is None:
                return
            with self._lock:
                refusal = self._ledger.refusal(self._reservation(held))
                self._ledger.met = refusal or self._ledger.met
            if refusal:
                left = [held, *self._again]  # with what their earlier tries came to, which is spent
                self._held = None
                self._again.clear()
                yield from (self._with_earlier(Answer(one.key, "", Fault.OVER_CAP)) for one in left)
                return

    def booked(self, key: str) -> tuple[int, Decimal] | None:
        """Tokens and money the ledger booked for an answer, told once; None for one it knows nothing of."""
        return self._booked.pop(key, None)

    def close(self) -> None:
        """See Model."""
        self._model.close()

    def _affordable(self, coming: Iterator[Question]) -> Iterator[Question]:
        while True:
            question = self._held
            if question is None:
                question = self._again.popleft() if self._again else next(coming, None)
            if question is None:
                return
            wanted = self._reservation(question)
            with self._lock:
                if self._ledger.refusal(wanted) is not None:
                    self._held = question
                    return
                self._ledger.reserve(question.key, wanted)
                self._asked[question.key] = question
            self._held = None
            yield self._as_sent(question)

    def _as_sent(self, question: Question) -> Question:
        """The question, for one request alone where those are capped."""
        is_counted = self._ledger.caps.calls is not None and question.sending is None
        return replace(question, sending=Sending()) if is_counted else question

    def _book(self, answer: Answer) -> None:
        with self._lock:
            if answer.usage is None and not answer.lost and (answer.fault in UNPAID or answer.fault is Fault.OVER_CAP):
                self._ledger.release(answer.key, refused=len(answer.refused))
                return
            before = self._ledger.spent
            after = self._ledger.settle(answer.key, answer.usage, self._price, refused=len(answer.refused))
        if not answer.lost:  # a lost request has a row of its own, which holds its worst case
            self._booked[answer.key] = (after.tokens - before.tokens, after.money - before.money)

    def _told(self, answer: Answer) -> Answer | None:
        """The answer with all requests that came to nothing on the way to it; None where it is asked again."""
        question = self._asked.pop(answer.key)
        before = self._before.get(answer.key)
        n_lost = len(before.lost) if before else 0
        told = self._with_earlier(answer)
        if answer.again_after is not None:
            again = replace(question, sending=Sending(answer.retries + 1, answer.again_after))
        elif answer.fault is Fault.CONNECTION and answer.lost and n_lost < MOST_TRIES_AGAIN:
            again = replace(question, sending=None)
        else:
            return told
        self._before[answer.key] = told
        self._again.append(again)
        return None

    def _with_earlier(self, answer: Answer) -> Answer:
        """The answer with the requests of earlier tries beside its own."""
        before = self._before.pop(answer.key, None)
        if before is None:
            return answer
        lost, refused = (*before.lost, *answer.lost), (*before.refused, *answer.refused)
        return replace(answer, lost=lost, refused=refused, retries=max(answer.retries, before.retries + 1))

    def _reservation(self, question: Question) -> Reservation:
        return reserve_for(question, self._price)
