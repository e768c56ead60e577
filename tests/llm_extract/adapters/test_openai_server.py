"""Every way a server is known to answer or fail, played by the fake and asked through the real SDK."""

import asyncio
import logging
import time

import pytest

from llm_extract.adapters import openai_server
from llm_extract.adapters.openai_server import OpenAIServer
from llm_extract.asking.protocol import Fault, Sending, Usage
from llm_extract.trust.costs import FREE, reserve_for
from tests.fakes import llm_replies as replies
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.adapters.asking import GOOD, SECRET, ask, ask_all, question, settings_for


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch) -> None:
    monkeypatch.setattr(openai_server, "FIRST_WAIT_SECONDS", 0.01)


def test_answer_carries_what_the_server_said_of_it():
    with LlmServer(replies.said(GOOD)) as server:
        answer = ask(settings_for(server))
    assert (answer.text, answer.fault, answer.model) == (GOOD, None, "fake-model")
    assert answer.usage == Usage(input_tokens=120, output_tokens=11, cached_tokens=64, reasoning_tokens=3)
    assert answer.request_id == "req_fake"
    assert answer.retries == 0
    assert answer.seconds > 0


@pytest.mark.parametrize(
    ("script", "calls", "fault", "text"),
    [
        ([replies.rate_limited(), replies.rate_limited()], 3, None, GOOD),
        ([replies.rate_limited("0.05")], 2, None, GOOD),
        ([replies.server_error()] * 3, 4, None, GOOD),
        ([replies.server_error(503)] * 4, 4, Fault.SERVER_ERROR, "The server had an error."),
        ([replies.error(408, "Slow.")], 2, None, GOOD),
        ([replies.dropped()], 1, Fault.CONNECTION, ""),
        ([replies.Reply(replies.completion({"content": GOOD}), is_cut=True)], 1, Fault.CONNECTION, ""),
        ([replies.out_of_quota()], 1, Fault.QUOTA_EXHAUSTED, None),
        ([replies.error(402, "Pay.")], 1, Fault.QUOTA_EXHAUSTED, "Pay."),
        ([replies.wrong_key()], 1, Fault.AUTH_REFUSED, None),
        ([replies.error(403, "Not here.")], 1, Fault.AUTH_REFUSED, "Not here."),
        ([replies.no_such_model()], 1, Fault.BAD_REQUEST, None),
        ([replies.bad_request()], 1, Fault.BAD_REQUEST, "Invalid schema for response_format."),
        ([replies.error(422, "Extra inputs are not permitted")], 1, Fault.BAD_REQUEST, None),
        ([replies.too_long()], 1, Fault.TOO_LONG, None),
        ([replies.error(400, "the request exceeds the available context size")], 1, Fault.TOO_LONG, None),
        ([replies.error(413, "Payload Too Large")], 1, Fault.TOO_LONG, None),
        ([replies.prompt_filtered()], 1, Fault.CONTENT_FILTERED, None),
        ([replies.Reply({}, 307, {"location": "https://elsewhere.example/v1"})], 1, Fault.BAD_REQUEST, None),
        ([replies.said("no JSON at all")], 1, None, "no JSON at all"),
        ([replies.said('{"finding": "x", "status": "maybe"}')], 1, None, '{"finding": "x", "status": "maybe"}'),
        ([replies.fenced(GOOD)], 1, None, f"```json\n{GOOD}\n```"),
        ([replies.thought("Hm.", GOOD)], 1, None, f"<think>Hm.</think>\n{GOOD}"),
        ([replies.truncated('{"find')], 1, Fault.TRUNCATED, '{"find'),
        ([replies.filtered()], 1, Fault.CONTENT_FILTERED, ""),
        ([replies.refused("I cannot help with that.")], 1, Fault.REFUSED, "I cannot help with that."),
        ([replies.empty()], 1, Fault.EMPTY, ""),
        ([replies.said(None)], 1, Fault.EMPTY, ""),
        ([replies.Reply({"choices": []})], 1, Fault.EMPTY, ""),
        ([replies.Reply(b"<html>Sign in</html>")], 1, Fault.SERVER_ERROR, ""),
        ([replies.Reply(b"[1]")], 1, Fault.SERVER_ERROR, ""),
        ([replies.Reply({"error": {"message": "Upstream failed", "code": 502}})], 1, Fault.SERVER_ERROR, None),
    ],
    ids=str,
)
def test_what_comes_of_each_reply(script, calls, fault, text):
    with LlmServer(replies.said(GOOD), script=script) as server:
        answer = ask(settings_for(server))
        assert len(server.chats) == calls
    assert answer.fault == fault
    assert answer.retries == calls - 1
    assert text is None or answer.text == text


