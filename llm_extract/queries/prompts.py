"""Reads of prompts: which one new runs use."""

from llm_extract.models import Promotion, Prompt
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
