"""The only writers of prompts: shipped ones become rows, edits become versions, a promotion makes one the default."""

import hashlib

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from core.actions import record_event
from llm_extract.asking.prompts import Prompt as Template
from llm_extract.asking.prompts import PromptError, shipped_prompts
from llm_extract.asking.prompts import Stage as TemplateStage
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models import Promotion, Prompt, Stage
from llm_extract.models.backends import DEFAULTS
from llm_extract.queries.prompts import needs_a_trial


def ensure_shipped_prompts() -> None:
    """Rows for the prompts that came with the product; those there are stay. Safe at any time, by many at once."""
    Prompt.objects.bulk_create(
        [
            Prompt(
                stage=one.stage, name=one.name, version=one.version, text=one.text, sha256=one.sha256, is_shipped=True
            )
            for one in shipped_prompts()
        ],
        ignore_conflicts=True,
    )


def current_prompt(stage: Stage) -> Prompt:
    """The prompt that new runs use: the one promoted last, else the shipped default in its newest version."""
    promotion = Promotion.objects.filter(prompt__stage=stage).select_related("prompt").order_by("-pk").first()
    if promotion:
        return promotion.prompt
    ensure_shipped_prompts()
    return Prompt.objects.filter(stage=stage, name=DEFAULTS[stage], is_shipped=True).latest("version")


@transaction.atomic
def save_prompt_version(*, stage: str, name: str, text: str, by: User | None) -> Prompt:
    """The text as the next version of its name; a text that one of its versions has already is not stored again.

    That version is returned, the newest where several have it. Refuses a text that lacks a blank its stage fills in, has one
    that nothing fills, or shows the report outside its marks.
    """
    try:
        Template(TemplateStage(stage), name, 1, text).check()
    except PromptError as error:
        raise ExtractionRefusedError(str(error)) from error
    versions = Prompt.objects.filter(stage=stage, name=name)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    there = versions.filter(sha256=sha256).order_by("-version").first()
    if there:
        return there
    version = (versions.aggregate(Max("version"))["version__max"] or 0) + 1
    prompt = Prompt.objects.create(stage=stage, name=name, version=version, text=text, sha256=sha256, created_by=by)
    record_event(verb="prompt.saved", subject=prompt, by=by, data={"stage": stage, "version": version})
    return prompt


@transaction.atomic
def promote_prompt(*, prompt: Prompt, by: User | None, untried: bool = False) -> Promotion:
    """Makes a prompt the one that new runs of its stage use. Runs already made keep theirs.

    Refuses a version without a finished trial, unless it is said that it is ``untried``, which the trail keeps.
    """
    is_untried = needs_a_trial(prompt)
    if is_untried and not untried:
        raise ExtractionRefusedError(
            f"Nobody has tried {prompt} on reports; try it on 20 first, or say that you promote it untried."
        )
    promotion = Promotion.objects.create(prompt=prompt, by=by)
    record_event(verb="prompt.promoted", subject=prompt, by=by, data={"untried": is_untried})
    return promotion
