"""Reports cut at their evidence."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.passages import Passage, pairs, passages

spans = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6)


@given(st.text(max_size=50), spans)
def test_the_passages_joined_are_the_report(text, some):
    assert "".join(passage.text for passage in passages(text, some)) == text


@given(st.text(min_size=1, max_size=50), spans)
def test_each_character_is_marked_if_a_span_covers_it(text, some):
    marks = [passage.is_evidence for passage in passages(text, some) for _ in passage.text]
    assert marks == [any(max(0, start) <= place < end for start, end in some) for place in range(len(text))]


@given(st.text(max_size=50), spans)
def test_neighbouring_passages_differ_and_none_is_empty(text, some):
    cut = passages(text, some)
    assert all(passage.text for passage in cut)
    assert all(a.is_evidence != b.is_evidence for a, b in pairwise(cut))


def test_two_sentences_are_marked_in_their_places():
    assert passages("No mass. Left effusion.", [(9, 23)]) == (
        Passage("No mass. ", False),
        Passage("Left effusion.", True),
    )


@pytest.mark.parametrize(
    ("flat", "expected"), [([], []), ([1, 2], [(1, 2)]), ([1, 2, 5, 9], [(1, 2), (5, 9)]), ([1], [])]
)
def test_flat_spans_become_pairs(flat, expected):
    assert pairs(flat) == expected
