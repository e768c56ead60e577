"""Asks a language model that runs in this process, on a GPU or the CPU, in batches: nothing leaves the machine.

Every answer fits its question's schema by construction, unless it is cut at its limit. A question's answer depends on its
own seed and temperature, not on what is asked beside it, but for the rounding of the network's sums in a larger batch.
"""

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from llm_extract.adapters.local_prompt import Prompts, UnsafePromptError
from llm_extract.adapters.local_weights import Loaded, LocalModelError, LocalSettings, load
from llm_extract.adapters.local_writing import Grammars, Row, Sampling, Vocabulary, Writer, text_mask
from llm_extract.asking.protocol import Answer, Fault, Question, Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question and its prompt's token ids."""

    question: Question
    ids: tuple[int, ...]


class LocalModel:
    """A `Model` in process. Loads at once; raises LocalModelError with a sentence where the model cannot be used.

    A model loaded before may be handed in, so that a decider and a model share one.
    """

    def __init__(self, settings: LocalSettings, loaded: Loaded | None = None) -> None:
        self._settings = settings
        self._loaded: Loaded | None = loaded or load(settings)
        self._batch_size = settings.batch_size
        self._prompts = Prompts(
            self._loaded, thinks=settings.reasoning_tokens > 0, think_mark=settings.reasoning_marks[0]
        )
        self._vocabulary = _vocabulary(self._loaded, self._prompts, settings.reasoning_marks[1])
        try:
            self._grammars = Grammars(self._loaded.tokenizer, self._vocabulary.size, self._loaded.end_ids)
        except ValueError as problem:
            raise LocalModelError(
                f"The tokenizer of {self._loaded.name!r} is not a fast one, so its answers cannot be held to a schema; "
                "save it with a tokenizer.json, or choose another model."
            ) from problem

    @property
    def name(self) -> str:
        """The name given in the settings, else that of the model's folder or file."""
        return self._settings.name or self._settings.path.name

    def ask(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """One answer per question, a batch at a time: questions are taken only when the batch before is answered."""
        waiting = iter(questions)
        while batch := list(islice(waiting, self._batch_size)):
            yield from self._answers(batch)

    def close(self) -> None:
        """Lets the model go; it cannot be asked again."""
        self._loaded = None
        _free_memory()

    def _answers(self, batch: Sequence[Question]) -> Iterator[Answer]:
        asked: list[_Asked] = []
        for question in batch:
            ready = self._ready(question)
            if isinstance(ready, Fault):
                yield Answer(question.key, "", fault=ready, model=self.name)
            else:
                asked.append(ready)
        if asked:
            yield from self._written(asked, may_halve=True)

    def _ready(self, question: Question) -> _Asked | Fault:
        loaded = self._open()
        try:
            ids = tuple(self._prompts.ids(question.system, question.turns))
        except UnsafePromptError:
            return Fault.BAD_REQUEST
        if self._grammars.matcher(question.schema) is None:
            return Fault.BAD_REQUEST
        needed = len(ids) + self._row(question).limit
        return Fault.TOO_LONG if loaded.context and needed > loaded.context else _Asked(question, ids)

    def _open(self) -> Loaded:
        if self._loaded is None:
            raise LocalModelError(f"The model {self.name!r} was closed; load it again before asking.")
        return self._loaded

    def _row(self, question: Question) -> Row:
        own = Sampling(*self._open().own_sampling)
        return Row(
            self._vocabulary,
            self._grammars.matcher(question.schema),
            think=min(self._settings.reasoning_tokens, question.max_output_tokens // 2),
            total=question.max_output_tokens,
            sampling=own if question.temperature is None else Sampling(question.temperature),
            seed=question.seed,
        )

    def _written(self, asked: Sequence[_Asked], *, may_halve: bool) -> Iterator[Answer]:
        """The answers of a batch; where memory runs out, those of its two halves, and smaller batches from then on."""
        began = time.monotonic()
        try:
            rows = self._generate(asked)
        except (RuntimeError, ValueError, IndexError, MemoryError) as problem:
            is_memory, kind = _is_out_of_memory(problem), type(problem).__name__
        else:
            seconds = time.monotonic() - began
            yield from (self._answer(one, row, seconds) for one, row in zip(asked, rows, strict=True))
            return
        # The kind alone: what an error says may hold what was asked.
        logger.warning("The local model %s failed on a batch of %d: %s", self.name, len(asked), kind)
        _free_memory()
        if is_memory and may_halve and len(asked) > 1:
            self._batch_size = (len(asked) + 1) // 2
            for start in range(0, len(asked), self._batch_size):
                yield from self._written(asked[start : start + self._batch_size], may_halve=False)
            return
        seconds = time.monotonic() - began
        for one in asked:
            yield Answer(one.question.key, "", fault=Fault.SERVER_ERROR, model=self.name, seconds=seconds)

    def _generate(self, asked: Sequence[_Asked]) -> list[Row]:
        """Writes all rows together; prompts are padded on the left, so that every row goes on from its own end."""
        import torch
        from transformers import LogitsProcessorList

        loaded = self._open()
        rows = [self._row(one.question) for one in asked]
        longest = max(len(one.ids) for one in asked)
        pad = loaded.end_ids[0]
        ids = [[pad] * (longest - len(one.ids)) + list(one.ids) for one in asked]
        seen = [[0] * (longest - len(one.ids)) + [1] * len(one.ids) for one in asked]
        with torch.inference_mode():
            loaded.network.generate(
                input_ids=torch.tensor(ids, device=loaded.device),
                attention_mask=torch.tensor(seen, device=loaded.device),
                logits_processor=LogitsProcessorList([Writer(rows, self._vocabulary.size)]),
                max_new_tokens=max(row.limit for row in rows),
                do_sample=False,
            )
        return rows

    def _answer(self, asked: _Asked, row: Row, seconds: float) -> Answer:
        text = self._vocabulary.decode(row.answer).strip()
        thought = self._vocabulary.decode(row.reasoning).partition(self._settings.reasoning_marks[1])[0]
        return Answer(
            asked.question.key,
            text,
            fault=_fault(row, text),
            reasoning=thought.strip(),
            usage=Usage(
                input_tokens=len(asked.ids),
                output_tokens=len(row.reasoning) + len(row.answer),
                reasoning_tokens=len(row.reasoning),
            ),
            model=self.name,
            seconds=seconds,
        )


def _fault(row: Row, text: str) -> Fault | None:
    if row.is_broken:
        return Fault.SERVER_ERROR
    if not row.is_whole:
        return Fault.TRUNCATED
    try:
        json.loads(text)
    except ValueError:
        return Fault.INVALID_JSON
    return None


def _vocabulary(loaded: Loaded, prompts: Prompts, thought_mark: str) -> Vocabulary:
    tokenizer = loaded.tokenizer
    thought_end = tuple(tokenizer.encode(thought_mark, add_special_tokens=False))

    def decode(ids: Sequence[int]) -> str:
        return str(tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))

    size = loaded.vocabulary_size
    allowed = [*thought_end, *loaded.end_ids]
    return Vocabulary(
        size=size,
        end_ids=loaded.end_ids,
        thought_end=thought_end,
        thought_mark=thought_mark,
        text=text_mask(size, len(tokenizer), prompts.control_ids, allowed),
        decode=decode,
    )


def _is_out_of_memory(problem: BaseException) -> bool:
    import torch

    if isinstance(problem, MemoryError | torch.OutOfMemoryError):
        return True
    said = str(problem).lower()  # read here, never kept
    return "out of memory" in said or "can't allocate memory" in said


def _free_memory() -> None:
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
