"""Sites, patients, studies, series, images, reports and their imports."""

from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark
from cases.frame_headers import stretch_of
from cases.frames import FORMAT_VERSION
from cases.gate.checks import Outcome
from cases.visibility import hidden_studies
from core.models import Run


class Site(models.Model):
    """A hospital or archive that contributes studies."""

    code = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200, blank=True)
    key_check = models.CharField(
        max_length=16,
        blank=True,
        help_text="Tells the key its identifiers are mapped with from another; set by an import.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class Patient(models.Model):
    """A patient of a site, under its key: what the site calls the patient is stored nowhere. None spans two sites."""

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="patients")
    pseudonym = models.CharField(max_length=128)
    same_as = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who the person is by another name of the site's, where an import told: the two are never parted.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "pseudonym"], name="patient_pseudonym_is_unique_in_site"),
            models.CheckConstraint(
                condition=models.Q(same_as=None) | ~models.Q(same_as=models.F("id")), name="patient_is_same_as_another"
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym

    @property
    def person(self) -> str:
        """The pseudonym by which all names of one person go where they must not be parted."""
        return self.same_as.pseudonym if self.same_as else self.pseudonym

    @property
    def person_id(self) -> int:
        """The same for all names of one person: whatever must not part a person goes by it."""
        return self.same_as_id or self.pk


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
    study_id = models.CharField(
        max_length=128, help_text="The site's own identifier, or a pseudonym where that may name somebody."
    )
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


class HeldEntry(models.Model):
    """A study that would stand in the pool of a benchmark, were it not in quarantine or rejected."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="held_entries")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="held_entries")
    held_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "held entries"
        constraints = [models.UniqueConstraint(fields=["benchmark", "study"], name="held_entry_is_unique")]

    def __str__(self) -> str:
        return f"{self.benchmark_id}:{self.study_id} held"


class Series(models.Model):
    """Images of one study that belong together."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="series")
    series_uid = models.CharField(max_length=64)
    modality = models.CharField(max_length=16, blank=True)
    description = models.CharField(max_length=64, blank=True)
    number = models.IntegerField(null=True, blank=True)
    is_dicom = models.BooleanField(default=False, help_text="Whether its images came as DICOM, not as PNG or JPEG.")

    class Meta:
        ordering = ["study", "number", "pk"]
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["study", "series_uid"], name="series_uid_is_unique_in_study"),
        ]
        indexes = [models.Index(fields=["study"], condition=models.Q(is_dicom=True), name="series_of_dicom")]

    def __str__(self) -> str:
        return self.description or f"series {self.number or self.pk}"


class ImageQuerySet(models.QuerySet["Image"]):
    def past_the_gate(self) -> "ImageQuerySet":
        """Those that may be shown: none of them waits in quarantine or was rejected."""
        return self.exclude(_is_held_image())


@cache
def _is_held_image() -> Exists:
    """Made once: every picture that anybody asks for is asked about by it. What one benchmark does not take is shown where
    another has the study in its pool.
    """
    is_in_a_pool = Exists(PoolEntry.objects.filter(study=OuterRef("study")))
    held = GateFinding.objects.holding().filter(image=OuterRef("pk"))
    return Exists(held.filter(models.Q(benchmark=None) | ~is_in_a_pool))


