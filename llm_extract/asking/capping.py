"""Caps held while asking: the worst case of a question is set aside before it is sent, and what it used is booked after."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from threading import Lock

from llm_extract.asking.protocol import HOPELESS, Answer, Fault, Model, Question
from llm_extract.trust.costs import Ledger, Price, Reservation, reserve_for

# Nothing was answered, so nothing is paid for. A timeout is not among them: the server may have answered all the same.
UNPAID = HOPELESS | {Fault.RATE_LIMITED, Fault.CONNECTION, Fault.SERVER_ERROR, Fault.BAD_REQUEST, Fault.TOO_LONG}
FREE = Price(Decimal(0), Decimal(0))


class CappedModel:
    """A model whose questions pass a run's ledger. The first that no longer fits a cap is answered with OVER_CAP.

    Questions that only wait for reservations to be settled are held back until those are. Both stages of a run share the
    ledger; ``lock`` guards it.
    """

    def __init__(self, model: Model, ledger: Ledger, lock: Lock, price: Price | None) -> None:
        self._model, self._ledger, self._lock, self._price = model, ledger, lock, price or FREE
        self._held: Question | None = None
        self._booked: dict[str, tuple[int, Decimal]] = {}

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
                yield answer
            held = self._held
            if held is None:
                return
            with self._lock:
                is_over = self._ledger.refusal(self._reservation(held)) is not None
            if is_over:
                self._held = None
                yield Answer(held.key, "", Fault.OVER_CAP)
                return

    def booked(self, key: str) -> tuple[int, Decimal] | None:
        """Tokens and money the ledger booked for an answer, told once; None for one it knows nothing of."""
        return self._booked.pop(key, None)

    def close(self) -> None:
        """See Model."""
        self._model.close()

    def _affordable(self, coming: Iterator[Question]) -> Iterator[Question]:
        while True:
            question = self._held if self._held is not None else next(coming, None)
            if question is None:
                return
            wanted = self._reservation(question)
            with self._lock:
                if self._ledger.refusal(wanted) is not None:
                    self._held = question
                    return
                self._ledger.reserve(question.key, wanted)
            self._held = None
            yield question

    def _book(self, answer: Answer) -> None:
        with self._lock:
            if answer.usage is None and (answer.fault in UNPAID or answer.fault is Fault.OVER_CAP):
                self._ledger.release(answer.key)
                return
            before = self._ledger.spent
            after = self._ledger.settle(answer.key, answer.usage, self._price)
        self._booked[answer.key] = (after.tokens - before.tokens, after.money - before.money)

    def _reservation(self, question: Question) -> Reservation:
        return reserve_for(question, self._price)
