"""A question as the body of a chat request, and the server's response as an answer: the same for calls and batches."""

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llm_extract.adapters.server_settings import ServerSettings, StructuredMode
from llm_extract.asking.checking import split_reasoning
from llm_extract.asking.protocol import Answer, Fault, Question, Usage

LONGEST_WAIT_SECONDS = 120.0  # a server that asks for more is left alone: the run waits, not a worker
LONGEST_ERROR_TEXT = 2000
CHARACTERS_PER_TOKEN = 3.5  # a little below English prose, so that limits are kept rather than tried
_TOO_LONG = re.compile(r"context[ _](length|window|size)|exceeds? .{0,40}context|too many tokens", re.IGNORECASE)
_QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "quota_exceeded"})
_FILTER_CODES = frozenset({"content_filter", "content_policy_violation"})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed. `wait_seconds` is what the server asked for; `text` is its own message, not for logs.

    `is_lost`: it was sent, and the server may have answered, and been paid, all the same. `is_unsent`: it never left.
    """

    fault: Fault
    wait_seconds: float | None = None
    is_worth_another_try: bool = False
    text: str = ""
    is_lost: bool = False
    is_unsent: bool = False


def request_body(question: Question, settings: ServerSettings) -> dict[str, Any]:
    """The JSON body of `POST /chat/completions`. A reasoning model gets no temperature and no seed, which it refuses."""
    mode = settings.structured_mode
    system = question.system
    if mode in {StructuredMode.JSON_OBJECT, StructuredMode.PROMPT_ONLY}:
        system = f"{system}\n\n{schema_in_words(question.schema)}"
    messages = [{"role": "system", "content": system}]
    messages += [{"role": turn.role, "content": turn.content} for turn in question.turns]
    body: dict[str, Any] = {"model": settings.model, "messages": messages} | _response_format(question, mode)
    is_new_name = settings.is_reasoning or settings.is_openai_itself
    body["max_completion_tokens" if is_new_name else "max_tokens"] = question.max_output_tokens
    if not settings.is_reasoning:
        sampling = {"temperature": question.temperature, "seed": question.seed}
        body |= {name: value for name, value in sampling.items() if value is not None}
    if settings.is_openai_itself:
        body["store"] = False
    return body | dict(settings.extra_body)


def schema_in_words(schema: Mapping[str, Any]) -> str:
    """What the prompt says where the server cannot be given the schema."""
    return f"Answer with one JSON object and nothing else. It must follow this JSON schema:\n{json.dumps(schema)}"


def _response_format(question: Question, mode: StructuredMode) -> dict[str, Any]:
    if mode is StructuredMode.JSON_SCHEMA:
        named = {"name": question.schema_name, "schema": question.schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    if mode is StructuredMode.JSON_OBJECT_SCHEMA:
        return {"response_format": {"type": "json_object", "schema": question.schema}}
    return {"response_format": {"type": "json_object"}} if mode is StructuredMode.JSON_OBJECT else {}


def estimated_tokens(question: Question) -> int:
    """What a request may count against a limit of tokens per minute: its text and all it may answer."""
    characters = len(question.system) + sum(len(turn.content) for turn in question.turns)
    return int(characters / CHARACTERS_PER_TOKEN) + question.max_output_tokens


def answer_of(key: str, body: object, *, is_reasoning: bool = False, request_id: str = "") -> Answer:
    """The answer in a completion's body. Whatever the server left out or made up is a fault, never an exception."""
    if not isinstance(body, Mapping):
        return Answer(key, "", Fault.SERVER_ERROR, request_id=request_id)
    if body.get("error") and not body.get("choices"):
        failure = failure_of(_status_in(body["error"]), body)
        return Answer(key, failure.text, failure.fault, request_id=request_id)
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
    said = choice.get("message")
    message: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    text, reasoning = _text(message.get("content")), _text(message.get("reasoning_content") or message.get("reasoning"))
    if is_reasoning and not reasoning:
        reasoning, text = split_reasoning(text)
    refusal = _text(message.get("refusal"))
    return Answer(
        key=key,
        text=text or refusal,
        fault=_fault_in(choice.get("finish_reason"), text, refusal),
        reasoning=reasoning,
        usage=usage_of(body.get("usage")),
        model=_text(body.get("model")),
        request_id=request_id,
    )


def _fault_in(finish_reason: object, text: str, refusal: str) -> Fault | None:
    if finish_reason == "content_filter":
        return Fault.CONTENT_FILTERED
    if refusal and not text:
        return Fault.REFUSED
    if finish_reason == "length":
        return Fault.TRUNCATED
    return None if text.strip() else Fault.EMPTY


def usage_of(usage: object) -> Usage | None:
    """None where the server counted nothing, so that a cost is unknown rather than zero."""
    if not isinstance(usage, Mapping) or not isinstance(usage.get("prompt_tokens"), int):
        return None
    return Usage(
        input_tokens=usage["prompt_tokens"],
        output_tokens=_count(usage, "completion_tokens"),
        cached_tokens=_count(usage.get("prompt_tokens_details"), "cached_tokens"),
        reasoning_tokens=_count(usage.get("completion_tokens_details"), "reasoning_tokens"),
    )


def failure_of(status: int, body: object, headers: Mapping[str, str] | None = None) -> Failure:
    """What an HTTP status above 299 and its body mean."""
    error = _error_in(body)
    codes = {_text(error.get("code")), _text(error.get("type"))}
    text = _text(error.get("message"))[:LONGEST_ERROR_TEXT]
    if status == 402 or codes & _QUOTA_CODES:
        return Failure(Fault.QUOTA_EXHAUSTED, text=text)
    if status in {401, 403}:
        return Failure(Fault.AUTH_REFUSED, text=text)
    if status == 429 or status >= 500 or status in {408, 409}:
        wait = retry_after(headers or {})
        fault = Fault.RATE_LIMITED if status == 429 else Fault.SERVER_ERROR
        return Failure(fault, wait, wait is None or wait <= LONGEST_WAIT_SECONDS, text)
    if codes & _FILTER_CODES:
        return Failure(Fault.CONTENT_FILTERED, text=text)
    if status == 413 or "context_length_exceeded" in codes or _TOO_LONG.search(text):
        return Failure(Fault.TOO_LONG, text=text)
    return Failure(Fault.BAD_REQUEST, text=text)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to wait (Retry-After in seconds or as a date, RFC 9110 10.2.3; retry-after-ms)."""
    for name, divisor in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / divisor
        except ValueError:
            continue
        return max(0.0, seconds) if math.isfinite(seconds) else None
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None


def _error_in(body: object) -> Mapping[str, Any]:
    """The error object; the SDK hands it on without its wrapping, servers and batches with it."""
    inner = body.get("error", body) if isinstance(body, Mapping) else body
    if isinstance(inner, Mapping):
        return inner
    return {"message": inner if isinstance(inner, str) else ""}


def _status_in(error: object) -> int:
    """The status of an error that came as HTTP 200, as some gateways send it."""
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) and code >= 400 else 502


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(counts: object, name: str) -> int:
    value = counts.get(name) if isinstance(counts, Mapping) else None
    return value if isinstance(value, int) else 0
