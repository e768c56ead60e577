"""Cutting a report into highlighted parts."""

from hypothesis import given
from hypothesis import strategies as st

from llm_extract.evidence import TextPart, highlight

spans = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=8)


@given(st.text(max_size=50), spans)
def test_parts_joined_give_the_text_back(text, found):
    assert "".join(part.text for part in highlight(text, found)) == text


@given(st.text(max_size=50), spans)
def test_every_character_of_a_span_is_evidence_and_no_other(text, found):
    marked = [part.is_evidence for part in highlight(text, found) for _ in part.text]
    assert marked == [any(start <= place < end for start, end in found) for place in range(len(text))]


def test_overlapping_spans_are_one_part():
    assert highlight("abcdef", [(1, 3), (2, 4)]) == [
        TextPart("a", is_evidence=False),
        TextPart("bcd", is_evidence=True),
        TextPart("ef", is_evidence=False),
    ]
