"""The only writer of models' answers: kept the moment they are there, so that no question is paid for twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from django.db import IntegrityError

from core.adapters.copying import copy_in
from core.models import Run
from llm_extract.asking.protocol import Answer, Fault, LostRequest, RefusedRequest, Usage
from llm_extract.asking.remembering import NOT_KEPT
from llm_extract.models import Backend, ModelAnswer, Stage
from llm_extract.trust.costs import Price, cost

# Kept: whatever was paid for. The rest may well go better the next time, and costs nothing to ask again.
UNKEPT = NOT_KEPT | {Fault.BAD_REQUEST, Fault.TOO_LONG}


class AnswerRows:
    """The answers of one stage of a run, as `remembering.AnswerStore` asks for them."""

    def __init__(self, *, run: Run, backend: Backend, stage: Stage, price: Price | None) -> None:
        self.run, self.backend, self.stage, self.price = run, backend, stage, price
        # Set by whoever holds the caps and the courier: what an answer was booked at, and that all so far are stored.
        self.booked: Callable[[str], tuple[int, Decimal] | None] = lambda key: None
        self.stored: Callable[[], None] = lambda: None

    def known(self, keys: Sequence[str]) -> Mapping[str, Answer]:
        """Those of the questions that were answered before, by any run."""
        return {row.key: answer_of(row) for row in ModelAnswer.objects.filter(key__in=keys)}

    def keep(self, answers: Iterable[Answer]) -> None:
        """Stores answers; one that is there already stays as it was, and a question that never got one has no row.

        Requests that were lost have rows of their own, under keys that no question has: they may have been paid for, so
        the run's spending knows them, a run resumed after a kill included. So have those that came to nothing: they cost
        nothing, and count as requests.
        """
        rows = list({row.key: row for one in answers for row in self._rows(one)}.values())
        try:
            copy_in(rows)
        except IntegrityError:  # another run was answered the same question meanwhile
            ModelAnswer.objects.bulk_create([_unsaved(row) for row in rows], ignore_conflicts=True)
        self.stored()

    def keep_missing(self, answers: Sequence[Answer]) -> None:
        """Stores those of the answers that are not there."""
        keys = [key for one in answers for key in _keys(one)]
        there = set(ModelAnswer.objects.filter(key__in=keys).values_list("key", flat=True))
        self.keep([one for one in answers if not there.issuperset(_keys(one))])

    def _rows(self, answer: Answer) -> Iterator[ModelAnswer]:
        yield from map(self._lost_row, answer.lost)
        yield from map(self._refused_row, answer.refused)
        if answer.fault not in UNKEPT:
            yield self._row(answer)

    def _lost_row(self, lost: LostRequest) -> ModelAnswer:
        """The worst case of a request whose outcome nobody knows."""
        tokens, money = self._at_most(Usage(lost.input_tokens, lost.output_tokens))
        return ModelAnswer(
            key=lost.id,
            backend=self.backend,
            run_id=self.run.pk,
            stage=self.stage,
            fault=lost.fault.value,
            booked_tokens=tokens,
            booked_cost=money,
        )

    def _refused_row(self, refused: RefusedRequest) -> ModelAnswer:
        """A request that came to nothing: its cost is known, and is none."""
        return ModelAnswer(
            key=refused.id,
            backend=self.backend,
            run_id=self.run.pk,
            stage=self.stage,
            fault=refused.fault.value,
            input_tokens=0,
            output_tokens=0,
            cost=Decimal(0),
        )

    def _at_most(self, usage: Usage | None) -> tuple[int, Decimal]:
        """Tokens and money that a usage counts for."""
        if usage is None:
            return 0, Decimal(0)
        return usage.input_tokens + usage.output_tokens, cost(usage, self.price) if self.price else Decimal(0)

    def _row(self, answer: Answer) -> ModelAnswer:
        usage = answer.usage
        money = cost(usage, self.price) if usage and self.price else None
        booked_tokens, booked_cost = self.booked(answer.key) or self._at_most(
            usage or (answer.most and Usage(*answer.most))
        )
        return ModelAnswer(
            key=answer.key,
            backend=self.backend,
            run_id=self.run.pk,
            stage=self.stage,
            model=answer.model[:200],
            text=answer.text.replace("\0", ""),
            reasoning=answer.reasoning.replace("\0", ""),
            fault=answer.fault.value if answer.fault else "",
            input_tokens=usage.input_tokens if usage else None,
            cached_tokens=usage.cached_tokens if usage else 0,
            output_tokens=usage.output_tokens if usage else None,
            reasoning_tokens=usage.reasoning_tokens if usage else 0,
            cost=money,
            booked_tokens=booked_tokens,
            booked_cost=booked_cost,
            request_id=answer.request_id[:120],
            seconds=answer.seconds,
            retries=answer.retries,
        )


def _keys(answer: Answer) -> list[str]:
    """The keys of the rows an answer makes."""
    beside = [*(one.id for one in answer.lost), *(one.id for one in answer.refused)]
    return beside if answer.fault in UNKEPT else [answer.key, *beside]


def _unsaved(row: ModelAnswer) -> ModelAnswer:
    """The row without the primary key it was promised."""
    row.pk = None
    return row


def answer_of(row: ModelAnswer) -> Answer:
    """The row as the answer it was."""
    usage = None
    if row.input_tokens is not None and row.output_tokens is not None:
        usage = Usage(row.input_tokens, row.output_tokens, row.cached_tokens, row.reasoning_tokens)
    return Answer(
        key=row.key,
        text=row.text,
        fault=Fault(row.fault) if row.fault else None,
        reasoning=row.reasoning,
        usage=usage,
        model=row.model,
        request_id=row.request_id,
        seconds=row.seconds,
        retries=row.retries,
    )
