"""A question to a language model and its answer, the same for a server, a model in process and a scripted fake."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Fault(StrEnum):
    """Why a question has no usable answer. Kept with the run by kind, so that one kind can be asked again alone."""

    RATE_LIMITED = "rate_limited"  # the server asks to wait longer than a worker should
    QUOTA_EXHAUSTED = "quota_exhausted"  # hopeless until somebody pays: the whole run stops
    AUTH_REFUSED = "auth_refused"  # hopeless until the key is mended: the whole run stops
    BAD_REQUEST = "bad_request"  # the server does not accept the question as asked
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    SERVER_ERROR = "server_error"
    TOO_LONG = "too_long"  # the report does not fit the model's context
    TRUNCATED = "truncated"  # the answer was cut at its token limit
    CONTENT_FILTERED = "content_filtered"
    REFUSED = "refused"  # the model declined
    EMPTY = "empty"
    INVALID_JSON = "invalid_json"
    SCHEMA_VIOLATION = "schema_violation"
    UNGROUNDED = "ungrounded"  # a quote that is not in the report, also after one repair
    BLOCKED = "blocked"  # patient data that could not be masked: never sent
    OVER_CAP = "over_cap"  # the run's cap of money, tokens or requests is reached: never sent


HOPELESS = frozenset({Fault.QUOTA_EXHAUSTED, Fault.AUTH_REFUSED})
# Never sent at all, so nothing is known of the question.
UNSENT = frozenset({Fault.OVER_CAP, Fault.BLOCKED})
# Faults of the way, not of the question: asking again may well help. What may have been paid is in the answer's `lost`.
TRANSIENT = frozenset({Fault.RATE_LIMITED, Fault.TIMEOUT, Fault.CONNECTION, Fault.SERVER_ERROR})


# Nothing was answered, so nothing is paid for, unless the request was lost: the server may have answered all the same.
UNPAID = HOPELESS | TRANSIENT | {Fault.BAD_REQUEST, Fault.TOO_LONG}


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation; `role` is "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Sending:
    """One request and no more: whoever asks counts every try. `retries` were made before it; it waits so long first."""

    retries: int = 0
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """One request: everything its answer depends on, but for the model itself.

    `key` is the cache key (64 hex digits): the same key is never paid for twice. `schema` is the JSON schema of the answer,
    with `$ref` resolved and no length keywords. `turns` come after `system`; the last one is the user's.
    `sending` says how it is sent, which its answer does not depend on.
    """

    key: str
    system: str
    turns: tuple[Turn, ...]
    schema: Mapping[str, Any] = field(hash=False)
    schema_name: str
    max_output_tokens: int
    temperature: float | None = 0.0  # None: left out, as reasoning models ask
    seed: int | None = None
    sending: Sending | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them. `cached_tokens` are part of `input_tokens`, `reasoning_tokens` of `output_tokens`."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class LostRequest:
    """A request that was sent and never heard of again: it may have been paid for, at most for so many tokens.

    `id` is its own (64 hex digits), so that it is counted once however often it is told.
    """

    id: str
    fault: Fault
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A request that was sent and came to nothing. It costs nothing, and is a request all the same; `id` as above."""

    id: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one question. With a `fault`, `text` is what there was, possibly nothing.

    `usage` is None where the server counts nothing: the cost is then unknown, not zero. `reasoning` is kept apart from the
    answer. `wait_seconds` is how long the server asked to wait (Retry-After), where it did. `lost` are the requests for it
    that were sent and may have been paid for all the same, `refused` those that came to nothing. `again_after`: another
    try is worth it after so many seconds, and left to whoever asked for one request and no more. `most` is the worst case
    in tokens (in, out) of one that was read from a journal and whose server counted nothing: whoever had reserved for it
    is gone.
    """

    key: str
    text: str
    fault: Fault | None = None
    reasoning: str = ""
    usage: Usage | None = None
    model: str = ""
    request_id: str = ""
    seconds: float = 0.0
    retries: int = 0
    wait_seconds: float | None = None
    lost: tuple[LostRequest, ...] = ()
    refused: tuple[RefusedRequest, ...] = ()
    again_after: float | None = None
    most: tuple[int, int] | None = None


class Model(Protocol):
    """Something that answers questions."""

    @property
    def name(self) -> str:
        """The model as a run names it, e.g. "gpt-4o"."""
        ...

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """One answer per question, in any order.

        Questions are taken one by one as there is room (bounded concurrency), so the iterable may stop early to stop the
        asking; those taken are still answered. What a server says never raises: it is an answer with a fault.
        """
        ...

    def close(self) -> None:
        """Lets go of processes and connections."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """A closed question: which of `options` holds, given `state`. For models that can weigh every option."""

    key: str
    state: str
    question: str
    options: tuple[str, ...]


MOST_OPTIONS = 26  # as there are letters to name them by


class ChoiceTooLongError(ValueError):
    """The state of a choice does not fit the model's context."""


class Decider(Protocol):
    """A model that gives a probability to every option of a closed question."""

    def decide(self, choices: Iterable[Choice]) -> Iterator[tuple[Choice, Mapping[str, float]]]:
        """Each choice with its options' probabilities, which sum to 1. Raises ChoiceTooLongError for one that does not fit."""
        ...
