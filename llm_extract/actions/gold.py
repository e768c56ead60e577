"""The only writer of gold sets."""

from django.db import transaction

from accounts.models import User
from benchmarks.models import Benchmark
from benchmarks.queries import current_taxonomy, labels_by_key
from core.actions import record_event
from llm_extract.errors import ExtractionRefusedError
from llm_extract.gold_sources import GoldByStudy
from llm_extract.models import GoldLabel, GoldSet


@transaction.atomic
def create_gold_set(*, benchmark: Benchmark, name: str, source: str, labels: GoldByStudy, by: User | None) -> GoldSet:
    """A gold set for the benchmark's current taxonomy. Refuses a name that is taken and a set without a label."""
    taxonomy = current_taxonomy(benchmark)
    known = labels_by_key(taxonomy)
    if GoldSet.objects.filter(benchmark=benchmark, name=name).exists():
        raise ExtractionRefusedError(
            f"{benchmark} has a gold set {name!r} already; sets are never edited, name a new one."
        )
    if not any(labels.values()):
        raise ExtractionRefusedError("The gold set has no label of a known study; nothing could be judged by it.")
    gold_set = GoldSet.objects.create(
        benchmark=benchmark, taxonomy=taxonomy, name=name, source=source[:120], created_by=by
    )
    GoldLabel.objects.bulk_create(
        (
            GoldLabel(gold_set=gold_set, study_id=study_id, label=known[key], status=status)
            for study_id, of_study in labels.items()
            for key, status in of_study.items()
        ),
        batch_size=2000,
    )
    record_event(verb="gold_set.created", subject=gold_set, by=by, data={"n_studies": len(labels)})
    return gold_set
