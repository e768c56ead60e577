"""Reads of reports that wait, of what runs found and spent, and of where they failed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from benchmarks.models import Benchmark, Taxonomy
from cases.models import Report, Study
from cases.visibility import hidden_studies
from core.models import Run
from llm_extract.models import ExtractionRun, FailedReport, ModelAnswer, SuggestionSet


def reports_lacking_suggestions(
    benchmark: Benchmark, taxonomy: Taxonomy, *, backend: str, version: str
) -> QuerySet[Report]:
    """Reports with text, in the benchmark's pool, not yet extracted by this backend version for this taxonomy."""
    done = SuggestionSet.objects.filter(
        study=OuterRef("study"),
        taxonomy=taxonomy,
        extraction__backend=backend,
        extraction__backend_version=version,
    )
    return (
        Report.objects.filter(study__pool_entries__benchmark=benchmark, is_empty=False)
        .filter(~Exists(done))
        .order_by("pk")
    )


def reports_with_suggestions(refs: Iterable[int], taxonomy: Taxonomy, *, backend: str, version: str) -> set[int]:
    """Of these reports, those extracted by this backend version for this taxonomy."""
    sets = SuggestionSet.objects.filter(study__report__in=list(refs), taxonomy=taxonomy)
    done = sets.filter(extraction__backend=backend, extraction__backend_version=version)
    return set(done.values_list("study__report", flat=True))


def failed_reports_of(run: ExtractionRun, fault: str = "") -> QuerySet[FailedReport, int]:
    """Ids of the reports on which a run failed, or of those that failed in one way."""
    failures = run.failed_reports.filter(fault=fault) if fault else run.failed_reports.all()
    return failures.values_list("report", flat=True)


def run_with_failures_of(run: ExtractionRun, fault: str = "") -> ExtractionRun | None:
    """The newest later run of the same version that holds failed reports now, or those that failed in one way.

    A later run that asks the same again takes the failures of earlier ones over.
    """
    later = ExtractionRun.objects.filter(benchmark=run.benchmark_id, version=run.version, pk__gt=run.pk)
    held = FailedReport.objects.filter(run=OuterRef("pk"), **({"fault": fault} if fault else {}))
    return later.filter(Exists(held)).order_by("-pk").first()


def reports_digest(reports: QuerySet[Report]) -> str:
    """SHA-256 over the digests of the texts, in order; one pass in the database's order, memory flat."""
    digest = hashlib.sha256()
    for sha256 in reports.values_list("sha256", flat=True).iterator(chunk_size=5000):
        digest.update(sha256.encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class LabelCount:
    """How many studies of a run have a label present, uncertain, absent."""

    key: str
    name: str
    present: int
    uncertain: int
    absent: int


def label_counts(run: ExtractionRun, *, with_sealed: bool = False) -> list[LabelCount]:
    """Per label of the run's taxonomy, in its order.

    A sealed holdout is left out unless ``with_sealed``, which is an admin's alone: beside what is open to a curator,
    counts over all studies would tell the sealed side's by subtraction.
    """
    ours = Q(suggestions__suggestion_set__run=run)
    if not with_sealed:
        ours &= ~Q(suggestions__suggestion_set__study__in=Study.objects.filter(hidden_studies()))
    counted = run.taxonomy.labels.annotate(
        present=Count("suggestions", filter=ours & Q(suggestions__status="present")),
        uncertain=Count("suggestions", filter=ours & Q(suggestions__status="uncertain")),
        absent=Count("suggestions", filter=ours & Q(suggestions__status="absent")),
    ).order_by("position")
    return [LabelCount(one.key, one.name, one.present, one.uncertain, one.absent) for one in counted]


@dataclass(frozen=True)
class Spending:
    """What a run paid for: `cost` counts answers of known price, `of_unknown_cost` how many had none.

    What is booked counts against the caps: at most so much, where a server does not say.
    """

    requests: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: Decimal
    of_unknown_cost: int
    booked_tokens: int
    booked_cost: Decimal

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.input_tokens + self.output_tokens


def spending(run: Run) -> Spending:
    """What the run has paid for so far: its answers' rows are the truth, so a killed run forgets nothing."""
    sums = ModelAnswer.objects.filter(run=run.pk).aggregate(
        of_unknown_cost=Count("pk", filter=Q(cost__isnull=True)),  # first: below, "cost" is the sum
        requests=Count("pk"),
        input_tokens=Sum("input_tokens", default=0),
        cached_tokens=Sum("cached_tokens", default=0),
        output_tokens=Sum("output_tokens", default=0),
        cost=Sum("cost", default=Decimal(0)),
        booked_tokens=Sum("booked_tokens", default=0),
        booked_cost=Sum("booked_cost", default=Decimal(0)),
    )
    return Spending(**sums)


@dataclass(frozen=True)
class FailureCount:
    """How many reports of a run failed in one way, at which stage."""

    fault: str
    stage: str
    count: int


def failure_counts(run: ExtractionRun) -> list[FailureCount]:
    """Failures of a run by kind and stage, most frequent first."""
    counted = run.failed_reports.values("fault", "stage").annotate(count=Count("pk")).order_by("-count", "fault")
    return [FailureCount(**row) for row in counted]
