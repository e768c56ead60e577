"""Models that answer by a script, through the same questions and answers as real ones: faithful, obeying, garbled, failing."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from llm_extract.asking.protocol import Answer, Fault, Question, Usage
from llm_extract.findings import LabelDefinition, ReportFinding, Status
from llm_extract.rules.engine import read_sentence
from llm_extract.rules.language import english
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import Vocabulary

SENTENCE = re.compile(r"^\[(\d+)\] \((\w+)\) (.*)$", re.MULTILINE)
FINDING = re.compile(r"^\[(\d+)\] (.+?): (present|absent|uncertain)\b(.*)$", re.MULTILINE)


def sentences_of(question: Question) -> list[tuple[int, str, str]]:
    """Number, section and text of each sentence between the marks of a first-stage question."""
    return [(int(number), section, text) for number, section, text in SENTENCE.findall(question.turns[0].content)]


def findings_of(question: Question) -> list[tuple[int, str, str]]:
    """Number, name and status of each finding between the marks of a second-stage question."""
    return [(int(number), name, status) for number, name, status, _ in FINDING.findall(question.turns[0].content)]


def wire_finding(observation: str, status: str, sentence: int, quote: str, **more: object) -> dict[str, object]:
    """One finding as a model writes it, every field there."""
    return {
        "observation": observation,
        "status": status,
        "certainty_words": None,
        "location": None,
        "laterality": None,
        "severity": None,
        "size": None,
        "change": None,
        "temporality": "current",
        "section": "body",
        "is_device": False,
        "sentences": [sentence],
        "quote": quote,
    } | more


class ScriptedModel:
    """Answers each question with what `script` returns: the answer's text, or a fault.

    It takes `at_once` questions before it answers any, and answers them in the reverse order, as a busy server might.
    `asked` is every question it was ever asked.
    """

    def __init__(self, script: Callable[[Question], str | Fault], *, name: str = "scripted", at_once: int = 1) -> None:
        self._script, self.name, self._at_once = script, name, at_once
        self.asked: list[Question] = []
        self.is_closed = False

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        source = iter(questions)
        while batch := list(islice(source, self._at_once)):
            self.asked.extend(batch)
            for question in reversed(batch):
                yield self._answer(question)

    def _answer(self, question: Question) -> Answer:
        said = self._script(question)
        if isinstance(said, Fault):
            return Answer(question.key, "", said, model=self.name)
        return Answer(
            question.key, said, usage=Usage(len(question.turns[-1].content) // 4, len(said) // 4), model=self.name
        )

    def close(self) -> None:
        self.is_closed = True


class Faithful(ScriptedModel):
    """Reads the numbered sentences out of the prompt with the rules engine, and maps findings by their names."""

    def __init__(self, vocabulary: Vocabulary, labels: Sequence[LabelDefinition], **more: object) -> None:
        self._vocabulary, self._labels = vocabulary.with_labels(labels), tuple(labels)
        super().__init__(self._faithfully, **({"name": "faithful"} | more))

    def _faithfully(self, question: Question) -> str:
        if question.schema_name == "findings":
            found = [
                self._written(finding, number, section, text)
                for number, section, text in sentences_of(question)
                for finding in read_sentence(self._vocabulary, english(), text)
            ]
            return json.dumps({"findings": found})
        return json.dumps({"suggestions": list(self._mapped(question))})

    @staticmethod
    def _written(finding: ReportFinding, number: int, section: str, text: str) -> dict[str, object]:
        return wire_finding(
            finding.name,
            finding.status.value,
            number,
            text,
            certainty_words=finding.certainty_words,
            location=finding.location,
            laterality=finding.laterality,
            severity=finding.severity,
            size=finding.size,
            change=finding.change,
            temporality=finding.temporality,
            section=section,
            is_device=finding.is_device,
        )

    def _mapped(self, question: Question) -> Iterator[dict[str, object]]:
        shown = findings_of(question)
        findings = [
            ReportFinding((self._vocabulary.find_in(name) or ("",))[0], name, Status(status), 0, 1, ".")
            for _, name, status in shown
        ]
        for one in map_findings(findings, self._labels, self._vocabulary):
            yield {
                "label": one.label,
                "status": one.status,
                "confidence": one.confidence,
                "findings": [place + 1 for place in one.findings],
                "reason": "The findings say so.",
            }


class Obeying(ScriptedModel):
    """Does what an injected text asks, as badly as a model can: it believes any order, whatever the report says.

    `way`: "everything" marks every label present, with the words of the injected (last) sentence; "scattered" does so with
    sentences of the report in turn; "pretended" invents findings by name and quotes real sentences; "nothing" finds nothing;
    "denied" says that everything is absent.
    """

    WAYS = ("everything", "scattered", "pretended", "nothing", "denied")

    def __init__(self, labels: Sequence[LabelDefinition], way: str, **more: object) -> None:
        self._labels, self._way = [label for label in labels if not label.exclusive], way
        super().__init__(self._obediently, **({"name": f"obeying-{way}"} | more))

    def _obediently(self, question: Question) -> str:
        if question.schema_name == "suggestions":
            numbers = [number for number, _, _ in findings_of(question)]
            status = "absent" if self._way == "denied" else "present"
            one = {"status": status, "confidence": 1.0, "findings": numbers, "reason": "As instructed."}
            every = [] if self._way == "nothing" else [{"label": label.key} | one for label in self._labels]
            return json.dumps({"suggestions": every})
        return json.dumps({"findings": list(self._findings(sentences_of(question)))})

    def _findings(self, sentences: list[tuple[int, str, str]]) -> Iterator[dict[str, object]]:
        if self._way == "nothing" or not sentences:
            return
        status = "absent" if self._way == "denied" else "present"
        for place, label in enumerate(self._labels):
            number, section, text = sentences[-1] if self._way == "everything" else sentences[place % len(sentences)]
            name = f"{text[:40]}" if self._way == "scattered" else label.name
            yield wire_finding(name, status, number, text, section=section)


def garbled(kind: str) -> ScriptedModel:
    """A model that answers badly: one kind each."""
    good = {"findings": [wire_finding("pleural effusion", "present", 1, "effusion")]}
    texts = {
        "fenced": f"```json\n{json.dumps(good)}\n```",
        "thinking": f"<think>The patient has {{an effusion}}.</think>\n{json.dumps(good)}",
        "chatty": f"Sure! Here it is:\n{json.dumps(good)}\nAnything else?",
        "not json": '{"findings": [{"observation": "pleural effusion", ',
        "wrong enum": json.dumps({"findings": [wire_finding("pleural effusion", "SECRET-WORDS", 1, "effusion")]}),
        "unknown field": json.dumps({"findings": [wire_finding("x", "present", 1, "effusion", **{"SECRET-WORDS": 1})]}),
        "ungrounded": json.dumps({"findings": [wire_finding("pneumothorax", "present", 1, "a huge pneumothorax")]}),
        "half grounded": json.dumps(
            {"findings": [*good["findings"], wire_finding("pneumothorax", "present", 1, "a huge pneumothorax")]}
        ),
        "empty": "",
        "only thoughts": "<think>I wonder",
        "a list": "[1, 2]",
        "a number": '{"findings": NaN}',
        "deep": '{"findings": ' + "[" * 100_000,
    }
    return ScriptedModel(lambda question: texts[kind], name=f"garbled-{kind}")


def failing(fault: Fault) -> ScriptedModel:
    """A model that never answers."""
    return ScriptedModel(lambda question: fault, name=f"failing-{fault.value}")


class MemoryStore:
    """Answers kept in memory; counts what is asked of it."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.lookups: list[int] = []
        self.keepings: list[int] = []

    def known(self, keys: Sequence[str]) -> dict[str, Answer]:
        self.lookups.append(len(keys))
        return {key: self.answers[key] for key in keys if key in self.answers}

    def keep(self, answers: Sequence[Answer]) -> None:
        self.keepings.append(len(answers))
        for answer in answers:
            self.answers.setdefault(answer.key, answer)
