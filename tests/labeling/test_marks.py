"""Marks fit the pictures and labels of their case, or are refused by name."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.marks import MOST_MARKS, POINTS, Canvas, MarkRefusedError, check_marks

CANVASES = {7: Canvas(rows=100, columns=50, frames=2)}
LABELS = ("pneumothorax",)


def mark(**fields):
    return {"kind": "length", "image": 7, "frame": 0, "points": [[1, 2], [3, 4]], **fields}


def test_a_mark_keeps_its_known_fields_only():
    [kept] = check_marks([mark(label="pneumothorax", certainty="probable", text="46 mm", secret=1)], CANVASES, LABELS)
    assert kept == {
        "kind": "length", "image": 7, "frame": 0, "points": [[1.0, 2.0], [3.0, 4.0]], "label": "pneumothorax",
        "certainty": "probable", "text": "46 mm",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "circle"}, "kind"),
        ({"image": 8}, "picture 8"),
        ({"frame": 2}, "frame 2"),
        ({"frame": True}, "frame True"),
        ({"points": [[1, 2]]}, "2 points"),
        ({"points": [[1, 2], [51, 4]]}, "outside"),
        ({"points": [[1, 2], [3, 101]]}, "outside"),
        ({"points": [[1, 2], [math.nan, 4]]}, "outside"),
        ({"points": [[1, 2], ["3", 4]]}, "outside"),
        ({"points": "ab"}, "2 points"),
        ({"label": "goitre"}, "label"),
        ({"certainty": "sure"}, "certainty"),
        ({"text": 3}, "text"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(fields, words):
    with pytest.raises(MarkRefusedError, match=words):
        check_marks([mark(**fields)], CANVASES, LABELS)


@pytest.mark.parametrize("raw", [{}, "[]", None, [1], [mark()] * (MOST_MARKS + 1)])
def test_what_is_no_list_of_marks_is_refused(raw):
    with pytest.raises(MarkRefusedError):
        check_marks(raw, CANVASES, LABELS)


numbers = st.floats(0, 50)


@given(
    st.sampled_from(sorted(POINTS)).flatmap(
        lambda kind: st.tuples(
            st.just(kind), st.lists(st.tuples(numbers, numbers), min_size=POINTS[kind], max_size=POINTS[kind])
        )
    )
)
def test_every_mark_inside_its_picture_is_kept_and_checks_again(drawn):
    kind, points = drawn
    kept = check_marks([mark(kind=kind, points=points)], CANVASES, LABELS)
    assert check_marks(kept, CANVASES, LABELS) == kept
