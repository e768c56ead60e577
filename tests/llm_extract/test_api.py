"""Extraction over the API: runs with their spend, backends without addresses, prompts."""

import pytest

from tests.factories import make_benchmark, make_user
from tests.llm_extract.model_rows import make_answer, make_backend, make_model_run, make_prompt

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(client):
    client.force_login(make_user("curator"))


def test_a_run_comes_with_choices_caps_and_spend_but_no_address(client, curator):
    backend = make_backend(base_url="https://hidden.example.org/v1", api_key_env="HIDDEN_API_KEY")
    run = make_model_run(make_benchmark(), backend, max_requests=9, samples=2, extractor_prompt=make_prompt())
    make_answer(run, backend)
    response = client.get(f"/api/v1/extraction-runs/{run.pk}/")
    data = response.json()
    assert (data["samples"], data["max_requests"], data["extractor_prompt"]) == (2, 9, "mine v1")
    assert data["version"] == run.version
    assert data["spend"] == {"requests": 1, "tokens": 1100, "cost": "0.003500", "unpriced": 0, "currency": "USD"}
    assert data["params"]["extractor_options"]["model"] == "gpt-4o"
    assert "hidden.example.org" not in response.text
    assert "HIDDEN_API_KEY" not in response.text


def test_the_list_of_runs_asks_as_often_for_three_as_for_one(client, curator, django_assert_num_queries):
    backend, benchmark = make_backend(), make_benchmark()

    for n_runs in (1, 2):
        for _ in range(n_runs):
            make_answer(make_model_run(benchmark, backend), backend)
        with django_assert_num_queries(4):  # who asks (two), how many there are, the rows
            client.get("/api/v1/extraction-runs/")


def test_backends_are_names_models_and_readiness(client, curator):
    make_backend("a-ready")
    make_backend("b-keyless", base_url="https://hidden.example.org/v1", api_key_env="HIDDEN_API_KEY")
    make_backend("c-off", is_active=False)
    response = client.get("/api/v1/backends/")
    assert [(one["name"], one["model"], one["is_ready"]) for one in response.json()] == [
        ("a-ready", "gpt-4o", True),
        ("b-keyless", "gpt-4o", False),
    ]
    assert "hidden.example.org" not in response.text
    assert "HIDDEN_API_KEY" not in response.text


def test_prompts_say_which_one_is_promoted(client, curator):
    first, second = make_prompt("a"), make_prompt("b")
    second.promotions.create()
    results = client.get("/api/v1/prompts/").json()["results"]
    assert {one["name"]: one["is_promoted"] for one in results} == {"a": False, "b": True}
    assert client.get(f"/api/v1/prompts/{first.pk}/").json()["text"] == first.text


@pytest.mark.parametrize("path", ["extraction-runs", "backends", "prompts"])
def test_a_reader_gets_none_of_it(client, path):
    assert client.get(f"/api/v1/{path}/").status_code == 401
    client.force_login(make_user())
    assert client.get(f"/api/v1/{path}/").status_code == 403
    client.force_login(make_user("curator"))
    assert client.post(f"/api/v1/{path}/", {}).status_code in {403, 405}
