"""What goes over the wire past the SDK: its own address and headers, few connections, each answer to its own question."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from llm_extract.adapters.clients import open_client
from llm_extract.adapters.endpoints import KEY_GOES_HERE, Endpoint, endpoint_of
from llm_extract.adapters.posting import CONNECTIONS_PER_POOL, Post
from llm_extract.adapters.server_settings import ServerSettings
from tests.fakes import llm_replies as replies
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD, settings_for

ROOT = Path(__file__).resolve().parents[3]
# Told by the SDK of each client or each call, and nothing a server acts on.
TELLING = {"x-stainless-async", "x-stainless-retry-count", "x-stainless-read-timeout", "user-agent"}


def send_all(settings, bodies):
    async def sending():
        post = Post(settings, endpoint_of(settings))
        gate = asyncio.Semaphore(settings.concurrency)

        async def one(body):
            async with gate:
                return await post.send(body)

        try:
            return await asyncio.gather(*map(one, bodies))
        finally:
            await post.close()

    return asyncio.run(sending())


def test_a_request_is_the_one_the_sdk_would_send(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "k-123")
    body = {"model": "fake-model", "messages": [{"role": "user", "content": "two ‘words’"}], "max_tokens": 5}
    with LlmServer(replies.said(GOOD)) as server:
        settings = settings_for(server, api_key_env="SOME_API_KEY")

        async def through_the_sdk():
            async with open_client(settings) as client:
                await client.chat.completions.create(**body)

        asyncio.run(through_the_sdk())
        (response,) = send_all(settings, [body])
        by_sdk, by_us = server.chats
    assert response.json()["choices"][0]["message"]["content"] == GOOD
    assert (by_us.method, by_us.path, by_us.body) == (by_sdk.method, by_sdk.path, by_sdk.body)
    assert by_us.headers["authorization"] == "Bearer k-123"
    for name, value in by_sdk.headers.items():
        assert name in TELLING or by_us.headers[name] == value, name


def test_nothing_is_sent_to_learn_the_address():
    with LlmServer(replies.said(GOOD)) as server:
        endpoint = endpoint_of(settings_for(server))
        assert server.requests == []
    assert endpoint.url == f"{server.base_url}/chat/completions"
    assert not {"content-length", "host"} & {name for name, _ in endpoint.headers}


@pytest.mark.parametrize("kind", ["openai", "azure"])
def test_an_endpoint_travels_without_its_key(monkeypatch, kind):
    monkeypatch.setenv("SOME_API_KEY", "k-123")
    version = {"api_version": "2024-10-21"} if kind == "azure" else {}
    endpoint = endpoint_of(ServerSettings("http://h/v1", "m", api_key_env="SOME_API_KEY", kind=kind, **version))
    record = json.dumps(endpoint.as_record())
    assert "k-123" not in record
    assert KEY_GOES_HERE in record
    assert Endpoint.from_record(json.loads(record)) == endpoint
    assert any("k-123" in value for _, value in endpoint.headers_with("k-123"))


def test_many_at_once_get_their_own_answers_over_few_connections():
    with LlmServer(lambda body: {"said": body["number"]}) as server:
        settings = settings_for(server, concurrency=10)
        answers = send_all(settings, [{"number": number} for number in range(100)])
        assert server.most_in_flight <= settings.concurrency
        assert len(server.lines) <= settings.concurrency + CONNECTIONS_PER_POOL
    told = [json.loads(answer.json()["choices"][0]["message"]["content"])["said"] for answer in answers]
    assert told == list(range(100))


@pytest.mark.parametrize("value", [float("nan"), "\ud800"])
def test_what_is_no_json_is_not_sent(value):
    with LlmServer(replies.said(GOOD)) as server:
        with pytest.raises(ValueError):  # noqa: PT011 - of either kind: no JSON, or no UTF-8
            send_all(settings_for(server), [{"text": value}])
        assert server.requests == []


def test_settings_without_a_key_are_refused_before_anything_is_sent(monkeypatch):
    monkeypatch.delenv("SOME_API_KEY", raising=False)
    with pytest.raises(Exception, match="SOME_API_KEY"):
        Post(ServerSettings("http://127.0.0.1:1/v1", "m", api_key_env="SOME_API_KEY"), Endpoint("http://h/", ()))


def test_a_courier_starts_without_the_sdk():
    code = "import sys, llm_extract.adapters.courier.__main__; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
