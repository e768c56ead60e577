"""What of a round needs its curator: studies held for patient data, cases nobody can take, cases given back."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from accounts.models import User
from cases.models import Study
from labeling.models import CannotJudge, ReadingRound, Slot, SlotState, StudyHold

MOST = 200


@dataclass(frozen=True)
class Attention:
    """The rows of each kind, newest first; sealed studies are an admin's alone."""

    holds: list[StudyHold]
    waiting: list[Slot]
    given_back: list[CannotJudge]

    @property
    def any(self) -> bool:
        return bool(self.holds or self.waiting or self.given_back)


def attention(round_: ReadingRound, *, user: User) -> Attention:
    """What the round's page puts first for this person."""
    visible = Study.objects.visible_to(user)
    holds = StudyHold.objects.filter(decided_at__isnull=True, study__in=visible, study__rounds__round=round_)
    waiting = Slot.objects.filter(
        round=round_, state=SlotState.PENDING, reader__isnull=True, round_study__study__in=visible
    )
    given_back = CannotJudge.objects.filter(
        undone_at__isnull=True, slot__round=round_, slot__round_study__study__in=visible
    )
    return Attention(
        list(holds.select_related("study__site", "cannot_judge__slot__reader")[:MOST]),
        list(_stuck(waiting).select_related("round_study__study__site")[:MOST]),
        list(given_back.select_related("slot__round_study__study__site", "slot__reader").order_by("-pk")[:MOST]),
    )


def _stuck(waiting: QuerySet[Slot]) -> QuerySet[Slot]:
    """In a round open to all a slot without a reader is nothing unusual; elsewhere nobody could take it."""
    return waiting.filter(Q(round__is_open_to_all=False)).order_by("round_study__position", "position")
