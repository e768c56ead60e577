"""Weighs the options of a closed question by a local model: one look at the prompt, a probability for every option."""

import copy
import math
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llm_extract.adapters.local_prompt import encodable, guard_control_tokens
from llm_extract.adapters.local_weights import Loaded, LocalModelError, LocalSettings, load
from llm_extract.asking.protocol import MOST_OPTIONS, Choice, ChoiceTooLongError


class LocalDecider:
    """A `Decider` over transformers' decision pipeline: the options are lettered, and the letters' scores compared.

    Any chat model will do whose tokenizer has one token for each letter. Loads at once, or shares a model loaded before.
    The state and the options are text, whatever control tokens they spell. Raises LocalModelError or ValueError with a
    sentence where the model cannot do it.
    """

    def __init__(self, settings: LocalSettings, loaded: Loaded | None = None) -> None:
        self._loaded = loaded or load(settings)
        if not self._loaded.tokenizer.chat_template:
            raise LocalModelError(
                f"The model {self._loaded.name!r} has no chat template, so it was not trained to answer questions; "
                "choose its instruction-tuned form."
            )
        self._require_letters(2)
        self._pipeline = _pipeline(self._loaded)

    def decide(self, choices: Iterable[Choice]) -> Iterator[tuple[Choice, Mapping[str, float]]]:
        """Each choice with its options' probabilities, which sum to 1. Choices are taken one by one.

        Raises ValueError, naming the choice by its key, where it has fewer than two options, the same one twice, or more
        than the model has letters for, and where the state does not fit the model's context.
        """
        for choice in choices:
            self._check(choice)
            yield choice, self._weigh(choice)

    def _weigh(self, choice: Choice) -> dict[str, float]:
        asked = {"type": "choice", "instructions": choice.question, "criteria": dict.fromkeys(choice.options)}
        request = {"state": encodable(choice.state), "questions": {"asked": asked}}
        inputs = self._pipeline.preprocess(request)
        length = max(int(prompt["input_ids"].shape[-1]) for prompt, _ in inputs["prompts"])
        if self._loaded.context and length > self._loaded.context:
            raise ChoiceTooLongError(
                f"Choice {choice.key!r} takes {length} tokens, and {self._loaded.name!r} holds {self._loaded.context}; "
                "shorten its state."
            )
        answer = self._pipeline.postprocess(self._pipeline.forward(inputs))["asked"]
        weights = {option: float(answer["probabilities"][option]) for option in choice.options}
        total = math.fsum(weights.values())
        return {option: weight / total for option, weight in weights.items()}

    def _check(self, choice: Choice) -> None:
        count = len(choice.options)
        if count < 2 or len(set(choice.options)) < count:
            raise ValueError(f"Choice {choice.key!r} has fewer than two options, or one twice; give it different ones.")
        if count > MOST_OPTIONS:
            raise ValueError(
                f"Choice {choice.key!r} has {count} options, and at most {MOST_OPTIONS} can be lettered; ask in several choices."
            )
        self._require_letters(count)

    def _require_letters(self, count: int) -> None:
        letters = string.ascii_uppercase[:count]
        tokenizer = self._loaded.tokenizer
        ids = [tokenizer.encode(letter, add_special_tokens=False) for letter in letters]
        if any(len(one) != 1 or one[0] == tokenizer.unk_token_id for one in ids) or len({*map(tuple, ids)}) < count:
            raise ValueError(
                f"The tokenizer of {self._loaded.name!r} has no single token for each of the letters A to {letters[-1]}, "
                "so it cannot weigh options; let the model answer in JSON instead, or choose another model."
            )


def _pipeline(loaded: Loaded) -> Any:
    from transformers import DecisionConfig, DecisionPipeline

    tokenizer = copy.deepcopy(loaded.tokenizer)  # the pipeline adds marks of its own to it
    guard_control_tokens(tokenizer)
    return DecisionPipeline(
        model=loaded.network,
        tokenizer=tokenizer,
        device=loaded.device,
        decision_config=DecisionConfig(),
        task="decision",
    )
