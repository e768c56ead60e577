"""The answer that reads nothing stands beside the figure it is measured against."""

import numpy as np
import pytest

from perf.extraction.gold import MarkedSentence
from perf.extraction.quality import all_current, micro


def sentences(n_current, n_history):
    made = [MarkedSentence("Cough.", "Cough", False, False)] * n_current
    return made + [MarkedSentence("Gout.", "Gout", False, True)] * n_history


def test_calling_every_sentence_current_is_right_as_often_as_sentences_are_current():
    assert micro(all_current(sentences(9, 1), both=True)) == pytest.approx(0.9)


def test_and_finds_no_history():
    assert micro(all_current(sentences(9, 1), both=False)) == 0
    assert np.array_equal(all_current(sentences(0, 2), both=False)[:, 0], [[0, 0, 1], [0, 0, 1]])
