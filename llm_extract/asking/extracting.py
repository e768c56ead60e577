"""The first stage with a language model: masked sentences out, findings with exact evidence back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from core.hidden import neutral
from llm_extract.asking.checking import ReadAnswer, read_answer
from llm_extract.asking.conversing import Conversations
from llm_extract.asking.options import AskingOptions, digest_of
from llm_extract.asking.prompts import Prompt, PromptError, Stage, nonce_for, render, sentence_lines
from llm_extract.asking.protocol import HOPELESS, TRANSIENT, UNSENT, Answer, Fault, Model, Question, Turn
from llm_extract.asking.sentences import NumberedSentence, masked_sentences, numbered_sentences
from llm_extract.asking.wire import WireFindings, schema_digest, wire_schema
from llm_extract.asking.writing import findings_from
from llm_extract.findings import ReportFinding
from llm_extract.guards.grounding import QuotableText
from llm_extract.rules.vocabulary import Vocabulary
from llm_extract.stages import Extracted, ReportText, Scope

SCHEMA = wire_schema(WireFindings)
_SCHEMA_SHA = schema_digest(SCHEMA)
_WORTH_REPAIR = frozenset({Fault.INVALID_JSON, Fault.SCHEMA_VIOLATION, Fault.UNGROUNDED})
# Not the answer's fault: asking again may bring one.
_OF_THE_WAY = TRANSIENT | HOPELESS | UNSENT
_LONGEST_QUOTED_BACK = 20_000
# Raised when what an answer is turned into changes without a change of prompt, schema or options.
_CODE_VERSION = "4"


@dataclass(frozen=True)
class ModelExtractor:
    """Reads reports with a language model; see Extractor.

    `prompts` are asked in turn: reading n uses prompt n modulo their number, and there are at least as many readings as prompts.
    Raises PromptError for a prompt that cannot be used.
    """

    model: Model
    prompts: tuple[Prompt, ...]
    scope: Scope
    vocabulary: Vocabulary
    options: AskingOptions = field(default_factory=AskingOptions)

    def __post_init__(self) -> None:
        if not self.prompts:
            raise PromptError("No prompt is given; give at least one of stage 'extract'.")
        for prompt in self.prompts:
            if prompt.stage is not Stage.EXTRACT:
                raise PromptError(
                    f"The prompt {prompt.name!r} is of stage {prompt.stage.value!r}; give one of 'extract'."
                )
            prompt.check()

    @property
    def name(self) -> str:
        """How a run names it: the model's own name."""
        return self.model.name

    @cached_property
    def version(self) -> str:
        """Changes with model, prompts, schema, options, taxonomy and vocabulary."""
        prompts = [prompt.sha256 for prompt in self.prompts]
        asked = [self.model.name, prompts, _SCHEMA_SHA, self.options.digest, self._words]
        return f"{_CODE_VERSION}-{digest_of(asked)[:16]}"

    @cached_property
    def words(self) -> Vocabulary:
        """The vocabulary with the labels' own words."""
        return self.vocabulary.with_labels(self.scope.labels)

    @cached_property
    def _words(self) -> str:
        return digest_of([repr(self.scope), self.vocabulary.phrases])

    @property
    def readings(self) -> int:
        """How many readings each report gets."""
        return max(self.options.samples, len(self.prompts))

    def extract(self, reports: Iterable[ReportText]) -> Iterator[Extracted]:
        """See Extractor. A finding whose quote the report does not hold, also after one repair, is left out and counted in
        `lost`; the report's other findings stay. A reading that loses all it had is a fault, UNGROUNDED.
        """
        inquiries = (_ReportInquiry(self, report) for report in reports)
        return (inquiry.result() for inquiry in Conversations(self.model, inquiries).finished())


@dataclass(slots=True)
class _Reading:
    """One sample of one report: what was asked, what came of it."""

    sample: int
    prompt: Prompt
    first: Question
    question: Question
    attempt: int = 0
    is_repair: bool = False
    found: tuple[ReportFinding, ...] | None = None
    lost: int = 0
    fault: Fault | None = None
    detail: str = ""


