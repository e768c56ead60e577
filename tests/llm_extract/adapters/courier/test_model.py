import itertools
import json
import logging
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from threading import Lock

import pytest

from llm_extract.adapters.courier import CourierBusyError, CourierError, CourierModel, forget, recover
from llm_extract.adapters.courier import model as model_module
from llm_extract.adapters.courier.journal import segments
from llm_extract.adapters.server_settings import ServerSettingsError
from llm_extract.asking.capping import CappedModel
from llm_extract.asking.protocol import Fault, Model
from llm_extract.trust.costs import Caps, Ledger
from tests.fakes import llm_replies as replies
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD, SECRET, question, settings_for


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "run.journal"


@pytest.fixture
def server():
    with LlmServer(lambda body: {"said": body["messages"][-1]["content"]}, delay_seconds=0.01) as one:
        yield one


@pytest.fixture
def model(server, journal):
    one: Model = CourierModel(settings_for(server, concurrency=4), journal)
    yield one
    one.close()


def some(count, start=0):
    return (question(f"report {number}") for number in range(start, start + count))


def courier_of(model: CourierModel) -> subprocess.Popen:
    assert model._process is not None
    return model._process


def test_every_question_has_its_answer(model, server):
    answers = {answer.key: json.loads(answer.text)["said"] for answer in model.ask(some(60))}
    assert answers == {question(f"report {number}").key: f"report {number}" for number in range(60)}
    assert server.most_in_flight == 4
    assert model.name == "fake-model"


def test_one_courier_serves_call_after_call(model, server):
    assert len(list(model.ask(some(3)))) == 3
    before = courier_of(model)
    assert len(list(model.ask(some(3, start=3)))) == 3
    assert courier_of(model) is before
    assert list(model.ask([])) == []


def test_questions_are_taken_as_there_is_room(model):
    taken = []

    def source():
        for one in some(100):
            taken.append(one.key)
            yield one

    answers = model.ask(source())
    next(answers)
    assert len(taken) <= 4 + 8 + 4


def test_source_that_stops_early_has_its_questions_answered(model, server):
    def source():
        yield from some(5)

    assert len(list(model.ask(source()))) == 5
    assert len(server.chats) == 5


def test_slow_source_does_not_hold_back_answers(model):
    taken = []

    def source():
        for one in some(40):
            taken.append(one)
            yield one
            time.sleep(0.15)

    list(model.ask(some(1, start=100)))
    first = next(model.ask(source()))
    # The first answer is there before the window is full or the source is dry.
    assert first.fault is None
    assert len(taken) < 4 + 8


def test_same_question_twice_is_asked_once_and_answered_twice(model, server):
    answers = list(model.ask([question("same"), question("same"), question("other")]))
    assert len(answers) == 3
    assert len(server.chats) == 2


@pytest.mark.timeout(30)
def test_a_question_that_comes_without_end_is_answered_as_there_is_room(model, server):
    taken = []
    same = (taken.append(number) or question("same") for number in itertools.count())
    assert len(list(itertools.islice(model.ask(same), 5))) == 5
    assert len(taken) < 10_000


def test_answers_are_in_the_journal_before_they_are_handed_on(model, journal):
    for answer in model.ask(some(10)):
        assert answer.key.encode() in journal.read_bytes()
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600


def test_stored_answers_leave_the_journal(server, journal):
    model = CourierModel(settings_for(server, concurrency=4), journal, segment_bytes=2000)
    for _ in model.ask(some(80)):
        model.stored()
    assert len(list(model.ask(some(1, start=80)))) == 1  # by now the courier has heard of it
    model.close()
    assert sum(path.stat().st_size for path in segments(journal)) < 8000
    assert len(list(recover(journal))) < 30
    forget(journal)


def test_closed_model_leaves_no_process_and_no_lock(model, journal):
    list(model.ask(some(2)))
    courier = courier_of(model)
    model.close()
    assert courier.returncode == 0
    assert len(list(recover(journal, patience_seconds=0))) == 2


