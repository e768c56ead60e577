"""Batches as a model: sent, waited for, read, and taken up again by whoever comes after a killed worker."""

import json

import pytest

from llm_extract.adapters import batch_model
from llm_extract.adapters.batch_model import BatchModel
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import Fault, Question, Turn
from tests.fakes.llm_server import LlmServer

SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def questions(n, start=0):
    for number in range(start, start + n):
        yield Question(f"{number:064d}", "system", (Turn("user", f"report {number}"),), SCHEMA, "findings", 50)


@pytest.fixture
def server():
    with LlmServer(answer=lambda body: {"said": body["messages"][-1]["content"]}) as server:
        yield server


@pytest.fixture
def told():
    return []


@pytest.fixture
def make(server, tmp_path, told):
    made = []

    def model(**options):
        settings = ServerSettings(base_url=server.base_url, model="fake-model")
        made.append(BatchModel(settings, tmp_path / "batches", told.append, sleep=lambda seconds: None, **options))
        return made[-1]

    yield model
    for one in made:
        one.close()


def files(tmp_path):
    return sorted(path.name for path in (tmp_path / "batches").rglob("requests-*"))


def test_every_question_gets_its_answer_in_lots(make, server, told):
    server.batches.polls_needed = 2
    answers = {one.key: json.loads(one.text)["said"] for one in make(at_a_time=4).ask(questions(10))}
    assert answers == {f"{number:064d}": f"report {number}" for number in range(10)}
    assert len(server.batches.batches) == 3
    assert any("0 of 4" in sentence for sentence in told)
    assert told[-1] == ""


def test_the_same_question_twice_is_sent_once_and_answered_twice(make, server):
    answers = [one.key for one in make().ask([*questions(2), *questions(2), *questions(1)])]
    assert sorted(answers) == [key(0), key(0), key(0), key(1), key(1)]
    assert sent(server) == [[key(0), key(1)]]


def test_files_go_once_their_answers_are_stored(make, tmp_path):
    model = make(at_a_time=4)
    list(model.ask(questions(6)))
    assert len(files(tmp_path)) == 2
    model.stored()
    assert files(tmp_path) == []


def test_a_killed_workers_batch_is_read_and_not_sent_again(make, server, tmp_path):
    server.batches.polls_needed = 5

    def stop(sentence):
        raise KeyboardInterrupt

    first = make()
    first._tell = stop
    with pytest.raises(KeyboardInterrupt):
        list(first.ask(questions(3)))
    second = make()
    left = {one.key for one in second.left_behind()}
    assert left == {f"{number:064d}" for number in range(3)}
    assert len(server.batches.batches) == 1
    second.stored()
    assert files(tmp_path) == []


def test_a_later_lot_never_writes_over_one_left_behind(make, server):
    server.batches.polls_needed = 99

    def stop(sentence):
        raise KeyboardInterrupt

    first = make()
    first._tell = stop
    with pytest.raises(KeyboardInterrupt):
        list(first.ask(questions(2)))
    server.batches.polls_needed = 0
    second = make()
    asked = {one.key for one in second.ask(questions(2, start=2))}
    assert asked == {f"{number:064d}" for number in (2, 3)}
    assert {one.key for one in second.left_behind()} >= {f"{number:064d}" for number in (0, 1)}


def test_what_expired_is_a_fault_of_the_way(make, server):
    server.batches.expired_ids = frozenset({f"{1:064d}"})
    faults = {one.key: one.fault for one in make().ask(questions(3))}
    assert faults[f"{1:064d}"] is Fault.TIMEOUT
    assert list(faults.values()).count(None) == 2


def killed_while_waiting(model, n):
    def stop(sentence):
        raise KeyboardInterrupt

    model._tell = stop
    with pytest.raises(KeyboardInterrupt):
        list(model.ask(questions(n)))


def key(number):
    return f"{number:064d}"


def test_of_a_batch_that_expired_meanwhile_only_the_unanswered_are_sent_again(make, server, tmp_path):
    server.batches.polls_needed = 1
    server.batches.expired_ids = frozenset({key(1)})
    first = make()
    killed_while_waiting(first, 3)
    assert first._desk.state("batch_1").status == "expired"
    server.batches.expired_ids, server.batches.polls_needed = frozenset(), 0
    for _ in range(2):  # killed once more before anything was stored, it sends nothing more
        second = make()
        left = {one.key: one.fault for one in second.left_behind()}
        assert left == {key(0): None, key(1): None, key(2): None}
        assert sent(server) == [[key(0), key(1), key(2)], [key(1)]]
    second.stored()
    assert not list((tmp_path / "batches").rglob("*.jsonl"))


def sent(server):
    """The questions of each batch at the server."""
    room = server.batches
    inputs = [room.contents[one["input_file_id"]].splitlines() for one in room.batches.values()]
    return [[json.loads(line)["custom_id"] for line in lines] for lines in inputs]


def test_a_batch_taken_back_is_cancelled_and_what_it_had_answered_is_read(make, server, tmp_path):
    server.batches.polls_needed = 99
    server.batches.answered_by_cancel = frozenset({key(2)})
    killed_while_waiting(make(), 3)
    second = make()
    assert [(one.key, one.fault) for one in second.taken_back(is_waiting=True)] == [(key(2), None)]
    assert server.batches.batches["batch_1"]["status"] == "cancelled"
    second.stored()
    assert files(tmp_path) == []


def test_a_batch_that_takes_its_time_to_end_is_left_or_waited_for(make, server, tmp_path, told):
    server.batches.polls_needed = 99
    killed_while_waiting(make(), 3)
    server.batches.polls_to_cancel = 3
    second = make()
    assert list(second.taken_back(is_waiting=False)) == []
    second.stored()
    assert len(files(tmp_path)) == 1
    assert list(second.taken_back(is_waiting=True)) == []
    second.stored()
    assert (files(tmp_path), told[-1]) == ([], "")
    assert any("Waiting for batch batch_1" in sentence for sentence in told)


def test_polling_is_patient():
    assert batch_model.POLL_SECONDS >= 10
