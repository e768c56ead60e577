"""From a frozen backend to a model that can be asked: the server or the local model, the caps, and the memory of answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings

from core.actions import is_being_worked
from core.models import Run, RunState
from llm_extract.actions.answers import AnswerRows
from llm_extract.adapters.batch_model import BatchModel
from llm_extract.adapters.courier import CourierBusyError, CourierModel, forget, recover
from llm_extract.adapters.local_weights import LocalSettings
from llm_extract.adapters.server_settings import ServerSettings, ServerSettingsError, StructuredMode
from llm_extract.asking.capping import CappedModel
from llm_extract.asking.protocol import Answer, Decider, Fault, Model, Question
from llm_extract.asking.remembering import RememberingModel
from llm_extract.models import Backend, BackendKind, ExtractionRun, PipelineRun, Stage, StressTrial, Trial
from llm_extract.queries.runs import spending
from llm_extract.trust.costs import Caps, Ledger, Price, Spent

RECOVERED_AT_ONCE = 500


def named(options: Mapping[str, Any]) -> str:
    """What a question's key knows a backend's model by: the same model elsewhere, or held otherwise, is another."""
    return "|".join([options["model"], options["base_url"], options["structured_mode"] or "local"])


def price_of(options: Mapping[str, Any], *, in_batches: bool = False) -> Price | None:
    """What the backend's tokens cost; None where a price is not known."""
    if options["price_input"] is None or options["price_output"] is None:
        return None
    share = Decimal(options["batch_share"]) if in_batches and options["kind"] != BackendKind.LOCAL else Decimal(1)
    cached = options["price_cached"]
    return Price(
        Decimal(options["price_input"]) * share,
        Decimal(options["price_output"]) * share,
        None if cached is None else Decimal(cached) * share,
    )


def server_settings(options: Mapping[str, Any]) -> ServerSettings:
    """How the server is reached. Raises ServerSettingsError naming what is wrong."""
    return ServerSettings(
        base_url=options["base_url"],
        model=options["model"],
        api_key_env=options["api_key_env"],
        structured_mode=StructuredMode(options["structured_mode"] or StructuredMode.JSON_SCHEMA),
        concurrency=options["concurrency"],
        requests_per_minute=options["requests_per_minute"],
        tokens_per_minute=options["tokens_per_minute"],
        timeout_seconds=options["timeout_seconds"],
        kind=options["kind"],
        api_version=options["api_version"],
        is_reasoning=options["is_reasoning"],
    )


def ledger_of(run: PipelineRun) -> Ledger:
    """The run's caps with what it has spent already, by the rows of its answers."""
    spent = spending(run)
    return Ledger(
        Caps(run.max_cost, run.max_tokens, run.max_requests),
        Spent(spent.requests, spent.booked_tokens, spent.booked_cost, spent.of_unknown_cost),
    )


@dataclass(frozen=True)
class Ears:
    """Who hears what a model's server says: how long to wait, and how far a batch is (which may raise to stop)."""

    asked_to_wait: Callable[[float], None]
    told: Callable[[str], None]


@dataclass
class Reached:
    """A model under way for one stage of a run: closed at the end, its journal emptied into the database."""

    model: Model
    rows: AnswerRows
    journal: Path
    batches: BatchModel | None = None

    def close(self) -> None:
        """Lets the model end; what it answered to nobody is stored all the same. A cancelled run's batches are ended."""
        if self.batches and Run.objects.filter(pk=self.rows.run.pk, state=RunState.CANCELLED).exists():
            take_back(self.batches, self.rows, is_waiting=False)
        self.model.close()
        with suppress(CourierBusyError):  # then the next run, or this one resumed, stores it
            store_journal(self.journal, self.rows, patience=5.0)


def journal_of(run: Run, stage: Stage) -> Path:
    """Where the courier of a run's stage writes down what it was answered."""
    return Path(settings.DATA_DIR) / "answers" / f"run-{run.pk}-{stage.value}.jsonl"


def reach(run: PipelineRun, backend: Backend, stage: Stage, caps: tuple[Ledger, Lock], ears: Ears) -> Reached:
    """The model of one stage, ready to be asked. First stores what a worker that was killed had paid for.

    Raises CourierBusyError while that worker's courier is still at work, ServerSettingsError or LocalModelError where
    the model cannot be reached at all.
    """
    options = options_of(run, stage)
    price = price_of(options, in_batches=run.in_batches)
    journal = journal_of(run, stage)
    rows = AnswerRows(run=run, backend=backend, stage=stage, price=price)
    store_journal(journal, rows)
    inner = _inner(run, options, journal, ears.told)
    if isinstance(inner, CourierModel | BatchModel):
        rows.stored = inner.stored
    if isinstance(inner, BatchModel):
        store(inner.left_behind(), rows)
    capped = CappedModel(_Watched(inner, named(options), ears.asked_to_wait), *caps, price)
    rows.booked = capped.booked
    return Reached(RememberingModel(capped, rows), rows, journal, inner if isinstance(inner, BatchModel) else None)


def options_of(run: Run, stage: Stage) -> Mapping[str, Any]:
    """The settings of a stage's backend as the run froze them."""
    options: Mapping[str, Any] = run.params[f"{'extractor' if stage == Stage.EXTRACT else 'mapper'}_options"]
    return options


def backend_of(run: PipelineRun, stage: Stage) -> Backend | None:
    """The backend a run asks in a stage; None for an embedded one."""
    return run.extractor_backend if stage == Stage.EXTRACT else run.mapper_backend


