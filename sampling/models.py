"""Sampling runs and the studies they picked, with reasons."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from benchmarks.models import Benchmark, Taxonomy
from cases.models import Patient, Study
from core.models import Run
from llm_extract.models import SuggestionSet


class SamplingRun(Run):
    """One draw from the pool. ``params`` holds the design; ``buckets`` what it asked for and what it got."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="sampling_runs")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="sampling_runs")
    size = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    algorithm = models.CharField(max_length=60, blank=True)
    input_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the candidates it chose from.")
    pool_size = models.PositiveIntegerField(null=True, blank=True)
    buckets = models.JSONField(default=list, help_text="[{group, name, have, target, pool}]")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(size__gt=0), name="sampling_run_size_is_positive")]


class SampledStudy(models.Model):
    """A study picked by a run, with why."""

    run = models.ForeignKey(SamplingRun, on_delete=models.PROTECT, related_name="sampled_studies")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sampled")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    suggestion_set = models.ForeignKey(SuggestionSet, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField()
    reasons = ArrayField(models.CharField(max_length=300))
    inclusion_probability = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["run", "rank"]
        verbose_name_plural = "sampled studies"
        constraints = [
            models.UniqueConstraint(fields=["run", "study"], name="sampled_study_is_unique_in_run"),
            models.UniqueConstraint(fields=["run", "patient"], name="sampled_patient_is_unique_in_run"),
            models.UniqueConstraint(fields=["run", "rank"], name="sampled_rank_is_unique_in_run"),
            models.CheckConstraint(
                condition=models.Q(inclusion_probability__isnull=True)
                | models.Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="sampled_inclusion_probability_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"pick {self.rank} of run {self.run_id}"
