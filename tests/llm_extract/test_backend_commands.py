"""Backends by command: set up or mended by name, and tested; and an extraction that names prompts and caps."""

import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from llm_extract.actions import save_prompt_version
from llm_extract.asking.prompts import Stage, shipped_prompt
from llm_extract.models import Backend, ExtractionRun
from tests.factories import make_benchmark, make_study
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.model_rows import make_backend

pytestmark = pytest.mark.django_db
REPORT = "FINDINGS: Small left pleural effusion. No pneumothorax."


def run(*args):
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def add(*more):
    return run("add_backend", "here", "--model", "small", "--base-url", "http://127.0.0.1:9/v1", *more)


def test_a_backend_is_set_up_and_then_mended_by_name():
    said = add("--price-input", "2.5", "--price-output", "10", "--api-key-env", "HERE_API_KEY")
    assert "Backend here is set up" in said
    assert "manage.py test_backend here" in said
    assert "is changed" in run("add_backend", "here", "--concurrency", "32", "--is-reasoning", "yes")
    backend = Backend.objects.get()
    assert (backend.concurrency, backend.is_reasoning, backend.price_output) == (32, True, Decimal(10))
    assert (backend.model, backend.api_key_env) == ("small", "HERE_API_KEY")
    assert not backend.may_see_unmasked


def test_the_same_call_again_changes_nothing():
    add()
    before = Backend.objects.values().get()
    add()
    assert Backend.objects.values().get() == before


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (("--kind", "local"), "base_url: A local model has no address"),
        (("--api-key-env", "sk-123"), "api_key_env: Name an environment variable"),
        (("--price-input", "cheap"), "price_input: Enter a number"),
        (("--concurrency", "0"), "concurrency: Ensure this value"),
    ],
)
def test_what_is_wrong_is_named(extra, words):
    with pytest.raises(CommandError, match=words) as refused:
        add(*extra)
    assert refused.value.returncode == 1
    assert not Backend.objects.exists()


def test_testing_a_backend_keeps_its_mode():
    with LlmServer(answer=lambda _: {"finding": "effusion", "status": "present"}) as server:
        make_backend("here", base_url=server.base_url, model="fake", structured_mode="")
        assert "holds to the schema" in run("test_backend", "here")
    assert Backend.objects.get().structured_mode == "json_schema"


def test_a_backend_that_does_not_answer_ends_with_one():
    make_backend("here", structured_mode="")
    with pytest.raises(SystemExit) as ended:
        run("test_backend", "here")
    assert ended.value.code == 1


def test_a_backend_nobody_set_up_is_named():
    make_backend("here")
    with pytest.raises(CommandError, match=r"no backend 'there'; there are: here"):
        run("test_backend", "there")


def extract(*more):
    return run("extract_labels", "--benchmark", "chest", *more)


@pytest.fixture
def benchmark():
    benchmark = make_benchmark(body_part="CHEST")
    make_study(benchmark, report=REPORT)
    return benchmark


def test_an_extraction_by_the_rules_engine_says_nothing_of_money(benchmark):
    said = extract()
    assert "1 reports read: 1 with suggested labels" in said
    assert "Spent" not in said


def test_prompts_samples_and_caps_are_frozen_in_the_run_and_the_spend_is_said(benchmark):
    with LlmServer(answer=lambda _: {"findings": []}) as server:
        make_backend("here", base_url=server.base_url, model="fake")
        options = ("--extractor", "here", "--extractor-prompt", "findings:1", "--samples", "2")
        caps = ("--max-cost", "3.5", "--max-tokens", "900000", "--max-requests", "50")
        said = extract(*options, *caps)
    made = ExtractionRun.objects.get()
    assert str(made.extractor_prompt) == "findings v1"
    assert (made.samples, made.max_cost, made.max_tokens, made.max_requests) == (2, Decimal("3.5"), 900000, 50)
    assert "Spent: 2 requests" in said
    assert " USD" in said


def test_several_prompts_and_a_model_that_maps_all_are_chosen_by_command(benchmark):
    text = shipped_prompt(Stage.EXTRACT, "findings").text
    save_prompt_version(stage="extract", name="other", text=f"Take care.\n{text}", by=None)
    with LlmServer(answer=lambda _: {"findings": []}) as server:
        make_backend("here", base_url=server.base_url, model="fake")
        extract("--extractor", "here", "--mapper", "here", "--further-prompt", "other:1", "--map-all")
        assert len(server.chats) == 2
    made = ExtractionRun.objects.get()
    assert [one["prompt"] for one in made.params["further_prompts"]] == ["other v1"]
    assert (made.samples, made.params["maps_all"]) == (2, True)


def test_a_run_that_stops_before_its_cap_ends_with_one_and_says_why(benchmark):
    with LlmServer(answer=lambda _: {"findings": []}) as server:
        make_backend("here", base_url=server.base_url, model="fake")
        with pytest.raises(SystemExit) as ended:
            extract("--extractor", "here", "--max-tokens", "10")
    assert ended.value.code == 1
    made = ExtractionRun.objects.get()
    assert made.state == "paused"
    assert "before its cap" in made.message


@pytest.mark.parametrize(
    ("extra", "words", "code"),
    [
        (("--extractor-prompt", "nothing"), r"no prompt 'nothing'.*findings:1", 1),
        (("--extractor-prompt", "findings:99"), r"no prompt 'findings:99'", 1),
        (("--extractor-prompt", "findings:²"), r"no prompt", 1),
        (("--samples", "0"), r"--samples is 0", 2),
        (("--max-cost", "-1"), r"max-cost", 1),
        (("--max-cost", "NaN"), r"max-cost", 1),
    ],
)
def test_what_cannot_be_is_refused(benchmark, extra, words, code):
    with pytest.raises(CommandError, match=words) as refused:
        extract("--extractor", "rules", *extra)
    assert refused.value.returncode == code
    assert not ExtractionRun.objects.exists()
