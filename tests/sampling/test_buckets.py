"""The bucket model: targets that add up, an optimum that brute force confirms."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.buckets import Bucket, BucketProblem, apportion, greedy, hash01
from sampling.optimum import solve


def random_problem(seed: int, n: int, size: int, patients: int) -> BucketProblem:
    rng = np.random.default_rng(seed)
    buckets = []
    for number in range(5):
        members = np.flatnonzero(rng.random(n) < 0.4)
        over = float(rng.choice([0.0, 1.0, 2.5]))
        buckets.append(
            Bucket("g", str(number), int(rng.integers(0, size + 1)), float(rng.integers(1, 5)), over, members)
        )
    return BucketProblem(size, rng.random(n) * 0.5, rng.integers(0, patients, n).astype(np.intp), tuple(buckets))


def brute_force(problem: BucketProblem) -> float:
    costs = [
        problem.cost(np.array(choice))
        for choice in combinations(range(len(problem.value)), problem.size)
        if len({int(problem.patient[i]) for i in choice}) == problem.size
    ]
    return min(costs)


@pytest.mark.parametrize("seed", range(30))
def test_optimum_equals_brute_force_on_tiny_pools(seed: int) -> None:
    problem = random_problem(seed, n=12, size=4, patients=9)
    found = solve(problem)
    assert found.is_proven
    assert found.cost == pytest.approx(brute_force(problem), abs=1e-6)
    assert len({int(problem.patient[i]) for i in found.chosen}) == problem.size


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 12))
def test_optimum_lies_between_its_bound_and_the_greedy_choice(seed: int, size: int) -> None:
    problem = random_problem(seed, n=60, size=size, patients=45)
    found = solve(problem)
    assert found.lower_bound <= found.cost + 1e-6
    assert found.cost <= problem.cost(greedy(problem)) + 1e-9
    assert problem.cost(found.chosen) == pytest.approx(found.cost)


def test_small_first_core_still_ends_at_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_problem(3, n=12, size=4, patients=9)
    monkeypatch.setattr("sampling.optimum.FIRST_CORE", 1)
    monkeypatch.setattr("sampling.optimum.FIRST_COLUMNS_PER_BUCKET", 1)
    assert solve(problem).cost == pytest.approx(brute_force(problem), abs=1e-6)


def test_greedy_takes_one_study_per_patient_and_stops_when_none_is_left() -> None:
    problem = BucketProblem(3, np.array([1.0, 3.0, 2.0]), np.array([0, 0, 1]), ())
    assert greedy(problem).tolist() == [1, 2]


def test_greedy_prefers_the_bucket_that_is_still_short() -> None:
    buckets = (Bucket("label", "rare", 1, 5.0, 0.0, np.array([0, 1])),)
    problem = BucketProblem(2, np.array([0.2, 0.1, 0.15]), np.arange(3), buckets)
    assert greedy(problem).tolist() == [0, 2]


def test_over_weight_makes_a_full_bucket_costly() -> None:
    full = Bucket("site", "a", 1, 1.0, 1.0, np.array([0, 1]))
    problem = BucketProblem(2, np.array([0.5, 0.4, 0.0]), np.arange(3), (full,))
    assert solve(problem).chosen.tolist() == [0, 2]


@given(
    total=st.integers(0, 300),
    shares=st.lists(st.floats(0.01, 1), min_size=1, max_size=6),
    available=st.lists(st.integers(0, 120), min_size=6, max_size=6),
)
def test_targets_add_up_and_never_exceed_what_is_there(total: int, shares: list[float], available: list[int]) -> None:
    names = [str(i) for i in range(len(shares))]
    room = dict(zip(names, available, strict=False))
    targets = apportion(total, dict(zip(names, shares, strict=True)), room)
    assert sum(targets.values()) == min(total, sum(room.values()))
    assert all(0 <= targets[name] <= room[name] for name in names)


def test_apportion_is_exact_where_shares_are() -> None:
    shares = {"0": 0.1, "1": 0.3, "2": 0.3, "3": 0.18, "4+": 0.12}
    assert apportion(1000, shares, dict.fromkeys(shares, 1000)) == {"0": 100, "1": 300, "2": 300, "3": 180, "4+": 120}


def test_apportion_spreads_what_a_scarce_bucket_cannot_hold() -> None:
    assert apportion(10, {"a": 0.5, "b": 0.25, "c": 0.25}, {"a": 1, "b": 9, "c": 9}) == {"a": 1, "b": 5, "c": 4}


def test_hash_depends_on_seed_and_key_alone() -> None:
    assert hash01(7, "1.2.3") == hash01(7, "1.2.3")
    assert len({hash01(7, "1.2.3"), hash01(8, "1.2.3"), hash01(7, "1.2.4")}) == 3
    assert all(0 <= hash01(seed, "x") < 1 for seed in range(50))