def test_timeout_is_not_asked_again_since_it_may_have_been_paid_for():
    with LlmServer(replies.silent()) as server:
        answer = ask(settings_for(server, timeout_seconds=0.3))
        assert len(server.chats) == 1
    assert answer.fault is Fault.TIMEOUT
    assert 0.25 < answer.seconds < 2
    (lost,) = answer.lost
    assert (lost.fault, len(lost.id)) == (Fault.TIMEOUT, 64)


def test_a_connection_lost_on_the_way_may_have_been_paid_for_and_one_refused_not():
    with LlmServer(replies.said(GOOD), script=[replies.dropped()]) as server:
        settings = settings_for(server, max_retries=0)
        (lost,) = ask(settings).lost
        most = reserve_for(question(), FREE)
        assert (lost.fault, lost.input_tokens, lost.output_tokens) == (
            Fault.CONNECTION,
            most.input_tokens,
            most.output_tokens,
        )
    assert ask(settings).lost == ()


def test_server_that_is_not_there_is_a_lost_connection():
    with LlmServer() as server:
        settings = settings_for(server, max_retries=1)
    answer = ask(settings)
    assert (answer.fault, answer.retries) == (Fault.CONNECTION, 1)


def test_retry_after_is_waited_for():
    with LlmServer(replies.said(GOOD), script=[replies.rate_limited("1")]) as server:
        started = time.monotonic()
        answer = ask(settings_for(server))
    assert answer.fault is None
    assert time.monotonic() - started >= 1.0


def test_long_retry_after_is_handed_to_the_run_and_nothing_more_is_sent():
    with LlmServer(replies.rate_limited("300")) as server:
        answers = ask_all(settings_for(server, concurrency=1), [question(str(n)) for n in range(5)])
        assert len(server.chats) == 1
    assert {answer.fault for answer in answers} == {Fault.RATE_LIMITED}
    assert answers[0].wait_seconds == 300
    assert all(290 < answer.wait_seconds <= 300 for answer in answers)


@pytest.mark.parametrize("reply", [replies.out_of_quota(), replies.wrong_key()], ids=["quota", "key"])
def test_hopeless_answer_is_given_to_the_rest_without_asking(reply):
    with LlmServer(reply) as server:
        answers = ask_all(settings_for(server, concurrency=2), [question(str(n)) for n in range(50)])
        assert len(server.chats) <= 2
    assert len({answer.fault for answer in answers}) == 1
    assert len(answers) == 50


def test_no_more_in_flight_than_allowed():
    with LlmServer(replies.said(GOOD), delay_seconds=0.01) as server:
        ask_all(settings_for(server, concurrency=6), [question(str(n)) for n in range(60)])
        assert server.most_in_flight == 6


def test_overloaded_server_is_asked_less_at_once_and_every_question_is_answered():
    def answer(body):
        return replies.rate_limited() if server.in_flight > 3 else replies.Reply(GOOD_BODY, delay_seconds=0.005)

    with LlmServer(answer) as server:
        answers = ask_all(settings_for(server, concurrency=32), [question(str(n)) for n in range(150)])
        turned_away = len(server.chats) - 150
    assert [answer.fault for answer in answers] == [None] * 150
    assert turned_away < 150


GOOD_BODY = replies.completion({"content": GOOD})


@pytest.mark.parametrize(
    ("script", "n_refused"),
    [
        ([], 0),
        ([replies.server_error()] * 2, 2),
        ([replies.server_error()] * 4, 4),
        ([replies.rate_limited()] * 10, 10),
        ([replies.bad_request()], 1),
        ([replies.wrong_key()], 1),
        ([replies.dropped()], 0),  # lost: it may have been paid for
        ([replies.Reply(b"<html>")], 1),
        ([replies.truncated("{")], 0),
    ],
)
def test_every_request_that_came_to_nothing_is_named(script, n_refused):
    with LlmServer(replies.said(GOOD), script=script) as server:
        answer = ask(settings_for(server))
    assert len({one.id for one in answer.refused}) == n_refused
    assert len(server.chats) == n_refused + (answer.fault is None) + len(answer.lost) + (
        answer.fault == Fault.TRUNCATED
    )


