"""What an OpenAI-compatible server says, in the shapes real ones send: answers, refusals, limits and failures."""

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_numbers = itertools.count(1)


@dataclass(frozen=True, repr=False)
class Reply:
    """One HTTP response. `is_dropped`: the connection ends without one; `is_cut`: it ends in the middle of the body."""

    body: Mapping[str, Any] | bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    is_dropped: bool = False
    is_cut: bool = False

    def __repr__(self) -> str:
        """Short, as it names the cases of a test."""
        if self.is_dropped or self.delay_seconds:
            return "dropped" if self.is_dropped else "silent"
        told = self.body.get("error") if isinstance(self.body, Mapping) else None
        code = told.get("code") if isinstance(told, Mapping) else None
        return f"{self.status}-{code or hashlib.sha256(self.payload()).hexdigest()[:4]}"

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def completion(message: Mapping[str, Any], *, finish_reason: str = "stop", model: str = "fake-model") -> dict[str, Any]:
    """A chat completion as OpenAI sends it."""
    content = message.get("content") or ""
    counted = {"prompt_tokens": 120, "completion_tokens": max(1, len(content) // 4)}
    return {
        "id": f"chatcmpl-{next(_numbers)}",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": None, "refusal": None} | dict(message),
                "logprobs": None,
                "finish_reason": finish_reason,
            }
        ],
        "usage": counted
        | {
            "total_tokens": sum(counted.values()),
            "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 0},
        },
    }


def said(text: str | None, **options: Any) -> Reply:
    """The model answered with this text."""
    return Reply(completion({"content": text}, **options))


def fenced(text: str) -> Reply:
    return said(f"```json\n{text}\n```")


def thought(reasoning: str, text: str) -> Reply:
    """A reasoning model behind a server that leaves its thoughts in the text."""
    return said(f"<think>{reasoning}</think>\n{text}")


def thought_apart(reasoning: str, text: str, *, name: str = "reasoning_content") -> Reply:
    """A reasoning model behind a server that tells the two apart."""
    return Reply(completion({"content": text, name: reasoning}))


def truncated(text: str) -> Reply:
    return said(text, finish_reason="length")


def filtered() -> Reply:
    return said("", finish_reason="content_filter")


def refused(why: str) -> Reply:
    return Reply(completion({"content": None, "refusal": why}))


def empty() -> Reply:
    return said("")


def uncounted(text: str) -> Reply:
    """An answer without usage, as some servers give it."""
    body = completion({"content": text})
    return Reply({name: value for name, value in body.items() if name != "usage"})


def error(
    status: int, message: str, *, kind: str = "invalid_request_error", code: str | None = None, **options: Any
) -> Reply:
    """An error body as OpenAI sends it."""
    return Reply({"error": {"message": message, "type": kind, "param": None, "code": code}}, status, **options)


def rate_limited(retry_after: str | None = None) -> Reply:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return error(429, "Rate limit reached.", kind="requests", code="rate_limit_exceeded", headers=headers)


def out_of_quota() -> Reply:
    message = "You exceeded your current quota, please check your plan and billing details."
    return error(429, message, kind="insufficient_quota", code="insufficient_quota")


def wrong_key() -> Reply:
    return error(401, "Incorrect API key provided.", code="invalid_api_key")


def no_such_model() -> Reply:
    return error(404, "The model `fake` does not exist or you do not have access to it.", code="model_not_found")


def too_long() -> Reply:
    message = "This model's maximum context length is 2048 tokens. However, you requested 3091 tokens."
    return error(400, message, code="context_length_exceeded")


def bad_request(message: str = "Invalid schema for response_format.") -> Reply:
    return error(400, message)


def prompt_filtered() -> Reply:
    """Azure's own filter refused the question itself."""
    return error(
        400, "The response was filtered due to the prompt.", kind="invalid_request_error", code="content_filter"
    )


def server_error(status: int = 500) -> Reply:
    return error(status, "The server had an error.", kind="server_error")


def dropped() -> Reply:
    return Reply(is_dropped=True)


def silent() -> Reply:
    """No answer for as long as anybody waits."""
    return Reply(delay_seconds=3600)
