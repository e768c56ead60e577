"""Sites, patients, studies, series, images, reports and their imports."""

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark
from cases.visibility import hidden_studies
from core.models import Run


class Site(models.Model):
    """A hospital or archive that contributes studies."""

    code = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class Patient(models.Model):
    """A pseudonym within a site; no patient spans two sites."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    pseudonym = models.CharField(max_length=128)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "pseudonym"], name="patient_pseudonym_is_unique_in_site"),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class StudyQuerySet(models.QuerySet["Study"]):
    def visible_to(self, user: User | AnonymousUser) -> "StudyQuerySet":
        """The studies this person may list: none for readers (they meet studies only as cases of a round),
        all but the hidden ones (a frozen holdout) for curators, all for admins.
        """
        if not isinstance(user, User) or not user.is_curator:
            return self.none()
        if user.is_admin:
            return self
        return self.exclude(hidden_studies())

    def in_pool_of(self, benchmark: Benchmark) -> "StudyQuerySet":
        return self.filter(pool_entries__benchmark=benchmark)


class Study(models.Model):
    """One examination of one patient: images, or a report, or both."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="studies")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="studies")
    study_id = models.CharField(max_length=128, help_text="The site's own identifier.")
    study_uid = models.CharField(max_length=64, blank=True, help_text="StudyInstanceUID, when DICOM gave one.")
    modality = models.CharField(max_length=16, blank=True)
    body_part = models.CharField(max_length=64, blank=True)
    view_position = models.CharField(max_length=32, blank=True)
    age = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Years at the time of the study.")
    sex = models.CharField(max_length=1, blank=True, help_text="M, F, O, or empty when unknown.")
    manufacturer = models.CharField(max_length=64, blank=True)
    study_date = models.DateField(null=True, blank=True, help_text="As contributed (sites shift dates).")
    metadata = models.JSONField(default=dict, help_text="Further columns of the import, as given.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["site", "study_id"]
        verbose_name_plural = "studies"
        constraints = [
            models.UniqueConstraint(fields=["site", "study_id"], name="study_id_is_unique_in_site"),
            models.UniqueConstraint(
                fields=["site", "study_uid"], condition=~models.Q(study_uid=""), name="study_uid_is_unique_in_site"
            ),
            models.CheckConstraint(condition=models.Q(sex__in=["", "M", "F", "O"]), name="study_sex_is_known"),
            # The target of composite foreign keys: a row that names a study and a patient names that study's patient.
            models.UniqueConstraint(fields=["id", "patient"], name="study_with_its_patient"),
        ]
        indexes = [models.Index(fields=["study_uid"], name="study_by_uid")]

    def __str__(self) -> str:
        return self.study_id


class PoolEntry(models.Model):
    """A study stands in the pool of a benchmark; one study may stand in several."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="pool_entries")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="pool_entries")
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["benchmark", "study"], name="pool_entry_is_unique")]

    def __str__(self) -> str:
        return f"{self.benchmark_id}:{self.study_id}"


class Series(models.Model):
    """Images of one study that belong together."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="series")
    series_uid = models.CharField(max_length=64)
    modality = models.CharField(max_length=16, blank=True)
    description = models.CharField(max_length=64, blank=True)
    number = models.IntegerField(null=True, blank=True)

    class Meta:
        ordering = ["study", "number", "pk"]
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["study", "series_uid"], name="series_uid_is_unique_in_study"),
        ]

    def __str__(self) -> str:
        return self.description or f"series {self.number or self.pk}"


class Image(models.Model):
    """One picture. The original is kept untouched under its SHA-256; what is served is derived from it."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="images")
    sop_uid = models.CharField(max_length=64, help_text="SOPInstanceUID, or one made from the bytes.")
    sha256 = models.CharField(max_length=64, help_text="Of the original file.")
    pixel_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the decoded pixels, to find duplicates.")
    transfer_syntax = models.CharField(max_length=64, blank=True)
    instance_number = models.IntegerField(null=True, blank=True)
    view_position = models.CharField(max_length=32, blank=True)
    laterality = models.CharField(max_length=8, blank=True)
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    frames = models.PositiveIntegerField(default=1)
    display = models.JSONField(
        default=dict, help_text="What a viewer needs: window, photometric, bits, spacing and its source."
    )
    preview_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the derived full-size 8-bit picture.")
    thumbnail_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["series", "instance_number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "sop_uid"], name="image_sop_uid_is_unique_in_series"),
        ]
        indexes = [models.Index(fields=["pixel_sha256"], name="image_by_pixels")]

    def __str__(self) -> str:
        return f"image {self.pk}"


class Report(models.Model):
    """The report of a study, whole, as contributed."""

    study = models.OneToOneField(Study, on_delete=models.PROTECT, related_name="report")
    text = models.TextField()
    sha256 = models.CharField(max_length=64, help_text="Of the text in UTF-8.")
    is_empty = models.BooleanField(default=False, help_text="Imported and marked, never extracted.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="report_by_text")]

    def __str__(self) -> str:
        return f"report of study {self.study_id}"


class ImportRun(Run):
    """One import. Counts: imported, unchanged, rejected (files or rows)."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="import_runs")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="import_runs")
    layout = models.CharField(max_length=20, default="auto")
    source = models.CharField(max_length=500, blank=True, help_text="Folder, file or upload that was read.")
    reports_source = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
