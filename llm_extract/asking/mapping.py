"""The second stage with a language model: the findings that no synonym maps, given only the taxonomy as data."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.hidden import neutral
from llm_extract.asking.checking import read_answer
from llm_extract.asking.conversing import Conversations
from llm_extract.asking.merging import Asked, asked_positions, merged
from llm_extract.asking.options import AskingOptions, digest_of
from llm_extract.asking.prompts import (
    Prompt,
    PromptError,
    Rendered,
    Stage,
    finding_lines,
    nonce_for,
    render,
    taxonomy_lines,
)
from llm_extract.asking.protocol import HOPELESS, TRANSIENT, UNSENT, Answer, Fault, Model, Question, Turn
from llm_extract.asking.wire import (
    MOST_FINDINGS,
    WireSuggestion,
    WireSuggestions,
    schema_digest,
    suggestions_for,
    wire_schema,
)
from llm_extract.findings import Flag, LabelSuggestion, ReportFinding
from llm_extract.rules.mapping import map_findings
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.stages import Extracted, Mapped, Scope

_WORTH_REPAIR = frozenset({Fault.INVALID_JSON, Fault.SCHEMA_VIOLATION})
_OF_THE_WAY = TRANSIENT | HOPELESS | UNSENT
_LONGEST_REASON = 300
_LONGEST_QUOTED_BACK = 20_000
_CODE_VERSION = "2"


@dataclass(frozen=True)
class ModelMapper:
    """Maps findings to labels: by synonyms first, and with a language model what they leave; see Mapper.

    `asked` says which findings the model is asked about; with `Asked.ALL` it maps everything, as the paper did. Where the first
    stage gave several readings, each is mapped once; where it gave one, it is mapped `options.samples` times.
    """

    model: Model
    prompt: Prompt
    scope: Scope
    vocabulary: Vocabulary
    options: AskingOptions = field(default_factory=AskingOptions)
    asked: Asked = Asked.UNMAPPED

    def __post_init__(self) -> None:
        if self.prompt.stage is not Stage.MAP:
            raise PromptError(
                f"The prompt {self.prompt.name!r} is of stage {self.prompt.stage.value!r}; give one of 'map'."
            )
        self.prompt.check()
        suggestions_for(self.keys)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The labels' keys."""
        return tuple(label.key for label in self.scope.labels)

    @cached_property
    def words(self) -> Vocabulary:
        """The vocabulary with the labels' own words."""
        return self.vocabulary.with_labels(self.scope.labels)

    @cached_property
    def schema(self) -> dict[str, object]:
        """The JSON schema of an answer: a label can only be one of the taxonomy's keys."""
        return wire_schema(suggestions_for(self.keys))

    @cached_property
    def schema_sha256(self) -> str:
        """Of the schema."""
        return schema_digest(self.schema)

    @property
    def name(self) -> str:
        """How a run names it: the model's own name."""
        return self.model.name

    @cached_property
    def version(self) -> str:
        """Changes with model, prompt, schema, options, taxonomy and vocabulary."""
        asked = [self.model.name, self.prompt.sha256, self.schema_sha256, self.options.digest, self.asked.value]
        return f"{_CODE_VERSION}-{digest_of([*asked, repr(self.scope), self.vocabulary.phrases])[:16]}"

    def map(self, reports: Iterable[Extracted]) -> Iterator[Mapped]:
        """See Mapper."""
        inquiries = (_MappingInquiry(self, one) for one in reports)
        return (inquiry.result() for inquiry in Conversations(self.model, inquiries).finished())

    def rendered(self, shown: Sequence[ReportFinding]) -> Rendered | None:
        """The prompt filled in for some findings, masked unless the model may see more; None where that does not hold."""
        from cases.gate.report.masking import has_patient_data, mask  # see numbered_sentences

        is_masked = not self.options.may_see_unmasked
        lines = finding_lines(shown, is_masked=is_masked)
        if is_masked and has_patient_data(lines := mask(lines).text):  # side by side, words may read as a name
            return None
        return render(
            self.prompt,
            {
                "body_part": self.scope.body_part or "any body part",
                "taxonomy": taxonomy_lines(self.scope.labels),
                "nonce": nonce_for(self.prompt.sha256, lines),
                "findings": lines,
            },
        )


