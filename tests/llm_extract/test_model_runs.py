"""Runs that ask a model, over real HTTP: rows, money, caps, failures by kind, and nothing asked twice."""

import itertools
import json
import logging
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from core.actions import cancel_run, pause_run, resume_run
from core.models import Event, RunState
from llm_extract.actions import (
    ExtractionRefusedError,
    PipelineChoice,
    bar_version,
    create_extraction_run,
    extract_labels,
    go_on,
    retry_failures,
    save_backend,
    save_prompt_version,
)
from llm_extract.actions.pipelines import scope_of
from llm_extract.actions.prompts import current_prompt
from llm_extract.actions.reaching import journal_of, server_settings
from llm_extract.adapters.courier import CourierModel
from llm_extract.models import (
    Backend,
    BarredVersion,
    Extraction,
    ExtractionRun,
    FailedReport,
    ModelAnswer,
    Stage,
    Suggestion,
    SuggestionSet,
)
from llm_extract.queries import spending
from tests.factories import make_benchmark, make_study, make_user
from tests.fakes.llm_replies import (
    Reply,
    completion,
    dropped,
    out_of_quota,
    rate_limited,
    refused,
    said,
    server_error,
    uncounted,
)
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import question
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


def test_timeouts_are_spent_and_a_resumed_run_sends_no_more_than_its_cap(benchmark, server):
    make_backend(server, concurrency=1, timeout_seconds=1)
    reports(benchmark, 7)
    server.delay_seconds = 3
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=4))
    assert (run.state, len(server.chats)) == (RunState.PAUSED, 4)
    spent = spending(run)
    assert (spent.requests, spent.of_unknown_cost, spent.cost) == (4, 4, 0)
    assert spent.booked_cost > 0
    resume_run(run=run, by=make_user("curator"))
    assert work(run).is_at_its_cap
    assert (len(server.chats), spending(run).requests) == (4, 4)


def test_a_lost_connection_is_asked_again_within_the_cap_and_every_request_is_spent(benchmark, server):
    make_backend(server, concurrency=1)
    reports(benchmark, 5)
    server.script.extend([dropped(), dropped()])
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=4))
    assert (run.state, SuggestionSet.objects.count()) == (RunState.PAUSED, 2)
    assert len(server.chats) == spending(run).requests == 4
    assert spending(run).of_unknown_cost == 2


@pytest.fixture
def couriers(monkeypatch):
    """The couriers that were started, the last one at the end."""
    started, start = [], CourierModel._start

    def starting(model):
        start(model)
        started.append(model._process)

    monkeypatch.setattr(CourierModel, "_start", starting)
    return started


def killing_the_courier(server, couriers, at):
    """The server kills the courier while it answers these requests, so that the answers reach nobody."""
    good = server.answer

    def answer(body):
        if len(server.chats) in at:
            couriers[-1].kill()
            couriers[-1].wait()
        return good(body)

    server.answer = answer


def test_what_a_killed_courier_had_sent_counts_against_the_cap(benchmark, server, couriers):
    make_backend(server, concurrency=1)
    reports(benchmark, 6)
    killing_the_courier(server, couriers, at={2, 4})
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=5))
    assert (run.is_at_its_cap, len(couriers)) == (True, 3)
    assert len(server.chats) == spending(run).requests == 5
    assert (spending(run).of_unknown_cost, SuggestionSet.objects.count()) == (2, 3)
    assert spending(run).booked_cost > 2 * spending(run).cost


def test_a_run_whose_worker_and_courier_were_killed_counts_what_was_on_its_way(benchmark, server, couriers, data_dir):
    make_backend(server, concurrency=1)
    reports(benchmark, 6)
    choice = PipelineChoice(extractor="fake", max_requests=4)
    run = create_extraction_run(benchmark=benchmark, choice=choice, by=None)
    killing_the_courier(server, couriers, at={2})
    options = run.params["extractor_options"]
    killed = CourierModel(server_settings(options), journal_of(run, Stage.EXTRACT))
    texts = [f"[1] (findings) Small left pleural effusion of {n} mm." for n in range(8, 10)]
    for answer in killed.ask(question(text, schema_name="findings") for text in texts):
        if answer.fault:  # by now the worker is dead as well
            break
    assert len(server.chats) == 2
    assert work(run).is_at_its_cap
    assert len(server.chats) == spending(run).requests == 4
    assert (spending(run).of_unknown_cost, SuggestionSet.objects.count()) == (1, 2)


