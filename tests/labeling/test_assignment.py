"""Dealing studies to readers: distinct readers, level loads, level pairs, and refusals with numbers."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.assignment import Assignment, CapsTooSmall, ReaderSlot, TooFewReaders, assign
from labeling.balance import pair_targets
from labeling.loads import Unfillable, level


def studies(n: int) -> list[str]:
    return [f"study-{i}" for i in range(n)]


def readers(n: int) -> dict[str, int | None]:
    return {f"reader-{i}": None for i in range(n)}


def assert_whole(assignment: Assignment, keys: list[str], k: int) -> None:
    of_study: dict[str, list[str]] = {key: [] for key in keys}
    for read in assignment.reads:
        of_study[read.study].append(read.reader)
    assert all(len(names) == len(set(names)) == k for names in of_study.values())
    positions = Counter((read.study, read.position) for read in assignment.reads)
    assert set(positions) == {(key, p) for key in keys for p in range(1, k + 1)}
    listed = {(study, reader) for reader, mine in assignment.lists.items() for study in mine}
    assert listed == {(read.study, read.reader) for read in assignment.reads}


def spread(numbers: list[int]) -> int:
    return max(numbers) - min(numbers)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 60), r=st.integers(1, 12), k=st.integers(1, 5), seed=st.integers(0, 99))
def test_every_study_gets_k_distinct_readers_with_loads_within_one(n: int, r: int, k: int, seed: int) -> None:
    k = min(k, r)
    dealt = assign(studies(n), readers(r), k, seed)
    assert_whole(dealt, studies(n), k)
    assert spread(list(dealt.loads.values())) <= 1


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 80), r=st.integers(3, 12), k=st.integers(2, 4), seed=st.integers(0, 99))
def test_pairs_of_readers_share_equally_many_studies_within_two(n: int, r: int, k: int, seed: int) -> None:
    dealt = assign(studies(n), readers(r), min(k, r), seed)
    assert spread(list(dealt.pair_counts.values())) <= 2


@pytest.mark.parametrize("seed", range(3))
def test_paper_sized_round_reaches_the_proven_optimum(seed: int) -> None:
    dealt = assign(studies(1000), readers(17), 3, seed)
    assert set(dealt.loads.values()) == {176, 177}
    assert set(dealt.pair_counts.values()) == {22, 23}


@pytest.mark.parametrize(
    ("n", "r", "k", "loads", "pairs"),
    [
        (60, 3, 3, {60}, {60}),
        (60, 4, 3, {45}, {30}),
        (61, 4, 3, {45, 46}, {30, 31}),
        (10, 5, 3, {6}, {3}),
        (7, 7, 3, {3}, {1}),
        (13, 13, 4, {4}, {1}),
        (240, 6, 3, {120}, {48}),
        (1, 3, 3, {1}, {1}),
        (4, 2, 1, {2}, {0}),
    ],
)
def test_small_rounds_are_exact(n: int, r: int, k: int, loads: set[int], pairs: set[int]) -> None:
    dealt = assign(studies(n), readers(r), k, 1)
    assert set(dealt.loads.values()) == loads
    assert set(dealt.pair_counts.values()) == pairs


def test_row_order_never_matters_and_the_seed_does() -> None:
    keys, names = studies(40), [ReaderSlot(name) for name in readers(6)]
    mixed, turned = list(keys), names[::-1]
    Random(3).shuffle(mixed)
    assert assign(mixed, turned, 3, 7) == assign(keys, names, 3, 7)
    assert assign(keys, names, 3, 8).reads != assign(keys, names, 3, 7).reads


@settings(max_examples=40, deadline=None)
@given(caps=st.lists(st.integers(0, 30), min_size=3, max_size=8), n=st.integers(1, 20), seed=st.integers(0, 9))
def test_caps_are_kept_and_the_rest_is_level(caps: list[int], n: int, seed: int) -> None:
    slots = {f"r{i}": cap for i, cap in enumerate(caps)}
    if sum(min(cap, n) for cap in caps) < 3 * n:
        with pytest.raises(CapsTooSmall):
            assign(studies(n), slots, 3, seed)
        return
    dealt = assign(studies(n), slots, 3, seed)
    assert_whole(dealt, studies(n), 3)
    below = [load for reader, load in dealt.loads.items() if load < min(n, slots[reader])]
    assert all(dealt.loads[reader] <= cap for reader, cap in slots.items())
    assert all(max(dealt.loads.values()) - load <= 1 for load in below)


def test_capped_readers_share_pairs_in_proportion_to_their_loads() -> None:
    caps = {f"r{i:02d}": 80 if i < 4 else 40 if i == 4 else None for i in range(17)}
    dealt = assign(studies(1000), caps, 3, 1)
    names = sorted(caps)
    target = pair_targets(np.array([dealt.loads[name] for name in names], dtype=float), 3)
    off = [
        abs(dealt.pair_counts[a, b] - target[i, j]) for i, a in enumerate(names) for j, b in enumerate(names) if a < b
    ]
    assert sorted(dealt.loads.values())[:5] == [40, 80, 80, 80, 80]
    assert max(off) < 1.6


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 99), n=st.integers(5, 25))
def test_nobody_reads_the_own_site_and_loads_stay_level(seed: int, n: int) -> None:
    slots = [ReaderSlot(f"r{i}", site) for i, site in enumerate(["A", "A", "B", "B", "C", "C", "", ""])]
    home = {slot.reader: slot.site for slot in slots}
    rng = Random(seed)
    sites = {key: rng.choice("ABC") for key in studies(n)}
    dealt = assign(studies(n), slots, 3, seed, sites, exclude_own_site=True)
    assert_whole(dealt, studies(n), 3)
    assert all(home[read.reader] != sites[read.study] for read in dealt.reads)


def test_own_sites_left_out_still_gives_level_loads_and_pairs_in_a_mixed_round() -> None:
    slots = [ReaderSlot(f"r{i}", site) for i, site in enumerate([*"AABBCCDD", ""])]
    sites = {key: "ABCD"[i % 4] for i, key in enumerate(studies(240))}
    dealt = assign(studies(240), slots, 3, 5, sites, exclude_own_site=True)
    assert spread(list(dealt.loads.values())) <= 1
    assert spread(list(dealt.pair_counts.values())) <= 2


def test_sites_without_the_rule_change_nothing() -> None:
    slots = [ReaderSlot(f"r{i}", "A") for i in range(4)]
    sites = dict.fromkeys(studies(12), "A")
    assert assign(studies(12), slots, 3, 1, sites) == assign(studies(12), slots, 3, 1)


def test_lists_complete_studies_early() -> None:
    dealt = assign(studies(1000), readers(17), 3, 1)
    done = Counter(study for mine in dealt.lists.values() for study in mine[: int(0.6 * len(mine))])
    assert sum(times == 3 for times in done.values()) > 550


def test_lists_follow_one_order_of_studies() -> None:
    dealt = assign(studies(60), readers(5), 3, 1)
    place = {study: i for i, study in enumerate(dict.fromkeys(read.study for read in dealt.reads))}
    assert all([place[s] for s in mine] == sorted(place[s] for s in mine) for mine in dealt.lists.values())


def test_every_position_is_spread_over_the_readers() -> None:
    dealt = assign(studies(120), readers(6), 3, 1)
    at = Counter((read.reader, read.position) for read in dealt.reads)
    assert spread(list(at.values())) <= 2


@pytest.mark.parametrize(
    ("r", "k", "words"), [(2, 3, "needs 3 different readers, but the round has 2; add 1"), (0, 1, "has 0; add 1")]
)
def test_too_few_readers_is_refused_with_the_numbers(r: int, k: int, words: str) -> None:
    with pytest.raises(TooFewReaders, match=words):
        assign(studies(5), readers(r), k, 1)


def test_too_few_readers_from_other_sites_is_refused_by_site() -> None:
    slots = [ReaderSlot("a", "A"), ReaderSlot("b", "A"), ReaderSlot("c", "B")]
    with pytest.raises(TooFewReaders, match=r"only 1 of 3 may read the 5 studies of site A"):
        assign(studies(5), slots, 2, 1, dict.fromkeys(studies(5), "A"), exclude_own_site=True)


def test_caps_too_small_names_reads_needed_and_possible() -> None:
    words = "need 30 reads, but the 3 readers may take 25 of them at most: 5 short. Raise max_reads by 5 in all, add readers"
    with pytest.raises(CapsTooSmall, match=f"{words}, or draw 5 studies at most"):
        assign(studies(10), {"a": 10, "b": 10, "c": 5}, 3, 1)


def test_caps_that_only_fail_by_site_are_refused_and_say_so() -> None:
    slots = [ReaderSlot("a", "A"), ReaderSlot("b", "A"), ReaderSlot("c", "B", 2), ReaderSlot("d", "B", 2)]
    sites = dict.fromkeys(studies(4), "A")
    with pytest.raises(CapsTooSmall, match=r"may take 4 of them at most, as caps and the studies .*: 4 short"):
        assign(studies(4), slots, 2, 1, sites, exclude_own_site=True)


@settings(max_examples=20, deadline=None)
@given(caps=st.lists(st.integers(0, 9), min_size=3, max_size=6), n=st.integers(1, 9), k=st.integers(1, 3))
def test_what_is_said_to_fit_fits_and_one_study_more_does_not(caps: list[int], n: int, k: int) -> None:
    slots = {f"r{i}": cap for i, cap in enumerate(caps)}
    try:
        assign(studies(n), slots, k, 1)
    except CapsTooSmall as refusal:
        fits = int(str(refusal).split("draw ")[1].split()[0])
        assert fits < n
        assign(studies(fits), slots, k, 1)
        with pytest.raises(CapsTooSmall):
            assign(studies(fits + 1), slots, k, 1)


def test_one_site_whose_readers_all_belong_to_it_is_refused_with_how_many_are_lacking() -> None:
    slots = [ReaderSlot(name, "A") for name in "abc"]
    with pytest.raises(
        TooFewReaders, match=r"only 0 of 3 may read the 5 studies of site A, .*; add 2 from other sites"
    ):
        assign(studies(5), slots, 2, 1, dict.fromkeys(studies(5), "A"), exclude_own_site=True)


@pytest.mark.parametrize(
    ("keys", "slots", "words"),
    [
        (["s", "s"], [ReaderSlot("a")], "Study s is listed 2 times"),
        (["s"], [ReaderSlot("a"), ReaderSlot("a")], "Reader a is listed 2 times"),
    ],
)
def test_anything_listed_twice_is_refused_by_name(keys: list[str], slots: list[ReaderSlot], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        assign(keys, slots, 1, 1)


def test_no_reads_per_study_is_refused() -> None:
    with pytest.raises(ValueError, match="0 reads per study"):
        assign(studies(2), readers(2), 0, 1)


def test_no_studies_is_an_empty_round() -> None:
    dealt = assign([], readers(3), 3, 1)
    assert dealt.reads == ()
    assert set(dealt.loads.values()) == {0}


@given(total=st.integers(0, 200), caps=st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_level_fills_evenly_up_to_the_caps(total: int, caps: list[int]) -> None:
    room = np.array(caps, dtype=np.intp)
    if total > room.sum():
        with pytest.raises(Unfillable):
            level(total, room)
        return
    loads = level(total, room)
    assert loads.sum() == total
    assert (loads <= room).all()
    assert all(loads.max() - load <= 1 for load, cap in zip(loads, caps, strict=True) if load < cap)


def test_pair_targets_add_up_to_the_reads_of_a_reader() -> None:
    loads = np.array([40.0, 80, 220, 220, 220, 220])
    target = pair_targets(loads, 3)
    assert np.allclose(target.sum(axis=1), 2 * loads, rtol=1e-4)
    assert np.allclose(target, target.T)


def test_lists_are_equally_hard_and_loads_and_pairs_stay() -> None:
    studies = [f"s{i}" for i in range(120)]
    readers = dict.fromkeys(["a", "b", "c", "d", "e", "f"])
    hard = {study: (i * 37 % 101) / 101 for i, study in enumerate(studies)}
    plain, even = assign(studies, readers, 3, 1), assign(studies, readers, 3, 1, difficulty=hard)

    def spread(dealt):
        means = [sum(hard[study] for study in mine) / len(mine) for mine in dealt.lists.values()]
        return max(means) - min(means)

    assert spread(even) < 0.005 <= spread(plain)
    assert even.loads == plain.loads
    assert even.pair_counts == plain.pair_counts
