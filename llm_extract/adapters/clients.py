"""The openai SDK's clients, made from a server's settings."""

from typing import Any

import httpx2
import openai
from httpx2 import Limits

from llm_extract.adapters.posting import timeout_of
from llm_extract.adapters.server_settings import AZURE, ServerSettings


def open_client(settings: ServerSettings) -> openai.AsyncOpenAI:
    """The SDK's async client. It never retries by itself and follows no redirect, which would send reports elsewhere."""
    limits = Limits(max_connections=settings.concurrency, max_keepalive_connections=settings.concurrency)
    http = openai.DefaultAsyncHttpxClient(limits=limits, timeout=timeout_of(settings), follow_redirects=False)
    options: dict[str, Any] = {"api_key": settings.key(), "max_retries": 0, "http_client": http}
    if settings.kind == AZURE:
        return openai.AsyncAzureOpenAI(azure_endpoint=settings.base_url, api_version=settings.api_version, **options)
    return openai.AsyncOpenAI(base_url=settings.base_url, **options)


def open_blocking_client(
    settings: ServerSettings, http: httpx2.Client | None = None, *, key: str = ""
) -> openai.OpenAI:
    """The SDK's plain client, for files and batches; it retries those itself, as they are not paid for."""
    http = http or openai.DefaultHttpxClient(timeout=timeout_of(settings), follow_redirects=False)
    key = key or settings.key()
    options: dict[str, Any] = {"api_key": key, "max_retries": settings.max_retries, "http_client": http}
    if settings.kind == AZURE:
        return openai.AzureOpenAI(azure_endpoint=settings.base_url, api_version=settings.api_version, **options)
    return openai.OpenAI(base_url=settings.base_url, **options)
