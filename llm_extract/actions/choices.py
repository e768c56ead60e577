"""What a run asks of the pipeline: backends, prompts, samples and caps, checked and frozen before it is queued."""

from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import Any

from django.forms.models import model_to_dict

from benchmarks.queries import labels_by_key
from llm_extract.actions.prompts import current_prompt
from llm_extract.asking.protocol import MOST_OPTIONS
from llm_extract.backends import EXTRACTORS, MAPPERS, RULES, VOCABULARY
from llm_extract.errors import ExtractionRefusedError
from llm_extract.models import Backend, BackendKind, BarredVersion, ExtractionRun, PipelineRun, Prompt, Stage

MOST_READINGS = 9
# What the columns hold; nobody means more.
MOST_TOKENS = 10**15
MOST_REQUESTS = 2**31 - 1
FROZEN = (
    "name",
    "kind",
    "model",
    "base_url",
    "api_version",
    "api_key_env",
    "structured_mode",
    "is_reasoning",
    "weighs_options",
    "max_output_tokens",
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "timeout_seconds",
    "currency",
    "price_input",
    "price_cached",
    "price_output",
    "batch_share",
    "may_see_unmasked",
)


@dataclass(frozen=True)
class PipelineChoice:
    """A backend by name for each stage, and how far a run may go. No prompt named: the promoted one.

    Each of ``further_prompts`` reads every report as well; there are at least as many readings as prompts. With ``maps_all``
    the mapper's model is asked of every finding, not of those alone that no label's words map.
    """

    extractor: str = RULES
    mapper: str = VOCABULARY
    extractor_prompt: Prompt | None = None
    mapper_prompt: Prompt | None = None
    further_prompts: tuple[Prompt, ...] = ()
    samples: int = 1
    maps_all: bool = False
    in_batches: bool = False
    max_cost: Decimal | None = None
    max_tokens: int | None = None
    max_requests: int | None = None


def frozen_choice(run: PipelineRun, choice: PipelineChoice) -> None:
    """Writes the choice into an unsaved run, with the settings of its backends and the version they make together.

    Refuses, by name and with the next step, a backend that does not exist, was not tested, lacks its key or its
    packages, several samples or prompts without a model, and a version that is barred (but on the bench).
    """
    from llm_extract.actions.pipelines import version_of

    run.extractor, run.mapper = choice.extractor, choice.mapper
    run.extractor_backend = _backend(choice.extractor, EXTRACTORS, "extractor")
    run.mapper_backend = _backend(choice.mapper, MAPPERS, "mapper")
    run.extractor_prompt = _prompt(run.extractor_backend, choice.extractor_prompt, Stage.EXTRACT)
    run.mapper_prompt = _prompt(run.mapper_backend, choice.mapper_prompt, Stage.MAP)
    if choice.samples > 1 and run.extractor_backend is None:
        raise ExtractionRefusedError(
            f"{choice.samples} samples were asked of {choice.extractor!r}, which always answers the same; ask for 1."
        )
    prompts = _further_prompts(run, choice)
    if choice.maps_all and run.mapper_backend is None:
        raise ExtractionRefusedError(
            f"A model was to map every finding, but {choice.mapper!r} maps by words alone; choose a model as mapper."
        )
    _refuse_odd_batches(run, choice)
    refuse_odd_caps(choice.max_cost, choice.max_tokens, choice.max_requests)
    refuse_cap_without_prices(run, choice.max_cost)
    if run.extractor_backend and run.extractor_backend.weighs_options:
        raise ExtractionRefusedError(
            f"Backend {choice.extractor!r} weighs options, which only maps; choose it as mapper."
        )
    _refuse_too_many_options(run)
    for name in ("in_batches", "max_cost", "max_tokens", "max_requests"):
        setattr(run, name, getattr(choice, name))
    run.samples = max(choice.samples, 1 + len(prompts))
    run.params = {
        **run.params,
        "extractor_options": frozen_backend(run.extractor_backend),
        "mapper_options": frozen_backend(run.mapper_backend),
        "further_prompts": [{"id": one.pk, "prompt": str(one), "sha256": one.sha256} for one in prompts],
        "maps_all": choice.maps_all,
    }
    run.version = version_of(run)
    refuse_no_longer_usable(run)


def _further_prompts(run: PipelineRun, choice: PipelineChoice) -> tuple[Prompt, ...]:
    """What else the extractor is asked with. Refuses prompts that nobody reads by, and two of the same words."""
    prompts = choice.further_prompts
    if not prompts:
        return ()
    if run.extractor_backend is None or run.extractor_prompt is None:
        raise ExtractionRefusedError(
            f"Several prompts were chosen, but {choice.extractor!r} reads without one; choose a model as extractor."
        )
    if len(prompts) >= MOST_READINGS:
        raise ExtractionRefusedError(
            f"{1 + len(prompts)} prompts were chosen; a report is read {MOST_READINGS} times at most."
        )
    seen = {run.extractor_prompt.sha256: run.extractor_prompt}
    for one in prompts:
        if one.stage != Stage.EXTRACT:
            raise ExtractionRefusedError(f"Prompt {one} is for the stage {one.stage!r}, not {Stage.EXTRACT.value!r}.")
        if one.sha256 in seen:
            raise ExtractionRefusedError(
                f"Prompts {seen[one.sha256]} and {one} have the same words, so they would always agree; leave one out."
            )
        seen[one.sha256] = one
    return prompts


