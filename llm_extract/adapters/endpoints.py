"""Where a server's chat requests go and with which headers, as the openai SDK has it; found once, without a request."""

from dataclasses import dataclass
from typing import Self

from llm_extract.adapters.server_settings import ServerSettings

# Stands for the key, which is put in by whoever sends, from its own environment.
KEY_GOES_HERE = "{the-key-goes-here}"
# What the SDK says of one request's own body and connection; every request has these anew.
_OF_ONE_REQUEST = frozenset({"content-length", "host", "connection"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of chat requests, and the SDK's headers: authorisation without its key, versions, what it accepts."""

    url: str
    headers: tuple[tuple[str, str], ...]

    def headers_with(self, key: str) -> list[tuple[str, str]]:
        """The headers as they are sent."""
        return [(name, value.replace(KEY_GOES_HERE, key)) for name, value in self.headers]

    def as_record(self) -> list[object]:
        """As JSON takes it."""
        return [self.url, self.headers]

    @classmethod
    def from_record(cls, record: list[object]) -> Self:
        """The endpoint of a record."""
        url, headers = record
        if not isinstance(url, str) or not isinstance(headers, list):
            raise TypeError("An endpoint's record is its address and its headers.")
        return cls(url, tuple((name, value) for name, value in headers))


def endpoint_of(settings: ServerSettings) -> Endpoint:
    """Has the SDK make one request that goes nowhere, and keeps its address and headers."""
    # Half a second of the SDK's types, which only who asks a server should pay, and a courier never: it is told.
    import httpx2
    import openai

    from llm_extract.adapters.clients import open_blocking_client

    made: list[httpx2.Request] = []

    def keep(request: httpx2.Request) -> httpx2.Response:
        made.append(request)
        return httpx2.Response(200, json={"choices": []})

    http = openai.DefaultHttpxClient(transport=httpx2.MockTransport(keep))
    with open_blocking_client(settings, http, key=KEY_GOES_HERE) as client:
        client.chat.completions.with_raw_response.create(model=settings.model, messages=[])
    request = made[0]
    headers = ((name, value) for name, value in request.headers.items() if name not in _OF_ONE_REQUEST)
    return Endpoint(str(request.url), tuple(headers))
