"""Questions and answers as JSON lines, on the pipes between a worker and its courier and in the courier's journal."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from llm_extract.asking.protocol import Answer, Fault, LostRequest, Question, RefusedRequest, Sending, Turn, Usage

MOST_FORMS = 64
_PLAIN = ("reasoning", "model", "request_id", "seconds", "retries", "wait_seconds")


def answer_line(answer: Answer) -> bytes:
    """One line, ended; what has its default value is left out."""
    record: dict[str, Any] = {"key": answer.key, "text": answer.text}
    for name in _PLAIN:
        if value := getattr(answer, name):
            record[name] = value
    if answer.fault:
        record["fault"] = answer.fault.value
    if usage := answer.usage:
        record["usage"] = [usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.reasoning_tokens]
    if answer.lost:
        record["lost"] = [(one.id, one.fault.value, one.input_tokens, one.output_tokens) for one in answer.lost]
    if answer.refused:
        record["in_vain"] = [(one.id, one.fault.value) for one in answer.refused]
    if answer.again_after is not None:
        record["again_after"] = answer.again_after
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def answer_in(record: Mapping[str, Any]) -> Answer:
    """The answer of a line's record. Raises KeyError, TypeError or ValueError where the line was made by something else."""
    fields = dict(record)
    fault, usage = fields.pop("fault", None), fields.pop("usage", None)
    lost = tuple(
        LostRequest(one, Fault(why), tokens_in, tokens_out)
        for one, why, tokens_in, tokens_out in fields.pop("lost", ())
    )
    refused = tuple(RefusedRequest(one, Fault(why)) for one, why in fields.pop("in_vain", ()))
    return Answer(
        **fields,
        fault=Fault(fault) if fault else None,
        usage=Usage(*usage) if usage else None,
        lost=lost,
        refused=refused,
    )


def sent_line(key: str, attempt: LostRequest) -> bytes:
    """One line, ended: a request for a question is on its way from now on."""
    record = {"sent": key, "id": attempt.id, "most": (attempt.input_tokens, attempt.output_tokens)}
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def refused_line(key: str) -> bytes:
    """One line, ended: the last request for a question was refused, and costs nothing."""
    return json.dumps({"refused": key}, separators=(",", ":")).encode() + b"\n"


def attempt_in(record: Mapping[str, Any]) -> LostRequest:
    """What is lost of a request that was sent and of which no more was written. Raises as `answer_in` does."""
    tokens_in, tokens_out = record["most"]
    return LostRequest(record["id"], Fault.CONNECTION, tokens_in, tokens_out)


class QuestionWriter:
    """Writes questions as lines. What many questions share (instructions, schema) is sent once, as a form."""

    def __init__(self) -> None:
        # Keyed by the schema's identity, which stays its own for as long as it is kept here.
        self._forms: OrderedDict[tuple[str, int, str], tuple[int, Mapping[str, Any]]] = OrderedDict()
        self._last = 0

    def lines(self, question: Question) -> bytes:
        """The question's line, after that of its form where the reader does not have it."""
        form_key = (question.system, id(question.schema), question.schema_name)
        head = b""
        if form_key in self._forms:
            self._forms.move_to_end(form_key)
        else:
            head = self._new_form(form_key, question)
        record = {
            "key": question.key,
            "form": self._forms[form_key][0],
            "turns": [(turn.role, turn.content) for turn in question.turns],
            "sampling": (question.max_output_tokens, question.temperature, question.seed),
        }
        if sending := question.sending:
            record["sending"] = (sending.retries, sending.wait_seconds)
        return head + json.dumps(record, separators=(",", ":")).encode() + b"\n"

    def _new_form(self, form_key: tuple[str, int, str], question: Question) -> bytes:
        self._last += 1
        self._forms[form_key] = (self._last, question.schema)
        record = {"new_form": self._last, "system": question.system, "schema": question.schema}
        record["schema_name"] = question.schema_name
        if len(self._forms) > MOST_FORMS:
            record["drop_form"] = self._forms.popitem(last=False)[1][0]
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


class QuestionReader:
    """The other end of a QuestionWriter."""

    def __init__(self) -> None:
        self._forms: dict[int, Mapping[str, Any]] = {}

    def question(self, record: Mapping[str, Any]) -> Question | None:
        """The question of a line's record; None for a form, which is kept."""
        if number := record.get("new_form"):
            self._forms[number] = record
            self._forms.pop(record.get("drop_form", 0), None)
            return None
        form = self._forms[record["form"]]
        most, temperature, seed = record["sampling"]
        return Question(
            key=record["key"],
            system=form["system"],
            turns=tuple(Turn(role, content) for role, content in record["turns"]),
            schema=form["schema"],
            schema_name=form["schema_name"],
            max_output_tokens=most,
            temperature=temperature,
            seed=seed,
            sending=Sending(*record["sending"]) if "sending" in record else None,
        )
