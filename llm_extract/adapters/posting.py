"""Chat requests over HTTP, many at once and cheap: to the endpoint the openai SDK named, past its typed layers.

For every call the SDK walks through its typed parameters and builds typed results, which takes longer than all the rest;
one connection pool of many connections looks at each of them for every request. Measured at 64 at once against an instant
server: 2.3 ms of processor time a request through the SDK, 1.6 ms past it, 0.8 ms with pools of a few connections.
"""

import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from llm_extract.adapters.endpoints import Endpoint
from llm_extract.adapters.server_settings import ServerSettings

CONNECTIONS_PER_POOL = 4
CONNECT_SECONDS = 10.0


class Post:
    """Sends bodies to an endpoint. As many connections as the settings allow, kept open, in pools of a few."""

    def __init__(self, settings: ServerSettings, endpoint: Endpoint) -> None:
        self._url = httpx2.URL(endpoint.url)
        self._headers = httpx2.Headers(endpoint.headers_with(settings.key()))
        trusted = ssl.create_default_context()
        self._clients = [
            httpx2.AsyncClient(limits=limits, timeout=timeout_of(settings), follow_redirects=False, verify=trusted)
            for limits in _limits(settings.concurrency)
        ]
        self._free = [client for client in self._clients for _ in range(CONNECTIONS_PER_POOL)]

    async def send(self, body: Mapping[str, Any]) -> httpx2.Response:
        """The response, read to its end, whatever its status. At most the settings' concurrency at a time.

        Raises ValueError or TypeError for a body that is no JSON, httpx2's errors for what happens on the way.
        """
        content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        client = self._free.pop()
        try:
            request = client.build_request("POST", self._url, headers=self._headers, content=content)
            return await client.send(request)
        finally:
            self._free.append(client)

    async def close(self) -> None:
        """Closes the connections."""
        for client in self._clients:
            await client.aclose()


def _limits(concurrency: int) -> list[httpx2.Limits]:
    """One pool's limits each."""
    few = httpx2.Limits(max_connections=CONNECTIONS_PER_POOL, max_keepalive_connections=CONNECTIONS_PER_POOL)
    return [few] * -(-concurrency // CONNECTIONS_PER_POOL)


def timeout_of(settings: ServerSettings) -> httpx2.Timeout:
    """How long one attempt may take, and connecting at most."""
    return httpx2.Timeout(settings.timeout_seconds, connect=min(CONNECT_SECONDS, settings.timeout_seconds))
