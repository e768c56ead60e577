"""A run's frozen choice made to work: models reached, answers remembered, caps held, guards behind both stages."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Any

from django.conf import settings

from benchmarks.models import Taxonomy
from benchmarks.queries import labels_by_key
from core.actions import RunHandle
from llm_extract.actions.choices import refuse_no_longer_usable
from llm_extract.actions.reaching import (
    Ears,
    ledger_of,
    named,
    options_of,
    reach,
    reach_decider,
    sees_unmasked,
    store_left_batches,
    store_left_journals,
)
from llm_extract.asking import self_doubt
from llm_extract.asking.deciding import DecidingMapper
from llm_extract.asking.extracting import ModelExtractor
from llm_extract.asking.mapping import ModelMapper
from llm_extract.asking.merging import Asked
from llm_extract.asking.options import AskingOptions
from llm_extract.asking.prompts import Prompt as Template
from llm_extract.asking.prompts import Stage as TemplateStage
from llm_extract.asking.protocol import Model
from llm_extract.asking.unasked import UnaskedDecider, UnaskedModel
from llm_extract.backends import make_extractor, make_mapper
from llm_extract.errors import ExtractionRefusedError
from llm_extract.findings import LabelDefinition
from llm_extract.models import Backend, PipelineRun, Prompt, Stage
from llm_extract.pipeline import Judge, Judged, Pipeline
from llm_extract.queries.money import money_words
from llm_extract.rules.vocabulary import Vocabulary, vocabulary_for
from llm_extract.stages import Extractor, Mapped, Mapper, Scope
from llm_extract.trust.costs import Cap, CapReachedError, Ledger

# Raised when the guards or the doubt change what stands of the same answers.
GUARDS_VERSION = "8"
WAIT_WHEN_NOT_TOLD = 60.0


@dataclass
class Patience:
    """How long a server asks to wait."""

    seconds: float = 0.0

    def asked(self, seconds: float) -> None:
        """A server asked for it."""
        self.seconds = max(self.seconds, seconds)

    def due(self) -> float:
        """Seconds to wait now; told once."""
        due, self.seconds = self.seconds, 0.0
        return due or WAIT_WHEN_NOT_TOLD


@dataclass(frozen=True)
class OpenPipeline:
    """A pipeline at work for one run, with what it has spent and how patient it must be."""

    pipeline: Pipeline
    ledger: Ledger
    patience: Patience
    currency: str

    def at_its_cap(self) -> str:
        """One sentence on how the run stands to its caps; a server that counts more than was possible is named."""
        caps, spent = self.ledger.caps, self.ledger.spent
        pairs = ((caps.money, spent.money), (caps.tokens, spent.tokens), (caps.calls, spent.calls))
        if any(cap is not None and used > cap for cap, used in pairs):
            return (
                f"The server counted more than the worst case of what was asked, so the cap is passed: {self.spent()}."
            )
        met = self.ledger.met
        of_which = "" if met is None else f" of {self._limit(met)}"
        return f"Stopped before its cap{of_which} would be passed. Spent so far: {self.spent()}."

    def _limit(self, met: CapReachedError) -> str:
        """The cap that was met, in words."""
        if met.cap is Cap.MONEY:
            return money_words(Decimal(met.limit), self.currency)
        return f"{met.limit:,} {'tokens' if met.cap is Cap.TOKENS else 'requests'}"

    def spent(self) -> str:
        """What the run has spent, in words."""
        spent = self.ledger.spent
        at_most = "" if spent.is_exact else "at most "
        return f"{at_most}{money_words(spent.money, self.currency)}, {spent.tokens:,} tokens, {spent.calls:,} requests"


def scope_of(taxonomy: Taxonomy) -> Scope:
    """What the backends need to know of a benchmark: its body part and its labels as plain data."""
    return Scope(
        body_part=taxonomy.benchmark.body_part,
        labels=tuple(
            LabelDefinition(label.key, label.name, label.definition, tuple(label.synonyms), label.exclusive)
            for label in labels_by_key(taxonomy).values()
        ),
    )


def version_of(run: PipelineRun) -> str:
    """Of both stages, their models, prompts and options, and the guards: equal versions give equal answers."""
    scope = scope_of(run.taxonomy)
    extractor = _extractor(run, scope, _unasked(run.params["extractor_options"]))
    mapper = _weighing(run, scope, is_asked=False) or _mapper(run, scope, _unasked(run.params["mapper_options"]))
    digest = hashlib.sha256(f"{extractor.version}|{mapper.version}|{GUARDS_VERSION}".encode()).hexdigest()[:16]
    return f"{run.extractor[:20]}+{run.mapper[:20]}-{digest}"


@contextmanager
def open_pipeline(run: PipelineRun, handle: RunHandle) -> Iterator[OpenPipeline]:
    """The run's pipeline at work; everything it holds is let go of at the end, whatever ended it.

    Refuses a run whose backend was switched off, or whose version was barred, since it was made; resumed, it goes on.
    """
    refuse_no_longer_usable(run)
    scope = scope_of(run.taxonomy)
    if run.uses_models:
        store_left_journals()
        store_left_batches(handle.say)
    ledger, lock = ledger_of(run), Lock()
    patience = Patience()
    with ExitStack() as stack:

        def model_of(backend: Backend | None, stage: Stage) -> Model | None:
            if backend is None:
                return None
            reached = reach(run, backend, stage, (ledger, lock), Ears(patience.asked, handle.say))
            stack.callback(reached.close)
            return reached.model

        extractor = _extractor(run, scope, model_of(run.extractor_backend, Stage.EXTRACT))
        mapper = _weighing(run, scope) or _mapper(run, scope, model_of(run.mapper_backend, Stage.MAP))
        ledger.spent = ledger_of(run).spent  # answers that an earlier worker left behind were stored just now
        judge = _judge(scope, vocabulary_for(scope.body_part))
        yield OpenPipeline(Pipeline(extractor, mapper, judge, run.version), ledger, patience, _currency(run))


def _extractor(run: PipelineRun, scope: Scope, model: Model | None) -> Extractor:
    if model is None:
        return make_extractor(run.extractor, scope)
    return ModelExtractor(
        model,
        (_template(run.extractor_prompt), *map(_template, further_prompts_of(run))),
        scope,
        vocabulary_for(scope.body_part),
        _options(run, Stage.EXTRACT, run.samples),
    )


def _weighing(run: PipelineRun, scope: Scope, *, is_asked: bool = True) -> Mapper | None:
    """The mapper that weighs every label, where the run's backend is set up so."""
    options = run.params["mapper_options"]
    if options is None or not options["weighs_options"]:
        return None
    decider = reach_decider(options) if is_asked else UnaskedDecider()
    vocabulary = vocabulary_for(scope.body_part)
    return DecidingMapper(decider, named(options), scope, vocabulary, _asked(run), sees_unmasked(run, Stage.MAP))


