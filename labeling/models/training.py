"""Training and calibration cases: studies with an expert's worked answer, read before a round."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark, Taxonomy
from cases.models import Study
from llm_extract.models import SuggestionSet


class TrainingSet(models.Model):
    """Worked cases that rounds of a benchmark may begin with. Never changed once a round uses it (a trigger)."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="training_sets")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="training_sets")
    name = models.CharField(max_length=120)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["benchmark", "name"]
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "name"], name="training_set_name_is_unique_in_benchmark"),
        ]

    def __str__(self) -> str:
        return self.name


class TrainingCase(models.Model):
    """A study with the expert's labels and why. ``answer`` holds the keys of the labels that are there."""

    training_set = models.ForeignKey(TrainingSet, on_delete=models.CASCADE, related_name="cases")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="training_cases")
    suggestion_set = models.ForeignKey(SuggestionSet, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    answer = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    explanation = models.TextField(blank=True)

    class Meta:
        ordering = ["training_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["training_set", "study"], name="training_case_is_unique_in_its_set"),
        ]

    def __str__(self) -> str:
        return f"training case {self.position} of {self.training_set_id}"
