"""What is stored of consensus: agreement runs, and outcomes once a release froze them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Label
from core.models import Run
from labeling.models import ReadingRound, RoundStudy


class AgreementRun(Run):
    """Agreement figures of a round at a moment: bootstrap intervals take seconds, so they are computed once."""

    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="agreement_runs")
    reads_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the reads it used: stale when they changed."
    )
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]


class AdjudicationState(models.TextChoices):
    PENDING = "pending", "To decide"
    DECIDED = "decided", "Decided"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Adjudication(models.Model):
    """The open labels of a study, put to a reader who did not read it (a trigger). What was decided never changes."""

    round_study = models.ForeignKey(RoundStudy, on_delete=models.PROTECT, related_name="adjudications")
    adjudicator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="adjudications")
    labels = ArrayField(
        models.CharField(max_length=60), help_text="Keys of the labels that were open when it was dealt."
    )
    read_ids = ArrayField(models.BigIntegerField(), help_text="The reads that left them open.")
    shows_reads = models.BooleanField(default=False, help_text="Whether the adjudicator sees how the reads stand.")
    state = models.CharField(max_length=10, choices=AdjudicationState, default=AdjudicationState.PENDING)
    comment = models.TextField(blank=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round_study"],
                condition=models.Q(state__in=["pending", "decided"]),
                name="adjudication_is_one_per_study",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AdjudicationState.values), name="adjudication_state_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="decided") | models.Q(decided_at__isnull=False),
                name="adjudication_decided_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"adjudication {self.pk}"


class Decision(models.Model):
    """What the adjudicator found of one label. Append-only (a trigger)."""

    adjudication = models.ForeignKey(Adjudication, on_delete=models.PROTECT, related_name="decisions")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    is_present = models.BooleanField()

    class Meta:
        ordering = ["adjudication", "label__position"]
        constraints = [
            models.UniqueConstraint(fields=["adjudication", "label"], name="decision_is_one_per_label"),
        ]

    def __str__(self) -> str:
        return f"decision {self.pk}"
