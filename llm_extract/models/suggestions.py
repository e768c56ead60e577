"""What was found in each report, and the versioned suggestions made of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from benchmarks.models import Label, Taxonomy
from cases.models import Report, Study
from llm_extract.models.runs import ExtractionRun


class FindingStatus(models.TextChoices):
    PRESENT = "present", "Present"
    ABSENT = "absent", "Absent"
    UNCERTAIN = "uncertain", "Uncertain"


class Extraction(models.Model):
    """What one backend found in one report; kept by cache key, so that nothing is paid for twice."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="extractions")
    run = models.ForeignKey(ExtractionRun, null=True, on_delete=models.PROTECT, related_name="extractions")
    cache_key = models.CharField(max_length=64, help_text="SHA-256 of text, backend, its version and options.")
    backend = models.CharField(max_length=40)
    backend_version = models.CharField(max_length=64)
    answers = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, help_text="Keys of the models' answers it rests on."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "cache_key"], name="extraction_is_unique_by_cache_key"),
        ]

    def __str__(self) -> str:
        return f"extraction {self.pk}"


class Finding(models.Model):
    """One observation in one report, with the exact span it rests on."""

    extraction = models.ForeignKey(Extraction, on_delete=models.PROTECT, related_name="findings")
    position = models.PositiveSmallIntegerField()
    observation = models.CharField(max_length=120, help_text="Key of the vocabulary's observation.")
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=FindingStatus)
    certainty = models.CharField(max_length=120, blank=True, help_text="The words that made it uncertain.")
    location = models.CharField(max_length=120, blank=True)
    laterality = models.CharField(max_length=10, blank=True)
    severity = models.CharField(max_length=10, blank=True)
    change = models.CharField(max_length=10, blank=True)
    temporality = models.CharField(max_length=10, default="current")
    section = models.CharField(max_length=40, blank=True)
    start = models.PositiveIntegerField(help_text="Offset of the evidence in the report, in characters.")
    end = models.PositiveIntegerField()
    is_device = models.BooleanField(default=False)
    size = models.CharField(max_length=60, blank=True, help_text="As the report words it.")
    grounding = models.CharField(max_length=10, default="exact", help_text="How its evidence was found in the report.")

    class Meta:
        ordering = ["extraction", "position"]
        constraints = [
            models.UniqueConstraint(fields=["extraction", "position"], name="finding_position_is_unique"),
            models.CheckConstraint(condition=models.Q(end__gt=models.F("start")), name="finding_span_is_not_empty"),
            models.CheckConstraint(condition=models.Q(status__in=FindingStatus.values), name="finding_status_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"


class SuggestionSource(models.TextChoices):
    EXTRACTION = "extraction", "Extraction run"
    IMPORT = "import", "Imported"


class SuggestionSet(models.Model):
    """One version of what is suggested for a study: a set of labels, possibly none. Never edited (a trigger holds it)."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="suggestion_sets")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="suggestion_sets")
    version = models.PositiveIntegerField()
    source = models.CharField(max_length=12, choices=SuggestionSource)
    run = models.ForeignKey(
        ExtractionRun, null=True, blank=True, on_delete=models.PROTECT, related_name="suggestion_sets"
    )
    extraction = models.ForeignKey(
        Extraction, null=True, blank=True, on_delete=models.PROTECT, related_name="suggestion_sets"
    )
    content_sha256 = models.CharField(
        max_length=64, help_text="Of the canonical content; the same content is not stored twice in a row."
    )
    doubt = models.FloatField(
        null=True, blank=True, help_text="0 to 1: how little the pipeline trusts itself here; feeds the difficulty."
    )
    flags = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        help_text="Reasons for doubt about the report as a whole.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["study", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["study", "taxonomy", "version"], name="suggestion_set_version_is_unique"),
        ]

    def __str__(self) -> str:
        return f"suggestions v{self.version} of study {self.study_id}"


class Suggestion(models.Model):
    """A label proposed for a study. Never edited; a change of mind is a new set."""

    suggestion_set = models.ForeignKey(SuggestionSet, on_delete=models.PROTECT, related_name="suggestions")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="suggestions")
    status = models.CharField(max_length=10, choices=FindingStatus)
    confidence = models.FloatField(null=True, blank=True, help_text="0 to 1, where the source gives one.")
    evidence = models.TextField(blank=True, help_text="The sentences of the report it rests on.")
    spans = ArrayField(models.PositiveIntegerField(), default=list, blank=True, help_text="start, end, start, end …")
    reason = models.CharField(max_length=300, blank=True)
    agreement = models.FloatField(null=True, blank=True, help_text="Share of the readings that said so, if several.")
    second_opinion = models.CharField(
        max_length=10, blank=True, help_text="What the rules engine says beside a model: a status, or “none”."
    )
    flags = ArrayField(models.CharField(max_length=20), default=list, blank=True, help_text="Reasons for doubt.")
    findings = models.ManyToManyField(Finding, blank=True, related_name="suggestions")

    class Meta:
        ordering = ["suggestion_set", "label__position"]
        constraints = [
            models.UniqueConstraint(fields=["suggestion_set", "label"], name="suggestion_label_is_unique_in_set"),
            models.CheckConstraint(
                condition=models.Q(status__in=FindingStatus.values), name="suggestion_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__isnull=True) | models.Q(confidence__gte=0, confidence__lte=1),
                name="suggestion_confidence_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label_id}: {self.status}"

    @property
    def span_pairs(self) -> list[tuple[int, int]]:
        """The evidence in the report as (start, end) pairs, in characters."""
        return list(zip(self.spans[::2], self.spans[1::2], strict=True))
