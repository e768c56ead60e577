"""The only writer of benchmarks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from benchmarks.definition import BenchmarkDefinition
from benchmarks.models import Benchmark, Label, Taxonomy
from core.actions import record_event

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class LoadedBenchmark:
    """What loading a definition did."""

    benchmark: Benchmark
    taxonomy: Taxonomy
    is_new: bool
    is_new_taxonomy: bool
    is_changed: bool


@transaction.atomic
def load_benchmark(*, definition: BenchmarkDefinition, by: "User | None") -> LoadedBenchmark:
    """Creates the benchmark or brings it up to date; a changed taxonomy becomes a new version.

    Loading the same definition again changes nothing and writes no event.
    """
    values = {
        "title": definition.title,
        "description": definition.description,
        "modality": list(definition.modality),
        "body_part": definition.body_part,
        "settings": definition.settings(),
    }
    Benchmark.objects.bulk_create([Benchmark(slug=definition.slug, **values)], ignore_conflicts=True)
    benchmark = Benchmark.objects.select_for_update().get(slug=definition.slug)
    newest = benchmark.taxonomies.order_by("-version").first()
    is_changed = any(getattr(benchmark, name) != value for name, value in values.items())
    if is_changed:
        Benchmark.objects.filter(pk=benchmark.pk).update(**values, updated_at=timezone.now())
        benchmark.refresh_from_db()
    is_new_taxonomy = newest is None or newest.sha256 != definition.taxonomy_sha256()
    taxonomy = _add_taxonomy(benchmark, definition, newest) if newest is None or is_new_taxonomy else newest
    if newest is None or is_new_taxonomy or is_changed:
        record_event(
            verb="benchmark.created" if newest is None else "benchmark.updated",
            subject=benchmark,
            by=by,
            data={"taxonomy_version": taxonomy.version, "labels": len(definition.labels)},
        )
    return LoadedBenchmark(
        benchmark=benchmark,
        taxonomy=taxonomy,
        is_new=newest is None,
        is_new_taxonomy=is_new_taxonomy,
        is_changed=is_changed,
    )


def _add_taxonomy(benchmark: Benchmark, definition: BenchmarkDefinition, newest: Taxonomy | None) -> Taxonomy:
    taxonomy = Taxonomy.objects.create(
        benchmark=benchmark,
        version=newest.version + 1 if newest else 1,
        declared_version=definition.taxonomy_version,
        sha256=definition.taxonomy_sha256(),
    )
    Label.objects.bulk_create(
        Label(
            taxonomy=taxonomy,
            position=position,
            key=label.key,
            name=label.name,
            definition=label.definition,
            synonyms=list(label.synonyms),
            codes=list(label.codes),
            exclusive=label.exclusive,
            weight=label.weight,
            group=label.group,
        )
        for position, label in enumerate(definition.labels, start=1)
    )
    return taxonomy
