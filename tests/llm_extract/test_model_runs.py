"""Runs that ask a model, over real HTTP: rows, money, caps, failures by kind, and nothing asked twice."""

import json
import logging
from decimal import Decimal

import pytest
from django.core.management import call_command

from core.actions import resume_run
from core.models import RunState
from llm_extract.actions import (
    ExtractionRefusedError,
    PipelineChoice,
    create_extraction_run,
    extract_labels,
    retry_failures,
    save_backend,
)
from llm_extract.actions.pipelines import scope_of
from llm_extract.models import Backend, Extraction, FailedReport, ModelAnswer, Suggestion, SuggestionSet
from llm_extract.queries import spending
from tests.factories import make_benchmark, make_study, make_user
from tests.fakes.llm_replies import Reply, completion, out_of_quota, refused, said, uncounted
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.clinical_server import clinical_answer, make_backend

pytestmark = pytest.mark.django_db

EFFUSION = "FINDINGS: Small left pleural effusion. No pneumothorax. IMPRESSION: Small effusion."
BY_MODEL = PipelineChoice(extractor="fake", mapper="fake")


@pytest.fixture
def benchmark(data_dir):
    return make_benchmark(body_part="CHEST")


@pytest.fixture
def server(benchmark):
    labels = scope_of(benchmark.taxonomies.get()).labels
    with LlmServer(answer=clinical_answer(labels)) as server:
        yield server


def run_extraction(benchmark, choice=BY_MODEL, **options):
    run = create_extraction_run(benchmark=benchmark, choice=choice, by=None, **options)
    return work(run)


def work(run):
    extract_labels(run_id=run.pk)
    run.refresh_from_db()
    return run


def counted(answer, tokens):
    """The same answers, said to have taken so many tokens."""

    def costly(body):
        whole = completion({"content": answer(body)})
        return Reply(
            whole | {"usage": {"prompt_tokens": tokens, "completion_tokens": tokens, "total_tokens": 2 * tokens}}
        )

    return costly


def reports(benchmark, n):
    return [
        make_study(benchmark, report=f"FINDINGS: Small left pleural effusion of {i} mm. No pneumothorax.")
        for i in range(1, n + 1)
    ]


def statuses(study):
    newest = study.suggestion_sets.order_by("-version").first()
    return {one.label.key: one.status for one in newest.suggestions.all()}


def test_a_models_reading_becomes_rows_with_evidence_cost_and_second_opinion(benchmark, server):
    make_backend(server)
    study = make_study(benchmark, report=EFFUSION)
    run = run_extraction(benchmark)
    assert run.state == RunState.SUCCEEDED
    assert statuses(study) == {"pleural_effusion": "present", "pneumothorax": "absent"}
    effusion = Suggestion.objects.get(label__key="pleural_effusion")
    start, end = effusion.span_pairs[0]
    assert "pleural effusion" in EFFUSION[start:end].lower()
    assert effusion.second_opinion == "present"
    extraction = Extraction.objects.get()
    assert set(extraction.answers) == set(ModelAnswer.objects.values_list("key", flat=True))
    assert spending(run).cost > 0
    assert study.suggestion_sets.get().doubt == 0


def test_nothing_is_asked_twice_not_even_by_another_run_or_report(benchmark, server):
    make_backend(server)
    make_study(benchmark, report=EFFUSION)
    make_study(benchmark, report=EFFUSION)
    run_extraction(benchmark)
    asked = len(server.chats)
    other = make_benchmark("other", labels=["pleural_effusion", "pneumothorax"], body_part="CHEST")
    make_study(benchmark, report=EFFUSION)
    again = run_extraction(benchmark)
    assert (again.done, len(server.chats)) == (1, asked)
    assert max(server.answered.values()) == 1
    assert spending(again).requests == 0
    assert other.taxonomies.exists()


def test_a_run_stops_before_its_cap_and_a_higher_one_goes_on(benchmark, server):
    make_backend(server, concurrency=2)
    studies = reports(benchmark, 12)
    capped = PipelineChoice(extractor="fake", max_requests=5)
    run = run_extraction(benchmark, capped)
    assert run.state == RunState.PAUSED
    assert "before its cap" in run.message
    assert len(server.chats) == 5
    assert spending(run).requests == 5
    read = SuggestionSet.objects.count()
    assert read == 5
    assert not FailedReport.objects.exists()
    done = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    assert done.state == RunState.SUCCEEDED
    assert all(study.suggestion_sets.count() == 1 for study in studies)
    assert max(server.answered.values()) == 1


