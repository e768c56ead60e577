"""Reading rounds: which studies, which readers, and who reads what."""

import secrets
from functools import cached_property
from typing import Final

from django.db import models
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Benchmark, Label, Taxonomy
from cases.models import Study
from core.prepared import PreparedRows
from labeling import arms
from labeling.models.training import TrainingCase, TrainingSet
from llm_extract.models import FindingStatus, SuggestionSet
from sampling.models import SamplingRun

_labels = PreparedRows[Label](lambda taxonomy: Label.objects.filter(taxonomy=taxonomy).order_by("position"), 1)


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
    require_corrections = models.BooleanField(
        default=False, help_text="Agree mostly and Disagree need a label struck or added; a comment alone does not do."
    )
    require_comment = models.BooleanField(default=False, help_text="Agree mostly and Disagree need a comment.")
    may_be_bare = models.BooleanField(
        default=False,
        help_text="Agree mostly and Disagree may come from the page without a label or a comment; else one of the two.",
    )
    semi_collaborative = models.BooleanField(
        default=False, help_text="What others said appears, under pseudonyms, once a reader's own verdict is in."
    )
    is_open_to_all = models.BooleanField(
        default=False, help_text="Cases are not dealt beforehand: each reader takes the next one, on loan."
    )
    hide_suggestions_fraction = models.FloatField(
        default=0.0, help_text="Extra reads without suggestions, per read; they never count."
    )
    seeded_error_fraction = models.FloatField(
        default=0.0, help_text="Extra reads with a planted wrong suggestion, per read; they never count."
    )
    repeat_fraction = models.FloatField(
        default=0.0, help_text="Extra reads of a reader's own earlier cases, per read; they never count."
    )
    training_set = models.ForeignKey(
        TrainingSet, null=True, blank=True, on_delete=models.PROTECT, related_name="rounds"
    )
    requires_training = models.BooleanField(
        default=False, help_text="No other case opens before the training cases are read."
    )
    training_pass_mark = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Percent of the training cases that must end at the expert's labels."
    )
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
            models.CheckConstraint(
                condition=models.Q(
                    hide_suggestions_fraction__gte=0,
                    hide_suggestions_fraction__lte=1,
                    seeded_error_fraction__gte=0,
                    seeded_error_fraction__lte=1,
                    repeat_fraction__gte=0,
                    repeat_fraction__lte=0.5,
                ),
                name="round_fractions_are_shares",
            ),
            models.CheckConstraint(
                condition=models.Q(training_set__isnull=False)
                | models.Q(requires_training=False, training_pass_mark__isnull=True),
                name="round_training_rules_need_a_training_set",
            ),
            models.CheckConstraint(
                condition=models.Q(training_pass_mark__isnull=True) | models.Q(training_pass_mark__lte=100),
                name="round_pass_mark_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.benchmark.title}, round {self.number}"

    @property
    def is_open(self) -> bool:
        return self.state == RoundState.OPEN

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """The labels of its taxonomy, which never change, in their order; read once."""
        return tuple(_labels(self.taxonomy_id))

    def shows_report(self, *, has_verdict: bool) -> bool:
        """Whether a case's report, and the sentences its suggestions rest on, are on the reader's screen."""
        if self.show_report == ShowReport.AFTER_VERDICT:
            return has_verdict
        return self.show_report == ShowReport.ALWAYS


class RoundReader(models.Model):
    """A reader takes part in a round."""

    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="readers")
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="rounds_read")
    max_reads = models.PositiveIntegerField(null=True, blank=True)
    is_late = models.BooleanField(default=False, help_text="Dealt in after the round was opened.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "reader"], name="round_reader_is_unique")]

    def __str__(self) -> str:
        return f"reader {self.reader_id} in round {self.round_id}"


class RoundStudyQuerySet(models.QuerySet["RoundStudy"]):
    def to_read(self) -> "RoundStudyQuerySet":
        """The studies that the round is about: without its training cases, which count nowhere."""
        return self.filter(training_case__isnull=True)


class RoundStudy(models.Model):
    """A study of a round, and the one version of its suggestions that every reader of it judges.

    A training case of the round is one too, so that it is read on the same page; ``to_read`` leaves those out.
    """

    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="studies")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="rounds")
    suggestion_set = models.ForeignKey(SuggestionSet, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    training_case = models.ForeignKey(
        TrainingCase, null=True, blank=True, on_delete=models.PROTECT, related_name="round_studies"
    )

    objects = RoundStudyQuerySet.as_manager()

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


class Arm(models.TextChoices):
    """How a case is read. All but the normal arm are extra slots, whose reads never count."""

    NORMAL = arms.NORMAL, "Normal"
    NO_SUGGESTIONS = arms.NO_SUGGESTIONS, "Without suggestions"
    PLANTED_ERROR = arms.PLANTED_ERROR, "Planted error"
    REPEAT = arms.REPEAT, "Repeat"
    TRAINING = arms.TRAINING, "Training"


class PlantedKind(models.TextChoices):
    ADDED = arms.ADDED, "Added to the suggestions"
    REMOVED = arms.REMOVED, "Removed from the suggestions"


class SlotQuerySet(models.QuerySet["Slot"]):
    def live(self) -> "SlotQuerySet":
        """Slots on somebody's list, or waiting for a reader, in whatever arm."""
        return self.filter(state__in=LIVE_STATES)

    def counting(self) -> "SlotQuerySet":
        """The live slots whose reads count: the normal arm. Whatever is derived from reads starts here."""
        return self.live().filter(arm=Arm.NORMAL)

    def controls(self) -> "SlotQuerySet":
        """The live extra slots that a seed drew: every arm but the normal one and training."""
        return self.live().filter(arm__in=(Arm.NO_SUGGESTIONS, Arm.PLANTED_ERROR, Arm.REPEAT))


_LEAST_NUMBER: Final = 2**52


def unguessable_number() -> int:
    """A slot's number: always 16 digits, exact in a browser, and telling nothing of when or for what it was made."""
    return _LEAST_NUMBER + secrets.randbelow(_LEAST_NUMBER)


class Slot(models.Model):
    """The n-th read of a study, dealt to one reader. At most k are live per study, one per reader (constraints).

    A slot of another ``arm`` than the normal one stands beside these k, at position 0, and its reads never count.
    Without a ``reader`` it waits for one: in a round open to all, or because nobody could take over a case that another
    closed. ``leased_until`` is the loan: until then nobody takes the case away from its reader. Its number stands in
    addresses and in the API; it is drawn at random, since one that counts up would tell readers the arm.
    """

    id = models.BigIntegerField(primary_key=True, default=unguessable_number, editable=False)
    round = models.ForeignKey(ReadingRound, on_delete=models.PROTECT, related_name="slots")
    round_study = models.ForeignKey(RoundStudy, on_delete=models.PROTECT, related_name="slots")
    reader = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="slots")
    arm = models.CharField(max_length=14, choices=Arm, default=Arm.NORMAL)
    planted_label = models.ForeignKey(
        Label,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The label that is wrong on purpose in what the reader is shown.",
    )
    planted_kind = models.CharField(max_length=8, choices=PlantedKind, blank=True)
    position = models.PositiveSmallIntegerField(help_text="1 to k; 0 in every arm but the normal one.")
    reads_per_study = models.PositiveSmallIntegerField(help_text="The round's k; a composite foreign key keeps it so.")
    order = models.PositiveIntegerField(help_text="Place in the reader's list.")
    state = models.CharField(max_length=8, choices=SlotState, default=SlotState.PENDING)
    opened_at = models.DateTimeField(
        null=True, blank=True, help_text="When the case was last put on the reader's screen."
    )
    revealed = models.JSONField(
        default=dict,
        blank=True,
        help_text="What a verdict has brought on the reader's screen: others (their reads' ids), report (true).",
    )
    leased_until = models.DateTimeField(null=True, blank=True, help_text="Until then nobody takes it from its reader.")
    replaces = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replaced_by",
        help_text="The slot that its reader closed without a verdict, or left, and that this one stands in for.",
    )

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["round", "reader", "order"]
        indexes = [
            models.Index(fields=["reader", "state", "order"], name="slot_by_reader_todo"),
            models.Index(
                fields=["round", "round_study"], condition=models.Q(state="pending"), name="slot_pending_in_round"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["round_study", "position"],
                condition=models.Q(state__in=["pending", "read"], arm="normal"),
                name="slot_live_position_is_unique",
            ),
            models.UniqueConstraint(
                fields=["round_study", "reader"],
                condition=models.Q(state__in=["pending", "read"]) & ~models.Q(arm="repeat"),
                name="slot_live_reader_is_unique",
            ),
            models.UniqueConstraint(
                fields=["round_study", "reader"],
                condition=models.Q(state__in=["pending", "read"], arm="repeat"),
                name="slot_live_repeat_is_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(arm="normal", position__gte=1, position__lte=models.F("reads_per_study"))
                | (~models.Q(arm="normal") & models.Q(position=0)),
                name="slot_has_at_most_k",
            ),
            models.CheckConstraint(condition=models.Q(arm__in=Arm.values), name="slot_arm_is_known"),
            models.CheckConstraint(
                condition=models.Q(
                    arm="planted_error", planted_label__isnull=False, planted_kind__in=["added", "removed"]
                )
                | (~models.Q(arm="planted_error") & models.Q(planted_label__isnull=True, planted_kind="")),
                name="slot_planted_error_is_named",
            ),
            models.CheckConstraint(
                condition=models.Q(arm="normal") | models.Q(reader__isnull=False),
                name="slot_of_a_control_arm_has_its_reader",
            ),
            models.CheckConstraint(condition=models.Q(state__in=SlotState.values), name="slot_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state="read") | models.Q(reader__isnull=False),
                name="slot_that_is_read_has_a_reader",
            ),
            models.CheckConstraint(
                condition=models.Q(leased_until__isnull=True) | models.Q(reader__isnull=False),
                name="slot_lease_has_a_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.pk}"

    @property
    def holder(self) -> User:
        """Its reader, where there must be one. Raises LookupError for a slot that waits for a reader."""
        if self.reader is None:
            raise LookupError(f"Slot {self.pk} waits for a reader.")
        return self.reader
