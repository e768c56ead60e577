"""The version of masking: the same for the same rules, another when one of them or a word changes."""

import shutil
from pathlib import Path

import pytest

from cases.gate.report import version

GATE = Path(version.__file__).parents[1]


@pytest.fixture
def copied_gate(tmp_path, monkeypatch):
    shutil.copytree(GATE, tmp_path / "gate")
    monkeypatch.setattr(version, "_GATE", tmp_path / "gate")
    return tmp_path / "gate"


def test_the_same_rules_have_the_same_version_wherever_they_lie(copied_gate):
    known = version.masking_version()
    assert version.masking_version.__wrapped__() == known
    assert len(known) == 16


@pytest.mark.parametrize("changed", ["report/people.py", "words.py", "lexicon/heads.txt", "lexicon/words.txt.gz"])
def test_a_change_of_rules_or_words_is_another_version(copied_gate, changed):
    path = copied_gate / changed
    path.write_bytes(path.read_bytes() + b"\n")
    assert version.masking_version.__wrapped__() != version.masking_version()


def test_a_list_taken_away_is_another_version(copied_gate):
    (copied_gate / "lexicon" / "kin.txt").unlink()
    assert version.masking_version.__wrapped__() != version.masking_version()
