"""Benchmarks and their versioned taxonomies, as loaded from YAML."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Benchmark(models.Model):
    """A definition: labels, modality, reading protocol, consensus rule, release sizes."""

    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    modality = ArrayField(models.CharField(max_length=16))
    body_part = models.CharField(max_length=60, blank=True)
    settings = models.JSONField(help_text="The reading, consensus, sample and release parts, defaults filled in.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class Taxonomy(models.Model):
    """One version of a benchmark's labels; never edited once stored."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="taxonomies")
    version = models.PositiveIntegerField(help_text="Our own counter; 1 for the first.")
    declared_version = models.CharField(max_length=40, help_text="What the YAML calls it.")
    sha256 = models.CharField(max_length=64, help_text="Of the labels' canonical JSON.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["benchmark", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "version"], name="taxonomy_version_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark.slug} v{self.version}"


class Label(models.Model):
    """One entry of a taxonomy version."""

    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="labels")
    position = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    definition = models.TextField(blank=True)
    synonyms = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    codes = models.JSONField(default=list, blank=True, help_text="[{scheme, value, meaning}]")
    exclusive = models.BooleanField(default=False, help_text="No other label may stand beside it.")
    weight = models.FloatField(default=1.0, help_text="Clinical relevance, for the sampler.")
    group = models.CharField(max_length=60, blank=True, default="", help_text="Its heading on the reader's page.")

    class Meta:
        ordering = ["taxonomy", "position"]
        constraints = [
            models.UniqueConstraint(fields=["taxonomy", "key"], name="label_key_is_unique_in_taxonomy"),
            models.UniqueConstraint(fields=["taxonomy", "position"], name="label_position_is_unique_in_taxonomy"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="label_weight_is_positive"),
        ]

    def __str__(self) -> str:
        return self.name
