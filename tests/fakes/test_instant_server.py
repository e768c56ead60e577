"""The instant server is cheap, and still a server: whole answers, one per request, however a request comes in."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import openai
import pytest

from tests.fakes.instant_server import end_of_request, whole_reply

ROOT = Path(__file__).resolve().parents[2]
ASK = b'POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n{"a":1}'


@pytest.fixture(scope="module")
def url():
    command = [sys.executable, "-m", "tests.fakes.instant_server", "--text", '{"findings": []}']
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield server.stdout.readline().strip()
        server.stdin.close()


def test_the_sdk_gets_its_answer_again_and_again(url):
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        for _ in range(3):
            completion = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hello"}])
            assert completion.choices[0].message.content == '{"findings": []}'
            assert completion.usage.prompt_tokens > 0


def test_a_request_in_pieces_is_answered_once(url):
    with socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0])), timeout=5) as line:
        for piece in (ASK[:10], ASK[10:70], ASK[70:]):
            line.sendall(piece)
        line.sendall(ASK)
        received = b""
        while received.count(b"HTTP/1.1 200") < 2 or not received.endswith(b"}"):
            received += line.recv(65536)
        line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            line.recv(1)
    assert received.count(b"HTTP/1.1 200") == 2


def test_the_reply_says_how_long_it_is():
    head, _, payload = whole_reply("{}").partition(b"\r\n\r\n")
    assert f"content-length: {len(payload)}".encode() in head
    assert json.loads(payload)["choices"][0]["message"]["content"] == "{}"


@pytest.mark.parametrize(
    ("received", "end"),
    [(b"GET / HTTP/1.1\r\n", None), (b"GET / HTTP/1.1\r\n\r\n", 18), (ASK, len(ASK)), (ASK[:-3], len(ASK))],
)
def test_where_a_request_ends(received, end):
    assert end_of_request(received) == end