class Image(models.Model):
    """One picture. The original is kept untouched under its SHA-256; what is served is derived from it."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="images")
    sop_uid = models.CharField(max_length=64, help_text="SOPInstanceUID, or one made from the bytes.")
    sha256 = models.CharField(max_length=64, help_text="Of the original file.")
    pixel_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the decoded pixels, to find duplicates.")
    transfer_syntax = models.CharField(max_length=64, blank=True)
    sop_class = models.CharField(
        max_length=64, blank=True, help_text="SOPClassUID, when the header gave one of the standard's."
    )
    instance_number = models.IntegerField(null=True, blank=True)
    view_position = models.CharField(max_length=32, blank=True)
    laterality = models.CharField(max_length=8, blank=True)
    body_parts = ArrayField(
        models.CharField(max_length=64),
        default=list,
        help_text="What it is of: as the header or a table says, and as its description names it.",
    )
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    frames = models.PositiveIntegerField(default=1)
    bits_allocated = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of a DICOM file's pixels.")
    display = models.JSONField(
        default=dict, help_text="What a viewer needs: window, photometric, bits, spacing and its source."
    )
    film_sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of the derived 8-bit picture of at most 2,048 pixels, which releases take.",
    )
    preview_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the small 8-bit picture that a screen paints first."
    )
    thumbnail_sha256 = models.CharField(max_length=64, blank=True)
    image_hash = models.CharField(max_length=64, blank=True, help_text="dHash of 256 bits, to find near-duplicates.")
    hash_bands = ArrayField(models.BigIntegerField(), default=list, help_text="Parts of it, to be looked up by.")
    has_surplus = models.BooleanField(
        null=True, help_text="Whether the stored pixels hold more than the picture; empty where nobody looked yet."
    )
    mask = models.JSONField(
        default=list, help_text="Boxes that are black in all that is derived: [left, top, width, height] in pixels."
    )

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["series", "instance_number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["series", "sop_uid"], name="image_sop_uid_is_unique_in_series"),
        ]
        indexes = [
            models.Index(fields=["sha256"], name="image_by_original"),
            models.Index(fields=["sop_uid"], name="image_by_sop_uid"),
            models.Index(fields=["pixel_sha256"], name="image_by_pixels"),
            # Each batch of an import searches what the last one wrote. Without fastupdate=False it would lie in a list
            # that every search reads from beginning to end: PostgreSQL then takes the whole table for quicker.
            GinIndex(fields=["hash_bands"], name="image_by_hash_bands", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"image {self.pk}"

    @property
    def stretch(self) -> list[float]:
        """How many times as wide and as high as its finer side a pixel is drawn; images that came before it was told know
        their spacing alone.
        """
        told: list[float] | None = self.display.get("stretch")
        return told or list(stretch_of(*(self.display.get("spacing") or (1.0, 1.0))))

    @property
    def is_sent_decoded(self) -> bool:
        """Whether its stored pixels hold what nobody may see, or may do so: no byte of them is sent as it is."""
        return bool(self.mask) or self.has_surplus is not False


class FrameSet(models.Model):
    """The frame files of one image, or the reason why there are none (docs/pixels.md)."""

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="frame_set")
    version = models.PositiveSmallIntegerField(help_text="Of the format; frames of an older one are derived anew.")
    digests = ArrayField(
        models.CharField(max_length=64), default=list, help_text="SHA-256 of each frame's file before coding."
    )
    stored_bytes = models.BigIntegerField(default=0, help_text="What the files take, in both codings.")
    problem = models.CharField(max_length=500, blank=True, help_text="Why there are none, as one sentence.")
    derived_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digests=[]) ^ models.Q(problem=""),
                name="frame_set_has_frames_or_says_why_not",
            ),
        ]

    def __str__(self) -> str:
        return f"frames of image {self.image_id}"

    @property
    def is_current(self) -> bool:
        """Whether it is of today's format."""
        return self.version == FORMAT_VERSION


class Report(models.Model):
    """The report of a study, whole: as everybody and every program sees it, what may name somebody masked."""

    study = models.OneToOneField(Study, on_delete=models.PROTECT, related_name="report")
    text = models.TextField()
    original = models.TextField(blank=True, help_text="As it was sent, where that differs. Shown and exported nowhere.")
    sha256 = models.CharField(max_length=64, help_text="Of the text as it was sent, in UTF-8.")
    masked_by = models.CharField(
        max_length=16, blank=True, help_text="The version of masking that finds nobody named in the text."
    )
    is_empty = models.BooleanField(default=False, help_text="Imported and marked, never extracted.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="report_by_text")]

    def __str__(self) -> str:
        return f"report of study {self.study_id}"


class ImportRun(Run):
    """One import. Counts: imported, unchanged, rejected (files or rows). What a contributor sent has ``only_site`` among
    its parameters: no row of another site is taken from it, and the site's contributors see what became of it.
    """

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="import_runs")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="import_runs")
    layout = models.CharField(max_length=20, default="auto")
    source = models.CharField(max_length=500, blank=True, help_text="Folder, file or upload that was read.")
    reports_source = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]


