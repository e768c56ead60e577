"""Any OpenAI-compatible server: one question, one answer, whatever happens on the way.

The openai SDK says where a question goes and with which headers, and its HTTP library carries it (see `posting`). The SDK's
retries are not used: it retries an exhausted quota, and tells nobody of a rate limit until it gives up. Nor is its
`.parse`: a text that does not fit the schema would be lost though it was paid for.
"""

import asyncio
import json
import random
import secrets
import time
from dataclasses import replace
from typing import Protocol

import httpx2

from llm_extract.adapters.chat_requests import Failure, answer_of, estimated_tokens, failure_of, request_body
from llm_extract.adapters.endpoints import Endpoint, endpoint_of
from llm_extract.adapters.pace import Pace
from llm_extract.adapters.posting import Post
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import HOPELESS, UNPAID, Answer, Fault, LostRequest, Question, RefusedRequest
from llm_extract.trust.costs import FREE, reserve_for

FIRST_WAIT_SECONDS = 0.5
LONGEST_OWN_WAIT_SECONDS = 8.0
# Being asked to slow down says nothing against the question, so it is given up later than others.
RATE_LIMIT_PATIENCE = 3
UNSENT_ERRORS = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)


class Diary(Protocol):
    """Where it is written down what leaves, before it does."""

    def sending(self, key: str, attempt: LostRequest) -> None:
        """A request for a question leaves now; `attempt` is what is lost if nothing more is heard of it."""
        ...

    def refused(self, key: str) -> None:
        """The last request for a question came to nothing; another follows."""
        ...