class _ReportInquiry:
    """What is asked about one report; see Inquiry."""

    def __init__(self, extractor: ModelExtractor, report: ReportText) -> None:
        self._extractor = extractor
        self._report = report
        self._sentences: tuple[NumberedSentence, ...] = ()
        self._readings: dict[str, _Reading] = {}
        self._order: list[_Reading] = []
        self._answers: list[str] = []
        self._fault: Fault | None = None
        self._detail = ""

    # -- asking -------------------------------------------------------------------------------------------------

    def questions(self) -> Sequence[Question]:
        """The first question of each reading; none for a report that is empty, too long, or cannot be masked."""
        options, text = self._extractor.options, self._report.text
        if len(text) > options.max_report_characters:
            self._fault = Fault.TOO_LONG
            self._detail = (
                f"The report has {len(text)} characters; this run reads up to {options.max_report_characters}."
            )
            return ()
        is_open = options.may_see_unmasked
        sentences = numbered_sentences(text, is_masked=False) if is_open else masked_sentences(self._report)
        if sentences is None:
            self._fault = Fault.BLOCKED
            self._detail = "The report still shows patient data after masking; it was not sent."
            return ()
        self._sentences = sentences
        if sentences:
            shown = sentence_lines(sentences)
            for place in range(self._extractor.readings):
                reading = self._first_question(place, shown)
                self._readings[reading.question.key] = reading
                self._order.append(reading)
        return [reading.question for reading in self._order]

    def _first_question(self, place: int, shown: str) -> _Reading:
        prompts, scope = self._extractor.prompts, self._extractor.scope
        prompt, sample = prompts[place % len(prompts)], place // len(prompts)
        content = {
            "body_part": scope.body_part or "any body part",
            "labels": ", ".join(neutral(label.name) for label in scope.labels if not label.exclusive) or "none",
            "nonce": nonce_for(prompt.sha256, shown),
            "sentences": shown,
        }
        filled = render(prompt, content)
        first = self._question(sample, prompt, filled.system, (Turn("user", filled.user),), 0)
        return _Reading(sample, prompt, first, first)

    def _question(self, sample: int, prompt: Prompt, system: str, turns: tuple[Turn, ...], attempt: int) -> Question:
        options = self._extractor.options
        temperature, seed = options.temperature_of(sample), options.seed_of(sample)
        said = [system, *(part for turn in turns for part in (turn.role, turn.content))]
        asked = [Stage.EXTRACT.value, self._extractor.model.name, prompt.sha256, _SCHEMA_SHA, said]
        key = digest_of([*asked, temperature, seed, options.max_output_tokens, sample, attempt])
        return Question(key, system, turns, SCHEMA, "findings", options.max_output_tokens, temperature, seed)

    # -- answers ------------------------------------------------------------------------------------------------

    def take(self, answer: Answer) -> Question | None:
        """Takes an answer; the one repair of a reading follows from one that cannot be used as it is."""
        reading = self._readings.pop(answer.key)
        self._answers.append(answer.key)
        text, options = answer.text, self._extractor.options
        fault, problems = self._read(reading, answer)
        if fault in _WORTH_REPAIR and answer.fault is None and not reading.is_repair and options.repairs:
            return self._repair(reading, text, problems)
        is_useless = reading.fault is not None and reading.fault not in _OF_THE_WAY
        if is_useless and reading.attempt < options.attempt:
            return self._anew(reading)
        return None

    def _anew(self, reading: _Reading) -> Question:
        """Return the reading's first question as a new one, so that an answer of no use that is remembered does not stand."""
        first = reading.first
        reading.attempt += 1
        reading.is_repair, reading.fault, reading.detail = False, None, ""
        reading.question = self._question(
            reading.sample, reading.prompt, first.system, first.turns, 2 * reading.attempt
        )
        self._readings[reading.question.key] = reading
        return reading.question

    def _read(self, reading: _Reading, answer: Answer) -> tuple[Fault | None, tuple[str, ...]]:
        """Take what an answer holds into the reading; return what is wrong with it, and where."""
        if answer.fault is not None:
            self._set_fault(reading, answer.fault, "")
            return answer.fault, ()
        read: ReadAnswer[WireFindings] = read_answer(answer.text, WireFindings)
        if read.value is None:
            fault = read.fault or Fault.INVALID_JSON
            self._set_fault(reading, fault, ", ".join(read.paths))
            return fault, read.paths
        quotable = QuotableText.of(self._report.text, self._sentences)
        found, ungrounded = findings_from(read.value, quotable, self._sentences, self._extractor.words)
        if reading.found is None or len(found) >= len(reading.found):
            reading.found, reading.lost, reading.fault, reading.detail = found, len(ungrounded), None, ""
        if ungrounded and not found and not reading.found:
            self._set_fault(reading, Fault.UNGROUNDED, "No finding's quote is in the report.")
        problems = tuple(f"findings.{place}.quote: these words are not in the report" for place in ungrounded)
        return (Fault.UNGROUNDED if ungrounded else None), problems

    @staticmethod
    def _set_fault(reading: _Reading, fault: Fault, detail: str) -> None:
        """Note a fault; a repair that failed for good leaves what the first answer had."""
        if reading.found and fault not in _OF_THE_WAY:
            return
        reading.fault, reading.detail = fault, detail

    def _repair(self, reading: _Reading, text: str, problems: tuple[str, ...]) -> Question:
        """Return the question that asks once more, naming places in the answer, never values."""
        asked = reading.question
        wrong = "\n".join(problems) or "It is not one valid JSON object."
        turns = (
            *asked.turns,
            Turn("assistant", neutral(text[:_LONGEST_QUOTED_BACK]) or "{}"),
            Turn(
                "user",
                f"That answer cannot be used. What is wrong, by place:\n{wrong}\nAnswer again, the whole JSON object, put right: "
                "copy each quote letter by letter from the numbered sentences, and leave out what you cannot quote.",
            ),
        )
        number = 2 * reading.attempt + 1
        reading.question = self._question(reading.sample, reading.prompt, asked.system, turns, number)
        reading.is_repair = True
        self._readings[reading.question.key] = reading
        return reading.question

    @property
    def is_done(self) -> bool:
        """Whether every reading has its answer."""
        return not self._readings

    def abandon(self, fault: Fault) -> None:
        """What is still open has the fault that ended the asking."""
        for reading in self._readings.values():
            reading.fault, reading.detail = fault, "The model took no more questions."
        self._readings.clear()

    # -- the result ---------------------------------------------------------------------------------------------

    def result(self) -> Extracted:
        """Return what came of the report.

        A fault of the first reading is the report's, and so is one of the way in any reading (asking again costs only that one);
        another reading that cannot be used is left out.
        """
        report, answers = self._report, tuple(self._answers)
        if self._fault is not None:
            return Extracted(report, (), self._fault, self._detail)
        if not self._order:
            return Extracted(report, ((),))
        for place, reading in enumerate(self._order):
            if reading.fault is not None and (place == 0 or reading.fault in _OF_THE_WAY):
                return Extracted(report, (), reading.fault, reading.detail, answers)
        usable = [reading for reading in self._order if reading.fault is None]
        return Extracted(
            report,
            tuple(reading.found or () for reading in usable),
            detail=self._detail_of(usable),
            answers=answers,
            lost=usable[0].lost,
        )

    def _detail_of(self, usable: Sequence[_Reading]) -> str:
        """Return what was left out, in words."""
        parts = []
        if usable[0].lost:
            count = usable[0].lost + len(usable[0].found or ())
            parts.append(f"{usable[0].lost} of {count} findings quote what the report does not say and were left out.")
        if len(usable) < len(self._order):
            parts.append(f"{len(self._order) - len(usable)} of {len(self._order)} readings could not be used.")
        return " ".join(parts)
