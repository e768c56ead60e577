"""How a local model writes: thoughts freely up to a budget, then an answer that cannot leave its schema, row by row.

The tokens are chosen here and not by the library, for three reasons: a batch may mix greedy and sampled questions; each
samples with its own seed, whatever stands beside it; and a model that would think on for ever can be told to answer.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.int32]  # (words,) or (rows, words): one bit per token, set where it may follow

_TAIL = 24  # tokens in which the end of the thoughts is looked for
_BELOW_ONE = 1 - 1e-6  # so that a draw never lies beyond the last token in single precision


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of the tokens.

    `size` is how many the network scores, `end_ids` are those that end an answer. `thought_end` ends the thoughts and
    spells `thought_mark`. `text` is the mask of the tokens that a thought may hold, its end included.
    """

    size: int
    end_ids: tuple[int, ...]
    thought_end: tuple[int, ...]
    thought_mark: str
    text: Mask
    decode: Callable[[Sequence[int]], str]


def text_mask(size: int, known: int, control_ids: frozenset[int], allowed: Sequence[int]) -> Mask:
    """The mask of the first `known` of `size` tokens, less the control ids, but with the `allowed` ones."""
    bits = np.zeros(_words(size) * 32, dtype=np.uint8)
    bits[: min(known, size)] = 1
    bits[[one for one in control_ids if one < size]] = 0
    bits[list(allowed)] = 1
    return np.packbits(bits, bitorder="little").view(np.int32)


