"""What a frozen release closes for readers: every case of its rounds alike, so that none can be told from another."""

from django.db.models import Exists, QuerySet

from cases.visibility import hidden_studies
from labeling.models import ReadingRound, RoundStudy


def sealed_rounds() -> QuerySet[ReadingRound]:
    """The rounds that hold a sealed study, for ``round__in``.

    To its readers such a round is sealed as a whole: were only the held-out cases blank, a reader could list them.
    """
    return ReadingRound.objects.filter(pk__in=RoundStudy.objects.filter(hidden_studies("study__")).values("round"))


def has_sealed_study(round_: int) -> Exists:
    """Whether one round is among the ``sealed_rounds``."""
    return Exists(RoundStudy.objects.filter(hidden_studies("study__"), round=round_))
