"""A whole run against a real OpenAI-compatible server with a real small model: probed, asked, grounded, stored or named."""

import pytest

from cases.models import Report
from core.models import RunState
from llm_extract.actions import PipelineChoice, create_extraction_run, extract_labels, save_backend, try_connection
from llm_extract.actions.prompts import save_prompt_version
from llm_extract.asking.protocol import Fault
from llm_extract.models import Backend, FailedReport, Finding, ModelAnswer, SuggestionSet
from llm_extract.queries import spending
from tests.factories import make_benchmark, make_study
from tests.llm_extract.adapters import test_real_server
from tests.llm_extract.adapters.test_real_server import url  # noqa: F401 - the fixture that starts the server

pytestmark = [*test_real_server.pytestmark, pytest.mark.django_db]
# Asked with the shipped prompt, a model of 135 million parameters answers every report with an empty list; shown two
# examples it quotes some of these reports and, of others, the examples or nothing that is there.
REPORTS = (
    "Right lower lobe consolidation is new.",
    "Left lower lobe atelectasis.",
    "Small left pleural effusion. No pneumothorax.",
    "The heart is enlarged.",
)
PROMPT = """List the findings of a radiology report ({{body_part}}, {{labels}}) as JSON. \
Copy each quote from the report, letter by letter.

Example
[1] [body] There is a large hiatal hernia.
{"findings":[{"observation":"hiatal hernia","status":"present","certainty_words":null,"location":null,"laterality":null,\
"severity":"severe","size":null,"change":null,"temporality":"current","section":"body","is_device":false,"sentences":[1],\
"quote":"There is a large hiatal hernia"}]}

Example
[1] [body] No rib fracture.
{"findings":[{"observation":"rib fracture","status":"absent","certainty_words":null,"location":null,"laterality":null,\
"severity":null,"size":null,"change":null,"temporality":"current","section":"body","is_device":false,"sentences":[1],\
"quote":"No rib fracture"}]}
=== report ===
<report-{{nonce}}>
{{sentences}}
</report-{{nonce}}>

Now the findings of the report between the marks {{nonce}}, as in the examples.
"""
# What a small model's own answer may be refused for; a fault of the way (timeout, connection) is not among them.
OF_THE_ANSWER = {Fault.UNGROUNDED, Fault.TRUNCATED, Fault.INVALID_JSON, Fault.SCHEMA_VIOLATION}


def test_a_small_models_findings_are_grounded_and_stored_or_their_fault_is_named(url, data_dir):  # noqa: F811
    benchmark = make_benchmark(body_part="CHEST")
    for text in REPORTS:
        make_study(benchmark, report=text)
    backend = Backend(
        name="smol", model="smollm2", base_url=url, max_output_tokens=300, concurrency=1, timeout_seconds=300
    )
    save_backend(backend=backend, by=None)
    try_connection(backend=backend, by=None)
    assert backend.structured_mode == "json_object_schema"
    prompt = save_prompt_version(stage="extract", name="two-examples", text=PROMPT, by=None)
    choice = PipelineChoice(extractor="smol", extractor_prompt=prompt)
    run = create_extraction_run(benchmark=benchmark, choice=choice, by=None)
    extract_labels(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert run.done == len(REPORTS)

    failed = {one.report_id: one.fault for one in FailedReport.objects.filter(run=run)}
    read = set(SuggestionSet.objects.values_list("extraction__report", flat=True))
    assert read.isdisjoint(failed)
    assert read | set(failed) == set(Report.objects.values_list("pk", flat=True))
    assert set(failed.values()) <= {fault.value for fault in OF_THE_ANSWER}

    texts = dict(Report.objects.values_list("pk", "text"))
    findings = list(Finding.objects.select_related("extraction"))
    assert findings, "No report of four gave a grounded finding."
    assert {one.extraction.backend for one in findings} == {"smol"}
    for finding in findings:
        evidence = texts[finding.extraction.report_id][finding.start : finding.end]
        assert evidence.rstrip(".") in {part.rstrip(".") for text in REPORTS for part in text.split(". ")}
        assert finding.grounding in {"exact", "normalized"}

    answers = ModelAnswer.objects.all()
    assert answers.count() >= len(REPORTS)
    assert set(answers.values_list("fault", flat=True)) <= {"", Fault.TRUNCATED.value}
    assert spending(run).tokens > 500