def _words(size: int) -> int:
    return -(-size // 32)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a token is drawn: at `temperature` (0: the likeliest), among the likeliest ones that make up `top_p`."""

    temperature: float = 0.0
    top_p: float = 1.0


class Grammars:
    """Compiles JSON schemas into what may follow what; each schema once. No schema's error text is kept or logged."""

    # One space at most between two words of JSON: fewer tokens, and a small model can fill its limit with blank lines.
    _OPTIONS = {"whitespace_pattern": " "}

    def __init__(self, tokenizer: Any, size: int, end_ids: Sequence[int]) -> None:
        """Raises ValueError where the tokenizer is not a fast one."""
        from llguidance.hf import from_tokenizer

        self._tokenizer = from_tokenizer(tokenizer, n_vocab=size, eos_token=list(end_ids))
        self._compiled: dict[str, Any] = {}

    def matcher(self, schema: Mapping[str, Any]) -> Any | None:
        """A matcher at the start of an answer; None where the schema cannot be compiled."""
        from llguidance import LLMatcher, LLParserLimits

        key = json.dumps(schema)
        if key not in self._compiled:
            grammar = LLMatcher.grammar_from_json_schema(key, overrides=self._OPTIONS)
            limits = LLParserLimits(verbose_errors=False)
            self._compiled[key] = LLMatcher(self._tokenizer, grammar, log_level=0, limits=limits)
        compiled = self._compiled[key]
        return None if compiled.is_error() else compiled.deep_copy()


class Row:
    """One answer being written: which token may come next, and what the one that came means.

    `total` is the most tokens of thoughts and answer together, `think` the most of the thoughts. `reasoning` and `answer`
    are the ids written so far, without the one that ends the answer.
    """

    def __init__(
        self, vocabulary: Vocabulary, matcher: Any, *, think: int, total: int, sampling: Sampling, seed: int | None
    ) -> None:
        self._vocabulary, self._matcher = vocabulary, matcher
        self._think, self._total = think, total
        self.sampling = sampling
        self._random = Random(seed)  # noqa: S311 - sampling, not secrecy
        self._forced: list[int] = []
        self._is_thinking = think > 0
        self.is_done = False
        self.reasoning: list[int] = []
        self.answer: list[int] = []

    @property
    def limit(self) -> int:
        """The most tokens that this row may take, the one that ends it included."""
        return self._total + 1

    @property
    def is_whole(self) -> bool:
        """Whether the answer fits its schema to the end."""
        return bool(self._matcher.is_accepting())

    @property
    def is_broken(self) -> bool:
        """Whether the grammar gave up, or the network's scores were no numbers."""
        return bool(self._matcher.is_error())

    def draw(self) -> float:
        """The next number of the row's own chance, at least 0 and less than 1."""
        return min(self._random.random(), _BELOW_ONE)

    def fill(self, masks: Mask, index: int) -> None:
        """Writes which tokens may come next into `masks[index]`; all, where `take` has its own mind."""
        from llguidance.numpy import fill_next_token_bitmask

        if self.is_done or self._forced:
            masks[index] = -1
        elif self._is_thinking:
            masks[index] = self._vocabulary.text
        else:
            fill_next_token_bitmask(self._matcher, masks, index)

    def take(self, token: int) -> int:
        """Notes the token that was chosen, and gives the one to write: another where the row is bound to it."""
        if self.is_done:
            return self._vocabulary.end_ids[0]
        return self._thought(token) if self._is_thinking else self._answered(token)

    @property
    def _is_full(self) -> bool:
        return len(self.reasoning) + len(self.answer) >= self._total

    def _thought(self, token: int) -> int:
        if not self._forced and (token in self._vocabulary.end_ids or len(self.reasoning) >= self._think):
            self._forced = list(self._vocabulary.thought_end)
        is_forced = bool(self._forced)
        if is_forced:
            token = self._forced.pop(0)
        self.reasoning.append(token)
        is_ended = is_forced or self._vocabulary.thought_mark in self._vocabulary.decode(self.reasoning[-_TAIL:])
        self._is_thinking = bool(self._forced) or not is_ended
        return token

    def _answered(self, token: int) -> int:
        is_end = token in self._vocabulary.end_ids
        if is_end or self._is_full or not self._matcher.consume_token(token):
            self.is_done = True
            return self._vocabulary.end_ids[0]
        self.answer.append(token)
        self.is_done = bool(self._matcher.is_stopped())  # nothing but the end could follow
        return token


class Writer:
    """A logits processor: leaves one token per row, the one that the row takes."""

    def __init__(self, rows: Sequence[Row], size: int) -> None:
        self._rows, self._size = rows, size

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """`scores` (rows × tokens) with every token but the chosen one at minus infinity."""
        import torch

        masks = np.full((len(self._rows), _words(self._size)), -1, dtype=np.int32)
        for index, row in enumerate(self._rows):
            row.fill(masks, index)
        bits = np.unpackbits(masks.view(np.uint8), axis=1, bitorder="little")[:, : self._size]
        allowed = torch.from_numpy(bits).to(scores.device).bool()
        scores = torch.nan_to_num(scores.float(), nan=-torch.inf).masked_fill(~allowed, -torch.inf)
        picked = [row.take(token) for row, token in zip(self._rows, self._pick(scores), strict=True)]
        chosen = torch.tensor(picked, device=scores.device).unsqueeze(1)
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen, 0.0)

    def _pick(self, scores: Any) -> list[int]:
        """The likeliest token of a greedy row; of another one drawn by its own chance (inverse of the distribution)."""
        import torch

        best: list[int] = scores.argmax(-1).tolist()
        warm = [index for index, row in enumerate(self._rows) if row.sampling.temperature > 0]
        if warm:
            heat = torch.tensor([[self._rows[index].sampling.temperature] for index in warm], device=scores.device)
            top_p = torch.tensor([[self._rows[index].sampling.top_p] for index in warm], device=scores.device)
            below = _nucleus((scores[warm] / heat).softmax(-1), top_p).cumsum(-1)
            draws = torch.tensor([[self._rows[index].draw()] for index in warm], device=scores.device)
            drawn: list[int] = torch.searchsorted(below, draws * below[:, -1:], right=True).squeeze(1).tolist()
            for index, token in zip(warm, drawn, strict=True):
                best[index] = min(token, self._size - 1)
        return best


def _nucleus(weights: Any, top_p: Any) -> Any:
    """The weights (rows × tokens) without the unlikeliest tokens: those after `top_p` (rows × 1) is reached."""
    if bool((top_p >= 1).all()):
        return weights
    ordered, places = weights.sort(-1, descending=True)
    is_beyond = (ordered.cumsum(-1) - ordered >= top_p) & (top_p < 1)
    return weights.scatter(-1, places, ordered.masked_fill(is_beyond, 0.0))
