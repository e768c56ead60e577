import json
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_extract.adapters.chat_requests import answer_of, failure_of, request_body, retry_after
from llm_extract.adapters.server_settings import ServerSettings, StructuredMode
from llm_extract.asking.protocol import Fault, Turn
from tests.llm_extract.adapters.asking import SCHEMA, question

LOCAL = ServerSettings(base_url="http://127.0.0.1:8000/v1", model="phi-4")
OPENAI = ServerSettings(base_url="https://api.openai.com/v1", model="gpt-4o")


def test_schema_goes_where_each_mode_puts_it():
    bodies = {
        mode: request_body(question(), ServerSettings("http://h/v1", "m", structured_mode=mode))
        for mode in StructuredMode
    }
    named = {"name": "finding", "schema": SCHEMA, "strict": True}
    assert bodies[StructuredMode.JSON_SCHEMA]["response_format"] == {"type": "json_schema", "json_schema": named}
    assert bodies[StructuredMode.JSON_OBJECT_SCHEMA]["response_format"] == {"type": "json_object", "schema": SCHEMA}
    assert bodies[StructuredMode.JSON_OBJECT]["response_format"] == {"type": "json_object"}
    assert "response_format" not in bodies[StructuredMode.PROMPT_ONLY]
    in_words = {mode for mode, body in bodies.items() if json.dumps(SCHEMA) in body["messages"][0]["content"]}
    assert in_words == {StructuredMode.JSON_OBJECT, StructuredMode.PROMPT_ONLY}


def test_openai_itself_is_told_to_store_nothing_and_others_are_not():
    assert request_body(question(), OPENAI)["store"] is False
    assert "store" not in request_body(question(), LOCAL)
    impostor = ServerSettings(base_url="https://api.openai.com.example/v1", model="m")
    assert "store" not in request_body(question(), impostor)


def test_reasoning_model_gets_no_temperature_and_no_seed():
    thinker = ServerSettings("http://h/v1", "m", is_reasoning=True)
    body = request_body(question(temperature=0.0, seed=3), thinker)
    assert body.keys() == {"model", "messages", "response_format", "max_completion_tokens"}
    plain = request_body(question(temperature=0.0, seed=3), LOCAL)
    assert (plain["temperature"], plain["seed"], plain["max_tokens"]) == (0.0, 3, 100)
    assert "temperature" not in request_body(question(temperature=None), LOCAL)


def test_earlier_turns_and_extra_fields_are_sent():
    turns = (Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c"))
    body = request_body(question(turns=turns), ServerSettings("http://h/v1", "m", extra_body={"top_k": 1}))
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "user"]
    assert body["top_k"] == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2), ("0.5", 0.5), ("-3", 0), ("nan", None), ("inf", None), ("soon", None), (None, None)],
)
def test_retry_after(header, seconds):
    assert retry_after({} if header is None else {"retry-after": header}) == seconds


def test_retry_after_as_date_and_in_milliseconds():
    assert retry_after({"retry-after": formatdate(time.time() + 60, usegmt=True)}) == pytest.approx(60, abs=2)
    assert retry_after({"retry-after-ms": "1500", "retry-after": "9"}) == 1.5


@pytest.mark.parametrize(("wait", "is_worth_it"), [("120", True), ("121", False)])
@pytest.mark.parametrize("status", [429, 503])
def test_only_a_short_wait_is_worth_another_try(status, wait, is_worth_it):
    assert failure_of(status, {}, {"retry-after": wait}).is_worth_another_try is is_worth_it


def test_quota_is_told_from_a_rate_limit():
    body = {"message": "quota", "type": "insufficient_quota", "code": "insufficient_quota"}
    assert failure_of(429, body).fault is Fault.QUOTA_EXHAUSTED
    assert failure_of(429, {"error": body}).fault is Fault.QUOTA_EXHAUSTED
    assert failure_of(429, {"message": "slow down"}).fault is Fault.RATE_LIMITED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["choices", "message", "content", "usage", "prompt_tokens", "error", "code", "finish_reason"])
ODD = st.recursive(
    JSON,
    lambda inner: st.dictionaries(NAMES, inner, max_size=5) | st.lists(inner, max_size=2),
    max_leaves=12,
)


@given(ODD)
def test_whatever_a_server_sends_is_an_answer_or_a_fault(body):
    answer = answer_of("k", body)
    assert answer.key == "k"
    assert answer.fault is not None or answer.text.strip()


@given(st.integers(300, 599), ODD)
def test_whatever_an_error_holds_is_a_fault(status, body):
    assert failure_of(status, body).fault in set(Fault)
