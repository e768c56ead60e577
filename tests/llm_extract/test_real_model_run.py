"""A whole run against a real OpenAI-compatible server with a real small model: probed, asked, grounded, stored or named."""

import pytest

from cases.models import Report
from core.models import RunState
from llm_extract.actions import PipelineChoice, create_extraction_run, extract_labels, save_backend, try_connection
from llm_extract.models import Backend, FailedReport, Finding, ModelAnswer, SuggestionSet
from llm_extract.queries import spending
from tests.factories import make_benchmark, make_study
from tests.llm_extract.adapters import test_real_server
from tests.llm_extract.adapters.test_real_server import url  # noqa: F401 - the fixture that starts the server

pytestmark = [*test_real_server.pytestmark, pytest.mark.django_db]
REPORTS = ("Small left pleural effusion. No pneumothorax.", "The heart is enlarged.")


def test_a_small_models_run_is_stored_or_its_faults_are_named(url, data_dir):  # noqa: F811
    benchmark = make_benchmark(body_part="CHEST")
    for text in REPORTS:
        make_study(benchmark, report=text)
    backend = Backend(name="smol", model="smollm2", base_url=url, max_output_tokens=300, concurrency=2)
    save_backend(backend=backend, by=None)
    try_connection(backend=backend, by=None)
    assert backend.structured_mode == "json_object_schema"
    run = create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="smol"), by=None)
    extract_labels(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert run.done == len(REPORTS)
    assert SuggestionSet.objects.count() + FailedReport.objects.count() == len(REPORTS)
    texts = dict(Report.objects.values_list("pk", "text"))
    for finding in Finding.objects.select_related("extraction"):
        assert texts[finding.extraction.report_id][finding.start : finding.end].strip()
    assert ModelAnswer.objects.filter(fault__in=["", "truncated"]).count() == ModelAnswer.objects.count()
    assert spending(run).tokens > 500
