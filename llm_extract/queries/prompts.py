"""Reads of prompts: which one new runs use, and which were tried."""

from django.db.models import Q

from core.models import RunState
from llm_extract.models import Promotion, Prompt, Trial
from llm_extract.models.backends import DEFAULTS


def promoted(stage: str) -> Prompt | None:
    """The prompt that was promoted last for a stage; None where a shipped one still stands."""
    newest = Promotion.objects.filter(prompt__stage=stage).select_related("prompt").order_by("-pk").first()
    return newest.prompt if newest else None


def standing(stage: str) -> Prompt | None:
    """The prompt that new runs of a stage use now, without making any row."""
    found = promoted(stage)
    if found:
        return found
    shipped = Prompt.objects.filter(stage=stage, is_shipped=True, name=DEFAULTS[stage])
    return shipped.order_by("-version").first()


def trial_of(prompt: Prompt) -> Trial | None:
    """The newest finished trial that asked with this version, as either stage's prompt or beside the first."""
    used = (
        Q(extractor_prompt=prompt) | Q(mapper_prompt=prompt) | Q(params__further_prompts__contains=[{"id": prompt.pk}])
    )
    return Trial.objects.filter(used, state=RunState.SUCCEEDED).order_by("-pk").first()


def needs_a_trial(prompt: Prompt) -> bool:
    """Whether nobody has tried this version on reports. A prompt that came with the product needs no trial."""
    return not prompt.is_shipped and trial_of(prompt) is None