def test_what_a_killed_worker_was_answered_by_a_server_that_counts_nothing_counts_at_its_worst_case(
    benchmark, server, data_dir
):
    make_backend(server)
    good = server.answer
    server.answer = lambda body: uncounted(good(body))
    run = create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="fake"), by=None)
    killed = CourierModel(server_settings(run.params["extractor_options"]), journal_of(run, Stage.EXTRACT))
    list(killed.ask([question("[1] (findings) Small effusion.", schema_name="findings")]))
    killed.close()
    assert work(run).state == RunState.SUCCEEDED
    spent = spending(run)
    assert (spent.requests, spent.of_unknown_cost, spent.cost) == (1, 1, 0)
    assert spent.booked_tokens > 100
    assert spent.booked_cost > 0


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
    with pytest.raises(ExtractionRefusedError, match="no failed reports any more, and no later run like it"):
        retry_failures(run=run, by=None)


def test_failures_that_a_repeat_took_over_are_named_with_the_run_that_has_them(benchmark, server):
    make_backend(server)
    reports(benchmark, 3)
    server.answer = refused("no")
    first = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    repeat = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    with pytest.raises(ExtractionRefusedError, match=f"Retry run {repeat.pk} instead"):
        retry_failures(run=first, by=None)
    with pytest.raises(ExtractionRefusedError, match="'timeout' any more, and no later run like it"):
        retry_failures(run=first, fault="timeout", by=None)
    assert retry_failures(run=repeat, by=None).retry_of == repeat


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


def test_a_backend_masked_again_sees_no_more_unmasked_text_whatever_its_runs_froze(benchmark, server):
    backend = make_backend(server, may_see_unmasked=True, concurrency=1)
    for size in range(1, 7):
        make_study(benchmark, report=f"FINDINGS: Small left effusion of {size} mm. Discussed with Dr. Anna Berg.")
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=2))
    assert "Berg" in server.chats[0].raw.decode()
    asked = len(server.chats)
    backend.may_see_unmasked = False
    save_backend(backend=backend, by=None)
    work(go_on(run=run, max_requests=50, by=make_user(role="admin")))
    sent = [request.raw.decode() for request in server.chats[asked:]]
    assert len(sent) == 4
    assert not any("Berg" in one for one in sent)


def switched_off(run):
    Backend.objects.update(is_active=False)
    return "is switched off"


def barred(run):
    bar_version(version=run.version, reason="It reads nothing.", by=None)
    return "is barred from runs"


@pytest.mark.parametrize("forbidden", [switched_off, barred])
def test_no_run_follows_one_that_may_not_be_chosen_any_more(benchmark, server, forbidden):
    make_backend(server, concurrency=1)
    reports(benchmark, 3)
    capped = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=1))
    server.answer = said("no JSON at all")
    failed = run_extraction(benchmark, PipelineChoice(extractor="fake"), limit=1)
    refusal = forbidden(capped)
    with pytest.raises(ExtractionRefusedError, match=refusal):
        retry_failures(run=failed, by=None)
    with pytest.raises(ExtractionRefusedError, match=refusal):
        go_on(run=capped, max_requests=4, by=make_user(role="admin"))
    capped.refresh_from_db()
    assert capped.is_at_its_cap
    assert ExtractionRun.objects.count() == 2


