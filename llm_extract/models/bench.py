"""The extraction bench: gold sets, trials of a pipeline on them, stress trials, and versions barred from runs."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from benchmarks.models import Benchmark, Label, Taxonomy
from cases.models import Study
from llm_extract.models.runs import PipelineRun
from llm_extract.models.suggestions import FindingStatus


class GoldSet(models.Model):
    """Labels of studies that people vouch for, to judge a pipeline by. Never edited: better gold is a new set."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="gold_sets")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="gold_sets")
    name = models.CharField(max_length=80)
    source = models.CharField(max_length=120, help_text="The file, or the reading round, it was made of.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["benchmark", "name"], name="gold_set_name_is_unique")]

    def __str__(self) -> str:
        return self.name


class GoldLabel(models.Model):
    """What one study truly has of one label; a label without a row was not judged."""

    gold_set = models.ForeignKey(GoldSet, on_delete=models.CASCADE, related_name="labels")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="gold_labels")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="gold_labels")
    status = models.CharField(max_length=10, choices=FindingStatus)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gold_set", "study", "label"], name="gold_label_is_unique"),
            models.CheckConstraint(condition=models.Q(status__in=FindingStatus.values), name="gold_status_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.label_id}: {self.status}"


class Trial(PipelineRun):
    """A pipeline tried on a gold set. Its suggestions stay on the bench: no reader ever sees them."""

    gold_set = models.ForeignKey(GoldSet, on_delete=models.PROTECT, related_name="trials")
    limit = models.PositiveIntegerField(null=True, blank=True, help_text="So many studies of the set, by a fixed draw.")
    scores = models.JSONField(default=dict, help_text="Figures with intervals, made once when the trial is over.")

    class Meta:
        ordering = ["-pk"]


class TrialStudy(models.Model):
    """One study of a trial: what was suggested, or the fault that stopped it."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="studies")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="+")
    fault = models.CharField(max_length=20, blank=True)
    doubt = models.FloatField(null=True)
    findings = models.JSONField(default=list, help_text="As read, with the spans they rest on.")
    answers = ArrayField(
        models.CharField(max_length=64),
        default=list,
        help_text="Keys of the models' answers it rests on, whoever paid.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial", "study"], name="trial_study_is_unique")]

    def __str__(self) -> str:
        return f"study {self.study_id} in trial {self.trial_id}"


class TrialSuggestion(models.Model):
    """What a trial suggests of one label."""

    trial_study = models.ForeignKey(TrialStudy, on_delete=models.CASCADE, related_name="suggestions")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=FindingStatus)
    confidence = models.FloatField(null=True)
    agreement = models.FloatField(null=True)
    flags = ArrayField(models.CharField(max_length=20), default=list)
    spans = ArrayField(models.PositiveIntegerField(), default=list)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trial_study", "label"], name="trial_label_is_unique")]

    def __str__(self) -> str:
        return f"{self.label_id}: {self.status}"


class StressTrial(PipelineRun):
    """A pipeline put to the stress set: reports of the pool with one finding negated, removed, hedged or made history."""

    limit = models.PositiveIntegerField(default=100, help_text="How many altered reports.")
    seed = models.PositiveIntegerField(default=7)
    results = models.JSONField(default=dict, help_text="Right and wrong by kind, and which labels; no report text.")

    class Meta:
        ordering = ["-pk"]


class BarredVersion(models.Model):
    """A pipeline version that no run may use, until an admin or curator lifts the bar."""

    version = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)
    stress_trial = models.ForeignKey(StressTrial, null=True, on_delete=models.PROTECT, related_name="bars")
    barred_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    barred_at = models.DateTimeField(default=timezone.now, editable=False)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(lifted_at__isnull=True), name="barred_version_stands_once"
            )
        ]

    def __str__(self) -> str:
        return self.version


class Calibration(models.Model):
    """How a pipeline version's confidence translates into the share that is right, learnt from one trial."""

    trial = models.OneToOneField(Trial, on_delete=models.PROTECT, related_name="calibration")
    curve = models.JSONField(help_text="Knots of the isotonic curve, and the figures it was judged by.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"calibration of trial {self.trial_id}"
