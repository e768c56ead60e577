"""Earlier studies of a case's patient, to be compared with: which ones, and who may see them. Nothing of the patient is told."""

from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.models import User
from cases.models import Study
from cases.visibility import hidden_studies
from core.prepared import PreparedRows
from labeling.models import LIVE_STATES, RoundState, RoundStudy, Slot
from labeling.queries.reader import is_case_held, is_held
from labeling.queries.sealing import sealed_rounds

MOST_PRIORS = 2


def priors_of(study: int) -> list[int]:
    """The patient's latest studies before this one, by their dates, newest first; of a study without a date there are none.

    None that the gate or a curator holds back for patient data, and none of a round that a frozen release sealed: held
    out or not, nobody can tell.
    """
    found = [pk for (pk,) in _earlier(study)]  # mostly none, and then nothing else is asked
    if not found:
        return []
    shown = _shown(Study.objects.filter(pk__in=found)).order_by("-study_date", "-pk")
    return list(shown.values_list("pk", flat=True)[:MOST_PRIORS])


def is_prior_of_a_case(user: User, study: int) -> bool:
    """Whether the study is shown as a prior of a case in an open round that is on this reader's list."""
    slots = Slot.objects.filter(reader=user, state__in=LIVE_STATES, round__state=RoundState.OPEN)
    slots = slots.exclude(round__in=sealed_rounds()).filter(~is_case_held(), round_study__study__patient__studies=study)
    cases = RoundStudy.objects.filter(pk__in=slots.values("round_study")).values_list("study_id", flat=True)
    return any(study in priors_of(case) for case in cases)


_earlier = PreparedRows[tuple[int]](
    lambda study: Study.objects.filter(
        patient__studies=study, study_date__lt=F("patient__studies__study_date")
    ).values_list("pk"),
    1,
)


def _shown(studies: QuerySet[Study]) -> QuerySet[Study]:
    sealed = RoundStudy.objects.filter(study=OuterRef("pk"), round__in=sealed_rounds())
    return studies.exclude(hidden_studies()).filter(~Exists(sealed), ~is_held(OuterRef("pk")))
