"""Releases: which studies, on which side, with which labels; frozen ones never change (triggers)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark, Taxonomy
from cases.models import Patient, Study
from consensus.models import Adjudication
from core.models import Run
from labeling.models import Read, ReadingRound


class ReleaseState(models.TextChoices):
    DRAFT = "draft", "Draft"
    FROZEN = "frozen", "Frozen"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Partition(models.TextChoices):
    RELEASED = "released", "Released"
    HOLDOUT = "holdout", "Holdout"


class Release(models.Model):
    """A version of a benchmark's data: draft, then frozen, published, withdrawn."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="releases")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="releases")
    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="releases")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ReleaseState, default=ReleaseState.DRAFT)
    rule = models.JSONField(help_text="The consensus rule, its parameters and version.")
    n_released = models.PositiveIntegerField()
    n_holdout = models.PositiveIntegerField()
    n_eligible = models.PositiveIntegerField()
    algorithm = models.CharField(max_length=80)
    input_sha256 = models.CharField(max_length=64, help_text="Of the outcomes it was made from.")
    card = models.JSONField(
        default=dict, help_text="Title, description, modality and body part as they were when it was built."
    )
    objective = models.JSONField(default=dict, help_text="What selection and split reached, and their bounds.")
    secret_seed = models.CharField(max_length=64, help_text="Decides part of the split; an admin's alone.")
    secret_salt = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64, help_text="SHA-256 of seed and salt; published with the release.")
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    frozen_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "version"], name="release_version_is_unique_in_benchmark"),
            models.CheckConstraint(condition=models.Q(state__in=ReleaseState.values), name="release_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(frozen_at__isnull=False), name="release_frozen_has_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """How people and commands call it, e.g. ``chest-v1``."""
        return f"{self.benchmark.slug}-v{self.version}"

    @property
    def is_draft(self) -> bool:
        return self.state == ReleaseState.DRAFT


class ReleasePatient(models.Model):
    """A patient's one side in a release: studies hang on it, so no patient can be on both."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="patients")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    partition = models.CharField(max_length=8, choices=Partition)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "patient"], name="release_patient_is_on_one_side"),
            # The target of release_case_is_its_patients.
            models.UniqueConstraint(fields=["id", "release", "patient"], name="release_patient_with_its_release"),
            models.CheckConstraint(
                condition=models.Q(partition__in=Partition.values), name="release_partition_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.patient_id} in release {self.release_id}"


class ReleaseCase(models.Model):
    """A study in a release under a random name, with its final labels and the reads they rest on."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="cases")
    release_patient = models.ForeignKey(ReleasePatient, on_delete=models.PROTECT, related_name="cases")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="release_cases")
    case_id = models.CharField(max_length=32, help_text="Random; cannot be traced back.")
    labels = ArrayField(models.CharField(max_length=60), help_text="Keys of the labels present.")
    images = models.JSONField(default=list, help_text="[digest, view] of each picture, as it was when it was built.")
    reads = models.ManyToManyField(Read, related_name="release_cases")
    reasons = ArrayField(models.CharField(max_length=300), default=list)

    class Meta:
        ordering = ["release", "case_id"]
        constraints = [
            models.UniqueConstraint(fields=["release", "study"], name="release_study_is_unique"),
            models.UniqueConstraint(fields=["release", "case_id"], name="release_case_id_is_unique"),
        ]

    def __str__(self) -> str:
        return self.case_id


class SealedPatient(models.Model):
    """Across all frozen releases of a benchmark, a patient keeps one side for good."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="sealed_patients")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    partition = models.CharField(max_length=8, choices=Partition)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "patient"], name="sealed_patient_keeps_one_side"),
        ]

    def __str__(self) -> str:
        return f"patient {self.patient_id} sealed in benchmark {self.benchmark_id}"


class FrozenOutcome(models.Model):
    """What consensus said of a study of the round when the release was frozen, and the reads it rests on."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="outcomes")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="frozen_outcomes")
    state = models.CharField(max_length=20)
    labels = ArrayField(models.CharField(max_length=60))
    read_ids = ArrayField(models.BigIntegerField())
    adjudication = models.ForeignKey(
        Adjudication, null=True, blank=True, on_delete=models.PROTECT, related_name="frozen_outcomes"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "study"], name="frozen_outcome_is_unique")]

    def __str__(self) -> str:
        return f"{self.state} of study {self.study_id}"


class ReleaseBuild(Run):
    """Consensus → selection → split, as a run that ends in a draft release."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="release_builds")
    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="release_builds")
    release = models.ForeignKey(Release, null=True, blank=True, on_delete=models.SET_NULL, related_name="builds")

    class Meta:
        ordering = ["-pk"]


class ReleaseExport(Run):
    """Release → files, as a run that ends in one zip under ``DATA_DIR``."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="exports")
    partition = models.CharField(max_length=8, choices=Partition, default=Partition.RELEASED)
    formats = ArrayField(models.CharField(max_length=20))
    file = models.CharField(max_length=200, blank=True, help_text="Name in the export storage.")
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-pk"]
