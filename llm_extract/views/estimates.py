"""What a run would cost before it is started: from earlier answers of its backends, else a cautious upper estimate."""

import math
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, QuerySet
from django.db.models.functions import Length

from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy
from cases.models import Report
from llm_extract.actions import PipelineChoice
from llm_extract.actions.choices import frozen_choice
from llm_extract.asking.protocol import Usage
from llm_extract.models import Backend, ExtractionRun, ModelAnswer, Prompt, Stage
from llm_extract.queries import reports_lacking_suggestions
from llm_extract.queries.money import money_words
from llm_extract.trust.costs import Price, cost, estimate, most_tokens

SAMPLE = 200  # newest answers looked at
SCHEMA_TOKENS = 1_500  # of an answer's schema, where the server counts it as input
LABEL_TOKENS = 80  # of one label's name, definition and synonyms in a prompt


@dataclass(frozen=True)
class StageEstimate:
    """One stage that asks a model: its questions, and what they will use.

    `n_sample` answers are what the figures rest on; 0: none yet, and the figures are an upper estimate. `money` is None
    where the backend has no prices. `low` and `high` are the 95 % interval of the money, where a sample gives one.
    """

    stage: str
    backend: str
    questions: int
    input_tokens: int
    output_tokens: int
    n_sample: int
    money: Decimal | None
    low: Decimal | None
    high: Decimal | None
    currency: str

    @property
    def money_words(self) -> str:
        """The money in words, never a zero for what is not known."""
        if self.money is None:
            return "unknown price"
        return money_words(self.money, self.currency)

    @property
    def interval_words(self) -> str:
        """The 95 % interval of the money; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"{money_words(self.low, self.currency)} to {money_words(self.high, self.currency)}"


@dataclass(frozen=True)
class RunEstimate:
    """Before a run: `waiting` reports, `distinct` texts among them (the same text is asked once), and each stage's share."""

    waiting: int
    distinct: int
    version: str
    stages: tuple[StageEstimate, ...]

    @property
    def questions(self) -> int:
        """Of both stages, repairs not counted."""
        return sum(one.questions for one in self.stages)

    @property
    def tokens(self) -> int:
        """In and out, of both stages."""
        return sum(one.input_tokens + one.output_tokens for one in self.stages)

    @property
    def cost_words(self) -> str:
        """The whole cost, as far as prices are known."""
        if not self.stages:
            return "nothing"
        by_currency: dict[str, Decimal] = {}
        for one in self.stages:
            if one.money is not None:
                by_currency[one.currency] = by_currency.get(one.currency, Decimal(0)) + one.money
        known = " + ".join(money_words(amount, currency) for currency, amount in by_currency.items())
        unknown = [one.backend for one in self.stages if one.money is None]
        if not unknown:
            return known
        return f"{known} and what {', '.join(unknown)} costs" if known else "unknown price"


def estimate_run(*, benchmark: Benchmark, choice: PipelineChoice, limit: int | None) -> RunEstimate:
    """What the run would read and use if it were started now.

    Raises ExtractionRefusedError where `create_extraction_run` would refuse the choice.
    """
    run = ExtractionRun(benchmark=benchmark, taxonomy=current_taxonomy(benchmark))
    frozen_choice(run, choice)
    reports = reports_lacking_suggestions(benchmark, run.taxonomy, backend=run.extractor, version=run.version)
    waiting = reports[:limit] if limit else reports
    n_waiting = waiting.count()
    # Of a slice the distinct texts are counted among its own rows.
    texts = Report.objects.filter(pk__in=waiting.values("pk")).order_by()
    distinct = texts.values("sha256").distinct().count()
    stages = []
    if run.extractor_backend:
        # The dearest of several prompts stands for all.
        asked = max((run.extractor_prompt, *choice.further_prompts), key=lambda one: len(one.text) if one else 0)
        stages.append(_stage(run, Stage.EXTRACT, run.extractor_backend, asked, distinct, texts))
    if run.mapper_backend:
        stages.append(_stage(run, Stage.MAP, run.mapper_backend, run.mapper_prompt, distinct, texts))
    return RunEstimate(n_waiting, distinct, run.version, tuple(stages))


def _stage(
    run: ExtractionRun, stage: Stage, backend: Backend, prompt: Prompt | None, distinct: int, texts: QuerySet[Report]
) -> StageEstimate:
    questions = distinct * run.samples
    price = _price(backend)
    usages = earlier_usages(backend, stage)
    told = estimate(usages, questions, price or Price(Decimal(0), Decimal(0)), is_batch=run.in_batches)
    if told is None:
        return _cautious(run, stage, backend, prompt, questions, texts)
    return StageEstimate(
        Stage(stage).label,
        backend.name,
        questions,
        told.input_tokens,
        told.output_tokens,
        told.n_sample,
        told.money if price else None,
        told.low if price else None,
        told.high if price else None,
        backend.currency,
    )


def _cautious(
    run: ExtractionRun, stage: Stage, backend: Backend, prompt: Prompt | None, questions: int, texts: QuerySet[Report]
) -> StageEstimate:
    """Before the first answer: every byte of prompt, taxonomy and report at its dearest, every answer at its limit."""
    characters = texts.aggregate(mean=Avg(Length("text")))["mean"] or 0
    of_prompt = most_tokens(prompt.text if prompt else "") + SCHEMA_TOKENS + LABEL_TOKENS * run.taxonomy.labels.count()
    each = Usage(of_prompt + math.ceil(characters / 2), backend.max_output_tokens)
    price = _price(backend)
    return StageEstimate(
        Stage(stage).label,
        backend.name,
        questions,
        each.input_tokens * questions,
        each.output_tokens * questions,
        0,
        cost(each, price, is_batch=run.in_batches) * questions if price else None,
        None,
        None,
        backend.currency,
    )


def earlier_usages(backend: Backend, stage: Stage) -> list[Usage | None]:
    """What the newest good answers of a backend used; None for those the server did not count."""
    rows = ModelAnswer.objects.filter(backend=backend, stage=stage, fault="").order_by("-pk")
    newest = rows.values_list("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")[:SAMPLE]
    return [
        None if sent is None or got is None else Usage(sent, got, cached, thought)
        for sent, got, cached, thought in newest
    ]


def _price(backend: Backend) -> Price | None:
    prices: list[Decimal | None] = [backend.price_input, backend.price_output, backend.price_cached]
    sent, got, cached = prices
    return None if sent is None or got is None else Price(sent, got, cached, backend.batch_share)
