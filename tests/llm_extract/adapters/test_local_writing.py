"""Which token a local model writes next: drawn as its scores say, from the tokens that may follow, by the row's own chance."""

from collections import Counter

import numpy as np
import pytest

from llm_extract.adapters.local_writing import Row, Sampling, Vocabulary, Writer, text_mask
from tests.llm_extract.tiny_model import needs_torch

pytestmark = needs_torch

WEIGHTS = (0.4, 0.3, 0.2, 0.1)
SIZE = 40  # more than one word of a mask


def row(sampling, seed=1, control_ids=frozenset()):
    """A row that may write any of the first four tokens, and never comes to its answer."""
    vocabulary = Vocabulary(SIZE, (39,), (38,), "</think>", text_mask(SIZE, 4, control_ids, []), lambda ids: "")
    return Row(vocabulary, None, think=10**6, total=10**7, sampling=sampling, seed=seed)


def written(rows, steps, weights=WEIGHTS):
    """The tokens of each row, all rows with the same scores at every step; the likeliest of all may not follow."""
    import torch

    scores = torch.tensor([*weights, *[9.0] * (SIZE - len(weights))]).log().repeat(len(rows), 1)
    writer = Writer(rows, SIZE)
    for _ in range(steps):
        left = writer(None, scores)
        assert (left > -torch.inf).sum(-1).tolist() == [1] * len(rows)
    return [one.reasoning for one in rows]


def test_a_mask_holds_text_and_what_is_allowed_beside_it():
    mask = text_mask(70, 60, frozenset({0, 59, 66}), [59])
    bits = np.unpackbits(mask.view(np.uint8), bitorder="little")

    assert mask.dtype == np.int32
    assert np.flatnonzero(bits).tolist() == list(range(1, 60))


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(1.0), (0.4, 0.3, 0.2, 0.1)),
        (Sampling(0.5), (16 / 30, 9 / 30, 4 / 30, 1 / 30)),
        (Sampling(1.0, top_p=0.6), (4 / 7, 3 / 7, 0, 0)),
        (Sampling(1.0, top_p=0.1), (1, 0, 0, 0)),
        (Sampling(0.0), (1, 0, 0, 0)),
    ],
)
def test_tokens_are_drawn_as_often_as_their_scores_say(sampling, expected):
    [tokens] = written([row(sampling)], 3000)

    counted = Counter(tokens)
    for token, share in enumerate(expected):
        assert counted[token] / len(tokens) == pytest.approx(share, abs=0.03 if share else 0)
    assert sum(counted.values()) == sum(counted[token] for token in range(4))


def test_rows_of_a_batch_draw_as_if_alone():
    kinds = [(Sampling(1.0), 1), (Sampling(0.0), 2), (Sampling(0.7, 0.9), 3), (Sampling(1.3), 1)]

    together = written([row(*kind) for kind in kinds], 50)

    assert together == [written([row(*kind)], 50)[0] for kind in kinds]


def test_without_a_seed_two_rows_differ():
    first, second = written([row(Sampling(1.0), seed=None), row(Sampling(1.0), seed=None)], 50)

    assert first != second
