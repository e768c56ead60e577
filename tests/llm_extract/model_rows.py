"""Rows of backends, prompts and paid answers for tests of pages and commands."""

import itertools
from decimal import Decimal

from benchmarks.queries import current_taxonomy
from core.models import Run
from llm_extract.actions import create_extraction_run, extract_labels
from llm_extract.models import Backend, ExtractionRun, ModelAnswer, Prompt, Stage

_numbers = itertools.count(1)
TEXT = "Read {{nonce}} the {{sentences}}.\n"


def make_backend(name="gpt", **fields):
    """An OpenAI-compatible backend that was tested and needs no key."""
    values = {
        "model": "gpt-4o",
        "base_url": "http://127.0.0.1:9/v1",
        "structured_mode": "json_schema",
        "price_input": Decimal("2.5"),
        "price_output": Decimal(10),
    }
    return Backend.objects.create(name=name, **(values | fields))


def make_prompt(name="mine", version=1, stage=Stage.EXTRACT, text=TEXT, **fields):
    values = {"sha256": f"{next(_numbers):064d}"} | fields
    return Prompt.objects.create(stage=stage, name=name, version=version, text=text, **values)


def extracted(benchmark):
    """A run of the rules engine over what waits, worked to its end."""
    run = create_extraction_run(benchmark=benchmark, by=None)
    extract_labels(run_id=run.pk)
    return ExtractionRun.objects.get(pk=run.pk)


def make_model_run(benchmark, backend, **fields):
    """A run that asks ``backend`` in its first stage, finished, by rows."""
    values = {
        "state": "succeeded",
        "extractor": backend.name,
        "extractor_backend": backend,
        "mapper": "vocabulary",
        "version": f"{backend.name}+vocabulary-{next(_numbers)}",
        "params": {
            "limit": None,
            "attempt": 0,
            "extractor_options": {
                "model": backend.model,
                "base_url": backend.base_url,
                "api_key_env": backend.api_key_env,
                "currency": "USD",
                "may_see_unmasked": False,
                "structured_mode": backend.structured_mode,
            },
            "mapper_options": None,
        },
    }
    return ExtractionRun.objects.create(
        kind="extraction", benchmark=benchmark, taxonomy=current_taxonomy(benchmark), **(values | fields)
    )


def make_answer(run: Run, backend, **fields):
    """One answer the run paid for."""
    values = {
        "stage": Stage.EXTRACT,
        "text": "{}",
        "input_tokens": 1000,
        "output_tokens": 100,
        "cost": Decimal("0.0035"),
    }
    key = f"{next(_numbers):064d}"
    return ModelAnswer.objects.create(**({"key": key, "backend": backend, "run_id": run.pk} | values | fields))
