"""Runs with a model in process: the tiny one made here writes nonsense, which is named and never stored as a finding."""

import pytest

from core.models import RunState
from llm_extract.actions import ExtractionRefusedError, PipelineChoice, create_extraction_run, extract_labels
from llm_extract.models import Backend, FailedReport, Finding, ModelAnswer, Suggestion, SuggestionSet
from tests.factories import make_benchmark, make_study
from tests.llm_extract.tiny_model import build_tiny_model, needs_torch

pytestmark = [pytest.mark.django_db, needs_torch]
TEXTS = ("FINDINGS: Small left pleural effusion.", "FINDINGS: Nodule in the right upper lobe. Heart size is normal.")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_tiny_model(tmp_path_factory.mktemp("tiny"), context=6000)


@pytest.fixture
def benchmark(data_dir):
    benchmark = make_benchmark(body_part="CHEST")
    for text in TEXTS:
        make_study(benchmark, report=text)
    return benchmark


def run_with(benchmark, **choice):
    run = create_extraction_run(benchmark=benchmark, choice=PipelineChoice(**choice), by=None)
    extract_labels(run_id=run.pk)
    run.refresh_from_db()
    return run


def test_what_a_random_model_writes_is_stored_grounded_or_named_as_a_fault(benchmark, folder):
    Backend.objects.create(name="tiny", kind="local", model=str(folder), max_output_tokens=60, concurrency=2)
    run = run_with(benchmark, extractor="tiny")
    assert run.state == RunState.SUCCEEDED
    assert SuggestionSet.objects.count() + FailedReport.objects.count() == len(TEXTS)
    assert ModelAnswer.objects.count() >= len(TEXTS)
    texts = dict(Finding.objects.values_list("extraction__report__text", "start"))
    assert all(text in TEXTS for text in texts)


def test_a_mapper_that_weighs_gives_probabilities_and_asks_only_what_no_synonym_maps(benchmark, folder):
    Backend.objects.create(name="tiny", kind="local", model=str(folder), weighs_options=True)
    run = run_with(benchmark, mapper="tiny")
    assert run.state == RunState.SUCCEEDED
    assert SuggestionSet.objects.count() == len(TEXTS)
    effusion = Suggestion.objects.get(label__key="pleural_effusion")
    assert effusion.status == "present"
    assert all(0 <= one.confidence <= 1 for one in Suggestion.objects.exclude(confidence=None))


def test_a_backend_that_weighs_cannot_extract(benchmark, folder):
    Backend.objects.create(name="tiny", kind="local", model=str(folder), weighs_options=True)
    with pytest.raises(ExtractionRefusedError, match="choose it as mapper"):
        create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="tiny"), by=None)
