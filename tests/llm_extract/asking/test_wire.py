import json

import pytest
from pydantic import BaseModel

from llm_extract.asking.checking import as_mapping, read_answer, split_reasoning
from llm_extract.asking.protocol import Fault
from llm_extract.asking.wire import WireFindings, WireSuggestions, schema_digest, suggestions_for, wire_schema
from tests.llm_extract.scripted_models import wire_finding

LABELS = ("effusion", "mass")
FINDING = wire_finding("effusion", "present", 1, "an effusion")
ALLOWED = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf"}


def parts(schema):
    yield schema
    for child in [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), schema.get("items")]:
        if child:
            yield from parts(child)


def answer(*findings):
    return json.dumps({"findings": list(findings)})


@pytest.mark.parametrize("expected", [WireFindings, suggestions_for(LABELS), suggestions_for(("only",))])
def test_every_server_takes_the_schema(expected):
    for part in parts(wire_schema(expected)):
        assert set(part) <= ALLOWED
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])


def test_nothing_is_optional_and_what_may_be_missing_is_nullable():
    fields = wire_schema(WireFindings)["properties"]["findings"]["items"]["properties"]
    nullable = {name for name, field in fields.items() if {"type": "null"} in field.get("anyOf", ())}
    assert nullable == {"certainty_words", "location", "laterality", "severity", "size", "change"}
    assert fields["status"] == {"type": "string", "enum": ["present", "absent", "uncertain"]}
    assert set(FINDING) == set(fields)


def test_a_label_can_only_be_one_of_the_taxonomy():
    fields = wire_schema(suggestions_for(LABELS))["properties"]["suggestions"]["items"]["properties"]
    assert fields["label"]["enum"] == list(LABELS)
    assert schema_digest(wire_schema(suggestions_for(LABELS))) != schema_digest(wire_schema(suggestions_for(("mass",))))
    with pytest.raises(ValueError, match="no labels"):
        suggestions_for(())


def test_the_digest_does_not_depend_on_the_order_of_keys():
    assert schema_digest({"a": 1, "b": 2}) == schema_digest({"b": 2, "a": 1}) != schema_digest({"a": 2, "b": 1})


@pytest.mark.parametrize(
    "text",
    [
        answer(FINDING),
        f"```json\n{answer(FINDING)}\n```",
        f"```\n{answer(FINDING)}",
        f"Here you are:\n{answer(FINDING)} Anything else?",
        f"<think>Is it {{}}?</think>{answer(FINDING)}",
        f"I think so.</think>\n{answer(FINDING)}",
        answer(FINDING).replace("an effusion", "an\neffusion"),
        answer({name: value for name, value in FINDING.items() if value is not None}),
        answer(FINDING | {"severity": "", "location": "none"}),
    ],
)
def test_what_is_forgiven(text):
    read = read_answer(text, WireFindings)
    assert read.fault is None
    assert read.value.findings[0].observation == "effusion"
    assert read.value.findings[0].severity is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.EMPTY),
        ("  \n", Fault.EMPTY),
        ("<think>never ends", Fault.EMPTY),
        ("No findings.", Fault.INVALID_JSON),
        ('{"findings": [', Fault.INVALID_JSON),
        ('{"findings": NaN}', Fault.INVALID_JSON),
        ('{"findings": ' + "[" * 100_000, Fault.INVALID_JSON),
        ('{"findings": ' + "9" * 5000 + "}", Fault.INVALID_JSON),
        ("[1]", Fault.INVALID_JSON),
        ('{"findings": 1}', Fault.SCHEMA_VIOLATION),
        (answer(FINDING | {"status": "maybe"}), Fault.SCHEMA_VIOLATION),
        (answer(FINDING | {"quote": "x" * 5000}), Fault.SCHEMA_VIOLATION),
        (answer({"observation": "x"}), Fault.SCHEMA_VIOLATION),
    ],
)
def test_what_is_a_fault_by_kind(text, fault):
    read = read_answer(text, WireFindings)
    assert (read.value, read.fault) == (None, fault)


def test_a_violation_is_named_by_its_path_never_by_its_value():
    secret = "Jane-Doe-effusion"
    bad = FINDING | {"status": secret, "sentences": [secret], secret: secret, "is_device": secret}
    read = read_answer(answer(FINDING, bad), WireFindings)
    assert secret not in repr(read)
    assert set(read.paths) == {
        "findings.1.status", "findings.1.sentences.0", "findings.1.<unknown field>", "findings.1.is_device"
    }  # fmt: skip


def test_a_confidence_is_a_share():
    one = {"label": "mass", "status": "present", "confidence": 1.5, "findings": [1], "reason": "So."}
    assert read_answer(json.dumps({"suggestions": [one]}), suggestions_for(LABELS)).paths == (
        "suggestions.0.confidence",
    )
    good = read_answer(json.dumps({"suggestions": [one | {"confidence": 1}]}), suggestions_for(LABELS)).value
    assert isinstance(good, WireSuggestions)
    assert as_mapping(good)["suggestions"][0]["label"] == "mass"


def test_reasoning_is_set_apart():
    assert split_reasoning("<think> a </think>\n<think>b</think>{}") == ("a\nb", "{}")
    assert split_reasoning("a</think>{}") == ("a", "{}")
    assert split_reasoning('{"a": "</think>"}') == ("", '{"a": "</think>"}')
    assert split_reasoning("<think>a") == ("a", "")


def test_any_type_can_be_expected():
    class Other(BaseModel):
        number: int

    assert read_answer('{"number": 3}', Other).value == Other(number=3)