@dataclass(slots=True)
class _Reading:
    """One mapping of one reading of a report."""

    findings: tuple[ReportFinding, ...]
    sample: int
    asked: tuple[int, ...]
    by_synonym: tuple[LabelSuggestion, ...]
    first: Question | None = None
    question: Question | None = None
    attempt: int = 0
    is_repair: bool = False
    by_model: tuple[LabelSuggestion, ...] = ()
    fault: Fault | None = None
    detail: str = ""


class _MappingInquiry:
    """What is asked about one report's findings; see Inquiry."""

    def __init__(self, mapper: ModelMapper, extracted: Extracted) -> None:
        self._mapper = mapper
        self._extracted = extracted
        self._order: list[_Reading] = []
        self._open: dict[str, list[_Reading]] = {}
        self._answers: list[str] = []

    def questions(self) -> Sequence[Question]:
        """One question for each reading that has findings no synonym maps; none after a fault of the first stage."""
        extracted, samples = self._extracted, self._mapper.options.samples
        if extracted.fault is not None:
            return ()
        if len(extracted.readings) > 1:
            pairs = [(findings, 0) for findings in extracted.readings]
        else:
            pairs = [(extracted.findings, sample) for sample in range(samples)]
        for findings, sample in pairs:
            reading = self._reading(findings, sample)
            self._order.append(reading)
            if reading.question is not None:
                self._open.setdefault(reading.question.key, []).append(reading)
        return [readings[0].question for readings in self._open.values() if readings[0].question is not None]

    def _reading(self, findings: tuple[ReportFinding, ...], sample: int) -> _Reading:
        mapper = self._mapper
        labels = mapper.scope.labels
        asked = asked_positions(findings, labels, mapper.words, mapper.asked)
        by_synonym = () if mapper.asked is Asked.ALL else map_findings(findings, labels, mapper.words)
        reading = _Reading(findings, sample, asked, by_synonym)
        if len(asked) > MOST_FINDINGS:
            reading.fault = Fault.TOO_LONG
            reading.detail = f"The report has {len(asked)} findings to map; a model is shown up to {MOST_FINDINGS}."
        elif asked:
            filled = mapper.rendered([findings[place] for place in asked])
            if filled is None:
                reading.fault = Fault.BLOCKED
                reading.detail = "The findings still show patient data after masking; they were not sent."
                return reading
            reading.first = self._question(sample, filled.system, (Turn("user", filled.user),), 0)
            reading.question = reading.first
        return reading

    def _question(self, sample: int, system: str, turns: tuple[Turn, ...], attempt: int) -> Question:
        mapper, options = self._mapper, self._mapper.options
        temperature, seed = options.temperature_of(sample), options.seed_of(sample)
        said = [system, *(part for turn in turns for part in (turn.role, turn.content))]
        asked = [Stage.MAP.value, mapper.model.name, mapper.prompt.sha256, mapper.schema_sha256, said]
        key = digest_of([*asked, temperature, seed, options.max_output_tokens, sample, attempt])
        return Question(key, system, turns, mapper.schema, "suggestions", options.max_output_tokens, temperature, seed)

    def take(self, answer: Answer) -> Question | None:
        """Takes an answer; one that breaks its schema is asked for once more. Readings with the same findings share it."""
        readings = self._open.pop(answer.key)
        self._answers.append(answer.key)
        questions = [self._following(reading, answer) for reading in readings]
        return next((question for question in questions if question is not None), None)

    def _following(self, reading: _Reading, answer: Answer) -> Question | None:
        """Take an answer into a reading and return what is asked next, if anything."""
        options = self._mapper.options
        paths = self._read(reading, answer)
        if reading.fault in _WORTH_REPAIR and answer.fault is None and not reading.is_repair and options.repairs:
            return self._repair(reading, answer.text, paths)
        is_useless = reading.fault is not None and reading.fault not in _OF_THE_WAY
        if is_useless and reading.attempt < options.attempt and reading.first is not None:
            reading.attempt += 1
            reading.is_repair = False
            return self._opened(reading, reading.first.system, reading.first.turns, 2 * reading.attempt)
        return None

    def _opened(self, reading: _Reading, system: str, turns: tuple[Turn, ...], number: int) -> Question:
        """Return a reading's next question, noted as open."""
        reading.question = self._question(reading.sample, system, turns, number)
        self._open.setdefault(reading.question.key, []).append(reading)
        return reading.question

    def _read(self, reading: _Reading, answer: Answer) -> tuple[str, ...]:
        """Take what an answer holds into a reading; return where it breaks its schema."""
        reading.fault, reading.detail = answer.fault, ""
        if answer.fault is not None:
            return ()
        read = read_answer(answer.text, suggestions_for(self._mapper.keys))
        if read.value is not None:
            reading.by_model = self._suggestions(read.value, reading)
        reading.fault, reading.detail = read.fault, ", ".join(read.paths)
        return read.paths

    def _repair(self, reading: _Reading, text: str, paths: tuple[str, ...]) -> Question | None:
        """Return the question that asks once more, naming places in the answer, never values."""
        asked = reading.question
        if asked is None:  # pragma: no cover - an answer has a question
            return None
        wrong = "\n".join(paths) or "It is not one valid JSON object."
        turns = (
            *asked.turns,
            Turn("assistant", neutral(text[:_LONGEST_QUOTED_BACK]) or "{}"),
            Turn(
                "user",
                f"That answer cannot be used. What is wrong, by place:\n{wrong}\nAnswer again, the whole JSON object.",
            ),
        )
        reading.is_repair = True
        return self._opened(reading, asked.system, turns, 2 * reading.attempt + 1)

    def _suggestions(self, answer: WireSuggestions, reading: _Reading) -> tuple[LabelSuggestion, ...]:
        return tuple(self._suggestion(one, reading) for one in answer.suggestions)

    @staticmethod
    def _suggestion(one: WireSuggestion, reading: _Reading) -> LabelSuggestion:
        """Return a suggestion with its findings by their places in the reading; one that rests on none is flagged."""
        places = tuple(
            dict.fromkeys(reading.asked[number - 1] for number in one.findings if 1 <= number <= len(reading.asked))
        )
        return LabelSuggestion(
            label=str(one.label),
            status=one.status,
            confidence=round(one.confidence, 3),
            findings=places,
            reason=neutral(one.reason)[:_LONGEST_REASON],
            evidence=reading.findings[places[0]].evidence if places else "",
            flags=() if places else (Flag.UNSUPPORTED,),
        )

    @property
    def is_done(self) -> bool:
        """Whether every question is answered."""
        return not self._open

    def abandon(self, fault: Fault) -> None:
        """What is still open has the fault that ended the asking."""
        for reading in (one for readings in self._open.values() for one in readings):
            reading.fault, reading.detail = fault, "The model took no more questions."
        self._open.clear()

    def result(self) -> Mapped:
        """Return what came of the report; a fault of the first reading is the report's, as is one of the way in any."""
        extracted = self._extracted
        answers = (*extracted.answers, *self._answers)
        if extracted.fault is not None:
            return Mapped(extracted, (), extracted.fault, extracted.detail, answers)
        for place, reading in enumerate(self._order):
            if reading.fault is not None and (place == 0 or reading.fault in _OF_THE_WAY):
                return Mapped(extracted, (), reading.fault, reading.detail, answers)
        usable = [(place, one) for place, one in enumerate(self._order) if one.fault is None]
        readings = tuple(
            merged((*one.by_synonym, *one.by_model), self._mapper.scope.labels, one.findings) for _, one in usable
        )
        return Mapped(self._kept(extracted, [place for place, _ in usable]), readings, None, extracted.detail, answers)

    @staticmethod
    def _kept(extracted: Extracted, places: Sequence[int]) -> Extracted:
        """Return the first stage's result without the readings that could not be mapped, so that places still match."""
        if len(extracted.readings) <= 1 or len(places) == len(extracted.readings):
            return extracted
        return replace(extracted, readings=tuple(extracted.readings[place] for place in places))
