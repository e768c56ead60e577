"""Corrections as text, and which fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.verdicts import CorrectionRefusedError, LabelChange, check_verdict, format_corrections, parse_corrections

LABELS = ("a", "b", "c", "d")
changes = st.lists(
    st.builds(
        LabelChange, st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True), st.sampled_from(["added", "struck"])
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  ", ()),
        ("+a", (LabelChange("a", "added"),)),
        ("-a", (LabelChange("a", "struck"),)),
        (" +a ; -b;", (LabelChange("a", "added"), LabelChange("b", "struck"))),
        ("+ a", (LabelChange("a", "added"),)),
    ],
)
def test_corrections_are_read_by_their_sign(text, expected):
    assert parse_corrections(text) == expected


@pytest.mark.parametrize("text", ["a", "+", "-", "+a;b", "*a"])
def test_a_part_without_sign_or_key_is_refused_by_name(text):
    with pytest.raises(CorrectionRefusedError, match=r"after \+ \(added\) or - \(struck\)"):
        parse_corrections(text)


@given(changes)
def test_writing_and_reading_gives_the_same(some):
    assert parse_corrections(format_corrections(some)) == tuple(some)


@given(st.sets(st.sampled_from(LABELS)), st.sets(st.sampled_from(LABELS)))
def test_flipping_any_set_of_labels_always_fits_and_comes_sorted(suggested, flipped):
    some = [LabelChange(key, "struck" if key in suggested else "added") for key in sorted(flipped, reverse=True)]
    fitted = check_verdict("disagree", some, labels=LABELS, suggested=suggested)
    assert [change.key for change in fitted] == sorted(flipped)


@given(st.sets(st.sampled_from(LABELS)), st.sampled_from(LABELS))
def test_the_opposite_change_never_fits(suggested, key):
    wrong = LabelChange(key, "added" if key in suggested else "struck")
    with pytest.raises(CorrectionRefusedError):
        check_verdict("disagree", [wrong], labels=LABELS, suggested=suggested)


@pytest.mark.parametrize("verdict", ["agree_all", "agree_mostly", "disagree"])
def test_every_verdict_may_come_bare(verdict):
    assert check_verdict(verdict, [], labels=LABELS, suggested=()) == ()
