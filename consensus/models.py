"""What is stored of consensus: agreement runs, and outcomes once a release froze them."""

from django.db import models

from core.models import Run
from labeling.models import ReadingRound


class AgreementRun(Run):
    """Agreement figures of a round at a moment: bootstrap intervals take seconds, so they are computed once."""

    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="agreement_runs")
    reads_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the reads it used: stale when they changed."
    )
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
