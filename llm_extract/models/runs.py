"""Runs of the pipeline over reports, and the reports on which they failed."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from benchmarks.models import Benchmark, Taxonomy
from cases.models import Report
from core.models import Run, RunState
from llm_extract.asking.protocol import Fault
from llm_extract.models.backends import Backend, Prompt, Stage

# How the sentence ends that a run is paused with before its cap.
AT_ITS_CAP = "A new run that may spend more goes on from here."


class PipelineRun(Run):
    """Any run that sends reports through both stages. Its choices never change once it is made."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="%(class)ss")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="%(class)ss")
    extractor = models.CharField(max_length=40, help_text="Backend of the first stage: report to findings.")
    mapper = models.CharField(max_length=40, help_text="Backend of the second stage: findings to labels.")
    extractor_backend = models.ForeignKey(Backend, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    mapper_backend = models.ForeignKey(Backend, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    extractor_prompt = models.ForeignKey(Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    mapper_prompt = models.ForeignKey(Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    samples = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text="How often each report is read; more than once shows where the model doubts itself.",
    )
    in_batches = models.BooleanField(
        default=False, help_text="By the servers' Batch API: within a day, usually for half the price."
    )
    max_cost = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, blank=True, help_text="The run stops before it, not after."
    )
    max_tokens = models.PositiveBigIntegerField(null=True, blank=True)
    max_requests = models.PositiveIntegerField(null=True, blank=True)
    version = models.CharField(
        max_length=64, default="", help_text="Of both stages together: the same version, the same answers."
    )
    input_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the reports there were when it began.")

    class Meta:
        abstract = True
        ordering = ["-pk"]

    @property
    def uses_models(self) -> bool:
        """Whether a language model is asked in either stage."""
        return self.extractor_backend_id is not None or self.mapper_backend_id is not None

    @property
    def is_at_its_cap(self) -> bool:
        """Whether it was paused because what is left does not fit its caps, which never change."""
        return self.state == RunState.PAUSED and self.message.endswith(AT_ITS_CAP)


class ExtractionRun(PipelineRun):
    """Findings and suggestions for the studies of a benchmark that lack them."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="extraction_runs")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="extraction_runs")
    retry_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="retries", help_text="Its failures alone."
    )

    class Meta:
        ordering = ["-pk"]


class FailedReport(models.Model):
    """A report on which a run failed, by kind; gone once the run, or a later one like it, has read the report."""

    run = models.ForeignKey(ExtractionRun, on_delete=models.PROTECT, related_name="failed_reports")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="extraction_failures")
    stage = models.CharField(max_length=8, choices=Stage)
    fault = models.CharField(max_length=20, choices=[(one.value, one.value.replace("_", " ")) for one in Fault])
    detail = models.CharField(max_length=300, blank=True, help_text="What was wrong; never text of the report.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["run", "report"], name="failed_report_is_unique_in_run")]
        indexes = [models.Index(fields=["run", "fault"], name="failed_report_by_kind")]

    def __str__(self) -> str:
        return f"report {self.report_id}: {self.fault}"
