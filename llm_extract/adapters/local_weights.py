"""Loads a language model that lies on this machine: nothing is fetched, no code of its folder runs, no pickle is opened."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DomainError

DTYPES = ("auto", "float32", "bfloat16", "float16")


class LocalModelError(DomainError):
    """The local model cannot be used as it is set up. Its sentence holds no report text."""


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """Which model, and how it is run.

    `path` is a folder as transformers saves it (with safetensors), or a .gguf file. `device` is "auto" (CUDA, else Apple's
    MPS, else the CPU) or torch's name of one, e.g. "cuda:1". `dtype` "auto" is the model's own, but float32 on a CPU.
    `reasoning_tokens` is how long a reasoning model may think before its answer, and at most half of what a question
    lets it write; 0 for a model that does not reason.
    `reasoning_marks` is how it writes the beginning and the end of its thoughts. Raises ValueError on what cannot be.
    """

    path: Path
    name: str = ""
    device: str = "auto"
    dtype: str = "auto"
    batch_size: int = 8
    reasoning_tokens: int = 0
    reasoning_marks: tuple[str, str] = ("<think>", "</think>")

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"A batch of {self.batch_size} questions is none; ask for 1 or more.")
        if self.reasoning_tokens < 0:
            raise ValueError(
                f"{self.reasoning_tokens} reasoning tokens cannot be; give 0 for a model without reasoning."
            )
        if self.dtype not in DTYPES:
            raise ValueError(f"{self.dtype!r} is no number format of a local model; choose one of {', '.join(DTYPES)}.")
        if not all(self.reasoning_marks):
            raise ValueError("A reasoning mark is empty; name how the model begins and ends its thoughts.")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory.

    `context` is how many tokens it can hold, None where it does not say; `end_ids` end an answer. `own_sampling` is the
    temperature and top_p that its makers advise, for questions that leave the temperature out; (0, 1) where they do not.
    """

    name: str
    network: Any
    tokenizer: Any
    device: str
    context: int | None
    end_ids: tuple[int, ...]
    own_sampling: tuple[float, float]

    @property
    def vocabulary_size(self) -> int:
        """How many tokens the network scores; often a little more than its tokenizer has."""
        return int(self.network.get_output_embeddings().weight.shape[0])


def load(settings: LocalSettings) -> Loaded:
    """The model and its tokenizer, ready on their device. Raises LocalModelError with what is missing or wrong."""
    _require_torch()
    folder, gguf = _place(settings.path)
    device = _device(settings.device)
    name = settings.name or settings.path.name
    try:
        tokenizer, network = _read(folder, gguf, _dtype(settings.dtype, device))
        network = network.eval().to(device)
    except (OSError, ValueError, ImportError, RuntimeError, AssertionError) as problem:  # torch asserts its devices
        raise LocalModelError(
            f"The model {name!r} cannot be loaded on {device!r}: {problem} Give a folder with config.json, a fast "
            "tokenizer and safetensors, of a kind that transformers knows by itself, and a device that it fits on."
        ) from problem
    end_ids = _end_ids(network, tokenizer)
    if not end_ids:
        raise LocalModelError(f"The model {name!r} names no token that ends an answer; add eos_token_id to its config.")
    own = _own_sampling(network.generation_config)
    _forget_generation_defaults(network, end_ids)
    return Loaded(name, network, tokenizer, device, _context(network, tokenizer), end_ids, own)


def _require_torch() -> None:
    if importlib.util.find_spec("torch") is None:
        raise LocalModelError(
            "The local model backend needs torch; install it with make install-local, or choose another backend."
        )


def _place(path: Path) -> tuple[Path, str | None]:
    """The folder, and the name of the GGUF file in it where that is what is asked for."""
    if path.suffix == ".gguf" and path.is_file():
        return path.parent, path.name
    if (path / "config.json").is_file():
        return path, None
    raise LocalModelError(
        f"{path} is neither a folder with a config.json nor a .gguf file; name where the model lies on this machine."
    )


def _device(asked: str) -> str:
    import torch

    if asked != "auto":
        return asked
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(asked: str, device: str) -> str:
    return "float32" if asked == "auto" and device == "cpu" else asked


def _read(folder: Path, gguf: str | None, dtype: str) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # a worker's log is no terminal
    where: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    if gguf:
        where["gguf_file"] = gguf
    tokenizer = AutoTokenizer.from_pretrained(folder, **where)
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, use_safetensors=True, **where)
    return tokenizer, network


def _context(network: Any, tokenizer: Any) -> int | None:
    said = [getattr(network.config.get_text_config(), "max_position_embeddings", None), tokenizer.model_max_length]
    known = [int(size) for size in said if size and size < 10**9]  # a tokenizer that does not know says 10^30
    return min(known, default=None)


def _end_ids(network: Any, tokenizer: Any) -> tuple[int, ...]:
    named = getattr(network.generation_config, "eos_token_id", None)
    ids = named if isinstance(named, list) else [named]
    return tuple(sorted({int(one) for one in [*ids, tokenizer.eos_token_id] if one is not None}))


def _own_sampling(advised: Any) -> tuple[float, float]:
    if not advised.do_sample:
        return 0.0, 1.0
    return float(advised.temperature or 1.0), float(advised.top_p or 1.0)


def _forget_generation_defaults(network: Any, end_ids: tuple[int, ...]) -> None:
    """A model brings its makers' penalties and limits, which would change what a question asks for behind its back."""
    from transformers import GenerationConfig

    network.generation_config = GenerationConfig(eos_token_id=list(end_ids), pad_token_id=end_ids[0])
