"""A local model is loaded from its folder alone, and what is wrong with it is said in a sentence."""

import importlib.util
import json

import pytest

from llm_extract.adapters.local_model import LocalModel
from llm_extract.adapters.local_weights import LocalModelError, LocalSettings, load
from tests.llm_extract.tiny_model import build_tiny_model, needs_torch


def test_without_torch_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else find(name, *rest))

    with pytest.raises(LocalModelError, match="needs torch; install it with make install-local"):
        LocalModel(LocalSettings(path=tmp_path))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"batch_size": 0}, "A batch of 0"),
        ({"reasoning_tokens": -1}, "-1 reasoning tokens"),
        ({"dtype": "float8"}, "'float8' is no number format"),
        ({"reasoning_marks": ("<think>", "")}, "reasoning mark is empty"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, wrong, says):
    with pytest.raises(ValueError, match=says):
        LocalSettings(path=tmp_path, **wrong)


@needs_torch
def test_a_model_says_how_much_it_holds_and_how_its_answers_end(tmp_path):
    loaded = load(LocalSettings(path=build_tiny_model(tmp_path, context=512)))

    assert loaded.context == 512
    assert loaded.tokenizer.convert_ids_to_tokens(loaded.end_ids) == ["<|im_end|>"]
    assert loaded.vocabulary_size == len(loaded.tokenizer) + 37
    assert loaded.network.dtype.is_floating_point
    assert not loaded.network.training


@needs_torch
def test_the_makers_sampling_is_forgotten(tmp_path):
    config = load(LocalSettings(path=build_tiny_model(tmp_path))).network.generation_config

    assert not config.do_sample
    assert config.repetition_penalty in (None, 1.0)


@needs_torch
def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(LocalModelError, match="neither a folder with"):
        load(LocalSettings(path=tmp_path / "nothing"))


@needs_torch
def test_the_name_of_a_model_on_the_web_is_not_looked_up(monkeypatch):
    from pathlib import Path

    with pytest.raises(LocalModelError, match="neither a folder"):
        load(LocalSettings(path=Path("microsoft/Phi-4-reasoning")))


@needs_torch
def test_pickled_weights_are_never_opened(tmp_path):
    import torch
    from safetensors.torch import load_file

    folder = build_tiny_model(tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()

    with pytest.raises(LocalModelError, match="cannot be loaded"):
        load(LocalSettings(path=folder))


@needs_torch
def test_code_in_the_folder_is_never_run(tmp_path):
    folder = build_tiny_model(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "made_up", "auto_map": {"AutoModelForCausalLM": "evil.Evil", "AutoConfig": "evil.Evil"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")

    with pytest.raises(LocalModelError, match="cannot be loaded"):
        load(LocalSettings(path=folder))
    assert not (tmp_path / "ran").exists()


@needs_torch
def test_a_model_without_a_chat_template_is_refused(tmp_path):
    with pytest.raises(LocalModelError, match="instruction-tuned"):
        LocalModel(LocalSettings(path=build_tiny_model(tmp_path, template=None), name="base"))


@needs_torch
def test_a_device_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(LocalModelError, match="cannot be loaded on 'cuda:99'"):
        load(LocalSettings(path=build_tiny_model(tmp_path), device="cuda:99"))