@pytest.mark.parametrize("forbidden", [switched_off, barred])
def test_a_queued_run_that_may_not_be_chosen_any_more_asks_nothing_and_goes_on_later(benchmark, server, forbidden):
    make_backend(server)
    reports(benchmark, 2)
    run = create_extraction_run(benchmark=benchmark, choice=PipelineChoice(extractor="fake"), by=None)
    refusal = forbidden(run)
    with pytest.raises(ExtractionRefusedError, match=refusal):
        extract_labels(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert refusal in run.message
    assert not server.chats
    Backend.objects.update(is_active=True)
    BarredVersion.objects.update(lifted_at=timezone.now())
    resume_run(run=run, by=make_user("curator"))
    assert work(run).state == RunState.SUCCEEDED
    assert SuggestionSet.objects.count() == 2


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


THOROUGH = "Be thorough."


@pytest.fixture
def prompts(benchmark):
    """The standing prompt of the first stage, and one of other words."""
    first = current_prompt(Stage.EXTRACT)
    words = f"{THOROUGH}\n{first.text}"
    return first, save_prompt_version(stage="extract", name="thorough", text=words, by=None)


def test_several_prompts_read_every_report_and_vote(benchmark, server, prompts):
    make_backend(server)
    study = make_study(benchmark, report=EFFUSION)
    good = server.answer
    server.answer = lambda body: '{"findings": []}' if THOROUGH in body["messages"][0]["content"] else good(body)
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", further_prompts=prompts[1:]))
    assert (run.state, run.samples, len(server.chats)) == (RunState.SUCCEEDED, 2, 2)
    assert {chat.body["temperature"] for chat in server.chats} == {0}
    effusion = Suggestion.objects.get(label__key="pleural_effusion")
    assert (effusion.agreement, effusion.status) == (0, "uncertain")  # a tie: neither prompt says so
    assert "samples_disagree" in effusion.flags
    assert study.suggestion_sets.get().doubt > 0.2
    # Each prompt's answers are its own, and kept by it: alone it is another version, and asks nothing again.
    alone = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    other = run_extraction(benchmark, PipelineChoice(extractor="fake", extractor_prompt=prompts[1]))
    assert len({run.version, alone.version, other.version}) == 3
    assert len(server.chats) == 2
    assert alone.params["further_prompts"] == []


def test_a_run_that_follows_keeps_all_prompts(benchmark, server, prompts):
    make_backend(server, concurrency=1)
    reports(benchmark, 2)
    choice = PipelineChoice(extractor="fake", further_prompts=prompts[1:], max_requests=2)
    run = run_extraction(benchmark, choice)
    following = work(go_on(run=run, max_requests=9, by=make_user(role="admin")))
    assert (following.state, following.version, len(server.chats)) == (RunState.SUCCEEDED, run.version, 4)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"extractor": "rules"}, "reads without one"),
        ({"further_prompts": "twice"}, "have the same words"),
        ({"further_prompts": "of the mapper"}, "is for the stage 'map'"),
        ({"further_prompts": "too many"}, "read 9 times at most"),
        ({"maps_all": True}, "'vocabulary' maps by words alone"),
    ],
)
def test_prompts_and_mapping_that_nobody_follows_are_refused(benchmark, server, prompts, changes, says):
    make_backend(server)
    named = {
        "twice": prompts,
        "of the mapper": (current_prompt(Stage.MAP),),
        "too many": tuple(
            save_prompt_version(stage="extract", name="more", text=f"{n}. {prompts[0].text}", by=None) for n in range(9)
        ),
    }
    chosen = {"extractor": "fake", "further_prompts": prompts[1:]} | changes
    chosen["further_prompts"] = named.get(chosen["further_prompts"], chosen["further_prompts"])
    with pytest.raises(ExtractionRefusedError, match=says):
        create_extraction_run(benchmark=benchmark, choice=PipelineChoice(**chosen), by=None)


def test_a_model_maps_every_finding_only_where_it_was_chosen_so(benchmark, server):
    make_backend(server)
    study = make_study(benchmark, report=EFFUSION)
    choice = PipelineChoice(mapper="fake")
    few = run_extraction(benchmark, choice)
    assert not server.chats  # the labels' own words map all there is
    every = run_extraction(benchmark, replace(choice, maps_all=True))
    (asked,) = server.chats
    assert "pleural effusion: present" in asked.body["messages"][-1]["content"].lower()
    assert (few.version != every.version, every.params["maps_all"]) == (True, True)
    assert statuses(study) == {"pleural_effusion": "present", "pneumothorax": "absent"}


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


def test_a_cancelled_runs_batch_is_ended_and_what_it_answered_is_not_paid_for_again(
    benchmark, server, monkeypatch, data_dir
):
    make_backend(server)
    studies, admin = reports(benchmark, 3), make_user(role="admin")
    choice = PipelineChoice(extractor="fake", in_batches=True)
    run = create_extraction_run(benchmark=benchmark, choice=choice, by=None)
    server.batches.polls_needed = 99

    def cancel(seconds):
        asked = server.batches.contents["file-1"].splitlines()
        server.batches.answered_by_cancel = frozenset({json.loads(asked[1])["custom_id"]})
        cancel_run(run=run, by=admin)

    sleeping = {"at_a_time": 100, "sleep": cancel}
    monkeypatch.setattr("llm_extract.adapters.batch_model.BatchModel.__init__.__kwdefaults__", sleeping)
    assert work(run).state == RunState.CANCELLED
    assert server.batches.batches["batch_1"]["status"] == "cancelled"
    assert not list((data_dir / "answers").rglob("requests-*"))
    assert spending(run).requests == 1
    server.batches.polls_needed = 0
    again = run_extraction(benchmark, choice)
    assert (again.state, spending(again).requests) == (RunState.SUCCEEDED, 2)
    assert all(study.suggestion_sets.count() == 1 for study in studies)


