"""Reads of benchmarks and their current taxonomies."""

from django.db.models import Prefetch

from benchmarks.models import Benchmark, Label, Taxonomy
from core.errors import DomainError


class UnknownBenchmarkError(DomainError):
    """No benchmark has the slug."""


class UnknownLabelError(DomainError):
    """No label of the taxonomy has the key."""


def benchmark_by_slug(slug: str) -> Benchmark:
    """The benchmark, or UnknownBenchmarkError naming those there are."""
    benchmark = Benchmark.objects.filter(slug=slug).first()
    if benchmark is None:
        known = ", ".join(Benchmark.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise UnknownBenchmarkError(f"There is no benchmark {slug!r} (known: {known}); load it with create_benchmark.")
    return benchmark


def current_taxonomy(benchmark: Benchmark) -> Taxonomy:
    """The newest version of the benchmark's taxonomy, its labels at hand in order."""
    labels = Prefetch("labels", queryset=Label.objects.order_by("position"))
    return Taxonomy.objects.filter(benchmark=benchmark).prefetch_related(labels).order_by("-version")[0]


def labels_by_key(taxonomy: Taxonomy) -> dict[str, Label]:
    """The taxonomy's labels by key, in their order."""
    return {label.key: label for label in taxonomy.labels.order_by("position")}


def label_by_key(labels: dict[str, Label], key: str) -> Label:
    """One of ``labels``; UnknownLabelError names the allowed keys."""
    if key not in labels:
        raise UnknownLabelError(f"There is no label {key!r}; allowed: {', '.join(labels)}.")
    return labels[key]
