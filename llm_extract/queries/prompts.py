"""Reads of prompts: which one new runs use."""

from llm_extract.models import Promotion, Prompt


def promoted(stage: str) -> Prompt | None:
    """The prompt that was promoted last for a stage; None where a shipped one still stands."""
    newest = Promotion.objects.filter(prompt__stage=stage).select_related("prompt").order_by("-pk").first()
    return newest.prompt if newest else None


def standing(stage: str) -> Prompt | None:
    """The prompt that new runs of a stage use now, without making any row."""
    found = promoted(stage)
    if found:
        return found
    shipped = Prompt.objects.filter(stage=stage, is_shipped=True)
    first = shipped.order_by("name").first()
    return shipped.filter(name=first.name).latest("version") if first else None
