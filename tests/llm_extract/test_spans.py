"""A report cut where what rests on it begins and ends."""

from hypothesis import given
from hypothesis import strategies as st

from llm_extract.views.spans import cut

SPANS = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30)), max_size=3)
)


def test_overlapping_spans_are_told_apart():
    pieces = cut("one two three", {"a": [(0, 7)], "b": [(4, 13)]})
    assert [(piece.text, piece.names) for piece in pieces] == [
        ("one ", ("a",)),
        ("two", ("a", "b")),
        (" three", ("b",)),
    ]
    assert [piece.begins for piece in pieces] == [("a",), ("b",), ()]


def test_nothing_rests_on_a_report_without_spans():
    assert [(piece.text, piece.names) for piece in cut("clear", {"a": []})] == [("clear", ())]
    assert cut("", {"a": [(0, 3)]}) == []


@given(st.text(max_size=25), SPANS)
def test_pieces_join_to_the_text_and_each_name_begins_once(text, spans):
    pieces = cut(text, spans)
    assert "".join(piece.text for piece in pieces) == text
    begun = [name for piece in pieces for name in piece.begins]
    assert sorted(begun) == sorted({name for piece in pieces for name in piece.names})


@given(st.text(min_size=1, max_size=25), SPANS)
def test_a_piece_names_exactly_what_covers_it(text, spans):
    place = 0
    for piece in cut(text, spans):
        for name, pairs in spans.items():
            covers = any(a <= place < min(b, len(text)) for a, b in pairs)
            assert (name in piece.names) == covers
        place += len(piece.text)
