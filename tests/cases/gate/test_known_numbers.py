"""Numbers that are known of a report's patient: found however they are grouped, and never within another number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.gate.known_numbers import without_numbers


@pytest.mark.parametrize(
    ("number", "text", "left"),
    [
        ("12345", "MR 12345.", "MR [ID]."),
        ("0012345", "12345 and 0012345", "[ID] and [ID]"),
        ("12345", "123456, 012346, 12345.7, 1.12345", "123456, 012346, 12345.7, 1.12345"),
        ("12345", "123.45 and 1 2345", "123.45 and 1 2345"),
        ("1234567", "123-45-67 and 123 4567", "[ID] and [ID]"),
        ("123-45-67", "1234567", "[ID]"),
        ("p10000032", "P10000032, 10000032, p 10000032", "[ID], [ID], [ID]"),
        ("AB1234", "ab1234 and 1234", "[ID] and [ID]"),
        ("2019", "since 2019", "since 2019"),
        ("AB2019", "ab2019 since 2019", "[ID] since 2019"),
        ("02019", "since 2019", "since 2019"),
        ("1500", "1500 mL", "1500 mL"),
        ("481", "T 481", "T 481"),
        ("P1", "P1", "P1"),
        ("000012", "12 mm", "12 mm"),
        ("", "Clear.", "Clear."),
        ("1" * 65, "1" * 65, "1" * 65),
        ("(12345", "(12345)", "([ID])"),
    ],
)
def test_a_known_number_is_masked(number, text, left):
    assert without_numbers(text, [number]) == (left, left.count("[ID]"))


@given(numbers=st.lists(st.text(max_size=70)), text=st.text())
def test_any_identifiers_end_in_a_text(numbers, text):
    left, count = without_numbers(text, numbers)
    assert count or left == text
