"""A language model of half a million random weights with a tokenizer of its own: real in every part, and knowing nothing.

Built in a second, so that the in-process backend is tested with nothing downloaded. What it writes has no meaning; that it
fits the schema, that it repeats itself, and what its prompt holds are what the tests look at.
"""

import importlib.util
from pathlib import Path

import pytest

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="needs torch: run `make install-local`"
)

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
# As Phi-4-reasoning's: what the system says is dropped without a word.
SYSTEMLESS_TEMPLATE = "<|im_start|>system\nThink first.<|im_end|>\n" + CHAT_TEMPLATE.replace(
    "{% for message in messages %}", "{% for message in messages if message.role != 'system' %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
NOT_SPECIAL = ["<think>", "</think>", "<tool_call>"]  # added tokens all the same, as in the models people use
_TEXT = Path(__file__).parent / "rules" / "probes.csv"


def build_tiny_model(
    folder: Path, *, template: str | None = CHAT_TEMPLATE, context: int = 2048, is_sampling_advised: bool = True
) -> Path:
    """Writes model and tokenizer into `folder` as transformers saves them, and gives the folder back."""
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)  # so little work that threads only wait for each other
    tokenizer = _tokenizer(template)
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(tokenizer) + 37,  # padded beyond the tokenizer's, as real ones are
        hidden_size=96,
        intermediate_size=192,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
    )
    model = LlamaForCausalLM(config)
    # What a real one may bring along; only a question that leaves its temperature out is changed by it.
    advice = {"do_sample": True, "temperature": 1.7, "top_p": 0.5} if is_sampling_advised else {}
    model.generation_config = GenerationConfig(
        repetition_penalty=1.3, max_length=40, eos_token_id=config.eos_token_id, **advice
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(template: str | None):
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(_TEXT.read_text(encoding="utf-8").splitlines(), trainer)
    backend.add_tokens([AddedToken(token, special=False, normalized=False) for token in NOT_SPECIAL])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=10**30
    )
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template = template
    return tokenizer