def test_a_run_cancelled_while_nobody_worked_it_has_its_batch_ended_by_the_next(
    benchmark, server, monkeypatch, data_dir
):
    make_backend(server)
    reports(benchmark, 3)
    admin = make_user(role="admin")
    choice = PipelineChoice(extractor="fake", in_batches=True)
    run = create_extraction_run(benchmark=benchmark, choice=choice, by=None)
    server.batches.polls_needed = 99
    pausing = {"at_a_time": 100, "sleep": lambda seconds: pause_run(run=run, by=admin)}
    monkeypatch.setattr("llm_extract.adapters.batch_model.BatchModel.__init__.__kwdefaults__", pausing)
    assert work(run).state == RunState.PAUSED
    assert server.batches.batches["batch_1"]["status"] == "in_progress"
    cancel_run(run=run, by=admin)
    server.batches.polls_needed = 0
    again = run_extraction(benchmark, choice)
    assert again.state == RunState.SUCCEEDED
    assert server.batches.batches["batch_1"]["status"] == "cancelled"
    assert not list((data_dir / "answers").rglob("requests-*"))


def test_a_paused_runs_batch_goes_on_and_is_read_and_counted_when_the_run_is_resumed(
    benchmark, server, monkeypatch, client
):
    make_backend(server)
    reports(benchmark, 5)
    admin = make_user(role="admin")
    client.force_login(admin)
    choice = PipelineChoice(extractor="fake", in_batches=True, max_requests=3)
    run = create_extraction_run(benchmark=benchmark, choice=choice, by=None)
    server.batches.polls_needed = 99
    pausing = {"at_a_time": 100, "sleep": lambda seconds: pause_run(run=run, by=admin)}
    monkeypatch.setattr("llm_extract.adapters.batch_model.BatchModel.__init__.__kwdefaults__", pausing)
    assert work(run).state == RunState.PAUSED
    address, says = reverse("llm_extract:run_detail", args=[run.pk]), "goes on at the server and is paid for"
    assert says in client.get(address).text
    server.batches.polls_needed = 0
    resume_run(run=run, by=admin)
    assert work(run).is_at_its_cap
    assert (len(server.batches.batches), spending(run).requests, SuggestionSet.objects.count()) == (1, 3, 3)
    assert says not in client.get(address).text


def test_batches_without_a_server_are_refused(benchmark):
    with pytest.raises(ExtractionRefusedError, match="neither stage asks a server"):
        create_extraction_run(benchmark=benchmark, choice=PipelineChoice(in_batches=True), by=None)


def test_a_run_at_its_cap_goes_on_as_a_new_one_that_may_spend_more(benchmark, server):
    make_backend(server, concurrency=2)
    studies, admin = reports(benchmark, 12), make_user(role="admin")
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=5))
    assert run.is_at_its_cap
    more = work(go_on(run=run, max_requests=4, by=admin))
    run.refresh_from_db()
    assert (run.state, run.is_at_its_cap) == (RunState.CANCELLED, False)
    assert (more.state, more.is_at_its_cap, more.version) == (RunState.PAUSED, True, run.version)
    assert spending(more).requests == 4
    last = work(go_on(run=more, max_cost=Decimal(100), by=admin))
    assert (last.state, last.max_requests) == (RunState.SUCCEEDED, None)
    assert all(study.suggestion_sets.count() == 1 for study in studies)
    assert max(server.answered.values()) == 1
    assert Event.objects.filter(verb="extraction.went_on").count() == 2