def refuse_no_longer_usable(run: PipelineRun) -> None:
    """Refuses a run whose backend is switched off by now, or whose version is barred.

    A trial on the bench may use a barred version: nothing of it reaches a reader, and it shows whether the bar may go.
    """
    for backend in (run.extractor_backend, run.mapper_backend):
        if backend and not backend.is_active:
            raise ExtractionRefusedError(
                f"Backend {backend.name!r} is switched off; choose another, or have an admin switch it on again."
            )
    barred = BarredVersion.objects.filter(version=run.version, lifted_at__isnull=True).first()
    if barred and isinstance(run, ExtractionRun):
        raise ExtractionRefusedError(
            f"Version {run.version} is barred from runs: {barred.reason} Use another model or prompt, or lift the bar."
        )


def _refuse_too_many_options(run: PipelineRun) -> None:
    """A model that weighs options has a letter for each, one of them for no label at all."""
    if run.mapper_backend is None or not run.mapper_backend.weighs_options:
        return
    count = sum(not label.exclusive for label in labels_by_key(run.taxonomy).values())
    if count >= MOST_OPTIONS:
        raise ExtractionRefusedError(
            f"Backend {run.mapper!r} weighs options, at most {MOST_OPTIONS - 1} labels, and the benchmark has {count}; "
            "choose another mapper."
        )


def _refuse_odd_batches(run: PipelineRun, choice: PipelineChoice) -> None:
    """Batches need a server that takes them."""
    asked = [one for one in (run.extractor_backend, run.mapper_backend) if one is not None]
    if choice.in_batches and not any(one.kind != BackendKind.LOCAL for one in asked):
        raise ExtractionRefusedError(
            "Batches were asked for, but neither stage asks a server; choose a server or no batches."
        )


def refuse_odd_caps(max_cost: Decimal | None, max_tokens: int | None, max_requests: int | None) -> None:
    """Refuses caps that are not above nothing, or do not fit."""
    for name, cap, most in (
        ("tokens", max_tokens, MOST_TOKENS),
        ("requests", max_requests, MOST_REQUESTS),
        ("cost", max_cost, 10**8 - 1),
    ):
        if cap is not None and not 0 < cap <= most:
            raise ExtractionRefusedError(
                f"A cap of {cap} {name} cannot be held; name one above 0, at most {most:,}, or none."
            )


def refuse_cap_without_prices(run: PipelineRun, max_cost: Decimal | None) -> None:
    """Refuses a cap of money that could not be held, as some of the run's tokens have no price."""
    if max_cost is None:
        return
    for backend in (run.extractor_backend, run.mapper_backend):
        if backend and backend.kind != BackendKind.LOCAL and None in (backend.price_input, backend.price_output):
            raise ExtractionRefusedError(
                f"A cap of {max_cost} was asked for, but backend {backend.name!r} has no prices, so it could not be "
                "held; give the backend its prices (0 where it is free), or cap tokens or requests instead."
            )


def frozen_backend(backend: Backend | None) -> dict[str, Any] | None:
    """The backend's settings as plain values, as a run keeps them; None for an embedded one."""
    if backend is None:
        return None
    values = model_to_dict(backend, fields=FROZEN)
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}


def _backend(name: str, embedded: Any, stage: str) -> Backend | None:
    """The model backend of this name; None for an embedded one."""
    if name in embedded:
        return None
    backend = Backend.objects.filter(name=name, is_active=True).first()
    if backend is None:
        known = [*embedded, *Backend.objects.filter(is_active=True).values_list("name", flat=True)]
        raise ExtractionRefusedError(f"There is no {stage} {name!r}; there are: {', '.join(known)}.")
    if problem := what_it_lacks(backend):
        raise ExtractionRefusedError(problem)
    if backend.kind != BackendKind.LOCAL and not backend.structured_mode:
        raise ExtractionRefusedError(
            f"Backend {name!r} was never tested; test its connection first, so that its answers can be read."
        )
    return backend


def what_it_lacks(backend: Backend) -> str:
    """A sentence naming what a backend needs of this machine before it can answer; empty when it has all."""
    if backend.kind == BackendKind.LOCAL:
        if find_spec("torch") is None:
            return f"Backend {backend.name!r} runs in process and needs torch; install it with: make install-local"
        if not Path(backend.model).exists():
            return f"Backend {backend.name!r} names the folder {backend.model!r}, which is not there; mend its model."
        return ""
    if backend.api_key_env and not environ.get(backend.api_key_env):
        return (
            f"Backend {backend.name!r} needs the environment variable {backend.api_key_env}, which is not set; "
            "set it for the web process and the worker, then restart them."
        )
    return ""


def _prompt(backend: Backend | None, chosen: Prompt | None, stage: Stage) -> Prompt | None:
    if backend is None:
        return None
    if chosen is not None and chosen.stage != stage:
        raise ExtractionRefusedError(f"Prompt {chosen} is for the stage {chosen.stage!r}, not {stage.value!r}.")
    return chosen or current_prompt(stage)
