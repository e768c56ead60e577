import hashlib
import json
import stat

import pytest

from llm_extract.adapters.batch_files import BatchDesk, BatchError, answers_in_file, write_request_files
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import Fault
from tests.fakes import llm_replies as replies
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD, SECRET, key_of, question, settings_for

QUESTIONS = [question(f"report {number}") for number in range(7)]
LINE_SEPARATOR = "\u2028"


@pytest.fixture
def server():
    with LlmServer(lambda body: {"said": body["messages"][-1]["content"] + LINE_SEPARATOR}) as one:
        yield one


@pytest.fixture
def desk(server):
    one = BatchDesk(settings_for(server))
    yield one
    one.close()


def test_request_files_keep_to_both_limits(tmp_path):
    settings = ServerSettings("http://h/v1", "m")
    by_count = write_request_files(QUESTIONS, settings, tmp_path / "a", most_requests=3)
    assert [file.requests for file in by_count] == [3, 3, 1]
    size = by_count[2].path.stat().st_size
    by_bytes = write_request_files(QUESTIONS, settings, tmp_path / "b", most_bytes=size * 2)
    assert [file.requests for file in by_bytes] == [2, 2, 2, 1]
    assert all(file.path.stat().st_size <= size * 2 for file in by_bytes)
    with pytest.raises(BatchError, match="may be sent"):
        write_request_files(QUESTIONS, settings, tmp_path / "c", most_bytes=size - 1)


def test_request_file_is_what_the_api_asks_for(tmp_path):
    (file,) = write_request_files([*QUESTIONS, QUESTIONS[0]], ServerSettings("http://h/v1", "m"), tmp_path)
    lines = [json.loads(line) for line in file.path.read_bytes().splitlines()]
    assert [line["custom_id"] for line in lines] == [one.key for one in QUESTIONS]
    assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
    assert lines[0]["body"]["response_format"]["type"] == "json_schema"
    assert file.digest == hashlib.sha256(file.path.read_bytes()).hexdigest()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_batch_goes_and_comes_back_as_answers(server, desk, tmp_path):
    server.batches.polls_needed = 2
    (file,) = write_request_files(QUESTIONS, settings_for(server), tmp_path)
    batch = desk.send(file)
    assert not desk.state(batch).is_over
    with pytest.raises(BatchError, match="in_progress"):
        list(desk.answers(batch, tmp_path / "in2"))
    state = desk.state(batch)
    assert (state.is_over, state.completed, state.total) == (True, 7, 7)
    answers = {answer.key: answer for answer in desk.answers(batch, tmp_path / "in")}
    assert answers.keys() == {one.key for one in QUESTIONS}
    assert json.loads(answers[QUESTIONS[3].key].text)["said"] == "report 3" + LINE_SEPARATOR
    assert all(answer.usage and answer.request_id for answer in answers.values())
    assert not list((tmp_path / "in").iterdir())


def test_sending_again_sends_nothing_twice(server, desk, tmp_path):
    (file,) = write_request_files(QUESTIONS, settings_for(server), tmp_path)
    assert desk.send(file) == desk.send(file)
    assert (len(server.batches.files), len(server.batches.batches)) == (1, 1)
    desk.cancel("batch_1")
    assert desk.send(file) == "batch_2"  # a cancelled batch is sent anew, its file is there already
    assert [one["purpose"] for one in server.batches.files.values()].count("batch") == 1


def test_failed_and_expired_requests_come_back_with_their_fault(server, desk, tmp_path):
    faults = {"report 1": replies.out_of_quota(), "report 2": replies.too_long(), "report 3": replies.truncated("{")}
    server.answer = lambda body: faults.get(body["messages"][-1]["content"], GOOD)
    server.batches.expired_ids = frozenset({key_of("report 5")})
    (file,) = write_request_files(QUESTIONS, settings_for(server), tmp_path)
    batch = desk.send(file)
    assert desk.state(batch).status == "expired"
    told = list(desk.answers(batch, tmp_path / "in"))
    # Refused by the server: each is a request that came to nothing, with the same name however often it is read.
    refused = [(one.key, one.refused) for one in told if one.refused]
    assert sorted(key for key, _ in refused) == sorted(key_of(f"report {number}") for number in (1, 2))
    assert refused == [(one.key, one.refused) for one in desk.answers(batch, tmp_path / "in") if one.refused]
    answers = {answer.key: answer.fault for answer in told}
    expected = [None, Fault.QUOTA_EXHAUSTED, Fault.TOO_LONG, Fault.TRUNCATED, None, Fault.TIMEOUT, None]
    assert [answers[one.key] for one in QUESTIONS] == expected


def test_refusal_is_a_sentence_without_what_was_asked(tmp_path):
    with LlmServer() as server:
        server.batches.reply = lambda *parts: replies.error(401, f"Bad key. {SECRET}")
        desk = BatchDesk(settings_for(server, max_retries=0))
        (file,) = write_request_files([question()], settings_for(server), tmp_path)
        with pytest.raises(BatchError, match="HTTP 401, auth_refused") as caught:
            desk.send(file)
    assert SECRET not in str(caught.value)
    with pytest.raises(BatchError, match="could not be reached"):
        desk.state("batch_1")


def test_lines_that_name_no_question_are_passed_over(tmp_path):
    path = tmp_path / "output.jsonl"
    path.write_text('{"custom_id": "k", "response": null, "error": {"code": "x"}}\n\n[1]\n{"custom_id": 3}\n{"cus')
    (answer,) = answers_in_file(path)
    assert (answer.key, answer.fault) == ("k", Fault.SERVER_ERROR)


AZURE_OUTPUT = {
    "custom_id": "k",
    "response": {
        "body": replies.completion({"content": GOOD})
        | {"content_filter_results": {"hate": {"filtered": False}}, "prompt_filter_results": []},
        "request_id": "c1b2",
        "status_code": 200,
    },
    "error": None,
}


def test_azure_has_its_own_paths_and_reads_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_TEST_API_KEY", "k-azure")
    with LlmServer(replies.said(GOOD)) as server:
        settings = ServerSettings(
            server.root_url, "my-gpt", "AZURE_TEST_API_KEY", kind="azure", api_version="2024-10-21"
        )
        (file,) = write_request_files(QUESTIONS[:1], settings, tmp_path)
        assert json.loads(file.path.read_bytes())["url"] == "/chat/completions"
        desk = BatchDesk(settings)
        desk.send(file)
        desk.close()
        posted = [request for request in server.requests if request.method == "POST"]
        assert [request.path for request in posted] == ["/openai/files", "/openai/batches"]
        assert posted[1].body["endpoint"] == "/chat/completions"
        assert all(request.headers["api-key"] == "k-azure" for request in server.requests)
    path = tmp_path / "azure.jsonl"
    path.write_text(json.dumps(AZURE_OUTPUT) + "\n")
    assert [answer.text for answer in answers_in_file(path)] == [GOOD]
