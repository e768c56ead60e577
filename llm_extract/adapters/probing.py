"""A connection test: one short question per structured mode, until a server answers in the schema it was given."""

import asyncio
import re
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import openai
from pydantic import BaseModel, ConfigDict

from llm_extract.adapters.clients import open_client
from llm_extract.adapters.openai_server import OpenAIServer
from llm_extract.adapters.server_settings import ServerSettings, StructuredMode
from llm_extract.asking.checking import read_answer
from llm_extract.asking.protocol import Answer, Fault, Question, Turn

MOST_TOKENS = 400
MOST_TOKENS_REASONING = 4000
MOST_MODELS_NAMED = 5
_NO_SUCH_MODEL = re.compile(
    r"model\b.*\b(not found|does not exist|not exist|unknown|no such)", re.IGNORECASE | re.DOTALL
)
_TEMPERATURE = re.compile(r"\btemperature\b", re.IGNORECASE)
# Nothing in the words asks for JSON: only a server that holds to the schema answers in it.
SYSTEM = "You read radiology reports."
TEXT = "There is a small left pleural effusion. What is found, and is it present or absent?"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"finding": {"type": "string"}, "status": {"type": "string", "enum": ["present", "absent"]}},
    "required": ["finding", "status"],
    "additionalProperties": False,
}


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    finding: str
    status: Literal["present", "absent"]


@dataclass(frozen=True)
class Attempt:
    """What came of one mode. `fault` is None where the answer fits the schema."""

    mode: StructuredMode
    fault: Fault | None
    seconds: float


@dataclass(frozen=True)
class Probe:
    """What a server can do. `structured_mode` is None where no mode works; `sentence` then says why and what to do.

    `model` is the server's own name of it; `seconds` is how long the answer took; `is_temperature_accepted` is False
    where the model must be asked without one (set `is_reasoning`), and None where none was sent.
    """

    structured_mode: StructuredMode | None
    sentence: str
    model: str = ""
    seconds: float = 0.0
    is_usage_counted: bool = False
    is_temperature_accepted: bool | None = None
    attempts: tuple[Attempt, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def probe(settings: ServerSettings) -> Probe:
    """Asks the server, one request per mode, from the strictest mode to none. Never raises for what it finds.

    Raises ServerSettingsError where the key's variable is not set. Not for use inside a running event loop.
    """
    return asyncio.run(_probe(settings))


async def _probe(settings: ServerSettings) -> Probe:
    attempts: list[Attempt] = []
    answer = Answer("", "", Fault.EMPTY)
    is_temperature_accepted = None if settings.is_reasoning else True
    for mode in StructuredMode:
        trial = replace(settings, structured_mode=mode, max_retries=0)
        answer = await _ask(trial)
        if answer.fault is Fault.BAD_REQUEST and is_temperature_accepted and _TEMPERATURE.search(answer.text):
            is_temperature_accepted, settings = False, replace(settings, is_reasoning=True)
            answer = await _ask(replace(trial, is_reasoning=True))
        fault = answer.fault or read_answer(answer.text, _Found).fault
        attempts.append(Attempt(mode, fault, answer.seconds))
        if fault is None:
            return Probe(
                structured_mode=mode,
                sentence=_success(mode, settings, answer),
                model=answer.model,
                seconds=answer.seconds,
                is_usage_counted=answer.usage is not None,
                is_temperature_accepted=is_temperature_accepted,
                attempts=tuple(attempts),
            )
        if hopeless := await _hopeless(settings, answer):
            return Probe(None, hopeless, answer.model, answer.seconds, attempts=tuple(attempts))
    return Probe(None, _failure(settings, attempts), answer.model, answer.seconds, attempts=tuple(attempts))


async def _ask(settings: ServerSettings) -> Answer:
    most = MOST_TOKENS_REASONING if settings.is_reasoning else MOST_TOKENS
    server = OpenAIServer(settings)
    try:
        question = Question("probe", SYSTEM, (Turn("user", TEXT),), SCHEMA, "finding", most)
        return await server.ask(question) or Answer("probe", "", Fault.CONNECTION)
    finally:
        await server.close()


def _success(mode: StructuredMode, settings: ServerSettings, answer: Answer) -> str:
    held = "holds to the schema" if mode in {StructuredMode.JSON_SCHEMA, StructuredMode.JSON_OBJECT_SCHEMA} else ""
    told = held or "answers in the schema when the prompt asks for it, without a guarantee"
    counted = "" if answer.usage else " It counts no tokens, so what it costs stays unknown."
    return f"{settings.base_url} {told} ({mode.value}) and took {answer.seconds:.1f} s.{counted}"


async def _hopeless(settings: ServerSettings, answer: Answer) -> str:
    """Why no other mode need be tried; empty where one may work."""
    url, seconds = settings.base_url, f"{settings.timeout_seconds:g} s"
    if answer.fault is Fault.BAD_REQUEST and _NO_SUCH_MODEL.search(answer.text):
        return f"{url} has no model {settings.model!r}.{await _offered(settings)}"
    variable = settings.api_key_env or "no variable"
    sentences = {
        Fault.CONNECTION: f"{url} cannot be reached; see that the server runs and that the address is right.",
        Fault.TIMEOUT: f"{url} gave no answer within {seconds}; a model may still be loading: try again, or allow more time.",
        Fault.AUTH_REFUSED: f"{url} refuses the key (from {variable}); mend the variable and restart.",
        Fault.QUOTA_EXHAUSTED: f"{url} says the account's quota is used up; raise it, then test again.",
        Fault.RATE_LIMITED: f"{url} is asked too often just now; test again {_when(answer.wait_seconds)}.",
    }
    return sentences.get(answer.fault, "") if answer.fault else ""


def _when(wait_seconds: float | None) -> str:
    return f"in {wait_seconds:.0f} s" if wait_seconds else "in a minute"


async def _offered(settings: ServerSettings) -> str:
    """The models the server says it has."""
    client = open_client(settings)
    try:
        names = [model.id for model in (await client.models.list()).data]
    except openai.OpenAIError:
        names = []
    finally:
        await client.close()
    if not names:
        return " Ask its operator for the name."
    more = f" and {len(names) - MOST_MODELS_NAMED} more" if len(names) > MOST_MODELS_NAMED else ""
    return f" It offers: {', '.join(names[:MOST_MODELS_NAMED])}{more}."


def _failure(settings: ServerSettings, attempts: list[Attempt]) -> str:
    faults = ", ".join(f"{attempt.mode.value}: {attempt.fault}" for attempt in attempts)
    kinds = {attempt.fault for attempt in attempts}
    if kinds <= {Fault.BAD_REQUEST, Fault.SERVER_ERROR}:
        step = "see whether the address must end in /v1, and look at the server's log"
    else:
        step = "choose a larger model, or another server"
    return f"{settings.base_url} answered in none of the structured modes ({faults}); {step}."
