"""Why and why not: the terms add up to the margin, and locks, exclusions and shared pictures are honoured."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.design import SampleDesign, bucket_problem, canonical
from sampling.draw import LockImpossible, SampleTooLarge, draw_sample
from sampling.optimum import solve_around
from sampling.pricing import Pricing, explain, pricing_of
from tests.sampling.test_draw import QUICK, pool


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 5000), n_locked=st.integers(0, 3))
def test_terms_add_up_to_the_margin_of_every_study(seed: int, n_locked: int) -> None:
    design = SampleDesign(20, seed, **QUICK)
    ordered = canonical(pool(120, seed, patients=80), seed)
    problem = bucket_problem(ordered, design)
    locked = np.array(sorted({problem.patient.tolist().index(n) for n in range(n_locked)}), dtype=np.intp)
    solved = solve_around(problem, locked)
    pricing = Pricing.from_json(pricing_of(ordered, solved).as_json())
    for place, index in enumerate(solved.free.tolist()):
        terms = explain(ordered[index], pricing, design)
        assert sum(term.points for term in terms) == pytest.approx(-solved.of_rest.reduced_cost[place], abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 5000))
def test_locked_studies_are_picked_and_excluded_ones_never(seed: int) -> None:
    candidates = pool(100, seed)
    names = [candidate.key for candidate in Random(seed).sample(candidates, 20)]
    design = SampleDesign(25, seed, locked=frozenset(names[:10]), excluded=frozenset(names[10:]), **QUICK)
    draw = draw_sample(candidates, design)
    picked = {pick.key for pick in draw.picks}
    assert design.locked <= picked
    assert not design.excluded & picked
    assert len(picked) == 25
    assert draw.lower_bound <= draw.cost + 1e-6
    assert draw_sample(candidates[::-1], design) == draw


def test_locking_what_is_picked_anyway_changes_nothing() -> None:
    candidates = pool(150, 3)
    free = draw_sample(candidates, SampleDesign(30, 1, **QUICK))
    some = frozenset(pick.key for pick in free.picks[:7])
    held = draw_sample(candidates, SampleDesign(30, 1, locked=some, **QUICK))
    assert {pick.key for pick in held.picks} == {pick.key for pick in free.picks}
    assert held.cost == pytest.approx(free.cost)


def test_whole_sample_may_be_locked() -> None:
    candidates = pool(20, 1)
    keys = frozenset(candidate.key for candidate in candidates[:5])
    draw = draw_sample(candidates, SampleDesign(5, 1, locked=keys, inclusion_draws=2))
    assert {pick.key for pick in draw.picks} == keys
    assert {pick.inclusion_probability for pick in draw.picks} == {1.0}


def test_patients_who_share_a_picture_count_as_one() -> None:
    candidates = [replace(one, duplicates="same" if i < 4 else "") for i, one in enumerate(pool(10, 1))]
    draw = draw_sample(candidates, SampleDesign(7, 1, **QUICK))
    assert sum(pick.key in {one.key for one in candidates[:4]} for pick in draw.picks) == 1
    with pytest.raises(
        SampleTooLarge, match=r"7 patients, those who share a picture counted as one, 1 short; ask for 7"
    ):
        draw_sample(candidates, SampleDesign(8, 1, **QUICK))


def test_two_of_every_cluster_are_wanted() -> None:
    candidates = [replace(one, cluster=f"c{i % 10}") for i, one in enumerate(pool(200, 4))]
    draw = draw_sample(candidates, SampleDesign(40, 1, cluster_points=50, **QUICK))
    assert all(row.have >= row.target == 2 for row in draw.buckets if row.group == "cluster")


def test_own_target_of_a_label_is_aimed_at() -> None:
    draw = draw_sample(pool(300, 2), SampleDesign(50, 1, label_targets={"pneumothorax": 9}, **QUICK))
    row = next(row for row in draw.buckets if (row.group, row.name) == ("label", "pneumothorax"))
    assert row.have >= row.target == 9


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"locked": frozenset({"nowhere"})}, "Study nowhere is to be picked, but is not in the pool"),
        ({"locked": frozenset({"study-1"}), "excluded": frozenset({"study-1"})}, "to be picked and to be left out"),
        (
            {"locked": frozenset(f"study-{i}" for i in range(6))},
            "6 studies are to be picked in any case, but the sample has 5",
        ),
    ],
)
def test_locks_that_contradict_are_refused_in_words(parts, words) -> None:
    with pytest.raises(LockImpossible, match=words):
        draw_sample(pool(30, 1), SampleDesign(5, 1, **parts, **QUICK))


def test_two_locked_studies_of_a_patient_are_refused_by_name() -> None:
    same = [replace(one, patient="p") for one in pool(2, 1)]
    with pytest.raises(LockImpossible, match="are of one patient and both to be picked"):
        draw_sample([*same, *pool(30, 2)[2:]], SampleDesign(5, 1, locked=frozenset({"study-0", "study-1"}), **QUICK))


def test_the_draw_says_what_the_simple_ways_cost() -> None:
    draw = draw_sample(pool(200, 1), SampleDesign(40, 1, **QUICK))
    assert draw.cost <= min(draw.naive_costs.values())
    assert set(draw.naive_costs) == {"random", "rare labels first"}