def test_a_question_for_one_request_is_sent_once_and_says_when_to_ask_again():
    with LlmServer(replies.said(GOOD), script=[replies.server_error()] * 2) as server:
        first = ask(settings_for(server), question(sending=Sending()))
        assert (len(server.chats), first.fault, first.retries) == (1, Fault.SERVER_ERROR, 0)
        assert 0 < first.again_after < 1
        last = ask(settings_for(server), question(sending=Sending(retries=3)))
    assert (len(server.chats), last.retries, last.again_after) == (2, 3, None)


def test_a_question_asked_again_waits_first():
    with LlmServer(replies.said(GOOD)) as server:
        started = time.monotonic()
        answer = ask(settings_for(server), question(sending=Sending(1, 0.2)))
    assert time.monotonic() - started >= 0.2
    assert (answer.fault, answer.retries) == (None, 1)


def test_usage_that_is_not_counted_is_unknown():
    with LlmServer(replies.uncounted(GOOD)) as server:
        assert ask(settings_for(server)).usage is None


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_is_kept_apart(name):
    with LlmServer(replies.thought_apart("Hm, an effusion.", GOOD, name=name)) as server:
        answer = ask(settings_for(server))
    assert (answer.reasoning, answer.text) == ("Hm, an effusion.", GOOD)


def test_reasoning_model_that_thinks_aloud_has_its_thoughts_taken_out():
    with LlmServer(replies.thought("Hm.", GOOD)) as server:
        answer = ask(settings_for(server, is_reasoning=True))
    assert (answer.reasoning, answer.text.strip()) == ("Hm.", GOOD)


def test_stopped_client_finishes_what_is_on_its_way_and_sends_nothing_new():
    async def stop_midway(server: LlmServer) -> list:
        client = OpenAIServer(settings_for(server, concurrency=3))
        asked = [asyncio.create_task(client.ask(question(str(n)))) for n in range(10)]
        await asyncio.sleep(0.15)
        client.stop()
        answers = await asyncio.gather(*asked)
        await client.close()
        return answers

    with LlmServer(replies.said(GOOD), delay_seconds=0.4) as server:
        answers = asyncio.run(stop_midway(server))
        assert len(server.chats) == 3
    assert sum(answer is None for answer in answers) == 7


def test_stopped_client_does_not_wait_to_try_again():
    async def stop_midway(server: LlmServer):
        client = OpenAIServer(settings_for(server))
        asked = asyncio.create_task(client.ask(question()))
        await asyncio.sleep(0.15)
        client.stop()
        return await asked

    with LlmServer(replies.rate_limited("60")) as server:
        started = time.monotonic()
        assert asyncio.run(stop_midway(server)).fault is Fault.RATE_LIMITED
    assert time.monotonic() - started < 5


def test_requests_per_minute_are_kept():
    with LlmServer(replies.said(GOOD)) as server:
        started = time.monotonic()
        ask_all(settings_for(server, requests_per_minute=600), [question(str(n)) for n in range(40)])
        # 30 at once (a twentieth of a minute's allowance), then 9.5 a second.
        assert time.monotonic() - started > 0.9


def test_text_that_cannot_be_sent_is_a_bad_request():
    with LlmServer(replies.said(GOOD)) as server:
        assert ask(settings_for(server), question("half a character: \ud83d", key="k")).fault is Fault.BAD_REQUEST


def test_no_word_of_a_question_or_answer_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    script = [replies.dropped(), replies.server_error(), replies.rate_limited("0.01"), replies.said("EFFUSION-ANSWER")]
    with LlmServer(script=script) as server:
        ask(settings_for(server))
        ask(settings_for(server))
    assert "request" in caplog.text.lower()
    assert SECRET not in caplog.text
    assert "EFFUSION-ANSWER" not in caplog.text