def test_a_server_that_counts_nothing_is_charged_the_worst_case(benchmark, server):
    make_backend(server, concurrency=1)
    reports(benchmark, 10)
    good = server.answer
    server.answer = lambda body: uncounted(good(body))
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_cost=Decimal("0.06")))
    spent = spending(run)
    assert run.state == RunState.PAUSED
    assert "at most" in run.message
    assert (spent.cost, spent.of_unknown_cost) == (0, len(server.chats))
    assert Decimal("0.03") < spent.booked_cost <= Decimal("0.06")


def test_failures_are_kept_by_kind_and_retried_alone(benchmark, server):
    make_backend(server)
    studies = reports(benchmark, 3)
    good = server.answer

    def refuse_the_second(body):
        return refused("no") if " 2 mm" in json.dumps(body) else good(body)

    server.answer = refuse_the_second
    run = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    assert run.state == RunState.SUCCEEDED
    failure = FailedReport.objects.get()
    assert (failure.fault, failure.report.study) == ("refused", studies[1])
    assert run.problems.get().where == studies[1].study_id
    server.answer = good
    asked = len(server.chats)
    retried = work(retry_failures(run=run, fault="refused", by=None))
    assert (retried.total, retried.counts["reports"]) == (1, 1)
    assert len(server.chats) == asked + 1
    assert not FailedReport.objects.exists()
    assert statuses(studies[1])["pleural_effusion"] == "present"
    with pytest.raises(ExtractionRefusedError, match="no failed reports"):
        retry_failures(run=run, by=None)


