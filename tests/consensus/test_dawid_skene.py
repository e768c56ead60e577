"""Reader quality without a reference: what holds of any reads (the published example is O9 of test_oracles.py)."""

import numpy as np
import pytest

from consensus.dawid_skene import dawid_skene


def test_rows_are_chances() -> None:
    found = dawid_skene([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1], [0, 1, 1, 1, 0, 0], 2)
    assert np.allclose(found.confusion.sum(axis=2), 1)
    assert np.allclose(found.posterior.sum(axis=1), 1)


def test_poor_reader_is_found_among_good_ones() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 300)
    right = np.stack([rng.random(300) < share for share in (0.95, 0.92, 0.65, 0.93)])
    answers = np.where(right, truth, 1 - truth)
    units, readers = np.tile(np.arange(300), 4), np.repeat(np.arange(4), 300)
    quality = dawid_skene(units.tolist(), readers.tolist(), answers.ravel().tolist(), 2, smoothing=1.0)
    accuracy = [np.trace(table) / 2 for table in quality.confusion]
    assert int(np.argmin(accuracy)) == 2
    assert accuracy == pytest.approx([0.95, 0.92, 0.65, 0.93], abs=0.05)


def test_no_reads_are_refused() -> None:
    with pytest.raises(ValueError, match="no read to judge"):
        dawid_skene([], [], [], 2)
