"""A curator starts extractions, sees what they would cost and have cost, and retries what failed."""

from decimal import Decimal

import pytest
from django.urls import reverse

from llm_extract.actions import create_stress_trial, save_backend, save_prompt_version
from llm_extract.actions.prompts import current_prompt
from llm_extract.models import ExtractionRun, Stage, StressTrial, SuggestionSet
from llm_extract.models.runs import AT_ITS_CAP
from llm_extract.queries.money import spend_of
from tests.factories import make_benchmark, make_study, make_suggestions, make_user
from tests.llm_extract.model_rows import extracted, make_answer, make_backend, make_model_run, make_prompt

pytestmark = pytest.mark.django_db
REPORT = "FINDINGS: Small left pleural effusion. The heart is enlarged. No pneumothorax."


@pytest.fixture
def benchmark():
    return make_benchmark(body_part="CHEST")


@pytest.fixture
def curator(client):
    user = make_user("curator", "kurt")
    client.force_login(user)
    return user


def page(client, run):
    return client.get(reverse("llm_extract:run_detail", args=[run.pk])).text


def ask(client, benchmark, **changes):
    data = {"benchmark": benchmark.pk, "extractor": "rules", "mapper": "vocabulary", "samples": 1}
    return client.post(reverse("llm_extract:run_create"), data | changes)


