"""A reader leaves: only the reads not yet done move, and the others stay level."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.assignment import AssignedRead, CapsTooSmall, ReaderSlot, assign, pair_counts
from labeling.takeover import Move, deal_in, reassign


def after(reads: tuple[AssignedRead, ...], moves: tuple[Move, ...]) -> list[AssignedRead]:
    taken = {(move.study, move.position): move.to_reader for move in moves}
    return [AssignedRead(r.study, r.position, taken.get((r.study, r.position), r.reader)) for r in reads]


@settings(max_examples=30, deadline=None)
@given(n=st.integers(3, 40), r=st.integers(4, 9), done=st.floats(0, 1), seed=st.integers(0, 50))
def test_only_pending_reads_move_and_every_study_keeps_distinct_readers(n: int, r: int, done: float, seed: int) -> None:
    slots = {f"r{i}": None for i in range(r)}
    dealt = assign([f"s{i}" for i in range(n)], slots, 3, seed)
    mine = [read for read in dealt.reads if read.reader == "r0"]
    pending = mine[int(done * len(mine)) :]
    moves = reassign(dealt.reads, pending, "r0", slots, seed)
    assert {(m.study, m.position) for m in moves} == {(read.study, read.position) for read in pending}
    changed = after(dealt.reads, moves)
    assert all(a == b for a, b in zip(dealt.reads, changed, strict=True) if a not in pending)
    assert max(Counter((read.study, read.reader) for read in changed).values()) == 1
    assert all(move.to_reader != "r0" for move in moves)


@pytest.mark.parametrize("done", [17, 88, 158])
@pytest.mark.parametrize("leaving", ["r0", "r8"])
def test_remaining_loads_and_pairs_stay_level_in_a_paper_sized_round(done: int, leaving: str) -> None:
    slots = {f"r{i}": None for i in range(17)}
    dealt = assign([f"s{i}" for i in range(1000)], slots, 3, 1)
    finished = set(dealt.lists[leaving][:done])
    pending = [read for read in dealt.reads if read.reader == leaving and read.study not in finished]
    changed = after(dealt.reads, reassign(dealt.reads, pending, leaving, slots, 1))
    loads = Counter(read.reader for read in changed if read.reader != leaving)
    pairs = [n for pair, n in pair_counts(changed, list(slots)).items() if leaving not in pair]
    assert max(loads.values()) - min(loads.values()) <= 2
    assert max(pairs) - min(pairs) <= 3


def test_same_seed_gives_the_same_moves_in_any_row_order() -> None:
    slots = {f"r{i}": None for i in range(6)}
    dealt = assign([f"s{i}" for i in range(30)], slots, 3, 2)
    pending = [read for read in dealt.reads if read.reader == "r1"]
    turned = reassign(dealt.reads[::-1], pending[::-1], "r1", dict(reversed(slots.items())), 2)
    assert reassign(dealt.reads, pending, "r1", slots, 2) == turned


def test_caps_and_own_sites_bind_the_takers() -> None:
    reads = (AssignedRead("s", 1, "gone"), AssignedRead("s", 2, "b"))
    slots = [ReaderSlot("b"), ReaderSlot("c", "north"), ReaderSlot("d", max_reads=0), ReaderSlot("e")]
    moves = reassign(reads, reads[:1], "gone", slots, 1, {"s": "north"}, exclude_own_site=True)
    assert moves == (Move("s", 1, "gone", "e"),)


def test_nobody_left_to_take_over_is_refused_with_the_number() -> None:
    reads = (AssignedRead("s", 1, "gone"), AssignedRead("s", 2, "b"))
    with pytest.raises(
        CapsTooSmall,
        match=r"gone leaves 1 pending reads, of which the other 1 readers can take 0 .*: 1 short; add a reader",
    ):
        reassign(reads, reads[:1], "gone", {"b": None}, 1)


def test_caps_used_up_are_refused() -> None:
    reads = (AssignedRead("s", 1, "gone"), AssignedRead("t", 1, "b"))
    with pytest.raises(CapsTooSmall, match="raise max_reads"):
        reassign(reads, reads[:1], "gone", {"b": 1}, 1)


def test_pending_read_of_somebody_else_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="Study s is pending with b, not with gone"):
        reassign((), [AssignedRead("s", 1, "b")], "gone", {"b": None}, 1)


def test_nothing_pending_moves_nothing() -> None:
    assert reassign((AssignedRead("s", 1, "gone"),), [], "gone", {}, 1) == ()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 500), done_share=st.floats(0, 0.9))
def test_late_reader_takes_pending_reads_until_what_is_left_is_level(seed: int, done_share: float) -> None:
    studies = [f"s{i}" for i in range(60)]
    dealt = assign(studies, dict.fromkeys("abcde"), 3, seed)
    done = {(name, study) for name, mine in dealt.lists.items() for study in mine[: int(done_share * len(mine))]}
    pending = [read for read in dealt.reads if (read.reader, read.study) not in done]
    moves = deal_in(dealt.reads, pending, ReaderSlot("new"))
    taken = {(move.study, move.position): move.to_reader for move in moves}
    assert not {(move.from_reader, move.study) for move in moves} & done
    after = [(read.study, taken.get((read.study, read.position), read.reader)) for read in dealt.reads]
    assert len(set(after)) == len(after)
    left = Counter(taken.get((read.study, read.position), read.reader) for read in pending)
    assert max(left.values(), default=0) - min(left.values(), default=0) <= 2


def test_late_reader_keeps_to_the_cap_and_off_the_own_site() -> None:
    studies = [f"s{i}" for i in range(30)]
    dealt = assign(studies, dict.fromkeys("abcd"), 3, 1)
    sites = {study: "north" if i % 2 else "south" for i, study in enumerate(studies)}
    late = ReaderSlot("new", "north", 4)
    moves = deal_in(dealt.reads, dealt.reads, late, sites, exclude_own_site=True)
    assert len(moves) == 4
    assert {sites[move.study] for move in moves} == {"south"}
