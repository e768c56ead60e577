"""What lies on a reader's desk beside the verdicts: drafts, cases closed without a verdict, holds, and the keys."""

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import User
from cases.models import Study
from labeling.models.reads import ReadSource
from labeling.models.rounds import Slot


class Draft(models.Model):
    """Unfinished input on a case, never a read; the read removes it in its own transaction. One per slot and person."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="drafts")
    reader = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    content = models.JSONField(default=dict, help_text="Verdict chosen, labels ticked, comment, marks (drafts.py).")
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slot", "reader"], name="draft_is_unique_per_slot_and_reader")]

    def __str__(self) -> str:
        return f"draft of slot {self.slot_id}"


class CannotJudgeReason(models.TextChoices):
    IMAGE_QUALITY = "image_quality", "Image quality"
    WRONG_BODY_PART = "wrong_body_part", "Wrong body part"
    PATIENT_DATA = "patient_data", "Patient data visible"
    OTHER = "other", "Another reason"


class CannotJudge(models.Model):
    """A reader closed a case without a verdict. Kept for good (a trigger); an undo sets ``undone_at``."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="cannot_judge")
    reason = models.CharField(max_length=16, choices=CannotJudgeReason)
    comment = models.TextField(blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text="From the case's opening, server's clock.")
    shown = models.JSONField(default=dict, help_text="What the reader was shown, as with a read.")
    entered = models.JSONField(default=dict, help_text="What else stood on its page, as a draft holds it: for an undo.")
    source = models.CharField(max_length=8, choices=ReadSource, default=ReadSource.PAGE)
    idempotency_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["slot", "pk"]
        verbose_name_plural = "cannot judge"
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=models.Q(undone_at__isnull=True), name="cannot_judge_stands_once_per_slot"
            ),
            models.CheckConstraint(
                condition=models.Q(reason__in=CannotJudgeReason.values), name="cannot_judge_reason_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(reason="other") | ~models.Q(comment=""), name="cannot_judge_other_reason_is_said"
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.slot_id} cannot be judged"

    @property
    def as_draft(self) -> dict[str, Any]:
        """All that the case was closed with, as a draft holds it."""
        return {**self.entered, "verdict": "cannot_judge", "reason": self.reason, "why": self.comment}


class HoldDecision(models.TextChoices):
    SHOWN_AGAIN = "shown_again", "Shown to readers again"
    TAKEN_OUT = "taken_out", "Taken out of the rounds"


class StudyHold(models.Model):
    """Patient data was seen in a study: no reader sees its pictures until a curator decides."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="holds")
    cannot_judge = models.ForeignKey(CannotJudge, on_delete=models.PROTECT, related_name="holds")
    held_at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=12, choices=HoldDecision, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=models.Q(decided_at__isnull=True), name="hold_is_open_once_per_study"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=True, decision="")
                | models.Q(decided_at__isnull=False, decision__in=HoldDecision.values),
                name="hold_is_open_or_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"study {self.study_id} is held back"


class ReadingKeys(models.Model):
    """A reader's own keyboard map: only what differs from ``keymap.py``."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="reading_keys")
    keys = models.JSONField(default=dict, help_text="Action to its keys, where they differ from the defaults.")
    has_single_keys = models.BooleanField(default=True, help_text="Off: only keys with Ctrl or Alt, and Esc and Enter.")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "reading keys"

    def __str__(self) -> str:
        return f"keys of {self.user_id}"
