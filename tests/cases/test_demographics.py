"""Ages, sexes and dates as sites write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.demographics import parse_age, parse_date, parse_sex


@pytest.mark.parametrize(
    ("text", "years"),
    [("45", 45), (" 45 ", 45), ("45.0", 45), ("90+", 90), ("045Y", 45), ("006M", 0), ("030M", 2), ("104W", 1), ("0", 0),
     ("", None), ("unknown", None)],
)  # fmt: skip
def test_age_is_read_as_whole_years(text, years):
    assert parse_age(text) == years


@pytest.mark.parametrize("text", ["-1", "131", "abc", "45 years old", "4 5", "1e3", "9999"])
def test_age_that_is_no_age_is_refused_with_its_rule(text):
    with pytest.raises(ValueError, match="number of years from 0 to 130"):
        parse_age(text)


@pytest.mark.parametrize(
    ("text", "sex"), [("M", "M"), ("female", "F"), ("o", "O"), ("X", "O"), ("", ""), ("U", ""), ("Unknown", "")]
)
def test_sex_is_read_in_common_spellings(text, sex):
    assert parse_sex(text) == sex


@pytest.mark.parametrize("text", ["1", "MF", "man", "?"])
def test_unknown_sex_is_refused(text):
    with pytest.raises(ValueError, match="M, F, O"):
        parse_sex(text)


@given(st.dates())
def test_a_day_is_read_from_both_spellings(day: date):
    assert parse_date(f"{day:%Y}".zfill(4) + f"-{day:%m-%d}") == day
    assert parse_date(f"{day:%Y}".zfill(4) + f"{day:%m%d}") == day


@pytest.mark.parametrize("text", ["21/11/2026", "2026-13-01", "2026-02-30", "20261", "2026-1-1", "202611-01"])
def test_a_day_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        parse_date(text)
