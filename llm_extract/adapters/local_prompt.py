"""Questions as tokens for a local model: what a report says stays text, also where it spells a control token."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from llm_extract.adapters.local_weights import Loaded, LocalModelError
from llm_extract.asking.protocol import Turn

_PROBE = "countersignprobe"


class UnsafePromptError(ValueError):
    """The tokenizer makes a control token of plain text, or the template refuses the turns. Holds no text."""


class Prompts:
    """Renders a model's own chat template. `thinks` opens the model's thoughts at the end of the prompt.

    Raises LocalModelError for a model without a template.
    """

    def __init__(self, loaded: Loaded, *, thinks: bool = False, think_mark: str = "<think>") -> None:
        self._tokenizer, self._thinks, self._think_mark = loaded.tokenizer, thinks, think_mark
        if not loaded.tokenizer.chat_template:
            raise LocalModelError(
                f"The model {loaded.name!r} has no chat template, so it was not trained to follow instructions; "
                "choose its instruction-tuned form."
            )
        guard_control_tokens(self._tokenizer)
        self._expected: dict[tuple[str, ...], int] = {}

    @cached_property
    def control_ids(self) -> frozenset[int]:
        """The tokens that are no text: turn marks, end marks, thought marks."""
        added = self._tokenizer.added_tokens_decoder.items()
        return frozenset(key for key, token in added if not token.content.isspace())

    def ids(self, system: str, turns: Sequence[Turn]) -> list[int]:
        """The prompt's token ids, up to where the model begins to write.

        Raises UnsafePromptError if the turns' text became a control token after all, or the template refuses their order.
        """
        messages = self._messages(system, turns)
        ids = self._encode(messages)
        roles = tuple(message["role"] for message in messages)
        if roles not in self._expected:
            self._expected[roles] = self._count(self._encode([{"role": role, "content": _PROBE} for role in roles]))
        if self._count(ids) != self._expected[roles]:
            raise UnsafePromptError("text became a control token")
        return ids + self._opening(ids)

    def _messages(self, system: str, turns: Sequence[Turn]) -> list[dict[str, str]]:
        messages = [{"role": turn.role, "content": encodable(turn.content)} for turn in turns]
        if system and self._hears_system:
            return [{"role": "system", "content": system}, *messages]
        if system and messages:
            messages[0]["content"] = f"{system}\n\n{messages[0]['content']}"
        return messages

    @cached_property
    def _hears_system(self) -> bool:
        """Whether the template passes a system message on: some refuse it, and some drop it without a word."""
        from jinja2 import TemplateError

        messages = [{"role": "system", "content": _PROBE}, {"role": "user", "content": "?"}]
        try:
            return _PROBE in self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except TemplateError:
            return False

    def _encode(self, messages: list[dict[str, str]]) -> list[int]:
        from jinja2 import TemplateError

        try:
            ids: list[int] = self._tokenizer.apply_chat_template(
                messages,
                add_generation_prompt=True,
                sanitize_control_tokens=True,
                return_dict=False,
                enable_thinking=self._thinks,  # a variable that the templates of some models know
            )
        except (TemplateError, ValueError):
            raise UnsafePromptError("the chat template or the tokenizer refused the turns") from None
        return ids

    def _count(self, ids: Sequence[int]) -> int:
        return sum(one in self.control_ids for one in ids)

    def _opening(self, ids: list[int]) -> list[int]:
        """What opens the model's thoughts, where its template does not do so itself."""
        if not self._thinks or self._tokenizer.decode(ids[-8:]).rstrip().endswith(self._think_mark):
            return []
        opening: list[int] = self._tokenizer.encode(f"{self._think_mark}\n", add_special_tokens=False)
        return opening


def encodable(text: str) -> str:
    """The text with halves of broken characters (lone surrogates) replaced, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def guard_control_tokens(tokenizer: Any) -> None:
    """Makes `sanitize_control_tokens` guard every added token.

    Left alone it guards those that the tokenizer calls special or its template writes; <tool_call> may be neither.
    """
    added = tokenizer.added_tokens_decoder.values()
    tokenizer.chat_control_tokens = [token.content for token in added if not token.content.isspace()]
