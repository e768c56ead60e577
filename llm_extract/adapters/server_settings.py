"""How one OpenAI-compatible server is reached, and what it can do."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from core.errors import DomainError

OPENAI, AZURE = "openai", "azure"
KINDS = (OPENAI, AZURE)
NO_KEY = "no-key-needed"  # what local servers are sent; the SDK refuses to send none
MOST_AT_ONCE = 512


class ServerSettingsError(DomainError):
    """The settings cannot be used as they are."""


class StructuredMode(StrEnum):
    """How a server is told the schema of the answer, from the strictest way to none."""

    JSON_SCHEMA = "json_schema"  # OpenAI, Azure, vLLM, llama.cpp, Ollama
    JSON_OBJECT_SCHEMA = "json_object_schema"  # llama-cpp-python: a JSON object, held to a schema beside it
    JSON_OBJECT = "json_object"  # JSON of any shape; the schema is part of the prompt
    PROMPT_ONLY = "prompt_only"  # the schema is part of the prompt, nothing is enforced


@dataclass(frozen=True)
class ServerSettings:
    """One server and model. Holds no secret: `api_key_env` names the environment variable the key is read from.

    `kind` is "openai" for every compatible server, or "azure" (`base_url` is then the resource, `model` the deployment).
    Limits per minute are those of the account, shared by all questions in flight; None: no limit of our own.
    `timeout_seconds` is for one attempt. Raises ServerSettingsError naming what is wrong.
    """

    base_url: str
    model: str
    api_key_env: str = ""
    structured_mode: StructuredMode = StructuredMode.JSON_SCHEMA
    concurrency: int = 8
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    timeout_seconds: float = 120.0
    max_retries: int = 3
    kind: str = OPENAI
    api_version: str = ""
    is_reasoning: bool = False
    extra_body: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "structured_mode", StructuredMode(self.structured_mode))
        url = urlsplit(self.base_url)
        if url.scheme not in {"http", "https"} or not url.hostname:
            raise ServerSettingsError("A server's address begins with http:// or https:// and names a host; mend it.")
        if url.username or url.password:
            raise ServerSettingsError(
                f"The address of {url.hostname} holds a user or password; name a variable instead."
            )
        if not self.model:
            raise ServerSettingsError(f"No model is named for {self.base_url}; name one that the server offers.")
        if self.kind not in KINDS:
            raise ServerSettingsError(f"There is no kind of server {self.kind!r}; there are: {', '.join(KINDS)}.")
        if self.kind == AZURE and not self.api_version:
            raise ServerSettingsError(f"Azure needs an API version for {self.base_url}, e.g. 2024-10-21; name one.")
        if not 1 <= self.concurrency <= MOST_AT_ONCE:
            raise ServerSettingsError(f"{self.concurrency} questions at once: choose from 1 to {MOST_AT_ONCE}.")
        for name in ("requests_per_minute", "tokens_per_minute", "timeout_seconds"):
            if (value := getattr(self, name)) is not None and value <= 0:
                raise ServerSettingsError(f"{name} is {value}; it must be above 0.")

    @property
    def is_openai_itself(self) -> bool:
        """Whether this is OpenAI's own service, which knows parameters that others refuse."""
        host = urlsplit(self.base_url).hostname or ""
        return self.kind == OPENAI and (host == "api.openai.com" or host.endswith(".api.openai.com"))

    def as_record(self) -> dict[str, Any]:
        """Plain values, for JSON; `from_record` is the way back."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "ServerSettings":
        """Raises ServerSettingsError on a name there is no setting of."""
        known = {one.name for one in fields(cls)}
        if unknown := sorted(set(record) - known):
            raise ServerSettingsError(
                f"There is no server setting {unknown[0]!r}; there are: {', '.join(sorted(known))}."
            )
        return cls(**record)

    def key(self) -> str:
        """The key from the environment. Raises ServerSettingsError where the variable named is not set."""
        if not self.api_key_env:
            return NO_KEY
        key = os.environ.get(self.api_key_env, "").strip()
        if not key:
            raise ServerSettingsError(
                f"The environment variable {self.api_key_env}, which holds the key of {self.base_url}, is not set; "
                "set it and restart, or name none for a server that needs no key."
            )
        return key
