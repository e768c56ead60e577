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
    wishes = models.JSONField(default=dict, help_text="Label targets, studies locked and excluded, clusters.")
    prices = models.JSONField(default=dict, help_text="The price list of the optimum, for why and why not.")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(size__gt=0), name="sampling_run_size_is_positive")]


class SamplingPlan(Run):
    """What a draw would give, before it is drawn: nothing of it is read, and no study is picked."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="sampling_plans")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="sampling_plans")
    size = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    consensus_rate = models.FloatField(help_text="Share of the read studies that consensus is expected to accept.")
    wishes = models.JSONField(default=dict)
    pool_size = models.PositiveIntegerField(null=True, blank=True)
    buckets = models.JSONField(default=list, help_text="As a sampling run's.")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(consensus_rate__gt=0, consensus_rate__lte=1), name="sampling_plan_rate_is_a_share"
            )
        ]


class SampledStudy(models.Model):
    """A study picked by a run, with why."""

    run = models.ForeignKey(SamplingRun, on_delete=models.PROTECT, related_name="sampled_studies")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sampled")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    suggestion_set = models.ForeignKey(SuggestionSet, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveIntegerField()
    reasons = ArrayField(models.CharField(max_length=300))
    inclusion_probability = models.FloatField(null=True, blank=True)
    difficulty = models.JSONField(default=dict, help_text="What each named part adds to the study's difficulty.")
    terms = models.JSONField(default=list, help_text="[[group, name, points]], adding up to its margin.")

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

    @property
    def margin(self) -> float:
        """By how many points the study is above the threshold of its draw."""
        return float(sum(points for _, _, points in self.terms))

    @property
    def difficulty_score(self) -> float:
        """The sum of its parts, 0 to 1."""
        return float(sum(self.difficulty.values()))
