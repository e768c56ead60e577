"""What a model answers, as types to check it with and as the JSON schema that goes on the wire."""

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from llm_extract.findings import Change, Laterality, Severity, Status, Temporality
from llm_extract.sections import Section

# Keywords that some servers refuse or cannot keep to; they are checked when the answer is in.
_NOT_ON_THE_WIRE = frozenset(
    {
        "title",
        "default",
        "description",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    }
    | {"minItems", "maxItems", "pattern", "format", "$defs", "examples"}
)


def _none_if_empty(value: object) -> object:
    """Small models write "" or "none" where they mean null."""
    return None if isinstance(value, str) and value.strip().lower() in {"", "none", "null", "n/a"} else value


_Words = Annotated[Annotated[str, Field(max_length=300)] | None, BeforeValidator(_none_if_empty)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class WireFinding(_Strict):
    """One finding as a model writes it. What may be null may also be missing: not every server holds a model to its schema."""

    observation: str = Field(min_length=1, max_length=300)
    status: Status
    certainty_words: _Words = None
    location: _Words = None
    laterality: Annotated[Laterality | None, BeforeValidator(_none_if_empty)] = None
    severity: Annotated[Severity | None, BeforeValidator(_none_if_empty)] = None
    size: _Words = None
    change: Annotated[Change | None, BeforeValidator(_none_if_empty)] = None
    temporality: Temporality = Temporality.CURRENT
    section: Section = Section.BODY
    is_device: bool = False
    sentences: list[int] = Field(max_length=50)
    quote: str = Field(max_length=4000)


# More than any report has; a model that is shown more is not asked.
MOST_FINDINGS = 300


class WireFindings(_Strict):
    """The answer of the first stage."""

    findings: list[WireFinding] = Field(max_length=MOST_FINDINGS)


class WireSuggestion(_Strict):
    """One label as a model suggests it; `findings` are numbers of the list it was shown, from 1."""

    label: str
    status: Status
    confidence: float = Field(ge=0, le=1)
    findings: list[int] = Field(max_length=MOST_FINDINGS)
    reason: str = Field(max_length=2000)


class WireSuggestions(_Strict):
    """The answer of the second stage."""

    suggestions: list[WireSuggestion] = Field(max_length=500)


@lru_cache(maxsize=64)
def suggestions_for(labels: tuple[str, ...]) -> type[WireSuggestions]:
    """Return the type of the second stage's answer for a taxonomy: a label can only be one of its keys.

    Raises ValueError for a taxonomy without labels.
    """
    if not labels:
        raise ValueError("The taxonomy has no labels to map to; give it at least one.")
    key = StrEnum("LabelKey", {f"label_{place}": label for place, label in enumerate(labels)})  # type: ignore[misc]
    one = create_model("WireSuggestion", __base__=WireSuggestion, label=(key, ...))
    return create_model("WireSuggestions", __base__=WireSuggestions, suggestions=(list[one], Field(max_length=500)))  # type: ignore[valid-type]


def wire_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of an answer as every server takes it.

    Every field is required and nullable instead of optional, nothing else is allowed, `$ref` is resolved, and no keyword limits
    lengths or numbers.
    """
    schema = answer.model_json_schema()
    plain = _plain(schema, schema.get("$defs", {}))
    if not isinstance(plain, dict):  # pragma: no cover - a model's schema is an object
        raise TypeError("The schema of an answer is an object.")
    return plain


def _plain(node: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a part of the schema, resolved and stripped."""
    if isinstance(node, list):
        return [_plain(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(definitions[node["$ref"].rsplit("/", 1)[-1]], definitions)
    plain = {
        key: {name: _plain(each, definitions) for name, each in value.items()}
        if key == "properties"
        else _plain(value, definitions)
        for key, value in node.items()
        if key not in _NOT_ON_THE_WIRE
    }
    if node.get("type") == "object":
        plain["required"] = list(node.get("properties", {}))
        plain["additionalProperties"] = False
    if "const" in plain:
        plain["enum"] = [plain.pop("const")]
    return plain


def schema_digest(schema: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a schema, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()
