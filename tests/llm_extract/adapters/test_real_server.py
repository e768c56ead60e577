"""A real model behind a real server: SmolLM2 (135 M) in llama-cpp-python, over HTTP. Of shape, never of quality."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from pydantic import BaseModel

from llm_extract.adapters.courier import CourierModel, forget, recover
from llm_extract.adapters.probing import probe
from llm_extract.adapters.server_settings import ServerSettings, StructuredMode
from llm_extract.asking.checking import read_answer
from llm_extract.asking.protocol import Fault
from tests.fakes.test_llm_server import REAL_COMPLETION, REAL_TOO_LONG, shape_of
from tests.llm_extract.adapters.asking import ask, question
from tests.llm_extract.small_model import GGUF, needs_llama

pytestmark = [pytest.mark.slow, needs_llama]
REPORTS = [
    "Small left pleural effusion. No pneumothorax.",
    "The heart is enlarged. The lungs are clear.",
    "Right lower lobe consolidation is new.",
]


class Found(BaseModel):
    finding: str
    status: str


@pytest.fixture(scope="module")
def url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(GGUF), "--host", "127.0.0.1", "--port", port]
    server = subprocess.Popen(
        [*command, "--n_ctx", "2048", "--n_threads", "2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/models", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def wait_for(url: str, server: subprocess.Popen) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended by itself"
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"{url} did not come up")


def test_probe_finds_the_mode_that_works(url):
    found = probe(ServerSettings(base_url=url, model="smollm2", timeout_seconds=180))
    assert found.structured_mode is StructuredMode.JSON_OBJECT_SCHEMA
    assert [one.fault for one in found.attempts] == [Fault.SERVER_ERROR, None]  # json_schema is HTTP 500 there
    assert found.is_usage_counted
    assert found.model == "smollm2"


def test_questions_are_answered_in_their_schema_through_the_courier(url, tmp_path):
    settings = ServerSettings(
        url, "smollm2", structured_mode=StructuredMode.JSON_OBJECT_SCHEMA, concurrency=2, timeout_seconds=180
    )
    model = CourierModel(settings, tmp_path / "journal")
    answers = list(model.ask(question(f"Report: {report} Name one finding and its status.") for report in REPORTS))
    model.close()
    assert len(answers) == len(REPORTS)
    for answer in answers:
        checked = read_answer(answer.text, Found)
        assert checked.fault is None, answer.text
        assert checked.value.status in {"present", "absent"}
        assert answer.usage.input_tokens > 10
        assert answer.seconds > 0
    assert sorted(one.key for one in recover(tmp_path / "journal")) == sorted(one.key for one in answers)
    forget(tmp_path / "journal")


def test_report_beyond_the_context_is_too_long(url):
    settings = ServerSettings(url, "smollm2", structured_mode=StructuredMode.PROMPT_ONLY, timeout_seconds=180)
    assert ask(settings, question("word " * 3000)).fault is Fault.TOO_LONG


def test_what_was_recorded_is_what_it_still_sends(url):
    def sent(text: str) -> dict:
        body = {"model": "smollm2", "messages": [{"role": "user", "content": text}], "max_tokens": 5, "temperature": 0}
        request = urllib.request.Request(
            f"{url}/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)
        except urllib.error.HTTPError as problem:
            return json.load(problem)

    assert shape_of(sent("Say yes.")) == shape_of(REAL_COMPLETION)
    assert shape_of(sent("word " * 3000)) == shape_of(REAL_TOO_LONG)