def test_starting_a_run_queues_it_with_its_choices(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    assert ask(client, benchmark, limit=5).status_code == 302
    run = ExtractionRun.objects.get()
    assert (run.extractor, run.mapper, run.params["limit"], run.created_by) == ("rules", "vocabulary", 5, curator)


def test_more_prompts_and_mapping_everything_are_chosen_on_the_form_and_stand_on_the_page(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    make_backend()
    assert "More prompts for each report" not in client.get(reverse("llm_extract:run_create")).text
    first = current_prompt(Stage.EXTRACT)
    second = save_prompt_version(stage="extract", name="other", text=f"Take care.\n{first.text}", by=None)
    assert "More prompts for each report" in client.get(reverse("llm_extract:run_create")).text
    choice = {"extractor": "gpt", "mapper": "gpt", "extractor_prompt": first.pk, "maps_all": "on"}
    choice["further_prompts"] = [first.pk, second.pk]
    estimate = ask(client, benchmark, **choice, estimate="1").context["estimate"]
    assert [stage.questions for stage in estimate.stages] == [2, 2]
    assert ask(client, benchmark, **choice).status_code == 302
    run = ExtractionRun.objects.get()
    assert run.samples == 2
    assert run.params["further_prompts"] == [{"id": second.pk, "prompt": "other v1", "sha256": second.sha256}]
    text = page(client, run)
    assert f'{reverse("llm_extract:prompt_detail", args=[second.pk])}">other v1' in text
    assert "about every finding" in text
    assert reverse("llm_extract:run_detail", args=[run.pk]) in client.get(
        reverse("llm_extract:prompt_detail", args=[second.pk])
    ).text  # fmt: skip


def test_backends_that_are_not_ready_are_listed_with_the_reason_and_cannot_be_chosen(client, curator, benchmark):
    make_backend("ready-one")
    make_backend("untested", structured_mode="")
    make_backend("keyless", api_key_env="NOT_SET_HERE_API_KEY")
    make_backend("gone", is_active=False)
    text = client.get(reverse("llm_extract:run_create")).text
    assert '<option value="ready-one">' in text
    assert '<option value="untested">' not in text
    assert "never tested" in text
    assert "no key on this machine" in text
    assert "NOT_SET_HERE_API_KEY" not in text
    assert "gone" not in text
    assert ask(client, benchmark, extractor="untested").status_code == 422


def test_the_rules_engine_is_called_by_its_name(client, curator, benchmark):
    text = client.get(reverse("llm_extract:run_create")).text
    assert "rules engine (embedded: no model, no key, no cost)" in text


def test_a_refusal_stands_on_the_form_with_what_was_typed(client, curator, benchmark):
    response = ask(client, benchmark, samples=3)
    assert response.status_code == 422
    assert "always answers the same" in response.text
    assert not ExtractionRun.objects.exists()


def test_estimating_starts_nothing(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    text = ask(client, benchmark, estimate="1").text
    assert "What it would take" in text
    assert "No model is asked" in text
    assert not ExtractionRun.objects.exists()


def test_an_estimate_rests_on_earlier_answers_and_asks_the_same_text_once(client, curator, benchmark):
    for number in range(3):
        make_study(benchmark, report=REPORT if number else "FINDINGS: Clear lungs.")
    backend = make_backend()
    run = make_model_run(benchmark, backend)
    make_answer(run, backend)
    make_answer(run, backend, input_tokens=3000, output_tokens=300)
    response = ask(client, benchmark, estimate="1", extractor="gpt", samples=2)
    estimate = response.context["estimate"]
    assert (estimate.waiting, estimate.distinct, estimate.questions) == (3, 2, 4)
    [stage] = estimate.stages
    assert (stage.input_tokens, stage.output_tokens, stage.n_sample) == (8000, 800, 2)
    assert stage.money == Decimal("0.028")
    assert "2 earlier answers" in response.text
    assert "0.0280 USD" in response.text


def test_a_batch_costs_its_share(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    backend = make_backend()
    make_answer(make_model_run(benchmark, backend), backend)

    def cost(**more):
        return ask(client, benchmark, estimate="1", extractor="gpt", **more).context["estimate"].stages[0].money

    assert cost(in_batches="on") == cost() / 2


def test_before_the_first_answer_the_estimate_is_an_upper_one(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    make_backend(max_output_tokens=500)
    response = ask(client, benchmark, estimate="1", extractor="gpt")
    [stage] = response.context["estimate"].stages
    assert stage.output_tokens == 500
    assert stage.input_tokens > 1500
    assert "an upper estimate: no answers yet" in response.text


def test_a_price_that_is_not_known_is_said(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    make_backend(price_input=None, price_output=None)
    text = ask(client, benchmark, estimate="1", extractor="gpt").text
    assert "unknown price" in text


def test_the_limit_counts_in_an_estimate(client, curator, benchmark):
    for _ in range(3):
        make_study(benchmark, report=REPORT)
    make_backend()
    estimate = ask(client, benchmark, estimate="1", extractor="gpt", limit=2).context["estimate"]
    assert (estimate.waiting, estimate.distinct) == (2, 1)


def test_a_run_shows_what_it_spent_beside_its_caps(client, curator, benchmark):
    backend = make_backend(api_key_env="OPENAI_API_KEY")
    prompt = make_prompt()
    run = make_model_run(benchmark, backend, max_cost=Decimal("5.0000"), max_requests=40, extractor_prompt=prompt)
    make_answer(run, backend)
    make_answer(run, backend, cost=None, input_tokens=None, output_tokens=None)
    text = page(client, run)
    assert "at least 0.0035 USD" in text
    assert "stops before 5 USD" in text
    assert "stops before 40" in text
    assert reverse("llm_extract:prompt_detail", args=[prompt.pk]) in text
    assert "127.0.0.1:9" not in text
    assert "OPENAI_API_KEY" not in text


def test_a_run_says_what_its_model_sees_now_that_its_backend_was_masked_again(client, curator, benchmark):
    backend = make_backend(may_see_unmasked=True)
    make_study(benchmark, report=REPORT)
    ask(client, benchmark, extractor="gpt")
    run = ExtractionRun.objects.get()
    assert "sees unmasked text" in page(client, run)
    backend.may_see_unmasked = False
    save_backend(backend=backend, by=None)
    assert "sees masked text since an admin masked it again, unmasked before" in page(client, run)
    backend.may_see_unmasked = True
    save_backend(backend=backend, by=None)
    masked = make_model_run(benchmark, backend)
    assert "sees masked text<" in page(client, masked)  # what a run froze masked stays so


def test_a_cost_nobody_knows_is_unknown_not_nothing(benchmark):
    backend = make_backend()
    run = make_model_run(benchmark, backend)
    assert spend_of(run).cost_words == "nothing"
    make_answer(run, backend, cost=None)
    assert spend_of(run).cost_words == "unknown"


def test_answers_used_again_are_those_the_run_did_not_pay_for(benchmark):
    study = make_study(benchmark, report=REPORT)
    backend = make_backend()
    before, run = make_model_run(benchmark, backend), make_model_run(benchmark, backend)
    old, new = make_answer(before, backend), make_answer(run, backend)
    study.report.extractions.create(
        run=run, cache_key="1" * 64, backend="gpt", backend_version="1", answers=[old.key, new.key]
    )
    assert spend_of(run).reused == 1


def test_the_spend_is_asked_again_while_the_run_works(client, curator, benchmark):
    backend = make_backend()
    run = make_model_run(benchmark, backend, state="paused")
    url = reverse("llm_extract:run_detail", args=[run.pk]) + "?part=spend"
    assert "every 5s" in client.get(url).text
    ExtractionRun.objects.filter(pk=run.pk).update(state="succeeded")
    assert "every 5s" not in client.get(url).text


def test_a_run_of_the_rules_engine_has_no_spend(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    text = page(client, extracted(benchmark))
    assert 'id="spend"' not in text
    assert "(embedded, no model)" in text


def failing_run(benchmark, **fields):
    run = make_model_run(benchmark, make_backend(), **fields)
    for fault in ("timeout", "timeout", "refused"):
        report = make_study(benchmark, report=REPORT).report
        run.failed_reports.create(report=report, stage=Stage.EXTRACT, fault=fault)
    return run


def test_failures_stand_by_kind_with_what_to_do(client, curator, benchmark):
    run = failing_run(benchmark)
    text = page(client, run)
    assert "No answer within the backend" in text
    assert "The model declined to answer" in text
    assert text.index("Timeout") < text.index("Refused")
    assert "Retry all" in text


def test_retrying_one_kind_makes_a_run_over_it(client, curator, benchmark):
    run = failing_run(benchmark)
    response = client.post(reverse("llm_extract:run_retry", args=[run.pk]), {"fault": "timeout"}, follow=True)
    retry = ExtractionRun.objects.get(retry_of=run)
    assert retry.params["fault"] == "timeout"
    assert f"run {run.pk}</a> failed on" in response.text


def test_a_kind_that_is_none_is_not_found(client, curator, benchmark):
    run = failing_run(benchmark)
    assert client.post(reverse("llm_extract:run_retry", args=[run.pk]), {"fault": "\0x"}).status_code == 404
    assert not ExtractionRun.objects.filter(retry_of=run).exists()


def test_a_run_that_works_offers_no_retry_and_refuses_one(client, curator, benchmark):
    run = failing_run(benchmark, state="paused")
    assert "Retry all" not in page(client, run)
    response = client.post(reverse("llm_extract:run_retry", args=[run.pk]), follow=True)
    assert "is not over" in response.text


def test_a_run_at_its_cap_offers_more_to_spend_and_no_resuming(client, curator, benchmark):
    message = f"Stopped before its cap of 1.00 USD would be passed. {AT_ITS_CAP}"
    run = make_model_run(benchmark, make_backend(), state="paused", max_cost=Decimal(1), message=message)
    text = page(client, run)
    assert 'value="resume"' not in text
    assert "Go on from here" in text
    response = client.post(reverse("llm_extract:run_go_on", args=[run.pk]), {"max_cost": "2.5"}, follow=True)
    following = ExtractionRun.objects.exclude(pk=run.pk).get()
    assert (following.max_cost, following.version) == (Decimal("2.5"), run.version)
    assert f"Run {run.pk} is over" in response.text


@pytest.mark.parametrize(
    ("sent", "said"), [({}, "Say what the run may spend"), ({"max_tokens": "many"}, "Stop before so many tokens")]
)
def test_what_cannot_be_held_is_said_on_the_page(client, curator, benchmark, sent, said):
    run = make_model_run(benchmark, make_backend(), state="paused", max_requests=1, message=AT_ITS_CAP)
    response = client.post(reverse("llm_extract:run_go_on", args=[run.pk]), sent, follow=True)
    assert said in response.text
    assert ExtractionRun.objects.count() == 1


def test_a_run_somebody_paused_is_resumed_as_before(client, curator, benchmark):
    run = make_model_run(benchmark, make_backend(), state="paused")
    assert 'value="resume"' in (text := page(client, run))
    assert "Go on from here" not in text


def test_labels_are_counted_alone_and_together(client, curator, benchmark):
    for _ in range(2):
        make_study(benchmark, report=REPORT)
    make_study(benchmark, report="FINDINGS: Small left pleural effusion.")
    response = client.get(reverse("llm_extract:run_detail", args=[extracted(benchmark).pk]))
    together = response.context["together"]
    assert together["rows"] == [("Pleural effusion", 3, 2), ("Cardiomegaly", 2, 2)]
    assert "3 reports were read" in response.context["plot_caption"]
    assert "in 2 studies" in together["caption"]


def test_absent_suggestions_are_not_together(client, curator, benchmark):
    make_study(benchmark, report="FINDINGS: No pleural effusion. No pneumothorax.")
    response = client.get(reverse("llm_extract:run_detail", args=[extracted(benchmark).pk]))
    assert response.context["together"] is None


def test_doubts_are_counted_by_label_and_reason(client, curator, benchmark):
    run = make_model_run(benchmark, make_backend())
    suggestions = make_suggestions(make_study(benchmark), benchmark)
    newest = SuggestionSet.objects.create(
        study=suggestions.study,
        taxonomy=suggestions.taxonomy,
        version=2,
        source="extraction",
        run=run,
        content_sha256="0" * 64,
    )
    newest.suggestions.create(
        label=benchmark.taxonomies.get().labels.get(key="cardiomegaly"),
        status="present",
        second_opinion="none",
        flags=["rules_disagree", "unsupported"],
    )
    response = client.get(reverse("llm_extract:run_detail", args=[run.pk]))
    assert response.context["flags"] == ["no sentence speaks of it", "the rules engine disagrees"]
    [heart] = [one for one in response.context["doubts"] if one.name == "Cardiomegaly"]
    assert (heart.suggestions, heart.second_opinions, heart.flags) == (1, 1, (1, 1))


def test_the_list_shows_what_each_run_spent(client, curator, benchmark):
    backend = make_backend()
    make_answer(make_model_run(benchmark, backend), backend)
    assert "0.0035 USD" in client.get(reverse("llm_extract:run_list")).text


def test_a_version_that_does_not_pass_is_marked_where_it_is_chosen_and_where_it_ran(client, curator, benchmark):
    make_study(benchmark, report=REPORT)
    run = extracted(benchmark)
    stress = create_stress_trial(benchmark=benchmark, by=curator)
    StressTrial.objects.filter(pk=stress.pk).update(results={"passes": False, "rates": [], "wrong": []})
    words = "Does not change its labels as it should"
    assert words in client.get(reverse("llm_extract:run_detail", args=[run.pk])).text
    assert words in ask(client, benchmark, estimate="1").text