def sees_unmasked(run: PipelineRun, stage: Stage) -> bool:
    """Whether a stage's model is sent reports as they are.

    What a run froze cannot outlive the permission: an admin who masks a backend again means all that is still sent.
    """
    backend = backend_of(run, stage)
    return backend is not None and backend.may_see_unmasked and bool(options_of(run, stage).get("may_see_unmasked"))


def store_left_journals() -> None:
    """Stores what the couriers of other runs were answered after their workers were killed, so that nobody asks again.

    Waits for a courier that is still at work for a dead worker; leaves those of living workers alone.
    """
    folder = Path(settings.DATA_DIR) / "answers"
    for journal in sorted(folder.glob("run-*.jsonl")):
        pk, stage = journal.stem.removeprefix("run-").split("-")
        run = _pipeline_run(int(pk))
        if run is None or is_being_worked(run.pk):
            continue
        # By the run's own key: the name it froze may have been given to another backend since.
        backend = backend_of(run, Stage(stage))
        if backend is None:
            continue
        price = price_of(options_of(run, Stage(stage)))
        store_journal(journal, AnswerRows(run=run, backend=backend, stage=Stage(stage), price=price))


def _pipeline_run(pk: int) -> PipelineRun | None:
    for kind in (ExtractionRun, Trial, StressTrial):
        if run := kind.objects.filter(pk=pk).first():
            return run
    return None


def store_left_batches(told: Callable[[str], None]) -> None:
    """Ends the batches that cancelled runs left at their servers and stores what those had answered, which is paid for.

    ``told`` hears what is waited for, and may raise to stop the waiting. A batch whose server is out of reach is left for the
    next run; those of paused and failed runs go on, as they may be resumed.
    """
    folder = Path(settings.DATA_DIR) / "answers"
    for batches in sorted(folder.glob("run-*.batches")):
        pk, name = batches.stem.removeprefix("run-").split("-")
        run, stage = _pipeline_run(int(pk)), Stage(name)
        if run is None or run.state != RunState.CANCELLED or not _has_requests(batches):
            continue
        options, backend = options_of(run, stage), backend_of(run, stage)
        if backend is None or is_being_worked(run.pk):
            continue
        rows = AnswerRows(run=run, backend=backend, stage=stage, price=price_of(options, in_batches=True))
        with suppress(ServerSettingsError):
            model = BatchModel(server_settings(options), batches, told)
            rows.stored = model.stored
            try:
                take_back(model, rows, is_waiting=True)
            finally:
                model.close()


def has_batches_under_way(run: PipelineRun) -> bool:
    """Whether the run sent batches whose answers it has not stored: they go on at the server, whoever works the run."""
    return run.in_batches and any(_has_requests(journal_of(run, stage).with_suffix(".batches")) for stage in Stage)


def _has_requests(batches: Path) -> bool:
    return any(batches.glob("*/requests-*.jsonl"))


def take_back(batches: BatchModel, rows: AnswerRows, *, is_waiting: bool) -> None:
    """Ends a run's batches and stores what they had answered; a server out of reach is left alone."""
    from llm_extract.adapters.batch_files import BatchError

    with suppress(BatchError):
        store(batches.taken_back(is_waiting=is_waiting), rows)
        batches.stored()


def store_journal(journal: Path, rows: AnswerRows, *, patience: float | None = None) -> None:
    """Moves what a courier wrote down into the database, and then forgets the journal."""
    store(recover(journal, patience), rows)
    forget(journal)


def store(answers: Iterator[Answer], rows: AnswerRows) -> None:
    """Moves answers into the database, some at a time; most are there already, as only a killed worker left any out."""
    while batch := list(islice(answers, RECOVERED_AT_ONCE)):
        rows.keep_missing(batch)


def _inner(run: PipelineRun, options: Mapping[str, Any], journal: Path, told: Callable[[str], None]) -> Model:
    if options["kind"] != BackendKind.LOCAL:
        if run.in_batches:
            return BatchModel(server_settings(options), journal.with_suffix(".batches"), told)
        return CourierModel(server_settings(options), journal)
    from llm_extract.adapters.local_model import LocalModel

    return LocalModel(_local_settings(options))


def reach_decider(options: Mapping[str, Any]) -> Decider:
    """A local model that weighs options. Raises LocalModelError where it cannot be used so."""
    from llm_extract.adapters.local_decider import LocalDecider

    return LocalDecider(_local_settings(options))


def _local_settings(options: Mapping[str, Any]) -> LocalSettings:
    return LocalSettings(
        path=Path(options["model"]),
        name=options["name"],
        batch_size=options["concurrency"],
        reasoning_tokens=options["max_output_tokens"] if options["is_reasoning"] else 0,
    )


class _Watched:
    """A model under the name its answers are kept by, which tells how long its server asks to wait."""

    def __init__(self, model: Model, name: str, asked_to_wait: Callable[[float], None]) -> None:
        self._model, self._name, self._asked_to_wait = model, name, asked_to_wait

    @property
    def name(self) -> str:
        """See Model."""
        return self._name

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """See Model."""
        for answer in self._model.ask(questions):
            if answer.fault is Fault.RATE_LIMITED and answer.wait_seconds:
                self._asked_to_wait(answer.wait_seconds)
            yield answer

    def close(self) -> None:
        """See Model."""
        self._model.close()
