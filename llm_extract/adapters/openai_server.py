"""Any OpenAI-compatible server, asked through the openai SDK: one question, one answer, whatever happens on the way.

The SDK's own retries are off: it retries an exhausted quota, and tells nobody of a rate limit until it gives up. Its
`.parse` is not used: a text that does not fit the schema would be lost though it was paid for.
"""

import asyncio
import json
import random
import time
from dataclasses import replace

import httpx2
import openai

from llm_extract.adapters.chat_requests import Failure, answer_of, estimated_tokens, failure_of, request_body
from llm_extract.adapters.clients import open_client
from llm_extract.adapters.pace import Pace
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import HOPELESS, Answer, Fault, Question

FIRST_WAIT_SECONDS = 0.5
LONGEST_OWN_WAIT_SECONDS = 8.0
# Being asked to slow down says nothing against the question, so it is given up later than others.
RATE_LIMIT_PATIENCE = 3


class OpenAIServer:
    """The async client. Bounded by its settings' concurrency and limits however many questions are asked at a time.

    After a hopeless answer (no quota, no valid key) every later question gets the same one without being sent; so does
    every question while the server wants to be left alone for longer than a worker waits.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self._client = open_client(settings)
        self._pace = Pace(settings.concurrency, settings.requests_per_minute, settings.tokens_per_minute)
        self._hopeless: Fault | None = None
        self._left_alone_until = 0.0
        self._random = random.Random()  # noqa: S311 - spreads retries in time, guards nothing

    def stop(self) -> None:
        """Sends nothing new, retries included; what is on its way is waited for."""
        self._pace.stop()

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def ask(self, question: Question) -> Answer | None:
        """The answer; None when `stop` came before the question was sent. Never raises for what a server says or does.

        Rate limits, failures of the server and lost connections are tried again, up to `max_retries` times (rate limits
        longer). A timeout is not: the server may have answered, and been paid, all the same.
        """
        tokens = estimated_tokens(question)
        retries = 0
        while True:
            if not await self._pace.turn(tokens):
                return None
            if unsent := self._unsent(question.key, retries):
                self._pace.leave(tokens)
                return unsent
            outcome, seconds = await self._attempt(question, tokens)
            if isinstance(outcome, Answer):
                return replace(outcome, seconds=seconds, retries=retries)
            wait = self._wait_before_retry(outcome, retries)
            if wait is None or not await self._pace.sleep(wait):
                asked_wait = outcome.wait_seconds
                return Answer(
                    question.key,
                    outcome.text,
                    outcome.fault,
                    seconds=seconds,
                    retries=retries,
                    wait_seconds=asked_wait,
                )
            retries += 1

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
        elif outcome.fault in HOPELESS:
            self._hopeless = outcome.fault
        return outcome, round(time.monotonic() - started, 4)

    async def _request(self, question: Question) -> Answer | Failure:
        try:
            async with asyncio.timeout(self.settings.timeout_seconds):
                # The body is ready, so the SDK's walk through its typed parameters is passed by: half its time.
                response = await self._client.chat.completions.with_raw_response.create(
                    model=self.settings.model, messages=[], extra_body=request_body(question, self.settings)
                )
        except openai.APIStatusError as problem:
            return failure_of(problem.status_code, problem.body, problem.response.headers)
        except (TimeoutError, openai.APITimeoutError) as problem:
            # Not even connected: nothing was sent, and nothing paid for.
            is_unsent = isinstance(problem.__cause__, httpx2.ConnectTimeout | httpx2.PoolTimeout)
            return Failure(Fault.CONNECTION, is_worth_another_try=True) if is_unsent else Failure(Fault.TIMEOUT)
        except openai.APIConnectionError:
            return Failure(Fault.CONNECTION, is_worth_another_try=True)
        except (httpx2.HTTPError, httpx2.StreamError):  # an answer cut off while it was read
            return Failure(Fault.CONNECTION, is_worth_another_try=True)
        except (openai.OpenAIError, ValueError, TypeError):  # a text that cannot be sent, such as half a character
            return Failure(Fault.BAD_REQUEST)
        return _answer_in(question.key, response.http_response, self.settings)

    def _wait_before_retry(self, failure: Failure, retries: int) -> float | None:
        """Seconds to wait before the next try, or None to give up."""
        patience = RATE_LIMIT_PATIENCE if failure.fault is Fault.RATE_LIMITED else 1
        if not failure.is_worth_another_try or retries >= self.settings.max_retries * patience:
            return None
        own = min(LONGEST_OWN_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0**retries) * self._random.uniform(0.75, 1.0)
        return max(own, failure.wait_seconds) if failure.wait_seconds else own


def _answer_in(key: str, response: httpx2.Response, settings: ServerSettings) -> Answer:
    request_id = response.headers.get("x-request-id") or response.headers.get("apim-request-id") or ""
    try:
        body = json.loads(response.content)
    except ValueError:  # a gateway's page in place of an answer
        return Answer(key, "", Fault.SERVER_ERROR, request_id=request_id)
    return answer_of(key, body, is_reasoning=settings.is_reasoning, request_id=request_id)