def test_abandoned_answers_are_finished_and_recovered(server, journal):
    server.delay_seconds = 0.5
    model = CourierModel(settings_for(server, concurrency=4), journal)
    answers = model.ask(some(50))
    next(answers)
    answers.close()
    model.close()
    recovered = [answer.key for answer in recover(journal)]
    assert len(recovered) == len(set(recovered)) == sum(server.answered.values())
    assert len(server.chats) <= 4 + 4 + 1  # nothing new was sent


def test_second_courier_on_one_journal_is_refused(model, server, journal):
    next(model.ask(some(1)))
    with pytest.raises(CourierBusyError):
        list(CourierModel(settings_for(server), journal).ask(some(1)))


def killing(model, at, asked=None):
    """The answers to 40 questions; the courier is killed once so many are there."""
    answers = []
    for answer in (asked or model).ask(some(40)):
        answers.append(answer)
        if len(answers) == at:
            os.kill(courier_of(model).pid, signal.SIGKILL)
    return answers


def test_courier_that_dies_is_replaced_and_what_was_in_flight_comes_back_as_lost(model, server, journal):
    answers = killing(model, 10)
    assert len(answers) == len({answer.key for answer in answers}) == 40
    assert {answer.fault for answer in answers} == {None, Fault.CONNECTION}
    lost = [one for answer in answers for one in answer.lost]
    # Every request is one that was answered or one that counts as lost: nothing was sent again unasked.
    assert 40 - len(lost) <= len(server.chats) <= 40
    assert 0 < len(lost) == sum(answer.fault is not None for answer in answers) <= 4
    assert all((one.input_tokens, one.output_tokens) > (100, 99) for one in lost)
    model.close()
    recovered = list(recover(journal))
    assert {one.id for answer in recovered for one in answer.lost} == {one.id for one in lost}


def test_what_a_dead_courier_lost_is_asked_again_only_as_far_as_the_cap_allows(model, server):
    ledger = Ledger(Caps(calls=42))
    answers = killing(model, 10, asked=CappedModel(model, ledger, Lock(), None))
    assert len(server.chats) <= ledger.spent.calls <= 42
    good = [answer for answer in answers if answer.fault is None]
    lost = [one for answer in answers for one in answer.lost]
    assert len(good) + len(lost) == ledger.spent.calls
    assert ledger.reserved == ()


def test_worker_and_courier_killed_together_leave_what_may_have_been_paid(server, journal):
    server.delay_seconds = 0.3
    model = CourierModel(settings_for(server, concurrency=4), journal)
    asked = model.ask(some(40))
    next(asked)
    os.kill(courier_of(model).pid, signal.SIGKILL)
    courier_of(model).wait()
    model._end_process()  # the worker is gone as well: nobody asks on
    recovered = list(recover(journal))
    answered = [answer for answer in recovered if answer.fault is None]
    assert len(server.chats) <= len(recovered) <= len(server.chats) + 4  # some may have been about to leave
    assert len(recovered) > len(answered)
    assert all(len(answer.lost) == 1 for answer in recovered if answer.fault)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_courier_told_to_end_loses_and_repeats_nothing(model, server, number):
    answers = []
    for answer in model.ask(some(30)):
        answers.append(answer)
        if len(answers) == 10:
            os.kill(courier_of(model).pid, number)
    assert len(answers) == 30
    assert max(server.answered.values()) == 1


def test_courier_that_cannot_start_ends_in_lost_connections(server, journal, monkeypatch, capfd):
    monkeypatch.setattr(model_module.sys, "executable", "/bin/false")
    model = CourierModel(settings_for(server), journal)
    answers = list(model.ask(some(5)))
    model.close()
    assert [answer.fault for answer in answers] == [Fault.CONNECTION] * 5
    assert server.chats == []


