"""Drawing control reads: exact fractions, spread evenly, the same for the same seed."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.arms import (
    ADDED,
    NO_SUGGESTIONS,
    NORMAL,
    PLANTED_ERROR,
    REMOVED,
    REPEAT,
    Controls,
    Fractions,
    NoRoomForControls,
    Plantable,
    apportion,
    draw_controls,
    mix,
)
from labeling.assignment import ReaderSlot, assign

LABELS = ("effusion", "nodule", "oedema", "fracture")


def a_round(n_studies: int, n_readers: int, k: int, seed: int) -> tuple[dict, list[ReaderSlot], dict]:
    readers = [ReaderSlot(f"r{n}") for n in range(n_readers)]
    lists = dict(assign([f"s{n}" for n in range(n_studies)], readers, k, seed).lists)
    plantable = {f"s{n}": Plantable(frozenset(LABELS[: n % 3]), frozenset(LABELS[n % 3 :])) for n in range(n_studies)}
    return lists, readers, plantable


rounds = st.tuples(
    st.integers(6, 24), st.integers(5, 8), st.integers(1, 2), st.integers(-5, 5), st.sampled_from((0.0, 0.05, 0.1, 0.3))
)


@given(rounds, st.sampled_from((0.0, 0.1, 0.25, 0.5)))
@settings(max_examples=60, deadline=None)
def test_fractions_are_exact_and_controls_are_of_other_studies(shape, repeats):
    n_studies, n_readers, k, seed, share = shape
    lists, readers, plantable = a_round(n_studies, n_readers, k, seed)
    drawn = draw_controls(lists, readers, Fractions(share, share, repeats), seed, plantable)
    normal = n_studies * k
    counts = Counter(read.arm for read in drawn.reads)
    assert counts[NO_SUGGESTIONS] == counts[PLANTED_ERROR] == int(share * normal + 0.5 + 1e-9)
    assert counts[REPEAT] == int(repeats * normal + 0.5 + 1e-9)
    for read in drawn.reads:
        assert (read.study in lists[read.reader]) == (read.arm == REPEAT)
    assert max(Counter((read.reader, read.study) for read in drawn.reads).values(), default=0) <= 1
    for reader, listed in drawn.lists.items():
        assert [one.study for one in listed if one.arm == NORMAL] == list(lists[reader])
    # Never more than k counting reads, whatever is drawn beside them.
    counting = Counter(one.study for mine in drawn.lists.values() for one in mine if one.arm == NORMAL)
    assert set(counting.values()) == {k}


@given(rounds)
@settings(max_examples=30, deadline=None)
def test_each_reader_gets_their_share_within_one(shape):
    n_studies, n_readers, k, seed, share = shape
    lists, readers, plantable = a_round(n_studies, n_readers, k, seed)
    drawn = draw_controls(lists, readers, Fractions(no_suggestions=share), seed, plantable)
    total = len(drawn.reads)
    for reader, mine in lists.items():
        got = sum(read.reader == reader for read in drawn.reads)
        assert abs(got - total * len(mine) / (n_studies * k)) < 1
    of_study = Counter(read.study for read in drawn.reads)
    if total <= n_studies // 2:
        assert max(of_study.values(), default=0) <= 1


@given(rounds, st.randoms())
@settings(max_examples=30, deadline=None)
def test_same_seed_draws_the_same_in_any_order_of_rows(shape, random):
    n_studies, n_readers, k, seed, share = shape
    lists, readers, plantable = a_round(n_studies, n_readers, k, seed)
    fractions = Fractions(share, share, share)
    first = draw_controls(lists, readers, fractions, seed, plantable)
    names, slots, studies = list(lists), list(readers), list(plantable)
    for rows in (names, slots, studies):
        random.shuffle(rows)
    again = draw_controls(
        {name: lists[name] for name in names}, slots, fractions, seed, {study: plantable[study] for study in studies}
    )
    assert again == first


def test_another_seed_draws_others():
    lists, readers, plantable = a_round(30, 6, 2, 1)
    fractions = Fractions(0.2, 0.2, 0.2)
    drawn = [draw_controls(lists, readers, fractions, seed, plantable).reads for seed in (1, 2)]
    assert drawn[0] != drawn[1]


@given(rounds)
@settings(max_examples=30, deadline=None)
def test_a_planted_error_is_one_label_that_the_study_allows(shape):
    n_studies, n_readers, k, seed, _ = shape
    lists, readers, plantable = a_round(n_studies, n_readers, k, seed)
    drawn = draw_controls(lists, readers, Fractions(planted_error=0.3), seed, plantable)
    for read in drawn.reads:
        what = plantable[read.study]
        assert read.planted in (what.addable if read.kind == ADDED else what.removable)
    kinds = Counter(read.kind for read in drawn.reads)
    assert set(kinds) <= {ADDED, REMOVED}


def test_additions_and_removals_are_balanced_where_both_are_possible():
    lists, readers, _ = a_round(40, 8, 2, 3)
    both = {f"s{n}": Plantable(frozenset({"effusion"}), frozenset({"nodule", "oedema"})) for n in range(40)}
    kinds = Counter(read.kind for read in draw_controls(lists, readers, Fractions(planted_error=0.5), 3, both).reads)
    assert kinds == {ADDED: 20, REMOVED: 20}


def test_a_likelier_label_is_planted_more_often():
    lists, readers, _ = a_round(200, 8, 2, 3)
    what = {f"s{n}": Plantable(frozenset(), frozenset({"effusion", "fracture"})) for n in range(200)}
    drawn = draw_controls(
        lists, readers, Fractions(planted_error=1.0), 3, what, weights={"effusion": 9.0, "fracture": 1.0}
    )
    share = sum(read.planted == "effusion" for read in drawn.reads) / len(drawn.reads)
    assert 0.84 < share < 0.96


def test_studies_without_anything_to_plant_are_left_alone():
    lists, readers, _ = a_round(20, 6, 2, 0)
    only = {"s3": Plantable(frozenset({"effusion"}))}
    drawn = draw_controls(lists, readers, Fractions(planted_error=0.05), 0, only)
    assert {read.study for read in drawn.reads} == {"s3"}


def test_caps_hold_and_what_they_keep_goes_to_others():
    lists, readers, plantable = a_round(20, 5, 2, 0)
    capped = [ReaderSlot(slot.reader, max_reads=8 if slot.reader == "r0" else None) for slot in readers]
    drawn = draw_controls(lists, capped, Fractions(0.2, 0.1, 0.1), 0, plantable)
    assert len(drawn.lists["r0"]) == 8
    assert sum(len(mine) for mine in drawn.lists.values()) == 40 + 8 + 4 + 4


def test_too_little_room_is_refused_with_the_numbers():
    lists, readers, plantable = a_round(10, 3, 3, 0)
    with pytest.raises(NoRoomForControls, match=r"3 reads without suggestions were asked for.* can take 0"):
        draw_controls(lists, readers, Fractions(no_suggestions=0.1), 0, plantable)


def test_nobody_gets_a_control_of_the_own_site():
    lists, _, plantable = a_round(20, 6, 2, 0)
    readers = [ReaderSlot(name, site="north" if name == "r0" else "south") for name in lists]
    sites = {f"s{n}": "north" if n % 2 else "east" for n in range(20)}
    drawn = draw_controls(
        lists, readers, Fractions(no_suggestions=0.5), 0, plantable, sites=sites, exclude_own_site=True
    )
    assert all(sites[read.study] == "east" for read in drawn.reads if read.reader == "r0")


@given(st.integers(1, 40), st.integers(-3, 3), st.floats(0.05, 0.5))
def test_a_repeat_comes_half_a_list_after_its_first_read(n, seed, share):
    normal = [f"s{i}" for i in range(n)]
    drawn = draw_controls({"r": normal}, [ReaderSlot("r")], Fractions(repeat=share), seed, {})
    listed = [(one.study, one.arm) for one in drawn.lists["r"]]
    for read in drawn.reads:
        gap = listed.index((read.study, REPEAT)) - listed.index((read.study, NORMAL))
        assert gap > n // 2 - 1


def test_normal_reads_keep_their_order_among_the_controls():
    drawn = mix("r", ["a", "b", "c"], [], 0)
    assert [(one.study, one.arm) for one in drawn] == [("a", NORMAL), ("b", NORMAL), ("c", NORMAL)]


@pytest.mark.parametrize(
    ("total", "weights", "caps", "expected"),
    [
        (10, [1, 1, 1], [9, 9, 9], [4, 3, 3]),
        (7, [5, 3, 1], [9, 9, 9], [4, 2, 1]),
        (6, [1, 1, 1], [1, 9, 9], [1, 3, 2]),
        (0, [1], [0], [0]),
        (2, [0, 2], [5, 5], [0, 2]),
    ],
)
def test_apportion_by_largest_remainders(total, weights, caps, expected):
    assert apportion(total, weights, caps) == expected


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 30)), min_size=1, max_size=9), st.integers(0, 200))
def test_apportion_gives_all_within_the_caps_or_refuses(people, total):
    weights, caps = zip(*people, strict=True)
    if total > sum(caps):
        with pytest.raises(ValueError, match="too small"):
            apportion(total, weights, caps)
        return
    given_out = apportion(total, weights, caps)
    assert sum(given_out) == total
    assert all(one <= cap for one, cap in zip(given_out, caps, strict=True))


@pytest.mark.parametrize("bad", [{"no_suggestions": -0.1}, {"planted_error": 1.1}, {"repeat": 0.6}])
def test_fractions_outside_their_range_are_refused(bad):
    with pytest.raises(ValueError, match="must be from 0 to"):
        Fractions(**bad)


def test_no_fraction_no_control():
    lists, readers, plantable = a_round(10, 4, 2, 0)
    drawn = draw_controls(lists, readers, Fractions(), 0, plantable)
    assert isinstance(drawn, Controls)
    assert drawn.reads == ()
    assert not Fractions().any
    assert Fractions(repeat=0.1).any