class FrameRun(Run):
    """Deriving the frame files of many studies. Counts: derived, refused (images)."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="frame_runs")

    class Meta:
        ordering = ["-pk"]


class Contribution(models.Model):
    """One upload of a site, with the terms it came under and who vouched for it."""

    run = models.OneToOneField(ImportRun, on_delete=models.PROTECT, related_name="contribution")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="contributions")
    agreement = models.CharField(max_length=200, blank=True, help_text="Name and date of the use-agreement.")
    attested_by = models.CharField(max_length=200, blank=True, help_text="Who vouches that the data may be used so.")
    statement = models.CharField(max_length=500, blank=True, help_text="The words a contributor attested.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"contribution {self.pk}"

    @property
    def is_attested(self) -> bool:
        """Whether somebody vouched for it under an agreement."""
        return bool(self.agreement and self.attested_by)


class Contributor(models.Model):
    """A person who sends the studies of one site and sees what became of them. One site each, for good."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="contributor")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="contributors")

    class Meta:
        ordering = ["site", "pk"]

    def __str__(self) -> str:
        return f"{self.user} for {self.site}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def live(self) -> "MembershipQuerySet":
        """Those that have not ended."""
        return self.filter(ended_at=None)


class Membership(models.Model):
    """A contributor's leave to send studies for one benchmark, under one use-agreement."""

    contributor = models.ForeignKey(Contributor, on_delete=models.PROTECT, related_name="memberships")
    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="memberships")
    agreement = models.CharField(max_length=200, help_text="Name and date of the use-agreement.")
    begun_at = models.DateTimeField(default=timezone.now, editable=False)
    begun_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["contributor__site__code", "contributor", "benchmark"]
        constraints = [
            models.UniqueConstraint(fields=["contributor", "benchmark"], name="membership_is_one_per_benchmark"),
            models.CheckConstraint(condition=~models.Q(agreement=""), name="membership_has_its_agreement"),
        ]

    def __str__(self) -> str:
        return f"{self.contributor} in {self.benchmark}"

    @property
    def state(self) -> str:
        """active, or inactive once it has ended."""
        return "inactive" if self.ended_at else "active"


class Decision(models.TextChoices):
    """What a curator decided about a finding that held a study."""

    OPEN = "", "Waiting"
    ACCEPT = "accept", "Accepted"
    MASK = "mask", "Region masked"
    REJECT = "reject", "Rejected"


class GateFindingQuerySet(models.QuerySet["GateFinding"]):
    def waiting(self) -> "GateFindingQuerySet":
        """Those a curator must decide about."""
        return self.filter(outcome=Outcome.QUARANTINE, decision=Decision.OPEN)

    def holding(self) -> "GateFindingQuerySet":
        """Those that keep their study out: waiting or rejected."""
        return self.filter(outcome=Outcome.QUARANTINE, decision__in=[Decision.OPEN, Decision.REJECT])

    def asked_by(self, benchmark: Benchmark | models.F | OuterRef) -> "GateFindingQuerySet":
        """Those that count for the pool of a benchmark: what it asks itself, and what all ask."""
        return self.filter(models.Q(benchmark=None) | models.Q(benchmark=benchmark))

    def told_to(self, site: Site) -> "GateFindingQuerySet":
        """Those of the site's studies that speak of no other site, and of no other benchmark than the one that was sent for:
        a twin elsewhere is not the site's to know of.
        """
        found = self.filter(study__site=site).asked_by(models.F("run__benchmark"))
        return found.exclude(models.Q(other_image__isnull=False) & ~models.Q(other_image__series__study__site=site))


