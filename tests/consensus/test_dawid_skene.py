"""Reader quality against the published example: 45 patients, 5 anaesthetists, the first of whom read three times."""

import json
from pathlib import Path

import numpy as np
import pytest

from consensus.dawid_skene import dawid_skene

ORACLE = json.loads((Path(__file__).parent / "oracles.json").read_text(encoding="utf-8"))["dawid_skene"]


@pytest.fixture(scope="module")
def found():  # type: ignore[no-untyped-def]
    unit, reader, answer = (np.array(ORACLE["rows"]) - 1).T
    return dawid_skene(unit.tolist(), reader.tolist(), answer.tolist(), 4)


def test_class_shares_and_likelihood_of_the_published_example(found) -> None:  # type: ignore[no-untyped-def]
    assert found.prevalence == pytest.approx(ORACLE["prior"], abs=2e-5)
    assert found.log_likelihood == pytest.approx(ORACLE["loglik"], abs=1e-3)


def test_confusions_of_the_first_and_third_observer(found) -> None:  # type: ignore[no-untyped-def]
    assert np.allclose(found.confusion[0], ORACLE["error_rate_obs1"], atol=6e-3)
    assert found.confusion[2][2] == pytest.approx([0, 0.40, 0.20, 0.40], abs=6e-3)


def test_classes_of_all_patients_even_where_the_majority_says_otherwise(found) -> None:  # type: ignore[no-untyped-def]
    assert (found.posterior.argmax(axis=1) + 1).tolist() == ORACLE["argmax"]


def test_rows_are_chances(found) -> None:  # type: ignore[no-untyped-def]
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
