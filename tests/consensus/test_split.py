"""Splitting into released and holdout: exact sizes, whole patients, as alike as brute force can make them."""

import hashlib
from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus import split as module
from consensus.split import SplitImpossible, _coin_flips, _problem, commitment, input_sha256, is_committed, split
from sampling.design import SampleCandidate

SALT = "0123456789abcdef" * 4


def selected(n: int, seed: int = 1, twins: int = 0) -> list[SampleCandidate]:
    """`n` studies; the first `2 * twins` of them belong to `twins` patients."""
    rng = Random(seed)
    return [
        SampleCandidate(
            key=f"study-{i}",
            patient=f"patient-{i // 2 if i < 2 * twins else i}",
            site=rng.choice(["north", "south", "west"]),
            labels=frozenset(label for label in "abcde" if rng.random() < 0.3),
            sex=rng.choice(["F", "M", ""]),
            age_band=rng.choice(["18-39", "40-54", "55-69"]),
            view=rng.choice(["PA", "AP"]),
            manufacturer=rng.choice(["one", "two"]),
            difficulty=rng.random(),
        )
        for i in range(n)
    ]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 999), twins=st.integers(0, 6), released=st.integers(0, 24))
def test_sizes_are_exact_and_no_patient_is_on_both_sides(seed: int, twins: int, released: int) -> None:
    studies = selected(24, seed, twins)
    owner = {study.key: study.patient for study in studies}
    found = split(studies, released, 24 - released, f"secret-{seed}")
    assert len(found.released) == released
    assert set(found.released) | set(found.holdout) == set(owner)
    assert len(found.holdout) == 24 - released
    assert not {owner[key] for key in found.released} & {owner[key] for key in found.holdout}


@pytest.mark.parametrize("seed", range(8))
def test_no_split_of_a_tiny_set_is_better(seed: int) -> None:
    studies = selected(11, seed, twins=2)
    released = 5 + seed % 3
    found = split(studies, released, 11 - released, seed, secret_coin_flips=0)
    problem = _problem(studies, released, seed)
    sides = np.array(list(product([0.0, 1.0], repeat=len(problem.patients))))
    sides = sides[sides @ problem.sizes == released]
    costs = problem.weights @ (2 * np.abs(problem.counts @ sides.T - problem.fair[:, None]))
    assert found.is_proven
    assert found.imbalance == pytest.approx(costs.min(), abs=1e-5)


def test_imbalance_is_the_weighted_difference_of_the_halves() -> None:
    studies = [SampleCandidate(f"s{i}", f"p{i}", labels=frozenset({"x"} if i < 3 else ()), sex="F") for i in range(6)]
    found = split(studies, 3, 3, 1)
    # label x is 2 against 1 (weight 10), one finding and no finding 2 against 1 (3 each), sex 3 against 3.
    assert found.imbalance == found.bound == 16
    assert {(row.group, row.name): {row.released, row.holdout} for row in found.features} == {
        ("label", "x"): {1, 2},
        ("findings", "0"): {1, 2},
        ("findings", "1"): {1, 2},
        ("sex", "F"): {3},
    }


def test_two_hundred_studies_reach_the_parity_bound() -> None:
    found = split(selected(200, 5, twins=15), 100, 100, "a secret")
    assert found.is_proven
    assert found.imbalance == found.bound
    assert found.coin_flips == 18
    assert all(abs(row.released - row.holdout) <= 1 for row in found.features if row.group == "label")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), twins=st.integers(0, 8), order=st.randoms(use_true_random=False))
def test_row_order_never_matters_and_the_same_secret_gives_the_same_split(seed: int, twins: int, order: Random) -> None:
    studies = selected(30, seed, twins)
    mixed = order.sample(studies, len(studies))
    assert split(mixed, 15, 15, f"secret {seed}") == split(studies, 15, 15, f"secret {seed}")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), twins=st.integers(0, 8))
def test_no_split_is_below_its_bound_and_one_that_meets_it_is_proven(seed: int, twins: int) -> None:
    found = split(selected(30, seed, twins), 15, 15, seed)
    assert found.imbalance >= found.bound - 1e-6
    assert found.is_proven or found.imbalance > found.bound + 1e-6


