"""The fake is as good as its likeness: its shapes are held against the SDK's own types and a real server's recorded ones."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types import Batch, FileObject, Model
from openai.types.chat import ChatCompletion
from openai.types.shared import ErrorObject
from pydantic import BaseModel

from tests.fakes import llm_replies as replies
from tests.fakes.llm_server import LlmServer

ROOT = Path(__file__).resolve().parents[2]
ASK = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]}).encode()

# llama-cpp-python 0.3.36 with SmolLM2-135M-Instruct, as it came over HTTP.
REAL_COMPLETION = json.loads(
    '{"id":"chatcmpl-6c7f4784-2276-4c0c-a83c-16a80edb9bd9","object":"chat.completion","created":1795320907,'
    '"model":"smollm2","choices":[{"index":0,"message":{"content":"{ \\"finding\\": \\"effusion\\"}","role":"assistant"},'
    '"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":45,"completion_tokens":20,"total_tokens":65}}'
)
REAL_TOO_LONG = json.loads(
    '{"error":{"message":"This model\'s maximum context length is 2048 tokens. However, you requested 3091 tokens (3031 in '
    'the messages, 60 in the completion). Please reduce the length of the messages or completion.",'
    '"type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}'
)


def unknown_fields(value: Any) -> set[str]:
    """Names that the SDK's type does not know, anywhere below."""
    if isinstance(value, list):
        return set().union(*map(unknown_fields, value)) if value else set()
    if not isinstance(value, BaseModel):
        return set()
    below = (unknown_fields(getattr(value, name)) for name in type(value).model_fields)
    return set(value.model_extra or {}).union(*below)


def shape_of(value: Any) -> Any:
    """The names and kinds in a JSON value."""
    if isinstance(value, dict):
        return {name: shape_of(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape_of(value[0])] if value else []
    return type(value).__name__


def is_part_of(shape: Any, whole: Any) -> bool:
    if isinstance(shape, dict):
        return isinstance(whole, dict) and all(
            name in whole and (inner == "NoneType" or is_part_of(inner, whole[name])) for name, inner in shape.items()
        )
    if isinstance(shape, list):
        return isinstance(whole, list) and all(is_part_of(inner, whole[0]) for inner in shape)
    return shape == whole


@pytest.mark.parametrize(
    ("reply", "extra"),
    [
        (replies.said("text"), set()),
        (replies.fenced("{}"), set()),
        (replies.truncated("{"), set()),
        (replies.filtered(), set()),
        (replies.refused("no"), set()),
        (replies.empty(), set()),
        (replies.uncounted("{}"), set()),
        (replies.thought_apart("hm", "{}"), {"reasoning_content"}),
    ],
    ids=str,
)
def test_completions_are_what_the_sdk_expects(reply, extra):
    parsed = ChatCompletion.model_validate(reply.body, strict=True)
    assert unknown_fields(parsed) == extra


@pytest.mark.parametrize(
    "reply",
    [
        replies.rate_limited("1"),
        replies.out_of_quota(),
        replies.wrong_key(),
        replies.no_such_model(),
        replies.too_long(),
        replies.bad_request(),
        replies.prompt_filtered(),
        replies.server_error(),
    ],
    ids=str,
)
def test_errors_are_what_the_sdk_expects(reply):
    assert unknown_fields(ErrorObject.model_validate(reply.body["error"], strict=True)) == set()
    with LlmServer(reply) as server, openai.OpenAI(base_url=server.base_url, api_key="k", max_retries=0) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])
        assert caught.value.status_code == reply.status
        assert caught.value.code == reply.body["error"]["code"]
        assert caught.value.request_id == "req_fake"


def test_a_real_servers_answer_is_part_of_the_fakes():
    assert is_part_of(shape_of(REAL_COMPLETION), shape_of(replies.said("{}").body))
    assert REAL_TOO_LONG["error"].keys() == replies.too_long().body["error"].keys()
    assert REAL_TOO_LONG["error"]["code"] == replies.too_long().body["error"]["code"]


def test_files_batches_and_models_are_what_the_sdk_expects():
    with LlmServer() as server, openai.OpenAI(base_url=server.base_url, api_key="k") as client:
        content = b'{"custom_id":"a","body":{}}\n\r\n{"custom_id":"b","body":{}}\n'.replace(b"\r\n", b"")
        file = client.files.create(file=("q.jsonl", content), purpose="batch")
        assert client.files.content(file.id).content == content
        made = client.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"d": "1"}
        )
        done = client.batches.retrieve(made.id)
        assert done.status == "completed"
        output = client.files.content(done.output_file_id).content.splitlines()
        assert {json.loads(line)["custom_id"] for line in output} == {"a", "b"}
        batch = {name: value for name, value in server.batches.batches[made.id].items() if name != "_polls"}
        assert unknown_fields(Batch.model_validate(batch, strict=True)) == set()
        assert unknown_fields(FileObject.model_validate(server.batches.files[file.id], strict=True)) == set()
        (model,) = client.models.list().data
        assert unknown_fields(Model.model_validate(model.to_dict(), strict=True)) == set()


def post(server: LlmServer) -> dict[str, Any]:
    request = urllib.request.Request(f"{server.base_url}/chat/completions", ASK)
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)


def test_answer_may_be_text_an_object_or_a_whole_reply():
    for given, text in [("hm", "hm"), ({"a": 1}, '{"a": 1}'), (replies.fenced("x"), "```json\nx\n```")]:
        with LlmServer(lambda body, given=given: given) as server:
            assert post(server)["choices"][0]["message"]["content"] == text


def test_script_comes_before_the_answer_and_requests_are_kept():
    with LlmServer(replies.said("later"), script=[replies.said("first")]) as server:
        assert post(server)["choices"][0]["message"]["content"] == "first"
        assert post(server)["choices"][0]["message"]["content"] == "later"
        assert [chat.body["messages"][0]["content"] for chat in server.chats] == ["hello", "hello"]
        assert list(server.answered.values()) == [2]


def test_only_a_reply_that_went_out_whole_counts_as_answered():
    script = [replies.dropped(), replies.Reply(replies.completion({"content": "x" * 99}), is_cut=True)]
    with LlmServer(script=script) as server:
        for _ in script:
            with pytest.raises((OSError, HTTPException)):
                post(server)
        assert len(server.chats) == 2
        assert not server.answered


def test_most_in_flight_is_counted():
    async def many(url: str) -> None:
        async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
            ask = client.chat.completions.create
            messages = [{"role": "user", "content": "x"}]
            await asyncio.gather(*(ask(model="m", messages=messages) for _ in range(5)))

    with LlmServer(delay_seconds=0.1) as server:
        asyncio.run(many(server.base_url))
        assert server.most_in_flight == 5
        assert server.in_flight == 0


def test_it_runs_as_a_process_until_its_input_ends():
    command = [sys.executable, "-m", "tests.fakes.llm_server", "--text", "hm"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        with urllib.request.urlopen(urllib.request.Request(f"{url}/chat/completions", ASK), timeout=5) as response:
            assert json.load(response)["choices"][0]["message"]["content"] == "hm"
        process.stdin.close()
        assert process.wait(10) == 0