MOST_SHOWN_FRAMES = 12


class GateFinding(models.Model):
    """What one check found in one picture (or report) of a study. Never holds a patient's value or report text."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="findings")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="findings")
    benchmark = models.ForeignKey(
        Benchmark,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Which does not take what was found; empty where none may.",
    )
    image = models.ForeignKey(Image, null=True, blank=True, on_delete=models.CASCADE, related_name="findings")
    other_image = models.ForeignKey(Image, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    check_name = models.CharField(max_length=40)
    outcome = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Outcome])
    what = models.CharField(max_length=300)
    why = models.CharField(max_length=300)
    where = models.JSONField(default=list, help_text="Attributes, or kinds of patient data.")
    regions = models.JSONField(default=list, help_text="Boxes: [left, top, width, height] in the picture's pixels.")
    frames = models.JSONField(default=list, help_text="The frames in which the boxes are, from 1.")
    decision = models.CharField(max_length=12, choices=Decision, default=Decision.OPEN, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GateFindingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "image", "check_name", "benchmark"],
                nulls_distinct=False,
                name="gate_finding_is_once_per_check",
            ),
            models.CheckConstraint(
                condition=models.Q(decision="") | models.Q(decided_at__isnull=False), name="gate_decision_has_a_time"
            ),
        ]
        indexes = [models.Index(fields=["outcome", "decision"], name="gate_finding_by_state")]

    def __str__(self) -> str:
        return f"{self.check_name} of study {self.study_id}"

    @property
    def twin(self) -> Study | None:
        """The study of the other picture that it is about. See `queries.gate.without_hidden_twins` for who may be told."""
        return self.other_image.series.study if self.other_image else None

    @property
    def standing(self) -> str:
        """What tells the decision that stands from an earlier one, and from none."""
        return self.decided_at.isoformat() if self.decided_at else ""

    @property
    def places(self) -> list[str]:
        """Where it is, in words: attributes or kinds of patient data, then boxes in the picture's pixels."""
        boxes = [f"box {width} × {height} at {left}, {top}" for left, top, width, height in self.regions]
        return [*self.where, *boxes]

    @property
    def shown_frames(self) -> list[int]:
        """The first frames in which something was found, which whoever decides is shown."""
        return [int(frame) for frame in self.frames[:MOST_SHOWN_FRAMES]]


class UploadState(models.TextChoices):
    OPEN = "open", "Open"
    FINISHED = "finished", "Finished"
    DISCARDED = "discarded", "Discarded"


class Upload(models.Model):
    """Files that one person sends through the browser, piece by piece, until they become an import."""

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="+")
    site_code = models.CharField(max_length=50)
    layout = models.CharField(max_length=20, default="auto")
    agreement = models.CharField(max_length=200, blank=True)
    attested_by = models.CharField(max_length=200, blank=True)
    statement = models.CharField(max_length=500, blank=True, help_text="The words a contributor attested.")
    state = models.CharField(max_length=12, choices=UploadState, default=UploadState.OPEN)
    import_run = models.OneToOneField(ImportRun, null=True, blank=True, on_delete=models.PROTECT, related_name="upload")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    touched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="finished") ^ models.Q(import_run=None), name="upload_finished_has_its_import"
            ),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk}"


class UploadedFile(models.Model):
    """One file of an upload. How much of it is there, its length on the disk says alone."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(
        max_length=400, help_text="Below the folder that was chosen; gone with the file once its import has succeeded."
    )
    is_reports = models.BooleanField(default=False, help_text="The CSV file of reports, not one of the pictures.")
    size = models.BigIntegerField()
    is_whole = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["upload", "is_reports", "name"], name="uploaded_file_name_is_unique"),
            models.CheckConstraint(condition=models.Q(size__gte=0), name="uploaded_file_has_a_size"),
        ]

    def __str__(self) -> str:
        return self.name