class Deaf:
    """Answers that the first so many throws of the coins allow no split at the bound; counts what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, throws: int, *, without_coins: bool = False) -> None:
        self.left, self.asked, self.solve = throws, 0, module._solve
        self.without_coins = without_coins
        monkeypatch.setattr(module, "_solve", self)

    def __call__(self, problem, flips, *, is_at_bound=False):
        if is_at_bound and (flips or self.without_coins):
            self.asked += 1
            if self.asked <= self.left:
                return None, True
        return self.solve(problem, flips, is_at_bound=is_at_bound)


def test_coins_are_thrown_anew_until_they_allow_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    studies = selected(60, 3)
    Deaf(monkeypatch, 30)
    found = split(studies, 30, 30, "s")
    assert (found.is_proven, found.imbalance) == (True, found.bound)
    flips = _coin_flips(studies, 30, "s|30", 20)
    owner = {study.key: study.patient for study in studies}
    released = {owner[key] for key in found.released}
    assert {patient: patient in released for patient in flips} == flips
    assert found.coin_flips == len(flips) == 6


def test_coins_are_not_thrown_for_long_where_the_bound_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = Deaf(monkeypatch, 1000, without_coins=True)
    found = split(selected(60, 3), 30, 30, "s")
    assert deaf.asked == 9
    assert found.coin_flips == 6
    assert found.is_proven


def test_another_secret_gives_another_split() -> None:
    studies = selected(40, 2, twins=5)
    assert split(studies, 20, 20, "other").holdout != split(studies, 20, 20, "s").holdout


def test_secret_seeds_agree_about_as_often_as_coins_do() -> None:
    studies = selected(60, 3)
    splits = [set(split(studies, 30, 30, f"secret {i}").released) for i in range(6)]
    shared = [len(one & other) / 30 for i, one in enumerate(splits) for other in splits[i + 1 :]]
    assert 0.3 < sum(shared) / len(shared) < 0.7


def test_uneven_sizes_keep_the_shares() -> None:
    studies = selected(90, 4)
    found = split(studies, 60, 30, "s")
    for row in found.features:
        if row.group == "label":
            assert abs(row.released - 2 * row.holdout) <= 3, row


def test_everything_may_be_released() -> None:
    assert split(selected(5), 5, 0, 1).holdout == ()


def test_coin_flips_that_leave_no_split_are_given_up() -> None:
    studies = [SampleCandidate(f"s{i}", f"p{i // 10}") for i in range(200)]
    for seed in range(5):
        found = split(studies, 100, 100, seed)
        assert len(found.released) == 100


@pytest.mark.parametrize(
    ("n", "released", "holdout", "words"),
    [
        (10, 6, 6, "6 released and 6 holdout studies make 12, but 10 are selected; select exactly 12"),
        (10, -1, 11, "into -1 and 11"),
        (0, 0, 0, "into 0 and 0"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_with_the_numbers(n: int, released: int, holdout: int, words: str) -> None:
    with pytest.raises(SplitImpossible, match=words):
        split(selected(n), released, holdout, 1)


def test_patients_that_cannot_stay_whole_are_refused_with_the_nearest_sizes() -> None:
    studies = [SampleCandidate(f"s{i}", f"p{i // 3}") for i in range(12)]
    with pytest.raises(SplitImpossible, match=r"12 studies of 4 patients .* the nearest is 6 and 6"):
        split(studies, 5, 7, 1)


def test_a_patient_with_more_studies_than_a_partition_goes_whole_to_the_other() -> None:
    studies = [SampleCandidate(f"s{i}", "big" if i < 12 else f"p{i}") for i in range(20)]
    found = split(studies, 14, 6, "s")
    assert {f"s{i}" for i in range(12)} <= set(found.released)


def test_a_patient_with_more_studies_than_either_partition_is_refused_with_what_would_do() -> None:
    studies = [SampleCandidate(f"s{i}", "big" if i < 12 else f"p{i}") for i in range(20)]
    with pytest.raises(
        SplitImpossible, match=r"up to 12 each.* without cutting a patient in two; the nearest is 8 and 12"
    ):
        split(studies, 10, 10, "s")
    assert len(split(studies, 8, 12, "s").released) == 8


def test_studies_without_any_label_and_of_one_site_are_split_as_exactly() -> None:
    found = split([SampleCandidate(f"s{i}", f"p{i}", site="only") for i in range(9)], 5, 4, "s")
    assert (len(found.released), found.imbalance, found.is_proven) == (5, found.bound, True)


def test_study_selected_twice_is_refused_by_name() -> None:
    with pytest.raises(SplitImpossible, match="Study study-0 is selected 2 times"):
        split([*selected(3), selected(3)[0]], 2, 2, 1)


def test_commitment_is_plain_sha256_of_seed_and_salt() -> None:
    published = commitment("my seed", SALT)
    assert published == hashlib.sha256(b"my seed" + SALT.encode()).hexdigest()
    assert is_committed("my seed", SALT, published)
    assert not is_committed("my seed ", SALT, published)


@pytest.mark.parametrize("salt", ["", "abc", "0" * 63, "0" * 65, "G" * 64])
def test_short_or_strange_salts_are_refused(salt: str) -> None:
    with pytest.raises(ValueError, match="64 lower-case hex digits"):
        commitment(7, salt)


def test_input_hash_knows_content_but_not_order() -> None:
    studies = selected(6)
    assert input_sha256(studies[::-1]) == input_sha256(studies)
    assert input_sha256(studies[:5]) != input_sha256(studies)


def test_bound_knows_that_labels_and_findings_hang_together() -> None:
    """Parity alone allows 6; but with one label a and one b released, the studies with one label cannot be one."""
    studies = [SampleCandidate(name, name, labels=frozenset(name)) for name in ("", "a", "b", "ab")]
    found = split(studies, 2, 2, "secret", 0)
    assert (found.imbalance, found.bound, found.is_proven) == (12, 12, True)
