"""Questions to ask and servers to ask them of, shared by the tests of this folder."""

import asyncio
import hashlib
from collections.abc import Iterable
from typing import Any

from llm_extract.adapters.openai_server import OpenAIServer
from llm_extract.adapters.server_settings import ServerSettings
from llm_extract.asking.protocol import Answer, Question, Turn
from tests.fakes.llm_server import LlmServer

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"finding": {"type": "string"}, "status": {"type": "string", "enum": ["present", "absent"]}},
    "required": ["finding", "status"],
    "additionalProperties": False,
}
GOOD = '{"finding": "effusion", "status": "present"}'
SECRET = "Mrs Eleanor Rigby has a small effusion"


def key_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def question(text: str = SECRET, **changes: Any) -> Question:
    fields: dict[str, Any] = {
        "key": changes.get("key") or key_of(text),
        "system": "You read reports.",
        "turns": (Turn("user", text),),
        "schema": SCHEMA,
        "schema_name": "finding",
        "max_output_tokens": 100,
    }
    return Question(**(fields | changes))


def settings_for(server: LlmServer, **changes: Any) -> ServerSettings:
    fields: dict[str, Any] = {"base_url": server.base_url, "model": "fake-model", "timeout_seconds": 5.0}
    return ServerSettings(**(fields | changes))


def ask_all(settings: ServerSettings, questions: Iterable[Question]) -> list[Answer | None]:
    """Every question at the same time, of one client."""

    async def asking() -> list[Answer | None]:
        server = OpenAIServer(settings)
        try:
            return await asyncio.gather(*(server.ask(one) for one in questions))
        finally:
            await server.close()

    return asyncio.run(asking())


def ask(settings: ServerSettings, one: Question | None = None) -> Answer:
    (answer,) = ask_all(settings, [one or question()])
    assert answer is not None
    return answer
