"""Rows every room rests on: runs (any long piece of work) and events (who did what, when)."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class RunState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    SUCCEEDED = "succeeded", "Finished"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


OPEN_STATES = (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)


class Run(models.Model):
    """A long piece of work. The row is the truth: a worker claims it, advances it, and anyone may look.

    Packages extend it (``ImportRun(Run)``); ``kind`` says which, so that one page pattern serves all.
    """

    kind = models.CharField(max_length=20, editable=False)
    state = models.CharField(max_length=12, choices=RunState, default=RunState.QUEUED)
    params = models.JSONField(default=dict, help_text="What it was asked: options, seed, versions. Never report text.")
    total = models.PositiveIntegerField(null=True, blank=True, help_text="Units of work, once known.")
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Live counts by outcome.")
    message = models.TextField(blank=True, help_text="The last sentence worth telling, above all why it failed.")
    attempt = models.PositiveIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True, editable=False, help_text="Token of the worker that holds the run.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["kind", "-created_at"], name="run_by_kind_newest")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=RunState.values), name="run_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state=RunState.RUNNING) | models.Q(claim__isnull=False),
                name="run_running_has_a_claim",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} run {self.pk}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state not in OPEN_STATES

    @property
    def fraction(self) -> float | None:
        """Share of the work done, 0 to 1; None while the total is unknown."""
        return None if not self.total else min(1.0, self.done / self.total)


class RunProblem(models.Model):
    """One thing a run refused or failed on: where, which value, which rule. Never holds report text."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="problems")
    kind = models.CharField(max_length=40, help_text="Short key of the rule, to filter by.")
    where = models.CharField(max_length=500, help_text="File, or study, as the person named it.")
    line = models.PositiveIntegerField(null=True, blank=True)
    field = models.CharField(max_length=100, blank=True)
    value = models.CharField(max_length=200, blank=True)
    message = models.TextField()
    is_warning = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["run", "kind"], name="run_problem_by_kind")]

    def __str__(self) -> str:
        return self.message


class Event(models.Model):
    """An audit row: written in the transaction of the change it tells of, never changed after."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    verb = models.CharField(max_length=60, help_text="What happened, e.g. round.opened")
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict, help_text="Ids and numbers only; no label, report text or patient field.")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at"], name="event_newest"),
            models.Index(fields=["subject_type", "subject_id"], name="event_by_subject"),
            models.Index(fields=["verb"], name="event_by_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id}"
