"""Verdicts, which are append-only, and the corrections that belong to them."""

from typing import Final

from django.db import models
from django.utils import timezone

from accounts.models import User
from benchmarks.models import Label
from labeling.models.rounds import Arm, ShowReport, Slot

# In ``shown`` of a read that makes an earlier one stand again, once the one that had replaced it was taken back: its id.
RESTORES: Final = "restores"


class Verdict(models.TextChoices):
    AGREE_ALL = "agree_all", "Agree all"
    AGREE_MOSTLY = "agree_mostly", "Agree mostly"
    DISAGREE = "disagree", "Disagree"
    LABELS = "labels", "Labels given"  # from scratch, in the arm without suggestions only (a trigger)


class ReadQuerySet(models.QuerySet["Read"]):
    def current(self) -> "ReadQuerySet":
        """The standing verdicts, in whatever arm: nothing supersedes them."""
        return self.filter(superseded_by__isnull=True, is_withdrawal=False)

    def counting(self) -> "ReadQuerySet":
        """The standing verdicts that count: those of the normal arm. Whatever is derived from reads starts here."""
        return self.current().filter(slot__arm=Arm.NORMAL)

    def independent(self) -> "ReadQuerySet":
        """Of each slot the last verdict given before its reader saw what others said; with none of those rounds, the standing.

        In a semi-collaborative round agreement is measured on these; outcomes rest on the standing ones. A slot whose
        blind verdict was taken back once others' were seen has none.
        """
        return self._last_of_slot(models.Q(shown__has_key="others")).filter(slot__in=self.counting().values("slot"))

    def unaided(self) -> "ReadQuerySet":
        """Of each slot whose verdict stands, in whatever arm, the last one given before anything was revealed for a verdict.

        Revealed are the report, where the round shows it after the verdict, and what others said, in a semi-collaborative
        round. Where neither is, that is the standing verdict; where the blind one was taken back after either, there is none.
        """
        is_revealed = models.Q(shown__has_key="others") | models.Q(
            slot__round__show_report=ShowReport.AFTER_VERDICT, shown__contains={"report": True}
        )
        return self._last_of_slot(is_revealed).filter(slot__in=Read.objects.current().values("slot"))

    def _last_of_slot(self, is_revealed: models.Q) -> "ReadQuerySet":
        """Of each slot the last verdict that was neither taken back nor given after something was revealed.

        One that a later verdict replaced counts here; one that was taken back, as a slip of the hand, counts nowhere.
        """
        given = Read.objects.filter(is_withdrawal=False, slot=models.OuterRef("slot"))
        kept = given.exclude(superseded_by__is_withdrawal=True).exclude(is_revealed)
        return self.filter(pk=models.Subquery(kept.order_by("-pk").values("pk")[:1]))

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
    marks = models.JSONField(default=list, blank=True, help_text="What the reader marked on the pictures (marks.py).")
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

    @property
    def is_restored(self) -> bool:
        """Whether it is an earlier verdict that stands again."""
        return RESTORES in self.shown


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
