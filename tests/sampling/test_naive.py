"""The simple ways to pick studies: what they hold to, so that a comparison with them is fair."""

from random import Random

import numpy as np
import pytest

from sampling.design import SampleCandidate, SampleDesign, bucket_problem, canonical
from sampling.draw import draw_sample
from sampling.naive import iterative_stratification, random_pick, rare_first_quota


def problem(n: int = 200, size: int = 40):
    rng = Random(3)
    studies = [
        SampleCandidate(
            f"s{i}", f"p{i // 2}", labels=frozenset(x for x, share in (("a", 0.3), ("b", 0.05)) if rng.random() < share)
        )
        for i in range(n)
    ]
    design = SampleDesign(size, 1, inclusion_draws=0)
    return studies, design, bucket_problem(canonical(studies, 1), design)


@pytest.mark.parametrize("pick", [lambda p: random_pick(p, 1), rare_first_quota])
def test_pick_has_the_size_and_one_study_per_patient(pick) -> None:
    _, _, found = problem()
    chosen = pick(found)
    assert len(chosen) == len(set(found.patient[chosen].tolist())) == 40


def test_quota_fills_the_rare_label_first() -> None:
    _, _, found = problem()
    counts = dict(zip([b.name for b in found.buckets], found.counts(rare_first_quota(found)).tolist(), strict=True))
    targets = {b.name: b.target for b in found.buckets}
    assert counts["b"] >= targets["b"] > 0


def test_no_simple_way_beats_the_model() -> None:
    studies, design, found = problem()
    drawn = draw_sample(studies, design)
    assert found.cost(random_pick(found, 1)) > drawn.cost
    assert found.cost(rare_first_quota(found)) >= drawn.cost - 1e-9


def test_stratification_gives_every_label_its_share() -> None:
    rng = np.random.default_rng(1)
    marks = (rng.random((300, 4)) < [0.5, 0.2, 0.1, 0.05]).astype(float)
    side = iterative_stratification(marks, 0.25, 1)
    assert abs(len(side) - 75) <= 3
    assert (abs(marks[side].sum(axis=0) - marks.sum(axis=0) * 0.25) <= 1.5).all()
