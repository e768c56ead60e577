"""Reading rounds: who reads what, and the verdicts, which are append-only."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark, Label, Taxonomy
from cases.models import Study
from llm_extract.models import FindingStatus, SuggestionSet
from sampling.models import SamplingRun


class RoundState(models.TextChoices):
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class ShowReport(models.TextChoices):
    NEVER = "never", "Never"
    AFTER_VERDICT = "after_verdict", "After the verdict"
    ALWAYS = "always", "Always"


class ReadingRound(models.Model):
    """A set of studies read by a set of readers, k times each. Settings are frozen by the first read (a trigger)."""

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="rounds")
    taxonomy = models.ForeignKey(Taxonomy, on_delete=models.PROTECT, related_name="rounds")
    sampling_run = models.ForeignKey(
        SamplingRun,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rounds",
        help_text="Empty when the round was made from verdicts of another tool.",
    )
    number = models.PositiveIntegerField(help_text="1 for the benchmark's first round.")
    reads_per_study = models.PositiveSmallIntegerField(default=3)
    show_report = models.CharField(max_length=14, choices=ShowReport, default=ShowReport.NEVER)
    exclude_own_site = models.BooleanField(default=False)
    seed = models.BigIntegerField(default=0)
    state = models.CharField(max_length=8, choices=RoundState, default=RoundState.OPEN)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["benchmark", "number"], name="round_number_is_unique_in_benchmark"),
            # The target of slot_has_at_most_k: a slot's k is its round's k, by a composite foreign key.
            models.UniqueConstraint(fields=["id", "reads_per_study"], name="round_with_its_k"),
            models.CheckConstraint(
                condition=models.Q(reads_per_study__gte=1), name="round_reads_per_study_is_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(show_report__in=ShowReport.values), name="round_show_report_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark.title}, round {self.number}"

    @property
    def is_open(self) -> bool:
        return self.state == RoundState.OPEN

    def shows_report(self, *, has_reads: bool) -> bool:
        """Whether a case's report, and the sentences its suggestions rest on, are on the reader's screen."""
        if self.show_report == ShowReport.AFTER_VERDICT:
            return has_reads
        return self.show_report == ShowReport.ALWAYS


class RoundReader(models.Model):
    """A reader takes part in a round."""

    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="readers")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="rounds_read")
    max_reads = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "reader"], name="round_reader_is_unique")]

    def __str__(self) -> str:
        return f"reader {self.reader_id} in round {self.round_id}"


class RoundStudy(models.Model):
    """A study of a round, and the one version of its suggestions that every reader of it judges."""

    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="studies")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="rounds")
    suggestion_set = models.ForeignKey(SuggestionSet, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["round", "position"]
        verbose_name_plural = "round studies"
        constraints = [
            models.UniqueConstraint(fields=["round", "study"], name="round_study_is_unique"),
            # The target of slot_belongs_to_its_studys_round.
            models.UniqueConstraint(fields=["id", "round"], name="round_study_with_its_round"),
        ]

    def __str__(self) -> str:
        return f"study {self.study_id} in round {self.round_id}"


class SlotState(models.TextChoices):
    PENDING = "pending", "To read"
    READ = "read", "Read"
    CLOSED = "closed", "Closed without a verdict"


# Uncertain suggestions count as suggested until a reader strikes them; absent ones are not suggested at all.
SUGGESTED = (FindingStatus.PRESENT, FindingStatus.UNCERTAIN)
LIVE_STATES = (SlotState.PENDING, SlotState.READ)


class Slot(models.Model):
    """The n-th read of a study, dealt to one reader. At most k are live per study, one per reader (constraints)."""

    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="slots")
    round_study = models.ForeignKey(RoundStudy, on_delete=models.PROTECT, related_name="slots")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="slots")
    position = models.PositiveSmallIntegerField(help_text="1 to k.")
    reads_per_study = models.PositiveSmallIntegerField(help_text="The round's k; a composite foreign key keeps it so.")
    order = models.PositiveIntegerField(help_text="Place in the reader's list.")
    state = models.CharField(max_length=8, choices=SlotState, default=SlotState.PENDING)
    opened_at = models.DateTimeField(
        null=True, blank=True, help_text="When the case was last put on the reader's screen."
    )

    class Meta:
        ordering = ["round", "reader", "order"]
        indexes = [models.Index(fields=["reader", "state", "order"], name="slot_by_reader_todo")]
        constraints = [
            models.UniqueConstraint(
                fields=["round_study", "position"],
                condition=models.Q(state__in=["pending", "read"]),
                name="slot_live_position_is_unique",
            ),
            models.UniqueConstraint(
                fields=["round_study", "reader"],
                condition=models.Q(state__in=["pending", "read"]),
                name="slot_live_reader_is_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(position__gte=1, position__lte=models.F("reads_per_study")),
                name="slot_has_at_most_k",
            ),
            models.CheckConstraint(condition=models.Q(state__in=SlotState.values), name="slot_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"slot {self.pk}"


class Verdict(models.TextChoices):
    AGREE_ALL = "agree_all", "Agree all"
    AGREE_MOSTLY = "agree_mostly", "Agree mostly"
    DISAGREE = "disagree", "Disagree"


class ReadQuerySet(models.QuerySet["Read"]):
    def current(self) -> "ReadQuerySet":
        """The reads that count: verdicts that nothing supersedes."""
        return self.filter(superseded_by__isnull=True, is_withdrawal=False)

    def by(self, reader: User) -> "ReadQuerySet":
        return self.filter(slot__reader=reader)


class ReadSource(models.TextChoices):
    PAGE = "page", "Reading page"
    API = "api", "API"
    IMPORT = "import", "Imported"


class Read(models.Model):
    """A reader's verdict on a slot. Append-only (a trigger): a new read supersedes the last, an undo withdraws it."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="reads")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    is_withdrawal = models.BooleanField(default=False, help_text="An undo: the slot is to be read again.")
    comment = models.TextField(blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)
    seconds = models.PositiveIntegerField(null=True, blank=True, help_text="From the case's opening, server's clock.")
    shown = models.JSONField(default=dict, help_text="What the reader was shown: suggestion version, report, order.")
    source = models.CharField(max_length=8, choices=ReadSource, default=ReadSource.PAGE)
    n_corrections = models.PositiveSmallIntegerField(
        default=0, help_text="How many corrections belong to it; triggers hold the number, so none is added later."
    )
    idempotency_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    objects = ReadQuerySet.as_manager()

    class Meta:
        ordering = ["slot", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=models.Q(supersedes__isnull=True), name="read_chain_has_one_first_per_slot"
            ),
            # The target of read_supersedes_within_its_slot.
            models.UniqueConstraint(fields=["id", "slot"], name="read_with_its_slot"),
            models.CheckConstraint(
                condition=models.Q(is_withdrawal=True, verdict="")
                | models.Q(is_withdrawal=False, verdict__in=Verdict.values),
                name="read_is_a_verdict_or_a_withdrawal",
            ),
        ]

    def __str__(self) -> str:
        return f"read {self.pk}"


class CorrectionKind(models.TextChoices):
    ADDED = "added", "Added"
    STRUCK = "struck", "Struck"


class Correction(models.Model):
    """What a reader changed on one label: added it, or struck the suggestion."""

    read = models.ForeignKey(Read, on_delete=models.PROTECT, related_name="corrections")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=CorrectionKind)

    class Meta:
        ordering = ["read", "label__position"]
        constraints = [
            models.UniqueConstraint(fields=["read", "label"], name="correction_label_is_unique_in_read"),
            models.CheckConstraint(condition=models.Q(kind__in=CorrectionKind.values), name="correction_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label_id}"