def test_an_exhausted_quota_stops_the_run_with_a_sentence_and_resumes(benchmark, server):
    make_backend(server)
    reports(benchmark, 4)
    server.script.extend([out_of_quota()] * 40)
    run = create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="fake"), by=None)
    with pytest.raises(ExtractionRefusedError, match="quota is used up"):
        extract_labels(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert not FailedReport.objects.exists()
    server.script.clear()
    resume_run(run=run, by=make_user("curator"))
    assert work(run).state == RunState.SUCCEEDED
    assert SuggestionSet.objects.count() == 4


def test_a_server_out_of_reach_pauses_the_run(benchmark, server, monkeypatch):
    monkeypatch.setattr("llm_extract.actions.feeding.LOST_IN_A_ROW", 3)
    make_backend(server, base_url="http://127.0.0.1:9/v1", timeout_seconds=1)
    reports(benchmark, 6)
    run = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    assert run.state == RunState.PAUSED
    assert "got no answer" in run.message
    assert not SuggestionSet.objects.exists()


def test_patient_data_never_leaves_unless_an_admin_said_so(benchmark, server, caplog):
    make_backend(server)
    text = "FINDINGS: Small left effusion. Compared with 03/12/2024. Discussed with Dr. Anna Berg at 555-123-4567."
    make_study(benchmark, report=text)
    with caplog.at_level(logging.DEBUG):
        run_extraction(benchmark)
    sent = " ".join(request.raw.decode() for request in server.chats)
    for secret in ("Berg", "555-123-4567", "03/12/2024"):
        assert secret not in sent
        assert secret not in caplog.text
    assert "effusion" in sent
    assert "effusion" not in caplog.text


def test_an_unmasked_backend_sees_the_text_as_it_is(benchmark, server):
    make_backend(server, may_see_unmasked=True)
    make_study(benchmark, report="FINDINGS: Small left effusion. Discussed with Dr. Anna Berg.")
    run_extraction(benchmark)
    assert "Berg" in server.chats[0].raw.decode()


@pytest.mark.parametrize(
    ("lacking", "needs"),
    [
        ({"structured_mode": ""}, "never tested"),
        ({"api_key_env": "NO_SUCH_API_KEY"}, "NO_SUCH_API_KEY"),
        ({"is_active": False}, "there are"),
        ({"kind": "local", "model": "/no/such/folder"}, "install-local|no/such/folder"),
    ],
)
def test_a_backend_that_is_not_ready_is_refused_with_the_next_step(benchmark, server, lacking, needs):
    make_backend(server, **lacking)
    with pytest.raises(ExtractionRefusedError, match=needs):
        create_extraction_run(benchmark=benchmark, choice=BY_MODEL, by=None)


def test_samples_of_an_engine_that_always_answers_the_same_are_refused(benchmark):
    with pytest.raises(ExtractionRefusedError, match="ask for 1"):
        create_extraction_run(benchmark=benchmark, choice=PipelineChoice(samples=3), by=None)


def test_several_samples_give_agreement_and_doubt(benchmark, server):
    make_backend(server)
    study = make_study(benchmark, report=EFFUSION)
    good = server.answer

    def now_and_then_nothing(body):
        return json.dumps({"findings": []}) if body.get("temperature") else good(body)

    server.answer = now_and_then_nothing
    run_extraction(benchmark, PipelineChoice(extractor="fake", samples=3))
    effusion = Suggestion.objects.get(label__key="pleural_effusion")
    assert effusion.agreement == pytest.approx(1 / 3, abs=0.01) or effusion.agreement == pytest.approx(2 / 3, abs=0.01)
    assert "samples_disagree" in effusion.flags
    assert study.suggestion_sets.get().doubt > 0.2


def test_two_models_of_the_same_name_elsewhere_do_not_share_answers(benchmark, server):
    make_backend(server)
    make_study(benchmark, report=EFFUSION)
    run_extraction(benchmark, PipelineChoice(extractor="fake"))
    with LlmServer(answer=server.answer) as other:
        make_backend(other, name="elsewhere")
        run_extraction(benchmark, PipelineChoice(extractor="elsewhere"))
        assert other.chats


def test_a_run_in_batches_costs_the_batch_share_and_stores_the_same(benchmark, server, monkeypatch):
    monkeypatch.setattr("llm_extract.adapters.batch_model.POLL_SECONDS", 0)
    server.batches.polls_needed = 2
    make_backend(server)
    studies = reports(benchmark, 5)
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", in_batches=True))
    assert run.state == RunState.SUCCEEDED
    assert not server.chats
    assert len(server.batches.batches) == 1
    assert all(statuses(study)["pleural_effusion"] == "present" for study in studies)
    answer = ModelAnswer.objects.first()
    full = (answer.input_tokens * 2 + answer.output_tokens * 8) / 1_000_000
    assert float(answer.cost) == pytest.approx(full / 2, abs=2e-6)


def test_batches_without_a_server_are_refused(benchmark):
    with pytest.raises(ExtractionRefusedError, match="neither stage asks a server"):
        create_extraction_run(benchmark=benchmark, choice=PipelineChoice(in_batches=True), by=None)


def test_a_cap_of_money_needs_prices(benchmark, server):
    make_backend(server, price_output=None)
    with pytest.raises(ExtractionRefusedError, match="has no prices"):
        create_extraction_run(
            benchmark=benchmark, choice=PipelineChoice(extractor="fake", max_cost=Decimal(1)), by=None
        )


@pytest.mark.parametrize("cap", [{"max_tokens": 10**20}, {"max_requests": 2**40}, {"max_cost": Decimal(0)}])
def test_a_cap_that_cannot_be_held_is_refused(benchmark, server, cap):
    make_backend(server)
    with pytest.raises(ExtractionRefusedError, match="cannot be held"):
        create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="fake", **cap), by=None)


def test_a_server_that_counts_more_than_was_possible_is_named(benchmark, server):
    make_backend(server, concurrency=1)
    reports(benchmark, 20)
    server.answer = counted(server.answer, 10**9)
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_cost=Decimal(1)))
    assert run.state == RunState.PAUSED
    assert "so the cap is passed" in run.message


def test_garbage_is_asked_about_anew_by_a_retry_alone(benchmark, server):
    make_backend(server)
    reports(benchmark, 2)
    good, server.answer = server.answer, said("no JSON at all")
    run_extraction(benchmark, PipelineChoice(extractor="fake"))
    assert FailedReport.objects.filter(fault="invalid_json").count() == 2
    server.answer = good
    asked = len(server.chats)
    again = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    assert again.counts["failed"] == 2
    assert len(server.chats) == asked
    call_command("extract_labels", benchmark=benchmark.slug, retry=again.pk)
    assert SuggestionSet.objects.count() == 2
    assert not FailedReport.objects.exists()


@pytest.mark.parametrize(
    "url", ["http://user:sk-1@127.0.0.1/v1", "http://127.0.0.1/v1?key=sk-1", "http://169.254.169.254/latest"]
)
def test_an_address_holds_no_secret_and_leads_nowhere_odd(url):
    backend = Backend(name="odd", model="m", base_url=url)
    with pytest.raises(ExtractionRefusedError) as refusal:
        save_backend(backend=backend, by=None)
    assert "sk-1" not in str(refusal.value)
    assert not Backend.objects.exists()