class OpenAIServer:
    """The async client. Bounded by its settings' concurrency and limits however many questions are asked at a time.

    After a hopeless answer (no quota, no valid key) every later question gets the same one without being sent; so does
    every question while the server wants to be left alone for longer than a worker waits. What a ``diary`` raises when it
    cannot be written is raised by `ask`, and nothing is sent then.
    """

    def __init__(self, settings: ServerSettings, endpoint: Endpoint | None = None, diary: Diary | None = None) -> None:
        self.settings = settings
        self._diary = diary
        self._post = Post(settings, endpoint or endpoint_of(settings))
        self._pace = Pace(settings.concurrency, settings.requests_per_minute, settings.tokens_per_minute)
        self._hopeless: Fault | None = None
        self._left_alone_until = 0.0
        self._random = random.Random()  # noqa: S311 - spreads retries in time, guards nothing

    def stop(self) -> None:
        """Sends nothing new, retries included; what is on its way is waited for."""
        self._pace.stop()

    async def close(self) -> None:
        """Closes the connections."""
        await self._post.close()

    async def ask(self, question: Question) -> Answer | None:
        """The answer; None when `stop` came before the question was sent. Never raises for what a server says or does.

        Rate limits, failures of the server and refused connections are tried again, up to `max_retries` times (rate limits
        longer). A timeout and a connection lost on the way are not: the server may have answered, and been paid, all the
        same, so whoever holds the caps has to agree to another request. The answer then names what was `lost`. Where the
        question says how it is sent, nothing is tried again here at all: the answer says after what wait another try is due.
        """
        tokens = estimated_tokens(question)
        sending, refused = question.sending, list[RefusedRequest]()
        retries = sending.retries if sending else 0
        if sending and sending.wait_seconds and not await self._pace.sleep(sending.wait_seconds):
            return None
        while True:
            if not await self._pace.turn(tokens):
                return None
            if unsent := self._unsent(question.key, retries):
                self._pace.leave(tokens)
                return replace(unsent, refused=tuple(refused))
            outcome, seconds = await self._attempt(question, tokens)
            refused += _refused(outcome)
            if isinstance(outcome, Answer):
                return replace(outcome, seconds=seconds, retries=retries, refused=tuple(refused))
            wait = self._wait_before_retry(outcome, retries)
            if sending or wait is None or not await self._pace.sleep(wait):
                return Answer(
                    question.key,
                    outcome.text,
                    outcome.fault,
                    seconds=seconds,
                    retries=retries,
                    wait_seconds=outcome.wait_seconds,
                    lost=(_lost(question, outcome.fault),) if outcome.is_lost else (),
                    refused=tuple(refused),
                    again_after=wait if sending else None,
                )
            retries += 1
            if self._diary:
                self._diary.refused(question.key)

    def _unsent(self, key: str, retries: int) -> Answer | None:
        """The answer to a question that need not be sent to know it."""
        if self._hopeless:
            return Answer(key, "", self._hopeless, retries=retries)
        wait = self._left_alone_until - time.monotonic()
        return Answer(key, "", Fault.RATE_LIMITED, retries=retries, wait_seconds=wait) if wait > 0 else None

    async def _attempt(self, question: Question, tokens: int) -> tuple[Answer | Failure, float]:
        """One request, with the pace told how it went, and the seconds it took."""
        started = time.monotonic()
        outcome: Answer | Failure = Failure(Fault.CONNECTION)
        try:
            if self._diary:
                self._diary.sending(question.key, _lost(question, Fault.CONNECTION))
            outcome = await self._request(question)
        finally:
            usage = outcome.usage if isinstance(outcome, Answer) else None
            self._pace.leave(tokens - usage.input_tokens - usage.output_tokens if usage else 0)
        if isinstance(outcome, Answer):
            self._pace.went_well()
        elif outcome.fault is Fault.RATE_LIMITED and outcome.is_worth_another_try:
            self._pace.slow_down(started, outcome.wait_seconds)
        elif outcome.fault is Fault.RATE_LIMITED:
            self._left_alone_until = time.monotonic() + (outcome.wait_seconds or 0.0)
        elif outcome.is_lost and outcome.fault is Fault.CONNECTION:
            self._pace.slow_down(started, FIRST_WAIT_SECONDS)
        elif outcome.fault in HOPELESS:
            self._hopeless = outcome.fault
        return outcome, round(time.monotonic() - started, 4)

    async def _request(self, question: Question) -> Answer | Failure:
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                response = await self._post.send(request_body(question, self.settings))
        except UNSENT_ERRORS:  # nothing was sent, and nothing paid for
            return Failure(Fault.CONNECTION, is_worth_another_try=True, is_unsent=True)
        except (TimeoutError, httpx2.TimeoutException):
            return Failure(Fault.TIMEOUT, is_lost=True)
        except (httpx2.HTTPError, httpx2.StreamError):
            return Failure(Fault.CONNECTION, is_lost=True)
        except (ValueError, TypeError):  # a text that cannot be sent, such as half a character
            return Failure(Fault.BAD_REQUEST, is_unsent=True)
        if not response.is_success:
            return failure_of(response.status_code, _json_of(response), response.headers)
        return _answer_in(question.key, response, self.settings)

    def _wait_before_retry(self, failure: Failure, retries: int) -> float | None:
        """Seconds to wait before the next try, or None to give up."""
        patience = RATE_LIMIT_PATIENCE if failure.fault is Fault.RATE_LIMITED else 1
        if not failure.is_worth_another_try or retries >= self.settings.max_retries * patience:
            return None
        own = min(LONGEST_OWN_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**retries) * self._random.uniform(0.75, 1.0)
        return max(own, failure.wait_seconds) if failure.wait_seconds else own


def _lost(question: Question, fault: Fault) -> LostRequest:
    most = reserve_for(question, FREE)
    return LostRequest(secrets.token_hex(32), fault, most.input_tokens, most.output_tokens)


def _refused(outcome: Answer | Failure) -> list[RefusedRequest]:
    """The request just made, where it was sent and came to nothing that is paid for."""
    if isinstance(outcome, Answer):
        is_in_vain = outcome.fault in UNPAID and outcome.usage is None
    else:
        is_in_vain = not outcome.is_lost and not outcome.is_unsent
    return [RefusedRequest(secrets.token_hex(32), outcome.fault)] if is_in_vain and outcome.fault else []


def _json_of(response: httpx2.Response) -> object:
    """What a failure says; a page or nothing at all is no JSON."""
    try:
        return json.loads(response.content)
    except ValueError:
        return response.text


def _answer_in(key: str, response: httpx2.Response, settings: ServerSettings) -> Answer:
    request_id = response.headers.get("x-request-id") or response.headers.get("apim-request-id") or ""
    try:
        body = json.loads(response.content)
    except ValueError:  # a gateway's page in place of an answer
        return Answer(key, "", Fault.SERVER_ERROR, request_id=request_id)
    return answer_of(key, body, is_reasoning=settings.is_reasoning, request_id=request_id)