def _mapper(run: PipelineRun, scope: Scope, model: Model | None) -> Mapper:
    if model is None:
        return make_mapper(run.mapper, scope)
    # Several readings of a report are mapped once each; one reading by an embedded engine is mapped several times.
    samples = run.samples if run.extractor_backend_id is None else 1
    return ModelMapper(
        model,
        _template(run.mapper_prompt),
        scope,
        vocabulary_for(scope.body_part),
        _options(run, Stage.MAP, samples),
        _asked(run),
    )


def _asked(run: PipelineRun) -> Asked:
    return Asked.ALL if run.params.get("maps_all") else Asked.UNMAPPED


def _judge(scope: Scope, vocabulary: Vocabulary) -> Judge:
    def judge(mapped: Mapped) -> Judged:
        judgement = self_doubt.judge(mapped, scope.labels, vocabulary)
        return Judged(judgement.suggestions, judgement.doubt, judgement.flags, judgement.findings)

    return judge


def _unasked(options: Mapping[str, Any] | None) -> Model | None:
    return None if options is None else UnaskedModel(named(options))


def further_prompts_of(run: PipelineRun) -> list[Prompt]:
    """The prompts a run reads every report with beside its first, in the order they were chosen."""
    keys = [one["id"] for one in run.params.get("further_prompts", ())]
    found = Prompt.objects.in_bulk(keys)
    return [found[key] for key in keys]


def _template(prompt: Prompt | None) -> Template:
    if prompt is None:
        raise ExtractionRefusedError("The run asks a model but has no prompt; make a new run.")
    return Template(TemplateStage(prompt.stage), prompt.name, prompt.version, prompt.text)


def _options(run: PipelineRun, stage: Stage, samples: int) -> AskingOptions:
    options = options_of(run, stage)
    is_reasoning = options["is_reasoning"]
    return AskingOptions(
        samples=samples,
        temperature=None if is_reasoning else 0.0,
        sample_temperature=None if is_reasoning else 0.7,
        max_output_tokens=options["max_output_tokens"],
        max_report_characters=settings.MAX_REPORT_CHARACTERS,
        may_see_unmasked=sees_unmasked(run, stage),
        attempt=run.params.get("attempt", 0),
    )


def _currency(run: PipelineRun) -> str:
    options = run.params["extractor_options"] or run.params["mapper_options"]
    return str(options["currency"]) if options else ""