def test_full_disk_stops_the_asking_hands_on_what_was_answered_and_says_so(server, journal, monkeypatch):
    real = subprocess.Popen

    def with_little_disk(*arguments, **options):
        def limit() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        return real(*arguments, preexec_fn=limit, **options)

    monkeypatch.setattr(model_module.subprocess, "Popen", with_little_disk)
    model = CourierModel(settings_for(server, concurrency=4), journal)
    answers = []
    with pytest.raises(CourierError, match="cannot write its journal"):
        deque(map(answers.append, model.ask(some(200))), maxlen=0)
    model.close()
    good = {answer.key for answer in answers if answer.fault is None}
    assert len(good) == len(server.chats) == sum(server.answered.values())
    assert 3 < len(good) < 50
    # What was answered and could not be written down counts as lost for whoever has only the journal.
    assert {answer.key for answer in recover(journal) if not answer.lost} < good


def test_hopeless_server_is_hardly_asked(server, journal):
    server.answer = replies.out_of_quota()
    model = CourierModel(settings_for(server, concurrency=2), journal)
    answers = list(model.ask(some(40)))
    model.close()
    assert {answer.fault for answer in answers} == {Fault.QUOTA_EXHAUSTED}
    assert len(server.chats) <= 2


def test_missing_key_is_said_before_anything_starts(server, journal, monkeypatch):
    monkeypatch.delenv("NO_SUCH_API_KEY", raising=False)
    with pytest.raises(ServerSettingsError, match="NO_SUCH_API_KEY"):
        CourierModel(settings_for(server, api_key_env="NO_SUCH_API_KEY"), journal)


def test_key_travels_by_the_environment_alone(server, journal, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "k-secret-123")
    model = CourierModel(settings_for(server, api_key_env="SOME_API_KEY"), journal)
    next(model.ask(some(1)))
    command = Path(f"/proc/{courier_of(model).pid}/cmdline").read_bytes()
    model.close()
    assert server.chats[0].headers["authorization"] == "Bearer k-secret-123"
    assert b"k-secret" not in command
    assert not any(b"k-secret" in path.read_bytes() for path in segments(journal))


def test_courier_needs_no_django():
    script = "import sys, llm_extract.adapters.courier.__main__; assert not {'django', 'celery'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=model_module.ROOT, check=True)


def test_input_held_open_by_another_process_does_not_keep_the_courier(server, journal):
    """A sibling forked from the worker may have inherited the pipe: the worker's death is seen all the same."""
    script = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from llm_extract.adapters.courier import CourierModel\n"
        "from llm_extract.adapters.server_settings import ServerSettings\n"
        "from tests.llm_extract.adapters.asking import question\n"
        f"model = CourierModel(ServerSettings({server.base_url!r}, 'm', concurrency=2), Path({str(journal)!r}))\n"
        "asked = model.ask(question(str(n)) for n in range(10**6))\n"
        "next(asked)\n"
        "sibling = os.fork()\n"
        "if sibling == 0:\n"
        "    time.sleep(30)\n"
        "print(sibling, flush=True)\n"
        "[None for _ in asked]\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=model_module.ROOT, stdout=subprocess.PIPE, text=True)
    sibling = int(worker.stdout.readline())
    worker.kill()
    worker.wait()
    worker.stdout.close()
    try:
        answers = list(recover(journal, patience_seconds=5))
    finally:
        os.kill(sibling, signal.SIGKILL)
    assert len(answers) == sum(server.answered.values()) > 0


def test_no_word_of_a_question_or_answer_is_printed(server, journal, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    server.script.extend([replies.server_error(), replies.bad_request(SECRET)])
    model = CourierModel(settings_for(server, max_retries=0), journal)
    list(model.ask([question(), question("other")]))
    model.close()
    printed = "".join(capfd.readouterr()) + caplog.text
    assert SECRET not in printed
    assert GOOD not in printed
