"""A fake server that reads reports as the rules engine does: what a faultless model would answer, over real HTTP."""

import json
from collections.abc import Callable
from typing import Any

from llm_extract.asking.protocol import Question, Turn
from llm_extract.findings import LabelDefinition
from llm_extract.models import Backend
from llm_extract.rules.vocabulary import vocabulary_for
from tests.fakes.llm_server import LlmServer
from tests.llm_extract.scripted_models import Faithful


def clinical_answer(labels: tuple[LabelDefinition, ...], body_part: str = "CHEST") -> Callable[[dict[str, Any]], str]:
    """The answer to a chat request, for `LlmServer(answer=…)`."""
    model = Faithful(vocabulary_for(body_part), labels)

    def answer(body: dict[str, Any]) -> str:
        system, *turns = body["messages"]
        asked = Question(
            "0" * 64,
            system["content"],
            tuple(Turn(turn["role"], turn["content"]) for turn in turns),
            {},
            # The schema's own field, wherever the request has the schema: a server may be told of it in the prompt alone.
            "suggestions" if '"suggestions"' in json.dumps(body).replace("\\", "") else "findings",
            body.get("max_tokens") or body.get("max_completion_tokens") or 100,
        )
        (said,) = model.ask([asked])
        return said.text

    return answer


def make_backend(server: LlmServer, name: str = "fake", **settings: Any) -> Backend:
    """A backend that was tested, at a fake server."""
    values = {
        "model": "fake-model",
        "base_url": server.base_url,
        "structured_mode": "json_schema",
        "price_input": 2,
        "price_output": 8,
        "timeout_seconds": 60,
    }
    return Backend.objects.create(name=name, **(values | settings))