def test_only_a_run_at_its_cap_goes_on_and_only_with_a_cap(benchmark, server):
    make_backend(server, concurrency=1)
    reports(benchmark, 3)
    admin = make_user(role="admin")
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=1))
    with pytest.raises(ExtractionRefusedError, match="Say what the run may spend"):
        go_on(run=run, by=admin)
    with pytest.raises(ExtractionRefusedError, match="cannot be held"):
        go_on(run=run, max_requests=2**40, by=admin)
    done = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    with pytest.raises(ExtractionRefusedError, match="is not paused at its cap"):
        go_on(run=done, max_requests=5, by=admin)
    assert ExtractionRun.objects.count() == 2


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
    "url",
    [
        "http://user:sk-1@127.0.0.1/v1",
        "http://127.0.0.1/v1?key=sk-1",
        "http://169.254.169.254/latest",
        "http://[fe80::1]/v1",
        "http://[febf::1%25eth0]/v1",
        "http://[::ffff:169.254.169.254]/latest",
    ],
)
def test_an_address_holds_no_secret_and_leads_nowhere_odd(url):
    backend = Backend(name="odd", model="m", base_url=url)
    with pytest.raises(ExtractionRefusedError) as refusal:
        save_backend(backend=backend, by=None)
    assert "sk-1" not in str(refusal.value)
    assert not Backend.objects.exists()


def test_what_a_killed_worker_left_is_stored_under_its_backend_whatever_that_is_called_now(benchmark, server, data_dir):
    backend = make_backend(server)
    reports(benchmark, 2)
    killed = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=1))
    (data_dir / "answers").mkdir(exist_ok=True)
    left = data_dir / "answers" / f"run-{killed.pk}-extract.jsonl"
    left.write_text(json.dumps({"timeout_seconds": 1}) + "\n")
    of_no_run = data_dir / "answers" / "run-999999-extract.jsonl"
    of_no_run.write_text(json.dumps({"timeout_seconds": 1}) + "\n")
    backend.name = "renamed"
    save_backend(backend=backend, by=None)
    make_backend(server)  # the name is another's by now
    run = run_extraction(benchmark, PipelineChoice(extractor="renamed"))
    assert (run.state, run.counts["reports"]) == (RunState.SUCCEEDED, 2)
    assert not left.exists()
    assert of_no_run.exists()


def test_a_label_the_model_left_out_and_the_rules_hold_stands_on_the_studys_page(benchmark, server, client):
    make_backend(server)
    (study,) = reports(benchmark, 1)
    server.answer = said('{"findings": []}')
    run_extraction(benchmark, PipelineChoice(extractor="fake"))
    left_out = Suggestion.objects.get(suggestion_set__study=study, label__key="pleural_effusion")
    assert (left_out.status, left_out.second_opinion, left_out.flags) == ("absent", "present", ["rules_disagree"])
    client.force_login(make_user(role="curator"))
    page = client.get(reverse("llm_extract:study_suggestions", args=[study.pk])).text
    assert "The model does not suggest it; the rules read it as present." in page
    assert "The rules engine says: present." in page


@pytest.mark.parametrize("refusal", [server_error, rate_limited])
@pytest.mark.parametrize("mapper", ["vocabulary", "fake"])
def test_a_cap_of_requests_counts_every_request_that_was_sent_its_retries_too(benchmark, server, refusal, mapper):
    make_backend(server)
    reports(benchmark, 12)
    server.answer = lambda body: refusal()
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", mapper=mapper, max_requests=6))
    assert run.state == RunState.PAUSED
    assert "cap of 6 requests" in run.message
    assert len(server.chats) == spending(run).requests == 6
    assert (spending(run).cost, spending(run).of_unknown_cost, spending(run).booked_tokens) == (0, 0, 0)


def test_a_run_whose_server_fails_now_and_then_counts_what_it_sent(benchmark, server):
    make_backend(server)
    reports(benchmark, 12)
    good, turns = server.answer, itertools.count()
    server.answer = lambda body: good(body) if next(turns) % 3 else server_error()
    run = run_extraction(benchmark, PipelineChoice(extractor="fake", max_requests=10))
    assert run.state == RunState.PAUSED
    assert len(server.chats) == spending(run).requests == 10
    resumed = work(go_on(run=run, max_requests=50, by=make_user("curator")))
    assert resumed.state == RunState.SUCCEEDED
    assert len(server.chats) == 10 + spending(resumed).requests
    assert SuggestionSet.objects.count() == 12


def test_without_a_cap_a_servers_failures_are_told_as_requests(benchmark, server):
    make_backend(server)
    reports(benchmark, 1)
    server.answer = lambda body: server_error()
    run = run_extraction(benchmark, PipelineChoice(extractor="fake"))
    assert FailedReport.objects.get().fault == "server_error"
    assert len(server.chats) == spending(run).requests == 4
