"""Reading what a model wrote: reasoning set apart, JSON found, fields checked; what is wrong is named by path only."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from llm_extract.asking.protocol import Fault

_THOUGHT = re.compile(r"\s*<(think|thinking|reasoning)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_UNOPENED = re.compile(r"(.*?)</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
_UNCLOSED = re.compile(r"\s*<(?:think|thinking|reasoning)>(.*)\Z", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[a-zA-Z]*\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
_MOST_PATHS = 12

Checked = TypeVar("Checked", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ReadAnswer(Generic[Checked]):
    """A model's answer as read: its value, or a fault with the paths of what is wrong (never the values); its reasoning apart."""

    value: Checked | None
    fault: Fault | None = None
    paths: tuple[str, ...] = ()
    reasoning: str = ""


def read_answer(text: str, expected: type[Checked]) -> ReadAnswer[Checked]:
    """Return what a model answered, checked against the type expected of it; bad content is a fault, never raised.

    A code fence and words before or after the JSON are forgiven; control characters in strings too.
    """
    reasoning, answer = split_reasoning(text)
    if not answer.strip():
        return ReadAnswer(None, Fault.EMPTY, (), reasoning)
    try:
        loaded = _loads(answer)
    except (ValueError, RecursionError):
        return ReadAnswer(None, Fault.INVALID_JSON, (), reasoning)
    try:
        return ReadAnswer(expected.model_validate(loaded), reasoning=reasoning)
    except ValidationError as error:
        return ReadAnswer(None, Fault.SCHEMA_VIOLATION, _paths(error), reasoning)
    except RecursionError:
        return ReadAnswer(None, Fault.INVALID_JSON, (), reasoning)


def split_reasoning(text: str) -> tuple[str, str]:
    """Return the reasoning a model wrote ahead of its answer, and the answer.

    The opening mark may be missing (some chat templates write it themselves), or the closing one (the answer was cut).
    """
    thoughts: list[str] = []
    while (thought := _THOUGHT.match(text)) is not None:
        thoughts.append(thought[2].strip())
        text = text[thought.end() :]
    if (unclosed := _UNCLOSED.match(text)) is not None:
        return "\n".join([*thoughts, unclosed[1].strip()]), ""
    if not text.lstrip().startswith(("{", "`")) and (unopened := _UNOPENED.match(text)) is not None:
        thoughts.append(unopened[1].strip())
        text = text[unopened.end() :]
    return "\n".join(thoughts), text


def _loads(answer: str) -> Any:
    """Return the JSON value in an answer: the first object, whatever stands around it.

    Raises ValueError where there is none.
    """
    bare = answer.strip()
    if not bare.startswith("{"):
        fence = _FENCE.search(bare)
        bare = fence[1].strip() if fence and "{" in fence[1] else bare
    start = bare.find("{")
    if start < 0:
        raise ValueError("no object")
    value, _ = json.JSONDecoder(strict=False, parse_constant=_refuse_constant).raw_decode(bare, start)
    return value


def _refuse_constant(name: str) -> Any:
    """NaN and Infinity are no JSON."""
    raise ValueError("a constant that is no JSON")


def _paths(error: ValidationError) -> tuple[str, ...]:
    """Return where the answer breaks its schema; a field we do not know is not named, since its name is the model's own text."""
    found: list[str] = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        place = [str(part) for part in problem["loc"]]
        if problem["type"] == "extra_forbidden":
            place[-1] = "<unknown field>"
        found.append(".".join(place) or "<answer>")
    return tuple(dict.fromkeys(found))[:_MOST_PATHS]


def as_mapping(value: BaseModel) -> Mapping[str, Any]:
    """Return a checked answer as plain values, for storing."""
    plain: dict[str, Any] = value.model_dump(mode="json")
    return plain
