import json

import pytest

from llm_extract.adapters.probing import probe
from llm_extract.adapters.server_settings import ServerSettings, StructuredMode
from llm_extract.asking.protocol import Fault
from tests.fakes import llm_replies as replies
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD, settings_for

REFUSES = replies.bad_request("response_format: Input should be 'text' or 'json_object'")
IN_WORDS = "There is a small effusion on the left."


def speaking(*modes: StructuredMode, otherwise: replies.Reply):
    """A server that holds to the schema in these modes alone."""

    def answer(body):
        return GOOD if mode_of(body) in modes else otherwise

    return answer


def mode_of(body) -> StructuredMode:
    asked = body.get("response_format", {})
    if asked.get("type") == "json_schema":
        return StructuredMode.JSON_SCHEMA
    if "schema" in asked:
        return StructuredMode.JSON_OBJECT_SCHEMA
    return StructuredMode.JSON_OBJECT if asked else StructuredMode.PROMPT_ONLY


@pytest.mark.parametrize("works", StructuredMode)
@pytest.mark.parametrize(
    "otherwise", [REFUSES, replies.server_error(), replies.said(IN_WORDS), replies.empty()], ids=str
)
def test_first_mode_that_works_is_found_with_one_request_each(works, otherwise):
    with LlmServer(speaking(works, otherwise=otherwise)) as server:
        found = probe(settings_for(server))
        assert [mode_of(chat.body) for chat in server.chats] == [one.mode for one in found.attempts]
    assert found.structured_mode is works
    assert found.attempts[-1].fault is None
    assert found.model == "fake-model"
    assert found.is_usage_counted
    assert found.is_temperature_accepted
    assert works.value in found.sentence


def test_server_that_ignores_the_schema_is_not_believed():
    """Ollama's cloud takes json_schema and answers as it likes."""
    wrong = '{"finding": "effusion", "status": "maybe"}'
    with LlmServer(speaking(StructuredMode.PROMPT_ONLY, otherwise=replies.said(wrong))) as server:
        found = probe(settings_for(server))
    assert found.structured_mode is StructuredMode.PROMPT_ONLY
    assert {one.fault for one in found.attempts[:-1]} == {Fault.SCHEMA_VIOLATION}


def test_temperature_that_is_refused_is_left_out():
    def answer(body):
        refused = replies.bad_request("Unsupported value: 'temperature' does not support 0.0 with this model.")
        return refused if "temperature" in body else GOOD

    with LlmServer(answer) as server:
        found = probe(settings_for(server))
        assert len(server.chats) == 2
    assert found.structured_mode is StructuredMode.JSON_SCHEMA
    assert found.is_temperature_accepted is False


def test_server_that_counts_nothing_is_said_to():
    with LlmServer(replies.uncounted(GOOD)) as server:
        found = probe(settings_for(server))
    assert not found.is_usage_counted
    assert "counts no tokens" in found.sentence


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (replies.wrong_key(), "refuses the key"),
        (replies.out_of_quota(), "quota"),
        (replies.rate_limited("300"), "in 300 s"),
        (replies.no_such_model(), "no model 'fake-model'. It offers: phi-4, gpt-4o"),
        (replies.silent(), "no answer within 0.3 s"),
        (replies.dropped(), "cannot be reached"),
    ],
    ids=["key", "quota", "rate", "model", "timeout", "drop"],
)
def test_hopeless_server_is_asked_once(reply, words):
    with LlmServer(reply, models=["phi-4", "gpt-4o"]) as server:
        found = probe(settings_for(server, timeout_seconds=0.3))
        assert len(server.chats) == 1
    assert found.structured_mode is None
    assert words in found.sentence


def test_address_without_its_path_is_hinted_at():
    with LlmServer(replies.error(404, "Not Found")) as server:
        found = probe(settings_for(server, base_url=server.root_url))
    assert found.structured_mode is None
    assert "/v1" in found.sentence


def test_server_that_is_not_there_is_named():
    found = probe(ServerSettings(base_url="http://127.0.0.1:9/v1", model="m"))
    assert "http://127.0.0.1:9/v1 cannot be reached" in found.sentence


def test_probe_is_kept_as_json():
    with LlmServer(replies.said(GOOD)) as server:
        kept = json.loads(json.dumps(probe(settings_for(server)).as_dict()))
    assert kept["structured_mode"] == "json_schema"
    assert kept["attempts"][0]["fault"] is None
