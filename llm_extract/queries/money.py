"""What runs have spent on models, in figures and in words: never a zero for what is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from core.templatetags.ui import number
from llm_extract.models import Extraction, ExtractionRun, ModelAnswer, PipelineRun
from llm_extract.queries.runs import spending


@dataclass(frozen=True)
class Spend:
    """What was paid for. `cost` sums the answers whose price is known; `unpriced` of the `requests` have none.

    `reused` counts answers the run took from earlier questions instead of asking; None where it was not counted.
    """

    requests: int
    tokens: int
    cost: Decimal
    unpriced: int
    currency: str
    reused: int | None = None

    @property
    def cost_words(self) -> str:
        """Such as "0.42 USD", "nothing", "unknown", or "at least …" where some answers have no known cost."""
        if not self.requests:
            return "nothing"
        if self.unpriced == self.requests:
            return "unknown"
        known = money_words(self.cost, self.currency)
        return f"at least {known} ({number(self.unpriced)} requests of unknown cost)" if self.unpriced else known

    @property
    def cost_short(self) -> str:
        """The same for a table's cell."""
        return self.cost_words.partition(" (")[0]

    @property
    def sentence(self) -> str:
        """The whole in one line, for a terminal."""
        again = "" if self.reused is None else f", {self.reused} answers used again"
        return f"{self.requests} requests, {self.tokens} tokens, cost {self.cost_words}{again}"


def money_words(amount: Decimal, currency: str) -> str:
    """Such as "12.30 USD"; four decimals below one, so that a cheap run does not look free."""
    return f"{number(float(amount), 2 if amount >= 1 or amount == 0 else 4)} {currency}"


def spend_of(run: PipelineRun) -> Spend:
    """What a run has spent so far, and how many answers it used again."""
    paid = spending(run)
    return Spend(paid.requests, paid.tokens, paid.cost, paid.of_unknown_cost, currency_of(run), _reused(run))


def _reused(run: PipelineRun) -> int:
    """Answers the run's extractions rest on, less those it paid for itself."""
    extractions = Extraction.objects.filter(run=run.pk)
    length = Func(F("answers"), function="CARDINALITY", output_field=IntegerField())
    used = extractions.aggregate(n=Sum(length, default=0))["n"]
    keys = extractions.annotate(one=Func(F("answers"), function="UNNEST", output_field=CharField())).values("one")
    return int(used - ModelAnswer.objects.filter(run=run.pk, key__in=keys).count()) if used else 0


def currency_of(run: PipelineRun) -> str:
    """Of the first backend that has one, as the run froze it."""
    for stage in ("extractor_options", "mapper_options"):
        options: Mapping[str, Any] = run.params.get(stage) or {}
        if options.get("currency"):
            return str(options["currency"])
    return "USD"


def with_spend(runs: QuerySet[ExtractionRun]) -> QuerySet[ExtractionRun]:
    """Runs with figures for `annotated_spend`: one query for a page of them."""
    paid = ModelAnswer.objects.filter(run=OuterRef("pk")).order_by().values("run")

    def each(figure: Any) -> Coalesce:
        return Coalesce(Subquery(paid.annotate(figure=figure).values("figure")), 0)

    return runs.annotate(
        n_requests=each(Count("pk")),
        n_tokens=each(Coalesce(Sum("input_tokens"), 0) + Coalesce(Sum("output_tokens"), 0)),
        n_unpriced=each(Count("pk", filter=Q(cost__isnull=True))),
        known_cost=Subquery(paid.annotate(figure=Sum("cost")).values("figure")),
    )


def annotated_spend(run: Any) -> Spend:
    """The spend of a run that comes from `with_spend`."""
    return Spend(run.n_requests, run.n_tokens, run.known_cost or Decimal(0), run.n_unpriced, currency_of(run))
